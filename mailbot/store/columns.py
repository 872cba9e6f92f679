"""The column types of the store: what SQLite and PostgreSQL both can keep without surprises.

SQLite's STRICT tables know INTEGER, TEXT and BLOB only. An instant is text of one fixed
width in UTC there, so that comparing text compares time, and timestamptz on PostgreSQL;
both give aware datetimes back. Words from mail lose what no database can hold (NUL, lone
surrogates), visibly: U+FFFD stands in their place.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Boolean, DateTime, Dialect, Integer, Row, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


# json.dumps makes a new encoder at each call that asks for anything unusual.
_AS_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def storable(words: str) -> str:
    """The same words with U+FFFD for each NUL and lone surrogate."""
    if words.isascii() and "\x00" not in words:
        return words
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", words)


class Words(TypeDecorator[str]):
    """Text of any origin; StrEnum members are kept by their value."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is stored; None stays None."""
        del dialect
        return None if value is None else storable(str(value))


class Whole(TypeDecorator[int]):
    """A whole number of up to 63 bits (UIDs take 32 without a sign, RFC 9051 section 9)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use INTEGER on SQLite, where only that name makes a row's own key."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Switch(TypeDecorator[bool]):
    """True or false; 1 or 0 where the database knows no booleans."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use INTEGER on SQLite."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> bool | int | None:  # noqa: FBT001 - a value
        """Return 1 or 0 on SQLite."""
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ANN401 - as the driver gives it
        """Return a bool again."""
        del dialect
        return None if value is None else bool(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant, UTC in and out; a naive one is refused with ValueError."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use text on SQLite and timestamptz elsewhere."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's type
        """Return the instant in UTC, on SQLite as text of 32 characters."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone; instants are aware"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - the driver's type
        """Return an aware datetime in UTC."""
        del dialect
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain lists, dicts, strings and numbers as JSON text, keys sorted; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401 - any JSON
        """Return JSON text."""
        del dialect
        if value is None:
            return None
        return storable(_AS_JSON(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401 - any JSON
        """Return what the text says."""
        del dialect
        return None if value is None else json.loads(value)
