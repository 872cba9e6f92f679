"""What pydantic refuses, in the operator's words, with the nearest key that is meant.

All problems come at once: what has the wrong form is told and mended, so that the rest can be looked at, too. A value
is only repeated where it cannot be a secret: nothing under `sign_in` ever is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mailbot.config.mending import mend
from mailbot.config.merging import ROWS, Merged
from mailbot.config.shape import all_keys, keys_at, tables_with
from mailbot.errors import Problem
from mailbot.rules import Rules
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean, nearest

Model = TypeVar("Model", bound=BaseModel)

_PLAIN = {
    "string_type": 'must be text in quotes, like "this"',
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
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
_NO_TABLE = {"model_type", "model_attributes_type", "dict_type"}
_SECRETS = {"password", "token", "secret"}
_MOST_ROUNDS = 10


def typed(model: type[Model], merged: Merged) -> tuple[Model, list[Problem]]:
    """Return the values in their final types, and every problem of their form.

    Where there are problems the values only serve to look for more, and `merged` knows what is not to be judged.
    """
    problems: list[Problem] = []
    values = merged.values
    for _ in range(_MOST_ROUNDS):
        try:
            return model.model_validate(values), problems
        except ValidationError as error:
            details = error.errors(include_url=False)
        problems += [_explain(merged, detail, model) for detail in _told(details, merged)]
        values = deepcopy(values)
        for detail in details:
            mend(values, merged, _place(detail), is_known=detail["type"] != "extra_forbidden" and not _is_name(detail))
    return model(), problems


def _told(details: list[ErrorDetails], merged: Merged) -> Iterator[ErrorDetails]:
    """Yield what is worth telling: not what is within a table of a wrong name, taken over, or broken anyway."""
    misnamed = {_place(detail) for detail in details if _is_name(detail)}
    for detail in details:
        place = detail["loc"]
        within = not _is_name(detail) and any(place[: len(one)] == one for one in misnamed)
        if not (within or _is_taken_over(merged, place) or merged.is_broken(_place(detail))):
            yield detail


def _is_name(detail: ErrorDetails) -> bool:
    return detail["loc"][-1:] == ("[key]",)


def _place(detail: ErrorDetails) -> Place:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _is_taken_over(merged: Merged, place: Place) -> bool:
    return place[:1] in {("tenant",), ("agent",)} and place[2:3] == ("hours",) and place not in merged.origins


def _explain(merged: Merged, detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    place = _place(detail)
    kind, context = detail["type"], detail.get("ctx", {})
    if shape := _of_shape(place, kind, detail["input"]):
        return merged.problem(place, *shape)
    match kind:
        case "extra_forbidden":
            hint, meant = _where_it_belongs(place, model, merged)
            merged.meant.update(meant)
            return merged.problem(place, "unknown key", hint)
        case "missing":
            return merged.problem(place, "is missing", f"add {place[-1]} = … to this table")
        case "literal_error" | "enum":
            expected = str(context.get("expected"))
            allowed = re.findall(r"'([^']*)'", expected)
            # Numbers stand there as they are written.
            named = ", ".join(f'"{word}"' for word in allowed)
            must = f"one of {named}" if named else expected
            return merged.problem(place, f"must be {must}", did_you_mean(str(detail["input"]), allowed))
        case "value_error":
            return merged.problem(place, str(context["error"]), _nearest_zone(place, detail["input"]))
        case _ if kind in _PLAIN:
            return merged.problem(place, _PLAIN[kind].format(**context))
        case _:
            return merged.problem(place, detail["msg"])


def _of_shape(place: Place, kind: str, given: object) -> tuple[str, str] | None:
    """Return what is to be said where a table, a list of them or a value stands in another's place, and the hint."""
    if kind == "tuple_type" and place[-1] in ROWS and isinstance(given, dict):
        header = ".".join(step for step in place if isinstance(step, str))
        return "is a list of tables", f"write [[{header}]], with two brackets"
    if kind not in _NO_TABLE:
        return None
    if place[-1] in _SECRETS:
        hint = 'write { env = "NAME" }, { file = "PATH" } or { command = "PROGRAM" }'
        return "says where the secret is to be found, not the secret itself", hint
    if place[-1] == "webhook":
        return "must be a URL in quotes", 'write webhook = "https://…" or { file = "PATH" }'
    if place[:1] == ("tenant",) and place[-1] == "words":
        return "must say to which list words are added", 'write words.critical-keywords = ["…"]'
    if isinstance(given, list):
        return "is one table, not a list of them", "write its header with single brackets"
    return None


def _where_it_belongs(place: Place, model: type[BaseModel], merged: Merged) -> tuple[str, list[Place]]:
    """Return the question or the hint for an unknown key, and the places that it may have been meant for."""
    key, known = str(place[-1]), keys_at(place[:-1], model)
    words = merged.values.get("words") if place[:1] == ("tenant",) else None
    lists = words if isinstance(words, dict) else {}
    if key not in lists and (near := nearest(key, known)):
        return f"did you mean {near}?", [(*place[:-1], near)]
    if near := nearest(key, lists):
        return f"did you mean words.{near}?", []
    if model is not Rules:
        return f"there are: {', '.join(known)}" if known else "", []
    if tables := tables_with(key):
        return f"it belongs in {' or '.join(tables)}", [(*table, key) for table, name in all_keys() if name == key]
    near = nearest(key, (name for _, name in all_keys()))
    return (f"did you mean {near}?" if near else ""), [(*table, near) for table, name in all_keys() if name == near]


def _nearest_zone(place: Place, given: object) -> str:
    if place[-1] != "zone" or not isinstance(given, str):
        return ""
    from zoneinfo import available_timezones  # noqa: PLC0415 - reads hundreds of files, only for a wrong zone

    return did_you_mean(given, available_timezones())
