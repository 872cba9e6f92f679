"""The weekly mail in rows and bars, as both of its parts show it: numbers in words, and few of them.

Of fewer than five tickets no averages and shares are told; each ticket is a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from mailbot.clocks.wall import WallClock
from mailbot.deciding.satisfaction.votes import LOW
from mailbot.figures import saying
from mailbot.figures.cases import Case
from mailbot.figures.figures import Figures, Report, Share, Spans
from mailbot.figures.incidents import Lasted, line
from mailbot.figures.questions import Repeat
from mailbot.figures.summary import FEW, Overdue, verdict
from mailbot.figures.votes import Said, Votes
from mailbot.figures.weeks import Week
from mailbot.render.lists import DOUBTFUL
from mailbot.render.notices import cut_short, one_line
from mailbot.render.rows import Bar, Line, Row
from mailbot.rules import Playbook

_DAY = timedelta(days=1)
_MOST_CUSTOMERS = 8
_MOST_NAMED = 3
_WHOLE = 100
_WIDEST_NAME = 28
_LONGEST_WORDS = 300

ISSUES = {
    Playbook.OUTBOUND_CALLS: "outbound calls",
    Playbook.VOICEMAIL_EMAIL: "voicemail by mail",
    Playbook.CALLER_ID_NAME: "the caller's name",
    Playbook.PHONE_REGISTRATION: "phones that do not register",
    Playbook.PORT_IN: "porting in",
    Playbook.PORT_OUT: "porting out",
}


def title(week: Week) -> str:
    """Return "Week 46, 9 to 15 November"."""
    first, last = week.monday, week.sunday
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"Week {week.number}, {begins} to {last.day} {last:%B}"


def subject(report: Report, older: int) -> str:
    """Return the subject: the week, and the verdict on it; so many `older` tickets wait too long."""
    return f"Week {report.week.number}: {verdict(report.total, older)}"


def headline(report: Report, older: int) -> str:
    """Return the verdict as a sentence begins."""
    words = verdict(report.total, older)
    return words[0].upper() + words[1:]


def rows(report: Report) -> tuple[Row, ...]:
    """Return the figures of the week; without averages and shares of few tickets."""
    found, before = report.total, report.before
    all_rows = (
        Row("Tickets", str(len(found.opened)), str(len(before.opened))),
        *_averages(found, before),
        Row("Unanswered", str(len(found.unanswered)), str(len(before.unanswered))),
        Row("Reopened", str(len(found.reopened)), str(len(before.reopened))),
        Row("Open at the end", str(len(found.backlog)), str(len(before.backlog)), _oldest(found)),
        Row("Solved by an article", str(len(found.self_served)), str(len(before.self_served))),
        *_after_hours(found, before),
        *_with_vendors(found, before),
        *_satisfaction(found, before),
    )
    return tuple(row for row in all_rows if not {row.value, row.before} <= {"0", saying.NONE} or row.name == "Tickets")


def _averages(found: Figures, before: Figures) -> Iterator[Row]:
    yield from _spans("First response", found.first_response, before.first_response)
    yield from _shares("Answered in time", found.in_time, before.in_time)
    yield from _spans("Resolution", found.resolution, before.resolution)


def _after_hours(found: Figures, before: Figures) -> Iterator[Row]:
    if found.after_hours.did or before.after_hours.did:
        yield from _shares("After hours", found.after_hours, before.after_hours)


def _with_vendors(found: Figures, before: Figures) -> Iterator[Row]:
    if found.with_vendors.of:
        number = len(found.with_vendors.of)
        note = f"{number} {'ticket' if number == 1 else 'tickets'}, until they answered"
        yield Row("With vendors", saying.average(found.with_vendors), saying.average(before.with_vendors), note)


def _satisfaction(found: Figures, before: Figures) -> Iterator[Row]:
    if found.votes.of or found.surveyed.of:
        number, asked = len(found.votes.of), len(found.surveyed.of)
        note = f"{number} {'vote' if number == 1 else 'votes'}, {asked} asked in the week"
        yield Row("Satisfaction", _voted(found.votes), _voted(before.votes), note)


def _voted(votes: Votes) -> str:
    if not votes.of:
        return saying.NONE
    return saying.satisfaction(votes) if len(votes.of) >= FEW else saying.few_votes(votes)


def _shares(name: str, found: Share, before: Share) -> Iterator[Row]:
    earlier = before if len(before.of) >= FEW else Share()
    if len(found.of) >= FEW:
        yield Row(name, saying.share(found), saying.share(earlier))


def _spans(name: str, found: Spans, before: Spans) -> Iterator[Row]:
    if len(found.of) >= FEW:
        average, middle = saying.average(found), found.middle
        note = "" if middle is None or saying.span(middle) == average else f"half within {saying.span(middle)}"
        yield Row(name, average, saying.average(before) if len(before.of) >= FEW else saying.NONE, note)


def _oldest(found: Figures) -> str:
    oldest = max((age for _, age in found.ages.of), default=timedelta())
    return f"the oldest for {saying.days(oldest)}" if oldest >= _DAY else ""


def each(cases: Iterable[Case], names: Mapping[str, str], found: Figures) -> tuple[Line, ...]:
    """Return the week's tickets, each as a line, with how soon it was answered."""
    took = dict(found.first_response.of)
    late = set(found.in_time.did_not)
    opened = set(found.opened)

    def said(case: Case) -> str:
        if case.ours:
            answered = "begun by one of you"
        else:
            answered = f"answered after {saying.span(took[case.ticket])}" if case.ticket in took else _unanswered(case)
        again = ", asked again" if case.answered_at and case.asked_again_at else ""
        return f"{_doubt(case)}{answered}{again}{', late' if case.ticket in late else ''}"

    return tuple(
        Line(0, case.ticket, who(case, names), one_line(case.subject), said(case), grave=case.ticket in late)
        for case in cases
        if case.ticket in opened
    )


