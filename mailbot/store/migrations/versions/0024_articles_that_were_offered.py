"""Which articles the answer to a ticket offered, and which of them solved it."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("offered", columns.Json(), nullable=False, server_default="[]"))
    op.add_column("ticket", sa.Column("solved_by", sa.Text(), nullable=True))
