"""The watch over mailbot itself: what endangers mail is paged to whoever is called, as `mailbot status` shows it red.

It looks every few seconds, where anybody has a pager. A mailbox may be unreadable for a quarter of an hour, and what
hangs at its door for some minutes; the rest counts at once, and is paged a minute later (`deciding.alarms`). Where the
log takes nothing, a full disk or one that is locked, a page leaves by each webhook and command without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from mailbot.clocks.wall import WallClock
from mailbot.deciding.alarms import Alarm, Due, Trouble, due, watched
from mailbot.delivery.transport import Transport
from mailbot.desk import Desk
from mailbot.desk.mails.alarming import alarm, alarmed
from mailbot.desk.mails.paging import receiver
from mailbot.errors import DeliveryFailure, StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.rules import Rules
from mailbot.service.folder import OpenFolder
from mailbot.service.status import Light, PartStatus, Seen, judge
from mailbot.store import alarms, conditions, soundness

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
_MAY_LAST = {
    "mailbox": timedelta(minutes=15),
    "listener": timedelta(minutes=5),
    "processor": timedelta(minutes=5),
}
_CLEAR = timedelta(hours=12)
_WORDS = {
    "daemon": "it hangs",
    "log": "hardly any room is left on the disk",
    "listener": "its door for mail is shut",
    "processor": "mail waits undecided",
    "relay": "no mail leaves",
    "clock": "the machine's clock is wrong",
}


class Alarms:
    """Watches one desk."""

    def __init__(
        self, here: OpenFolder, look: Callable[[], Seen], now: Callable[[], datetime], pagers: Transport, part: Part
    ) -> None:
        """`look` returns how the desk is. `pagers` takes pages that cannot be written into the log."""
        self._here = here
        self._look = look
        self._now = now
        self._pagers = pagers
        self._part = part
        self._alarms: dict[str, Alarm] | None = None
        self._last_at: datetime | None = None

    def run(self, stop: threading.Event, _wake: threading.Event) -> None:
        """Look every few seconds until `stop`."""
        while not stop.wait(LOOK_SECONDS):
            self._part.beat(LOOK_SECONDS + BEAT_WITHIN_SECONDS)
            try:
                self.step()
            except Exception as error:
                if not soundness.is_of_rows(error):
                    raise
                _log.warning("step-failed", step="alarms", error=f"{type(error).__name__}: {error}")
        self._part.rest()

    def step(self) -> None:
        """Look once, and page what is due."""
        desk, now = self._here.desk, self._now()
        if not any(agent.pager for agent in desk.rules.agent):
            return
        if self._alarms is None:
            with self._here.database.read() as conn:
                self._alarms = alarms.kept(conn, desk.partner)
        paged = {part for part, one in self._alarms.items() if one.is_paged}
        self._alarms = watched(self._alarms, troubles(self._look(), paged), now)
        partner = desk.rules.partner
        for one in due(self._alarms.values(), self._last_at, now, brand=partner.brand, partner=desk.partner):
            if self._page(desk, one, now):
                self._last_at = now
                self._alarms |= {told.trouble.part: told for told in one.alarms if told.gone_at is None}
                for told in one.alarms:
                    if told.gone_at is not None:
                        del self._alarms[told.trouble.part]

    def _page(self, desk: Desk, one: Due, now: datetime) -> bool:
        try:
            return self._here.database.writer.write(lambda conn: alarm(conn, desk, one, now))
        except StoreUnavailable as error:
            _log.warning("store-unavailable", error=str(error), next_step=error.next_step)
            return self._page_at_once(desk, one, now)

    def _page_at_once(self, desk: Desk, one: Due, now: datetime) -> bool:
        """Hand a page over without the log; return whether any pager took it."""
        with self._here.database.read() as conn:
            agents = alarmed(conn, desk, now)
        taken = False
        for agent in agents:
            for number, pager in enumerate(agent.pager, 1):
                self._part.beat()
                if pager.mail:
                    continue
                try:
                    page = replace(one.page, id=one.page.key.replace(".", "-"))
                    self._pagers.submit("", receiver(agent, number), page.to_json())
                    taken = True
                except DeliveryFailure as failure:
                    _log.warning("failed", recipient=receiver(agent, number), kind="page", reason=failure.diagnostic)
        return taken


def troubles(seen: Seen, paged: Container[str] = ()) -> Iterator[Trouble]:
    """Yield what is wrong and worth a call at night: what is red for long enough, and rows that were damaged.

    Of the parts that were `paged` it is whatever is red: what was told is not over before that.
    """
    for status in judge(seen):
        known = status.since if status.since is not None and status.since <= seen.now else None
        since = known or seen.now
        if status.light is Light.RED and (status.part in paged or _is_lasting(status.part, since, seen)):
            yield Trouble(status.part, _in_words(status, known, seen.rules, seen.now), since)
        elif status.part == conditions.DAMAGE:
            # Of each time that something was damaged people hear once; that it is long ago is no news.
            yield Trouble(f"{status.part} {since.isoformat()}", "rows of its log are damaged", since, passes=False)


def _is_lasting(part: str, since: datetime, seen: Seen) -> bool:
    """Return whether something has been red for longer than such a part may be.

    What waits undecided after an outage of ours counts from the start: it is worked off.
    """
    kind = part.partition(" ")[0]
    begun = max(since, seen.live.started_at) if kind == "processor" and seen.live else since
    return seen.now - begun >= _MAY_LAST.get(kind, timedelta(0))


def _in_words(status: PartStatus, since: datetime | None, rules: Rules | None, now: datetime) -> str:
    """Return what is wrong in few words of our own, as what servers say may be long and anybody's."""
    at = ""
    if rules is not None and since is not None:
        clock = WallClock.of(rules, now)
        at = f" since {clock.time(since) if now - since < _CLEAR else clock.instant(since)}"
    kind, _, name = status.part.partition(" ")
    if kind == "mailbox":
        return f"mailbox {name} cannot be read{at}"
    if status.part.startswith(conditions.STEP):
        return f"what is due by the clock cannot be done ({status.part.removeprefix(conditions.STEP)}){at}"
    return f"{_WORDS.get(status.part, f'{status.part} is in trouble')}{at}"
