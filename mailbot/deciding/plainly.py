"""Why something was done with a message, in sentences that people read on a telephone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mailbot.deciding.effects import AnswerKind
from mailbot.errors import quoted
from mailbot.rules import Rules

_PROVEN = {"pass": "its sender is proven", "none": "nothing proves its sender", "fail": "its sender is not who it says"}
_GOES_WITHOUT_SAYING = frozenset({"relay.reply", "relay.command", "relay.private", "relay.sent"})
"""Of an agent's answer: the log says beside it what it was, what his commands did, and what left."""
_RULE = "classify.rule"
_SAID = {
    **{f"answer.{kind}": "it was answered by itself ({})" for kind in AnswerKind},
    "severity.default": "no rule knows its words, so it is normal",
    "thread.reference": "it {}",
    "thread.token": "it {}",
}
"""How a reason is said here where the log is short."""
_SAYS = {"subject": "its subject says", "text": "it says"}


def because(
    reasons: Iterable[Mapping[str, str]], evidence: Iterable[Mapping[str, str]], rules: Rules
) -> tuple[str, ...]:
    """Return reasons as the log has them, a sentence each; the first says whether the sender is proven, and by what.

    The rules that found words stand together, under what the message was taken for because of them.
    """
    marks: list[str] = []
    proven, others, found = "", [], list(_taken_for(evidence, rules))
    for reason in reasons:
        code, _, verdict = reason["code"].partition(".")
        if code == "authentication" and verdict in _PROVEN:
            proven = _PROVEN[verdict]
            marks.append(reason["text"])
        elif reason["code"] == _RULE and found:
            others += found
            found = [""]
        elif reason["code"] not in _GOES_WITHOUT_SAYING:
            others.append(_SAID.get(reason["code"], "{}").replace("{}", reason["text"]))
    said = [f"{proven} ({', '.join(marks)})", *others] if proven else others
    return tuple(f"{begun(one).rstrip('.')}." for one in said if one)


def begun(sentence: str) -> str:
    """Return a sentence with a capital, unless it begins with an address."""
    return sentence if "@" in sentence.partition(" ")[0] else f"{sentence[0].upper()}{sentence[1:]}"


def _taken_for(evidence: Iterable[Mapping[str, str]], rules: Rules) -> Iterator[str]:
    """Yield what a message was taken for, with the words that say so; a rule that is listed no longer says it alone."""
    about: dict[str, list[str]] = {}
    for what, table in ((str(severity), of) for severity, of in rules.severity.items()):
        for one in table.rule:
            about.setdefault(one.id, []).append(what)
    for issue in rules.playbook.values():
        for one in issue.rule:
            about.setdefault(one.id, []).append(quoted(issue.title))
    told: dict[str, dict[str, list[str]]] = {}
    for hit in evidence:
        if hit["where"] not in _SAYS:
            yield f"rule {hit['rule']} was passed over: {hit['words']}"
            continue
        what = f"taken for {' and '.join(about[hit['rule']])}" if hit["rule"] in about else "recognised"
        said = told.setdefault(what, {}).setdefault(_SAYS[hit["where"]], [])
        said.append(f"{quoted(hit['words'])} (rule {hit['rule']})")
    for what, places in told.items():
        words = (f"{says} {' and '.join(found)}" for says, found in places.items())
        yield f"{what} because {', and '.join(words)}"
