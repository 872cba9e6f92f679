"""An incident of which nobody says anything: our own people are reminded once a day, in their hours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.service.incidents import (
    CUSTOMERS,
    JANE,
    MAX,
    NO_RADAR,
    SARA,
    WITH_PAGE,
    asks,
    desk_of,
    opened,
    to_desk,
    wrote,
)
from tests.service.office import Office, Sent, office
from tests.service.test_relays import DANA, TEAM

TEAM_BOX = "team@harborvoice.example"
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """A desk that is open from Monday to Friday, with an incident of two customers that begins on a Monday at ten."""
    with desk_of(tmp_path) as made:
        wrote(made, JANE)
        wrote(made, MAX)
        opened(made, "#incident open #1001 Outgoing calls fail\nWe look into it.")
        yield made


def reminders(desk: Office) -> list[Sent]:
    return [one for one in desk.sent if "Nothing said for" in str(one.mail["Subject"])]


def said(desk: Office, words: str) -> None:
    to_desk(desk, f"#incident {words}")
    to_desk(desk, "send", answers=asks(desk))


def begun(sent: Sent, step: str) -> str:
    """Return the mail that the link of that step begins."""
    html = sent.mail.get_body(("html",))
    assert html is not None
    links = re.findall(r'href="mailto:[^"?]*[?]([^"]*)"', html.get_content())
    [body] = [parse_qs(unescape(one))["body"][0] for one in links if f"%20{step}" in one]
    return body


class TestWhen:
    def test_once_a_day_of_silence_in_opening_hours(self, desk: Office) -> None:
        desk.let_pass(DAY - timedelta(minutes=10))
        assert reminders(desk) == []
        desk.let_pass(timedelta(days=7))
        assert [f"{one.at:%a}" for one in reminders(desk)] == ["Tue", "Wed", "Thu", "Fri", "Mon", "Tue"]

    def test_a_word_of_ours_begins_the_day_anew(self, desk: Office) -> None:
        desk.let_pass(DAY - timedelta(hours=1))
        said(desk, "update The carrier works on it.")
        desk.let_pass(DAY - timedelta(hours=1))
        assert reminders(desk) == []
        desk.let_pass(timedelta(hours=2))
        assert len(reminders(desk)) == 1

    def test_a_ticket_that_comes_to_it_is_no_word_of_ours(self, desk: Office) -> None:
        desk.let_pass(DAY - timedelta(hours=1))
        wrote(desk, SARA, "Bei uns gehen keine Anrufe nach draußen, niemand kann telefonieren.")
        said(desk, "add 1003")
        assert desk.one("SELECT count(*) FROM ticket WHERE incident = 1") == 3
        desk.let_pass(timedelta(hours=1))
        [one] = reminders(desk)
        assert "3 tickets of 3 customers wait on it." in " ".join(one.text.split())

    def test_nothing_more_once_it_is_over(self, desk: Office) -> None:
        said(desk, "open Voicemail is late")
        desk.let_pass(DAY)
        assert sorted(str(one.mail["Subject"])[:34] for one in reminders(desk)) == [
            "Nothing said for 1 day: incident 1",
            "Nothing said for 1 day: incident 2",
        ]
        desk.do(verb="incident", step="resolve", incident=2, confirmed=True)
        desk.let_pass(DAY)
        assert [str(one.mail["Subject"])[:35] for one in reminders(desk)[2:]] == ["Nothing said for 2 days: incident 1"]
        desk.do(verb="incident", step="resolve", incident=1, confirmed=True)
        desk.let_pass(3 * DAY)
        assert len(reminders(desk)) == 3

    @pytest.mark.parametrize(
        ("site", "also"), [("", ""), ('[site]\nfolder = "site"', ", but your status page goes on telling of it")]
    )
    def test_also_where_nobody_waits_any_more(self, tmp_path: Path, site: str, also: str) -> None:
        with desk_of(tmp_path, site) as desk:
            wrote(desk, JANE)
            opened(desk, "#incident open #1001 Outgoing calls fail")
            desk.do(verb="close", ticket=1001)
            desk.let_pass(DAY)
            [one] = reminders(desk)
            assert f"No open ticket waits on it{also}. Reply with" in " ".join(one.text.split())

    def test_a_desk_that_stood_still_for_days_sends_one(self, desk: Office) -> None:
        desk.now += 3 * DAY
        desk.let_pass(timedelta(hours=1))
        assert len(reminders(desk)) == 1


class TestWhatItSays:
    def test_which_since_when_last_said_who_waits_and_what_to_answer(self, desk: Office) -> None:
        desk.let_pass(timedelta(hours=2))
        said(desk, "update The carrier works on it.")
        desk.let_pass(DAY)
        [one] = reminders(desk)
        assert one.recipient == TEAM_BOX
        assert one.mail["Subject"] == "Nothing said for 1 day: incident 1, Outgoing calls fail"
        text = " ".join(one.text.split())
        assert "It is open since Mon, Nov 23, 10:03 AM." in text
        assert "The last word to all was on Mon, Nov 23, 12:06 PM, by Dana Ortiz." in text
        assert "2 tickets of 2 customers wait on it." in text
        assert "“#incident 1 update” and what is new, or with “#incident 1 resolve” if it is over" in text

    def test_it_stands_in_the_thread_of_the_first_notice_with_nothing_of_any_customers(self, desk: Office) -> None:
        desk.let_pass(DAY)
        [first] = [one for one in desk.notices if "is open: 2 people are told" in " ".join(one.text.split())]
        [one] = reminders(desk)
        assert one.mail["References"] == first.mail["References"] == "<incident.1@harborvoice.example>"
        for word in (b"jane", b"acme", b"bolt", b"this morning"):
            assert word not in one.raw.lower()

    @pytest.mark.parametrize(("reader", "by_link"), [(DANA, False), (TEAM_BOX, True)], ids=["reply", "link"])
    def test_an_agents_answer_ends_the_one_that_it_names(self, tmp_path: Path, reader: str, *, by_link: bool) -> None:
        with office(tmp_path, rules=WITH_PAGE.replace(TEAM_BOX, reader) + NO_RADAR + TEAM + CUSTOMERS) as desk:
            wrote(desk, JANE)
            opened(desk)
            said(desk, "open Voicemail is late")
            desk.let_pass(DAY)
            one, other = sorted(reminders(desk), key=lambda sent: str(sent.mail["Subject"]))
            assert "incident 2, Voicemail" in str(other.mail["Subject"])
            if reader == DANA:
                [told_her] = [sent for sent in desk.sent if "incident 1, “Outgoing" in " ".join(sent.text.split())]
                assert one.mail["References"] in told_her.mail["References"], (
                    "who reads the notices alone gets no other"
                )
            to_desk(desk, begun(one, "resolve") if by_link else "#incident 1 resolve", answers=None if by_link else one)
            assert "it would end incident 1" in " ".join(asks(desk).text.split())
            to_desk(desk, "send", answers=asks(desk))
            assert desk.rows("SELECT resolved_at IS NOT NULL FROM incident") == [(1,), (0,)]

    def test_where_nobody_is_told_by_notices_it_goes_to_who_acts_for_all(self, tmp_path: Path) -> None:
        silent = WITH_PAGE.replace(f'"{TEAM_BOX}"', "")
        more = '[[agent]]\nid = "eve"\nname = "Eve"\naddresses = ["eve@harborvoice.example"]\ntenants = ["acme"]\n'
        with office(tmp_path, rules=silent + NO_RADAR + TEAM + CUSTOMERS + more) as desk:
            wrote(desk, JANE)
            opened(desk)
            desk.let_pass(DAY)
            assert [one.recipient for one in reminders(desk)] == [DANA]
