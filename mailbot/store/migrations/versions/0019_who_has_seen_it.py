"""Who of us has seen an outage, and by which pagers it was told."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("seen_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("seen_at", columns.Instant(), nullable=True))
    op.add_column("listing", sa.Column("pager", columns.Whole(), nullable=True))
    op.add_column("listing", sa.Column("spell", columns.Whole(), nullable=True))
    op.create_index("ix_listing_item_ticket_id", "listing_item", ["ticket_id"])
