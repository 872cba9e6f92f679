"""The one verdict on whether a machine sent a message."""

from __future__ import annotations

from mailbot.reading.body import Body
from mailbot.reading.headers import HeaderSection
from mailbot.reading.model import Automatic, Border, Bounce, Mailbox
from mailbot.reading.structure import Part


def read_automatic(
    section: HeaderSection,
    root: Part,
    body: Body,
    reply_text: str,
    *,
    from_: tuple[Mailbox, ...],
    bounce: Bounce | None,
    reverse_path: str | None,
    border: Border,
) -> Automatic:
    """Return the verdict with its reasons."""
    return Automatic()
