"""A page that does not arrive is told by mail and stands in its ticket's log; it never leaves when it is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.paging import Page, PageKind
from mailbot.delivery.courier import Courier, Duty, Reports
from mailbot.delivery.pagers import InForce, Pagers
from mailbot.desk.mails.paging import queue_page
from mailbot.desk.mails.telling import tell_of_failed_mail
from mailbot.errors import PermanentFailure, TransientFailure
from mailbot.store import conditions
from mailbot.store.outbox import Audience
from tests.servers.commands import run
from tests.service.office import CLOSED_AT, RULES, Office, Sent, office
from tests.service.test_oncall import DOWN
from tests.service.test_relays import asked

PAGERS = """[[agent]]
id = "dana"
name = "Dana"
addresses = ["dana@harborvoice.example"]
[[agent.pager]]
mail = "49151@sms.example"
[[agent.pager]]
command = ["./gone.sh"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    program = tmp_path / "gone.sh"
    program.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    program.chmod(0o700)
    with office(tmp_path, rules=RULES + PAGERS, at=CLOSED_AT) as opened:
        program.unlink()
        yield opened


def page(desk: Office, number: int, kind: PageKind = PageKind.OUTAGE, ticket: int | None = None) -> None:
    """Page Dana, and let the page leave or fail."""
    here, said = desk.here, Page(kind, "Acme: all phones down", "spell", desk.now)
    [dana] = here.desk.rules.agent
    here.database.writer.write(
        lambda conn: queue_page(conn, here.desk, dana, number, said, desk.now, key=kind, ticket=ticket)
    )
    couriers = [desk.courier]
    couriers.append(
        Courier(
            here.database,
            [Pagers(lambda: InForce(here.desk.rules, here.desk.templates, desk.log.parent.parent), lambda: desk.now)],
            here.desk.partner,
            lambda: desk.now,
            lambda: 0.0,
            reports=Reports(
                failed=lambda conn, mail: tell_of_failed_mail(conn, mail, desk=here.desk, now=desk.now),
            ),
            duty=Duty(conditions.PAGERS, Audience.PAGER, apart=True),
        )
    )
    for courier in couriers:
        while courier.deliver_once():
            pass


def told(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if sent.for_team and "page did not arrive" in str(sent.mail["Subject"])]


def test_a_page_that_failed_is_told_and_stands_in_the_log(desk: Office) -> None:
    ticket = asked(desk, text=DOWN)
    page(desk, 2, ticket=ticket)
    desk.let_pass(timedelta(minutes=5))
    [sent] = told(desk)
    said = "the page for Dana, by command (2) did not arrive: there is no such program"
    assert said in " ".join(sent.text.split())
    assert "mailbot oncall test" in sent.text
    assert (said,) in desk.rows("SELECT text FROM entry WHERE ticket_id = ? AND kind = 'change'", ticket)


def test_a_page_by_mail_that_failed_is_told_as_well(desk: Office) -> None:
    desk.refusing["49151@sms.example"] = PermanentFailure("550 no such number", 550)
    page(desk, 1)
    desk.let_pass(timedelta(minutes=5))
    [sent] = told(desk)
    assert "Dana, by mail (1) did not arrive: 550 no such number" in " ".join(sent.text.split())


@pytest.mark.parametrize("kind", [PageKind.TEST, PageKind.SEEN])
def test_of_a_trial_nobody_else_is_told(desk: Office, kind: PageKind) -> None:
    page(desk, 2, kind)
    desk.let_pass(timedelta(minutes=5))
    assert told(desk) == []


def test_a_trial_waits_for_no_earlier_one_and_takes_its_place(desk: Office) -> None:
    """Whoever has mended a pager tries it anew: it rings once, and at once."""
    desk.refusing["49151@sms.example"] = TransientFailure("451 later")
    trials = "SELECT recipient, state FROM outbox WHERE kind = 'page-test' ORDER BY id"
    ways = ("49151@sms.example", "dana/2", "dana@harborvoice.example")
    desk.do(verb="ring", agent="dana")
    desk.deliver()
    assert desk.rows(trials) == list(zip(ways, ("deferred", "queued", "sent"), strict=True))
    desk.now += timedelta(seconds=5)
    desk.do(verb="ring", agent="dana")
    before = list(zip(ways, ("dropped", "dropped", "sent"), strict=True))
    assert desk.rows(trials) == before + [(way, "queued") for way in ways]


def test_of_two_trials_for_one_address_at_once_none_takes_the_others_place(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + PAGERS.replace("49151@sms.example", "dana@harborvoice.example")) as desk:
        desk.do(verb="ring", agent="dana")
        assert desk.rows("SELECT DISTINCT state FROM outbox WHERE kind = 'page-test'") == [("queued",)]


def test_it_is_shown_as_what_it_is_and_not_sent_again(desk: Office, tmp_path: Path) -> None:
    page(desk, 2)
    number = desk.one("SELECT id FROM outbox WHERE audience = 'pager'")
    listed = run(tmp_path, "outbox", "list").out
    assert "dana/2" in listed
    assert "there is no such program" in listed
    shown = run(tmp_path, "outbox", "show", str(number)).out
    assert "Acme: all phones down" in shown
    assert "Subject" not in shown
    assert "retry" not in shown
    refused = run(tmp_path, "outbox", "retry", str(number))
    assert refused.code != 0
    assert "in time or not at all" in refused.err
