"""A ticket says when its customer was asked how satisfied they are, and what they voted when."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("surveyed_at", columns.Instant(), nullable=True))
    op.add_column("ticket", sa.Column("vote", columns.Whole(), nullable=True))
    op.add_column("ticket", sa.Column("voted_at", columns.Instant(), nullable=True))
