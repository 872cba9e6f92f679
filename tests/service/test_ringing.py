"""`mailbot oncall test` rings by each way now, and says at once which of them does not work, and what to mend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.commands import run
from tests.servers.daemon import Desk, rules_for
from tests.servers.receiver import Receiver, answer, without_proxies
from tests.servers.smtp import Relay
from tests.service.office import RULES
from tests.service.test_oncall import ROTA, TEAM

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AGENT = '[[agent]]\nid = "{0}"\nname = "{1}"\naddresses = ["{0}@example.com"]\n'


def pagers(receiver: Receiver) -> str:
    return f"""
[[agent.pager]]
webhook = "{receiver.url("/signed")}"
secret = {{ file = "secret" }}
[[agent.pager]]
webhook = "{receiver.url("/s3cr3t-topic")}"
form = "ntfy"
[[agent.pager]]
command = ["./page.sh", "1"]
[[agent.pager]]
mail = "49151@sms.example"
"""


def prepared(folder: Path, rules: str) -> Desk:
    folder.mkdir()
    for name, text in (("secret", f"{SECRET}\n"), ("page.sh", "#!/bin/sh\ncat > paged; echo busy >&2; exit $1\n")):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o700)
    return Desk(folder, rules)


def results(shown: str) -> list[tuple[str, ...]]:
    """Return the rows of the table that is shown: who, by what, with which result, and why."""
    return [
        tuple(re.split(" {2,}", line.strip(), maxsplit=3)) for line in shown.splitlines() if line.startswith("Dana ")
    ]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    without_proxies(monkeypatch)
    with Receiver() as opened:
        yield opened


def test_it_rings_by_each_way_and_says_which_one_does_not_work(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers("/", answer(403, "forbidden: s3cr3t-topic"))
    agents = AGENT.format("dana", "Dana") + pagers(receiver) + AGENT.format("bob", "Bob")
    more = f'[listen]\nsmtp = "127.0.0.1:0"\n{agents}[oncall]\nrota = ["dana"]\n'
    with Relay() as relay:
        rules = rules_for(relay=relay, more=more)
        with prepared(tmp_path / "desk", rules) as desk:
            desk.wait_until_started()
            done = desk.command("oncall", "test", check=False)
            shown = done.stdout.decode()
            assert done.returncode == 75
            assert [result[:3] for result in results(shown)] == [
                ("Dana", "webhook (1)", "taken"),
                ("Dana", "ntfy (2)", "refused"),
                ("Dana", "command (3)", "not taken"),
                ("Dana", "mail (4)", "taken"),
                ("Dana", "mail to their own address", "taken"),
            ]
            why = [result[3] for result in results(shown)]
            assert "403" in why[1]
            assert "exit code 1: busy" in why[2]
            assert "[[agent.pager]] 2 of dana in rules.toml" in " ".join(shown.split())
            assert "s3cr3t" not in shown
            [posted] = receiver.at("/signed")
            assert posted.is_signed_by(SECRET)
            assert posted.said["kind"] == "test"
            # The weekly mail may leave at the same time.
            tests = {to for mail in relay.mails for to in mail.recipients if b"Test by Harbor Voice" in mail.raw}
            assert tests == {"49151@sms.example", "dana@example.com"}
            told = (desk.folder / "paged").read_text()
            assert told == "Test by Harbor Voice: pager 3 of Dana works. Nothing is wrong.\n"

            # Mended while it runs: the next one takes the new way, and nothing else is disturbed.
            receiver.answers("/", answer(200))
            mended = rules.replace('"./page.sh", "1"', '"./page.sh", "0"')
            (desk.folder / "rules.toml").write_text(mended.replace("/signed", "/other"), encoding="utf-8")
            desk.command("reload")
            assert {result[2] for result in results(desk.command("oncall", "test").stdout.decode())} == {"taken"}
            assert len(receiver.at("/other")) == 1

            bob = desk.command("oncall", "test", "--agent", "bob")
            assert "Bob has no pager" in " ".join(bob.stdout.decode().split())
            wrong = desk.command("oncall", "test", "--agent", "dna", check=False)
            assert b"did you mean dana?" in wrong.stderr
            assert "s3cr3t" not in desk.said()


def test_without_a_running_desk_it_says_how_to_start_it(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM)
    done = run(tmp_path, "oncall", "test")
    assert done.code == 69
    assert f"start it with `mailbot -C {tmp_path} run`" in done.err


def test_it_is_shown_by_which_ways_each_is_called(tmp_path: Path) -> None:
    ntfy = '[[agent.pager]]\nwebhook = "https://ntfy.example/s3cr3t"\nform = "ntfy"\n'
    pager = f'{ntfy}[[agent.pager]]\nmail = "1@sms.example"\n'
    (tmp_path / "rules.toml").write_text(RULES + TEAM + pager + ROTA)
    shown = run(tmp_path, "oncall").out
    assert "Cleo: ntfy, then mail to 1@sms.example" in shown
    assert "Dana: by mail alone, no pager" in shown
    assert "s3cr3t" not in shown
    ways = {row["agent"]: row["ways"] for row in run(tmp_path, "oncall", "--json").rows}
    assert ways == {"dana": [], "bob": [], "cleo": ["ntfy", "mail to 1@sms.example"]}
