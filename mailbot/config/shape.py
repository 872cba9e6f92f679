"""What keys rules.toml and its like may have where: read off the models, for hints and for the reference."""

from __future__ import annotations

from collections.abc import Iterator
from enum import EnumType
from functools import cache
from types import UnionType
from typing import Annotated, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from mailbot.rules import Rules, Table
from mailbot.rules.lines import Place


def keys_at(place: Place, model: type[BaseModel] = Rules) -> tuple[str, ...]:
    """Return the keys that the table at a place may have, in their order; empty where no table can be.

    `model` is the whole of the file.
    """
    kind = _kind_at(place, model)
    if get_origin(kind) is dict:
        names = get_args(kind)[0]
        return tuple(map(str, names)) if isinstance(names, EnumType) else ()
    return tuple(kind.model_fields) if _is_table(kind) else ()


def table_at(place: Place) -> type[Table] | None:
    """Return the model of the table that may stand at a place, None where there is none."""
    kind = _kind_at(place)
    return kind if _is_table(kind) else None


def _kind_at(place: Place, model: type[BaseModel] = Rules) -> object:
    kind: object = model
    for step in place:
        if _is_table(kind):
            known = kind.model_fields.get(str(step))
            kind = _bare(known.annotation) if known else None
        elif get_origin(kind) in {dict, tuple}:
            kind = _bare(get_args(kind)[1 if get_origin(kind) is dict else 0])
        else:
            return None
    return kind


@cache
def tables_with(key: str) -> tuple[str, ...]:
    """Return the tables that have a key of this name, as their headers are written."""
    found = {_header(place) for place, name in all_keys() if name == key}
    return tuple(sorted(found))


def all_keys(place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every key with the place of its table; rows of lists are 0, only the first severity and playbook."""
    keys = keys_at(place)
    for key in keys[:1] if _is_choice(place) else keys:
        yield place, key
        inside = (*place, key)
        yield from all_keys(inside if keys_at(inside) else (*inside, 0))


def _is_choice(place: Place) -> bool:
    return place in {("severity",), ("playbook",)}


def _header(place: Place) -> str:
    names = ".".join(str(step) for step in place if step != 0)
    return f"[[{names}]]" if place and place[-1] == 0 else f"[{names}]" if names else "the top of the file"


def _is_table(kind: object) -> TypeGuard[type[Table]]:
    return isinstance(kind, type) and issubclass(kind, Table)


def _bare(annotation: object) -> object:
    """Return an annotation without Annotated, and of alternatives the one that is a table, None if none is."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return next((one for one in map(_bare, get_args(annotation)) if _is_table(one)), None)
    return annotation
