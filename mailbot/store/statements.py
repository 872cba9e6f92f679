"""Statements said once and run often.

A `Prepared` statement is compiled the first time a kind of database sees it; from then on
only its values are converted, by their columns' own types, and handed to the driver.
SQLAlchemy's way to run one, for each run anew, was half of what a mail cost (docs/performance.md).

`insert_unless_known` is what SQLAlchemy says differently for each database although SQL does not.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Select, Table, TextClause, bindparam, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from mailbot.store.columns import Converted

T = TypeVar("T")

Statement: TypeAlias = Select[*tuple[Any, ...]] | UpdateBase | TextClause
AT_ONCE = 8
"""How many values the parameters of `some()` take."""


def by_no_index(column: Column[str], value: object) -> ColumnElement[bool]:
    """Choose the rows that have a value in a column of words, and let no index of that column be used for it.

    With one by partner SQLite would read all of his tickets to find the newest, or some by their numbers.
    """
    return column + "" == value


class Prepared:
    """One statement; its values are given by name, each time all of them.

    An INSERT that says no values itself fills the `columns`. Errors are SQLAlchemy's.
    """

    def __init__(self, statement: Statement, *, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._forms: dict[str, _Form] = {}

    def rows(self, conn: Connection, values: Mapping[str, object]) -> list[Any]:
        """Return the rows that come back, each a named tuple."""
        form = self._form(conn.dialect)
        found = _run(conn, form, values).fetchall()
        return [form.row(row) for row in found]

    def first(self, conn: Connection, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a named tuple
        """Return the first row, None when there is none."""
        rows = self.rows(conn, values)
        return rows[0] if rows else None

    def scalar(self, conn: Connection, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - of the column's type
        """Return the first column of the first row, None when there is no row."""
        rows = self.rows(conn, values)
        return rows[0][0] if rows else None

    def change(self, conn: Connection, values: Mapping[str, object]) -> int:
        """Run what gives no rows back; return how many it changed."""
        return _run(conn, self._form(conn.dialect), values).rowcount

    def _form(self, dialect: Dialect) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, self._columns, dialect)
        return form


class _Form:
    """A statement as one kind of database takes it: its words, and how values go in and come out."""

    def __init__(self, statement: Statement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        results = () if isinstance(statement, TextClause) else tuple(statement.exported_columns)
        self.sql = str(compiled)
        names = tuple(compiled.positiontup or ())
        self._said = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
        self._places = tuple((name, _into(compiled.binds[name].type, dialect)) for name in names)
        self._out = tuple(_out(column.type, dialect) for column in results)
        # The names are known to the statement only.
        self._row: Any = namedtuple("Row", [column.key or "" for column in results], rename=True)  # type: ignore[misc] # noqa: PYI024

    def converted(self, values: Mapping[str, object]) -> list[object]:
        """Return the values as the driver takes them, each in its place; raise KeyError for a missing one."""
        given = {**self._said, **values} if self._said else values
        return [given[name] if convert is None else convert(given[name]) for name, convert in self._places]

    def row(self, found: Sequence[Any]) -> Any:  # noqa: ANN401 - a named tuple
        """Return what came back as its columns' types have it; as it came, from a statement in plain words."""
        if not self._out:
            return found
        return self._row._make([
            value if convert is None else convert(value) for convert, value in zip(self._out, found, strict=True)
        ])  # fmt: skip


def _run(conn: Connection, form: _Form, values: Mapping[str, object]) -> DBAPICursor:
    converted = form.converted(values)
    driver = conn.dialect.loaded_dbapi
    try:
        cursor = conn.connection.cursor()
        cursor.execute(form.sql, converted)
    except driver.Error as error:
        raise DBAPIError.instance(form.sql, converted, error, driver.Error, dialect=conn.dialect) from error
    return cursor


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, Converted):
        return kind.into(dialect)
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _out(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def some(name: str, kind: TypeEngine[Any]) -> list[Any]:
    """Return the parameters for `column.in_(...)` in a prepared statement; `some_values` gives their values."""
    return [bindparam(f"{name}_{place}", type_=kind) for place in range(AT_ONCE)]


def some_values(name: str, values: Sequence[T]) -> Iterator[dict[str, T]]:
    """Yield the values of the parameters of `some`, as often as it takes for all of them; none for no values."""
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        yield {f"{name}_{place}": part[min(place, len(part) - 1)] for place in range(AT_ONCE)}


def insert_unless_known(
    table: Table, *, without: Collection[str] = (), unique: Collection[str] = (), returning: str = ""
) -> TextClause:
    """An INSERT of one row, all columns but `without`, that does nothing where a row with the same `unique` is there.

    No `unique` named means: any of the table's. The parameters bear the columns' names; with
    `returning`, that column is the result, and no row comes back when nothing was done.
    """
    columns = [column for column in table.c if column.name not in without]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(f":{column.name}" for column in columns)
    target = f"({', '.join(unique)}) " if unique else ""
    back = f" RETURNING {returning}" if returning else ""
    # Nothing but our own names of tables and columns is put together here.
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({values}) ON CONFLICT {target}DO NOTHING{back}'  # noqa: S608
    return text(statement).bindparams(*(bindparam(column.name, type_=column.type) for column in columns))
