"""What `run` needs of the folder and of the disk below it: looked at as the user who asks, and nothing is changed.

An error is what `run` would end with, or never get over; a warning what it would live with. What is found wrong with
the place hides what lies in it: that cannot be looked at soundly.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from mailbot.delivery.maildir import FOLDERS
from mailbot.errors import ConfigError, MailbotError, Problem
from mailbot.rules import Limits, Rules
from mailbot.service.backup import KEY_NAME, LOG_NAME
from mailbot.service.restore import require_whole
from mailbot.store import copying, migrations
from mailbot.store.keys import load_keyring
from mailbot.store.lock import LOCK_NAME

_MIB = 1024 * 1024
_LEAST_OCTETS = 2 * _MIB
"""What a log without any ticket takes, with what is not yet merged."""
_WRITTEN = (LOG_NAME, f"{LOG_NAME}-wal", f"{LOG_NAME}-shm", LOCK_NAME)


def findings(folder: Path, rules: Rules | None) -> Iterator[Problem]:
    """Yield what of the folder and its disk stands in the way of running there, and warnings."""
    data = folder / "data"
    if unfit := list(_place(data)):
        yield from unfit
        return
    yield from _outgoing(folder, rules)
    yield from _room(data, rules.limits if rules else Limits())
    files = list(_files(folder))
    yield from files
    yield from _keys(data / KEY_NAME)
    if not any(not problem.warning for problem in files):
        yield from _log(folder)


def _place(place: Path) -> Iterator[Problem]:
    """Yield why files cannot be made in a folder, or it cannot be made itself."""
    there = next(path for path in (place, *place.parents) if path.exists() or path.is_symlink())
    if not there.is_dir():
        yield _error(there, "this is no folder, and mailbot keeps what it has in one of this name", "move it away")
    elif not _may(there, os.R_OK | os.W_OK | os.X_OK):
        so = "" if there == place else f", so that no {place.name} can be made"
        yield _refused(there, f"this folder cannot be written to{so}")


def _outgoing(folder: Path, rules: Rules | None) -> Iterator[Problem]:
    """Yield why outgoing mail cannot be written to a folder where no relay is named."""
    if rules is None or rules.relay.host:
        return
    for place in (folder / rules.relay.maildir, *(folder / rules.relay.maildir / name for name in FOLDERS)):
        if place.exists():
            yield from _place(place)


def _files(folder: Path) -> Iterator[Problem]:
    """Yield what is there already and could not be written to by us, or by whose folder it is."""
    data, of_folder, us = folder / "data", folder.stat().st_uid, os.geteuid()
    for path in (data, *(data / name for name in _WRITTEN)):
        if not path.exists():
            continue
        owner = path.stat().st_uid
        if path != data and not _may(path, os.R_OK | os.W_OK):
            yield _refused(path, "this file cannot be written to")
        elif path.name == LOG_NAME and us not in {0, owner}:
            # A start sees to it that nobody else may read the log, which only its owner can.
            yield _refused(path, "this is another user's")
        elif us == 0 and of_folder not in {0, owner}:
            whose = _name(of_folder)
            text = f"it belongs to {_name(owner)}, its folder to {whose}: a mailbot that runs as {whose} cannot use it"
            yield Problem(str(path), "", text, hint=_chown(of_folder, data), warning=True)


def _keys(path: Path) -> Iterator[Problem]:
    """Yield what is wrong with the token keys."""
    try:
        if path.exists():
            load_keyring(path)
    except ConfigError as error:
        yield from error.problems
    except OSError as error:
        yield _refused(path, f"the token keys cannot be read ({error.strerror})")


def _log(folder: Path) -> Iterator[Problem]:
    """Yield why the log cannot be used."""
    log = folder / "data" / LOG_NAME
    try:
        require_whole(log.parent)
        if log.exists() and log.stat().st_size:
            migrations.require_known(copying.form_of(log))
    except MailbotError as error:
        text, _, step = str(error).partition("; ")
        yield _error(log, text, step)


def _room(data: Path, limits: Limits) -> Iterator[Problem]:
    """Yield that there is too little room on the disk."""
    there = next(path for path in (data, *data.parents) if path.exists())
    disk = os.statvfs(there)
    free = disk.f_bavail * disk.f_frsize
    hint = f"free some space: `df -h {_typed(there)}` shows the disk"
    if disk.f_files and not disk.f_favail:
        hint = f"remove files: `df -i {_typed(there)}` counts them"
        yield _error(there, "the disk has no room for one more file", hint)
    elif free < _LEAST_OCTETS:
        yield _error(there, f"{free // 1024:,} KiB are free on its disk: there is no room for the log", hint)
    elif free < limits.free_disk_bytes:
        least = f"limits.free_disk_bytes ({limits.free_disk_bytes // _MIB:,} MiB)"
        text = f"{free // _MIB:,} MiB are free on its disk, less than {least}: mailbot would run and take no mail in"
        yield Problem(str(there), "", text, hint=hint, warning=True)


def _refused(path: Path, what: str) -> Problem:
    """Return that we may not do that, with the cause as far as it can be seen, and what to do."""
    us, found = os.geteuid(), path.stat()
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        hint = f"`mount -o remount,rw {_typed(_mounted_at(path))}`; if it turned so by itself, `dmesg` says why"
        return _error(path, f"{what}: its disk is mounted read-only", hint)
    if us not in {0, found.st_uid}:
        text = f"{what}: it belongs to {_name(found.st_uid)}, and you are {_name(us)}"
        return _error(path, text, f"{_chown(us, path)}, or run mailbot as {_name(found.st_uid)}")
    if us:
        return _error(path, f"{what}: its owner may not", f"`chmod u+rw{'x' if path.is_dir() else ''} {_typed(path)}`")
    hint = f"`chattr -i {_typed(path)}`, if `lsattr -d {_typed(path)}` shows an i"
    return _error(path, f"{what}, not even by root: it is kept from being changed", hint)


def _mounted_at(path: Path) -> Path:
    """Return where the disk of a path is mounted, also where a part of one is (proc(5), mountinfo)."""
    lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    points = (Path(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), line.split()[4])) for line in lines)
    return max((one for one in points if path.resolve().is_relative_to(one)), key=lambda one: len(one.parts))


def _chown(user: int, path: Path) -> str:
    return f"`chown -R {_name(user)} {_typed(path)}`"


def _may(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=True)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _typed(path: Path) -> str:
    return shlex.quote(str(path))


def _error(path: Path, text: str, hint: str) -> Problem:
    return Problem(str(path), "", text, hint=hint)
