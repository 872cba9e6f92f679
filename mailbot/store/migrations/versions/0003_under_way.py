"""To whom a mail is under way is found without looking through the log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("state = 'submitting'")
    op.create_index(
        "ix_outbox_under_way", "outbox", ["partner", "recipient"], sqlite_where=where, postgresql_where=where
    )
