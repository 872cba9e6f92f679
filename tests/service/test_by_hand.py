"""What an operator changes by hand, on a clock of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.service.office import OPEN_AT, RULES, mail, office

LONDON = (
    RULES
    + """
[[tenant]]
id = "thames"
name = "Thames Vets"
zone = "Europe/London"
hours = { week = { mon = ["08:00-18:00"] } }
"""
)


def test_another_tenant_has_other_promised_times(tmp_path: Path) -> None:
    """The promise follows the hours that count for the tenant, from when the ticket was opened."""
    with office(tmp_path, rules=LONDON, at=OPEN_AT) as desk:
        ticket = desk.receive(mail("someone@elsewhere.example", "A question.")).ticket
        assert due(desk.rows("SELECT response_due_at FROM ticket")) == OPEN_AT + timedelta(hours=4)
        desk.do(verb="set", ticket=ticket, tenant="thames")
        # Monday 15:00 to 18:00 in London, and the fourth hour on Tuesday, which is as with the partner.
        assert due(desk.rows("SELECT response_due_at FROM ticket")) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_who_is_accepted_after_an_answer_is_promised_none_that_is_over(tmp_path: Path) -> None:
    """It counts from what is asked again, and stays what it was where nobody waits."""
    with office(tmp_path, rules=LONDON, at=OPEN_AT) as desk:
        ticket = desk.receive(mail("someone@elsewhere.example", "A question.")).ticket
        desk.do(verb="called", ticket=ticket, author="jdoe")
        desk.do(verb="reassign", sender="someone@elsewhere.example", tenant="thames")
        [(tenant, until)] = desk.rows("SELECT tenant, response_due_at FROM ticket")
        assert (tenant, due([(until,)])) == ("thames", OPEN_AT + timedelta(hours=4))


def due(rows: list[tuple[str]]) -> datetime:
    """Return the one instant."""
    [(text,)] = rows
    return datetime.fromisoformat(text)
