"""What "ok" to a page does: it stops that page, tells the customer once, and does nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mailbot.store.packing import decompress
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_pages import DOWN, MINUTES, RAJ, ROTA, TEAM, pages, steps
from tests.service.test_relays import DANA, JANE, asked, questions, relays, reply, to_customer
from tests.service.test_together import BOB

PLUS = '[relay]\nhost = "relay.example"\nplus_addressing = "yes"\n'
GATEWAY = "5550190@sms.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as opened:
        yield opened


def paged(desk: Office, text: str = DOWN, sender: str = JANE, **more: str) -> tuple[int, Sent]:
    """Return the ticket of an outage, and the page about it to Dana's telephone, three minutes later."""
    ticket = asked(desk, sender, text, **more)
    desk.let_pass(3 * MINUTES)
    return ticket, text_messages(desk)[-1]


def text_messages(desk: Office) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == GATEWAY]


def answer(page: Sent, text: str, sender: str = GATEWAY, *, verdict: str = "", fields: tuple[str, ...] = ()) -> bytes:
    """Return a reply to a page, from a gateway of which nothing is proven unless another sender is given."""
    return mail(
        sender,
        text,
        subject=f"Re: {page.mail['Subject']}",
        verdict=verdict,
        message_id=f"r{abs(hash((text, sender)))}@sms.example",
        fields=(f"In-Reply-To: <{page.message_id}>", *fields),
    )


def told(desk: Office, address: str = "jane@acme-dental.example") -> list[Sent]:
    """Return what told a customer that it was seen."""
    seen = [sent for sent in desk.sent if sent.recipient == address and "has seen your message" in sent.text]
    assert all(one.mail["Auto-Submitted"] == "auto-generated" for one in seen)
    return seen


def seen_by(desk: Office, ticket: int) -> str:
    return str(desk.one("SELECT seen_by FROM ticket WHERE id = ?", ticket))


@pytest.mark.parametrize(
    "words",
    [
        "ok",
        "OK.",
        "Okay!",
        "ok \U0001f44d",
        "\U0001f44d",
        "seen",
        "ok\n\nSent from my iPhone",
        "ok\n\n> Acme Dental: phones are down. Call +1 212 555 0142",
        "OK\n\nOn Sun, Nov 22, 2026 at 0:02 Harbor Voice wrote:\n> Acme Dental: phones are down",
        "ok\n-- \nDana Ortiz\nHarbor Voice",
    ],
)
def test_ok_stops_the_page_from_whatever_address_it_comes(desk: Office, words: str) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, words))
    desk.let_pass(timedelta(hours=2))
    assert pages(desk) == ["dana/1 0", "dana/2 3"]
    assert seen_by(desk, ticket) == "dana"
    assert "Dana has seen this" in desk.one("SELECT group_concat(text) FROM entry WHERE author = 'dana'")
    assert len(told(desk)) == 1
    assert to_customer(desk) == []
    assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == ""
    assert desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket) is None


@pytest.mark.parametrize("verdict", ["none", "fail"])
def test_it_needs_no_proof_of_who_it_is_from(desk: Office, verdict: str) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "ok", f"Dana <{DANA}>", verdict=verdict))
    assert seen_by(desk, ticket) == "dana"


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        # Exchange asks for no automatic answers; and a program may have the support address as one of its own.
        (GATEWAY, ("X-Auto-Response-Suppress: All",)),
        (f"Harbor Voice <{SUPPORT}>", ()),
    ],
)
def test_what_people_type_in_odd_programs_is_an_ok(desk: Office, sender: str, fields: tuple[str, ...]) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "ok", sender, fields=fields))
    assert seen_by(desk, ticket) == "dana"


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("ok?", ()),
        ("ok, who takes it?", ()),
        ("Your message was delivered.", ()),
        ("ok", ("Auto-Submitted: auto-replied",)),
        ("I am out of the office until Monday.", ("Auto-Submitted: auto-replied",)),
        ("", ()),
    ],
)
def test_what_is_no_ok_stops_nothing(desk: Office, words: str, fields: tuple[str, ...]) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, words, fields=fields))
    desk.let_pass(30 * MINUTES)
    assert pages(desk) == ["dana/1 0", "dana/2 3", "bob/1 10"]
    assert (seen_by(desk, ticket), told(desk), to_customer(desk)) == ("", [], [])


