"""What all commands have in common, and how their values are written and said."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar

from mailbot.clocks.wall import WallClock

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)\b")


class Care(StrEnum):
    """What a command may touch that makes it wait until the agent has confirmed it."""

    ANOTHER_CUSTOMER = "another-customer"
    OUTSIDER = "outsider"
    VENDOR = "vendor"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Kind:
    """What all commands have in common.

    `example` is how it is written; `summary` one line of help. `others_say` are words that are not understood, and lead
    to this one in the hint. `form` is how its values are written, `meaning` says what it would do.

    What is `undoable` can be taken back for a day. One with `care` is confirmed before it is done, if it touches such.
    One that is not `of_ticket` can stand without a ticket. `private` ones keep the whole mail among our own people:
    all words in it are theirs, and no customer gets any. In the words of a `free` one a "#" may stand. A mail may have
    `several` of a kind, else one.
    """

    word: ClassVar[str]
    form: ClassVar[str] = ""
    example: ClassVar[str]
    summary: ClassVar[str]
    meaning: ClassVar[str]
    others_say: ClassVar[str] = ""
    undoable: ClassVar[bool] = False
    care: ClassVar[frozenset[Care]] = frozenset()
    of_ticket: ClassVar[bool] = True
    private: ClassVar[bool] = False
    free: ClassVar[bool] = False
    several: ClassVar[bool] = False

    def __str__(self) -> str:
        """Return the command as it can be written on any day: it is read as an equal one."""
        return f"#{self.word} {self._filled(self.form, written)}".rstrip()

    def does(self, clock: WallClock) -> str:
        """Return what it would do, in words, with its days and instants by that clock."""
        return self._filled(self.meaning, lambda value: spoken(value, clock))

    def _filled(self, form: str, said: Callable[[object], str]) -> str:
        return form.format_map({field.name: said(getattr(self, field.name)) for field in dataclasses.fields(self)})


def written(value: object) -> str:
    """Return a value of a command as it is written: ISO 8601 for days and instants, "#" before numbers of tickets."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return " ".join(f"#{number}" for number in value)
    return "" if value is None else str(value)


def with_instants(text: str, said: Callable[[datetime], str]) -> str:
    """Return written commands with their instants as `said` has them."""
    return _INSTANT.sub(lambda found: said(datetime.fromisoformat(found[0])), text)


def with_days(text: str, said: Callable[[date], str]) -> str:
    """Return written commands with their days as `said` has them; no instant is left in them."""
    return _DAY.sub(lambda found: said(date.fromisoformat(found[0])), text)


def spoken(value: object, clock: WallClock) -> str:
    """Return a value of a command as people say it."""
    if isinstance(value, datetime):
        return clock.until(value)
    return clock.day(value) if isinstance(value, date) else written(value)
