"""What falls due by the clock of a ticket is a row of its own, claimed once."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("share", columns.Whole(), nullable=False),
        sa.Column("about", columns.Instant(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("promised_at", columns.Instant(), nullable=False),
        sa.Column("due_at", columns.Instant(), nullable=False),
        sa.Column("done_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_due_ticket_id"),
        sa.PrimaryKeyConstraint("id", name="pk_due"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    undone = sa.text("done_at IS NULL")
    op.create_index("ix_due_at", "due", ["partner", "due_at"], sqlite_where=undone, postgresql_where=undone)
    op.create_index("ix_due_ticket", "due", ["ticket_id", "kind", "share", "about", "severity"], unique=True)
