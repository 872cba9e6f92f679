"""Mail that comes in by hand or through an MTA's pipe, with or without a running daemon.

The message is committed before anything is said about it. A daemon that runs here takes it
over and processes it; without one we hold the folder's lock and process it ourselves, and
what is to leave waits for the next `mailbot run`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Self, assert_never

from mailbot import config
from mailbot.deciding.effects import Duplicate, FileEvent, JoinTicket, OpenTicket, Quarantine
from mailbot.desk.keylookup import KeyLookup
from mailbot.desk.operations import perform
from mailbot.desk.process import Processed
from mailbot.desk.processor import Processor
from mailbot.errors import ConfigError, MailbotError
from mailbot.intake.files import StoredMessage
from mailbot.reading.arriving import arrived_at
from mailbot.service.control import ask
from mailbot.service.folder import OpenFolder, opened
from mailbot.worker import FAST, ReadingChild

Envelope = tuple[str | None, tuple[str, ...]]


class Ingest:
    """Takes messages in, one after the other; a context manager.

    Its methods raise RefusedError for what asking again cannot mend, other errors of ours for what it may.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime], envelope: Envelope, *, answer: bool) -> None:
        """Take messages into this folder; `envelope` overrides what the files say."""
        self._folder = folder
        self._now = now
        self._envelope = envelope
        self._answer = answer
        self._stack = ExitStack()
        self._own: OpenFolder | None = None
        self._reading: ReadingChild | None = None

    def __enter__(self) -> Self:
        """Take the folder's lock unless a daemon runs here."""
        if ask(self._folder / "data", {"verb": "ping"}) is None:
            rules = config.load(self._folder)
            if self._answer:
                _check_partner(self._folder)
            self._own = self._stack.enter_context(opened(self._folder, rules, writes_mail=self._answer))
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of the folder."""
        self._stack.close()

    def take(self, stored: StoredMessage) -> str:
        """Take one message in; return what became of it, in a few words, once it is committed."""
        reverse_path, recipients = self._envelope
        request = {
            "verb": "accept",
            "raw": base64.b64encode(stored.raw).decode("ascii"),
            "received_at": self._received_at(stored),
            "reverse_path": stored.reverse_path if reverse_path is None else _path(reverse_path),
            "recipients": list(recipients),
            "silent": not self._answer,
        }
        if self._own is None:
            number = ask(self._folder / "data", request)
            if number is None:
                raise MailbotError("the daemon has stopped meanwhile: this message was not taken in; try again")
            return f"taken in as arrival {number}"
        own = self._own
        arrival = int(own.database.writer.write(lambda conn: perform(conn, own.desk, request, self._now())))
        became = "kept, not read yet: `mailbot run` looks at it longer, or `mailbot quarantine list` has it"
        while done := self._processor(own).step():
            for processed in done:
                if processed is not None and processed.arrival == arrival:
                    became = _became(processed)
        return became

    def _processor(self, own: OpenFolder) -> Processor:
        """Return what processes, with the process that reads; what that one cannot do at once is left to the daemon."""
        if self._reading is None:
            self._reading = self._stack.enter_context(closing(ReadingChild(FAST)))
        return Processor(own.database, lambda: own.desk, self._now, self._reading, keys=KeyLookup())

    def _received_at(self, stored: StoredMessage) -> str | None:
        """Return when a file's message once arrived; a pipe's message arrives now."""
        if stored.path == "-":
            return None
        at = stored.received_at or arrived_at(stored.raw)
        return min(at, self._now()).isoformat() if at else None


def _path(given: str) -> str:
    """Return a reverse-path as an MTA passes it on: with <> or without, the null one as "" or MAILER-DAEMON.

    Postfix writes MAILER-DAEMON for it by default (pipe(8), null_sender).
    """
    path = given.strip().removeprefix("<").removesuffix(">")
    return "" if path.upper() == "MAILER-DAEMON" else path


def _check_partner(folder: Path) -> None:
    """Raise ConfigError unless the rules say who answers; what only `run` needs is not asked for."""
    problems = tuple(
        problem
        for problem in config.inspect(folder, running=True)[1]
        if problem.key.startswith("partner") and not problem.warning
    )
    if problems:
        raise ConfigError(problems)


def _became(processed: Processed) -> str:
    match processed.decision.place:
        case OpenTicket(severity=severity, tenant=tenant):
            return f"new ticket #{processed.ticket}, {severity}, {tenant or 'no tenant'}"
        case JoinTicket(ticket=ticket):
            return f"joined #{ticket}"
        case FileEvent(kind=kind):
            return f"filed without a ticket: {kind}"
        case Quarantine(cause=cause):
            return f"quarantined: {cause}"
        case Duplicate():
            return "the same message is in the log already"
        case unknown:
            assert_never(unknown)
