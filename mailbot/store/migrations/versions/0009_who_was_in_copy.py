"""Who else was written to by the customer: an agent's answer goes to colleagues of hers as well."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relay", sa.Column("copied", columns.Json(), nullable=True))
    op.create_index("ix_relay_entry_id", "relay", ["entry_id"])