def incident(lasted: Lasted, clock: WallClock) -> str:
    """Return an incident of the week in a line."""
    found = lasted.incident
    return line(lasted, found.title or (ISSUES[found.playbook] if found.playbook else "a trouble"), clock)


def trend(report: Report) -> tuple[Bar, ...]:
    """Return the weeks from the first one with tickets on, each with its number and share in time."""
    weeks = list(report.trend)
    while len(weeks) > 1 and not weeks[0][1].opened:
        weeks.pop(0)
    most = max((len(found.opened) for _, found in weeks), default=0)
    return tuple(
        Bar(
            str(week.number),
            len(found.opened),
            _length(len(found.opened), most),
            saying.share(found.in_time) if len(found.in_time.of) >= FEW else "",
        )
        for week, found in weeks
    )


def votes(report: Report) -> tuple[Bar, ...]:
    """Return how satisfied customers were week by week, where more than one week has more than a few votes."""
    weeks = [(week, found.votes) for week, found in report.trend if len(found.votes.of) >= FEW]
    return (
        tuple(
            Bar(str(week.number), len(of.of), _length(round(of.average or 0, 1), saying.BEST), saying.satisfaction(of))
            for week, of in weeks
        )
        if len(weeks) > 1
        else ()
    )


def line_of_vote(case: Case, said: Said, names: Mapping[str, str]) -> Line:
    """Return what a customer voted and wrote beside it."""
    words = f"“{cut_short(said.words, _LONGEST_WORDS)}”" if said.words else "without a word"
    aside = f"{said.mark} of {saying.BEST}, on {one_line(case.subject) or 'a ticket without a subject'}"
    return Line(0, case.ticket, who(case, names), words, aside, grave=said.mark <= LOW)


def customers(report: Report, names: Mapping[str, str]) -> tuple[Bar, ...]:
    """Return who wrote, the busiest first; the others in one bar."""
    counted = sorted(
        (
            (len(found.opened), _name(tenant, names), len(found.in_time.did_not))
            for tenant, found in report.by_tenant.items()
        ),
        key=lambda one: (-one[0], one[1]),
    )
    counted = [one for one in counted if one[0]]
    shown, others = counted[:_MOST_CUSTOMERS], counted[_MOST_CUSTOMERS:]
    if others:
        shown.append((sum(one[0] for one in others), f"{len(others)} others", sum(one[2] for one in others)))
    most = max((number for number, _, _ in shown), default=0)
    return tuple(
        Bar(name, number, _length(number, most), f"{late} late" if late else "") for number, name, late in shown
    )


