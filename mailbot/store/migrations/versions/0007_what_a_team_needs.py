"""Tickets know who waits since when, and whose they are; agents are away, have more addresses, and get lists."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITING = """
UPDATE ticket SET waiting_since = (
SELECT asked.at FROM entry asked
WHERE asked.ticket_id = ticket.id AND asked.kind = 'customer' AND NOT EXISTS (
SELECT answer.id FROM entry answer
WHERE answer.ticket_id = ticket.id AND answer.kind = 'agent' AND answer.id > asked.id)
ORDER BY asked.id LIMIT 1)
"""


def upgrade() -> None:
    op.add_column("ticket", sa.Column("waiting_since", columns.Instant(), nullable=True))
    op.add_column("ticket", sa.Column("assignee", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("waits_for", columns.Words(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("waits_until", columns.Instant(), nullable=True))
    op.add_column("ticket", sa.Column("merged_into", columns.Whole(), nullable=True))
    waits = sa.text("waits_until IS NOT NULL")
    op.create_index(
        "ix_ticket_waits_until", "ticket", ["partner", "waits_until"], sqlite_where=waits, postgresql_where=waits
    )
    op.execute(sa.text(_WAITING))
    _people()
    _lists()


def _people() -> None:
    op.create_table(
        "participant",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=False),
        sa.Column("address", columns.Words(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_participant_ticket_id")),
        sa.PrimaryKeyConstraint("partner", "ticket_id", "address", name=op.f("pk_participant")),
        sqlite_strict=True,
    )
    op.create_table(
        "absence",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=True),
        sa.Column("from_at", columns.Instant(), nullable=False),
        sa.Column("until_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_absence_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absence_agent", "absence", ["partner", "agent", "until_at"])
    op.create_table(
        "agent_address",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("address", columns.Words(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "address", name=op.f("pk_agent_address")),
        sqlite_strict=True,
    )


def _lists() -> None:
    op.create_table(
        "listing",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "listing_item",
        sa.Column("listing_id", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_listing_item_listing_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_listing_item_ticket_id")),
        sa.PrimaryKeyConstraint("listing_id", "number", name=op.f("pk_listing_item")),
        sqlite_strict=True,
    )
