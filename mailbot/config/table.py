"""tenants.csv: tenants as a table that a spreadsheet writes, beside those of rules.toml.

Its columns are the keys of [[tenant]] without `hours`, and in the place of `words` the names of lists of words, in any
order, without regard to case, spaces and underscores. Comma, semicolon or tab stand between cells, whichever makes the
best header. A cell of a key with several values parts them by semicolons, commas or line breaks, addresses and domains
also by spaces.

What is wrong with the table itself is told here; what is wrong with a value is told as it is for rules.toml, with
the line and the column that it came from.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from mailbot.config.check import PHONE_HINT
from mailbot.config.merging import Merged, Origin
from mailbot.errors import Problem
from mailbot.rules import Tenant
from mailbot.rules.lines import Place
from mailbot.rules.nearest import nearest

TENANTS_FILE = "tenants.csv"

COLUMNS = tuple(key for key in Tenant.model_fields if key not in {"hours", "words", "severity"})

_NEEDED = ("id", "name")
_SPACED = ("addresses", "domains", "recipients", "digest")
_LISTS = (*_SPACED, "phone_numbers")
_PHONES = ("phone_numbers", "emergency_number", "callback_number")
# What spreadsheets make of a long number in a cell that is not text, in English and in other languages.
_LOST = re.compile(r"\+?\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
# What programs write for a number that they took for one with a fraction.
_FRACTION = re.compile(r"(\d{7,15})\.0+")

# What Excel puts into the first line to say what parts the cells.
_EXCEL = re.compile(r"sep=.\r?\n", re.IGNORECASE)


@dataclass
class TenantTable:
    """The rows of tenants.csv as [[tenant]] would have them, and what is wrong with the table."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[Place, Origin] = field(default_factory=dict)
    broken: set[Place] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def add_to(self, merged: Merged) -> None:
        """Put the rows behind the tenants of rules.toml, with the places that they came from."""
        present = merged.values.get("tenant", [])
        if not self.rows or not isinstance(present, list):
            return
        merged.values = merged.values | {"tenant": [*present, *self.rows]}
        merged.origins |= {_behind(place, len(present)): origin for place, origin in self.origins.items()}
        merged.broken |= {_behind(place, len(present)) for place in self.broken}


def _behind(place: Place, before: int) -> Place:
    number, *inside = place
    assert isinstance(number, int)  # noqa: S101 - places in the table begin with the row
    return ("tenant", before + number, *inside)


def read_table(path: Path, lists: Iterable[str] = ()) -> TenantTable:
    """Return the tenants of the file; of one that cannot be read whole those that could be, and what is wrong.

    `lists` are the names of the lists of words, each of which may be a column.
    """
    table = TenantTable()
    try:
        octets = path.read_bytes()
    except FileNotFoundError:
        return table
    except OSError as error:
        table.problems.append(Problem(TENANTS_FILE, "", f"cannot be read: {error.strerror}"))
        return table
    text = _decoded(octets, table)
    if begun := _EXCEL.match(text):
        # Its line stays, so that all others keep their numbers.
        text = "\n" + text[begun.end() :]
    _Reader(table, lists).read(text)
    return table


def _decoded(octets: bytes, table: TenantTable) -> str:
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        text = "is not in UTF-8 and was read as Windows-1252; look at the letters with accents"
        hint = "save it as CSV UTF-8"
        table.problems.append(Problem(TENANTS_FILE, "", text, line, hint, warning=True))
        return octets.decode("cp1252", "replace")


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not empty as its number and its cells; raise csv.Error behind the last sound one."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(text: str, known: Container[str]) -> str:
    """Return what parts the cells: that by which the header has most known names, then most cells."""

    def fitness(delimiter: str) -> tuple[int, int]:
        try:
            _, header = next(_records(text, delimiter))
        except (StopIteration, csv.Error):
            return 0, 0
        return sum(_form(name) in known for name in header), len(header)

    return max(",;\t", key=fitness)


def _form(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.casefold())


_KEYS = {_form(key): key for key in COLUMNS}


