"""A daemon that moves mail, killed at random: each message is one entry and lies in one folder (F4, F5)."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.prove.killable import KillableDesk
from tests.servers.daemon import numbered, rules_for
from tests.servers.dovecot import Dovecot


def subjects(dovecot: Dovecot, folder: str) -> list[str]:
    with dovecot.client() as client:
        client.select_folder(folder, readonly=True)
        answer = client.fetch(client.search("ALL"), ["ENVELOPE"])
    return [data[b"ENVELOPE"].subject.decode() for data in answer.values()]


@pytest.mark.dovecot
@pytest.mark.parametrize(("messages", "kills"), [(40, 3), pytest.param(400, 20, marks=pytest.mark.slow)])
def test_moving_survives_being_killed(tmp_path: Path, dovecot: Dovecot, messages: int, kills: int) -> None:
    chance = random.Random(messages)
    with dovecot.client() as client:
        for folder in ("Done", "Later"):
            client.create_folder(folder)
    rules = rules_for(dovecot=dovecot).replace('tls = "none"', 'tls = "none"\nmove_to = "Done"', 1)
    # Another folder that is read: a message in it is known by its content.
    rules = rules.replace("[[mailbox]]", '[[mailbox]]\nfolders = ["INBOX", "Later"]', 1)
    secret = {"IMAP_PASSWORD": dovecot.password}
    with KillableDesk(tmp_path / "desk", rules, secret) as desk:
        desk.start()
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 2, "the first contact")
        mails = numbered(range(messages))
        for turn in range(kills):
            dovecot.append_all(mails[turn::kills])
            time.sleep(chance.uniform(0.0, 2.0))
            desk.kill()
            desk.start()
        desk.wait_for(
            lambda: desk.count("SELECT count(*) FROM entry WHERE kind = 'customer'") >= messages, "the entries", 120
        )
        desk.wait_for(lambda: not dovecot.flags(), "the INBOX to be tidied", 120)
        done = subjects(dovecot, "Done")
        assert Counter(done) == Counter(f"Question {number}" for number in range(messages))
        # Somebody puts all of it where the desk looks, too.
        with dovecot.client() as client:
            client.select_folder("Done")
            client.move(client.search("ALL"), "Later")
        desk.wait_for(lambda: not dovecot.flags("Later"), "the other folder to be tidied", 120)
        assert desk.count("SELECT count(*) FROM ticket") == messages
        assert desk.count("SELECT count(*) FROM entry WHERE kind = 'customer'") == messages
        assert Counter(subjects(dovecot, "Done")) == Counter(done)
