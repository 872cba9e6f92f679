"""The 21 mails on which three other help desks were measured, through our SMTP door to the answer.

What a support desk wants of each is asserted in the log and in what leaves: a ticket, a join or
an event; an answer or silence; text as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.effects import Duplicate, EventKind, FileEvent, Flag, JoinTicket, OpenTicket, Quarantine
from mailbot.desk.process import Processed
from tests.service.office import CLOSED_AT, SUPPORT, Office, mail, office

JANE = "Jane Park <jane@acme-dental.example>"
JANES_ADDRESS = "jane@acme-dental.example"
TOM = "tom@acme-dental.example"
STRANGER = "someone@elsewhere.example"
FIRST = "first@acme-dental.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path / "desk", listening=True) as here:
        yield here


def entry(desk: Office, done: Processed) -> tuple[str, str]:
    """Return subject and text of the entry that a mail became."""
    [(subject, text)] = desk.rows("SELECT subject, text FROM entry WHERE id = ?", done.entry)
    return subject, text


def asked(desk: Office, *, text: str = "How do I add an extension for our new desk?") -> Processed:
    """Let Jane ask for the first time."""
    return desk.receive(mail(JANE, text, message_id=FIRST))


def reply(sender: str, *ids: str, subject: str = "Re: A question", text: str = "One more thing.") -> bytes:
    """Return a reply that refers to these ids, the newest last."""
    references = " ".join(f"<{one}>" for one in ids)
    fields = (f"In-Reply-To: <{ids[-1]}>", f"References: {references}")
    return mail(
        sender, text, subject=subject, fields=fields, message_id=f"reply@{sender.rpartition('@')[2].strip('>')}"
    )


def test_01_a_new_plain_mail_is_a_ticket_and_is_acknowledged(desk: Office) -> None:
    done = asked(desk)
    assert isinstance(done.decision.place, OpenTicket)
    [answer] = desk.answers
    assert (answer.recipient, answer.reverse_path) == (JANES_ADDRESS, "")
    assert answer.mail["In-Reply-To"] == f"<{FIRST}>"
    assert str(done.ticket) in answer.mail["Subject"] + answer.text


@pytest.mark.parametrize("text", ["How do I add an extension at the canary desk?", "All phones are down, canary!"])
def test_01b_an_answer_repeats_no_word_of_its_sender(desk: Office, text: str) -> None:
    desk.receive(mail(f"Canary Jones <{JANES_ADDRESS}>", text, subject="From the canary"))
    [answer] = desk.answers
    shown = answer.raw.decode("ascii") + "".join(answer.mail.values()) + answer.text
    assert "canary" not in shown.lower()


def test_02_an_exact_duplicate_is_no_second_ticket_and_draws_no_second_answer(desk: Office) -> None:
    first = asked(desk)
    desk.let_pass(timedelta(minutes=5))
    again = desk.receive(b"Received: from another.example by mx; Mon, 23 Nov 2026 10:05:00 -0500\r\n" + mail(
        JANE, "How do I add an extension for our new desk?", message_id=FIRST
    ))  # fmt: skip
    assert again.decision.place == Duplicate(first.entry or 0)
    assert len(desk.answers) == 1
    assert desk.one("SELECT count(*) FROM ticket") == 1
    # Both deliveries can be found, with the same entry.
    assert desk.rows("SELECT entry_id FROM arrival") == [(first.entry,), (first.entry,)]


def test_02b_another_mail_under_the_same_message_id_is_not_lost(desk: Office) -> None:
    asked(desk)
    other = desk.receive(mail(TOM, "Our fax line does not send.", message_id=FIRST))
    assert isinstance(other.decision.place, OpenTicket)
    assert entry(desk, other)[1].strip() == "Our fax line does not send."


def test_03_a_reply_to_ones_own_first_mail_joins(desk: Office) -> None:
    first = asked(desk)
    done = desk.receive(reply(JANE, FIRST))
    assert done.decision.place == JoinTicket(first.ticket or 0)
    assert len(desk.answers) == 1


def test_04_a_reply_with_another_subject_joins_and_renames_nothing(desk: Office) -> None:
    first = asked(desk)
    done = desk.receive(reply(JANE, FIRST, desk.answers[0].message_id, subject="Now about billing"))
    assert done.ticket == first.ticket
    assert desk.one("SELECT subject FROM ticket WHERE id = ?", first.ticket) == "A question"


def test_05_a_colleague_is_shown_in_the_ticket_and_gets_nothing(desk: Office) -> None:
    first = asked(desk)
    done = desk.receive(reply(TOM, FIRST, desk.answers[0].message_id))
    assert done.decision.place == JoinTicket(first.ticket or 0, flags=(Flag.PROPOSED_PARTICIPANT,))
    assert [sent.recipient for sent in desk.answers] == [JANES_ADDRESS]
    # That we have a mail of his makes him no party of the ticket: nobody has allowed him yet.
    again = desk.receive(reply(TOM, FIRST, "reply@acme-dental.example", text="And it is urgent."))
    assert again.decision.place == done.decision.place


@pytest.mark.parametrize("with_ids", [False, True], ids=["tag", "tag and stolen ids"])
def test_06_a_stranger_with_the_tag_is_not_appended_and_the_customer_hears_nothing(
    desk: Office, *, with_ids: bool
) -> None:
    first = asked(desk)
    subject = f"Re: [#{first.ticket}] A question"
    ids = (FIRST, desk.answers[0].message_id) if with_ids else ("made@up.example",)
    done = desk.receive(reply(STRANGER, *ids, subject=subject))
    assert isinstance(done.decision.place, OpenTicket)
    assert done.decision.place.linked_to == first.ticket
    assert done.ticket != first.ticket
    assert [sent.recipient for sent in desk.answers].count(JANES_ADDRESS) == 1
    assert desk.one("SELECT count(*) FROM entry WHERE ticket_id = ? AND kind = 'customer'", first.ticket) == 1


def test_07_an_out_of_office_with_headers_is_filed_and_not_answered(desk: Office) -> None:
    done = desk.receive(
        mail(
            JANE,
            "I am away until Monday.",
            subject="Automatic reply: Your ticket",
            fields=("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"),
        )
    )
    assert done.decision.place == FileEvent(EventKind.AUTOMATIC)
    assert desk.answers == []


def test_07b_an_out_of_office_to_our_answer_is_attached_and_changes_nothing(desk: Office) -> None:
    first = asked(desk)
    desk.do(verb="close", ticket=first.ticket)
    fields = (f"In-Reply-To: <{desk.answers[0].message_id}>", "Auto-Submitted: auto-replied")
    done = desk.receive(mail(JANE, "I am out of the office.", subject="Automatic reply", fields=fields))
    assert done.ticket == first.ticket
    assert desk.one("SELECT state FROM ticket WHERE id = ?", first.ticket) == "closed"
    assert len(desk.answers) == 1


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Out of office: A question",
            "Hello,\n\nI am out of the office until 30 November with limited access to e-mail.\n\nJane",
        ),
        (
            "Abwesenheitsnotiz: Your ticket",
            "Guten Tag,\n\nich bin bis zum 30. November nicht im Büro. Nach meiner Rückkehr antworte ich Ihnen.\n",
        ),
    ],
)
def test_08_an_out_of_office_without_headers_is_not_answered(desk: Office, subject: str, text: str) -> None:
    done = desk.receive(mail(JANE, text, subject=subject, content_type="text/plain; charset=utf-8"))
    assert done.decision.place == FileEvent(EventKind.AUTOMATIC)
    assert desk.answers == []


def bounce(of: str, recipient: str, original: bytes = b"") -> bytes:
    """Return a delivery notice about our mail of that id."""
    returned = original or f"From: {SUPPORT}\r\nTo: {recipient}\r\nMessage-ID: <{of}>\r\nSubject: x\r\n".encode()
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.acme-dental.example>\r\nTo: {SUPPORT}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.acme-dental.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    ).encode() + returned + b"\r\n--b--\r\n"  # fmt: skip


def test_09_a_bounce_with_the_null_path_belongs_to_the_mail_it_returns(desk: Office) -> None:
    first = asked(desk)
    answer = desk.answers[0]
    done = desk.receive(bounce(answer.message_id, JANES_ADDRESS, answer.raw), reverse_path="")
    assert done.ticket == first.ticket
    assert desk.one("SELECT count(*) FROM ticket") == 1
    assert len(desk.answers) == 1
    desk.let_pass(timedelta(hours=1))
    assert any("came back" in sent.text for sent in desk.notices)


def test_09b_a_made_up_bounce_is_filed_and_nothing_is_said_of_any_mail(desk: Office) -> None:
    asked(desk)
    done = desk.receive(bounce("made-up@harborvoice.example", JANES_ADDRESS), reverse_path="")
    assert done.decision.place == FileEvent(EventKind.BOUNCE)
    assert desk.one("SELECT count(*) FROM outbox WHERE bounced IS NOT NULL") == 0
    assert len(desk.answers) == 1


def test_10_a_mail_without_a_subject_is_a_ticket_and_is_answered(desk: Office) -> None:
    done = desk.receive(mail(JANE, "Please call me back.", subject=None))
    assert isinstance(done.decision.place, OpenTicket)
    assert len(desk.answers) == 1


def test_11_a_mail_without_a_message_id_is_a_ticket_and_its_answer_threads_by_token(desk: Office) -> None:
    first = desk.receive(mail(JANE, "Please call me back."))
    [answer] = desk.answers
    assert answer.mail["In-Reply-To"] is None
    assert desk.receive(reply(JANE, answer.message_id)).ticket == first.ticket


def test_12_bytes_of_windows_1252_under_the_name_utf_8_keep_their_letters(desk: Office) -> None:
    text = "Unser Büro erreicht Sie nicht – „Störung“ seit heute früh, Gerät 3 €".encode("cp1252")
    done = desk.receive(mail(JANE, text, content_type="text/plain; charset=utf-8"))
    assert "Büro erreicht Sie nicht – „Störung“ seit heute früh, Gerät 3 €" in entry(desk, done)[1]
    assert len(desk.answers) == 1


def test_13_an_unknown_charset_keeps_body_and_subject(desk: Office) -> None:
    subject = "=?x-unknown-8bit?q?Caf=C3=A9_phones?="
    done = desk.receive(
        mail(JANE, "Le téléphone du café ne sonne plus.", subject=subject, content_type="text/plain; charset=x-klingon")
    )
    assert entry(desk, done)[0] == "Café phones"
    assert "Le téléphone du café ne sonne plus." in entry(desk, done)[1]
    assert len(desk.answers) == 1


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_14_a_raw_8_bit_subject_is_read(desk: Office, charset: str) -> None:
    done = desk.receive(mail(JANE, "Please call me back.", subject="Störung im Büro".encode(charset)))
    assert entry(desk, done)[0] == "Störung im Büro"
    assert len(desk.answers) == 1


def test_15_html_alone_is_read_as_text(desk: Office) -> None:
    html = "<html><head><style>p {color: red}</style></head><body><p>The <b>lobby</b> phone rings twice.</p></body>"
    done = desk.receive(mail(JANE, html, content_type="text/html; charset=utf-8"))
    assert entry(desk, done)[1].split() == "The lobby phone rings twice.".split()
    assert len(desk.answers) == 1


def test_16_a_mail_without_from_is_kept_and_nobody_is_written_to(desk: Office) -> None:
    done = desk.receive(mail(JANE, "Please call me back.", replaces={"From": None}), reverse_path=STRANGER)
    assert isinstance(done.decision.place, (OpenTicket, Quarantine))
    assert desk.answers == []
    desk.let_pass(timedelta(hours=1))
    assert len(desk.notices) == 1


def test_17_a_newsletter_is_filed_and_not_answered(desk: Office) -> None:
    fields = ("Precedence: bulk", "List-Id: Dental News <news.acme-dental.example>", "List-Unsubscribe: <mailto:x@y>")
    done = desk.receive(mail(JANE, "Ten tips for November", subject="News", fields=fields))
    assert done.decision.place == FileEvent(EventKind.AUTOMATIC)
    assert desk.answers == []


def test_18_mail_from_our_own_address_is_filed_and_not_answered(desk: Office) -> None:
    for sender in (SUPPORT, f"Harbor Voice <{SUPPORT.upper()}>"):
        done = desk.receive(mail(sender, "Hello, it is us. All phones are down!", verdict="pass"))
        assert done.decision.place == FileEvent(EventKind.OWN)
    assert desk.answers == []


def test_18b_our_own_answer_coming_back_starts_no_loop(desk: Office) -> None:
    asked(desk)
    done = desk.receive(desk.answers[0].raw)
    assert done.decision.place == FileEvent(EventKind.OWN)
    assert len(desk.answers) == 1


@pytest.mark.parametrize(
    "value", ["no", "No", "no (comment)", "(says the gateway) no", "no; by=gateway"], ids=lambda value: value
)
def test_19_and_20_auto_submitted_no_is_a_person(desk: Office, value: str) -> None:
    done = desk.receive(mail(JANE, "Please call me back.", fields=(f"Auto-Submitted: {value}",)))
    assert isinstance(done.decision.place, OpenTicket)
    assert len(desk.answers) == 1


POISON = {
    "charset": mail(JANE, b"caf\xe9", content_type="text/plain; charset=utf-8"),
    "unknown": mail(JANE, b"caf\xe9", content_type="text/plain; charset=x-klingon", subject="=?x-none?b?////?="),
    "from": mail("<", "x", replaces={"To": "<"}, subject="=?utf-8?q?=00=0D=0AX-Evil:_1?="),
    "parentheses": mail(JANE, "x", fields=("Sender: " + "(" * 3000, "References: " + "<" * 3000)),
    "nested": mail(JANE, "--a\n\n" * 2000, content_type="multipart/mixed; boundary=a"),
    "boundary": mail(JANE, "--\n\n--", content_type='multipart/mixed; boundary=""'),
    "base64": mail(JANE, "A", fields=("Content-Transfer-Encoding: base64",)),
    "no headers": b"\r\n\r\n\r\n",
    "headers only": b"From: x",
    "date": mail(JANE, "x", replaces={"Date": "Fri, 31 Feb 99999 99:99:99 +9999"}),
    "surrogates": mail(
        JANE, b"\xed\xa0\x80 \xff\xfe", subject=b"\xed\xa0\x80", content_type="text/plain; charset=utf-8"
    ),
}


def test_21_poison_stops_no_good_mail_and_stays_findable(desk: Office) -> None:
    for name, raw in POISON.items():
        done = desk.receive(raw, reverse_path=STRANGER)
        assert done.entry is not None, name
    good = desk.receive(mail(TOM, "Our fax line does not send."))
    assert isinstance(good.decision.place, OpenTicket)
    assert desk.answers[-1].recipient == TOM
    assert desk.one("SELECT count(*) FROM arrival WHERE state = 'waiting'") == 0
    assert desk.one("SELECT count(DISTINCT entry_id) FROM arrival") == len(POISON) + 1


def test_the_same_cases_are_right_at_night(tmp_path: Path) -> None:
    """After hours a person is answered with the hours, a machine, a stranger without proof and a bounce are not."""
    with office(tmp_path / "desk", at=CLOSED_AT, listening=True) as desk:
        asked(desk)
        assert [sent.recipient for sent in desk.answers] == [JANES_ADDRESS]
        desk.receive(mail(STRANGER, "Hello?", verdict=""))
        desk.receive(mail(STRANGER, "All phones are dead!", verdict="fail"))
        desk.receive(mail(JANE, "I am away.", subject="Automatic reply: x", fields=("Auto-Submitted: auto-replied",)))
        desk.receive(bounce("x@y.example", JANES_ADDRESS), reverse_path="")
        assert len(desk.answers) == 1
