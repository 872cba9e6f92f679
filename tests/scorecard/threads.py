"""Whether mail finds the ticket that it continues: threads of real mail, played message by message.

All messages of a mailbox or list count as written by one known address, which writes to us alone: what is asked is
what a message says of its ancestors, not who may say so. Each is read, and `deciding.threads` says which earlier ticket
it joins. True is what the source says: for imaptest's mailboxes the trees of RFC 5256, for lists the threads by their
references.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from mailbot.deciding.context import Context, KnownId, TicketFacts
from mailbot.deciding.effects import TicketState
from mailbot.deciding.threads import Sender, clues, join
from mailbot.deciding.tokens import Keyring
from mailbot.errors import MessageError
from mailbot.reading.message import read
from mailbot.reading.model import Envelope, Message, Verdict
from mailbot.rules import Rules, Severity
from tests.scorecard.classified import Figure
from tests.scorecard.rows import Row

_WRITER = "ann@example.com"
_AT = datetime(2026, 1, 5, tzinfo=UTC)
_SENDER = Sender(_WRITER, Verdict.PASS, known=True, listed=False, tenant=None)


def figures(rows: Iterable[Row], rules: Rules) -> list[Figure]:
    """Return how many mailboxes, and messages of lists, are threaded as they should be; none without such truth."""
    boxes: list[tuple[str, bool]] = []
    lists: dict[str, list[tuple[Message, Row]]] = defaultdict(list)
    for row in rows:
        if "threads" in row.truth:
            messages = _messages(row)[: row.truth.get("first_n_messages")]
            boxes.append((row.path, _groups(tickets(messages, rules)) == sorted(row.truth["threads"])))
        elif "thread_id" in row.truth and row.is_whole:
            lists[row.source].append((read(row.octets), row))
    found = [_figure("thread trees", 1.0, boxes)] if boxes else []
    return found + (_of_lists(list(lists.values()), rules) if lists else [])


def tickets(messages: Sequence[Message], rules: Rules) -> list[int]:
    """Return the number of the ticket that each message comes to, in their order; new ones count up from 1."""
    keyring = Keyring(1, {1: b"a key of the scorecard".ljust(32)})
    known: list[KnownId] = []
    numbers: list[int] = []
    for message in messages:
        ids = set(clues(message, Envelope(), rules).message_ids)
        named = tuple(one for one in known if one.message_id in ids)
        context = Context(known_ids=named, tickets=tuple(map(_facts, {one.ticket for one in named})))
        joined = join(clues(message, Envelope(), rules), _SENDER, context, rules, keyring, _AT).ticket
        number = joined.id if joined else max(numbers, default=0) + 1
        numbers.append(number)
        if message.message_id:
            known.append(KnownId(message.message_id, number, _WRITER, outgoing=False))
    return numbers


def _of_lists(lists: Sequence[Sequence[tuple[Message, Row]]], rules: Rules) -> list[Figure]:
    """Of the messages that join a ticket, those that join their own thread; of those that go on, those that join.

    What continues a thread by a message that is not there, joins none.
    """
    right: list[tuple[str, bool]] = []
    kept: list[tuple[str, bool]] = []
    for one in lists:
        ordered = sorted(one, key=lambda pair: pair[0].date or _AT)
        first: dict[int, str] = {}
        begun: set[str] = set()
        for number, (_, row) in zip(tickets([message for message, _ in ordered], rules), ordered, strict=True):
            thread = row.truth["thread_id"]
            if number in first:
                right.append((row.path, first[number] == thread))
            if thread in begun:
                kept.append((row.path, number in first))
            first.setdefault(number, thread)
            begun.add(thread)
    return [_figure("joined threads are right", 0.99, right), _figure("threads are found", 0.0, kept)]


def _figure(name: str, target: float, judged: Sequence[tuple[str, bool]]) -> Figure:
    misses = [path for path, is_right in judged if not is_right]
    return Figure(name, 1 - len(misses) / len(judged) if judged else 1.0, target, len(judged), misses)


def _messages(row: Row) -> list[Message]:
    """Read the messages of an mbox file: each begins with a line `From `."""
    begun = (b"\n" + row.octets.replace(b"\r\n", b"\n")).split(b"\nFrom ")[1:]
    return [_read(one.partition(b"\n")[2]) for one in begun]


def _read(octets: bytes) -> Message:
    try:
        return read(octets)
    except MessageError:
        return Message()


def _groups(numbers: Sequence[int]) -> list[list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers, 1):
        groups[number].append(place)
    return sorted(groups.values())


def _facts(number: int) -> TicketFacts:
    return TicketFacts(number, TicketState.OPEN, Severity.NORMAL, None, _WRITER, _AT, None)
