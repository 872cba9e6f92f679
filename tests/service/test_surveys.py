"""Satisfaction: who is asked when a ticket has ended, what counts as a vote, and who hears of a bad one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailbot.store import changes
from mailbot.store.projection import rebuild_projection
from tests.servers.commands import run
from tests.service.office import OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_relays import DANA, asked, relays, reply
from tests.service.test_together import BOB, TEAM

JANE = "Jane Roe <jane@acme-dental.example>"
SURVEY = '[survey]\n[relay]\nhost = "smtp.harborvoice.example"\nplus_addressing = "yes"\n'
STRANGER = "Mal <mal@elsewhere.example>"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + SURVEY) as opened:
        yield opened


def surveys(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if "How satisfied are you" in str(sent.mail["Subject"])]


def solved(desk: Office, words: str = "#close\nIt is done.", **question: str) -> int:
    """Return the number of a ticket that Dana answered and closed."""
    ticket = asked(desk, **question)
    desk.receive(reply(relays(desk)[-1], words))
    return ticket


class TestAsking:
    def test_who_was_answered_is_asked_once_an_hour_after_the_end(self, desk: Office) -> None:
        ticket = solved(desk)
        desk.let_pass(3 * DAY)
        [one] = surveys(desk)
        assert one.at == OPEN_AT + HOUR
        assert (one.recipient, one.reverse_path) == ("jane@acme-dental.example", "")
        assert str(one.mail["Auto-Submitted"]) == "auto-generated"
        assert "q1@acme-dental.example" in str(one.mail["References"])
        words = " ".join(one.text.split())
        assert "On a scale of 1 to 5, how satisfied are you with how we solved this?" in words
        html = one.mail.get_body(("html",))
        assert html is not None
        token = one.message_id.partition(".")[0]
        links = [urlsplit(unescape(one)) for one in re.findall(r'href="(mailto:[^"]*)"', str(html.get_content()))]
        assert {unquote(link.path) for link in links} == {f"support+{token}@harborvoice.example"}
        subject = str(one.mail["Subject"])
        assert [parse_qs(link.query) for link in links] == [
            {"subject": [f"Re: {subject} {mark}"], "body": [f"{mark}"]} for mark in range(1, 6)
        ]
        assert desk.one("SELECT surveyed_at FROM ticket WHERE id = ?", ticket) is not None

    def test_who_waits_in_an_outage_is_asked_once_it_is_answered(self, desk: Office) -> None:
        solved(desk)
        other = asked(desk, "Jane Roe <jane@acme-dental.example>", "All phones are down.", message_id="q2@x.example")
        desk.let_pass(2 * HOUR)
        assert surveys(desk) == []
        desk.receive(reply(relays(desk)[-1], "It is done."))
        desk.let_pass(DAY)
        [one] = surveys(desk)
        assert f"[{other}]" not in str(one.mail["Subject"])

    def test_it_is_in_the_language_of_its_reader_and_says_nothing_of_hers(self, tmp_path: Path) -> None:
        rules = (RULES + TEAM + SURVEY).replace('id = "acme"\n', 'id = "acme"\nlanguage = "de"\n')
        with office(tmp_path, rules=rules) as desk:
            solved(desk, subject="Zauberwort")
            desk.let_pass(DAY)
            [one] = [sent for sent in desk.sent if "zufrieden" in str(sent.mail["Subject"])]
            assert b"Zauberwort" not in one.raw
            assert b"Jane" not in one.raw

    @pytest.mark.parametrize("how", ["silence", "thanks"])
    def test_so_is_who_said_no_more_or_thanks(self, desk: Office, how: str) -> None:
        asked(desk)
        desk.receive(reply(relays(desk)[0], "It is done."))
        if how == "thanks":
            refers = ("In-Reply-To: <q1@acme-dental.example>",)
            desk.receive(mail(JANE, "Thanks!", subject="Re: A question", fields=refers, message_id="t@x.y"))
        desk.let_pass(10 * DAY)
        assert desk.one("SELECT state FROM ticket") == "closed"
        assert len(surveys(desk)) == 1

    def test_the_same_person_has_a_rest(self, desk: Office) -> None:
        solved(desk)
        desk.let_pass(DAY)
        solved(desk, message_id="m2@acme-dental.example", subject="Another question")
        solved(desk, sender="Bea <bea@acme-dental.example>", message_id="m3@acme-dental.example", subject="A third")
        desk.let_pass(DAY)
        assert [one.recipient for one in surveys(desk)] == ["jane@acme-dental.example", "bea@acme-dental.example"]
        desk.now = OPEN_AT + 35 * DAY
        desk.let_pass(HOUR)
        solved(desk, message_id="m4@acme-dental.example", subject="A fourth")
        desk.let_pass(DAY)
        assert len(surveys(desk)) == 3

    @pytest.mark.parametrize(
        ("sender", "verdict", "times"), [(JANE, "pass", 1), (STRANGER, "pass", 1), (STRANGER, "", 0)]
    )
    def test_of_what_an_article_solved_whoever_is_proven_or_known_is_asked(
        self, desk: Office, sender: str, verdict: str, times: int
    ) -> None:
        ticket = asked(desk, sender, verdict=verdict)
        close = partial(changes.close, author="mailbot", reason="an article solved it", now=desk.now)
        desk.here.database.writer.write(lambda conn: close(conn, ticket, solved_by="music"))
        desk.let_pass(DAY)
        assert len(surveys(desk)) == times

    @pytest.mark.parametrize("why", ["reopened", "failed", "ours", "restored", "late"])
    def test_who_is_not_asked(self, desk: Office, why: str) -> None:
        if why == "ours":
            ticket = 1001
            line = "#new for jane@acme-dental.example"
            desk.do(verb="new", line=line, subject="It moves", text="On Friday.", agent="dana", confirmed=True)
        else:
            ticket = asked(desk, verdict="fail" if why == "failed" else "pass")
        desk.answer(ticket)
        desk.do(verb="close", ticket=ticket)
        if why == "reopened":
            desk.let_pass(HOUR / 2)
            desk.do(verb="reopen", ticket=ticket)
        if why == "restored":
            desk.here.desk = replace(desk.here.desk, restored_at=desk.now + 2 * HOUR)
        if why == "late":
            desk.now += 4 * DAY
        desk.let_pass(3 * DAY)
        assert surveys(desk) == []

    def test_what_ends_anew_after_a_restore_may_have_been_asked_about_in_the_log_that_was_lost(
        self, desk: Office
    ) -> None:
        ticket = asked(desk)
        desk.answer(ticket)
        desk.let_pass(DAY)
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now)
        desk.let_pass(HOUR)
        desk.do(verb="close", ticket=ticket)
        desk.let_pass(DAY)
        assert surveys(desk) == []
        later = asked(desk, message_id="later@acme-dental.example")
        desk.answer(later)
        desk.do(verb="close", ticket=later)
        desk.let_pass(DAY)
        assert len(surveys(desk)) == 1

    def test_a_ticket_that_ends_twice_is_asked_about_once(self, desk: Office) -> None:
        ticket = solved(desk)
        desk.let_pass(DAY)
        desk.do(verb="reopen", ticket=ticket)
        desk.answer(ticket)
        desk.do(verb="close", ticket=ticket)
        desk.let_pass(3 * DAY)
        assert len(surveys(desk)) == 1

    def test_it_counts_among_the_automatic_mails_of_a_day(self, tmp_path: Path) -> None:
        rules = (RULES + TEAM + SURVEY).replace("[survey]\n", '[survey]\nrest = "0s"\n')
        with office(tmp_path, rules=rules) as desk:
            for number in range(3):
                solved(desk, message_id=f"m{number}@acme-dental.example", subject=f"Question {number}")
            desk.let_pass(HOUR)
            assert surveys(desk) == [], "three receipts went to her today"
            desk.let_pass(2 * DAY)
            assert len(surveys(desk)) == 3

    def test_a_hold_holds_it(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + SURVEY + '[answers]\noutgoing = "hold"\n') as desk:
            solved(desk)
            desk.let_pass(DAY)
            assert surveys(desk) == []
            assert desk.one("SELECT state FROM outbox WHERE kind = 'survey'") == "held"

    def test_the_log_makes_the_same_row_again(self, desk: Office) -> None:
        solved(desk)
        desk.let_pass(DAY)
        before = desk.rows("SELECT * FROM ticket")
        desk.here.database.writer.write(rebuild_projection)
        assert desk.rows("SELECT * FROM ticket") == before
        desk.here.database.writer.write(
            lambda conn: changes.remark(conn, 1001, author="mailbot", reason="looked at", now=desk.now)
        )
        desk.let_pass(DAY)
        assert len(surveys(desk)) == 1


def surveyed(desk: Office, **question: str) -> Sent:
    """Return the survey about a ticket that was answered and closed."""
    solved(desk, **question)
    desk.let_pass(HOUR)
    return surveys(desk)[-1]


def vote(survey: Sent, text: str, *, tap: bool = False, sender: str = JANE, **more: Any) -> bytes:
    """Return a reply to the survey, or what one of its links begins."""
    fields = () if tap else (f"In-Reply-To: <{survey.message_id}>", f"References: <{survey.message_id}>")
    more.setdefault("message_id", f"{abs(hash((text, sender))):x}@acme-dental.example")
    to = str(survey.mail["Reply-To"] or survey.mail["From"])
    more["replaces"] = {"To": to} | more.get("replaces", {})
    return mail(
        sender, text, subject=f"Re: {survey.mail['Subject']}", fields=(*fields, *more.pop("fields", ())), **more
    )


def standing(desk: Office, ticket: int = 1001) -> tuple[Any, ...]:
    """Return the state of the ticket, its vote, and whether somebody waits for an answer."""
    [row] = desk.rows("SELECT state, vote, waiting_since IS NOT NULL FROM ticket WHERE id = ?", ticket)
    return row


class TestVoting:
    @pytest.mark.parametrize("tap", [True, False])
    def test_a_digit_counts_reopens_nothing_and_is_answered_by_nobody(self, desk: Office, *, tap: bool) -> None:
        survey = surveyed(desk)
        before = len(desk.sent)
        processed = desk.receive(vote(survey, "4", tap=tap))
        desk.let_pass(2 * DAY)
        assert processed.ticket == 1001
        assert standing(desk) == ("closed", 4, 0)
        assert [str(one.mail["Subject"]) for one in desk.sent[before:]] == []

    def test_so_it_does_where_no_address_with_a_token_reaches_us(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=(RULES + TEAM + SURVEY).replace('"yes"', '"no"')) as desk:
            survey = surveyed(desk)
            html = survey.mail.get_body(("html",))
            assert html is not None
            [link] = re.findall(r'href="([^"]*body=3[^"]*)"', str(html.get_content()))
            body = parse_qs(urlsplit(unescape(link)).query)["body"][0]
            assert survey.message_id.partition(".")[0] in body
            desk.receive(vote(survey, body, tap=True))
            assert standing(desk) == ("closed", 3, 0)

    def test_words_beside_it_are_told_with_others_and_kept(self, desk: Office) -> None:
        survey = surveyed(desk)
        assert "did not vote yet" in run(desk.log.parents[1], "show", "1001").out
        desk.receive(vote(survey, "5\n\nDana was great, and so quick."))
        desk.let_pass(HOUR)
        assert standing(desk) == ("closed", 5, 0)
        assert "voted 5 of 5" in run(desk.log.parents[1], "show", "1001").out
        [told] = [one for one in desk.notices if "how satisfied" in str(one.mail["Subject"])]
        assert "The vote is 5 of 5." in told.text
        assert "so quick" in told.text

    def test_the_first_counts_and_a_second_is_told(self, desk: Office) -> None:
        survey = surveyed(desk)
        desk.receive(vote(survey, "4"))
        desk.receive(vote(survey, "1", message_id="second@acme-dental.example"))
        desk.let_pass(HOUR)
        assert standing(desk) == ("closed", 4, 0)
        assert any("A second vote, 1 of 5, does not count; the first was 4." in one.text for one in desk.notices)
        assert not any("Not satisfied: " in str(one.mail["Subject"]) for one in desk.sent)

    @pytest.mark.parametrize("words", ["5 phones are broken", "5 - all our phones are dead"])
    def test_what_is_no_vote_is_a_reply_that_reopens(self, desk: Office, words: str) -> None:
        survey = surveyed(desk)
        desk.receive(vote(survey, words))
        assert standing(desk) == ("open", None, 1)
        desk.let_pass(0 * HOUR)
        assert words in relays(desk)[-1].text

    @pytest.mark.parametrize("words", ["1\nThe phones are still down", "4\nCan you call me?"])
    def test_a_vote_with_trouble_counts_and_goes_on_as_a_reply(self, desk: Office, words: str) -> None:
        survey = surveyed(desk)
        desk.receive(vote(survey, words))
        assert standing(desk) == ("open", int(words[0]), 1)

    def test_one_about_a_ticket_that_goes_on_as_another_which_is_open_counts_for_none(self, desk: Office) -> None:
        asked_about = solved(desk)
        desk.let_pass(DAY)
        [survey] = surveys(desk)
        other = asked(desk, message_id="other@acme-dental.example", subject="Another")
        desk.do(verb="merge", ticket=asked_about, into=str(other))
        fields = (f"In-Reply-To: <{survey.message_id}>",)
        desk.receive(mail(JANE, "4", subject="Re: hello", message_id="v@acme-dental.example", fields=fields))
        assert desk.rows("SELECT id, vote FROM ticket") == [(asked_about, None), (other, None)]
        assert "4" in relays(desk)[-1].text

    def test_the_log_makes_the_vote_again(self, desk: Office) -> None:
        desk.receive(vote(surveyed(desk), "4"))
        before = desk.rows("SELECT * FROM ticket")
        desk.here.database.writer.write(rebuild_projection)
        assert desk.rows("SELECT * FROM ticket") == before


class TestBadVotes:
    def alarms(self, desk: Office) -> list[Sent]:
        return [one for one in desk.sent if "Not satisfied: " in str(one.mail["Subject"])]

    @pytest.mark.parametrize("how", ["tap", "word"])
    def test_the_team_hears_at_once_and_opens_the_ticket_again(self, desk: Office, how: str) -> None:
        survey = surveyed(desk)
        desk.receive(vote(survey, "2\n\nIt took far too long."))
        desk.let_pass(timedelta(minutes=1))
        assert standing(desk) == ("closed", 2, 0)
        alarm = next(one for one in self.alarms(desk) if one.recipient == DANA)
        assert "Jane Roe at Acme Dental votes 2 of 5" in " ".join(alarm.text.split())
        assert "far too long" in alarm.text
        assert '"#show": it sends you their message' in " ".join(alarm.text.split())
        assert any("is not satisfied" in str(one.mail["Subject"]) for one in desk.notices)
        html = alarm.mail.get_body(("html",))
        assert html is not None
        [link] = re.findall(r'href="(mailto:[^"]*)"', str(html.get_content()))
        found = urlsplit(unescape(link))
        if how == "tap":
            body = parse_qs(found.query)["body"][0]
            raw = mail(f"Dana <{DANA}>", body, message_id="r@x.y", replaces={"To": unquote(found.path)})
        else:
            raw = reply(alarm, "Reopen.")
        before = len(desk.sent)
        desk.receive(raw)
        desk.let_pass(HOUR)
        assert standing(desk) == ("open", 2, 0)
        assert "jane@acme-dental.example" not in {one.recipient for one in desk.sent[before:]}
        [done] = [one for one in desk.sent[before:] if "What was done" in str(one.mail["Subject"])]
        assert (done.recipient, "#1001 is open again." in done.text) == (DANA, True)

    def test_show_in_reply_sends_their_message_to_be_answered(self, desk: Office) -> None:
        survey = surveyed(desk)
        desk.receive(vote(survey, "2\n\nIt took far too long."))
        desk.let_pass(timedelta(minutes=1))
        desk.receive(reply(next(one for one in self.alarms(desk) if one.recipient == DANA), "#show"))
        desk.let_pass(timedelta(minutes=1))
        shown = desk.sent[-1]
        assert (shown.recipient, "A reply to this mail goes to Jane Roe" in shown.text) == (DANA, True)
        assert ("far too long" in shown.text, "Answer by:" in shown.text) == (True, False)

    def test_who_votes_so_with_trouble_is_open_again_already(self, desk: Office) -> None:
        desk.receive(vote(surveyed(desk), "1\nIt still does not work."))
        desk.let_pass(HOUR)
        assert self.alarms(desk) == []
        assert standing(desk) == ("open", 1, 1)

    def test_only_who_may_act_for_the_customer_hears(self, desk: Office) -> None:
        desk.receive(
            vote(
                surveyed(desk, sender="Raj <raj@bolt.example>", message_id="b@bolt.example"),
                "1",
                sender="Raj <raj@bolt.example>",
            )
        )
        desk.let_pass(HOUR)
        assert {one.recipient for one in self.alarms(desk)} == {DANA, BOB}

    def test_it_stands_in_the_weekly_mail_with_their_words_and_a_way_to_open_it_again(self, desk: Office) -> None:
        desk.receive(vote(surveyed(desk), "2\n\nIt took far too long."))
        desk.let_pass(7 * DAY)
        [weekly] = [one for one in desk.sent if str(one.mail["Subject"]).startswith("Week ")]
        words = " ".join(weekly.text.split())
        assert "Satisfaction 2, 1 vote, 1 asked in the week" in words
        assert "#1001 Acme Dental: 2 of 5, on A question “It took far too long.” Reply: 1 reopen | why 1" in words
