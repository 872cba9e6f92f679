"""The form of a sense, and how its phrases are written down."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a sense says: which thing is meant, what ails it, what is wanted with it, or how many it concerns."""

    THING = "thing"
    TROUBLE = "trouble"
    WISH = "wish"
    EXTENT = "extent"


class Sense(NamedTuple):
    """A sense: its name as our own people read it, what it says, and how much it tells one matter from another."""

    name: str
    role: Role
    weight: float
    phrases: tuple[str, ...]


def sense(name: str, role: Role, weight: float, written: str) -> Sense:
    """Return a sense with its phrases as `phrases` reads them."""
    return Sense(name, role, weight, phrases(written))


def phrases(written: str) -> tuple[str, ...]:
    """Return phrases that stand between commas and ends of lines."""
    return tuple(filter(None, (one.strip() for one in written.replace("\n", ",").split(","))))
