"""A person with a mail program works in the mailbox that the desk reads: every message is one entry (F20, F21, P2)."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.dovecot import Dovecot

ENTRIES = "SELECT count(*) FROM entry WHERE kind = 'customer'"
ASIDE = "Colleagues"


class Person:
    """Reads, stars and answers mail, and moves it away and back, at random."""

    def __init__(self, client: IMAPClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self._client.create_folder(ASIDE)

    def work(self) -> None:
        """Do one thing to some message, if there is one."""
        here, there = self._chance.choice([("INBOX", ASIDE), (ASIDE, "INBOX"), ("INBOX", "")])
        self._client.select_folder(here)
        uids = self._client.search("ALL")
        if not uids:
            return
        some = self._chance.sample(uids, min(len(uids), self._chance.randrange(1, 4)))
        if there:
            self._client.move(some, there)
        else:
            flag = self._chance.choice([rb"\Seen", rb"\Flagged", rb"\Answered", b"$Forwarded"])
            self._client.add_flags(some, [flag])

    def put_all_back(self) -> None:
        """Leave everything in the INBOX."""
        self._client.select_folder(ASIDE)
        if uids := self._client.search("ALL"):
            self._client.move(uids, "INBOX")


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("seed", "messages"), [(1, 40), *(pytest.param(seed, 300, marks=pytest.mark.slow) for seed in range(2, 6))]
)
def test_what_a_person_does_meanwhile_changes_nothing(
    tmp_path: Path, dovecot: Dovecot, seed: int, messages: int
) -> None:
    chance = random.Random(seed)
    desk = Desk(tmp_path / "desk", rules_for(dovecot=dovecot), {"IMAP_PASSWORD": dovecot.password})
    with desk:
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        with dovecot.client() as client:
            person = Person(client, chance)
            for raw in numbered(range(messages)):
                dovecot.append(raw)
                for _ in range(chance.randrange(4)):
                    person.work()
            # What was moved away before the desk saw it, it sees now.
            person.put_all_back()
        desk.wait_for(lambda: desk.count(ENTRIES) >= messages, "every message to be an entry", 60)
        before = Counter(dovecot.flags().values())
        assert before.total() == messages
        # The server rebuilds its indexes, so that all UIDs begin anew, and everything is compared.
        dovecot.renumber()
        desk.wait_for(lambda: "folder-renumbered" in desk.said(), "the new numbers to be noticed")
        compared = "SELECT count(*) FROM cursor WHERE renumbered = 1 AND reconciled_at IS NOT NULL"
        desk.wait_for(lambda: desk.count(compared) == 1, "all to be compared", 60)
        dovecot.append(numbered(range(messages, messages + 1))[0])
        desk.wait_for(lambda: desk.count(ENTRIES) > messages, "the mail after that", 60)
        desk.wait_for(
            lambda: desk.count("SELECT count(*) FROM arrival WHERE state <> 'done'") == 0, "all to be decided", 60
        )
        entries = Counter(id_ for (id_,) in desk.rows("SELECT message_id FROM entry WHERE kind = 'customer'"))
        assert entries == Counter(f"question-{number}@acme-dental.example" for number in range(messages + 1))
        assert desk.count("SELECT count(*) FROM ticket") == messages + 1
        assert Counter(dovecot.flags().values()) == before + Counter([()])
