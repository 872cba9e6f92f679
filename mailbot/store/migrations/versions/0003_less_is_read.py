"""What an outage did to mails, and what is to be moved, are found without reading more as the log grows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    expired = sa.text("state = 'expired'")
    op.create_index(
        "ix_outbox_expired",
        "outbox",
        ["partner", "state", "done_at"],
        sqlite_where=expired,
        postgresql_where=expired,
    )
    op.drop_index("ix_arrival_to_move", "arrival")
    to_move = sa.text("uid IS NOT NULL AND moved_at IS NULL AND NOT history")
    op.create_index(
        "ix_arrival_to_move",
        "arrival",
        ["partner", "mailbox", "folder", "id"],
        sqlite_where=to_move,
        postgresql_where=to_move,
    )
