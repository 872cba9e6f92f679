"""What agents' mail is looked up by, so that no answer reads more because the log has grown."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_tenant", "ticket", ["partner", "tenant", "opened_at"])
    op.create_index("ix_relay_ticket_id", "relay", ["ticket_id"])
    brought = sa.text("outbox_key <> ''")
    op.create_index(
        "ix_relay_outbox_key", "relay", ["partner", "outbox_key"], sqlite_where=brought, postgresql_where=brought
    )
    op.create_index("ix_listing_agent", "listing", ["partner", "agent", "id"])
