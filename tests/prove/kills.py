"""kill -9 at random instants under mixed load: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.prove.scene import Scene, scene

_MESSAGES_A_KILL = 12
_KILLS_A_LOG = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how often, with how many messages, mails, and which promises were broken."""

    kills: int
    messages: int
    mails: int
    broken: tuple[str, ...]


def run(folder: Path, kills: int, seed: int, progress: Callable[[], None] = lambda: None) -> Outcome:
    """Kill so often, in logs of fifty kills each; the same seed brings the same mail and the same pauses."""
    done = messages = mails = 0
    broken: list[str] = []
    while done < kills:
        some = min(_KILLS_A_LOG, kills - done)
        with scene(folder / f"log-{done}", with_imap=True) as here:
            broken += [f"seed {seed}, from kill {done}: {one}" for one in _killed(here, some, seed + done, progress)]
            messages += len(here.journal.posted)
            mails += len(here.relay.mails)
        done += some
    return Outcome(kills, messages, mails, tuple(broken))


def _killed(here: Scene, kills: int, seed: int, progress: Callable[[], None]) -> list[str]:
    chance = random.Random(seed)
    here.desk.start()
    here.desk.wait_until_started()
    here.desk.wait_for(lambda: here.desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
    traffic = here.traffic(seed)
    traffic.start(kills * _MESSAGES_A_KILL)
    for _ in range(kills):
        # Long enough to work, or so short that it is killed while it starts and recovers.
        time.sleep(chance.choice((chance.uniform(0.0, 0.6), chance.uniform(0.6, 2.5))))
        here.desk.kill()
        here.desk.start()
        progress()
    traffic.finish()
    here.settle()
    return [*here.broken(), *here.changed_by_restart()]
