"""What a list of tickets says of each: whose it is, how long it has waited or may wait, and the first of the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailbot.deciding.effects import Flag
from mailbot.deciding.listed import ListKind
from mailbot.render.notices import one_line, with_ellipsis
from mailbot.render.waiting import GivenLine, ListLine, NightLine, Overnight, Sighted, Turn
from mailbot.render.wording import Wording
from mailbot.rules import Severity

_GLIMPSE = 110
_MOST_COMMON = 3
DOUBTFUL = {
    Flag.AUTHENTICATION_FAILED: "may be forged",
    Flag.UNVERIFIED: "unverified",
    Flag.UNCLEAR_SENDER: "sender unclear",
}
"""What is said of a ticket of which it is not sure who wrote it."""
_NOTHING = {
    ListKind.OPEN: "No ticket is open",
    ListKind.MINE: "None of the open tickets is yours",
    ListKind.TURN: "No outage is open",
}


def summary(lines: Sequence[ListLine], kind: ListKind, more: int, now: datetime) -> str:
    """Return what a list is about: "12 wait for an answer: 1 critical, 2 overdue"; `more` are not listed."""
    count = len(lines) + more
    if not count:
        return _NOTHING.get(kind, "Nobody waits for an answer")
    counted = {
        "critical": 0 if kind is ListKind.TURN else sum(line.severity is Severity.CRITICAL for line in lines),
        "overdue": sum(is_overdue(line, now) for line in lines),
    }
    outages = "open outage" if count == 1 else "open outages"
    tickets = "open ticket" if count == 1 else "open tickets"
    heads = {
        ListKind.OPEN: tickets,
        ListKind.MINE: f"{tickets} of yours",
        ListKind.TURN: outages,
        ListKind.DUE: _falling_due(lines, count),
    }
    head = f"{count} {heads.get(kind, 'waits for an answer' if count == 1 else 'wait for an answer')}"
    # The most pressing are listed: where all of these are, more may be.
    among = {what: f"{number}+" if more and number == len(lines) else str(number) for what, number in counted.items()}
    told = ", ".join(f"{among[what]} {what}" for what, number in counted.items() if number)
    return f"{head}: {told}" if told else head


def heading(
    lines: Sequence[ListLine],
    kind: ListKind,
    more: int,
    now: datetime,
    about: Overnight | Turn | Sighted | None = None,
) -> str:
    """Return the subject of a list: "2 outages overnight, 1 open", "You are on call from now on; no outage is open"."""
    match about:
        case Turn():
            who = "You are" if about.who == "you" else f"{one_line(about.who)} is"
            rest = summary(lines, kind, more, now)
            return f"{who} on call from now on; {rest[0].lower()}{rest[1:]}"
        case Sighted():
            return sighting(about)
        case Overnight():
            return _of_night(about, lines, kind, more, now)
        case None:
            return summary(lines, kind, more, now)


def _of_night(overnight: Overnight, lines: Sequence[ListLine], kind: ListKind, more: int, now: datetime) -> str:
    count = len(overnight.outages)
    still = sum(not one.closed for one in overnight.outages)
    head = f"{count} {'outage' if count == 1 else 'outages'} overnight, {still or 'none'} open"
    return f"{head}; {summary(lines, kind, more, now)}" if lines or more else head


def sighting(one: Sighted) -> str:
    """Return what the radar saw: "5 customers in 12 minutes: outgoing calls, busy tone"."""
    minutes = max(1, round(one.lasted / timedelta(minutes=1)))
    within = f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
    said = ", ".join(map(one_line, one.common[:_MOST_COMMON])) or "one trouble"
    now = f"Now {one.tenants}" if one.told_before else f"{one.tenants}"
    return f"{now} customers in {within}: {said}"


def _falling_due(lines: Sequence[ListLine], count: int) -> str:
    """Return what is told of those whose time runs out, and of those that the next tier hears of."""
    alone = [line.taken for line in lines if line.taken is not None and line.taken.alone]
    if not alone:
        return "promised time runs out" if count == 1 else "promised times run out"
    if len(alone) < len(lines):
        return "tickets run out of time or are escalated"
    if all(taken.by == "you" for taken in alone):
        return "ticket of yours is escalated" if count == 1 else "tickets of yours are escalated"
    return "ticket is escalated to you" if count == 1 else "tickets are escalated to you"


def is_overdue(line: ListLine, now: datetime) -> bool:
    """Return whether a promised answer, or the end, is late."""
    due_at = line.ends_at or line.hears_by or (line.due_at if line.waiting_since else None)
    return due_at is not None and due_at <= now


def person(line: ListLine | GivenLine | NightLine) -> str:
    """Return "Jane Roe · Acme Dental"."""
    named = (one_line(line.customer), one_line(line.tenant))
    return " · ".join(filter(None, named)) or "an unknown sender"


def standing(line: ListLine, now: datetime, wording: Wording) -> str:
    """Return how long there is left, or how long somebody has waited, and what to beware of."""
    doubts = next((said for flag, said in DOUBTFUL.items() if flag in line.flags), "")
    vendor = _vendor(line, now, wording)
    said = (_time(line, now, wording), _taken(line, now, wording), _lost(line), vendor, doubts)
    return " · ".join(filter(None, said))


def _vendor(line: ListLine, now: datetime, wording: Wording) -> str:
    """Return with whom a ticket is filed that owes an answer, and since when."""
    since = line.vendor_since
    return "" if since is None else f"with {one_line(line.vendor)} since {wording.stamp(since, now)}"


def _taken(line: ListLine, now: datetime, wording: Wording) -> str:
    if line.taken is None:
        return ""
    since = wording.duration(now - line.taken.at)
    if line.taken.by == "you":
        return f"you took it {since} ago, so the next tier hears of it"
    return f"taken by {one_line(line.taken.by)} {since} ago and not solved"


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
    if line.hears_by is not None:
        if line.hears_by <= now:
            return f"was to hear from you {wording.duration(now - line.hears_by)} ago"
        left = wording.duration(line.hears_by - now)
        return f"is to hear from you {wording.moment(line.hears_by, now, 'by')}, {left} left"
    if line.waiting_since is None:
        return "nobody waits"
    if line.due_at is None:
        return f"waits for {wording.duration(now - line.waiting_since)}"
    if is_overdue(line, now):
        late = now - line.due_at
        return f"overdue by {wording.duration(late)}" if late >= timedelta(minutes=1) else "overdue since just now"
    return f"answer {wording.moment(line.due_at, now, 'by')}, {wording.duration(line.due_at - now)} left"


def holder(line: ListLine | NightLine) -> str:
    """Return who has a ticket, or has seen it, and that it waits for the next tier.

    "yours", "Bob Lind has it", "Bob Lind has seen it", "" for nobody.
    """
    if isinstance(line, NightLine):
        return "yours" if line.holder == "you" else f"{one_line(line.holder)} has it" if line.holder else ""
    has_it = f"{one_line(line.holder)} has it" if line.holder else ""
    if line.taken is not None:
        # It says who took it, which need not be who has it.
        return has_it if line.holder not in {line.taken.by, "you"} else ""
    if line.seen_by and not line.holder:
        has_it = f"{one_line(line.seen_by)} {'have' if line.seen_by == 'you' else 'has'} seen it"
    return ", ".join(filter(None, ("yours" if line.holder == "you" else has_it, "escalated" if line.escalated else "")))


def glimpse(text: str) -> str:
    """Return the first words of a text, on one line."""
    words = one_line(text)
    return words if len(words) <= _GLIMPSE else with_ellipsis(words[:_GLIMPSE].rpartition(" ")[0] or words[:_GLIMPSE])
