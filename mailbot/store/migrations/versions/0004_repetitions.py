"""What comes again and again is counted in its ticket, which is found by its sender and topic."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("topic", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("ticket", sa.Column("told_at", sa.Text(), nullable=True))
    op.add_column("ticket", sa.Column("ailing", sa.Text(), nullable=False, server_default="[]"))
    op.drop_index("ix_ticket_requester", "ticket")
    op.create_index("ix_ticket_requester", "ticket", ["partner", "requester", "topic"])
