"""The column types of the store: what SQLite and PostgreSQL both can keep without surprises.

SQLite's STRICT tables know INTEGER, TEXT and BLOB only. An instant is text of one fixed
width in UTC there, so that comparing text compares time, and timestamptz on PostgreSQL;
both give aware datetimes back. Words from mail lose what no database can hold (NUL, lone
surrogates), visibly: U+FFFD stands in their place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import BigInteger, Boolean, DateTime, Dialect, Integer, Row, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from mailbot.deciding.effects import Evidence, Reason

T = TypeVar("T")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_AS_JSON = msgspec.json.Encoder(order="sorted").encode


def storable(words: str) -> str:
    """The same words with U+FFFD for each NUL and lone surrogate."""
    if words.isascii() and "\x00" not in words:
        return words
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", words)


def _words(value: str | None) -> str | None:
    return None if value is None else storable(value if type(value) is str else str(value))


def _switch(value: bool | None) -> int | None:  # noqa: FBT001 - a value
    return None if value is None else int(value)


def _instant(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        msg = f"{value!r} has no time zone; instants are aware"
        raise ValueError(msg)
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _instant_text(value: datetime | None) -> str | None:
    moment = _instant(value)
    return None if moment is None else moment.isoformat(timespec="microseconds")


def _json(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    try:
        return _AS_JSON(value).decode()
    except UnicodeEncodeError:
        return storable(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - as the driver takes it
    return value


class Converted(TypeDecorator[T]):
    """A type whose values are converted on their way in; who runs a statement often asks for that way once."""

    def into(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Return what makes of a value what this kind of database takes; None stays None."""
        raise NotImplementedError

    def process_bind_param(self, value: T | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's type
        """Return what is stored."""
        return self.into(dialect)(value)


class Words(Converted[str]):
    """Text of any origin; StrEnum members are kept by their value."""

    impl = Text
    cache_ok = True

    def into(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Put U+FFFD in the place of what no database can hold."""
        del dialect
        return _words


class Whole(TypeDecorator[int]):
    """A whole number of up to 63 bits (UIDs take 32 without a sign, RFC 9051 section 9)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use INTEGER on SQLite, where only that name makes a row's own key."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Switch(Converted[bool]):
    """True or false; 1 or 0 where the database knows no booleans."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use INTEGER on SQLite."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def into(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Make it 1 or 0 on SQLite."""
        return _switch if dialect.name == "sqlite" else _unchanged

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ANN401 - as the driver gives it
        """Return a bool again."""
        del dialect
        return None if value is None else bool(value)


class Instant(Converted[datetime]):
    """An aware instant, UTC in and out; a naive one is refused with ValueError."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use text on SQLite and timestamptz elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def into(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Make it UTC, on SQLite as text of 32 characters."""
        return _instant_text if dialect.name == "sqlite" else _instant

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - the driver's type
        """Return an aware datetime in UTC."""
        del dialect
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(Converted[Any]):
    """Plain lists, dicts, strings and numbers as JSON text, keys sorted; None is NULL."""

    impl = Text
    cache_ok = True

    def into(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Make it JSON text."""
        del dialect
        return _json

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401 - any JSON
        """Return what the text says."""
        del dialect
        return None if value is None else msgspec.json.decode(value)


def plain(values: Sequence[Reason] | Sequence[Evidence]) -> list[dict[str, str]]:
    """Reasons or evidence as JSON can hold them."""
    # asdict() would copy every string of every reason of every mail, deeply.
    return [{name: getattr(value, name) for name in value.__slots__} for value in values]
