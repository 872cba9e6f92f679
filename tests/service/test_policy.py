"""What we promise is told once to each customer's contact, at the operator's word; what they reply is ordinary mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import text

from mailbot.desk.mails import promising
from mailbot.desk.refusing import RefusedError
from mailbot.errors import PermanentFailure, UnclearResult
from mailbot.service.policy import in_short
from mailbot.store import promised
from tests.servers.commands import run
from tests.service.office import OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office, rules_of

JANE, BO = "jane@acme-dental.example", "bo@bolt.example"
TOLD = RULES.replace('id = "acme"\n', f'id = "acme"\ncontact = "Jane Roe <{JANE}>"\n').replace(
    'id = "bolt"\n', f'id = "bolt"\naddresses = ["{BO}", "al@bolt.example"]\nlanguage = "de"\n'
)
SOONER = TOLD + '[severity.high]\nresponse = "30m"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=TOLD, at=OPEN_AT) as opened:
        yield opened


def untold(desk: Office) -> list[promising.Telling]:
    with desk.here.database.read() as conn:
        return list(promising.untold(promised.told(conn, desk.here.desk.partner), desk.here.desk.rules))


def wanted(desk: Office) -> list[list[str]]:
    return [[one.tenant.id, one.address, one.version] for one in untold(desk)]


def send(desk: Office) -> str:
    said = desk.do(verb="policy", tellings=wanted(desk))
    desk.deliver()
    return said


def with_rules(desk: Office, rules: str) -> None:
    desk.here.desk = replace(desk.here.desk, rules=rules_of(rules))


def reply(answered: Sent, text: str, *, quoted: str = "> ") -> bytes:
    below = "\n".join(f"{quoted}{line}".rstrip() for line in answered.text.splitlines())
    introduction = f"\n\nOn Mon, Nov 23, 2026 at 10:00 AM Harbor Voice <{SUPPORT}> wrote:\n" if quoted else "\n\n"
    return mail(
        f"Jane Roe <{answered.recipient}>",
        f"{text}{introduction}{below}\n",
        subject=f"Re: {answered.mail['Subject']}",
        fields=(f"In-Reply-To: <{answered.message_id}>",),
    )


def test_each_contact_is_told_once_in_its_language(desk: Office) -> None:
    assert [(one.tenant.id, one.address) for one in untold(desk)] == [("acme", JANE), ("bolt", BO)]
    assert {one.before for one in untold(desk)} == {None}
    assert send(desk) == "2 mails on the way"
    to_jane, to_bo = desk.sent
    assert (to_jane.recipient, to_bo.recipient) == (JANE, BO)
    assert "+1 212 555 0111" in to_jane.text
    assert "within 1 hour" in to_jane.text
    assert "+1 212 555 0122" in to_bo.text
    assert "innerhalb von 1 Stunde" in to_bo.text
    for sent in desk.sent:
        assert (sent.reverse_path, sent.mail["Auto-Submitted"]) == ("", "auto-generated")
        assert (sent.mail["Reply-To"], sent.mail["In-Reply-To"]) == (None, None)
    assert untold(desk) == []
    assert send(desk) == "all have been told"
    assert len(desk.sent) == 2


def test_asked_for_twice_at_once_or_around_a_restart_it_goes_once(tmp_path: Path) -> None:
    with office(tmp_path, rules=TOLD, at=OPEN_AT) as desk:
        asked = wanted(desk)
        desk.do(verb="policy", tellings=asked)
        assert desk.do(verb="policy", tellings=asked) == "all have been told"
    with office(tmp_path, rules=TOLD, at=OPEN_AT) as desk:
        assert desk.do(verb="policy", tellings=asked) == "all have been told"
        desk.deliver()
        assert [sent.recipient for sent in desk.sent] == [JANE, BO]


def test_what_may_have_arrived_goes_no_second_time(desk: Office) -> None:
    desk.refusing[JANE] = UnclearResult("connection lost after the final dot")
    send(desk)
    desk.refusing.clear()
    desk.let_pass(timedelta(hours=2))
    assert [sent.recipient for sent in desk.sent if not sent.for_team] == [BO]
    assert desk.one("SELECT state FROM outbox WHERE recipient = ?", JANE) == "unclear"


def test_another_version_says_what_is_new_and_going_back_is_told_as_well(desk: Office) -> None:
    send(desk)
    with_rules(desk, SOONER)
    assert [promising.news(one) for one in untold(desk)] == [("high.response",)] * 2
    send(desk)
    words = " ".join(desk.sent[2].text.split())
    assert "High, First answer: within 30 minutes, in our opening hours (so far: within 1 hour," in words
    with_rules(desk, TOLD)
    assert len(untold(desk)) == 2
    send(desk)
    assert "within 1 hour, in our opening hours (so far: within 30 minutes," in " ".join(desk.sent[4].text.split())
    with_rules(desk, SOONER)
    send(desk)
    assert len(desk.sent) == 8


def test_a_closed_day_is_told_to_nobody(desk: Office) -> None:
    send(desk)
    with_rules(desk, TOLD + '[partner.hours]\nclosed = ["2026-12-24"]\n')
    assert untold(desk) == []


def test_of_a_damaged_row_the_outbox_knows(desk: Office) -> None:
    send(desk)
    desk.here.database.writer.write(
        lambda conn: conn.execute(text("UPDATE fact SET value = '{' WHERE name LIKE 'policy:acme:%'"))
    )
    assert [(one.address, one.before) for one in untold(desk)] == [(JANE, None)]
    assert send(desk) == "all have been told"
    assert (untold(desk), len(desk.sent)) == ([], 2)


def test_the_status_says_who_knows(desk: Office) -> None:
    def said() -> tuple[str, str]:
        with desk.here.database.read() as conn:
            return in_short(desk.here.desk.rules, promised.told(conn, desk.here.desk.partner))

    step = "`mailbot policy --send`"
    assert said() == ("no customer was told in writing yet what you promise", step)
    send(desk)
    assert said() == ("2 of 2 customers know what you promise", "")
    nobody = '[[tenant]]\nid = "cove"\nname = "Cove"\ndomains = ["cove.example"]\n'
    with_rules(desk, TOLD.replace("+1 212 555 0111", "+1 212 555 0112") + nobody)
    assert said() == (
        "1 of 3 customers know what you promise, 1 not told since it changed, 1 without an address to write to",
        step,
    )


def test_another_contact_is_told_and_one_customer_alone_may_be(desk: Office) -> None:
    send(desk)
    with_rules(desk, TOLD.replace(JANE, "kim@acme-dental.example"))
    assert [(one.address, one.before) for one in untold(desk)] == [("kim@acme-dental.example", None)]
    with desk.here.database.read() as conn:
        known = promised.told(conn, desk.here.desk.partner)
    assert list(promising.untold(known, desk.here.desk.rules, "bolt")) == []


def test_what_did_not_arrive_is_not_told(desk: Office) -> None:
    desk.refusing[JANE] = PermanentFailure("550 5.1.1 no such user", 550)
    send(desk)
    desk.refusing.clear()
    assert [one.address for one in untold(desk)] == [JANE]
    send(desk)
    assert [sent.recipient for sent in desk.sent if not sent.for_team] == [BO, JANE]


def test_one_that_comes_back_is_not_told_and_news_are_of_what_was(desk: Office) -> None:
    send(desk)
    with_rules(desk, SOONER)
    send(desk)
    number = desk.one("SELECT max(id) FROM outbox WHERE recipient = ?", JANE)
    returned = _bounce(desk.sent[2])
    desk.receive(returned, reverse_path="")
    assert desk.one("SELECT bounced IS NOT NULL FROM outbox WHERE id = ?", number)
    [again] = untold(desk)
    assert (again.address, promising.news(again)) == (JANE, ("high.response",))


def test_going_back_to_what_was_read_last_is_no_news(desk: Office) -> None:
    send(desk)
    with_rules(desk, SOONER)
    desk.refusing[JANE] = PermanentFailure("550 5.1.1 no such user", 550)
    send(desk)
    assert [one.address for one in untold(desk)] == [JANE]
    with_rules(desk, TOLD)
    assert [one.address for one in untold(desk)] == [BO]


def test_it_is_held_with_the_answers_and_gives_way_to_a_newer_one(desk: Office) -> None:
    hold = '[answers]\noutgoing = "hold"\n'
    with_rules(desk, TOLD + hold)
    assert send(desk) == "2 mails for you to release; see `mailbot outbox list --state held`"
    assert desk.sent == []
    assert untold(desk) == [], "what waits is told once it is released"
    with_rules(desk, SOONER + hold)
    assert all(one.before is None for one in untold(desk)), "nobody has read the former one"
    send(desk)
    states = desk.rows("SELECT recipient, state FROM outbox WHERE kind = 'policy' ORDER BY id")
    assert states == [(JANE, "dropped"), (BO, "dropped"), (JANE, "held"), (BO, "held")]
    newest = desk.one("SELECT max(id) FROM outbox WHERE recipient = ?", BO)
    desk.do(verb="drop", mails=[newest])
    assert [one.address for one in untold(desk)] == [BO]


def test_rules_that_changed_since_the_list_was_shown_send_nothing(desk: Office) -> None:
    shown = wanted(desk)
    with_rules(desk, SOONER)
    with pytest.raises(RefusedError, match="look at the list again"):
        desk.do(verb="policy", tellings=shown)
    assert desk.one("SELECT count(*) FROM outbox") == 0


def test_who_reads_for_two_customers_is_told_of_which_one_it_speaks(desk: Office) -> None:
    several = TOLD.replace(f'"{BO}", "al@bolt.example"', f'"{JANE}"')
    with_rules(desk, several.replace('domains = ["acme-dental.example"]', f'addresses = ["{JANE}"]'))
    send(desk)
    assert [sent.recipient for sent in desk.sent] == [JANE, JANE]
    assert "This is what holds for Acme Dental." in " ".join(desk.sent[0].text.split())
    assert "Dies gilt für Bolt Logistics." in " ".join(desk.sent[1].text.split())


class TestWhatTheyReply:
    """A reply is a mail of the customer's like any other; the examples in what it quotes are no outage."""

    @pytest.fixture
    def told(self, desk: Office) -> Sent:
        send(desk)
        return desk.sent[0]

    def test_thanks_open_no_ticket_and_are_answered_by_nobody(self, desk: Office, told: Sent) -> None:
        desk.receive(reply(told, "Thank you!\n\nJane"))
        desk.let_pass(timedelta(hours=1))
        assert desk.one("SELECT count(*) FROM ticket") == 0
        assert desk.one("SELECT event FROM entry WHERE kind = 'customer'") == "thanks"
        assert [sent.recipient for sent in desk.sent] == [JANE, BO]

    def test_of_anybody_else_thanks_are_a_ticket(self, desk: Office, told: Sent) -> None:
        desk.receive(reply(replace(told, recipient="kim@acme-dental.example"), "Thank you!"))
        assert desk.one("SELECT count(*) FROM ticket") == 1

    @pytest.mark.parametrize("quoted", ["> ", "", "| "])
    def test_a_question_opens_one_however_it_quotes(self, desk: Office, told: Sent, quoted: str) -> None:
        text = "Hello,\n\ndoes this hold for our second office, too?\nIt opened in May.\n\nJane"
        desk.receive(reply(told, text, quoted=quoted))
        assert desk.rows("SELECT severity, tenant FROM ticket") == [("normal", "acme")]

    def test_an_outage_in_its_own_words_is_one(self, desk: Office, told: Sent) -> None:
        text = "Hello,\n\nall our phones are down, nobody can call us!\nPlease help.\n\nJane"
        desk.receive(reply(told, text, quoted=""))
        assert desk.one("SELECT severity FROM ticket") == "critical"


