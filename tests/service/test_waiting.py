"""A ticket that waits: the customer knows the day, its clocks stand still, and on the day it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.service.office import OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_orders import BOB, TEAM, column, told, words, write
from tests.service.test_relays import DANA, JANE, asked, relays, to_customer
from tests.service.test_together import handed

GERMAN = RULES.replace('name = "Acme Dental"\n', 'name = "Acme Dental"\nlanguage = "de"\n')


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def without_notify(rules: str) -> str:
    head, _, rest = rules.partition("[notify]")
    return head + "[" + rest.partition("\n[")[2]


def days(desk: Office) -> list[Sent]:
    """Return the mails that told Jane a day."""
    return [sent for sent in desk.answers if "in-reply-to" in sent.mail and "expect news" in str(sent.mail["Subject"])]


def due(desk: Office, ticket: int) -> datetime:
    return datetime.fromisoformat(column(desk, "response_due_at", ticket))


def again(text: str) -> bytes:
    fields = ("In-Reply-To: <q1@acme-dental.example>",)
    return mail(JANE, text, subject="Re: A question", message_id="q2@acme-dental.example", fields=fields)


class TestTheCustomer:
    def test_she_is_told_the_day_and_none_of_the_agents_words(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#wait the slow carrier in Ohio until 2 dec")
        [sent] = days(desk)
        said = words(sent)
        assert sent.recipient == "jane@acme-dental.example"
        assert "waiting for the carrier. We expect this to take until Wednesday, December 2." in said
        assert "Ohio" not in sent.raw.decode() + said

    def test_a_reason_that_is_none_of_the_usual_stays_with_us(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#wait dr miller's nerves until 2 dec")
        [sent] = days(desk)
        assert "miller" not in (sent.raw.decode() + words(sent)).lower()

    def test_she_reads_it_in_her_language(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=GERMAN + TEAM) as desk:
            asked(desk)
            write(desk, "#wait carrier until 2 dec")
            assert any("bis Mittwoch, 2. Dezember" in words(sent) for sent in desk.answers)

    def test_the_agents_own_words_bring_the_day_along(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#wait carrier until 2 dec\nThe carrier is looking into it.")
        [sent] = to_customer(desk)
        assert "The carrier is looking into it." in words(sent)
        assert "until Wednesday, December 2" in words(sent)
        html = sent.mail.get_body(("html",))
        assert html is not None
        assert "until Wednesday, December 2" in html.get_content()
        assert days(desk) == []

    @pytest.mark.parametrize("answer", ["", "\nThe carrier is looking into it."])
    def test_a_day_on_which_nobody_is_here_becomes_the_next_on_which_somebody_is(
        self, desk: Office, answer: str
    ) -> None:
        asked(desk)
        write(desk, f"#wait carrier until 12 dec{answer}")
        [sent] = to_customer(desk) if answer else days(desk)
        assert "until Monday, December 14" in words(sent)
        assert "December 12" not in words(sent) + str(sent.mail["Subject"])

    def test_words_that_are_a_note_bring_none_along(self, desk: Office) -> None:
        """They answer a mail of ours that is no relay, so that she does not get them."""
        asked(desk)
        write(desk, "Hello Jane, soon.")
        desk.let_pass(timedelta(0))
        told_bob = relays(desk, BOB)[-1]
        assert "answered" in told_bob.text
        fields = (f"In-Reply-To: <{told_bob.message_id}>",)
        raw = mail(
            f"Bob <{BOB}>", "#wait carrier until 2 dec\nI called them.", fields=fields, message_id="n1@phone.example"
        )
        desk.receive(raw)
        assert len(days(desk)) == 1
        assert "called them" not in words(days(desk)[0])

    def test_the_agent_is_told_what_was_understood(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#wait carrier until 12 dec")
        [done] = told(desk, "What was done")
        assert f"#{ticket} waits for carrier until Sat, Dec 12" in words(done)
        assert "comes back on Mon, Dec 14, 9:00 AM, the day that the customer is told" in words(done)

    def test_whoever_got_her_question_in_copy_gets_the_day_as_the_answers(self, desk: Office) -> None:
        asked(desk, fields=("Cc: sam@acme-dental.example, pat@elsewhere.example",))
        write(desk, "#wait carrier until 2 dec")
        assert {sent.recipient for sent in days(desk)} == {"jane@acme-dental.example", "sam@acme-dental.example"}

    @pytest.mark.parametrize("words", ["", "\nWhich model is it?"])
    def test_she_is_told_no_day_where_it_waits_for_her(self, desk: Office, words: str) -> None:
        ticket = asked(desk)
        write(desk, f"#wait customer's reply until 2 dec{words}")
        assert [sent.text.strip() for sent in to_customer(desk)] == [words.strip()] * bool(words)
        assert days(desk) == []
        assert column(desk, "waits_until IS NOT NULL", ticket) == 1

    @pytest.mark.parametrize("reason", ["vendor response", "carrier's reply", "feedback from the technician"])
    def test_she_is_told_the_day_where_others_are_to_answer(self, desk: Office, reason: str) -> None:
        asked(desk)
        write(desk, f"#wait {reason} until 2 dec")
        assert len(days(desk)) == 1


class TestTheClock:
    def test_what_was_promised_moves_by_as_long_as_it_waits(self, desk: Office) -> None:
        """Four hours from Monday at ten; one minute of them is over when the wait begins."""
        ticket = asked(desk)
        desk.now += timedelta(hours=1)
        write(desk, "#wait carrier until 2 dec")
        assert due(desk, ticket) == datetime(2026, 12, 2, 14, 0, tzinfo=UTC) + timedelta(hours=3)

    def test_a_reply_ends_the_wait_and_what_was_left_runs_from_then_on(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += timedelta(hours=1)
        write(desk, "#wait carrier until 2 dec")
        desk.now = OPEN_AT + timedelta(days=1)
        desk.receive(again("Any news? It is urgent for us now."))
        assert column(desk, "waits_until", ticket) is None
        assert due(desk, ticket) == OPEN_AT + timedelta(days=1, hours=3)

    def test_thanks_for_the_day_end_no_wait(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#wait carrier until 2 dec\nThe carrier is looking into it.")
        desk.receive(again("Thank you!"))
        assert column(desk, "(waits_until IS NULL) || state", ticket) == "0open"

    @pytest.mark.parametrize("command", ["#close", "#reopen", "#undo"])
    def test_so_do_these(self, desk: Office, command: str) -> None:
        ticket = asked(desk)
        before = due(desk, ticket)
        write(desk, "#wait carrier until 2 dec")
        write(desk, command)
        assert column(desk, "waits_until", ticket) is None
        assert due(desk, ticket) - before <= timedelta(minutes=1)

    def test_a_severity_that_is_set_meanwhile_keeps_the_pause(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.now += timedelta(hours=1)
        write(desk, "#wait carrier until 2 dec")
        moved = due(desk, ticket)
        write(desk, "#severity high")
        write(desk, "#severity normal")
        assert due(desk, ticket) == moved


class TestTheDay:
    def test_it_comes_back_at_the_opening_to_whose_it_is(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#take\n#wait carrier until 2 dec")
        before = len(relays(desk))
        desk.let_pass(datetime(2026, 12, 2, 13, 59, tzinfo=UTC) - desk.now)
        assert column(desk, "waits_until IS NULL", ticket) == 0
        desk.let_pass(timedelta(minutes=10))
        assert column(desk, "waits_until IS NULL", ticket) == 1
        [relay] = relays(desk, DANA)[before:]
        assert "A reply to this mail goes to Jane Roe" in words(relay)
        assert any("It waited for carrier until today." in words(sent) for sent in desk.notices)

    def test_what_was_nobodys_comes_back_to_who_had_it_wait(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=without_notify(RULES) + TEAM) as desk:
            asked(desk)
            write(desk, "#wait carrier until 2 dec")
            before = len(relays(desk)), len(relays(desk, BOB))
            desk.let_pass(datetime(2026, 12, 2, 14, 10, tzinfo=UTC) - desk.now)
            assert (len(relays(desk)), len(relays(desk, BOB))) == (before[0] + 1, before[1])

    def test_what_is_nobodys_comes_back_to_all(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="wait", ticket=ticket, waits_for="carrier", until="2026-12-02")
        before = len(relays(desk)), len(relays(desk, BOB))
        desk.let_pass(datetime(2026, 12, 2, 14, 10, tzinfo=UTC) - desk.now)
        assert (len(relays(desk)), len(relays(desk, BOB))) == (before[0] + 1, before[1] + 1)

    def test_what_was_answered_and_is_of_an_agent_who_left_comes_back_to_who_is_there(self, tmp_path: Path) -> None:
        with office(tmp_path / "then", rules=RULES + TEAM) as desk:
            asked(desk)
            write(desk, "#wait carrier until 2 dec\nWe have asked the carrier.")
            before = len(handed(desk, BOB))
            without_dana = TEAM.replace('id = "dana"', 'id = "eva"').replace(DANA, "eva@harborvoice.example")
            with office(tmp_path / "now", rules=RULES + without_dana) as later:
                desk.here.desk = later.here.desk
            desk.let_pass(datetime(2026, 12, 2, 14, 10, tzinfo=UTC) - desk.now)
            assert (len(handed(desk, BOB)), len(handed(desk, "eva@harborvoice.example"))) == (before + 1, 1)

    def test_a_day_that_was_taken_back_brings_nothing(self, desk: Office) -> None:
        asked(desk)
        write(desk, "#wait carrier until 2 dec")
        write(desk, "#undo")
        desk.let_pass(timedelta(days=12))
        assert not any("It waited" in words(sent) for sent in desk.notices)
        [done] = told(desk, "What was done")[1:]
        assert "the mail that told the day has left and stays" in words(done)
