"""Incidents, what was said of them, and which tickets are about one."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NUMBERED = {"sqlite_strict": True, "sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("title", columns.Words(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=True),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("resolved_at", columns.Instant(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        **_NUMBERED,
    )
    op.create_index("ix_incident_open", "incident", ["partner", "id"], sqlite_where=sa.text("resolved_at IS NULL"))
    op.create_index("ix_incident_opened_at", "incident", ["partner", "opened_at"])
    op.create_table(
        "incident_update",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("incident_id", columns.Whole(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("text", columns.Words(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_update_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_update")),
        **_NUMBERED,
    )
    op.create_index("ix_incident_update_incident_id", "incident_update", ["incident_id", "id"])
    op.add_column("ticket", sa.Column("incident", columns.Whole(), nullable=True))
    op.create_index("ix_ticket_incident", "ticket", ["incident"], sqlite_where=sa.text("incident IS NOT NULL"))
