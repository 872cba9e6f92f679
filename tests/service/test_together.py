"""Several of us answer from one mailbox: whose a ticket is, and who is told what of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.store.projection import rebuild_projection
from tests.servers.commands import run
from tests.service.office import RULES, SUPPORT, Office, mail, office
from tests.service.test_relays import ANSWER, DANA, JANE, asked, relays, reply

BOB = "bob@harborvoice.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def assignee(desk: Office, ticket: int = 1001) -> str:
    return str(desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket))


def written(sender: str, text: str = ANSWER, *, verdict: str = "pass", to: str = "jane@acme-dental.example") -> bytes:
    """Return what one of us wrote to Jane past the desk."""
    return mail(
        sender,
        text,
        subject="Re: A question",
        verdict=verdict,
        message_id=f"direct-{abs(hash(text)):x}@mail-program.example",
        fields=("In-Reply-To: <q1@acme-dental.example>", f"Cc: {SUPPORT}"),
        replaces={"To": to},
    )


def by_bob(relay_to_bob: Office, text: str = ANSWER) -> bytes:
    return reply(relays(relay_to_bob, BOB)[-1], text, sender=f"Bob <{BOB}>")


class TestWhoAnswersFirst:
    @pytest.mark.parametrize("text", [ANSWER, "#called we spoke, all is well", f"#close\n{ANSWER}"])
    def test_a_reply_or_a_call_takes_the_ticket(self, desk: Office, text: str) -> None:
        asked(desk)
        assert assignee(desk) == ""
        desk.receive(by_bob(desk, text))
        assert assignee(desk) == "bob"

    def test_so_does_an_answer_with_us_in_copy(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(f"Dana Ortiz <{DANA}>"))
        assert assignee(desk) == "dana"

    @pytest.mark.parametrize(
        ("name", "agent"),
        [
            ("Dana Ortiz", "dana"),
            ("Dana", "dana"),
            ("Bob · Harbor Voice", "bob"),
            ("Harbor Voice (Bob Lind)", "bob"),
            ("Harbor Voice", ""),
            ("Harbor Voice Support", ""),
            ("Dana and Bob", ""),
        ],
    )
    def test_in_the_shared_mailbox_the_name_tells_who_it_was(self, desk: Office, name: str, agent: str) -> None:
        asked(desk)
        desk.receive(written(f'"{name}" <{SUPPORT}>', verdict=""), sent=True)
        assert assignee(desk) == agent
        assert desk.one("SELECT author FROM entry WHERE kind = 'agent'") == agent

    def test_who_has_it_keeps_it(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.receive(written(f"Dana Ortiz <{DANA}>", "One thing more."))
        assert assignee(desk) == "bob"
        assert desk.rows("SELECT author, text FROM entry WHERE kind = 'change' AND author <> 'mailbot'") == [
            ("bob", "answered first")
        ]

    @pytest.mark.parametrize("text", ["#note she is in a hurry", "#severity high"])
    def test_what_the_customer_does_not_get_takes_nothing(self, desk: Office, text: str) -> None:
        asked(desk)
        desk.receive(by_bob(desk, text))
        assert assignee(desk) == ""

    def test_an_unproven_copy_takes_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(written(f"Dana Ortiz <{DANA}>", verdict=""))
        assert assignee(desk) == ""

    def test_the_log_alone_tells_whose_it_is(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        desk.here.database.writer.write(rebuild_projection)
        assert assignee(desk) == "bob"


class TestWhoWaits:
    """`tickets` shows whom the customer waits for, and since when."""

    @staticmethod
    def listed(desk: Office, *words: str) -> list[int]:
        return [row["id"] for row in run(desk.log.parents[1], "tickets", "--json", *words).rows]

    @staticmethod
    def shown(desk: Office, *words: str) -> str:
        return " ".join(run(desk.log.parents[1], *words).out.split())

    @staticmethod
    def again(desk: Office, text: str) -> None:
        desk.now += timedelta(hours=1)
        desk.receive(mail(JANE, text, subject="Re: A question", fields=("In-Reply-To: <q1@acme-dental.example>",)))

    def test_an_answered_customer_who_writes_again_waits_again(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        assert self.listed(desk, "--waiting") == []
        assert "answered Bob Lind" in self.shown(desk, "tickets")
        self.again(desk, "That does not work, which format do you need?")
        assert self.listed(desk, "--waiting") == [1001]
        assert "since Mon 11:00 Bob Lind" in self.shown(desk, "tickets")
        assert "Bob Lind has it waits again since Mon 23 Nov 11:00" in self.shown(desk, "show", "1001")

    def test_nobody_waits_who_says_thanks(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        self.again(desk, "Thank you!")
        desk.do(verb="reopen", ticket=1001)
        assert self.listed(desk, "--waiting") == []

    def test_thanks_before_any_answer_change_nothing(self, desk: Office) -> None:
        asked(desk)
        self.again(desk, "Thanks!")
        assert self.listed(desk, "--waiting") == [1001]
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:00")

    def test_who_writes_into_a_closed_ticket_waits_from_then_on(self, desk: Office) -> None:
        asked(desk)
        desk.do(verb="close", ticket=1001)
        self.again(desk, "It is back, the music stops after a minute.")
        assert desk.one("SELECT state FROM ticket") == "open"
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T16:00")

    def test_a_ticket_that_was_closed_by_mistake_waits_as_before(self, desk: Office) -> None:
        asked(desk)
        desk.do(verb="close", ticket=1001)
        desk.now += timedelta(hours=2)
        desk.do(verb="reopen", ticket=1001)
        assert desk.one("SELECT waiting_since FROM ticket").startswith("2026-11-23T15:00")

    def test_past_mail_makes_nobody_wait(self, desk: Office) -> None:
        desk.receive(mail(JANE, "An old question.", message_id="old@acme-dental.example"), history=True)
        assert desk.one("SELECT waiting_since FROM ticket") is None

    def test_the_list_is_narrowed_to_what_is_whose(self, desk: Office) -> None:
        asked(desk)
        asked(desk, "Raj <raj@bolt.example>", message_id="q9@bolt.example")
        desk.receive(reply(relays(desk)[0]))
        assert self.listed(desk, "--assignee", "dana") == [1001]
        assert self.listed(desk, "--assignee", "nobody") == [1002]
        mistyped = run(desk.log.parents[1], "tickets", "--assignee", "dna")
        assert (mistyped.code, "dana" in mistyped.err) == (64, True)

    def test_what_is_told_of_an_answered_ticket_promises_nothing(self, desk: Office) -> None:
        asked(desk)
        desk.receive(by_bob(desk))
        self.again(desk, "That does not work, which format do you need?")
        desk.let_pass(timedelta(minutes=1))
        relay = relays(desk)[-1]
        assert "Answer by" not in relay.text
        assert "Taken by:   Bob Lind" in relay.text
