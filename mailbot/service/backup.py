"""Backups of an operator's folder, made while the daemon runs, and checked before they count.

In it are the log as it was at one instant, the token keys, rules.toml, tenants.csv, learned.toml,
examples.toml and the templates: all that a new machine needs. Secrets that rules.toml names as files, variables or
commands are not: they are no part of the desk. A backup has its final name only once it was read back and
found right; what an attempt that was killed left behind is cleared away by the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailbot import __version__
from mailbot.config import LEARNED_FILE, OPERATOR_FILE, TENANTS_FILE
from mailbot.config.examples import EXAMPLES_FILE
from mailbot.errors import MailbotError, StoreDamaged
from mailbot.service import archive
from mailbot.service.archive import Manifest
from mailbot.store import copying, migrations

LOG_NAME = "tickets.db"
KEY_NAME = "token.key"
DISTRUSTED = "distrusted"
"""A file of this name in the data folder says why the log is to be looked through before it is used again."""
LOG_MEMBER = f"data/{LOG_NAME}"
SUFFIX = ".tar.zst"
_NAME = "mailbot-backup"
_WORKING = ".mailbot-backup-"
_LAST = "last-backup.json"
_KEPT_BEFORE_MIGRATING = 3

Say = Callable[[str, int, int], None]
"""Told which step is going on, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and found right; `removed` are older ones that were given up for it."""

    path: Path
    octets: int
    manifest: Manifest
    removed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The last backup of this folder that succeeded."""

    made_at: datetime
    path: Path
    octets: int


def _unsaid(_step: str, _done: int, _of: int) -> None:
    pass


def make(
    folder: Path, destination: Path, now: datetime, *, keep: int = 0, name: str = _NAME, say: Say = _unsaid
) -> Backup:
    """Make a backup at `destination`: a file that is not there yet, or a folder, where it gets a name with its date.

    With `keep` only so many of that `name` stay in the folder, the newest. Raise StoreDamaged when the log
    itself is damaged, MailbotError for anything else that is wrong; then nothing is left behind.
    """
    target = _target(destination, name, now)
    if keep and target.parent != destination:
        raise MailbotError("--keep needs a folder as the place of the backup")
    if target.exists():
        raise MailbotError(f"{target} is there already; nothing was changed")
    with _workshop(target.parent) as work:
        log = work / LOG_NAME
        copying.copy(folder / LOG_MEMBER, log, lambda done, of: say("Copying the log", done, of))
        examined = copying.examine(log, lambda done, of: say("Examining it", done, of))
        if examined.problems:
            raise StoreDamaged(
                f"the log is damaged, and no backup was made of it: {'; '.join(examined.problems)} "
                "(restore the last good backup: mailbot restore)"
            )
        files = {LOG_MEMBER: log} | _copies(folder, work / "beside")
        members = tuple(archive.described(path, file) for path, file in files.items())
        manifest = Manifest(now, __version__, examined.form, examined.rows, members)
        packed = work / "archive"
        archive.write(packed, manifest, files, lambda done, of: say("Packing", done, of))
        if archive.read(packed, archive.passed_over, lambda done, of: say("Reading it back", done, of)) != manifest:
            raise MailbotError("what was written is not what was read back: try another disk")
        packed.rename(target)
        _to_disk(target.parent)
    made = Backup(target, target.stat().st_size, manifest, _rotate(target.parent, name, keep))
    _note(folder, made)
    return made


def make_before_migrating(folder: Path, say: Say = _unsaid) -> Backup | None:
    """Back a log up, into data/backups, whose tables are about to get another form; None where that is not so.

    It bears the instant of the log's last change: when bringing it up to date was interrupted, the backup that
    is there already counts. Raise StoreDamaged for a log that is damaged: it is not to be changed further.
    """
    log = folder / LOG_MEMBER
    if not log.is_file() or not migrations.is_older(form := copying.form_of(log)):
        return None
    place = log.parent / "backups"
    place.mkdir(mode=0o700, exist_ok=True)
    changed_at = max(path.stat().st_mtime for path in (log, log.with_name(f"{LOG_NAME}-wal")) if path.exists())
    name, at = f"{_NAME}-of-form-{form}", datetime.fromtimestamp(changed_at, UTC)
    if _target(place, name, at).exists():
        return None
    return make(folder, place, at, keep=_KEPT_BEFORE_MIGRATING, name=name, say=say)


def last_backup(folder: Path) -> LastBackup | None:
    """Return the last backup of this folder that succeeded, None when none is known."""
    try:
        said = json.loads((folder / "data" / _LAST).read_text())
        return LastBackup(datetime.fromisoformat(said["made_at"]), Path(said["path"]), int(said["octets"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _target(destination: Path, name: str, now: datetime) -> Path:
    if destination.is_dir():
        return destination / f"{name}-{now.astimezone(UTC):%Y%m%d-%H%M%SZ}{SUFFIX}"
    if not destination.parent.is_dir():
        raise MailbotError(f"there is no folder {destination.parent}; make it first")
    return destination


def _copies(folder: Path, into: Path) -> dict[str, Path]:
    """Return what lies beside the log, by its place in the folder, copied, so that nobody changes it meanwhile."""
    templates = sorted((folder / "templates").rglob("*"))
    copies = {}
    beside = (folder / name for name in (OPERATOR_FILE, TENANTS_FILE, LEARNED_FILE, EXAMPLES_FILE))
    for path in (folder / "data" / KEY_NAME, *beside, *templates):
        if path.is_file():
            name = str(path.relative_to(folder))
            copies[name] = into / name
            copies[name].parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copies[name])
    return copies


@contextlib.contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """Yield a folder (0700) on the disk of the backup, locked while it is needed; clear away those of the dead."""
    for left in parent.glob(f"{_WORKING}*"):
        with _locked(left) as is_ours:
            if is_ours:
                shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=_WORKING, dir=parent))
    try:
        with _locked(work):
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _rotate(parent: Path, name: str, keep: int) -> tuple[Path, ...]:
    """Remove all but the `keep` newest (0: none) of that name; their names sort as their dates do."""
    old = sorted(parent.glob(f"{name}-????????-??????Z{SUFFIX}"))[:-keep] if keep else []
    for path in old:
        path.unlink(missing_ok=True)
    return tuple(old)


def _note(folder: Path, made: Backup) -> None:
    """Keep which backup was the last, for `last_backup`; a folder that cannot be written to keeps the old note."""
    said = {"made_at": made.manifest.made_at.isoformat(), "path": str(made.path.resolve()), "octets": made.octets}
    new = folder / "data" / f"{_LAST}.new"
    with contextlib.suppress(OSError):
        new.write_text(json.dumps(said))
        new.replace(new.with_name(_LAST))


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
