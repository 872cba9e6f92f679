"""What was not taken back is marked so where older logs say it in words alone, which `[retention]` forgets."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MARKED = (
    "UPDATE entry SET decision = json_set(decision, '$.kept', json('true')) WHERE kind = 'change' "
    "AND text LIKE 'not taken back: %' AND json_extract(decision, '$.undoes') IS NOT NULL"
)


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name == "sqlite":
        # Not sa.text: colons in JSON paths would be parameters to it.
        guard = conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'entry_is_not_changed'").scalar_one()
        for statement in ("DROP TRIGGER entry_is_not_changed", MARKED, guard):
            conn.exec_driver_sql(statement)
