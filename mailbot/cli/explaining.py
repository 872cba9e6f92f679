"""How commands tell why a message was taken for what it was: the rules that hit, and what spoke against others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mailbot.errors import quoted

if TYPE_CHECKING:
    from mailbot.deciding.effects import Evidence
    from mailbot.deciding.explaining import Explanation


def evidence_rows(evidence: Iterable[Evidence]) -> list[dict[str, str]]:
    """Return the rules that decided, as JSON tells them."""
    return [{"rule": hit.rule, "where": hit.where, "words": hit.words} for hit in evidence]


def other_rows(explanation: Explanation) -> dict[str, Any]:
    """Return the other rules, as JSON tells them."""
    beside = [{"about": str(one.about), **row} for one in explanation.beside for row in evidence_rows([one.evidence])]
    ruled_out = [
        {"about": str(one.about), **row, "against": one.against, "anywhere": one.anywhere}
        for one in explanation.ruled_out
        for row in evidence_rows([one.evidence])
    ]
    return {"beside": beside, "ruled_out": ruled_out}


def as_row(explanation: Explanation) -> dict[str, Any]:
    """Return all rules, as JSON tells them."""
    return {"evidence": evidence_rows(explanation.found.evidence), **other_rows(explanation)}


def told(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each rule of a row: those that decided, the others that hit, those that were ruled out."""
    for hit in row["evidence"]:
        yield f"{hit['rule']}: {quoted(hit['words'])} in the {hit['where']}"
    for hit in row.get("beside", ()):
        yield f"also {hit['about']} ({hit['rule']}): {quoted(hit['words'])} in the {hit['where']}"
    for hit in row.get("ruled_out", ()):
        anywhere = " in the mail" if hit["anywhere"] else ""
        yield f"not {hit['about']} ({hit['rule']}): {quoted(hit['words'])}, but {quoted(hit['against'])}{anywhere}"
