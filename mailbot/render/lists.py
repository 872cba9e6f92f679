"""What a list of tickets says of each: whose it is, how long it has waited or may wait, and the first of the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailbot.deciding.effects import Flag
from mailbot.deciding.listed import ListKind
from mailbot.render.notices import one_line
from mailbot.render.waiting import GivenLine, ListLine
from mailbot.render.wording import Wording
from mailbot.rules import Severity

_GLIMPSE = 110
DOUBTFUL = {
    Flag.AUTHENTICATION_FAILED: "may be forged",
    Flag.UNVERIFIED: "unverified",
    Flag.UNCLEAR_SENDER: "sender unclear",
}
"""What is said of a ticket of which it is not sure who wrote it."""
_NOTHING = {ListKind.OPEN: "No ticket is open", ListKind.MINE: "None of the open tickets is yours"}


def summary(lines: Sequence[ListLine], kind: ListKind, more: int, now: datetime) -> str:
    """Return what a list is about: "12 wait for an answer: 1 critical, 2 overdue"; `more` are not listed."""
    count = len(lines) + more
    if not count:
        return _NOTHING.get(kind, "Nobody waits for an answer")
    counted = {
        "critical": sum(line.severity is Severity.CRITICAL for line in lines),
        "overdue": sum(is_overdue(line, now) for line in lines),
    }
    tickets = "open ticket" if count == 1 else "open tickets"
    heads = {
        ListKind.OPEN: tickets,
        ListKind.MINE: f"{tickets} of yours",
        ListKind.DUE: "promised time runs out" if count == 1 else "promised times run out",
    }
    head = f"{count} {heads.get(kind, 'waits for an answer' if count == 1 else 'wait for an answer')}"
    # The most pressing are listed: where all of these are, more may be.
    among = {what: f"{number}+" if more and number == len(lines) else str(number) for what, number in counted.items()}
    told = ", ".join(f"{among[what]} {what}" for what, number in counted.items() if number)
    return f"{head}: {told}" if told else head


def is_overdue(line: ListLine, now: datetime) -> bool:
    """Return whether a promised answer, or the end, is late."""
    due_at = line.ends_at or (line.due_at if line.waiting_since else None)
    return due_at is not None and due_at <= now


def person(line: ListLine | GivenLine) -> str:
    """Return "Jane Roe · Acme Dental"."""
    named = (one_line(line.customer), one_line(line.tenant))
    return " · ".join(filter(None, named)) or "an unknown sender"


def standing(line: ListLine, now: datetime, wording: Wording) -> str:
    """Return how long there is left, or how long somebody has waited, and what to beware of."""
    doubts = next((said for flag, said in DOUBTFUL.items() if flag in line.flags), "")
    return " · ".join(filter(None, (_time(line, now, wording), _lost(line), doubts)))


def _lost(line: ListLine) -> str:
    if not line.lost_by:
        return ""
    whose = "your" if line.lost_by == "you" else f"{one_line(line.lost_by)}'s"
    return f"{whose} answer came back"


def _time(line: ListLine, now: datetime, wording: Wording) -> str:
    if line.ends_at is not None:
        if line.ends_at <= now:
            return f"to be solved {wording.duration(now - line.ends_at)} ago"
        return f"to be solved {wording.moment(line.ends_at, now, 'by')}, {wording.duration(line.ends_at - now)} left"
    if line.waiting_since is None:
        return "nobody waits"
    if line.due_at is None:
        return f"waits for {wording.duration(now - line.waiting_since)}"
    if is_overdue(line, now):
        return f"overdue by {wording.duration(now - line.due_at)}"
    return f"answer {wording.moment(line.due_at, now, 'by')}, {wording.duration(line.due_at - now)} left"


def holder(line: ListLine) -> str:
    """Return who has a ticket: "yours", "Bob Lind has it", "" where nobody does."""
    if line.holder == "you":
        return "yours"
    return f"{one_line(line.holder)} has it" if line.holder else ""


def glimpse(text: str) -> str:
    """Return the first words of a text, on one line."""
    words = one_line(text)
    return words if len(words) <= _GLIMPSE else f"{words[:_GLIMPSE].rpartition(' ')[0] or words[:_GLIMPSE]}…"
