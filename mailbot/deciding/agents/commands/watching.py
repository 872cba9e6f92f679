"""Saying that an outage was seen: a command of whoever is called about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.deciding.agents.commands.command import Kind
from mailbot.deciding.words import clean

_OK = frozenset("ok okay okey ack acknowledged seen gesehen vu visto".split()) | {"got it", "seen it", "ok seen"}
_THUMBS = frozenset("\U0001f44d\U0001f44c\u2705\u2714")
_NO_WORD = re.compile(r"[^\w\s]+")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Ok(Kind):
    """Say that one has seen the outage, so that nobody else is called about it."""

    word = "ok"
    example = "#ok"
    summary = "says that you have seen an outage: nobody else is called about it, and the customer is told so once"
    meaning = "note that you have seen it, so that nobody else is called"
    others_say = "okay seen ack acknowledge"


def says_ok(line: str) -> bool:
    """Return whether a line says that something was seen: "ok", "OK.", "okay", "seen", with a thumb or as one."""
    said = clean(line).strip()
    if not said or len(said) > _LONGEST or "?" in said:
        return False
    words = " ".join(_NO_WORD.sub(" ", said.replace(".", "")).casefold().split())
    return words in _OK or (not words and not _THUMBS.isdisjoint(said))
