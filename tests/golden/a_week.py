"""A week of an invented desk, and the weekly mail's facts about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import OpeningHours
from mailbot.deciding.effects import TicketState
from mailbot.figures import figures, summary
from mailbot.figures.cases import Case
from mailbot.figures.weeks import Week
from mailbot.render import DigestFacts, digests
from mailbot.render.rows import Need
from mailbot.rules import Hours, Playbook, Severity

_WEEK = Week.parse("2026-W47")
_ZONE = ZoneInfo("America/New_York")
_BEGAN = _WEEK.begins(_ZONE)
_NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
_ACCEPT = "mailbot senders accept kim@new-customer.example TENANT"
_NAMES = {"contoso": "Contoso Ltd", "fabrikam": "Fabrikam Freight", "adatum": "A. Datum Dental"}
# Hours from the week's beginning to the opening, to the first answer and to the end, whose, how grave, on what.
_Ticket = tuple[float, float | None, float | None, str | None, str, Playbook | None, str]
_TICKETS: tuple[_Ticket, ...] = (
    (33.5, 0.2, 3.0, "contoso", "critical", Playbook.OUTBOUND_CALLS, "No outbound calls since this morning"),
    (34.0, 0.7, 1.0, "fabrikam", "high", Playbook.PHONE_REGISTRATION, "Phone at the front desk does not register"),
    (36.0, 1.5, 26.0, "adatum", "normal", None, "Please add an extension for Kim"),
    (57.0, 6.0, None, "fabrikam", "normal", Playbook.OUTBOUND_CALLS, "Calls to Canada fail"),
    (59.0, 2.0, 2.5, "contoso", "low", None, "Darker colours in the dashboard"),
    (81.2, None, None, None, "normal", None, "What does a second line cost?"),
    (105.0, 1.0, 1.0, "adatum", "normal", None, "Holiday greeting for Thursday"),
)


def _case(number: int, ticket: _Ticket, weeks_before: int = 0) -> Case:
    after, answered, closed, tenant, severity, playbook, subject = ticket
    opened_at = _BEGAN + timedelta(hours=after, weeks=-weeks_before)
    states = [(opened_at, TicketState.OPEN)]
    if closed is not None:
        states.append((opened_at + timedelta(hours=closed), TicketState.CLOSED))
    return Case(
        ticket=number,
        tenant=tenant,
        severity=Severity(severity),
        subject=subject,
        requester="kim@new-customer.example",
        requester_name="Kim Lee",
        opened_at=opened_at,
        states=tuple(states),
        answers=() if answered is None else (opened_at + timedelta(hours=answered),),
        response_due_at=opened_at + timedelta(hours=0.25 if severity == "critical" else 4),
        playbook=playbook,
    )


def week(tickets: int = len(_TICKETS)) -> DigestFacts:
    """Return the weekly mail's facts about the first so many tickets of the week, and three of the week before."""
    before = [_case(1040 + at, one, 1) for at, one in enumerate(_TICKETS[:3])]
    cases = [*before, *(_case(1050 + at, one) for at, one in enumerate(_TICKETS[:tickets]))]
    opening = OpeningHours(Hours(region="US"), _ZONE)
    report = figures.report(cases, _WEEK, figures.Setting(lambda _tenant: opening, _ZONE, _NOW))
    few = tickets < summary.FEW
    overdue = [digests.line_of_overdue(one, 0, _NAMES) for one in summary.overdue(cases, _NOW)]
    return DigestFacts(
        now=_NOW,
        brand="Northwind Voice",
        subject=digests.subject(report),
        title=digests.title(_WEEK),
        headline=digests.headline(report),
        rows=digests.rows(report),
        needs=(
            *(Need(f"{one.who}: {one.subject} (#{one.ticket}, {one.aside})", grave=True) for one in overdue),
            *(() if few else (Need("1 mail waits for you to release", command="mailbot outbox list --state held"),)),
        ),
        tickets=digests.each(cases, _NAMES, report.total) if few else (),
        trend=digests.trend(report),
        customers=() if few else digests.customers(report, _NAMES),
        severities=() if few else digests.severities(report),
        late=tuple(digests.line_of_late(case, _NAMES) for case in summary.late(cases, report)) if not few else (),
        oldest=tuple(
            digests.line_of_open(case, place, _NAMES, _NOW)
            for place, case in enumerate(summary.oldest_open(cases, _NOW, 5), 1)
        ),
        issues=tuple(map(digests.same_issue, summary.same_issues(cases, report))),
        senders=()
        if few
        else (
            Need("kim@new-customer.example (#1055)", command="mailbot senders accept kim@new-customer.example TENANT"),
        ),
        trouble=() if few else ("1 mail to a customer could not be delivered: mailbot outbox list --state failed",),
        place="/srv/desk on desk1.northwind.example",
    )
