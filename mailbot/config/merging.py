"""The operator's rules.toml over the shipped one, and the line that each value came from.

Tables merge key by key and rules by their id; `disabled = true` takes a rule away. Any other
list replaces the shipped one; a list of words may name the one that it replaces
(`mailbot.config.words`). A tenant's hours are merged in the same way over the partner's; so are
an agent's, but for their week, which is the agent's alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mailbot.errors import ConfigError, Problem
from mailbot.rules.lines import Place, lines_of

OPERATOR_FILE = "rules.toml"

# Their rows are the operator's own; the shipped file only shows examples of them.
_OWN_LISTS = ("tenant", "agent", "vendor", "system", "mailbox")
ROWS = (*_OWN_LISTS, "rule", "pager")
"""The lists of tables."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The file and the line that a value came from, and in a table the column: "column D"."""

    file: str
    line: int | None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the values at a place, or with what is missing there.

    `given` names further places by which it is judged: where one of them is broken, nothing can be said.
    """

    place: Place
    text: str
    hint: str = ""
    warning: bool = False
    given: tuple[Place, ...] = ()


@dataclass
class Source:
    """One TOML file as read: its values and its text."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    @cached_property
    def lines(self) -> dict[Place, int]:
        """Return the line of every place; for the shipped file only worked out when it is needed."""
        return lines_of(self.text)


@dataclass
class Merged:
    """Values of one or two files, and where each stands: `origins` in the upper file, else in `under`.

    `broken` are the places whose values have the wrong form, `meant` those that a key of the wrong name was meant for.
    """

    values: dict[str, Any]
    origins: dict[Place, Origin] = field(default_factory=dict)
    under: Source | None = None
    broken: set[Place] = field(default_factory=set)
    meant: set[Place] = field(default_factory=set)

    @classmethod
    def of(cls, source: Source) -> Merged:
        """Return the values of one file."""
        lines = {place: Origin(source.file, line) for place, line in source.lines.items()}
        return cls(source.values, {(): Origin(source.file, None), **lines})

    def problem(self, place: Place, text: str, hint: str = "", *, warning: bool = False) -> Problem:
        """Return a problem with the nearest line: that of the key, or of a table around it."""
        nearest = Origin(OPERATOR_FILE, None)
        for depth in range(len(place), -1, -1):
            if place[:depth] in self.origins:
                nearest = self.origins[place[:depth]]
                break
            if self.under is not None and place[:depth] in self.under.lines:
                nearest = Origin(self.under.file, self.under.lines[place[:depth]])
                break
        key = ", ".join(filter(None, (nearest.column, self.key(place))))
        return Problem(nearest.file, key, text, nearest.line, hint, warning)

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        """Return these findings as problems, without those that only follow from what is broken already."""
        return [
            self.problem(found.place, found.text, found.hint, warning=found.warning)
            for found in findings
            if not any(map(self.is_doubtful, (found.place, *found.given)))
        ]

    def is_doubtful(self, place: Place) -> bool:
        """Return whether what stands at a place is not known: it is broken, or missing but for a slip in its name."""
        if self.is_broken(place):
            return True
        anywhere = tuple(0 if isinstance(step, int) else step for step in place)
        return place not in self.origins and any(
            meant in {place[: len(meant)], anywhere[: len(meant)]} for meant in self.meant
        )

    def is_broken(self, place: Place) -> bool:
        """Return whether a place, something around it or something in it has the wrong form."""
        return any(place[: len(broken)] == broken or broken[: len(place)] == place for broken in self.broken)

    def key(self, place: Place) -> str:
        """Return a place as the operator knows it: `tenant[acme].domains`, rows by their id or number."""
        shown = ""
        value: Any = self.values
        for step in place:
            if isinstance(step, str):
                shown += f".{step}" if shown else step
                value = value.get(step) if isinstance(value, dict) else None
                continue
            value = value[step] if isinstance(value, list) and step < len(value) else None
            name = value.get("id") if isinstance(value, dict) else None
            shown += f"[{name}]" if isinstance(name, str) and name.isprintable() else f"[#{step + 1}]"
        return shown

    def add_words(self, name: str, phrase: str, tenant: str = "") -> None:
        """Let the list of words of that name, or the tenant's own, hold a further phrase as if it stood there."""
        if not tenant:
            self.values["words"] = _with_phrase(self.values.get("words"), name, phrase)
        elif (row := self.row_of_tenant(tenant)) is not None:
            rows = self.values["tenant"] = list(self.values["tenant"])
            rows[row] = rows[row] | {"words": _with_phrase(rows[row].get("words", {}), name, phrase)}

    def row_of_tenant(self, tenant: str) -> int | None:
        """Return the number of the row of a tenant's id, None where there is none."""
        rows = self.values.get("tenant")
        ids = [row.get("id") if isinstance(row, dict) else None for row in (rows if isinstance(rows, list) else ())]
        return ids.index(tenant) if tenant in ids else None

    def note(self, place: Place, source: Source, written: Place) -> None:
        """Let everything at and under a place come from where it is written in a source."""
        for inside, line in source.lines.items():
            if inside[: len(written)] == written:
                self.origins[place + inside[len(written) :]] = Origin(source.file, line)


