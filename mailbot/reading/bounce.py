"""Delivery status notifications."""

from __future__ import annotations

from mailbot.reading.body import Body
from mailbot.reading.headers import HeaderSection
from mailbot.reading.model import Bounce
from mailbot.reading.structure import Part


def read_bounce(raw: bytes, root: Part, section: HeaderSection, body: Body, reverse_path: str | None) -> Bounce | None:
    """Return what a bounce says, None for any other mail."""
    return None