def _bounce(sent: Sent) -> bytes:
    """Return a delivery status notification (RFC 3464) that returns that mail."""
    return (
        f"From: MAILER-DAEMON@acme-dental.example\nTo: {SUPPORT}\nSubject: Undelivered Mail Returned to Sender\n"
        "Date: Mon, 23 Nov 2026 10:05:00 -0500\nMessage-ID: <b1@acme-dental.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme-dental.example\n\n"
        f"Final-Recipient: rfc822; {sent.recipient}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{sent.message_id}>\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize(("word", "code", "queued"), [("n", 1, 0), ("y", 0, 2)])
def test_it_asks_before_it_sends(tmp_path: Path, word: str, code: int, queued: int) -> None:
    with office(tmp_path, rules=TOLD, at=OPEN_AT) as desk:
        pass
    done = run(tmp_path, "policy", "--send", stdin=f"{word}\n".encode())
    assert "Send 2 mails?" in done.out
    assert (done.code, desk.one("SELECT count(*) FROM outbox")) == (code, queued)


def test_without_a_brand_nothing_can_be_promised(tmp_path: Path) -> None:
    done = run(tmp_path, "policy")
    assert (done.code, "names no brand" in done.err) == (78, True)


def test_on_the_command_line(tmp_path: Path) -> None:
    nobody = '[[tenant]]\nid = "cove"\nname = "Cove"\ndomains = ["cove.example"]\n'
    with office(tmp_path, rules=TOLD + nobody, at=OPEN_AT):
        pass
    unasked = run(tmp_path, "policy", "--send")
    assert unasked.code == 64
    assert "add --yes" in unasked.err
    assert JANE in unasked.out
    assert "Cove (cove) has no address to write to" in unasked.err
    done = run(tmp_path, "policy", "--send", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 mails on the way")
    assert "told for the first time" in done.out
    again = run(tmp_path, "policy", "--send", "--yes", "--tenant", "acme")
    assert (again.code, again.out.strip()) == (0, "All have been told.")
    page, eml = tmp_path / "policy.html", tmp_path / "policy.eml"
    assert run(tmp_path, "policy", "--tenant", "bolt", "--html", str(page)).code == 0
    assert '<html lang="de">' in page.read_text("utf-8")
    assert run(tmp_path, "policy", "--tenant", "acme", "--mail", str(eml)).code == 0
    assert message_from_bytes(eml.read_bytes())["To"] == JANE
    assert run(tmp_path, "policy", "--html", str(tmp_path / "none" / "policy.html")).code == 73
    shown = run(tmp_path, "policy", "--tenant", "acme", "--language", "fr")
    assert "Ce que vous pouvez attendre de nous" in shown.out
    for wrong in (("--tenant", "nobody"), ("--language", "it"), ("--json", "--html", str(page))):
        assert run(tmp_path, "policy", *wrong).code == 64
    assert '"critical.response": "900s always"' in run(tmp_path, "policy", "--json").out
