"""What customers wrote beside their votes of a week, the worst first, for our own people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from mailbot.deciding.agents.taps import Tap
from mailbot.deciding.satisfaction.votes import LOW
from mailbot.desk.mails.needing import Offered
from mailbot.figures.cases import Case
from mailbot.figures.figures import Report
from mailbot.figures.votes import Said
from mailbot.render import digests
from mailbot.render.rows import Line
from mailbot.store import surveys

_MOST = 7


def voices(
    conn: Connection, offered: Offered, cases: Mapping[int, Case], report: Report, names: Mapping[str, str]
) -> tuple[Line, ...]:
    """Return a line for each vote with words, and each bad one, with its number and what to tap; so many at most."""
    said = surveys.said(conn, report.total.votes.of)
    telling = sorted((one for one in said if one.words or one.mark <= LOW), key=lambda one: (one.mark, one.ticket))
    return tuple(_line(offered, cases[one.ticket], one, names) for one in telling[:_MOST])


def _line(offered: Offered, case: Case, one: Said, names: Mapping[str, str]) -> Line:
    number = offered.numbers.of(case.ticket)
    taps = (Tap("Reopen", f"{number} reopen"),) if one.mark <= LOW and case.closed_at else ()
    return replace(digests.line_of_vote(case, one, names), place=number, taps=(*taps, Tap("Why", f"why {number}")))
