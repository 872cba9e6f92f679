"""The doors of a running desk, which follow the rules in force: our own listener, the watched mailboxes, the way out.

What a change does not concern goes on undisturbed. A listener or a mailbox that is configured otherwise is closed and
opened anew; nothing is lost by that, because nothing is acknowledged before it is committed, and clients come again.
Whatever fails in the midst of following, the next call makes all be as it says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from mailbot.delivery.courier import Courier
from mailbot.desk import Desk
from mailbot.errors import MailbotError
from mailbot.health import Board
from mailbot.intake.imap.watcher import ImapWatcher, Surroundings, watchers
from mailbot.intake.sink import Sink
from mailbot.intake.smtp import Listener
from mailbot.rules import Mailbox, Rules
from mailbot.service.threads import Loop
from mailbot.store import conditions

StartThread = Callable[[str, Loop], threading.Thread]


class OwnDoors:
    """SMTP and LMTP, where the rules open them."""

    def __init__(self, make: Callable[[Rules], Listener], board: Board) -> None:
        """`make` returns a listener by these rules, not yet started."""
        self._make = make
        self._board = board
        self._listener: Listener | None = None
        self._rules = Rules()
        self.ports: dict[str, int] = {}
        """Which port each open door really has."""

    def follow(self, rules: Rules) -> None:
        """Open the doors that these rules name; raise MailbotError, the former ones open again, if one cannot be.

        Where not even those can be, none is open, and the next call opens what it names.
        """
        former = self._rules
        if (rules.listen.smtp, rules.listen.lmtp) == (former.listen.smtp, former.listen.lmtp):
            if self._listener is not None:
                self._listener.use(rules)
            self._rules = rules
            return
        self.close()
        try:
            self._open(rules)
        except MailbotError:
            self._open(former)
            raise

    def close(self) -> None:
        """Close the doors; messages received whole get their reply."""
        if self._listener is not None:
            self._listener.stop()
            self._board.remove("listener")
        self._listener, self.ports = None, {}
        self._rules = Rules()

    def _open(self, rules: Rules) -> None:
        if rules.listen.smtp or rules.listen.lmtp:
            listener = self._make(rules)
            listener.start()
            self._listener = listener
            self.ports = {door.value: address[1] for door, address in listener.addresses.items()}
        self._rules = rules


@dataclass(slots=True)
class _Watched:
    """A mailbox that is watched; `settings` are how it was configured when all its watchers had begun, else None."""

    stop: threading.Event
    watchers: Sequence[ImapWatcher]
    threads: list[threading.Thread]
    settings: tuple[object, ...] | None = None


class WatchedMailboxes:
    """The IMAP mailboxes that the rules name, a thread for each of their folders."""

    def __init__(self, start: StartThread, sink: Sink, surroundings: Surroundings, board: Board) -> None:
        """`start` runs a loop in a thread of that name."""
        self._start = start
        self._sink = sink
        self._around = surroundings
        self._board = board
        self._watched: dict[str, _Watched] = {}
        self._ending: dict[str, tuple[threading.Thread, ...]] = {}

    def follow(self, rules: Rules, since: date | None = None) -> None:
        """Watch what these rules name; `since` takes older mail as history. What is not named any more is left.

        Raise ConfigError if a mailbox must not be spoken to as configured. A folder that is watched anew is left alone
        until whoever watched it before has ended, however long ago that was asked for.
        """
        boxes = {box.id: box for box in rules.mailbox}
        for name, watched in tuple(self._watched.items()):
            if name not in boxes or watched.settings != _concerns_a_mailbox(boxes[name], rules):
                watched.stop.set()
                self._ending[name] = tuple(self._watched.pop(name).threads)
                for one in watched.watchers:
                    self._board.remove(one.name)
        for name, box in boxes.items():
            if name not in self._watched:
                self._watch(box, rules, since)

    def resume(self) -> list[str]:
        """Have mailboxes tried again at once that could not be read; return their names."""
        watched = [one for box in tuple(self._watched.values()) for one in box.watchers]
        return [one.name.removeprefix("imap ") for one in watched if one.resume()]

    def stop(self) -> None:
        """Ask all watchers to finish what they hold."""
        for watched in tuple(self._watched.values()):
            watched.stop.set()

    def _watch(self, box: Mailbox, rules: Rules, since: date | None) -> None:
        stop = threading.Event()
        found = watchers(box, rules, self._sink, replace(self._around, stop=stop), since)
        before = tuple(thread for thread in self._ending.pop(box.id, ()) if thread.is_alive())
        watched = self._watched[box.id] = _Watched(stop, found, [*before])
        for one in found:
            watched.threads.append(self._start(one.name, partial(_watching, one, before)))
        watched.settings = _concerns_a_mailbox(box, rules)


def _concerns_a_mailbox(box: Mailbox, rules: Rules) -> tuple[object, ...]:
    # Who is a tenant's matters only in a junk folder.
    return box, rules.limits, rules.tenant if box.junk else ()


def _watching(
    watcher: ImapWatcher, before: tuple[threading.Thread, ...], _stop: threading.Event, _wake: threading.Event
) -> None:
    # Two would both move the folder's cursor.
    for thread in before:
        thread.join()
    watcher.run()


class WaysOut:
    """The couriers that the rules in force ask for: by the relay, by its stand-in while it is down, and by pagers."""

    def __init__(self, start: StartThread, make: Callable[[Desk], Mapping[str, Courier]], board: Board) -> None:
        """`make` returns the couriers of a desk by their names; `start` runs a loop in a thread of that name."""
        self._start = start
        self._make = make
        self._board = board
        self._settings: object = None
        self._couriers: Mapping[str, Courier] = {}
        self._stop = threading.Event()

    def follow(self, desk: Desk) -> None:
        """Deliver as this desk's rules say; the former couriers, once woken, only finish what is under way."""
        settings = (desk.rules.relay, desk.domain, number_of_pagers(desk.rules))
        if settings == self._settings:
            return
        self._stop.set()
        self._settings, self._stop = None, threading.Event()
        for part in (conditions.RELAY, conditions.FALLBACK, conditions.PAGERS):
            self._board.remove(part)
        self._couriers = self._make(desk)
        for name, courier in self._couriers.items():
            self._start(name, partial(_delivering, courier, self._stop))
        self._settings = settings

    def resume(self) -> list[str]:
        """Have relays tried again at once that mail waits for; return their names."""
        return [courier.relay for courier in tuple(self._couriers.values()) if courier.resume()]

    def stop(self) -> None:
        """Ask the couriers, once woken, to finish what they hold."""
        self._stop.set()


def number_of_pagers(rules: Rules) -> int:
    """Return how many pagers there are that no relay serves."""
    return sum(not pager.mail for agent in rules.agent for pager in agent.pager)


def _delivering(courier: Courier, stop: threading.Event, _stop: threading.Event, wake: threading.Event) -> None:
    courier.run(stop, wake)