class _Reader:
    """Reads the text into a table; `keys` are the known columns by their number, `known` all that there may be."""

    def __init__(self, table: TenantTable, lists: Iterable[str]) -> None:
        self.table = table
        self.known = {_form(name): name for name in lists} | _KEYS
        self.keys: dict[int, str] = {}
        self.header: list[str] = []
        self.delimiter = ","

    def read(self, text: str) -> None:
        self.delimiter = _delimiter(text, self.known)
        records = _records(text, self.delimiter)
        line = 1
        try:
            for line, cells in records:
                if self.header:
                    self.row(line, cells)
                else:
                    self.read_header(line, cells)
        except csv.Error as error:
            hint = 'a quoted cell ends with its quote, and a quote within it is doubled: "Acme ""West"""'
            where = f"cannot be read behind this line, {error}" if self.header else f"this is no table: {error}"
            self.told("", where, line, hint)

    def told(self, key: str, text: str, line: int, hint: str = "") -> None:
        self.table.problems.append(Problem(TENANTS_FILE, key, text, line, hint))

    def read_header(self, line: int, cells: list[str]) -> None:
        self.header = [" ".join(cell.split()) for cell in cells]
        meant = set()
        for number, name in enumerate(self.header):
            key = self.known.get(_form(name))
            if key in self.keys.values():
                self.told(_column(number), f"the column {key} is there twice", line, "put both into one")
            elif key is not None:
                self.keys[number] = key
            elif name:
                near = self.known.get(nearest(_form(name), self.known), "")
                meant.add(near)
                self.told(_column(number), f'unknown column "{name}"', line, _what_to_call(name, near))
        for key in _NEEDED:
            if key not in self.keys.values() and key not in meant:
                self.told(
                    "", f"there is no column {key}", line, "the first line names the columns, such as id and name"
                )

    def row(self, line: int, cells: list[str]) -> None:
        number = len(self.table.rows)
        values: dict[str, Any] = {}
        self.table.rows.append(values)
        self.table.origins[number,] = Origin(TENANTS_FILE, line)
        for at, cell in enumerate(cells):
            if at in self.keys:
                self.cell(number, self.keys[at], cell.strip(), Origin(TENANTS_FILE, line, _column(at)))
            elif cell.strip() and (at >= len(self.header) or not self.header[at]):
                hint = f'a cell with "{self.delimiter}" in it stands in quotes'.replace("\t", "a tab")
                self.told(_column(at), "this cell is in no column that the first line names", line, hint)
        self.fill_in(number, line)

    def cell(self, row: int, key: str, cell: str, origin: Origin) -> None:
        self.table.origins[row, key] = origin
        if not cell:
            return
        if key in _PHONES and (lost := _LOST.search(cell)):
            text = f'"{lost[0]}" is what a spreadsheet made of a phone number; its digits are lost'
            self.told(f"{origin.column}, {key}", text, origin.line or 1, f"format the column as text, and {PHONE_HINT}")
            self.table.broken.add((row, key))
        elif key in _LISTS:
            values = _parts(key, cell)
            self.table.rows[row][key] = values
            self.table.origins |= {(row, key, index): origin for index, _ in enumerate(values)}
        elif key not in _KEYS.values():
            values = _parts(key, cell)
            self.table.rows[row].setdefault("words", {})[key] = values
            self.table.origins[row, "words", key] = self.table.origins.pop((row, key))
            self.table.origins |= {(row, "words", key, index): origin for index, _ in enumerate(values)}
        else:
            self.table.rows[row][key] = _plain(key, cell)

    def fill_in(self, row: int, line: int) -> None:
        """Tell what a row cannot do without, and put a name in its place, so that the rest can be looked at."""
        values = self.table.rows[row]
        columns = {key: number for number, key in self.keys.items()}
        for key in _NEEDED:
            if key in values:
                continue
            if key in columns:
                who = values.get("name" if key == "id" else "id", "")
                of_whom = f" of {who}" if who else ""
                hint = 'a short word of small letters, such as "acme"' if key == "id" else "as your people call them"
                self.told(_column(columns[key]), f"the {key}{of_whom} is missing", line, hint)
            values[key] = f"tenant-{row + 1}"
            self.table.broken.add((row, key))


def _parts(key: str, cell: str) -> list[str]:
    """Return the values of a cell that may have several."""
    values = (_plain(key, value) for value in re.split(r"[;,\s]+" if key in _SPACED else r"[;,\r\n]+", cell))
    return [value for value in values if value]


def _plain(key: str, value: str) -> str:
    plain = " ".join(value.split())
    if key in _PHONES and (number := _FRACTION.fullmatch(plain)):
        return number[1]
    return plain.casefold() if key == "language" else plain


def _column(number: int) -> str:
    """Return a column as spreadsheets name it: "column D"."""
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, len(ascii_uppercase))
        letters = ascii_uppercase[letter] + letters
    return f"column {letters}"


def _what_to_call(name: str, near: str) -> str:
    if _form(name) == "hours":
        return "a tenant with hours of its own stands in rules.toml"
    if _form(name) == "words":
        return "a column of words is called as their list is, such as critical-keywords"
    return f"did you mean {near}?" if near else f"there are: {', '.join(COLUMNS)}, and lists under [words]"
