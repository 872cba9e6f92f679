"""The operator's folder: open it as a desk, look into its log, or have a request done in it.

`DIR/rules.toml` and `DIR/templates/` override the shipped ones; `DIR/data/` holds the log, the
token keys, the lock and the control socket, for the owner's eyes only. Whoever writes holds the
lock; a daemon that runs here holds it all the time and takes requests over its socket.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from mailbot import config
from mailbot.desk import Desk, Provider
from mailbot.desk.damage import look_through
from mailbot.desk.mails.telling import tell_of_failed_mail
from mailbot.desk.operations import perform
from mailbot.errors import ConfigError, MailbotError, StoreDamaged
from mailbot.render import Templates
from mailbot.rules import Rules
from mailbot.service.backup import DISTRUSTED, KEY_NAME, LOG_NAME, make_before_migrating
from mailbot.service.control import ask
from mailbot.service.restore import require_whole
from mailbot.store import copying, cursors, mending, outbox, restoring, soundness
from mailbot.store.database import Database, bring_back, open_database
from mailbot.store.keys import load_keyring
from mailbot.store.lock import FolderLock

_log = structlog.get_logger(__name__)


class NoLogError(MailbotError):
    """There is no ticket log in this folder."""


@dataclass(slots=True)
class OpenFolder:
    """A folder that this process may write to; `desk` is the one in force, which a daemon may change."""

    desk: Desk
    database: Database


@contextlib.contextmanager
def opened(folder: Path, rules: Rules, *, writes_mail: bool = True) -> Iterator[OpenFolder]:
    """Yield the folder, locked, its log backed up and brought up to date if it is of an older mailbot.

    Raise StoreBusy when another process has it, ConfigError when the keys are bad, or the
    templates, which are looked at only for who `writes_mail`: trying them all takes a second.
    """
    templates = Templates(folder / "templates")
    if writes_mail and (problems := tuple(problem for problem in templates.check() if not problem.warning)):
        raise ConfigError(problems)
    data = folder / "data"
    with FolderLock(data):
        require_whole(data)
        _require_sound(data)
        if backup := make_before_migrating(folder):
            _log.info("backed-up", path=str(backup.path), reason="the log is brought up to date")
        keyring = load_keyring(data / KEY_NAME)
        with _watched_for_damage(data, open_database(data / LOG_NAME)) as database:
            provider = provider_of(database, rules)
            with database.read() as conn:
                restored_at = restoring.restored_at(conn, rules.partner.id)
            place = f"{folder.resolve()} on {socket.gethostname()}"
            yield OpenFolder(Desk(rules, keyring, templates, provider, restored_at, place), database)


@contextlib.contextmanager
def _watched_for_damage(data: Path, database: Database) -> Iterator[Database]:
    """Yield the database and close it; when it failed in a way that may have left damage, leave a mark that says so."""
    try:
        with database:
            yield database
    finally:
        if database.distrusted:
            # A disk that takes no mark any more will not take the log either.
            with contextlib.suppress(OSError):
                (data / DISTRUSTED).write_text(f"{database.distrusted}\n", "utf-8")


def _require_sound(data: Path) -> None:
    """Look through a log that failed the last time; raise StoreDamaged unless it is sound."""
    mark = data / DISTRUSTED
    if not mark.exists():
        return
    reason = mark.read_text("utf-8", "replace").strip()
    if problems := copying.quick_check(data / LOG_NAME):
        raise StoreDamaged(
            f"the log is damaged: {'; '.join(problems)} (what failed the last time: {reason}). It is left as it is; "
            f"{bring_back(data / LOG_NAME)}"
        )
    mark.unlink()
    _log.warning("log-checked", reason=reason)


def provider_of(database: Database, rules: Rules) -> Provider:
    """Return what the operator says the provider takes, or for "auto" what the check found."""
    with database.read() as conn:
        found = {name: cursors.fact(conn, rules.partner.id, name) for name in ("plus_addressing", "null_reverse_path")}

    def known(name: str, *, otherwise: bool) -> bool:
        said = getattr(rules.relay, name)
        said = found[name] if said == "auto" else said
        return otherwise if said is None else bool(said == "yes")

    return Provider(
        plus_addressing=known("plus_addressing", otherwise=False),
        null_reverse_path=known("null_reverse_path", otherwise=True),
    )


def require_log(log: Path) -> None:
    """Raise NoLogError where there is no log."""
    if not log.exists():
        raise NoLogError(f"there is no ticket log at {log}: start with `mailbot run`, or name your folder with -C DIR")


@contextlib.contextmanager
def looking(folder: Path, log: Path | None = None) -> Iterator[Connection]:
    """Yield a read-only view of the folder's log; it works while the daemon runs.

    Raise NoLogError when there is none yet.
    """
    log = log or folder / "data" / LOG_NAME
    require_log(log)
    with open_database(log, migrate=False, readonly=True) as database, database.read() as conn:
        yield conn


def do(folder: Path, request: Mapping[str, Any], now: datetime) -> str:
    """Have a request done, by the daemon if one runs here, else by ourselves; return its line."""
    answered = ask(folder / "data", request)
    if answered is not None:
        return answered
    rules = config.load(folder)
    with opened(folder, rules, writes_mail=False) as here:
        return here.database.writer.write(lambda conn: perform(conn, here.desk, request, now))


def recover(here: OpenFolder, now: datetime) -> list[tuple[int, outbox.OutboxState]]:
    """Sort out mails that were being submitted when the last process died; return them. Those in doubt are told."""

    def work(conn: Connection) -> list[tuple[int, outbox.OutboxState]]:
        found = mending.recover(conn, here.desk.partner, now)
        for number, state in found:
            if state is outbox.OutboxState.UNCLEAR:
                tell_of_failed_mail(conn, outbox.unsent(conn, number), desk=here.desk, now=now)
        return found

    return here.database.writer.write(work)


@contextlib.contextmanager
def putting_aside(here: OpenFolder, now: Callable[[], datetime]) -> Iterator[None]:
    """Put damaged rows aside where what is done within fails as one of them makes it: the next start meets none.

    A start looks through nothing by itself, as that takes the longer the more the log holds.
    """
    try:
        yield
    except Exception as error:
        if soundness.may_have_ended(error):
            with contextlib.suppress(MailbotError):
                here.database.writer.write(lambda conn: look_through(conn, here.desk, now()))
        raise
