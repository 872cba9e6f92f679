"""`mailbot new for …` and `mailbot for …`: what agents begin by mail, begun on the server through the same code."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.desk.refusing import RefusedError
from tests.servers.commands import run
from tests.service.office import RULES, SUPPORT, Office, mail, office
from tests.service.test_relays import DANA, JANE, TEAM, asked, questions, reply, to_customer
from tests.service.test_relays import relays as relayed

PLAN = b"%PDF-1.4 the plan"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def file(name: str, type_: str, octets: bytes) -> dict[str, str]:
    """Return a file of the request."""
    return {"name": name, "type": type_, "octets": b64encode(octets).decode()}


def begun(desk: Office, **more: Any) -> str:
    request = {"line": "#new for jane@acme-dental.example", "subject": "Your number", "text": "It moves on Friday."}
    said = desk.do(**{"verb": "new", "agent": "dana", "confirmed": True, **request, **more})
    desk.deliver()
    return said


class TestNew:
    def test_it_opens_a_ticket_and_writes_to_the_customer_as_the_agent(self, desk: Office) -> None:
        said = begun(desk, files=[file("plan.pdf", "application/pdf", PLAN)])
        assert said == "#1001 is opened for jane@acme-dental.example; your words go there, with plan.pdf (1 kB)"
        [got] = to_customer(desk)
        assert (str(got.mail["From"]), str(got.mail["Subject"])) == (
            f"Dana Ortiz · Harbor Voice <{SUPPORT}>",
            "Your number",
        )
        assert got.text.strip() == "It moves on Friday."
        assert [part.get_payload(decode=True) for part in got.mail.iter_attachments()] == [PLAN]
        assert DANA not in got.raw.decode() + got.text
        row = "SELECT tenant, requester, assignee, first_response_at IS NOT NULL FROM ticket"
        assert desk.rows(row) == [("acme", "jane@acme-dental.example", "dana", 1)]
        assert desk.one("SELECT count(*) FROM arrival WHERE state <> 'done'") == 0

    def test_what_she_answers_finds_the_ticket(self, desk: Office) -> None:
        begun(desk)
        [got] = to_customer(desk)
        answer = mail(JANE, "Fine.", subject="Re: Your number", fields=(f"In-Reply-To: <{got.message_id}>",))
        assert desk.receive(answer).ticket == 1001

    def test_without_a_yes_it_says_whom_it_would_reach_and_nothing_is_done(self, desk: Office) -> None:
        with pytest.raises(
            RefusedError, match=r"to jane@acme-dental.example, at Acme Dental, under “Your number”.*--yes"
        ):
            begun(desk, confirmed=False)
        tables = ("ticket", "entry", "arrival", "outbox")
        assert [desk.one(f"SELECT count(*) FROM {table}") for table in tables] == [0] * 4  # noqa: S608

    @pytest.mark.parametrize(
        ("changed", "shown"),
        [
            ({"text": "It moves on Friday."}, "“It moves on Friday.”; to have it so"),
            ({"text": "As you wrote:\n\nOn Monday Jane wrote:\n> hello\n"}, "“As you wrote:” (not all that you wrote"),
            ({"files": [file("old.eml", "message/rfc822", b"From: a@b.example\r\n\r\nHi\r\n")]}, "a whole mail"),
        ],
    )
    def test_without_a_yes_it_shows_what_would_leave_and_what_is_doubtful(
        self, desk: Office, changed: dict[str, Any], shown: str
    ) -> None:
        with pytest.raises(RefusedError) as refused:
            begun(desk, confirmed=False, **changed)
        assert shown in str(refused.value)

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"line": "#new for jane@acme-dental.example #close"}, "says something else"),
            ({"text": " "}, "there are no words below it to send"),
            ({"line": f"#new for {DANA}"}, "that is one of us"),
            ({"line": "#new for nobody"}, "nobody"),
            ({"line": "#close"}, "close"),
            ({"agent": "bob"}, "that is no customer of yours"),
            ({"agent": ""}, "say in whose name"),
            ({"subject": "[1042] Your number"}, "its subject names another ticket"),
        ],
    )
    def test_what_cannot_be_is_refused_in_plain_words(self, desk: Office, changed: dict[str, Any], why: str) -> None:
        with pytest.raises(RefusedError, match=why):
            begun(desk, **changed)
        assert desk.one("SELECT count(*) FROM outbox") == 0

    def test_it_works_as_a_command(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM):
            pass
        said = ("new", "for", "jane@acme-dental.example", "--subject", "Your number", "--as", "dana")
        refused = run(tmp_path, *said, stdin=b"It moves on Friday.")
        assert (refused.code != 0, "add --yes" in " ".join(refused.err.split())) == (True, True)
        plan = tmp_path / "plan.pdf"
        plan.write_bytes(PLAN)
        done = run(tmp_path, *said, "--attach", str(plan), "--yes", stdin=b"It moves on Friday.")
        assert (done.code, done.err) == (0, "")
        assert "with plan.pdf (1 kB)" in " ".join(done.out.split())
        gone = run(tmp_path, *said, "--attach", str(tmp_path / "none.pdf"), "--yes", stdin=b"It moves.")
        assert gone.code != 0
        assert "none.pdf" in "".join(gone.err.split())


class TestFor:
    def passed_on(self, desk: Office) -> int:
        """Have Dana forward a mail of Jane's; return the message's number."""
        forwarded = (
            "FYI\n\n---------- Forwarded message ---------\nFrom: Jane Roe <jane@acme-dental.example>\n"
            "Date: Mon, Nov 23, 2026 at 9:00 AM\nSubject: Hold music\nTo: Dana <dana@harborvoice.example>\n\n"
            "How do I change the music?\n"
        )
        desk.receive(mail(f"Dana <{DANA}>", forwarded, subject="Fwd: Hold music", message_id="f1@phone.example"))
        number: int = desk.one("SELECT id FROM arrival WHERE state = 'quarantined'")
        return number

    def test_what_an_agent_passed_on_becomes_the_customers_ticket(self, desk: Office) -> None:
        number = self.passed_on(desk)
        request = {"verb": "whose", "ticket": number, "line": "#for jane@acme-dental.example"}
        with pytest.raises(RefusedError, match=r"a ticket of jane@acme-dental.example, at Acme Dental; .*--yes"):
            desk.do(**request)
        assert desk.do(**request, confirmed=True) == f"message {number} becomes a ticket of jane@acme-dental.example"
        desk.processor.step()
        desk.deliver()
        assert desk.rows("SELECT tenant, requester, subject FROM ticket") == [
            ("acme", "jane@acme-dental.example", "Hold music")
        ]
        assert to_customer(desk) == []

    def test_a_ticket_is_given_to_whom_it_belongs(self, desk: Office) -> None:
        ticket = asked(desk, "someone@elsewhere.example", "My phone is silent.", message_id="q9@elsewhere.example")
        request = {"verb": "whose", "ticket": ticket, "line": "#for sam@elsewhere.example", "agent": "dana"}
        with pytest.raises(RefusedError, match=r"answers go to sam@elsewhere\.example"):
            desk.do(**request)
        assert desk.do(**request, confirmed=True) == f"#{ticket} is sam@elsewhere.example's"
        assert desk.one("SELECT requester FROM ticket") == "sam@elsewhere.example"

    def test_what_waits_for_nothing_of_the_kind_is_refused(self, desk: Office) -> None:
        request = {"verb": "whose", "line": "#for jane@acme-dental.example", "confirmed": True}
        with pytest.raises(RefusedError, match="there is no ticket #7, and no message 7"):
            desk.do(**request, ticket=7)
        asked(desk)
        desk.receive(reply(relayed(desk)[0], verdict=""))
        assert questions(desk)
        number = desk.one("SELECT id FROM arrival WHERE state = 'quarantined'")
        with pytest.raises(RefusedError, match=f"message {number} waits for another word"):
            desk.do(**request, ticket=number)
        assert to_customer(desk) == []

    def test_nobody_speaks_for_the_agent_who_was_asked(self, desk: Office) -> None:
        number = self.passed_on(desk)
        request = {"verb": "whose", "ticket": number, "confirmed": True}
        with pytest.raises(RefusedError, match="waits for the word of Dana Ortiz"):
            desk.do(**request, line="#for jane@acme-dental.example", agent="bob")
        with pytest.raises(RefusedError, match="is no customer, but one of us"):
            desk.do(**request, line=f"#for {DANA}")
        desk.let_pass(timedelta(0))
        assert desk.one("SELECT count(*) FROM ticket") == 0
