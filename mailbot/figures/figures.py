"""The figures of one week, for all tickets or for those of one severity or tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Self
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.clocks.targets import promised
from mailbot.figures.cases import Case
from mailbot.figures.votes import NO_VOTES, Votes
from mailbot.figures.weeks import Week
from mailbot.rules import SEVERITIES, Rules, Severity

_TREND_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Spans:
    """How long something took, ticket by ticket; the averages are None for none."""

    of: tuple[tuple[int, timedelta], ...] = ()

    @property
    def tickets(self) -> tuple[int, ...]:
        """The tickets that it took so long for."""
        return tuple(ticket for ticket, _ in self.of)

    @property
    def average(self) -> timedelta | None:
        """The mean."""
        return sum((span for _, span in self.of), timedelta()) / len(self.of) if self.of else None

    @property
    def middle(self) -> timedelta | None:
        """The median."""
        return timedelta(seconds=median(span.total_seconds() for _, span in self.of)) if self.of else None


@dataclass(frozen=True, slots=True)
class Share:
    """Which tickets did, of those that could; `fraction` is None of none."""

    of: tuple[int, ...] = ()
    did: tuple[int, ...] = ()

    @property
    def fraction(self) -> float | None:
        """The share, 0 to 1."""
        return len(self.did) / len(self.of) if self.of else None

    @property
    def did_not(self) -> tuple[int, ...]:
        """The others."""
        return tuple(ticket for ticket in self.of if ticket not in self.did)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a week; tickets by their numbers, in the order in which they were opened.

    What an article solved is `self_served`, and neither unanswered nor closed without an answer.
    `with_vendors` is how long vendors took whose answers came in the week, by the calendar. `votes` are those that came
    in the week; `surveyed` were asked in it, and did vote by now.
    `ages` are those of the backlog when the week ended, or at the present in a week that goes on, in days of the
    calendar.
    """

    opened: tuple[int, ...]
    first_response: Spans
    unanswered: tuple[int, ...]
    in_time: Share
    resolution: Spans
    closed_unanswered: tuple[int, ...]
    resolved_in_time: Share
    reopened: tuple[int, ...]
    ages: Spans
    after_hours: Share
    with_vendors: Spans = Spans()
    votes: Votes = NO_VOTES
    self_served: tuple[int, ...] = ()
    surveyed: Share = Share()

    @property
    def backlog(self) -> tuple[int, ...]:
        """The tickets that were open."""
        return self.ages.tickets


def _by_no_time(_case: Case, _since: datetime) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Setting:
    """What figures depend on besides the tickets: each tenant's hours (None: nobody's), the zone of weeks, the present.

    Spans of `day_and_night` severities run so, as the promises to these do; with `by_calendar` all do. `answer_by` is
    by when a ticket's severity promises an answer to what is asked at an instant, None for by no time.
    """

    hours_of: Callable[[str | None], OpeningHours]
    zone: ZoneInfo
    now: datetime
    day_and_night: frozenset[Severity] = frozenset()
    by_calendar: bool = False
    answer_by: Callable[[Case, datetime], datetime | None] = _by_no_time

    @classmethod
    def of(cls, rules: Rules, now: datetime, *, by_calendar: bool = False) -> Self:
        """Return the setting that the rules make."""

        def hours_of(tenant: str | None) -> OpeningHours:
            return opening_hours(rules, rules.tenant_by_id(tenant))

        def answer_by(case: Case, since: datetime) -> datetime | None:
            promise = rules.promise(case.severity, rules.tenant_by_id(case.tenant))
            return promised(promise, since, hours_of(case.tenant))[0]

        day_and_night = frozenset(one for one, promise in rules.severity.items() if promise.clock == "always")
        return cls(hours_of, rules.partner.zone, now, day_and_night, by_calendar, answer_by)

    def span(self, case: Case, until: datetime) -> timedelta:
        """Return how long it was from the opening of the ticket."""
        if self.by_calendar or case.severity in self.day_and_night:
            return max(until - case.opened_at, timedelta())
        return self.hours_of(case.tenant).between(case.opened_at, until)

    def overdue_since(self, case: Case) -> datetime | None:
        """Return when who waits in an open ticket was to have an answer, None where nobody waits longer than that.

        Who asked again, and was promised no time for that, is to have one as soon as who asks for the first time.
        """
        if not case.is_open(self.now):
            return None
        due_at = min((one.due_at for one in case.questions if one.answered_at is None), default=None)
        if due_at is None and case.answered_at and case.asked_again_at:
            due_at = self.answer_by(case, case.asked_again_at)
        return due_at if due_at is not None and due_at < self.now else None


@dataclass(frozen=True, slots=True)
class Report:
    """A week's figures: of all tickets, of each severity and tenant (None: nobody's) that has any, and beside others.

    `trend` has the twelve weeks that end with this one, each with its figures, the oldest first.
    """

    week: Week
    total: Figures
    by_severity: dict[Severity, Figures]
    by_tenant: dict[str | None, Figures]
    trend: tuple[tuple[Week, Figures], ...]

    @property
    def before(self) -> Figures:
        """The figures of the week before."""
        return self.trend[-2][1]