def test_a_page_of_several_is_seen_as_a_whole(desk: Office) -> None:
    first = asked(desk, text=DOWN)
    second, page = paged(desk, sender=RAJ, message_id="r@bolt.example")
    assert page.text.startswith("2 outages: ")
    desk.receive(answer(page, "ok"))
    assert [seen_by(desk, one) for one in (first, second)] == ["dana", "dana"]
    assert len(told(desk)) == len(told(desk, "raj@bolt.example")) == 1
    desk.let_pass(timedelta(hours=1))
    assert not any(one.startswith("bob") for one in pages(desk))


def test_it_stops_that_page_and_none_that_came_later(desk: Office) -> None:
    first, page = paged(desk)
    desk.let_pass(MINUTES)
    second = asked(desk, RAJ, DOWN, message_id="r@bolt.example")
    desk.receive(answer(page, "ok"))
    assert (seen_by(desk, first), seen_by(desk, second)) == ("dana", "")
    desk.let_pass(20 * MINUTES)
    assert pages(desk)[-1] == "bob/1 14"


def test_what_became_another_customers_is_seen_by_nobody_who_may_not_act_for_that_one(tmp_path: Path) -> None:
    team = TEAM.replace('"dana@harborvoice.example"]\n', '"dana@harborvoice.example"]\ntenants = ["acme"]\n')
    with office(tmp_path, rules=RULES + team + ROTA, at=CLOSED_AT) as desk:
        ticket, page = paged(desk)
        desk.do(verb="set", ticket=ticket, tenant="bolt", confirmed=True)
        desk.receive(answer(page, "ok"))
        assert (seen_by(desk, ticket), told(desk)) == ("", [])


def test_what_is_asked_after_an_answer_is_not_seen_by_an_older_ok(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(reply(relays(desk)[0], "We are on it."))
    desk.let_pass(60 * MINUTES)
    fields = ("In-Reply-To: <q1@acme-dental.example>",)
    desk.receive(mail(JANE, DOWN, fields=fields, message_id="again@acme-dental.example"))
    desk.let_pass(MINUTES)
    desk.receive(answer(page, "ok"))
    assert seen_by(desk, ticket) == ""
    desk.let_pass(2 * MINUTES)
    desk.receive(answer(text_messages(desk)[-1], "okay"))
    assert seen_by(desk, ticket) == "dana"


@pytest.mark.parametrize("days", [6, 9])
def test_a_page_that_is_too_old_does_nothing(desk: Office, days: int) -> None:
    ticket, page = paged(desk)
    desk.let_pass(timedelta(days=days))
    desk.receive(answer(page, "ok"))
    assert seen_by(desk, ticket) == ("dana" if days == 6 else "")
    assert len(desk.rows("SELECT id FROM ticket")) == 1


def test_an_altered_token_does_nothing(desk: Office) -> None:
    ticket, page = paged(desk)
    head, _, rest = page.message_id.partition(".")
    altered = ("a" if head[-9] != "a" else "b").join((head[:-9], head[-8:]))
    page.mail.replace_header("Message-ID", f"<{altered}.{rest}>")
    desk.receive(answer(page, "ok"))
    assert (seen_by(desk, ticket), len(desk.rows("SELECT id FROM ticket"))) == ("", 1)


def test_other_words_are_a_note_of_the_ticket(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "Driving, back at my desk in ten minutes"))
    [(kind, flags)] = desk.rows("SELECT kind, flags FROM entry WHERE ticket_id = ? AND text LIKE 'Driving%'", ticket)
    assert (kind, flags) == ("note", '["unverified"]')
    assert (seen_by(desk, ticket), to_customer(desk), told(desk)) == ("", [], [])


def test_words_below_an_ok_are_a_note_as_well(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "ok\nI call her from the car."))
    assert seen_by(desk, ticket) == "dana"
    assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'note'", ticket) == 1
    assert to_customer(desk) == []


def test_words_below_a_forged_ok_are_no_note(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "ok\nThe customer is to pay to another account.", f"Dana <{DANA}>", verdict="fail"))
    assert seen_by(desk, ticket) == "dana"
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note'") == 0


def test_of_several_other_words_are_told_back(desk: Office) -> None:
    asked(desk, text=DOWN)
    _, page = paged(desk, sender=RAJ, message_id="r@bolt.example")
    desk.receive(answer(page, "Which one first?"))
    told_back = [sent for sent in desk.sent if sent.recipient == DANA][-1].text
    assert "a reply to a page says what to do with which number" in " ".join(told_back.split())
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note'") == 0


