"""The running desk: the threads, what wakes them, and how they stop.

| thread | does |
|---|---|
| writer | owns the writing connection; every commit wakes the others |
| processor | waiting arrivals become entries, tickets, answers; a child process reads them |
| slow processor | the same for what takes longer to read than a message may at first |
| courier, and its lines | outbox rows leave, one line for each connection to the relay |
| pagers, and its lines | pages leave, each to its own receiver; where there are pagers |
| fallback | tells our own people over a second relay, if there is one, while the first takes no mail |
| clock | what is due: telling our own people |
| alarms | pages whoever is called about trouble of mailbot's own |
| listener | SMTP and LMTP, if configured |
| one per IMAP folder | watches it |
| site | writes the public pages, where a folder for them is configured |
| retention | what is kept no longer is forgotten, once an hour |
| reload | puts changed rules and templates in force |
| control | requests of the other commands |
| watchdog | tells systemd that all of these live |

A thread that fails for good stops the whole daemon with a message and exit code, so that a
supervisor restarts it into a clean state; nothing goes on half. This module and the command
line are the only places that read the clock.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from mailbot import __version__, config
from mailbot.clocks.retry import PAGE
from mailbot.delivery.courier import Courier, Duty, Reports
from mailbot.delivery.maildir import Maildir
from mailbot.delivery.pagers import InForce, Pagers
from mailbot.delivery.submission import Submission
from mailbot.delivery.transport import Transport
from mailbot.desk import Desk
from mailbot.desk.keylookup import KeyLookup
from mailbot.desk.mails.telling import tell_of_failed_mail, tell_of_outage
from mailbot.desk.operations import perform
from mailbot.desk.processor import Processor
from mailbot.health import Board
from mailbot.intake.border import endpoint
from mailbot.intake.imap.watcher import Surroundings
from mailbot.intake.room import Room
from mailbot.intake.sink import Sink
from mailbot.intake.smtp import Listener
from mailbot.rules import Route, Rules
from mailbot.service.alarms import Alarms
from mailbot.service.backup import last_backup
from mailbot.service.claims import Claims
from mailbot.service.control import ControlServer
from mailbot.service.doors import OwnDoors, WatchedMailboxes, WaysOut, number_of_pagers
from mailbot.service.folder import OpenFolder, opened, putting_aside, recover
from mailbot.service.live import Live
from mailbot.service.metrics import Metrics
from mailbot.service.monitoring import MonitoringServer
from mailbot.service.publishing import Publisher
from mailbot.service.reload import Reload
from mailbot.service.rounds import Rounds
from mailbot.service.status import Disk, Seen
from mailbot.service.supervisor import Supervisor, Watchdog
from mailbot.service.threads import Threads
from mailbot.store import conditions, spool
from mailbot.store.conditions import Condition
from mailbot.store.outbox import Audience
from mailbot.store.standing import Delay, standing
from mailbot.worker import FAST, SLOW, ReadingChild

_log = structlog.get_logger(__name__)

_MOST_PAGED_AT_ONCE = 16


def utc_now() -> datetime:
    """Return the present instant, aware UTC."""
    return datetime.now(UTC)


class Daemon:
    """One folder's desk, running."""

    def __init__(
        self, folder: Path, rules: Rules, *, since: date | None = None, metrics: Metrics | None = None
    ) -> None:
        """Prepare; nothing runs before `run`.

        `since` takes older mail of the mailboxes as history. `metrics` is what `operate.http` serves.
        """
        self._folder = folder
        self._rules = rules
        self._since = since
        self._metrics = metrics or Metrics()
        self._threads = Threads()
        self._threads.on_stop(self.reload)
        self._reload: Reload | None = None
        self.board = Board(utc_now)
        self._supervisor = Supervisor(os.environ)
        self._started_at = utc_now()
        self.ready = threading.Event()
        self._doors: OwnDoors | None = None
        self._waiting: Sequence[WatchedMailboxes | WaysOut] = ()

    @property
    def ports(self) -> dict[str, int]:
        """Which port each door of our own has."""
        return self._doors.ports if self._doors else {}

    def reload(self, *_signal: object) -> None:
        """Ask for the operator's files to be looked at now; what is sound comes into force."""
        if self._reload is not None:
            self._reload.ask()

    def resume(self) -> list[str]:
        """Have relays and mailboxes tried at once that are waited for; return their names."""
        return [name for one in self._waiting for name in one.resume()]

    def stop(self, *_signal: object) -> None:
        """Ask all threads to finish what they hold and stop."""
        self._threads.stop()

    def run(self) -> None:
        """Run until `stop`; raise what made a thread fail, if one did."""
        with ExitStack() as stack:
            with self._supervisor.waiting_for("opening the log"):
                here = stack.enter_context(opened(self._folder, self._rules))
            stack.enter_context(putting_aside(here, utc_now))
            for outbox_id, state in recover(here, utc_now()):
                _log.warning("recovered", outbox=outbox_id, state=str(state))
            self._start(here, stack)
            self.ready.set()
            _log.info("configuration", rules=_without_texts(config.effective(self._rules)))
            _log.info("started", partner=here.desk.partner, **self.ports)
            self._supervisor.tell(READY="1")
            self._threads.wait()
            self._supervisor.tell(STOPPING="1")
            _log.info("stopping")
            self._threads.end()

    def _start(self, here: OpenFolder, stack: ExitStack) -> None:
        database = here.database
        database.writer.subscribe(self._threads.wake)
        processor, slow = (self._processor(here, stack, slow=slow) for slow in (False, True))
        room = Room(self._rules.limits, database, here.desk.partner)
        claims = Claims()
        stack.callback(claims.close)
        claims.follow(self._rules)
        doors = self._doors = OwnDoors(partial(self._listener, here, room), self.board)
        stack.callback(doors.close)
        doors.follow(self._rules)
        mailboxes = self._watched(here, room)
        ways_out = WaysOut(self._threads.start, partial(self._couriers, here), self.board)
        self._waiting = (ways_out, mailboxes)
        self._threads.on_stop(mailboxes.stop)
        self._threads.on_stop(ways_out.stop)
        rounds = Rounds(here, self.board, lambda: self.ports, utc_now)
        self._threads.start("processor", processor.run)
        self._threads.start("slow processor", slow.run)
        self._threads.start("clock", rounds.clock)
        self._threads.start("retention", rounds.retain)
        self._threads.start("site", Publisher(self._folder, here, self.board.part("site"), utc_now).run)

        def use(desk: Desk) -> None:
            here.desk = desk
            room.limits = desk.rules.limits

        def go_on(_desk: Desk) -> None:
            self._threads.wake()
            if self._threads.stopping.is_set():
                self.stop()

        parts = (
            lambda desk: claims.follow(desk.rules),
            lambda desk: doors.follow(desk.rules),
            use,
            lambda desk: mailboxes.follow(desk.rules),
            ways_out.follow,
            go_on,
        )
        reload = self._reload = Reload(self._folder, here, parts, utc_now, self.board.part("rules"), self.resume)
        control = ControlServer(
            self._folder / "data", lambda request: self._perform(here, request), self.board.part("control")
        )
        stack.callback(control.stop)
        self._serve_http(here, stack)
        alarms = Alarms(here, lambda: self._look(here), utc_now, self._pagers(here), self.board.part("alarms"))
        self._threads.start("alarms", alarms.run)
        ways_out.follow(here.desk)
        mailboxes.follow(self._rules, self._since)
        self._threads.start("reload", lambda stop, _wake: reload.run(stop))
        watchdog = Watchdog(self.board, database.writer, self._supervisor)
        self._threads.start("watchdog", lambda stop, _wake: watchdog.run(stop))

    def _processor(self, here: OpenFolder, stack: ExitStack, *, slow: bool) -> Processor:
        reading = stack.enter_context(closing(ReadingChild(SLOW if slow else FAST)))
        if not slow:
            # What cannot work at all is said at the start.
            reading.start(here.desk.rules)
        part = self.board.part("slow processor" if slow else "processor")
        return Processor(here.database, lambda: here.desk, utc_now, reading, keys=KeyLookup(), slow=slow, part=part)

    def live(self) -> Live:
        """Return what can be said of this process at present."""
        return Live(
            pid=os.getpid(),
            version=__version__,
            partner=self._rules.partner.id,
            started_at=self._started_at,
            rules_at=self._reload.in_force_at if self._reload else self._started_at,
            ports=self.ports,
            parts=self.board.states(),
        )

    def _look(self, here: OpenFolder) -> Seen:
        """Return how the desk is, as cheaply as can be asked for every second."""
        with here.database.read() as conn:
            stands = standing(conn, here.desk.partner)
        backup = last_backup(self._folder)
        return Seen(
            now=utc_now(),
            disk=Disk.of(here.database.path),
            rules=here.desk.rules,
            standing=stands,
            live=self.live(),
            last_backup_at=backup.made_at if backup else None,
        )

    def _serve_http(self, here: OpenFolder, stack: ExitStack) -> None:
        if not self._rules.operate.http:
            return
        self._metrics.look_by(lambda: self._look(here), here.database.writer)
        server = MonitoringServer(
            endpoint(self._rules.operate.http), lambda: self._look(here), self._metrics, self.board.part("http")
        )
        stack.callback(server.stop)
        _log.info("monitoring", port=server.port)

    def _perform(self, here: OpenFolder, request: Mapping[str, Any]) -> str:
        if request.get("verb") == "status":
            return json.dumps(self.live().as_json())
        if request.get("verb") == "reload" and self._reload is not None:
            return self._reload.answer()
        if request.get("verb") == "resume":
            return ", ".join(self.resume())
        done = here.database.writer.write(lambda conn: perform(conn, here.desk, request, utc_now()))
        if request.get("verb") == "retry":
            # Who has a mail tried now does not want to wait for the relay.
            self.resume()
        return done

    def _couriers(self, here: OpenFolder, desk: Desk) -> dict[str, Courier]:
        relay = desk.rules.relay
        ways: Sequence[Transport] = [Maildir(self._folder / relay.maildir, utc_now)]
        if relay.host:
            ways = self._connections(here, desk, relay, relay.connections)
        couriers = {"courier": self._courier(here, ways, Duty())}
        if number := number_of_pagers(desk.rules):
            pagers = self._pagers(here)
            duty = Duty(conditions.PAGERS, Audience.PAGER, apart=True, schedule=PAGE)
            couriers["pagers"] = self._courier(here, [pagers] * min(number, _MOST_PAGED_AT_ONCE), duty)
        if relay.host and relay.fallback.host:
            duty = Duty(conditions.FALLBACK, Audience.TEAM, while_down=conditions.RELAY)
            couriers["fallback"] = self._courier(here, self._connections(here, desk, relay.fallback, 1), duty)
        return couriers

    def _pagers(self, here: OpenFolder) -> Transport:
        return Pagers(
            lambda: InForce(here.desk.rules, here.desk.templates, self._folder),
            utc_now,
            before=here.database.require_ours,
        )

    def _connections(self, here: OpenFolder, desk: Desk, route: Route, number: int) -> list[Transport]:
        secrets = partial(config.read_secret, folder=self._folder)
        return [Submission(route, secrets, desk.domain, before_final=here.database.require_ours) for _ in range(number)]

    def _courier(self, here: OpenFolder, transports: Sequence[Transport], duty: Duty) -> Courier:
        def on_outage(conn: Connection, outage: Condition, over: Delay | None) -> None:
            if outage.part == conditions.RELAY:
                tell_of_outage(conn, outage, over, desk=here.desk, now=utc_now())

        return Courier(
            here.database,
            transports,
            here.desk.partner,
            utc_now,
            random.random,
            reports=Reports(
                failed=lambda conn, mail: tell_of_failed_mail(conn, mail, desk=here.desk, now=utc_now()),
                outage=on_outage,
            ),
            duty=duty,
            part=self.board.part(duty.relay),
        )

    def _listener(self, here: OpenFolder, room: Room, rules: Rules) -> Listener:
        partner, writer = here.desk.partner, here.database.writer
        return Listener(
            rules,
            lambda new: writer.submit(lambda conn: spool.accept(conn, partner, new, utc_now())),
            utc_now,
            shortage=room.shortage,
            folder=here.database.path.parent,
            part=self.board.part("listener"),
        )

    def _watched(self, here: OpenFolder, room: Room) -> WatchedMailboxes:
        around = Surroundings(
            now=utc_now,
            stop=self._threads.stopping,
            secrets=partial(config.read_secret, folder=self._folder),
            log=structlog.get_logger("mailbot.intake.imap"),
            part=self.board.part,
        )
        sink = Sink(here.database, here.desk.partner, utc_now, room)
        return WatchedMailboxes(self._threads.start, sink, around, self.board)


def _without_texts(rules: str) -> list[str]:
    """Return the settings a line each, without the playbooks' steps, which fill a screen."""
    return [line for line in rules.splitlines() if not line.startswith("playbook.")]


def serve(daemon: Daemon) -> None:
    """Run until SIGTERM or SIGINT; a second signal ends the process at once. SIGHUP has changed files looked at."""

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        daemon.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, daemon.reload)
    daemon.run()
