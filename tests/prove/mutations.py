"""Damaged messages, tens of thousands: each is read within its limits, and none makes us name a wrong sender.

They go through the process that reads mail in the daemon. What is not done within its limits goes to the slow one, as
it does there; what that cannot do either has broken the promise, and so has one that ends the process, or that
a reader of ours raised an error for. The sender that we name is compared with what others read (`readers`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from mailbot.deciding.understanding import Understood
from mailbot.intake.files import messages_in
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Border, Envelope
from mailbot.rules import Rules
from mailbot.worker import FAST, SLOW, Died, ReadingChild, Task
from tests.prove.mutants import Mutant, mutant
from tests.prove.readers import named

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
"""Real messages beside the project, where they are to be had."""
OWN = Path(__file__).parents[1] / "corpus"
_BORDER = Border(authserv_ids=("mx.example.com",), own_addresses=frozenset({"support@example.com"}))
_ENVELOPE = Envelope("jane@acme-dental.example", ("support@example.com",))


def real_messages() -> Iterator[tuple[str, bytes]]:
    """Yield name and octets of every real message, those in mailbox files one by one; nothing where there are none."""
    manifest = CORPUS / "manifest.jsonl"
    for row in map(json.loads, manifest.read_text().splitlines() if manifest.exists() else ()):
        path = CORPUS / row["path"]
        if row["format"] == "rfc822":
            yield row["path"], path.read_bytes()
        elif row["format"] == "mbox":
            yield from ((str(Path(one.path).relative_to(CORPUS)), one.raw) for one in messages_in([path]))


def own_messages() -> Iterator[tuple[str, bytes]]:
    """Yield name and octets of our own invented messages."""
    for path in sorted(OWN.glob("*.eml")):
        yield path.name, path.read_bytes()


@dataclass
class Outcome:
    """What was seen. `slowest` and `largest` are seconds of CPU and resident octets of the child, and at what."""

    messages: int = 0
    mutants: int = 0
    octets: int = 0
    slowly: int = 0
    """How many were not done within the limits of the fast child."""
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")
    identified: int = 0
    """How many we name a sender of."""
    disputed: int = 0
    """How many the other readers name different senders of."""
    broken: list[str] = field(default_factory=list)


class _Measured:
    """A child that reads one message at a time, so that what each takes can be seen."""

    def __init__(self, child: ReadingChild, rules: Rules) -> None:
        self._child = child
        self._rules = rules

    def read(self, raw: bytes) -> tuple[Understood | Died, float, int]:
        """Return the result, the seconds of CPU it took, and the most octets that the child ever had in memory."""
        self._child.start(self._rules)
        pid, before = self._child.pid, self._cpu_ns()
        [(_, result)] = self._child.read([Task(0, raw, _ENVELOPE, _BORDER)], self._rules)
        if self._child.pid != pid or self._child.pid is None:
            return result, 0.0, 0
        return result, (self._cpu_ns() - before) / 1e9, self._peak()

    def _cpu_ns(self) -> int:
        return int(Path(f"/proc/{self._child.pid}/schedstat").read_bytes().split()[0])

    def _peak(self) -> int:
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) << 10


def run(
    messages: list[tuple[str, bytes]], rules: Rules, each: int, seed: int, progress: Callable[[], None] = lambda: None
) -> Outcome:
    """Damage each message in so many ways, and read what comes of it."""
    outcome = Outcome(messages=len(messages))
    with ExitStack() as stack:
        fast, slow = (_Measured(stack.enter_context(closing(ReadingChild(limits))), rules) for limits in (FAST, SLOW))
        for index, (name, raw) in enumerate(messages):
            for number in range(each):
                other = messages[(index * 7919 + number * 104_729 + 1) % len(messages)][1]
                _take(mutant(name, raw, other, number, seed), fast, slow, outcome)
                progress()
    return outcome


def _take(one: Mutant, fast: _Measured, slow: _Measured, outcome: Outcome) -> None:
    outcome.mutants += 1
    outcome.octets += len(one.raw)
    result, seconds, peak = fast.read(one.raw)
    if isinstance(result, Died) and result.cause != "crashed":
        outcome.slowly += 1
        result, seconds, peak = slow.read(one.raw)
    outcome.slowest = max(outcome.slowest, (seconds, one.name))
    outcome.largest = max(outcome.largest, (peak, one.name))
    if isinstance(result, Died):
        outcome.broken.append(f"{one.name}: {result.cause}, {result.detail}")
    elif result.cause != "empty" and result.message.error:
        outcome.broken.append(f"{one.name}: {result.cause} {result.detail} {result.message.error}")
    else:
        outcome.broken += _compare(one, result, outcome)


def _compare(one: Mutant, result: Understood, outcome: Outcome) -> Iterator[str]:
    """Count who names whom; yield what speaks against our sender."""
    others = named(one.raw)
    outcome.disputed += len(set(others.values())) > 1
    if result.message.sender is None:
        return
    outcome.identified += 1
    ours = frozenset({canonical(result.message.sender.address)})
    for reader, found in others.items():
        if found - ours:
            yield f"{one.name}: {reader} names another sender than we do"
    if others and not any(others.values()):
        yield f"{one.name}: nobody but us names a sender"
