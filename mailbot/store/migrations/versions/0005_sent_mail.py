"""An arrival may be what one of us wrote from the mailbox itself, found in its folder of sent mail."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEPT = (
    "partner, source, mailbox, folder, uidvalidity, uid, reverse_path, recipients, "
    "received_at, accepted_at, junk, sent, history, silent, oversize, raw_sha256"
)


def upgrade() -> None:
    op.add_column("arrival", sa.Column("sent", columns.Switch(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().exec_driver_sql("DROP TRIGGER arrival_is_not_changed")
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER arrival_is_not_changed BEFORE UPDATE OF {_KEPT} ON arrival "
            "BEGIN SELECT RAISE(ABORT, 'arrivals stay as they came'); END"
        )
