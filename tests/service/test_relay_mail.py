"""What an agent reads in a relay, and what a tap on its links does: everything he needs to answer from a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.service.office import CLOSED_AT, RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA, JANE, TEAM, asked, relays, reply, to_customer

PARTNER = 'dashboard = "https://pbx.harborvoice.example/{tenant}?from={address}"\n'
TENANTS = """
[[tenant]]
id = "cove"
name = "Cove Hotels"
addresses = ["kim@cove.example"]
callback_number = "+1 212 555 0170"
contact = "Kim"
dashboard = "https://cove.pbx.example/line/{phone}"
phone_numbers = ["(212) 555-0171"]
[playbook.outbound_calls]
steps = ["See [the phones](https://pbx.harborvoice.example/{tenant}/phones) first.", "Ask for a number."]
"""
PHONE = "\n\nSent from my iPhone"


@contextmanager
def opened(folder: Path, more: str = "", **kinds: object) -> Iterator[Office]:
    rules = RULES.replace("[partner]\n", f"[partner]\n{PARTNER}") + TEAM + TENANTS + more
    with office(folder, rules=rules, **kinds) as desk:  # type: ignore[arg-type]
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as one:
        yield one


def last(desk: Office, agent: str = DANA) -> Sent:
    return relays(desk, agent)[-1]


def plain(sent: Sent) -> str:
    """Return the text part in one run of words."""
    return " ".join(sent.text.split())


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._href = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs)["href"] or ""

    def handle_data(self, data: str) -> None:
        if self._href:
            self.found[data.strip()] = self._href
            self._href = ""


def html(sent: Sent) -> str:
    body = sent.mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def links(sent: Sent) -> dict[str, str]:
    """Return where the links of a mail lead, by their words."""
    return _Links(html(sent)).found


def tapped(sent: Sent, word: str, goes_on: str = "", *, above: str = "", verdict: str = "pass") -> bytes:
    """Return the new mail that a program begins on a tap, as the agent sends it; it refers to nothing."""
    link = urlsplit(links(sent)[word])
    fields = {name: values[0] for name, values in parse_qs(link.query).items()}
    first, _, below = fields["body"].replace("\r\n", "\n").partition("\n")
    return mail(
        f"Dana <{DANA}>",
        f"{above}{first}{goes_on}\n{below}{PHONE}",
        subject=fields["subject"],
        verdict=verdict,
        message_id=f"tap-{abs(hash((word, goes_on, above))):x}@phone.example",
        replaces={"To": unquote(link.path)},
    )


class TestWhatItSays:
    def test_the_words_stand_between_the_facts_and_what_can_be_done(self, desk: Office) -> None:
        asked(desk)
        text = plain(last(desk))
        order = [
            "A reply to this mail goes to Jane Roe",
            "Answer by:",
            "Customer: Acme Dental",
            "From:",
            "Ticket: 1001",
        ]
        order += ["> How do I change the music", "On the first line", "Only your own new words", "Ref: "]
        assert sorted(order, key=text.index) == order

    def test_its_sender_is_no_name_that_an_address_book_keeps_for_a_customer(self, desk: Office) -> None:
        asked(desk)
        assert last(desk).mail["From"] == f'"Jane Roe (Acme Dental) via Harbor Voice" <{SUPPORT}>'

    def test_the_promised_time_is_said_with_what_is_left_of_it(self, desk: Office) -> None:
        asked(desk)
        assert "Answer by: Mon, Nov 23, 2:00 PM, 4 hr left" in plain(last(desk))

    def test_what_is_overdue_is_said_plainly(self, tmp_path: Path) -> None:
        night = '\n[severity.normal]\nresponse = "1h"\nclock = "always"\n'
        with opened(tmp_path, night, at=CLOSED_AT) as desk:
            asked(desk)
            desk.let_pass(timedelta(days=3))
            assert "Overdue for 1 day 8 hr: was promised by Sun, Nov 22, 12:40 AM" in plain(last(desk))

    def test_what_one_of_us_answered_already_has_no_time_left(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(last(desk)))
        [answer] = to_customer(desk)
        again = mail(JANE, "Which format?", subject="Re: A question", fields=(f"In-Reply-To: <{answer.message_id}>",))
        desk.receive(again)
        desk.let_pass(timedelta(0))
        assert len(relays(desk)) == 2
        assert "Answer by" not in last(desk).text

    @pytest.mark.parametrize(("verdict", "said"), [("pass", ", verified"), ("", ", not verified")])
    def test_whether_the_sender_is_verified(self, desk: Office, verdict: str, said: str) -> None:
        asked(desk, verdict=verdict)
        text = plain(last(desk))
        assert f'From: "Jane Roe" <jane@acme-dental.example>{said}' in text
        assert ("at Acme Dental (not verified)." in text) is (not verdict)
        assert ("! Unverified" in text) is (not verdict)

    def test_each_file_is_named_once_with_its_size(self, desk: Office) -> None:
        lines = ["--b", "Content-Type: text/plain", "", "See the bill.", "--b", "Content-Type: application/pdf"]
        lines += ['Content-Disposition: attachment; filename="bill.pdf"', "", f"%PDF-{'x' * 3000}", "--b--"]
        asked(desk, text="\n".join(lines), fields=("Content-Type: multipart/mixed; boundary=b",))
        assert "Attached: bill.pdf (2 kB)" in plain(last(desk))
        assert last(desk).text.count("bill.pdf") == 1

    def test_all_whom_a_reply_reaches_are_named(self, desk: Office) -> None:
        """A second person at the same company, whom nobody let in yet, is not."""
        asked(desk)
        [receipt] = [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]
        second = mail(
            "Raj <raj@acme-dental.example>",
            "Me too.",
            fields=(f"In-Reply-To: <{receipt.message_id}>",),
            message_id="r@x",
        )
        desk.receive(second)
        desk.let_pass(timedelta(0))
        text = plain(last(desk))
        assert text.startswith("A reply to this mail goes to Jane Roe (jane@acme-dental.example) at Acme Dental.")
        assert "your answer does not reach them" in text


class TestTakeovers:
    def test_nothing_is_done_before_a_call_back(self, desk: Office) -> None:
        asked(desk, "Kim <kim@cove.example>", "Please set our PIN to 2580.\nCall me at +1 646 555 0177.", verdict="")
        told = plain(last(desk))
        assert '! This is about "PIN", and nothing proves who wrote it.' in told
        assert "called back on the number on file: +1 212 555 0170 (listed for Kim)" in told
        assert "(in the message)" not in told
        assert links(last(desk))["+1 212 555 0170"] == "tel:+12125550170"

    @pytest.mark.parametrize(("verdict", "shown"), [("pass", True), ("", False)])
    def test_no_steps_are_shown_before_it(self, desk: Office, verdict: str, *, shown: bool) -> None:
        """Steps say what to hand over to whoever asks."""
        words = "Please send me the PIN: we port our number away to another provider, and want to take it with us."
        asked(desk, "Kim <kim@cove.example>", words, verdict=verdict)
        told = [last(desk), *desk.notices]
        assert [("To check:" in plain(one)) for one in told] == [shown] * len(told)

    @pytest.mark.parametrize(
        ("sender", "said"),
        [
            ("Kim <kim@cove.example>", "number on file: +1 212 555 0170 (listed for Kim)"),
            ("Zoe <zoe@elsewhere.example>", "No number is on file"),
        ],
    )
    def test_notices_warn_as_relays_do(self, desk: Office, sender: str, said: str) -> None:
        asked(desk, sender, "Please set our PIN to 2580.\nCall me at +1 646 555 0177.", verdict="")
        [notice] = desk.notices
        assert '! This is about "PIN", and nothing proves who wrote it.' in plain(notice)
        assert said in plain(notice)
        assert "(in the message)" not in plain(notice)
        assert "tel:+16465550177" not in links(notice).values()

    @pytest.mark.parametrize(
        ("sender", "said"),
        [
            ("Kim <kim@cove.example>", "call back first on +1 212 555 0170 (listed for Kim), the number on file."),
            ("Zoe <zoe@elsewhere.example>", "no number on file."),
        ],
    )
    def test_lists_warn_too(self, desk: Office, sender: str, said: str) -> None:
        asked(desk, sender, "Please set our PIN to 2580.\nCall me at +1 646 555 0177.", verdict="")
        desk.receive(mail(f"Dana <{DANA}>", "#open", message_id="open1@harborvoice.example"))
        desk.let_pass(timedelta(0))
        listed = last(desk)
        assert f'! About "PIN", and nothing proves who wrote it: {said}' in plain(listed)
        assert "tel:+16465550177" not in links(listed).values()

    def test_who_is_verified_needs_none(self, desk: Office) -> None:
        asked(desk, "Kim <kim@cove.example>", "Please set our PIN to 2580.")
        assert "nothing proves" not in plain(last(desk))

    def test_a_usual_question_of_somebody_unverified_has_no_such_warning(self, desk: Office) -> None:
        asked(desk, verdict="")
        assert "call back" not in plain(last(desk))

    def test_without_a_number_on_file_that_is_said(self, desk: Office) -> None:
        asked(desk, "Zoe <zoe@elsewhere.example>", "Reset my PIN, please. Call +1 646 555 0177.", verdict="")
        told = plain(last(desk))
        assert "No number is on file for this sender" in told
        assert "(in the message)" not in told

    def test_an_operators_own_words_count(self, tmp_path: Path) -> None:
        more = '\n[words]\ntakeover-requests = ["@takeover-requests", "alarm code"]\n'
        with opened(tmp_path, more) as desk:
            asked(desk, text="What is our alarm code?", verdict="")
            assert 'This is about "alarm code"' in plain(last(desk))


class TestLinks:
    def test_the_dashboard_is_the_tenants_else_the_partners(self, desk: Office) -> None:
        asked(desk)
        there = "https://pbx.harborvoice.example/acme?from=jane%40acme-dental.example"
        assert links(last(desk))["Acme Dental"] == there
        assert there in last(desk).text
        asked(desk, "Kim <kim@cove.example>", message_id="k1@cove.example")
        assert links(last(desk))["Cove Hotels"] == "https://cove.pbx.example/line/%2B12125550171"

    def test_without_what_a_link_asks_for_there_is_none(self, desk: Office) -> None:
        asked(desk, "Zoe <zoe@elsewhere.example>", message_id="z1@elsewhere.example")
        assert "https://" not in last(desk).text

    def test_steps_lead_to_where_they_are_done(self, desk: Office) -> None:
        asked(desk, text="We cannot make outgoing calls.")
        assert links(last(desk))["the phones"] == "https://pbx.harborvoice.example/acme/phones"
        assert "1. See the phones (https://pbx.harborvoice.example/acme/phones) first." in plain(last(desk))


class TestSubjects:
    def test_an_answer_to_our_receipt_bears_the_customers_own_subject(self, desk: Office) -> None:
        ticket = asked(desk, subject="The lobby phone")
        [receipt] = [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]
        more = {"subject": f"Re: {receipt.mail['Subject']}", "message_id": "q2@acme-dental.example"}
        assert (
            asked(desk, text="It is extension 12.", **more, fields=(f"In-Reply-To: <{receipt.message_id}>",)) == ticket
        )
        assert last(desk).mail["Subject"] == f"[{ticket}] The lobby phone"


class TestEarlierTickets:
    def test_they_are_the_senders_with_who_answered(self, desk: Office) -> None:
        first = asked(desk)
        desk.receive(reply(last(desk), "#close\nHere you are."))
        asked(desk, text="And the fax?", subject="Fax", message_id="q2@acme-dental.example")
        told = plain(last(desk))
        assert (
            f"Earlier tickets of this sender: {first}: A question (closed, Mon, Nov 23, answered by Dana Ortiz)" in told
        )

    def test_who_called_is_no_account_of_the_server(self, desk: Office) -> None:
        first = asked(desk)
        desk.do(verb="called", ticket=first, author="root")
        asked(desk, text="And the fax?", subject="Fax", message_id="q2@acme-dental.example")
        relayed = next(one for one in reversed(relays(desk)) if "And the fax?" in one.text)
        assert "(open, Mon, Nov 23, answered by somebody at the server)" in plain(relayed)
        assert "root" not in relayed.text

    def test_a_colleagues_are_shown_to_who_has_none(self, desk: Office) -> None:
        first = asked(desk)
        asked(desk, "Raj <raj@acme-dental.example>", "And the fax?", subject="Fax", message_id="q2@acme-dental.example")
        assert f"Earlier tickets of Acme Dental: {first}: A question (open, Mon, Nov 23)" in plain(last(desk))

    def test_never_another_tenants(self, desk: Office) -> None:
        """Nor her own, once they are another's: whoever may see one of the two may not see the other."""
        first = asked(desk)
        asked(desk, "Kim <kim@cove.example>", message_id="k1@cove.example", subject="Secret plans")
        desk.do(verb="set", ticket=first, tenant="bolt", confirmed=True)
        asked(desk, text="And the fax?", subject="Fax", message_id="q2@acme-dental.example")
        told = plain(last(desk))
        assert "Earlier tickets" not in told
        assert "Secret" not in told

    def test_five_at_most(self, desk: Office) -> None:
        for number in range(7):
            asked(desk, subject=f"Matter {number}", message_id=f"q{number}@acme-dental.example")
        assert re.findall(r"\d+: Matter (\d) \(open", plain(last(desk))) == ["5", "4", "3", "2", "1"]

    def test_spam_is_none(self, desk: Office) -> None:
        asked(desk)
        desk.receive(reply(last(desk), "#spam"))
        asked(desk, subject="Fax", message_id="q2@acme-dental.example")
        assert "Earlier tickets" not in plain(last(desk))

    def test_an_agent_gets_nothing_of_what_became_another_tenants_meanwhile(self, tmp_path: Path) -> None:
        with opened(tmp_path, at=CLOSED_AT) as desk:
            ticket = asked(desk, "Raj <raj@bolt.example>", message_id="r1@bolt.example")
            desk.do(verb="set", ticket=ticket, tenant="acme", confirmed=True)
            desk.let_pass(timedelta(days=3))
            assert (len(relays(desk)), len(relays(desk, "bob@harborvoice.example"))) == (1, 0)


