"""How customers' mail reaches our own people is said where the desk is set up and looked at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailbot import config
from mailbot.rules import Rules
from mailbot.service.answering import at_length, in_short
from mailbot.store import conditions
from tests.servers.commands import run
from tests.service.office import RULES, mail, office
from tests.service.test_relays import JANE, QUESTION, TEAM

UNREACHABLE = TEAM.replace('["dana@harborvoice.example", ', '["jürgen@harborvoice.example", ')


def rules(folder: Path, text: str) -> Rules:
    (folder / "rules.toml").write_text(text)
    return config.load(folder)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "customers' mail is answered from the shared mailbox: no [[agent]] is listed"),
        (TEAM, "2 agents get customers' mail and answer by replying: your mail server proves who writes"),
        (
            TEAM + '[team]\nanswer = "mailbox"\n',
            'customers\' mail is answered from the shared mailbox: your rules say answer = "mailbox"',
        ),
    ],
)
def test_the_way_is_said_with_its_reason(tmp_path: Path, more: str, said: str) -> None:
    assert in_short(rules(tmp_path, RULES + more)) == said


def test_without_a_proof_it_is_the_mailbox(tmp_path: Path) -> None:
    unproven = RULES.replace("authserv_ids", "#") + TEAM
    assert in_short(rules(tmp_path, unproven)).endswith("by replying: signatures (DKIM) prove who writes")
    assert in_short(rules(tmp_path, unproven + "[dkim]\nverify = false\n")).endswith("nothing proves who writes to you")


def test_each_agent_is_named_with_what_they_get(tmp_path: Path) -> None:
    hours = 'hours.week = { mon = ["08:00-16:00"] }\n'
    assert list(at_length(rules(tmp_path, RULES + TEAM + hours))) == [
        "Customers' mail goes to the agents, who answer by replying: your mail server proves who writes.",
        "Dana Ortiz (dana@harborvoice.example): all mail; what can wait in your opening hours",
        "Bob Lind (bob@harborvoice.example): Bolt Logistics, and strangers; what can wait in their own hours",
    ]


def test_check_and_status_say_so(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM)
    checked = run(tmp_path, "check", environment={"COLUMNS": "80"})
    said = " ".join(checked.err.split())
    assert "Customers' mail goes to the agents, who answer by replying: your mail server proves who writes." in said
    assert "Dana Ortiz (dana@harborvoice.example): all mail" in said
    about_agents = [line for line in checked.err.splitlines() if "agents" in line or "Dana" in line or "Bob" in line]
    assert max(map(len, about_agents)) <= 80
    shown = " ".join(run(tmp_path, "status", environment={"COLUMNS": "80"}).out.split())
    assert "2 agents get customers' mail and answer by replying" in shown


class TestAnAgentWhoCannotBeWrittenTo:
    """Such rules do not start; a desk that has them all the same hides nothing."""

    def test_is_told_and_shown_until_mended(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + UNREACHABLE) as desk:
            desk.receive(mail(JANE, QUESTION))
            desk.let_pass(timedelta(hours=1))
            told = [sent.text for sent in desk.notices if "did not get" in sent.text]
            assert len(told) == 1
            assert "An agent did not get the message of Acme Dental" in told[0]
            assert "Dana Ortiz cannot be written to" in " ".join(told[0].split())
            with desk.here.database.read() as conn:
                [known] = conditions.current(conn, desk.here.desk.partner)
            assert (known.part, known.reason.startswith("gets no customers' mail")) == ("agent dana", True)
        with office(tmp_path, rules=RULES + TEAM, at=desk.now) as mended:
            mended.receive(mail(JANE, "And the fax?", subject="Fax", message_id="q2@acme-dental.example"))
            mended.let_pass(timedelta(0))
            with mended.here.database.read() as conn:
                assert conditions.current(conn, mended.here.desk.partner) == ()
