"""What agents write into their mail, and what stands for it on the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ON_THE_SERVER: Mapping[str, str] = {
    "close": "close",
    "reopen": "reopen",
    "take": "take",
    "ok": "ok",
    "assign": "assign",
    "escalate": "escalate",
    "severity": "severity",
    "tenant": "tenant",
    "playbook": "playbook",
    "note": "note",
    "called": "called",
    "wait": "wait",
    "vendor": "vendor",
    "incident": "incident",
    "merge": "merge",
    "for": "for",
    "new": "new",
    "allow": "allow",
    "spam": "spam",
    "mute": "mute",
    "away": "away",
    "open": "tickets --waiting",
    "mine": "tickets --assignee",
    "show": "show",
    "answer": "",
    "why": "why",
    "undo": "undo",
    "help": "--help",
}
"""The command for each word, "" for one that is for mail alone."""
_OTHERWISE = {
    "show": "the customer's newest message alone, to be answered",
    "open": "with --waiting",
    "mine": "with --assignee",
    "for": "above a mail that is passed on",
}


def said_by_mail(command: str) -> Iterator[str]:
    """Yield how a command is written in a mail, with what is otherwise there."""
    for word, typed in ON_THE_SERVER.items():
        if command and typed.partition(" ")[0] == command:
            yield f"#{word} ({_OTHERWISE[word]})" if word in _OTHERWISE else f"#{word}"
