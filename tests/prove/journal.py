"""What was told to those outside: which message was handed over at which door, and what was said to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Door(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"


class Kind(StrEnum):
    """What kind of message it is, by what must become of it."""

    QUESTION = "question"
    CRITICAL = "critical"
    REPLY = "reply"
    STRANGER = "stranger"
    MACHINE = "machine"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as it was handed over; `message_id` is without angle brackets."""

    message_id: str
    sender: str
    kind: Kind
    raw: bytes


@dataclass
class Journal:
    """What was handed over, and every yes. For several threads."""

    posted: dict[str, Posted] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tried(self, message: Posted) -> None:
        """Note that it is about to be handed over."""
        with self._lock:
            self.posted[message.message_id] = message

    def yes(self, message: Posted) -> None:
        """Note that its receipt was acknowledged: from now on it must not be lost."""
        with self._lock:
            self.acknowledged.add(message.message_id)
