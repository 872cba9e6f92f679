"""What a ticket waited for, in an agent's words, is forgotten with the other words."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SAME = (
    "id, partner, ticket_id, kind, event, at, recorded_at, arrival_id, message_id, fingerprint, "
    "from_address, author, flags, reasons, decision"
)
_IS_FORGOTTEN = (
    "new.subject = '' AND new.text = '' AND new.reply_text IS NULL AND new.from_name = '' AND new.evidence = '[]' "
    "AND new.change IS json_replace(old.change, '$.subject', '', '$.requester_name', '', '$.waits_for', '') "
    f"AND ({', '.join(f'new.{name}' for name in _SAME.split(', '))}) "
    f"IS ({', '.join(f'old.{name}' for name in _SAME.split(', '))})"
)
SQLITE = (
    "DROP TRIGGER entry_is_not_changed",
    (
        f"CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry WHEN NOT ({_IS_FORGOTTEN}) "
        "BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END"
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            # Not sa.text: colons in JSON paths would be parameters to it.
            op.get_bind().exec_driver_sql(statement)
