"""Which line of a TOML file a value came from.

`tomllib` keeps no places, and a problem is only half told without its line. So this reads a
text once more that `tomllib` has already accepted, and needs to know no more of TOML than
where values begin: it never judges, and it never interprets a value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

Place = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r"""
      \"{3} (?: \\. | (?!\"{3}). )* \"{3,5}      # as long as it goes, with up to two quotes at its end
    | '{3}  (?: (?!'{3}). )* '{3,5}
    | \"   (?: \\. | [^"\\\n] )* \"
    | '     [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
_PLAIN = re.compile(r"[^\s,\]\}#=]+(?: \d[^\s,\]\}#]*)?")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, from 1, of every table, key and element of a valid TOML text.

    A place is the way to it, such as ("tenant", 0, "domains", 1). A table that is written in
    several pieces has the line of the first one.
    """
    return dict(reversed(list(_Reader(text).document())))


class _Reader:
    """A cursor over the text; each method reads one thing and yields (place, line) for what is in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.counted_at = 0
        self.line = 1
        self.elements: dict[Place, int] = {}

    def document(self) -> Iterator[tuple[Place, int]]:
        table: Place = ()
        while self.more():
            line = self.here()
            if self.take("[["):
                table = self.next_element(self.keys())
            elif self.take("["):
                table = self.within_last(self.keys())
            else:
                yield from self.assignment(table)
                continue
            self.skip()
            self.at = self.text.index("]", self.at) + 1
            self.take("]")
            for depth in range(1, len(table) + 1):
                yield table[:depth], line

    def assignment(self, table: Place) -> Iterator[tuple[Place, int]]:
        line = self.here()
        keys = self.keys()
        for depth in range(1, len(keys) + 1):
            yield table + keys[:depth], line
        self.skip()
        self.take("=")
        yield from self.value(table + keys)

    def value(self, place: Place) -> Iterator[tuple[Place, int]]:
        self.skip()
        if self.take("["):
            index = 0
            while self.more() and not self.take("]"):
                yield (*place, index), self.here()
                yield from self.value((*place, index))
                self.skip()
                self.take(",")
                index += 1
        elif self.take("{"):
            while self.more() and not self.take("}"):
                yield from self.assignment(place)
                self.skip()
                self.take(",")
        elif found := _STRING.match(self.text, self.at) or _PLAIN.match(self.text, self.at):
            self.at = found.end()

    def keys(self) -> tuple[str, ...]:
        """Read a dotted key, quotes taken off."""
        names: list[str] = []
        self.skip()
        while found := _KEY.match(self.text, self.at):
            self.at = found.end()
            written = found[0]
            names.append(tomllib.loads(f"k={written}")["k"] if written[0] in "\"'" else written)
            dot = _DOT.match(self.text, self.at)
            if dot is None:
                break
            self.at = dot.end()
        return tuple(names)

    def next_element(self, keys: tuple[str, ...]) -> Place:
        array = (*self.within_last(keys[:-1]), keys[-1])
        self.elements[array] = self.elements.get(array, -1) + 1
        return (*array, self.elements[array])

    def within_last(self, keys: tuple[str, ...]) -> Place:
        """Return the place of a header, inside the last element of each array of tables on the way."""
        place: Place = ()
        for key in keys:
            place = (*place, key)
            if place in self.elements:
                place = (*place, self.elements[place])
        return place

    def more(self) -> bool:
        self.skip()
        return self.at < len(self.text)

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted_at, self.at)
        self.counted_at = self.at
        return self.line
