"""What is wrong with an operator's phrase catalogues, told by file, line and key as mistakes in rules.toml are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mailbot.errors import Problem
from mailbot.render.phrases import LANGUAGES, PLACE, flat
from mailbot.rules.lines import Place, lines_of
from mailbot.rules.nearest import nearest


def problems_of_phrases(folders: tuple[Path, ...]) -> Iterator[Problem]:
    """Yield what the operator's catalogues say that ours do not know, and files that are no TOML."""
    known: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for key, phrase in _read(folders[-1] / "phrases" / f"{language}.toml")[0].items():
            known.setdefault(key, set()).update(PLACE.findall(phrase))
    for folder in folders[:-1]:
        for path in sorted((folder / "phrases").glob("*.toml")):
            if path.stem in LANGUAGES:
                yield from _problems_of(path, known)
            else:
                hint = f"there are {', '.join(LANGUAGES)}"
                yield Problem(str(path), "", "no such language", hint=hint, warning=True)


def lacking(path: Path, shipped: Path) -> Iterator[tuple[str, int | None, str]]:
    """Yield the key, the line and a missing value of every phrase that leaves out what the shipped catalogue's has."""
    (changed, lines), (ours, _) = _read(path), _read(shipped)
    for key, phrase in changed.items():
        for place in sorted(set(PLACE.findall(ours.get(key, ""))) - set(PLACE.findall(phrase))):
            yield key, lines.get(key), place


def not_utf8(path: Path, error: UnicodeDecodeError) -> Problem:
    """Return the problem at the line of the first octet that cannot be read."""
    return Problem(str(path), "", "this file is not UTF-8", line=error.object[: error.start].count(b"\n") + 1)


def _read(path: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Return the phrases by key, and their lines."""
    text = path.read_text(encoding="utf-8")
    return flat(tomllib.loads(text)), {".".join(map(str, place)): line for place, line in lines_of(text).items()}


def _problems_of(path: Path, known: Mapping[str, set[str]]) -> Iterator[Problem]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        yield Problem(str(path), "", f"this is no TOML: {error}", line=int(line[1]) if line else 1)
        return
    except UnicodeDecodeError as error:
        yield not_utf8(path, error)
        return
    lines = lines_of(text)
    for place, value in _entries(values, ()):
        key = ".".join(map(str, place))
        for said, hint in _wrong(key, value, known):
            yield Problem(str(path), key, said, line=lines.get(place), hint=hint)


def _entries(table: Mapping[str, object], place: Place) -> Iterator[tuple[Place, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _entries(value, (*place, key))
        else:
            yield (*place, key), value


def _wrong(key: str, value: object, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one phrase, and a hint."""
    if key not in known:
        inside = [one for one in known if one.startswith(f"{key}.")]
        hint = f"[{key}] is a table of phrases, such as {inside[0]}" if inside else nearest_phrase(key, known)
        yield "no template asks for this phrase", hint
        return
    if not isinstance(value, str):
        yield 'must be text in quotes, like "this"', ""
        return
    for name in sorted(set(PLACE.findall(value)) - known[key]):
        listed = ", ".join(f"{{{one}}}" for one in sorted(known[key]))
        near = nearest(name, known[key])
        hint = f"did you mean {{{near}}}?" if near else f"it has {listed}" if listed else "it has none"
        yield f"this phrase has no {{{name}}}", hint


def nearest_phrase(key: str, known: Iterable[str]) -> str:
    """Return a question with the nearest key: the whole of it, or the same name in another table; "" for none."""
    keys = sorted(known, reverse=True)
    by_name = {one.rpartition(".")[2]: one for one in keys}
    near = nearest(key, keys) or by_name.get(nearest(key.rpartition(".")[2], by_name), "")
    return f"did you mean {near}?" if near else ""
