"""A message is handed on with its files: which ones, until the mail is written that brings them."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relay", sa.Column("files", columns.Json(), nullable=True))
