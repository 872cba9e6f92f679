"""Words and octets whose time is over may be forgotten: the refusals let that pass, and nothing else."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAME = (
    "id, partner, ticket_id, kind, event, at, recorded_at, arrival_id, message_id, fingerprint, "
    "from_address, author, flags, reasons, decision"
)
_IS_FORGOTTEN = (
    "new.subject = '' AND new.text = '' AND new.reply_text IS NULL AND new.from_name = '' AND new.evidence = '[]' "
    "AND new.change IS json_replace(old.change, '$.subject', '', '$.requester_name', '') "
    f"AND ({', '.join(f'new.{name}' for name in _SAME.split(', '))}) "
    f"IS ({', '.join(f'old.{name}' for name in _SAME.split(', '))})"
)
_IS_EMPTIED_OR_FILLED = (
    "new.sha256 = old.sha256 AND new.size = old.size AND (length(new.packed) = 0 OR length(old.packed) = 0)"
)
SQLITE = (
    "DROP TRIGGER entry_is_not_changed",
    "DROP TRIGGER raw_is_not_changed",
    """
CREATE TRIGGER entry_is_forgotten AFTER UPDATE ON entry WHEN old.kind <> 'change' BEGIN
INSERT INTO entry_fts (entry_fts, rowid, subject, text, from_address, from_name)
VALUES ('delete', old.id, old.subject, old.text, old.from_address, old.from_name);
INSERT INTO entry_fts (rowid, subject, text, from_address, from_name)
VALUES (new.id, new.subject, new.text, new.from_address, new.from_name); END
""",
    (
        f"CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry WHEN NOT ({_IS_FORGOTTEN}) "
        "BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END"
    ),
    (
        f"CREATE TRIGGER raw_is_not_changed BEFORE UPDATE ON raw WHEN NOT ({_IS_EMPTIED_OR_FILLED}) "
        "BEGIN SELECT RAISE(ABORT, 'raw messages stay as they came'); END"
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            # Not sa.text: colons in JSON paths would be parameters to it.
            op.get_bind().exec_driver_sql(statement)
