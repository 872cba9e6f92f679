"""The rules in force, one key a line: what is logged at the start.

Secrets show only what kind of place they are kept in. Long lists are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.rules import BusinessDay, Period, PhraseRule, Rules, Secret, Table, WebAddress

_MOST_SHOWN = 20
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))


def effective(rules: Rules) -> str:
    """Return every setting as `key = value`, as it would be written in rules.toml, secrets masked."""
    return "\n".join(_table(rules, ""))


def _table(table: Table, place: str) -> Iterator[str]:
    for name in type(table).model_fields:
        yield from _value(getattr(table, name), f"{place}.{name}" if place else name)


def _value(value: object, place: str) -> Iterator[str]:
    if isinstance(value, Secret):
        yield f"{place} = (secret, {_kept(value)})"
    elif isinstance(value, Table):
        yield from _table(value, place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _value(inner, f"{place}.{key}")
    elif isinstance(value, tuple) and value and isinstance(value[0], PhraseRule):
        yield f"{place} = {len(value)} rules"
    elif isinstance(value, tuple) and value and isinstance(value[0], Table):
        for number, row in enumerate(value, 1):
            yield from _value(row, f"{place}[{getattr(row, 'id', f'#{number}')}]")
    elif isinstance(value, tuple) and len(value) > _MOST_SHOWN:
        yield f"{place} = {len(value)} items"
    elif value is not None or place.startswith("severity."):
        yield f"{place} = {written(value)}"


def _kept(secret: Secret) -> str:
    """Return what kind of place a secret is kept in."""
    if isinstance(secret, WebAddress) and secret.url:
        return "in rules.toml"
    return f"from {'env' if secret.env else 'file' if secret.file else 'a command'}"


def written(value: object) -> str:
    """Return a value as it is written in rules.toml; None, a promise's best effort, included."""
    match value:
        case None:
            return '"best effort"'
        case bool():
            return str(value).lower()
        case timedelta():
            return f'"{_duration(value)}"'
        case BusinessDay(days=days):
            return f'"{days} business day{"" if days == 1 else "s"}"'
        case Period():
            return f'"{value.start:%H:%M}-{"24:00" if value.end == time.max else f"{value.end:%H:%M}"}"'
        case ZoneInfo():
            return f'"{value.key}"'
        case date():
            return f'"{value.isoformat()}"'
        case StrEnum() | str():
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case tuple():
            return f"[{', '.join(written(item) for item in value)}]"
        case _:
            return f"{value}"


def _duration(length: timedelta) -> str:
    """Return a readable form: "15m", "1h 30m", "24h", "7d"."""
    parts: list[str] = []
    for unit, name in _UNITS if length >= timedelta(days=2) else _UNITS[1:]:
        if length >= unit:
            parts.append(f"{length // unit}{name}")
            length %= unit
    if length or not parts:
        parts.append(f"{length.total_seconds():g}s")
    return " ".join(parts)
