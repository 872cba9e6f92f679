"""A week of an invented desk, and the weekly mail's facts about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import OpeningHours
from mailbot.deciding.agents.taps import Tap
from mailbot.deciding.effects import TicketState
from mailbot.desk.mails.needing import Numbers, Offered
from mailbot.figures import figures, saying, summary
from mailbot.figures.cases import Case, Promise
from mailbot.figures.votes import Said
from mailbot.figures.weeks import Week
from mailbot.reading.model import Mailbox
from mailbot.render import DigestFacts, digests
from mailbot.render.rows import Bar, Finding, Line, Need, Waits
from mailbot.render.tapping import tappable
from mailbot.rules import Agent, Hours, Partner, Playbook, Rules, Severity

_WEEK = Week.parse("2026-W47")
_ZONE = ZoneInfo("America/New_York")
_BEGAN = _WEEK.begins(_ZONE)
_NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
_TOKEN = "t7f3k9" + "a" * 33
_HELD = Need(
    "1 mail waits for you to release, to jane@contoso.example",
    command="mailbot outbox list --state held",
    taps=(Tap("Why", "why jane@contoso.example"),),
)
_KEPT = (
    Waits(
        "to jane@contoso.example, about #1050",
        "[1050] Re: No outbound calls since this morning",
        "held for you to release",
        "mailbot outbox show 71",
    ),
    Waits(
        "of Bob Lind, about #1053",
        "Calls to Canada fail",
        "Bob Lind's \"send\" lets it go; beside Dana Ortiz's answer",
        "mailbot quarantine show 84",
    ),
)
_NOBODYS = Need(
    "kim@new-customer.example (#1055) is listed with no customer yet",
    taps=(
        Tap("Add to A. Datum Dental", "add new-customer.example to adatum"),
        Tap("Why", "why kim@new-customer.example"),
    ),
)
_RULES = Rules(
    partner=Partner(brand="Northwind Voice", address="support@northwind.example"),
    agent=(
        Agent(id="dana", name="Dana Ortiz", addresses=("dana@northwind.example",)),
        Agent(id="bob", name="Bob Lind", addresses=("bob@northwind.example",)),
    ),
)
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


def _case(number: int, ticket: _Ticket, weeks_before: int = 0, vote: int | None = None) -> Case:
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
        promises=(Promise(opened_at, opened_at + timedelta(hours=0.25 if severity == "critical" else 4)),),
        playbook=playbook,
        surveyed_at=None if closed is None else states[-1][0] + timedelta(hours=1),
        vote=None if closed is None else vote,
        voted_at=None if closed is None or vote is None else states[-1][0] + timedelta(hours=2),
    )


_VOTES = {0: 2, 1: 5, 2: 5, 4: 4, 6: 5}
_SAID = (
    Said(1050, 2, "It took two hours until somebody called me back, and nobody said why."),
    Said(1051, 5, "Dana was quick and very kind."),
)
_WEEKS_OF_VOTES = (
    Bar("45", 6, 76, "3.8 of 5"),
    Bar("46", 9, 88, "4.4 of 5"),
    Bar("47", 5, 84, "4.2 of 5"),
)


def _said(offered: Offered, cases: dict[int, Case]) -> tuple[Line, ...]:
    lines = (digests.line_of_vote(cases[one.ticket], one, _NAMES) for one in _SAID)
    reopen = Tap("Reopen", f"{offered.numbers.of(1050)} reopen")
    first, *others = offered.numbered(lines, cases)
    return (replace(first, taps=(reopen, *first.taps)), *others)


_FINDING = Finding(
    said="3 customers wrote about opening hours, greeting (#1054, #1056, #1057)",
    title="About opening hours",
    text=(
        "This is about: opening hours, greeting, holiday.",
        "",
        "## What to do",
        "",
        "1. Sign in to your portal and open …",
        "2. Choose …, and save.",
        "3. Try it once: …",
        "",
        "If this does not help, simply reply to our email.",
    ),
    command="mailbot articles draft opening-hours-greeting --week 2026-W47",
)


def week(tickets: int = len(_TICKETS)) -> DigestFacts:
    """Return the weekly mail's facts about the first so many tickets of the week, and three of the week before."""
    before = [_case(1040 + at, one, 1, 4) for at, one in enumerate(_TICKETS[:3])]
    cases = [*before, *(_case(1050 + at, one, vote=_VOTES.get(at)) for at, one in enumerate(_TICKETS[:tickets]))]
    opening = OpeningHours(Hours(region="US"), _ZONE)
    day_and_night = frozenset({Severity.CRITICAL})
    setting = figures.Setting(lambda _tenant: opening, _ZONE, _NOW, day_and_night)
    report = figures.report(cases, _WEEK, setting)
    few = tickets < summary.FEW
    offered = Offered(_RULES, Numbers())
    by_number = {case.ticket: case for case in cases}
    needs = tuple(
        Need(
            f"{line.who}: {line.subject} (#{line.ticket}, {line.aside})",
            grave=True,
            place=line.place,
            taps=offered.of_waiting(one.case),
        )
        for one in summary.overdue(cases, setting)
        for line in [digests.line_of_overdue(one, offered.numbers.of(one.case.ticket), _NAMES)]
    )
    above = offered.numbers.tickets
    others = [case for case in cases if case.ticket not in above]
    late = offered.numbered((digests.line_of_late(case, _NAMES) for case in summary.late(others, report)), by_number)
    open_ = (digests.line_of_open(case, 0, _NAMES, _NOW) for case in summary.oldest_open(others, _NOW, 5))
    facts = DigestFacts(
        now=_NOW,
        brand="Northwind Voice",
        subject=digests.subject(report, 0),
        title=digests.title(_WEEK),
        headline=digests.headline(report, 0),
        rows=digests.rows(report),
        needs=needs if few else (*needs, _HELD, _NOBODYS),
        tickets=offered.numbered(digests.each(cases, _NAMES, report.total), by_number) if few else (),
        trend=digests.trend(report),
        customers=() if few else digests.customers(report, _NAMES),
        severities=() if few else digests.severities(report),
        late=() if few else late,
        week=str(_WEEK),
        besides=bool(above),
        oldest=offered.numbered(open_, by_number, closing=True),
        said=() if few else _said(offered, by_number),
        votes=() if few else _WEEKS_OF_VOTES,
        incidents=()
        if few
        else ("Incident 3, Calls to mobiles fail: Tue, Nov 17, 9:05 AM, for 2 h 15 min; 5 tickets of 4 customers",),
        issues=() if few else ("2 customers wrote about outgoing calls (#1050, #1053)",),
        finding=None if few else _FINDING,
        trouble=()
        if few
        else (Need("1 mail to a customer could not be delivered", command="mailbot outbox list --state failed"),),
        kept=() if few else _KEPT,
        day_and_night=saying.day_and_night(day_and_night),
        place="/srv/desk on desk1.northwind.example",
    )
    return tappable(facts, Mailbox("", f"support+{_TOKEN}@northwind.example"), "support@northwind.example", _TOKEN)
