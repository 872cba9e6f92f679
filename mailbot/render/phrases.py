"""Phrase catalogues: the sentences of one language, from `phrases/<language>.toml`.

The operator's file changes single phrases of the shipped one; what a language lacks is said in
English rather than left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "pt")
"""The languages that a phrase catalogue is shipped for."""

PLACE = re.compile(r"\{(\w+)\}")
"""Where a phrase takes a value."""


def phrases(folders: tuple[Path, ...], language: str) -> dict[str, str]:
    """Return the language's phrases as "table.key"; those of the first folder win, English fills gaps.

    Raise tomllib.TOMLDecodeError or UnicodeDecodeError for a file that cannot be read.
    """
    merged: dict[str, str] = {}
    for name in dict.fromkeys(("en", language)):
        for folder in reversed(folders):
            path = folder / "phrases" / f"{name}.toml"
            if path.is_file():
                merged.update(flat(tomllib.loads(path.read_text(encoding="utf-8"))))
    return merged


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a TOML table's texts with dotted names."""
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = str(value)
    return found
