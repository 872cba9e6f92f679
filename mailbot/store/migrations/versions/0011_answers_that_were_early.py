"""What an answer of ours refers to, and what comes only after it."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("message_id", columns.Words(), nullable=False),
        sa.Column("address", columns.Words(), nullable=False),
        sa.Column("entry_id", columns.Whole(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_awaited_entry_id")),
        sa.PrimaryKeyConstraint("partner", "message_id", "address", "entry_id", name=op.f("pk_awaited")),
        sqlite_strict=True,
    )
    op.create_index("ix_awaited_entry_id", "awaited", ["entry_id"])
    op.create_index("ix_awaited_at", "awaited", ["partner", "at"])
