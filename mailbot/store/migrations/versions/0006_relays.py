"""Messages are handed on to agents, a mail each; what an agent is asked about waits for his word."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("arrival", sa.Column("confirmed_by", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "relay",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=False),
        sa.Column("entry_id", columns.Whole(), nullable=False),
        sa.Column("urgent", columns.Switch(), nullable=False),
        sa.Column("due_at", columns.Instant(), nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_relay_ticket_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_relay_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    due = sa.text("outbox_key IS NULL")
    op.create_index("ix_relay_due", "relay", ["partner", "due_at"], sqlite_where=due, postgresql_where=due)