def _with_phrase(lists: Any, name: str, phrase: str) -> Any:  # noqa: ANN401 - as TOML gave them
    """Return lists of words with a further phrase in one of them; what has another form as it is."""
    known = lists.get(name, []) if isinstance(lists, dict) else None
    return lists | {name: [*known, phrase]} if isinstance(known, list) else lists


def read_source(path: Path, name: str) -> Source:
    """Return a TOML file's values and lines; raise ConfigError, for a syntax error with its line."""
    return source_of(name, text_of(path, name))


def text_of(path: Path, name: str) -> str:
    """Return the text of a file, which problems call `name`; raise ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = Problem(name, "", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problem = Problem(name, "", "is not in UTF-8", hint="save it as UTF-8")
    raise ConfigError((problem,))


def source_of(name: str, text: str) -> Source:
    """Return the values and lines of TOML; raise ConfigError for a syntax error with its line."""
    try:
        return Source(name, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_syntax_problem(name, str(error), text),)) from None


def _syntax_problem(name: str, said: str, text: str) -> Problem:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", said, re.DOTALL)
    if found is None:
        return Problem(name, "", said)
    line = int(found[2]) if found[2] else text.rstrip("\n").count("\n") + 1
    where = f"in column {found[3]}" if found[3] else "at the end of the file"
    hint = "text stands in quotes, a list in [ ], and a key only once in its table"
    return Problem(name, "", f"this is not TOML, {where}: {found[1][:1].lower()}{found[1][1:]}", line, hint)


def merge(shipped: Source, own: Source) -> Merged:
    """Return the operator's values over the shipped ones; both sources stay as they are."""
    merged = Merged({}, under=shipped)
    base = {key: value for key, value in shipped.values.items() if key not in _OWN_LISTS}
    merged.values = _table(merged, (), base, own.values, own)
    _fill_hours(merged.values, "tenant", _over)
    _fill_hours(merged.values, "agent", _but_for_the_week)
    return merged


def _table(merged: Merged, place: Place, base: dict[str, Any], values: dict[str, Any], own: Source) -> dict[str, Any]:
    both = dict(base)
    for key, value in values.items():
        here = (*place, key)
        present = base.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            merged.origins[here] = Origin(own.file, own.lines.get(here))
            both[key] = _table(merged, here, present, value, own)
        elif key == "rule" and isinstance(value, list) and isinstance(present, list):
            both[key] = _rules(merged, here, present, value, own)
        else:
            both[key] = value
            merged.note(here, own, here)
    return both


def _rules(merged: Merged, place: Place, base: list[Any], rows: list[Any], own: Source) -> list[Any]:
    """Let a row with a shipped rule's id change that rule, key by key; put any other behind them."""
    both = list(base)
    shipped = {row["id"]: index for index, row in enumerate(base)}
    for index, row in enumerate(rows):
        name = row.get("id") if isinstance(row, dict) else None
        known = shipped.get(name) if isinstance(name, str) else None
        if known is None:
            both.append(row)
            merged.note((*place, len(both) - 1), own, (*place, index))
            continue
        both[known] = both[known] | row
        merged.origins[*place, known] = Origin(own.file, own.lines.get((*place, index)))
        for key in row:
            merged.note((*place, known, key), own, (*place, index, key))
    return both


def _fill_hours(
    values: dict[str, Any], whose: str, over: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
) -> None:
    partner, rows = values.get("partner"), values.get(whose)
    base = partner.get("hours") if isinstance(partner, dict) else None
    if isinstance(base, dict) and isinstance(rows, list):
        values[whose] = [
            row | {"hours": over(base, row["hours"])}
            if isinstance(row, dict) and isinstance(row.get("hours"), dict)
            else row
            for row in rows
        ]


def _but_for_the_week(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return hours of one's own, with the other's closed days, and his holidays where it names no region."""
    worked = {"not_holidays": ()} if "region" in own else {}
    return {**base, **worked, **own}


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in own.items():
        inner = base.get(key)
        both[key] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return both
