"""What falls due by the clock of a ticket: warnings of promised times, a reminder to its customer, and its end.

| the ticket | what falls due |
|---|---|
| it is critical, nobody of us has taken or seen it, and we are closed | each step of the calls to who is on call |
| its customer waits for an answer | warnings at the shares of `[clock]` of the time to the answer, and at its end |
| the same, and it is to be solved by a time | the same of that time |
| the same, it is critical or high, and the first tier has it | the next tier hears of it (`tiers`) |
| one of us answered, and the customer has not written since | one reminder, and that it closes by itself |
| the same, and it came back from a wait, or was opened again, since | nothing: it is for us to go on |
| the same, and a wait was over, or it was escalated | warnings as if the customer had asked then |
| an incident of ours that lasts is about it | warnings of promised times, and nothing else: it is seen |
| it waits for somebody else until a day (`#wait`) | nothing: that day brings it back |
| it is closed | the question how satisfied its customer is (`satisfaction.surveys`) |
| it is spam, a machine's or past mail | nothing |

The time to an answer runs from when the customer wrote first of what nobody has answered, or raised it. It stands, as
that to the end does, while the ticket waits. The time to the end stands as well while the customer has our answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.clocks.rota import Rota, Shift
from mailbot.clocks.running import RunningClock, Span
from mailbot.clocks.targets import due_at
from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.effects import Flag
from mailbot.deciding.tiers import NOT_HELD, SECOND, Held, to_be_solved_by, together
from mailbot.rules import Rules, Severity, SeverityRules

WHOLE = 100
"""The share of a promised time at its end."""
MOST_PAGERS = 9
"""So many pagers an agent can have: the steps of the calls are numbered by them."""
SILENT = frozenset({Flag.SPAM, Flag.MACHINE, Flag.HISTORY})
"""Tickets with one of these have no clocks."""


class DueKind(StrEnum):
    """What falls due: warnings of a promised answer and end, word to the next tier, a call, a reminder, the end,
    and the question how satisfied the customer is.
    """

    ANSWER = "answer"
    RESOLUTION = "resolution"
    TIER = "tier"
    CALL = "call"
    REMINDER = "reminder"
    CLOSING = "closing"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that falls due at `at`: of the time until `promised_at`, `share` hundredths are over then.

    It is done once for what it is `about`: since when that time runs, or the answer after which all is silent. The
    `share` of a tier is which; that of a call is its step: ten times the place of who is called behind the first, and
    in that how many of his pagers have told him of it before.
    """

    kind: DueKind
    share: int
    about: datetime
    at: datetime
    promised_at: datetime


@dataclass(frozen=True, slots=True)
class Clocked:
    """What the clocks of an open ticket depend on. All instants are aware.

    The customer waits since `asked_at`, None where nobody does; `answer_due_at` is by when that is promised, None for
    what was not promised when he asked, since he was `answered` before. `answered_at` is our last answer. The end is
    promised since `since` by `resolution_due_at`. The clocks stand in `pauses`, and that to the end in `silences`, too.
    It is `ours` to go on with where it came back from a wait, or was opened again, since that answer. Somebody has
    `taken` it since it was asked, or one of us said at `seen_at` that he has seen it. `held` says who of us has it. The
    customer is to hear from us since it was `back_at` an instant: a wait was over, or the next tier's turn came; None
    where that is not so. It is `known` where it is about an incident of ours that lasts, and has not become worse since
    it is.
    """

    ticket: int
    severity: Severity
    tenant: str | None
    since: datetime
    asked_at: datetime | None = None
    answered: bool = False
    answer_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    answered_at: datetime | None = None
    waits: bool = False
    taken: bool = False
    seen_at: datetime | None = None
    ours: bool = False
    back_at: datetime | None = None
    pauses: tuple[Span, ...] = ()
    silences: tuple[Span, ...] = ()
    held: Held = NOT_HELD
    known: bool = False


def falling_due(ticket: Clocked, rules: Rules) -> tuple[Due, ...]:
    """Return what falls due of an open ticket if nothing happens to it."""
    if ticket.waits:
        return ()
    tenant = rules.tenant_by_id(ticket.tenant)
    opening = opening_hours(rules, tenant)
    if ticket.asked_at is None:
        return () if ticket.known else (*_of_silence(ticket, rules, opening), *_of_return(ticket, rules, opening))
    promises = tuple(_of_promises(ticket, ticket.asked_at, rules.promise(ticket.severity, tenant), rules, opening))
    if ticket.known:
        return promises
    return (*promises, *_of_tiers(ticket, promises, rules), *_of_calls(ticket, ticket.asked_at, rules))


def rota_of(rules: Rules) -> Rota:
    """Return who of the agents is on call when: answering services are called ahead of whoever's turn it is."""
    turns, services = rules.oncall, {agent.id for agent in rules.agent if agent.outsourced}
    shifts = tuple(Shift(one.agent, one.first, one.last) for one in turns.exception)
    own = tuple(one for one in turns.rota if one not in services)
    ahead = tuple(one for one in turns.rota if one in services)
    return Rota(own, turns.since, turns.change_at, rules.partner.zone, shifts, ahead)


def answer_by(ticket: Clocked, promise: SeverityRules, opening: OpeningHours) -> datetime | None:
    """Return by when who waits is promised an answer, None where nobody waits or nothing is promised."""
    if ticket.asked_at is None or not ticket.answered:
        return ticket.answer_due_at if ticket.asked_at else None
    return _response_to(ticket.asked_at, promise, opening, ticket.pauses)


