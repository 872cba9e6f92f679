"""The one statement that SQLAlchemy says differently for each database although SQL does not: insert unless known."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, TextClause, bindparam, text


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