def first_week(week: Week) -> Week:
    """Return the earliest week of which the report of a week needs the tickets."""
    return week.back(_TREND_WEEKS - 1)


def report(cases: Sequence[Case], week: Week, setting: Setting) -> Report:
    """Return the report of a week from all tickets that were open, opened or closed since `first_week` began."""
    tenants = sorted({case.tenant for case in cases}, key=lambda tenant: (tenant is None, tenant))
    of_severity = {one: [case for case in cases if case.severity is one] for one in SEVERITIES}
    of_tenant = {one: [case for case in cases if case.tenant == one] for one in tenants}
    weeks = [week.back(back) for back in reversed(range(_TREND_WEEKS))]
    trend = tuple((one, figures(cases, one, setting)) for one in weeks)
    return Report(
        week,
        trend[-1][1],
        {one: found for one, among in of_severity.items() if _has_any(found := figures(among, week, setting))},
        {one: found for one, among in of_tenant.items() if _has_any(found := figures(among, week, setting))},
        trend,
    )


def figures(cases: Iterable[Case], week: Week, setting: Setting) -> Figures:
    """Return the figures of these tickets in that week."""
    since, until = week.begins(setting.zone), week.ends(setting.zone)
    end = min(until, setting.now)
    known = sorted((case for case in cases if case.opened_at < until), key=lambda case: (case.opened_at, case.ticket))
    opened = [case for case in known if case.opened_at >= since]
    asked = [case for case in opened if not case.ours]
    surveyed = [case for case in known if case.surveyed_at is not None and since <= case.surveyed_at < until]
    closed = [case for case in known if case.closed_at is not None and since <= case.closed_at < until]
    return Figures(
        opened=_numbers(opened),
        first_response=Spans(
            tuple((case.ticket, setting.span(case, case.answered_at)) for case in asked if case.answered_at)
        ),
        unanswered=_numbers(case for case in asked if not (case.answered_at or case.self_served)),
        in_time=_in_time(opened, setting),
        resolution=Spans(
            tuple((case.ticket, setting.span(case, case.resolved_at)) for case in closed if case.resolved_at)
        ),
        closed_unanswered=_numbers(case for case in closed if not (case.resolved_at or case.self_served)),
        self_served=_numbers(case for case in closed if case.self_served),
        resolved_in_time=_resolved_in_time(closed),
        reopened=_numbers(case for case in known if case.reopenings(since, until)),
        ages=Spans(tuple((case.ticket, end - case.opened_at) for case in known if case.is_open(_before(end)))),
        after_hours=Share(
            _numbers(asked),
            _numbers(case for case in asked if not setting.hours_of(case.tenant).is_open(case.opened_at)),
        ),
        with_vendors=Spans(tuple(_with_vendors(known, since, until))),
        votes=Votes(
            tuple(
                (one.ticket, one.vote) for one in known if one.vote and one.voted_at and since <= one.voted_at < until
            )
        ),
        surveyed=Share(_numbers(surveyed), _numbers(case for case in surveyed if case.vote)),
    )


def _with_vendors(known: Iterable[Case], since: datetime, until: datetime) -> Iterator[tuple[int, timedelta]]:
    """Yield for how long tickets were with vendors whose answers came between those instants."""
    for case in known:
        spans = [end - begin for begin, end in case.with_vendors if end is not None and since <= end < until]
        if spans:
            yield case.ticket, sum(spans, timedelta())


def _in_time(opened: Sequence[Case], setting: Setting) -> Share:
    """Return which were answered by each promised instant, of those that were answered or whose instant is past.

    What was closed by then without an answer kept nobody waiting: nothing is settled of it. Where who asked again waits
    too long, it is late, for as long as he does.
    """
    of, did = [], []
    for case in opened:
        end = min(setting.now, case.closed_at or setting.now)
        settled = [asked for asked in case.questions if asked.answered_at or asked.due_at < end]
        waits = setting.overdue_since(case) is not None
        if settled or waits:
            of.append(case)
        if settled and not waits and all(asked.was_kept for asked in settled):
            did.append(case)
    return Share(_numbers(of), _numbers(did))


def _resolved_in_time(closed: Sequence[Case]) -> Share:
    """Return which were resolved by the promised instant, of those that one of us answered."""
    settled = [case for case in closed if case.resolution_due_at and case.resolved_at]
    kept = (
        case
        for case in settled
        if case.resolution_due_at and case.resolved_at and case.resolved_at <= case.resolution_due_at
    )
    return Share(_numbers(settled), _numbers(kept))


def _before(end: datetime) -> datetime:
    """Return the last instant before the end: what is closed as the next week begins belongs to that."""
    return end - timedelta(microseconds=1)


def _numbers(cases: Iterable[Case]) -> tuple[int, ...]:
    return tuple(case.ticket for case in cases)


def _has_any(found: Figures) -> bool:
    return bool(
        found.opened
        or found.resolution.of
        or found.closed_unanswered
        or found.reopened
        or found.backlog
        or found.votes.of
        or found.self_served
    )
