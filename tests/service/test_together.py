"""Several of us answer from one mailbox: whose a ticket is, and who is told what of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.store.projection import rebuild_projection
from tests.service.office import RULES, SUPPORT, Office, mail, office
from tests.service.test_relays import ANSWER, DANA, asked, relays, reply

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
