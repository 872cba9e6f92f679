"""What a ticket waited for is forgotten where `[retention]` forgot the rest before, and no notice holds it any more."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQLITE = (
    (
        "UPDATE entry SET change = json_replace(change, '$.waits_for', '') WHERE kind = 'change' AND subject = '' "
        "AND text = '' AND reply_text IS NULL AND from_name = '' AND evidence = '[]' "
        "AND coalesce(json_extract(change, '$.waits_for'), '') <> ''"
    ),
    "UPDATE notice SET text = '' WHERE kind = 'waited'",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            # Not sa.text: colons in JSON paths would be parameters to it.
            op.get_bind().exec_driver_sql(statement)
