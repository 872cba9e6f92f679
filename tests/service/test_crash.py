"""Killed at random, the daemon loses nothing and doubles nothing: on a real IMAP server and a real relay."""

from __future__ import annotations

import random
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.servers.daemon import NEVER_OPEN, Desk, numbered, rules_for
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Relay

CRITICAL = "All our phones are dead and nobody can call in or out."


@pytest.mark.dovecot
@pytest.mark.slow
def test_it_loses_and_doubles_nothing_when_killed(tmp_path: Path, dovecot: Dovecot) -> None:
    """Every message is one entry; an answer leaves once, an emergency answer at most twice with one id."""
    messages, kills = 500, 20
    chance = random.Random(messages)
    with Relay() as relay:
        rules = rules_for(dovecot=dovecot, relay=relay, hours=NEVER_OPEN)
        desk = Desk(tmp_path / "desk", rules, {"IMAP_PASSWORD": dovecot.password})
        with desk:
            desk.wait_until_started()
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
            _feed_and_kill(desk, dovecot, messages, kills, chance)
            desk.wait_for(
                lambda: desk.count("SELECT count(*) FROM entry WHERE kind = 'customer'") >= messages,
                "every message to be an entry",
                seconds=120,
            )
            unfinished = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'submitting', 'deferred')"
            desk.wait_for(lambda: desk.count(unfinished) == 0, "the outbox to empty", seconds=120)
        _check(desk, relay, messages)


def _feed_and_kill(desk: Desk, dovecot: Dovecot, messages: int, kills: int, chance: random.Random) -> None:
    mails = [
        raw if number % 5 else numbered(range(number, number + 1), CRITICAL)[0]
        for number, raw in enumerate(numbered(range(messages)))
    ]
    batch = messages // kills
    for turn in range(kills):
        for raw in mails[turn * batch : (turn + 1) * batch]:
            dovecot.append(raw)
        time.sleep(chance.uniform(0.0, 0.6))
        desk.kill()
        desk.start()
        # Also while it starts, and while it drains what it missed.
        time.sleep(chance.uniform(0.0, 2.5))
    for raw in mails[kills * batch :]:
        dovecot.append(raw)


def _check(desk: Desk, relay: Relay, messages: int) -> None:
    entries = Counter(message_id for (message_id,) in desk.rows("SELECT message_id FROM entry WHERE kind = 'customer'"))
    wanted = {f"question-{number}@acme-dental.example" for number in range(messages)}
    assert set(entries) == wanted
    assert set(entries.values()) == {1}
    assert desk.count("SELECT count(*) FROM ticket") == messages
    decided = dict(desk.rows("SELECT message_id, kind FROM outbox WHERE audience = 'customer'"))
    assert len(decided) == messages
    left = Counter(message_from_bytes(mail.raw)["Message-ID"].strip("<>") for mail in relay.mails)
    unclear = {id_ for (id_,) in desk.rows("SELECT message_id FROM outbox WHERE state = 'unclear'")}
    for message_id, kind in decided.items():
        assert left[message_id] <= (2 if kind == "emergency" else 1), (message_id, kind)
        assert left[message_id] or message_id in unclear, (message_id, kind)
