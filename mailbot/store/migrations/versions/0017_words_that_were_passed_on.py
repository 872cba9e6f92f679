"""Words that an agent passed on stand in no notice that was told: `[retention]` does not forget them there."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE notice SET text = '' WHERE kind = 'passed-on' AND outbox_key IS NOT NULL")
