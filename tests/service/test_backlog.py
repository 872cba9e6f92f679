"""After hours without the mailbox, all that came meanwhile is taken: in order, once, and quietly (F17, F18, P20)."""

from __future__ import annotations

import logging
import random
import re
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, rules_for
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Relay

OUTAGE = timedelta(hours=6)
# The default of answers.max_age.
LATE = timedelta(hours=2)
TOLD = ("dana@example.com", "kim@example.com")
MIB = 1024
MOST_MORE_KIB = 60 * MIB
MOST_OF_A_READER_KIB = 400 * MIB


@dataclass(frozen=True)
class Waiting:
    """A message that came during the outage."""

    message_id: str
    conversation: int
    came_at: datetime
    raw: bytes


def weekend(messages: int, until: datetime, chance: random.Random) -> Iterator[Waiting]:
    """Return conversations, interleaved, each in its order; every fifth message is an emergency."""
    conversations = max(1, messages // 7)
    latest: dict[int, str] = {}
    for number in range(messages):
        conversation = chance.randrange(conversations)
        message_id = f"backlog-{number}@acme-dental.example"
        came_at = (until - OUTAGE + (number + 1) * OUTAGE / messages).replace(microsecond=0)
        reply = f"In-Reply-To: <{latest[conversation]}>\r\n" if conversation in latest else ""
        words = "All our phones are dead." if number % 5 == 0 else "Can the hold music be changed?"
        raw = (
            f"From: Person {conversation} <person{conversation}@acme-dental.example>\r\n"
            f"To: support@example.com\r\nSubject: Case {conversation}\r\n{reply}"
            f"Message-ID: <{message_id}>\r\nDate: {came_at:%a, %d %b %Y %H:%M:%S +0000}\r\n\r\n"
            f"{words} ({number})\r\n{'All of it happened after lunch. ' * 60}\r\n"
        )
        latest[conversation] = message_id
        yield Waiting(message_id, conversation, came_at, raw.encode())


def office(now: datetime, dovecot: Dovecot, relay: Relay) -> str:
    """Return rules of an office that opened an hour ago, wherever it is about noon now."""
    noon = (now.hour - 12) * -1
    opened = now + timedelta(hours=noon - 1)
    # The sign of Etc/GMT zones is turned around.
    zone = f"Etc/GMT{-noon:+d}" if noon else "Etc/GMT"
    week = ", ".join(f'{day} = ["{opened:%H:%M}-24:00"]' for day in "mon tue wed thu fri sat sun".split())
    addresses = ", ".join(f'"{address}"' for address in TOLD)
    rules = rules_for(
        dovecot=dovecot, relay=relay, hours=f"week = {{ {week} }}", more=f"[notify]\naddresses = [{addresses}]\n"
    )
    return rules.replace('zone = "America/New_York"', f'zone = "{zone}"')


def resident(pid: int, which: str = "VmRSS") -> int:
    """Return a process's memory in KiB, or with VmHWM the most it ever had; 0 when it has ended."""
    try:
        found = re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def readers(pid: int) -> list[int]:
    """Return the processes in which the daemon reads mail."""
    return [int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()]


@pytest.mark.dovecot
@pytest.mark.parametrize("messages", [300, pytest.param(5000, marks=pytest.mark.slow)])
def test_a_backlog_is_drained(
    tmp_path: Path,
    dovecot: Dovecot,
    messages: int,
) -> None:
    """The server comes back, and is killed and comes back once more in the middle."""
    now = datetime.now(UTC)
    backlog = list(weekend(messages, now, random.Random(messages)))
    with Relay() as relay:
        desk = Desk(tmp_path / "desk", office(now, dovecot, relay), {"IMAP_PASSWORD": dovecot.password})
        with desk:
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        since_yesterday(desk)
        with dovecot.client() as client:
            for one in backlog:
                client.append("INBOX", one.raw, msg_time=one.came_at)
        dovecot.stop()
        with desk:
            desk.wait_until_started(2)
            desk.wait_for(lambda: "refuses connections" in desk.said(), "the outage to be noticed")
            assert desk.process is not None
            pid = desk.process.pid
            at_start = resident(pid)
            dovecot.start()
            fetched_seconds, decided_seconds = drain(desk, dovecot, messages)
            unsent = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'submitting', 'deferred')"
            desk.wait_for(lambda: desk.count(unsent) == 0, "the outbox to empty", seconds=600)
            most = resident(pid, "VmHWM")
            most_of_a_reader = max((resident(child, "VmHWM") for child in readers(pid)), default=0)
        check_order(desk, backlog)
        answers, notices = check_mails(desk, relay, backlog)
    figures = {
        "fetched a second": round(messages / fetched_seconds),
        "decided a second": round(messages / decided_seconds),
        "MiB at start": at_start // MIB,
        "MiB at most": most // MIB,
        "MiB at most of a reader": most_of_a_reader // MIB,
        "answers": answers,
        "notices to one address": notices,
    }
    # Shown with --log-cli-level=INFO.
    logging.getLogger(__name__).info("%d messages: %s", messages, figures)
    assert most - at_start < MOST_MORE_KIB
    assert most_of_a_reader < MOST_OF_A_READER_KIB


