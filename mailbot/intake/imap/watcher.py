"""The thread that watches one folder: connect, take, wait for news, and begin again.

It never gives up and never hurries: after a failure it waits, longer each time, with jitter so that several watchers do
not knock together, and longest after a refused sign-in, which too often repeated locks the account. The first failure
is logged with what to do about it, then only what is new about it, and the recovery. A connection that lasted counts
as success. Nothing that goes wrong here ends the thread; only `stop` does.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from structlog.typing import FilteringBoundLogger

from mailbot.deciding.tenants import is_listed
from mailbot.errors import MailbotError, StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.folder import Folder, FolderReader
from mailbot.intake.imap.moving import Mover
from mailbot.intake.imap.signin import check_protection
from mailbot.intake.imap.trouble import ConnectionLost, ImapTrouble, SignInRefused
from mailbot.intake.room import LOOK_AGAIN
from mailbot.intake.sink import Sink
from mailbot.reading.fields import headers
from mailbot.reading.fields.address import mailboxes
from mailbot.rules import SENT_MAIL, Mailbox, Rules, Secret
from mailbot.store.cursors import Cursor

# Renewed far below the half hour that RFC 2177 names: Gmail ends IDLE after ten minutes, some servers after five, and a
# router that has forgotten the connection tells nobody: only the answer to DONE shows that somebody is still there.
IDLE_SECONDS = 120.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 300.0
_SIGN_IN_PAUSE_SECONDS = 30.0
_LONGEST_SIGN_IN_PAUSE_SECONDS = 900.0
# Somebody is making room.
_LONGEST_FULL_PAUSE_SECONDS = 30.0
_LASTING_SECONDS = 30.0
_LOOK_SECONDS = 0.5
# The largest batch over the slowest line; whoever waits for news says much sooner that he lives.
_LONGEST_STEP_SECONDS = 3_600.0
_LONGEST_IDLE_STEP_SECONDS = 300.0
_HEARTBEAT_SLACK = timedelta(seconds=90)
_MOVE_LOOK_SECONDS = 2.0
# A server that announces what it does not yet show (a replica that lags) is not asked in a tight loop.
_NEWS_PAUSE_SECONDS = 0.1
_LOOK_FOR_SENT_MAIL_SECONDS = 3_600.0


@dataclass(frozen=True)
class Surroundings:
    """What a watcher takes from the world: the clock, secrets, the log, jitter from 0 to 1, trusted certificates.

    `part` returns where the watcher of that name reports that it lives, and its trouble.
    """

    now: Callable[[], datetime]
    stop: threading.Event
    secrets: Callable[[Secret], str]
    log: FilteringBoundLogger
    jitter: Callable[[], float] = random.random
    tls: ssl.SSLContext | None = None
    idle_seconds: float = IDLE_SECONDS
    part: Callable[[str], Part] | None = None


class ImapWatcher:
    """Watches one folder of one mailbox; `run` is for a thread of its own."""

    def __init__(self, mailbox: Mailbox, folder: Folder, sink: Sink, surroundings: Surroundings) -> None:
        """Raise ConfigError if the mailbox must not be spoken to as configured."""
        check_protection(mailbox)
        self.name = f"imap {mailbox.id}/{folder.name or SENT_MAIL}"
        self._mailbox = mailbox
        self._sink = sink
        self._around = surroundings
        self._take_on(folder)
        self._part = surroundings.part(self.name) if surroundings.part else Part(self.name, surroundings.now)
        self._failures = 0
        self._told_of_none = False
        self._trouble = ""
        self._was_loud = False
        self._moves_looked_up_at = 0.0
        self._pauses = False
        self._resumed = threading.Event()

    def _take_on(self, folder: Folder) -> None:
        self._folder = folder
        now = self._around.now
        self._log = self._around.log.bind(mailbox=self._mailbox.id, folder=folder.name or SENT_MAIL)
        self._reader = FolderReader(folder, self._sink, now, self._stopping, self._log)
        target = self._mailbox.move_to if folder.writable else ""
        self._mover = Mover(self._mailbox.id, folder.name, target, self._sink, now, self._log)

    def resume(self) -> bool:
        """Try the server again at once: what was wrong may have been mended. May be called from any thread.

        Return whether a pause was made before the next attempt.
        """
        self._resumed.set()
        return self._pauses

    def run(self) -> None:
        """Watch until told to stop."""
        while not self._around.stop.is_set():
            signed_in_at = float("inf")
            self._part.beat(_LONGEST_STEP_SECONDS)
            # Before the secret is read: whoever changes it afterwards has it read again.
            self._resumed.clear()
            try:
                with Connection.open(self._mailbox, self._around.secrets, self._around.tls) as connection:
                    signed_in_at = time.monotonic()
                    is_there = self._is_there(connection)
                    if is_there:
                        self._watch(connection)
                if not is_there:
                    self._part.well()
                    self._pause(_LOOK_FOR_SENT_MAIL_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, the folder must not stay unwatched
                # A firewall that answers nothing, and a server that refuses slowly, take long, too.
                if time.monotonic() - signed_in_at >= _LASTING_SECONDS:
                    self._failures = 0
                self._failures += 1
                self._report(error)
                self._pause(self.pause_seconds(error))
        self._part.rest()

    def _pause(self, seconds: float) -> None:
        self._part.beat(seconds + BEAT_WITHIN_SECONDS)
        until = time.monotonic() + seconds
        self._pauses = True
        while (left := until - time.monotonic()) > 0 and not self._resumed.is_set():
            if self._around.stop.wait(min(left, _LOOK_SECONDS)):
                break
        self._pauses = False

    def pause_seconds(self, error: Exception) -> float:
        """Return how long to wait after this failure, growing with the failures in a row."""
        first, longest = _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS
        if isinstance(error, SignInRefused):
            first, longest = _SIGN_IN_PAUSE_SECONDS, _LONGEST_SIGN_IN_PAUSE_SECONDS
        elif isinstance(error, StoreUnavailable):
            longest = _LONGEST_FULL_PAUSE_SECONDS
        grown = min(first * 2.0 ** min(self._failures - 1, 20), longest)
        return grown * (0.75 + self._around.jitter() / 2)

    def _is_there(self, connection: Connection) -> bool:
        """Return whether the folder is known; of the one that the server marks for sent mail, ask it for the name."""
        if self._folder.name:
            return True
        names = [name for name, marks in connection.folders().items() if r"\Sent" in marks]
        if not names:
            if not self._told_of_none:
                next_step = "name the folder yourself (mailbox.sent), if you answer from this mailbox"
                self._log.info("no-sent-folder", next_step=next_step)
            self._told_of_none = True
            return False
        self._take_on(replace(self._folder, name=names[0]))
        return True

    def _watch(self, connection: Connection) -> None:
        while not self._around.stop.is_set():
            self._part.beat(_LONGEST_STEP_SECONDS)
            cursor = self._reader.sync(connection)
            self._well(cursor)
            self._mover.move(connection, cursor.uidvalidity)
            if self._reader.reconcile_due(cursor):
                self._well(self._reader.reconcile(connection))
            self._wait(connection)

    def _wait(self, connection: Connection) -> None:
        if self._reader.waits_for_room:
            self._around.stop.wait(LOOK_AGAIN.total_seconds())
            return
        if connection.has_news():
            self._around.stop.wait(_NEWS_PAUSE_SECONDS)
            return
        if connection.can_idle():
            connection.idle(self._around.idle_seconds, self._interrupted)
            return
        until = time.monotonic() + self._mailbox.poll.total_seconds()
        while (left := until - time.monotonic()) > 0 and not self._interrupted():
            self._around.stop.wait(min(left, 1.0))

    def _stopping(self) -> bool:
        self._part.beat(_LONGEST_STEP_SECONDS)
        return self._around.stop.is_set()

    def _interrupted(self) -> bool:
        self._part.beat(_LONGEST_IDLE_STEP_SECONDS)
        if self._around.stop.is_set():
            return True
        if not self._folder.writable or time.monotonic() - self._moves_looked_up_at < _MOVE_LOOK_SECONDS:
            return False
        self._moves_looked_up_at = time.monotonic()
        return self._mover.due()

    def _well(self, cursor: Cursor) -> None:
        self._part.well()
        now = self._around.now()
        seen_every = max(timedelta(seconds=self._around.idle_seconds), self._mailbox.poll)
        self._sink.watched(self._mailbox.id, self._folder.name, now, seen_every + _HEARTBEAT_SLACK)
        if self._trouble or cursor.error:
            self._sink.failed(self._mailbox.id, self._folder.name, "")
        if self._trouble:
            self._log.info("mailbox-well", failures=self._failures)
            self._trouble = ""

    def _report(self, error: Exception) -> None:
        text = str(error) if isinstance(error, MailbotError) else f"{type(error).__name__}: {error}"
        if isinstance(error, ImapTrouble):
            self._part.troubled(error.text, error.next_step)
        else:
            self._part.troubled(text)
        # An ordinary hang-up is noticed and mended within a second: no reason to call anybody.
        loud = not isinstance(error, ConnectionLost) or self._failures > 1
        told = text == self._trouble and (self._was_loud or not loud)
        if told or self._around.stop.is_set():
            return
        self._was_loud = loud
        tell = self._log.error if loud else self._log.info
        if isinstance(error, ImapTrouble):
            tell("mailbox-trouble", error=error.text, next_step=error.next_step)
        else:
            tell("mailbox-trouble", error=text, exc_info=not isinstance(error, MailbotError))
        self._trouble = text
        try:
            self._sink.failed(self._mailbox.id, self._folder.name, text)
        except Exception:  # noqa: BLE001 - the store may be what fails
            self._log.exception("trouble-not-kept")


def watchers(
    mailbox: Mailbox, rules: Rules, sink: Sink, surroundings: Surroundings, since: date | None = None
) -> list[ImapWatcher]:
    """Return one watcher for each folder, the junk folder and that of sent mail.

    `since` is a day in the partner's zone; what our own people wrote before we came is not looked at.

    Raise ConfigError if the mailbox must not be spoken to as configured.
    """
    midnight = None
    if since is not None:
        midnight = datetime(since.year, since.month, since.day, tzinfo=rules.partner.zone)

    def folder(name: str, listed: Callable[[bytes], bool] | None) -> Folder:
        return Folder(
            mailbox=mailbox.id,
            name=name,
            limit_octets=rules.limits.message_bytes,
            reconcile_every=mailbox.reconcile,
            since=midnight,
            writable=bool(mailbox.move_to),
            listed=listed,
        )

    def from_is_listed(fields: bytes) -> bool:
        return is_from_listed(fields, rules)

    folders = [folder(name, None) for name in dict.fromkeys(mailbox.folders)]
    if mailbox.junk and mailbox.junk not in mailbox.folders:
        folders.append(folder(mailbox.junk, from_is_listed))
    if mailbox.sent and mailbox.sent not in (*mailbox.folders, mailbox.junk):
        name = "" if mailbox.sent == "auto" else mailbox.sent
        folders.append(replace(folder(name, None), sent=True, writable=False, since=None))
    return [ImapWatcher(mailbox, one, sink, surroundings) for one in folders]


def is_from_listed(fields: bytes, rules: Rules) -> bool:
    """Return whether any address in these From fields (a header section) belongs to a listed tenant."""
    values = headers.split(fields).all("from")
    return any(is_listed(box.address, rules) for value in values for box in mailboxes(value))
