"""The incidents of a week in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailbot.cli.common import escape
from mailbot.clocks.wall import WallClock
from mailbot.deciding.incidents import Incident
from mailbot.figures.incidents import Lasted, line
from mailbot.rules import Partner, Rules

AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
CLOCK = WallClock.of(Rules(partner=Partner(country="US")), AT + timedelta(days=1))


def said(lasted: Lasted, what: str) -> str:
    """Return the line with plain spaces."""
    return " ".join(line(lasted, what, CLOCK).split())


def test_how_long_and_whom_it_concerned() -> None:
    over = Incident(3, "calls fail", None, AT, AT + timedelta(hours=2, minutes=15))
    assert said(Lasted(over, (1, 2, 3), 2), "calls fail") == (
        "Incident 3, calls fail: Tue, Nov 24, 9:05 AM, for 2 h 15 min; 3 tickets of 2 customers"
    )


def test_one_that_lasts_and_concerned_nobody() -> None:
    lasts = Incident(4, "voicemail is late", None, AT)
    assert said(Lasted(lasts), "voicemail is late") == (
        "Incident 4, voicemail is late: since Tue, Nov 24, 9:05 AM, and lasts; 0 tickets"
    )


def test_a_terminal_shows_its_times_with_plain_spaces() -> None:
    lasts = Incident(4, "les appels échouent\u202f!", None, AT)
    shown = escape(line(Lasted(lasts), lasts.title, CLOCK))
    assert shown == "Incident 4, les appels échouent !: since Tue, Nov 24, 9:05 AM, and lasts; 0 tickets"
