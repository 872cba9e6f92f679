"""Values of the wrong form made right, whatever they were meant to be, so that the others can be looked at.

In the place of such a value comes what is shipped there, nothing at all, or, in a row that cannot do without,
something that no check has anything to say about. Rows keep their numbers. The result is never put in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from mailbot.config.merging import ROWS, Merged
from mailbot.rules.lines import Place

_NEEDED: dict[str | int, object] = {"host": "localhost", "sign_in": {}, "title": "", "topic": "", "response": "1h"}


def mend(values: dict[str, Any], merged: Merged, place: Place, *, is_known: bool) -> None:
    """Change `values` at a place, or around it if that was tried before, and note the place as broken.

    `is_known` says that a key of this name may be here.
    """
    while place in merged.broken and len(place) > 1:
        place = place[:-1]
    merged.broken.add(place)
    *way, last = place
    around = _at(values, way)
    shipped = _at(merged.under.values, place) if is_known and merged.under is not None else None
    if isinstance(around, list) and isinstance(last, int):
        around[last] = _row(around[last], way, last) if way[-1] in ROWS else ""
    elif isinstance(around, dict) and shipped is not None:
        around[str(last)] = deepcopy(shipped)
    elif isinstance(around, dict) and is_known and last in {"id", "name"}:
        around[str(last)] = _name(way)
    elif isinstance(around, dict) and is_known and last in _NEEDED:
        around[str(last)] = deepcopy(_NEEDED[last])
    elif isinstance(around, dict):
        around.pop(str(last), None)


def _row(row: object, way: Sequence[str | int], number: int) -> dict[str, Any]:
    kept = row if isinstance(row, dict) else {}
    # A rule needs something to look for, unless it is taken away.
    return {"id": _name([*way, number]), **kept, "disabled": True} if way[-1] == "rule" else kept


def _name(way: Sequence[str | int]) -> str:
    """Return how a row that has no id is spoken of: "tenant-2"."""
    return "-".join(str(step + 1) if isinstance(step, int) else step for step in way[-2:])


def _at(values: object, way: Sequence[str | int]) -> object:
    """Return what stands at the end of the way, None where it leads nowhere."""
    for step in way:
        if isinstance(values, dict):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values
