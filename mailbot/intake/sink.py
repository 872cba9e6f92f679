"""Where accepted mail goes: the committed spool.

Every door hands its mail to a sink, and only when the sink returns is the mail ours: then an SMTP session may say 250,
and an IMAP cursor has moved, because it moves in the transaction that holds the mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailbot.store.spool import NewArrival


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read, under one UIDVALIDITY.

    UIDs up to `baseline_uid` were there at `first_contact_at` and stay untouched; with
    `renumbered`, the UIDVALIDITY has changed since, so that those UIDs say nothing and
    INTERNALDATE decides. `last_uid` is the highest one that was looked at. From `since` on,
    older mail is taken as history (None: it is not). `reconciled_at` is when all UIDs were
    last compared (None: that is due), `checked_at` the last successful look.
    """

    mailbox: str
    folder: str
    uidvalidity: int
    baseline_uid: int
    first_contact_at: datetime
    last_uid: int = 0
    since: datetime | None = None
    renumbered: bool = False
    reconciled_at: datetime | None = None
    checked_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Movable:
    """An arrival that is done with and may leave its folder."""

    arrival: int
    uidvalidity: int
    uid: int


class Sink(Protocol):
    """What a door needs of the store."""

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """Return how far that folder was read, None before the first contact."""

    def accept(self, batch: Sequence[NewArrival], cursor: Cursor) -> list[int | None]:
        """Commit the mail and the cursor together; None stands for a UID that was known.

        Nothing is committed when this raises.
        """

    def known_uids(self, mailbox: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs that were accepted under that UIDVALIDITY."""

    def to_move(self, mailbox: str, folder: str) -> list[Movable]:
        """Return what is committed for good, but not moved yet."""

    def moved(self, arrivals: Sequence[int]) -> None:
        """Record that these have left their folder."""

    def watched(self, mailbox: str, folder: str, at: datetime, tolerance: timedelta) -> None:
        """Record that the folder was seen to be watched at this instant; longer pauses than `tolerance` are gaps."""

    def failed(self, mailbox: str, folder: str, error: str) -> None:
        """Record why the folder cannot be read at present, "" once it can."""
