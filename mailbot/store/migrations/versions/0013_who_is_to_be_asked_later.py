"""Who is to be asked later about a mail that waits for his word, in columns of its own."""

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LATER = "to be asked about later: "
_LISTED = "listed to "


def upgrade() -> None:
    op.add_column("arrival", sa.Column("ask_later", sa.Text(), nullable=False, server_default=""))
    op.add_column("arrival", sa.Column("ask_about", columns.Whole(), nullable=True))
    op.add_column("arrival", sa.Column("listed", columns.Switch(), nullable=False, server_default="0"))
    arrival = sa.table(
        "arrival",
        *(sa.column(name) for name in ("id", "state", "cause", "detail", "ask_later", "ask_about", "listed")),
    )
    kept = sa.select(arrival.c.id, arrival.c.detail).where(
        arrival.c.state == "quarantined", arrival.c.cause == "unconfirmed"
    )
    conn = op.get_bind()
    for number, detail in conn.execute(kept).all():
        begin = next((one for one in (_LATER, _LISTED) if detail.startswith(one)), None)
        if begin is not None:
            agent, _, ticket = detail.removeprefix(begin).partition(" about #")
            told = {"ask_later": agent, "ask_about": int(ticket) if ticket else None, "listed": int(begin == _LISTED)}
            conn.execute(sa.update(arrival).where(arrival.c.id == number).values(**told))