def severities(report: Report) -> tuple[Bar, ...]:
    """Return how grave the tickets were, the gravest first, with how soon they were answered."""
    found = [(severity, one) for severity, one in report.by_severity.items() if one.opened]
    most = max((len(one.opened) for _, one in found), default=0)
    return tuple(
        Bar(str(severity), len(one.opened), _length(len(one.opened), most), _soon(one)) for severity, one in found
    )


def _soon(found: Figures) -> str:
    if found.first_response.average is None:
        return ""
    return saying.span(found.first_response.average)


def line_of_overdue(one: Overdue, place: int, names: Mapping[str, str]) -> Line:
    """Return a ticket that waits longer than was promised."""
    answered = "asked again" if one.case.answered_at else "no answer"
    aside = f"{_doubt(one.case)}{one.case.severity}, {answered}, {saying.calendar(one.by)} late"
    return Line(place, one.case.ticket, who(one.case, names), one_line(one.case.subject), aside, grave=True)


def line_of_open(case: Case, place: int, names: Mapping[str, str], now: datetime) -> Line:
    """Return an open ticket with its age."""
    answered = "not answered" if not case.answered_at else "asked again" if case.asked_again_at else "answered"
    aside = f"{_doubt(case)}{case.severity}, {answered}, open for {saying.days(now - case.opened_at)}"
    return Line(place, case.ticket, who(case, names), one_line(case.subject), aside)


def line_of_late(case: Case, names: Mapping[str, str]) -> Line:
    """Return a ticket that was answered after what was promised, or is not answered, at first or when asked again."""
    late = [one.answered_at - one.due_at for one in case.questions if one.answered_at and not one.was_kept]
    if not case.answered_at:
        said = _unanswered(case)
    elif late:
        said = f"answered {saying.calendar(max(late))} late"
    else:
        said = "asked again, not answered yet"
    return Line(0, case.ticket, who(case, names), one_line(case.subject), f"{_doubt(case)}{case.severity}, {said}")


def _doubt(case: Case) -> str:
    """Return what is to be said first of a ticket that its customer may not have written."""
    return "".join(f"{said}, " for flag, said in DOUBTFUL.items() if flag in case.flags)


def _unanswered(case: Case) -> str:
    return "closed without an answer" if case.closed_at else "not answered yet"


def repeat(one: Repeat) -> str:
    """Return that several customers asked the same, on what, and whether there is an article."""
    numbers = ", ".join(f"#{ticket}" for ticket in one.tickets[:_MOST_CUSTOMERS])
    more = f" and {len(one.tickets) - _MOST_CUSTOMERS} more" if len(one.tickets) > _MOST_CUSTOMERS else ""
    there_is = "; there is an article" if one.has_article else ""
    return f"{one.tenants} customers wrote about {asked_about(one)} ({numbers}{more}){there_is}"


def asked_about(one: Repeat) -> str:
    """Return what a repeated question is about, by names of ours."""
    named = ", ".join(one.about[:_MOST_NAMED])
    return ISSUES[one.playbook] if one.playbook else named or "the same"


def who(case: Case, names: Mapping[str, str]) -> str:
    """Return whose ticket it is: the tenant's name, else the person's."""
    if case.tenant:
        return _name(case.tenant, names)
    return one_line(case.requester_name or case.requester) or "unknown sender"


def _name(tenant: str | None, names: Mapping[str, str]) -> str:
    return names.get(tenant, tenant) if tenant else "unknown senders"


def _length(number: float, most: int) -> int:
    return round(number * _WHOLE / most) if most else 0


def written_bars(bars: Sequence[Bar], wide: int = 20) -> tuple[str, ...]:
    """Return the bars as lines of text, which fit the width of mail; bars are so wide at most."""
    names = [cut_short(bar.name, _WIDEST_NAME) for bar in bars]
    name = max(map(len, names), default=0)
    number = max((len(str(bar.number)) for bar in bars), default=0)
    return tuple(
        f"{shown:<{name}}  {bar.number:>{number}}  {'#' * round(bar.length * wide / _WHOLE)}  {bar.aside}".rstrip()
        for shown, bar in zip(names, bars, strict=True)
    )