def test_its_reader_can_order_by_number_as_in_any_list(desk: Office) -> None:
    first = asked(desk, text=DOWN)
    second, page = paged(desk, sender=RAJ, message_id="r@bolt.example")
    desk.receive(answer(page, "2 take\n1 ok", f"Dana <{DANA}>", verdict="pass"))
    taken = [desk.one("SELECT assignee FROM ticket WHERE id = ?", one) for one in (first, second)]
    assert sorted(taken) == ["", "dana"]
    assert seen_by(desk, first if taken[0] == "" else second) == "dana"


def test_from_elsewhere_orders_are_asked_about(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "1 take"))
    assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == ""
    assert questions(desk)[-1].recipient == DANA


def test_from_elsewhere_an_answer_waits_for_a_yes_with_its_file(desk: Office) -> None:
    _, page = paged(desk)
    body = (
        "--=_b\nContent-Type: text/plain\n\n1 answer\nPlease restart the router as shown.\n"
        "--=_b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=router.pdf\n\n"
        "%PDF-1.4 how\n--=_b--\n"
    )
    kind = ("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=_b"')
    desk.receive(answer(page, body, fields=kind))
    assert to_customer(desk) == []
    desk.receive(reply(questions(desk)[-1], "yes"))
    while desk.processor.step():
        desk.deliver()
    [sent] = to_customer(desk)
    assert "restart the router" in sent.text
    assert [one.get_filename() for one in sent.mail.iter_attachments()] == ["router.pdf"]
    assert GATEWAY.encode() not in sent.raw


@pytest.mark.parametrize("plus", ["", PLUS])
def test_the_link_in_a_page_says_ok(tmp_path: Path, plus: str) -> None:
    with office(tmp_path, rules=RULES + TEAM + ROTA + plus, at=CLOSED_AT) as desk:
        ticket = asked(desk, text=DOWN)
        [(packed,)] = desk.rows("SELECT packed FROM outbox WHERE audience = 'pager'")
        link = urlsplit(json.loads(decompress(packed))["ok"])
        said = parse_qs(link.query)
        desk.receive(
            mail(
                GATEWAY,
                said["body"][0],
                subject=said["subject"][0],
                verdict="",
                replaces={"To": link.path.replace("%2B", "+")},
                message_id="tapped@sms.example",
            )
        )
        assert seen_by(desk, ticket) == "dana"
        assert (link.path == SUPPORT) is not bool(plus)


class TestTheRelay:
    def test_ok_is_a_command_and_a_link_out_of_hours(self, desk: Office) -> None:
        ticket = asked(desk, text=DOWN)
        assert ">OK</a>" in str(relays(desk)[0].mail.get_body(("html",)))
        desk.receive(reply(relays(desk)[0], "#ok"))
        desk.let_pass(timedelta(hours=1))
        assert (seen_by(desk, ticket), pages(desk)) == ("dana", ["dana/1 0"])
        assert len(told(desk)) == 1
        assert to_customer(desk) == []

    def test_in_hours_there_is_no_such_link(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + ROTA, at=OPEN_AT) as desk:
            asked(desk, text=DOWN)
            assert ">OK</a>" not in str(relays(desk)[0].mail.get_body(("html",)))

    @pytest.mark.parametrize("words", ["ok", "OK.", "Seen"])
    def test_a_bare_ok_is_asked_about(self, desk: Office, words: str) -> None:
        ticket = asked(desk, text=DOWN)
        desk.receive(reply(relays(desk)[0], words))
        assert to_customer(desk) == []
        assert "command" in questions(desk)[-1].text
        question = questions(desk)[-1]
        desk.receive(reply(question, "command"))
        while desk.processor.step():
            desk.deliver()
        assert (seen_by(desk, ticket), to_customer(desk)) == ("dana", [])

    def test_to_anything_less_it_is_an_answer(self, desk: Office) -> None:
        asked(desk)
        desk.let_pass(timedelta(days=2))
        desk.receive(reply(relays(desk)[-1], "Ok, done."))
        assert len(to_customer(desk)) == 1

    def test_about_what_nobody_is_called_for_it_says_so(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.receive(reply(relays(desk)[0], "#take"))
        desk.receive(reply(relays(desk)[0], "#ok"))
        assert "nobody is called about" in [sent for sent in desk.sent if sent.recipient == DANA][-1].text
        assert told(desk) == []

    def test_it_cannot_be_taken_back(self, desk: Office) -> None:
        ticket = asked(desk, text=DOWN)
        desk.receive(reply(relays(desk)[0], "#ok"))
        desk.receive(reply(relays(desk)[0], "#undo"))
        assert seen_by(desk, ticket) == "dana"


class TestTheCustomer:
    def test_is_told_once_until_he_asks_again(self, desk: Office) -> None:
        _, page = paged(desk)
        for words in ("ok", "okay", "seen"):
            desk.receive(answer(page, words))
        assert len(told(desk)) == 1
        text = told(desk)[0].text
        assert "Dana has seen your message" in text
        assert "+1 212 555 0111" in text
        assert "phones" not in text
        assert "Jane" not in text

    def test_is_told_once_for_two_tickets_of_an_outage(self, tmp_path: Path) -> None:
        """Also where an address may get more automatic mails in a day."""
        with office(tmp_path, rules=f"{RULES}{TEAM}{ROTA}[answers]\nper_address_a_day = 9\n", at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            again = "We cannot make any calls, nothing works!"
            second, page = paged(desk, text=again, message_id="other@acme-dental.example")
            desk.receive(answer(page, "ok"))
            assert (seen_by(desk, second), len(told(desk))) == ("dana", 1)

    def test_what_tells_it_counts_for_the_mails_of_a_day(self, desk: Office) -> None:
        _, page = paged(desk)
        desk.receive(answer(page, "ok"))
        for number in range(4):
            asked(desk, text="How do I change the music?", subject=f"Music {number}", message_id=f"m{number}@a.example")
        automatic = [one for one in desk.sent if one.recipient.startswith("jane@") and one.mail["Auto-Submitted"]]
        assert len(automatic) == 3

    def test_gets_nothing_where_no_automatic_mail_may_go(self, desk: Office) -> None:
        """Somebody of whom nothing is known or proven got no answer either."""
        _, page = paged(desk, sender="Sam <sam@harbor.example>", verdict="", message_id="s@harbor.example")
        desk.receive(answer(page, "ok"))
        assert desk.rows("SELECT seen_by FROM ticket") == [("dana",)]
        assert told(desk, "sam@harbor.example") == []

    def test_gets_nothing_where_it_may_be_forged(self, desk: Office) -> None:
        ticket, page = paged(desk, verdict="fail")
        desk.receive(answer(page, "ok"))
        assert seen_by(desk, ticket) == "dana"
        assert told(desk) == []

    def test_gets_nothing_that_a_lost_log_may_have_sent(self, desk: Office) -> None:
        ticket, page = paged(desk)
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now)
        desk.receive(answer(page, "ok"))
        assert (seen_by(desk, ticket), told(desk)) == ("dana", [])

    def test_waits_for_a_release_as_all_answers_do(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + ROTA + '[answers]\noutgoing = "hold"\n', at=CLOSED_AT) as desk:
            _, page = paged(desk)
            desk.receive(answer(page, "ok"))
            assert told(desk) == []
            assert desk.one("SELECT state FROM outbox WHERE kind = 'seen'") == "held"
            desk.receive(reply(relays(desk)[0], "We are on it."))
            desk.let_pass(MINUTES)
            assert desk.one("SELECT state FROM outbox WHERE kind = 'seen'") == "dropped"

    def test_gets_no_more_than_may_go_to_an_address_in_a_day(self, desk: Office) -> None:
        for site in range(2):
            text = f"All our phones at site {site} are down, nobody can call us!"
            ticket = asked(desk, text=text, subject=f"Site {site}", message_id=f"s{site}@acme-dental.example")
            desk.do(verb="ok", ticket=ticket, agent="bob")
            desk.let_pass(40 * MINUTES)
        assert len([sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]) == 3
        assert len(told(desk)) == 1

    def test_is_not_told_late(self, desk: Office) -> None:
        _, page = paged(desk)
        desk.receive(answer(page, "ok"))
        left = desk.one("SELECT (julianday(expires_at) - julianday(created_at)) * 1440 FROM outbox WHERE kind = 'seen'")
        assert round(left) == 30

    def test_is_not_told_in_hours(self, desk: Office) -> None:
        ticket, page = paged(desk)
        desk.let_pass(OPEN_AT - desk.now)
        desk.receive(answer(page, "ok"))
        assert seen_by(desk, ticket) == "dana"
        assert told(desk) == []


class TestTheOthers:
    """Who was paged as well hears that it was seen, so that no two work at the same."""

    @staticmethod
    def told(desk: Office) -> list[tuple[str, str]]:
        rows = desk.rows("SELECT recipient, packed, audience FROM outbox WHERE kind = 'page-seen' ORDER BY id")
        return [
            (to, json.loads(decompress(packed))["text"] if audience == "pager" else "mail")
            for to, packed, audience in rows
        ]

    def test_hear_that_it_was_seen(self, desk: Office) -> None:
        _, page = paged(desk)
        desk.let_pass(9 * MINUTES)
        assert pages(desk)[-1] == "bob/1 10"
        desk.receive(answer(page, "ok"))
        desk.let_pass(MINUTES)
        assert self.told(desk) == [("bob/1", "Acme Dental: Dana has seen it")]

    def test_hear_that_another_has_it(self, desk: Office) -> None:
        paged(desk)
        desk.let_pass(9 * MINUTES)
        desk.receive(reply(relays(desk, BOB)[0], "We are on it.", sender=BOB))
        desk.let_pass(10 * MINUTES)
        assert self.told(desk) == [("dana/1", "Acme Dental: Bob has answered"), (GATEWAY, "mail")]

    def test_are_not_rung_by_what_is_done_hours_later(self, desk: Office) -> None:
        paged(desk)
        desk.let_pass(timedelta(hours=2))
        assert pages(desk)[-1] == "bob/1 10"
        desk.receive(reply(relays(desk, BOB)[0], "We are on it.", sender=BOB))
        desk.let_pass(10 * MINUTES)
        assert self.told(desk) == []

    def test_hear_of_two_of_which_they_have_one(self, desk: Office) -> None:
        first = asked(desk, text=DOWN)
        second, _ = paged(desk, sender=RAJ, message_id="r@bolt.example")
        desk.do(verb="ok", ticket=first, agent="dana")
        desk.do(verb="ok", ticket=second, agent="bob")
        desk.let_pass(MINUTES)
        assert sorted(self.told(desk)) == [(GATEWAY, "mail"), ("dana/1", "Acme Dental, Bolt Logistics: seen to")]

    def test_are_not_rung_by_what_was_done_in_the_morning(self, desk: Office) -> None:
        paged(desk)
        desk.let_pass(OPEN_AT - desk.now)
        desk.receive(reply(relays(desk, BOB)[0], "We are on it.", sender=BOB))
        desk.let_pass(10 * MINUTES)
        assert self.told(desk) == []

    def test_hear_nothing_while_one_of_several_is_called_about_anew(self, desk: Office) -> None:
        first = asked(desk, text=DOWN)
        second, _ = paged(desk, sender=RAJ, message_id="r@bolt.example")
        desk.receive(reply(relays(desk)[0], "We are on it."))
        desk.do(verb="assign", ticket=first, to="cleo")
        desk.let_pass(MINUTES)
        fields = ("In-Reply-To: <q1@acme-dental.example>",)
        desk.receive(mail(JANE, DOWN, fields=fields, message_id="again@acme-dental.example"))
        desk.let_pass(MINUTES)
        assert pages(desk)[-1] == "dana/1 4"
        desk.do(verb="ok", ticket=second, agent="bob")
        desk.let_pass(MINUTES)
        assert self.told(desk) == []
        desk.do(verb="ok", ticket=first, agent="bob")
        desk.let_pass(MINUTES)
        assert sorted(self.told(desk)) == [(GATEWAY, "mail"), ("dana/1", "Acme Dental, Bolt Logistics: seen to")]

    def test_a_receiver_that_ends_its_pages_hears_of_both(self, tmp_path: Path) -> None:
        duty = '[[agent.pager]]\nwebhook = "https://events.example/enqueue"\n'
        team = TEAM.replace('[[agent.pager]]\ncommand = ["true"]\n', duty)
        with office(tmp_path, rules=RULES + team + ROTA, at=CLOSED_AT) as desk:
            ticket, page = paged(desk)
            desk.receive(answer(page, "ok"))
            desk.let_pass(MINUTES)
            desk.receive(reply(relays(desk)[0], "We are on it."))
            desk.let_pass(MINUTES)
            rows = desk.rows("SELECT packed FROM outbox WHERE audience = 'pager' ORDER BY id")
            said = [json.loads(decompress(packed)) for (packed,) in rows]
            assert [(one["kind"], one["over"]) for one in said] == [("outage", False), ("seen", False), ("seen", True)]
            assert len({one["key"] for one in said}) == 1
            assert seen_by(desk, ticket) == "dana"

    def test_the_list_says_who_has_seen_it(self, desk: Office) -> None:
        _, page = paged(desk)
        desk.receive(answer(page, "ok"))
        desk.receive(mail(f"Bob <{BOB}>", "#open", message_id="list@harborvoice.example"))
        assert "Dana has seen it" in [sent for sent in desk.sent if sent.recipient == BOB][-1].text


def test_each_step_stands_in_the_log(desk: Office) -> None:
    ticket, page = paged(desk)
    desk.receive(answer(page, "ok"))
    assert steps(desk, ticket)[-1] == "the customer is told that Dana has seen it"
