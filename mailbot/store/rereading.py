"""Mails of our own, read as whoever got them reads them."""

from __future__ import annotations

from mailbot.errors import MessageError, StoreDamaged
from mailbot.reading.message import read
from mailbot.reading.model import Message
from mailbot.store.packing import decompress


def read_back(packed: bytes | None) -> Message:
    """Return a mail of ours as it is read; one without anything where there is none any more."""
    try:
        return read(decompress(packed)) if packed else Message()
    except (MessageError, StoreDamaged):
        return Message()
