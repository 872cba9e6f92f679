"""Keywords of the operator's own: the lists of words for them, and the line of rules.toml that adds one.

Each severity and common issue has two lists under [words] that are there to be added to: `critical-keywords`
are words that make a mail critical by themselves, and `not-critical` those that speak against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mailbot.config import TENANTS_FILE, merged_sources, tenant_table
from mailbot.config.effective import written
from mailbot.config.merging import OPERATOR_FILE, Merged
from mailbot.rules import Playbook, Severity
from mailbot.rules.lines import Place


@dataclass(frozen=True, slots=True)
class Addition:
    """What a file is to say so that the list of words `name` holds a further phrase: `text`.

    `line` is the line of the list that is there, None for a new one; that goes under the header `under`, which
    stands in line `header`, None where there is none. In tenants.csv (`is_cell`) it is the tenant's line, and `text`
    what its column of that name is to hold. `known` says that the phrase is in the list already.
    """

    name: str
    text: str
    line: int | None
    known: bool
    header: int | None = None
    under: str = "[words]"
    is_cell: bool = False


def list_for(about: Severity | Playbook, *, exclude: bool) -> str:
    """Return the name of the list of words for, or against, a severity or a common issue."""
    name = about.replace("_", "-")
    return f"not-{name}" if exclude else f"{name}-keywords"


def addition(folder: Path, name: str, phrase: str, tenant: str = "") -> Addition:
    """Return what adds a phrase to a list of words, or to a tenant's own, in a folder whose rules can be loaded."""
    merged = merged_sources(folder)
    if tenant and phrase not in merged.values["words"].get(name, ()):
        return _addition_for(folder, merged, name, phrase, tenant)
    own = merged.origins.get(("words", name))
    line = own.line if own is not None and own.file == OPERATOR_FILE else None
    present = merged.values["words"].get(name, [])
    kept = present if line is not None else [f"@{name}"] if present else []
    header = merged.origins.get(("words",))
    above = header.line if header is not None and header.file == OPERATOR_FILE else None
    return Addition(name, f"{name} = {written((*kept, phrase))}", line, phrase in present, above)


def _addition_for(folder: Path, merged: Merged, name: str, phrase: str, tenant: str) -> Addition:
    tenant_table(folder, merged.values).add_to(merged)
    row = merged.row_of_tenant(tenant)
    if row is None:
        raise LookupError(f"there is no tenant {tenant}")
    place: Place = ("tenant", row)
    lists = merged.values["tenant"][row].get("words", {})
    known, phrases = phrase in lists.get(name, ()), (*lists.get(name, ()), phrase)
    origins = [merged.origins.get(at) for at in (place, (*place, "words"), (*place, "words", name))]
    above, words, own = (origin.line if origin else None for origin in origins)
    if origins[0] and origins[0].file == TENANTS_FILE:
        # There a comma would part one phrase into two; in a phrase it says no more than a space.
        cell = "; ".join(" ".join(re.split(r"[\s;,]+", one)) for one in phrases)
        return Addition(name, cell, above, known, is_cell=True)
    text, how = f"{name} = {written(phrases)}", _line(folder, words)
    if re.match(r"words\s*=", how):
        inside = [*(f"{one} = {written(tuple(its))}" for one, its in lists.items() if one != name), text]
        return Addition(name, f"words = {{ {', '.join(inside)} }}", words, known)
    if how.startswith("["):
        return Addition(name, text, own, known, words, "[tenant.words]")
    return Addition(name, f"words.{text}", own, known, above, f"[[tenant]] of {tenant}")


def _line(folder: Path, number: int | None) -> str:
    """Return a line of rules.toml, "" for None."""
    file = folder if folder.is_file() else folder / OPERATOR_FILE
    return file.read_text(encoding="utf-8-sig").split("\n")[number - 1].strip() if number else ""
