"""Tickets of several tenants that are of one trouble, and the lists that tell of them."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "burst",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tickets", columns.Json(), nullable=False),
        sa.Column("raised_at", columns.Instant(), nullable=False),
        sa.Column("last_at", columns.Instant(), nullable=False),
        sa.Column("told", columns.Whole(), nullable=False),
        sa.Column("told_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_burst_partner", "burst", ["partner", "id"])
    op.add_column("listing", sa.Column("burst", columns.Whole(), nullable=True))