def since_yesterday(desk: Desk) -> None:
    """Let the first contact be a day ago; mail from before it would be history."""
    with closing(sqlite3.connect(desk.log)) as log, log:
        log.execute(
            "UPDATE cursor SET first_contact_at = ?", (f"{datetime.now(UTC) - timedelta(days=1):%FT%T.000000+00:00}",)
        )


def drain(desk: Desk, dovecot: Dovecot, messages: int) -> tuple[float, float]:
    """Return the seconds until all was fetched, and until all was decided, with a crash of the server in the middle."""
    began = time.monotonic()
    fetched = "SELECT count(*) FROM arrival"
    desk.wait_for(lambda: desk.count(fetched) >= messages / 2, "half of the backlog", seconds=900)
    dovecot.kill()
    dovecot.start()
    desk.wait_for(lambda: desk.count(fetched) >= messages, "all of the backlog", seconds=900)
    fetched_seconds = time.monotonic() - began
    undecided = "SELECT count(*) FROM arrival WHERE state <> 'done'"
    desk.wait_for(lambda: desk.count(undecided) == 0, "all to be decided", seconds=900)
    return fetched_seconds, time.monotonic() - began


def check_order(desk: Desk, backlog: list[Waiting]) -> None:
    """Every message is one entry, and each conversation one ticket whose entries stand in their order."""
    assert desk.count("SELECT count(*) FROM arrival") == len(backlog)
    entries = desk.rows("SELECT message_id, ticket_id FROM entry WHERE kind = 'customer' ORDER BY id")
    assert Counter(message_id for message_id, _ in entries) == Counter(one.message_id for one in backlog)
    came, went = defaultdict(list), defaultdict(list)
    for one in backlog:
        came[one.conversation].append(one.message_id)
    for message_id, ticket in entries:
        went[ticket].append(message_id)
    assert sorted(went.values()) == sorted(came.values())


def check_mails(desk: Desk, relay: Relay, backlog: list[Waiting]) -> tuple[int, int]:
    """No answer is late or for a period that is over; our people get few mails. Return how many of each."""
    came_at = {one.message_id: one.came_at for one in backlog}
    answered = desk.rows(
        "SELECT outbox.period, entry.message_id, outbox.created_at FROM outbox JOIN entry ON entry.id = outbox.entry_id"
        " WHERE outbox.audience = 'customer'"
    )
    # A period that was still going on would be named; in hours an emergency answer is the receipt of a rise.
    assert {period for period, _, _ in answered} == {""}
    for _, message_id, created_at in answered:
        assert datetime.fromisoformat(created_at) - came_at[message_id] <= LATE
    addresses = Counter(recipient for mail in relay.mails for recipient in mail.recipients)
    customers = {address for address in addresses if address not in TOLD}
    assert len(relay.mails) - sum(addresses[told] for told in TOLD) == len(answered)
    assert customers <= {f"person{one.conversation}@acme-dental.example" for one in backlog}
    ids = Counter(message_from_bytes(mail.raw)["Message-ID"] for mail in relay.mails)
    assert set(ids.values()) == {1}
    most = max(addresses[told] for told in TOLD)
    assert 1 <= most <= 20
    return len(answered), most
