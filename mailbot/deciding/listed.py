"""Numbered lists of tickets that agents get, and what they have us do with the numbers."""

from __future__ import annotations

from enum import StrEnum


class ListKind(StrEnum):
    """What a list of tickets that an agent gets is for: what waits when he begins or in a burst, all open ones, his."""

    OPENING = "opening"
    BURST = "burst"
    OPEN = "open"
    MINE = "mine"
