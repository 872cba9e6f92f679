"""What pydantic refuses, in the operator's words, with the nearest key that is meant.

A value is only repeated where it cannot be a secret: nothing under `sign_in` ever is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mailbot.config.lines import Place
from mailbot.config.merging import Merged
from mailbot.config.shape import all_keys, keys_at, tables_with
from mailbot.errors import Problem

Model = TypeVar("Model", bound=BaseModel)

_PLAIN = {
    "string_type": 'must be text in quotes, like "this"',
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": 'must be a list, like ["this", "that"]',
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "dict_type": "must be a table of keys",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "greater_than": "must be longer than nothing",
}
_ROWS = {"tenant", "mailbox", "rule"}
_NO_TABLE = {"model_type", "model_attributes_type", "dict_type"}


def typed(model: type[Model], merged: Merged) -> tuple[Model | None, list[Problem]]:
    """Return the values in their final types, or None and every problem of their form."""
    try:
        return model.model_validate(merged.values), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    # Within a table whose very name is wrong, or in hours taken over from the partner, nothing more is wrong.
    misnamed = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == ("[key]",)}
    told = [
        detail
        for detail in details
        if detail["loc"][-1:] == ("[key]",)
        or not (
            any(detail["loc"][: len(place)] == place for place in misnamed) or _is_taken_over(merged, detail["loc"])
        )
    ]
    return None, [_explain(merged, detail) for detail in told]


def _is_taken_over(merged: Merged, place: Place) -> bool:
    return place[:1] == ("tenant",) and place[2:3] == ("hours",) and place not in merged.origins


def _explain(merged: Merged, detail: ErrorDetails) -> Problem:
    place: Place = tuple(step for step in detail["loc"] if step != "[key]")
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _NO_TABLE and place[-1] in {"password", "token"}:
        hint = 'write { env = "NAME" }, { file = "PATH" } or { command = "PROGRAM" }'
        return merged.problem(place, "says where the secret is to be found, not the secret itself", hint)
    if kind == "tuple_type" and place[-1] in _ROWS and isinstance(detail["input"], dict):
        return merged.problem(place, "is a list of tables", f"write [[{'.'.join(map(str, place))}]], with two brackets")
    if kind in _NO_TABLE and isinstance(detail["input"], list):
        return merged.problem(place, "is one table, not a list of them", "write its header with single brackets")
    match kind:
        case "extra_forbidden":
            return merged.problem(place, "unknown key", _where_it_belongs(place))
        case "missing":
            return merged.problem(place, "is missing", f"add {place[-1]} = … to this table")
        case "literal_error" | "enum":
            allowed = re.findall(r"'([^']*)'", str(context.get("expected")))
            named = ", ".join(f'"{word}"' for word in allowed)
            return merged.problem(place, f"must be one of {named}", did_you_mean(str(detail["input"]), allowed))
        case "value_error":
            return merged.problem(place, str(context["error"]), _nearest_zone(place, detail["input"]))
        case _ if kind in _PLAIN:
            return merged.problem(place, _PLAIN[kind].format(**context))
        case _:
            return merged.problem(place, detail["msg"])


def _where_it_belongs(place: Place) -> str:
    key = str(place[-1])
    if meant := did_you_mean(key, keys_at(place[:-1])):
        return meant
    if tables := tables_with(key):
        return f"it belongs in {' or '.join(tables)}"
    return did_you_mean(key, (name for _, name in all_keys()))


def _nearest_zone(place: Place, given: object) -> str:
    if place[-1] != "zone" or not isinstance(given, str):
        return ""
    from zoneinfo import available_timezones  # noqa: PLC0415 - reads hundreds of files, only for a wrong zone

    return did_you_mean(given, available_timezones())


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a question with the nearest of the known words, "" when none is near."""
    by_form = {word.casefold(): word for word in known}
    found = get_close_matches(given.casefold(), sorted(by_form), n=1)
    return f"did you mean {by_form[found[0]]}?" if found else ""
