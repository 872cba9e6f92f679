"""What all tables have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import MetaData, text
from sqlmodel import SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
STRICT = {"sqlite_strict": True}
# Numbers of removed rows are never given again.
NUMBERED = {"sqlite_strict": True, "sqlite_autoincrement": True}


def where(condition: str) -> dict[str, Any]:
    """Return that an index holds only the rows that meet the condition."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Row(SQLModel):
    """Base of all tables."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)
