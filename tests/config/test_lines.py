"""Every value of a TOML file has its line, however it is written."""

import string
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailbot.config import shipped_path
from mailbot.rules.lines import Place, lines_of

WRITTEN_IN_MANY_WAYS = '''\
# [not.a.table]
title = "a # in text, and = too"    # a comment with ] and "
"quoted key" = 1
dotted . "in two" = [
    1, # one
    # two follows
    2,
    { x = 1, y = { z = "}" } }, [[3], [
      4]],
]

[table]    # a comment
multi = """
[not.a.table]
key = "no key" """"
literal = \'\'\'
x = 1\'\'\'
when = 1979-05-27 07:32:00
empty = []
nothing = {}
slashes = 'C:\\'
quote = "\\""

[table.inner]
a = true
[[rows]]
id = 1
[rows.sub]
b = 2
[[rows.deep]]
c = 3
[[rows.deep]]
c = 4
[[rows]]
[[rows.deep]]
c = 5
last = 6'''

EXPECTED = {
    ("title",): 2,
    ("quoted key",): 3,
    ("dotted", "in two"): 4,
    ("dotted", "in two", 0): 5,
    ("dotted", "in two", 1): 7,
    ("dotted", "in two", 2, "y", "z"): 8,
    ("dotted", "in two", 3, 0, 0): 8,
    ("dotted", "in two", 3, 1, 0): 9,
    ("table",): 12,
    ("table", "multi"): 13,
    ("table", "literal"): 16,
    ("table", "when"): 18,
    ("table", "empty"): 19,
    ("table", "nothing"): 20,
    ("table", "slashes"): 21,
    ("table", "quote"): 22,
    ("table", "inner", "a"): 25,
    ("rows",): 26,
    ("rows", 0): 26,
    ("rows", 0, "id"): 27,
    ("rows", 0, "sub", "b"): 29,
    ("rows", 0, "deep", 0, "c"): 31,
    ("rows", 0, "deep", 1, "c"): 33,
    ("rows", 1): 34,
    ("rows", 1, "deep", 0, "c"): 36,
    ("rows", 1, "deep", 0, "last"): 37,
}


def places(value: Any, place: Place = ()) -> set[Place]:
    """Return every place in parsed TOML that has a value of its own."""
    if isinstance(value, dict) and value:
        return set().union(*(places(inner, (*place, key)) for key, inner in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(places(inner, (*place, index)) for index, inner in enumerate(value)))
    return {place}


def test_all_ways_of_writing() -> None:
    found = lines_of(WRITTEN_IN_MANY_WAYS)
    assert {place: found.get(place) for place in EXPECTED} == EXPECTED
    assert places(tomllib.loads(WRITTEN_IN_MANY_WAYS)) <= found.keys()


def test_windows_line_ends() -> None:
    assert lines_of("a = 1\r\n[b]\r\nc = [\r\n1,\r\n2]\r\n")["b", "c", 1] == 5


def test_every_value_of_the_shipped_file() -> None:
    text = shipped_path().read_text(encoding="utf-8")
    found = lines_of(text)
    lines = text.splitlines()
    for place in places(tomllib.loads(text)):
        named = [step for step in place if isinstance(step, str)][-1]
        whole = [one for one in (place, *(place[:depth] for depth in range(len(place), 0, -1))) if one in found]
        assert whole[0] == place
        if isinstance(place[-1], str):
            assert named in lines[found[place] - 1]


SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.text(alphabet=string.ascii_letters + ' #=[]{},."', max_size=8).map(
        lambda text: '"' + text.replace('"', '\\"') + '"'
    ),
    st.text(alphabet=string.ascii_letters + ' #=[]{},."\n', max_size=8).map(lambda text: f"'''\n{text}'''"),
)
ARRAYS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + "\n]"),
    max_leaves=6,
)


@given(st.lists(ARRAYS, max_size=8))
def test_nothing_written_hides_what_comes_after(values: list[str]) -> None:
    text = "".join(f"[[row]] # {index}\nkey{index} = {value}\n" for index, value in enumerate(values))
    found = lines_of(text)
    for index in range(len(values)):
        assert text.splitlines()[found["row", index, f"key{index}"] - 1].startswith(f"key{index} = ")
    assert places(tomllib.loads(text)) - {()} <= found.keys()
