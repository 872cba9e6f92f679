"""A ticket says with which vendor it is filed, since when an answer is owed, and what the vendor calls it."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("vendor", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("vendor_since", columns.Instant(), nullable=True))
    op.add_column("ticket", sa.Column("vendor_case", sa.Text(), nullable=False, server_default=""))
