"""F37: a copy of the operator's folder on the same machine, on the same mailbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailbot.errors import StoreBusy
from mailbot.rules import Rules
from mailbot.service import claims
from mailbot.service.claims import Claims
from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot, running
from tests.servers.smtp import Relay

# Takes a name as another user.
SQUATS = """
import os, socket, sys
os.setuid(65534)
claim = socket.socket(socket.AF_UNIX)
claim.bind(bytes.fromhex(sys.argv[1]).decode())
claim.listen()
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.mark.dovecot
def test_a_desk_in_a_copied_folder_is_refused_while_the_first_one_reads_the_mailbox(tmp_path: Path) -> None:
    with running() as imap, Relay() as relay:
        environment = {"IMAP_PASSWORD": imap.password}
        with Desk(tmp_path / "desk", rules_for(dovecot=imap, relay=relay), environment) as first:
            first.wait_for(lambda: first.count("SELECT count(*) FROM cursor") == 1, "the first contact")
            shutil.copytree(first.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock", "stderr.log"))
            copy = Desk(tmp_path / "copy", first.rules, environment)
            began_s = time.monotonic()
            with copy:
                assert copy.process is not None
                assert copy.process.wait(120) == 75
            took_s = time.monotonic() - began_s
            assert first.process is not None
            assert f"process {first.process.pid}" in copy.said()
            assert "end that one first" in copy.said()
            _write(imap)
            relay.wait_for(1)
        with copy:
            copy.wait_for(lambda: copy.count("SELECT count(*) FROM ticket") == 1, "the copy to go on where it was made")
        print(f"refused after {took_s:.1f} s")  # noqa: T201


def _write(imap: Dovecot) -> None:
    imap.append(
        b"From: Jane <jane@acme-dental.example>\r\nTo: support@example.com\r\nSubject: Hello\r\n"
        b"Message-ID: <hello@acme-dental.example>\r\n\r\nHow do I add a phone?\r\n"
    )


def mailbox(*folders: str, host: str = "imap.example.com", **more: object) -> Rules:
    sign_in = {"user": "support", "password": {"env": "P"}}
    return Rules.model_validate({"mailbox": [{"host": host, "sign_in": sign_in, "folders": folders, **more}]})


def test_a_folder_is_read_by_one(tmp_path: Path) -> None:
    first, second = Claims(), Claims()
    host = f"{tmp_path.name}.example"
    first.follow(mailbox("INBOX", "Sales", host=host))
    second.follow(mailbox("Leads", host=host))
    for taken in (mailbox("Leads", "Sales", host=host), mailbox(host=host.upper(), junk="INBOX")):
        with pytest.raises(StoreBusy, match="support"):
            second.follow(taken)
    first.follow(mailbox("INBOX", host=host))
    second.follow(mailbox("Sales", host=host))
    first.close()
    second.follow(mailbox("INBOX", host=host))
    second.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user takes root")
def test_another_user_who_takes_the_name_keeps_nobody_from_the_mailbox(tmp_path: Path) -> None:
    rules = mailbox("INBOX", host=f"{tmp_path.name}.example")
    [name] = claims._names(rules.mailbox[0])
    command = [sys.executable, "-c", SQUATS, name.encode().hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as squatter:
        assert squatter.stdout is not None
        assert squatter.stdout.readline() == b"taken\n"
        ours = Claims()
        ours.follow(rules)
        ours.close()
        squatter.communicate(timeout=20)
