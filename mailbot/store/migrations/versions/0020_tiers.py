"""A ticket knows which tier of us it was escalated to."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("tier", columns.Whole(), nullable=True))
