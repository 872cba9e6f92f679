"""A desk with weekly mails: when its weeks begin, who reads of them, and what they get and reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

from tests.service.office import RULES, SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import TEAM

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
"""Ten o'clock in New York, where the desk is open until half past five, at the start of week 47."""
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
PAT, SAM = "pat@harborvoice.example", "sam@harborvoice.example"
READ_BY_ONE = f'[digest]\naddresses = ["{PAT}"]\n'
READ_BY_TWO = f'[digest]\naddresses = ["{PAT}", "{SAM}"]\n'
OF_THE_WEEK = RULES + TEAM + f'[relay]\nhost = "smtp.harborvoice.example"\nplus_addressing = "yes"\n{READ_BY_TWO}'


@dataclass(frozen=True, slots=True)
class Worked:
    """A desk that worked for a while: its folder, its rules, when it stopped, and what it had sent by then."""

    folder: Path
    rules: str
    now: datetime
    sent: list[Sent]


def played(folder: Path, play: Callable[[Office], object], rules: str = OF_THE_WEEK, at: datetime = MONDAY) -> Worked:
    """Let a desk work from that Monday on, once for all cases that begin after it."""
    with office(folder, rules=rules, at=at) as opened:
        play(opened)
        return Worked(folder, rules, opened.now, opened.sent)


@contextmanager
def going_on(folder: Path, worked: Worked) -> Iterator[Office]:
    """Open a copy of a desk that worked, in that folder."""
    copytree(worked.folder / "data", folder / "data")
    with office(folder, rules=worked.rules, at=worked.now) as opened:
        opened.sent += worked.sent
        yield opened


def digests(desk: Office, reader: str = "") -> list[Sent]:
    """Return the weekly mails that went to one reader, "" for all."""
    weekly = (sent for sent in desk.sent if str(sent.mail["Subject"]).startswith("Week "))
    return [sent for sent in weekly if reader in {"", sent.recipient}]


def work(desk: Office) -> None:
    """Let a week pass in which customers wrote and nobody answered."""
    desk.let_pass(timedelta(hours=1))
    desk.receive(mail("Jane <jane@acme-dental.example>", "All our phones are down!", subject="Phones down"))
    desk.receive(mail("Ann <ann@elsewhere.example>", "What does a line cost?", subject="A price", verdict="none"))
    desk.receive(mail("Joe <joe@gmail.com>", "Do you sell phones?", subject="Phones", verdict="none"))
    desk.receive(mail("Bo <bo@bolt.example>", "How do I record a greeting?", subject="Greeting"))
    desk.let_pass(WEEK)


def digest_of(desk: Office, reader: str = PAT, place: int = 0) -> Sent:
    return digests(desk, reader)[place]


def replied(digest: Sent, text: str, *, sender: str = f"Pat <{PAT}>", verdict: str = "pass") -> bytes:
    """Return a reply as a telephone writes it, above the quoted mail."""
    quoted = "\n".join(f"> {line}" for line in digest.text.splitlines())
    return mail(
        sender,
        f"{text}\n\nOn Mon, Nov 23, 2026 at 8:00 AM Harbor Voice <{SUPPORT}> wrote:\n\n{quoted}\n",
        subject=f"Re: {digest.mail['Subject']}",
        verdict=verdict,
        fields=(f"In-Reply-To: <{digest.message_id}>", f"References: <{digest.message_id}>"),
        message_id=f"r{abs(hash((text, sender, verdict))):x}@phone.example",
    )


def told(desk: Office, to: str = PAT) -> Sent:
    """Return the last mail to one of us."""
    return [one for one in desk.sent if one.recipient == to][-1]


def state(desk: Office) -> list[tuple[object, ...]]:
    return desk.rows("SELECT id, state, assignee, tenant, severity FROM ticket ORDER BY id")


def numbers(digest: Sent) -> dict[int, int]:
    """Return the ticket of each number that stands in a mail."""
    return {int(number): int(ticket) for number, ticket in re.findall(r"(?m)^(\d+)\. [^\n]*?#(\d+)", digest.text)}


def of(digest: Sent, ticket: int) -> int:
    return next(number for number, one in numbers(digest).items() if one == ticket)
