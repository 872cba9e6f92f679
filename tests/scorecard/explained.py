"""Misses that were looked at, each with its reason, in `explained.toml`.

Their truth is wrong, a matter of taste, or against a decision of ours. They stay misses. The
scorecard counts them beside their figure, so that what is really wrong can be seen.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("explained.toml")


def explained(file: Path = LIST) -> dict[str, dict[str, str]]:
    """Return for each figure the reason of each miss, by the path of its message."""
    found: dict[str, dict[str, str]] = {}
    for entry in tomllib.loads(file.read_text())["misses"]:
        found.setdefault(entry["figure"], {}).update(dict.fromkeys(entry["paths"], entry["reason"]))
    return found
