"""A report as other programs read it: an object of plain values, and a table. Spans are whole seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mailbot.figures.figures import Figures, Report, Setting, Share, Spans
from mailbot.figures.incidents import Lasted, as_objects
from mailbot.figures.votes import Said, Votes

_NUMBERS = (
    "tickets",
    "first_response_average",
    "first_response_median",
    "unanswered",
    "in_time",
    "late",
    "resolved",
    "resolution_average",
    "resolution_median",
    "closed_unanswered",
    "resolved_in_time",
    "resolved_late",
    "reopened",
    "backlog",
    "oldest",
    "after_hours",
    "with_vendors",
    "with_vendors_average",
    "votes",
    "vote_average",
    "surveyed",
    "surveyed_voted",
    "self_served",
)
COLUMNS = ("week", "group", "of", *_NUMBERS)
_LISTED = ("opened", "unanswered", "closed_unanswered", "self_served", "reopened")
_SPANS = ("first_response", "resolution", "ages", "with_vendors")
_SHARES = ("in_time", "resolved_in_time", "after_hours", "surveyed")
# What a spreadsheet takes for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_object(
    report: Report, setting: Setting, said: Iterable[Said] = (), lasted: Iterable[Lasted] = ()
) -> dict[str, Any]:
    """Return the report with every figure's tickets, the clock that it is by, what customers said, and incidents."""
    return {
        "week": str(report.week),
        "from": report.week.monday.isoformat(),
        "to": report.week.sunday.isoformat(),
        "total": _object(report.total),
        "by_severity": {str(severity): _object(found) for severity, found in report.by_severity.items()},
        "by_tenant": {tenant or "": _object(found) for tenant, found in report.by_tenant.items()},
        "before": _beside(report.before),
        "trend": [{"week": str(week), **_beside(found)} for week, found in report.trend],
        "zone": str(setting.zone),
        "day_and_night": setting.by_calendar,
        "said": [{"ticket": one.ticket, "vote": one.mark, "words": one.words} for one in said if one.words],
        "incidents": as_objects(lasted),
    }


def as_csv(report: Report) -> str:
    """Return the report as a table (RFC 4180): a row for all, each severity, tenant, ticket and earlier week."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in _rows(report))
    return lines.getvalue()


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
    yield str(report.week), "all", "", *_numbers(report.total).values()
    for severity, found in report.by_severity.items():
        yield str(report.week), "severity", severity, *_numbers(found).values()
    for tenant, found in report.by_tenant.items():
        yield str(report.week), "tenant", tenant or "", *_numbers(found).values()
    for ticket, own in _of_each(report.total):
        yield str(report.week), "ticket", ticket, *_numbers(own).values()
    for week, found in reversed(report.trend[:-1]):
        yield str(week), "earlier", "", *_numbers(found).values()


def _tickets(found: Figures) -> list[int]:
    """Return the tickets behind the figures."""
    closed = (*found.resolution.tickets, *found.closed_unanswered, *found.self_served)
    return sorted(
        {
            *found.opened,
            *found.backlog,
            *found.reopened,
            *closed,
            *found.with_vendors.tickets,
            *found.votes.tickets,
            *found.surveyed.of,
        }
    )


def _of_each(found: Figures) -> Iterator[tuple[int, Figures]]:
    """Yield what of the figures is each ticket's, in time linear in their number."""
    numbers = {name: set(getattr(found, name)) for name in _LISTED}
    spans = {name: dict(getattr(found, name).of) for name in _SPANS}
    shares = {name: (set(getattr(found, name).of), set(getattr(found, name).did)) for name in _SHARES}
    for ticket in _tickets(found):
        own: dict[str, Any] = {name: (ticket,) * (ticket in known) for name, known in numbers.items()}
        own |= {name: Spans(((ticket, known[ticket]),) if ticket in known else ()) for name, known in spans.items()}
        own |= {name: Share(*((ticket,) * (ticket in known) for known in both)) for name, both in shares.items()}
        yield ticket, replace(found, votes=Votes(tuple(one for one in found.votes.of if one[0] == ticket)), **own)


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _numbers(found: Figures) -> dict[str, float | None]:
    values = (
        len(found.opened),
        _seconds(found.first_response.average),
        _seconds(found.first_response.middle),
        len(found.unanswered),
        len(found.in_time.did),
        len(found.in_time.did_not),
        len(found.resolution.of),
        _seconds(found.resolution.average),
        _seconds(found.resolution.middle),
        len(found.closed_unanswered),
        len(found.resolved_in_time.did),
        len(found.resolved_in_time.did_not),
        len(found.reopened),
        len(found.backlog),
        _seconds(max((age for _, age in found.ages.of), default=None)),
        len(found.after_hours.did),
        len(found.with_vendors.of),
        _seconds(found.with_vendors.average),
        len(found.votes.of),
        _rounded(found.votes.average),
        len(found.surveyed.of),
        len(found.surveyed.did),
        len(found.self_served),
    )
    return dict(zip(_NUMBERS, values, strict=True))


def _beside(found: Figures) -> dict[str, Any]:
    return {**_numbers(found), "named": _object(found)}


def _object(found: Figures) -> dict[str, Any]:
    return {
        "tickets": list(found.opened),
        "first_response": _spans(found.first_response),
        "unanswered": list(found.unanswered),
        "in_time": _share(found.in_time),
        "resolution": _spans(found.resolution),
        "closed_unanswered": list(found.closed_unanswered),
        "self_served": list(found.self_served),
        "resolved_in_time": _share(found.resolved_in_time),
        "reopened": list(found.reopened),
        "backlog": _spans(found.ages),
        "after_hours": _share(found.after_hours),
        "with_vendors": _spans(found.with_vendors),
        "votes": {
            "average": _rounded(found.votes.average),
            "tickets": {str(ticket): mark for ticket, mark in found.votes.of},
        },
        "surveyed": _share(found.surveyed),
    }


def _spans(spans: Spans) -> dict[str, Any]:
    return {
        "average": _seconds(spans.average),
        "median": _seconds(spans.middle),
        "tickets": {str(ticket): _seconds(span) for ticket, span in spans.of},
    }


def _share(share: Share) -> dict[str, Any]:
    return {"share": share.fraction, "tickets": list(share.did), "others": list(share.did_not)}


def _rounded(average: float | None) -> float | None:
    return None if average is None else round(average, 2)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())