@pytest.mark.parametrize("plus", ["yes", "no"])
class TestTaps:
    """A new mail: it refers to no mail of ours, and only the address or the line of reference bears the token."""

    @pytest.fixture
    def desk(self, tmp_path: Path, plus: str) -> Iterator[Office]:
        with opened(tmp_path, f'\n[relay]\nplus_addressing = "{plus}"\n') as one:
            yield one

    def test_each_does_what_it_says_and_no_customer_gets_anything(self, desk: Office) -> None:
        ticket = asked(desk)
        relay = last(desk)
        desk.receive(tapped(relay, "Called", "she is happy"))
        assert desk.one("SELECT first_response_at FROM ticket") is not None
        assert desk.one("SELECT text FROM entry WHERE kind = 'agent'") == "she is happy"
        desk.receive(tapped(relay, "Note", "she is always in a hurry"))
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'note' AND reply_text LIKE '%always in a hurry%'") == 1
        desk.receive(tapped(relay, "Help"))
        assert [sent.recipient for sent in desk.sent if "What you can write" in str(sent.mail["Subject"])] == [DANA]
        desk.receive(tapped(relay, "Take"))
        assert desk.one("SELECT assignee FROM ticket") == "dana"
        desk.receive(tapped(relay, "Close"))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "closed"
        desk.do(verb="reopen", ticket=ticket)
        desk.receive(tapped(relay, "Close").replace(b"Message-ID: <tap-", b"Message-ID: <again-"))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "closed"
        assert to_customer(desk) == []

    def test_words_above_the_command_go_to_nobody(self, desk: Office) -> None:
        asked(desk)
        desk.receive(tapped(last(desk), "Note", above="she is always in a hurry\n"))
        assert to_customer(desk) == []

    def test_words_below_close_go_to_the_customer(self, desk: Office) -> None:
        asked(desk)
        desk.receive(tapped(last(desk), "Close", "\nIt is done, Jane."))
        [answer] = to_customer(desk)
        assert answer.text.strip() == "It is done, Jane."

    def test_what_nothing_proves_is_asked_back(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.receive(tapped(last(desk), "Close", verdict=""))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", ticket) == "open"
        assert desk.rows("SELECT recipient FROM outbox WHERE kind = 'ask'") == [(DANA,)]
