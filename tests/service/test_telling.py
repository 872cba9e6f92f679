"""What our own people must hear of: customers' mail that did not leave, and what waits in quarantine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import NoticeKind
from mailbot.desk.mails import teammail
from mailbot.errors import DeliveryFailure, PermanentFailure, TransientFailure, UnclearResult
from mailbot.service import folder as service_folder
from mailbot.store import outbox
from mailbot.store.outbox import OutboxState
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, mail, office

JANE = "jane@acme-dental.example"
DEAD = "All our phones are dead, nobody can call in or out!"
FORGED = mail("director@bank.example", "Please pay.", verdict="fail", message_id="pay@bank.example")


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [
        (PermanentFailure("550 5.1.1 no such user", 550), "failed", "could not be delivered"),
        # Until the desk opens, no relay took it; then it would be late.
        (TransientFailure("451 4.3.0 later", 451), "expired", "could not leave in time"),
        # It goes once more, and stays in doubt then.
        (UnclearResult("connection lost after the final dot"), "unclear", "may have arrived or not"),
    ],
)
def test_an_emergency_answer_that_does_not_leave_is_told_at_once(
    tmp_path: Path, trouble: DeliveryFailure, state: str, words: str
) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        desk.refusing[JANE] = trouble
        desk.receive(mail(f"Jane <{JANE}>", DEAD))
        desk.let_pass(timedelta(days=3))
        [(number, found)] = desk.rows("SELECT id, state FROM outbox WHERE audience = 'customer'")
        assert found == state
        notices = [sent for sent in desk.notices if "The week" not in sent.text]
        [told] = [notice for notice in notices if words in " ".join(notice.text.split())]
        said = " ".join(told.text.split())
        assert JANE in said
        assert f"mailbot outbox retry {number}" in said
        assert f"mailbot outbox list --state {state}" in said
        assert desk.one("SELECT urgent FROM notice WHERE kind = ?", f"{state}-mail") == 1


def test_what_a_crash_left_in_doubt_is_told(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.refusing[JANE] = TransientFailure("451 4.3.0 later", 451)
        desk.receive(mail(JANE, "How do I add an extension?"))
        claimed = desk.here.database.writer.write(
            lambda conn: outbox.claim(conn, desk.here.desk.partner, desk.now + timedelta(minutes=5))
        )
        customer = [one.id for one in claimed if one.recipient == JANE]
        assert len(customer) == 1
        recovered = service_folder.recover(desk.here, desk.now)
        assert (customer[0], OutboxState.UNCLEAR) in recovered
        assert desk.one("SELECT count(*) FROM notice WHERE kind = 'unclear-mail'") == 1
        desk.let_pass(timedelta(hours=2))
        assert any("may have arrived or not" in " ".join(notice.text.split()) for notice in desk.notices)


def test_a_notice_that_does_not_leave_makes_no_notice(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.refusing["team@harborvoice.example"] = UnclearResult("connection lost after the final dot")
        desk.receive(mail(JANE, "How do I add an extension?"))
        desk.let_pass(timedelta(days=9))
        assert desk.one("SELECT count(*) FROM notice WHERE kind <> 'runs-out'") == 1


def test_nothing_is_kept_for_telling_where_nobody_is_to_be_told(tmp_path: Path) -> None:
    rules = RULES.replace('addresses = ["team@harborvoice.example"]', "addresses = []")
    with office(tmp_path, rules=rules) as desk:
        desk.refusing[JANE] = PermanentFailure("550 5.1.1 no such user", 550)
        desk.receive(mail(JANE, DEAD))
        desk.receive(FORGED)
        desk.let_pass(timedelta(days=1))
        assert desk.one("SELECT count(*) FROM notice") == 0


def test_an_address_that_cannot_be_written_to_keeps_nothing_from_the_others(tmp_path: Path) -> None:
    """Such rules do not start (see tests/config); a desk that has them all the same tells whom it can."""
    rules = RULES.replace('["team@harborvoice.example"]', '["jürgen@harborvoice.example", "team@harborvoice.example"]')
    with office(tmp_path, rules=rules) as desk:
        desk.receive(mail(JANE, DEAD))
        desk.let_pass(timedelta(hours=1))
        assert [notice.recipient for notice in desk.notices] == ["team@harborvoice.example"]
        assert desk.one("SELECT count(*) FROM notice WHERE outbox_key IS NULL") == 0


def test_what_nobody_could_be_told_waits_and_is_told_later(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        with mock.patch.object(teammail, "notice_mail", side_effect=UnwritableMail("no")):
            desk.receive(mail(JANE, DEAD))
            desk.now += timedelta(minutes=1)
            desk.let_pass(timedelta(minutes=10))
            assert desk.notices == []
        desk.let_pass(timedelta(hours=1))
        assert len(desk.notices) == 1


def test_a_held_answer_and_its_ticket_are_one_thing_to_tell(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + '[answers]\noutgoing = "hold"\n', at=CLOSED_AT) as desk:
        ticket = desk.receive(mail(f"Jane <{JANE}>", DEAD)).ticket
        desk.let_pass(timedelta(minutes=10))
        [told] = desk.notices
        number = desk.one("SELECT id FROM outbox WHERE state = 'held'")
        assert str(told.mail["Subject"]).startswith(
            f"[{ticket}] Critical: new ticket from Acme Dental, the answer is held"
        )
        assert f"mailbot outbox release {number}" in told.text
        assert told.text.count("Jane") == 1


def test_a_held_answer_that_is_no_news_otherwise_is_told_by_itself(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + '[answers]\noutgoing = "hold"\n', at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, DEAD, message_id="first@acme-dental.example"))
        desk.let_pass(timedelta(days=7))
        desk.receive(mail(JANE, "Still nothing?", fields=("In-Reply-To: <first@acme-dental.example>",)))
        desk.let_pass(timedelta(hours=1))
        number = desk.one("SELECT max(id) FROM outbox WHERE state = 'held'")
        assert "is held and waits for you" in desk.notices[-1].text
        assert f"mailbot outbox show {number}" in desk.notices[-1].text
        assert desk.one("SELECT urgent FROM notice WHERE kind = 'held'") == 1


def test_our_people_see_who_wrote_and_whom_to_call(tmp_path: Path) -> None:
    rules = RULES.replace(
        'phone_numbers = ["+1 212 555 0142"]',
        'phone_numbers = ["+1 212 555 0142"]\ncontact = "Dr. Lee"\ncallback_number = "+1 212 555 0143"',
    )
    text = DEAD + "\r\n\r\nCall my cell: +1 917 555 0144, not +1 212 555 0111.\r\n-- \r\nJane\r\nFax +1 212 555 0199"
    with office(tmp_path, rules=rules, at=CLOSED_AT) as desk:
        desk.receive(mail(f"Jane Doe <{JANE}>", text))
        desk.let_pass(timedelta(minutes=10))
        [told] = desk.notices
        assert f'From:       "Jane Doe" <{JANE}>' in told.text
        assert told.text.splitlines()[2:4] == [
            "Call:       +1 212 555 0143 (listed for Dr. Lee)",
            "            +1 917 555 0144 (in the message)",
        ]
        assert told.text.count("(in the message)") == 1
        html = told.mail.get_body(("html",))
        assert html is not None
        assert 'href="tel:+19175550144"' in html.get_content()


def test_a_forged_message_offers_no_number_of_its_own(tmp_path: Path) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        desk.receive(mail(JANE, "Call me on +1 917 555 0144 at once.", verdict="fail"))
        desk.let_pass(timedelta(minutes=10))
        [told] = desk.notices
        assert "Call:       +1 212 555 0142 (a line of Acme Dental)" in told.text
        assert "0144 (" not in told.text


def test_a_storm_of_notices_is_told_in_one_mail_that_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        for number in range(60):
            desk.here.database.writer.write(
                lambda conn, number=number: desk.here.desk.tell(  # type: ignore[misc]
                    conn, NoticeKind.REPLY, text=f"thing {number}.", now=OPEN_AT
                )
            )
        desk.let_pass(timedelta(hours=1))
        [told] = desk.notices
        assert "thing 0." in told.text
        assert "And 20 more" in told.text
        assert desk.one("SELECT count(*) FROM notice WHERE outbox_key IS NULL") == 0
