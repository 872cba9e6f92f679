"""Mails of our own, read as whoever got them reads them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mailbot.errors import MessageError, StoreDamaged
from mailbot.reading.message import read
from mailbot.reading.model import Message
from mailbot.store.packing import decompress
from mailbot.store.tables import OUTBOX


def read_back(packed: bytes | None) -> Message:
    """Return a mail of ours as it is read; one without anything where there is none any more."""
    try:
        return read(decompress(packed)) if packed else Message()
    except (MessageError, StoreDamaged):
        return Message()


def read_back_mail(conn: Connection, outbox_id: int) -> Message:
    """Return the outgoing mail of that number as `read_back` does."""
    return read_back(conn.execute(select(OUTBOX.c.packed).where(OUTBOX.c.id == outbox_id)).scalar())
