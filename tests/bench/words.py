"""What words of the operator's own cost: `python -m tests.bench.words`.

Desks of a hundred tenants that differ in their words only judge the same mails in turn, so that the ratios hold on a
machine whose speed changes. Memory is what a process of its own has beside the desk without words.
"""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mailbot.config import load
from mailbot.deciding.understanding import classified, tenant_with_words
from mailbot.reading.model import Envelope, Mailbox, Message
from mailbot.rules import Rules

_TENANTS = 100
_LISTS = ("critical-keywords", "high-keywords", "not-critical")
_MESSAGES, _ROUNDS = 600, 9
_WORDS = (
    "phone phones line lines calls down dead dial tone office nobody all server panel alarm lift desk scanner pump "
    "fax the our is are not since nine please voicemail extension internet customers reach ring silent broken"
).split()


@dataclass(frozen=True, slots=True)
class Variant:
    """How many words of its own each tenant has in each of three lists, and how many further ones all share."""

    name: str
    own: int = 0
    shared: int = 0


VARIANTS = (
    Variant("none"),
    Variant("15 for each tenant", own=5),
    Variant("150 for each tenant", own=50),
    Variant("10,000 for all", shared=10_000),
)


def rules_with(variant: Variant) -> Rules:
    """Return the rules of a desk with a hundred tenants and such words, as they are loaded from its folder."""
    chance = random.Random(1)

    def words(number: int) -> str:
        phrases = (f'"{chance.choice(_WORDS)} {chance.choice(_WORDS)}{chance.randrange(10**6)}"' for _ in range(number))
        return f"[{', '.join(phrases)}]"

    lines = ["[words]", f"critical-keywords = {words(variant.shared)}"]
    for number in range(_TENANTS):
        lines += ["[[tenant]]", f'id = "t{number}"', f'name = "T{number}"', f'domains = ["t{number}.example"]']
        lines += [f"words.{name} = {words(variant.own)}" for name in _LISTS if variant.own]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.toml").write_text("\n".join(lines))
        return load(Path(folder))


def messages(number: int) -> list[Message]:
    """Return mails of telephone words from all tenants, some 1.5 kB each."""
    chance = random.Random(2)
    return [
        Message(
            subject=" ".join(chance.choices(_WORDS, k=5)),
            sender=Mailbox("", f"ann@t{index % _TENANTS}.example"),
            reply_text="\n\n".join(f"{' '.join(chance.choices(_WORDS, k=14))}." for _ in range(20)),
        )
        for index in range(number)
    ]


def judging_ms(rules: Rules, mails: list[Message]) -> float:
    """Return the milliseconds of CPU that judging one of these mails takes."""
    begun = time.process_time()
    for mail in mails:
        classified(mail, rules, tenant_with_words(mail, Envelope(), rules))
    return (time.process_time() - begun) * 1000 / len(mails)


def loading_ms(variant: Variant) -> float:
    """Return the milliseconds of CPU that loading takes, the least of three."""
    return min(_timed(variant) for _ in range(3))


def _timed(variant: Variant) -> float:
    begun = time.process_time()
    rules_with(variant)
    return (time.process_time() - begun) * 1000


def memory_mib(variant: Variant) -> float:
    """Return what this process has in memory once it has loaded the rules and judged the mails."""
    rules = rules_with(variant)
    judging_ms(rules, messages(_MESSAGES))
    del rules
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Measure and print."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as apart:
        mib = list(apart.map(memory_mib, VARIANTS))
    loading = [loading_ms(variant) for variant in VARIANTS]
    desks, mails = [rules_with(variant) for variant in VARIANTS], messages(_MESSAGES)
    first = [judging_ms(rules, mails) for rules in desks]
    gc.collect()
    gc.freeze()
    rounds = [[judging_ms(rules, mails) for rules in desks] for _ in range(_ROUNDS)]
    table = Table(box=None, title=f"{_TENANTS} tenants, {_MESSAGES} mails, CPU", title_justify="left")
    for column in ("words", "load ms", "first ms", "then ms", "of none", "MiB more"):
        table.add_column(column, justify="left" if column == "words" else "right")
    for at, variant in enumerate(VARIANTS):
        ratio = statistics.median(one[at] / one[0] for one in rounds)
        then = min(one[at] for one in rounds)
        cells = (f"{loading[at]:.0f}", f"{first[at]:.2f}", f"{then:.2f}", f"{ratio:.2f}", f"{mib[at] - mib[0]:.0f}")
        table.add_row(variant.name, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