def _response_to(
    asked_at: datetime, promise: SeverityRules, opening: OpeningHours, pauses: tuple[Span, ...]
) -> datetime | None:
    if isinstance(promise.response, timedelta):
        return RunningClock(promise.clock, opening, pauses).after(asked_at, promise.response)
    return due_at(promise.response, promise.clock, asked_at, opening)


def _of_promises(
    ticket: Clocked, asked_at: datetime, promise: SeverityRules, rules: Rules, opening: OpeningHours
) -> Iterator[Due]:
    for kind, start, end, pauses in (
        (DueKind.ANSWER, asked_at, answer_by(ticket, promise, opening), ticket.pauses),
        (DueKind.RESOLUTION, ticket.since, ticket.resolution_due_at, (*ticket.pauses, *ticket.silences)),
    ):
        if end is not None:
            yield from _shares(kind, start, end, RunningClock(promise.clock, opening, pauses), rules)


def _of_return(ticket: Clocked, rules: Rules, opening: OpeningHours) -> Iterator[Due]:
    """Yield warnings of when the customer is to hear from us: as soon after that instant as who asks then."""
    promise = rules.promise(ticket.severity, rules.tenant_by_id(ticket.tenant))
    end = _response_to(ticket.back_at, promise, opening, ticket.pauses) if ticket.back_at else None
    if ticket.back_at is not None and end is not None:
        clock = RunningClock(promise.clock, opening, ticket.pauses)
        yield from _shares(DueKind.ANSWER, ticket.back_at, end, clock, rules)


def _shares(kind: DueKind, start: datetime, end: datetime, clock: RunningClock, rules: Rules) -> Iterator[Due]:
    for share in (*rules.clock.warn_at, WHOLE):
        at = end if share == WHOLE else clock.share(start, end, share)
        if at is not None:
            yield Due(kind, share, start, at, end)


def is_called(ticket: Clocked) -> bool:
    """Return whether somebody is called about a ticket while we are closed: nobody has answered, taken or seen it, and
    no incident of ours is what it is about.
    """
    if ticket.severity is not Severity.CRITICAL or ticket.asked_at is None:
        return False
    if ticket.taken or ticket.waits or ticket.known:
        return False
    return ticket.seen_at is None or ticket.seen_at < ticket.asked_at


def _of_tiers(ticket: Clocked, promises: Sequence[Due], rules: Rules) -> Iterator[Due]:
    """Yield when the second tier hears of it; with a warning that follows soon, so that who gets both hears once."""
    time = to_be_solved_by(ticket.held, ticket.tenant, rules, (*ticket.pauses, *ticket.silences))
    if time is not None:
        since, over = time
        yield Due(DueKind.TIER, SECOND, since, together(over, (one.at for one in promises)), over)


def _of_calls(ticket: Clocked, asked_at: datetime, rules: Rules) -> Iterator[Due]:
    """Yield each step of the calls: who is on call has his first pager at once, and the next one while it is unseen.

    After a time of silence the next of them is called in the same way. Without turns all are, as the first, and so they
    are behind answering services that nobody of ours follows.
    """
    if not is_called(ticket):
        return
    oncall, rota = rules.oncall, rota_of(rules)
    team = [one for one in rules.agent if may_be_called(one, ticket.tenant)]
    pagers = max((len(one.pager) for one in team), default=0)
    are_called_then = bool(pagers) or any(one.outsourced for one in team)
    for since in _spells(asked_at, opening_hours(rules, None), are_called_then=are_called_then):
        last = 1 if rota.ahead and not rota.order else 0
        for place in range(max(1, len(rota.order_at(since)) + last)):
            for number in range(max(pagers, int(place > 0 or since > asked_at))):
                at = since + place * oncall.next_after + number * oncall.next_pager
                yield Due(DueKind.CALL, step(place, number), since, at, at)


def _spells(asked_at: datetime, opening: OpeningHours, *, are_called_then: bool) -> Iterator[datetime]:
    """Yield from when on somebody is called: at once while we are closed, and when we close.

    In hours all of us have the mail of it, so that nobody is called then but who is paged, and an answering service.
    """
    if not opening.is_open(asked_at):
        yield asked_at
    opened_at = opening.next_opening(asked_at) if are_called_then else None
    closed_at = opening.next_closing(opened_at) if opened_at else None
    if closed_at is not None:
        yield closed_at


def step(place: int, number: int) -> int:
    """Return the step in which who has that place behind the first is told by his pager of that number, from 0 on."""
    return place * (MOST_PAGERS + 1) + number


def of_step(share: int) -> tuple[int, int]:
    """Return the place and the number of the pager of a step."""
    return divmod(share, MOST_PAGERS + 1)


def _of_silence(ticket: Clocked, rules: Rules, opening: OpeningHours) -> Iterator[Due]:
    """Yield what falls due once the customer has our answer; in opening hours, since it is mail and people see it."""
    if ticket.answered_at is None or ticket.ours:
        return
    waits = {DueKind.REMINDER: rules.clock.remind_after, DueKind.CLOSING: rules.clock.close_after}
    for kind, length in waits.items():
        at = opening.next_opening(ticket.answered_at + length) if length else None
        if at is not None:
            yield Due(kind, 0, ticket.answered_at, at, at)
