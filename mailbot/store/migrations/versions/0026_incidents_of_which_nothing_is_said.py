"""When our own people were reminded of an incident of which nothing is said, and which one a notice is news of."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("reminded_at", columns.Instant(), nullable=True))
    op.add_column("notice", sa.Column("incident", columns.Whole(), nullable=True))
