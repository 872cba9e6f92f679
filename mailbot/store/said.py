"""What was said in a ticket, by both sides: the texts that a reply may quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, bindparam, select, text

from mailbot.errors import MessageError, StoreDamaged
from mailbot.reading.message import read
from mailbot.reading.model import Border, Envelope
from mailbot.store.packing import decompress
from mailbot.store.statements import Prepared
from mailbot.store.tables import ENTRY, OUTBOX

_MOST = 10

_WRITTEN = Prepared(
    select(ENTRY.c.text)
    .where(ENTRY.c.ticket_id == bindparam("ticket"), text("entry.kind IN ('customer', 'agent')"))
    .order_by(ENTRY.c.id.desc())
    .limit(bindparam("limit"))
)
_SENT = Prepared(
    select(OUTBOX.c.packed)
    .where(OUTBOX.c.ticket_id == bindparam("ticket"), text("outbox.audience = 'customer'"))
    .order_by(OUTBOX.c.id.desc())
    .limit(bindparam("limit"))
)


_SUBJECTS = Prepared(
    select(ENTRY.c.subject)
    .where(ENTRY.c.ticket_id == bindparam("ticket"))
    .order_by(ENTRY.c.id)
    .limit(bindparam("limit"))
)
_MOST_SUBJECTS = 200


def subjects_in(conn: Connection, ticket: int) -> Iterator[str]:
    """Yield the subjects of a ticket's messages."""
    for (subject,) in _SUBJECTS.rows(conn, {"ticket": ticket, "limit": _MOST_SUBJECTS}):
        yield subject or ""


def in_ticket(conn: Connection, ticket: int) -> Iterator[str]:
    """Yield the texts of a ticket's newest messages, and those of the newest mails of ours to its customer."""
    for (words,) in _WRITTEN.rows(conn, {"ticket": ticket, "limit": _MOST}):
        yield words
    for (packed,) in _SENT.rows(conn, {"ticket": ticket, "limit": _MOST}):
        yield from _text(packed)


def by_customers(conn: Connection, tickets: Iterable[int]) -> Iterator[str]:
    """Yield what was newly written in the customers' messages of these tickets."""
    wanted = select(ENTRY.c.text, ENTRY.c.reply_text).where(
        ENTRY.c.ticket_id.in_(tuple(tickets)), text("entry.kind = 'customer'")
    )
    for whole, newly in conn.execute(wanted):
        yield (whole if newly is None else newly) or ""


def in_mail(conn: Connection, mail: int) -> Iterator[str]:
    """Yield the text of a mail of ours, nothing where it was forgotten."""
    for packed in conn.execute(select(OUTBOX.c.packed).where(OUTBOX.c.id == mail)).scalars():
        yield from _text(packed)


def _text(packed: bytes | None) -> Iterator[str]:
    try:
        if packed:
            yield read(decompress(packed), Envelope(), Border()).text
    except (MessageError, StoreDamaged):
        return
