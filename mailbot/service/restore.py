"""A backup becomes an operator's folder again, and nothing is sent twice because of it.

Everything is unpacked beside the data folder, compared with the manifest, examined and settled
(`store.restoring`) before anything of the folder is touched. What is there is moved aside into
`replaced-DATE/`, never deleted, and the log that is moved aside is fenced first: a mailbot that
still has it open can write and send no more. While files change places a mark in the data
folder keeps everybody out; a restore that was killed is simply begun anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailbot.errors import MailbotError, StoreError
from mailbot.service import archive
from mailbot.service.archive import BadBackup, Manifest, Member
from mailbot.service.backup import DISTRUSTED, LOG_MEMBER, LOG_NAME, Say
from mailbot.store import copying, restoring
from mailbot.store.database import fence, open_database
from mailbot.store.lock import FolderLock
from mailbot.store.restoring import Settled

MARK = "restoring"
_STAGE = ".mailbot-restore-"


class InTheWayError(MailbotError):
    """The folder holds what the backup would replace, and nobody said that it may."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done; `aside` is where what was there before lies now, None when nothing was in the way."""

    manifest: Manifest
    settled: tuple[Settled, ...]
    aside: Path | None


def restore(file: Path, folder: Path, now: datetime, *, replace: bool = False, say: Say) -> Restored:
    """Bring a backup into the folder, making it if need be.

    Raise StoreBusy while a mailbot runs there, BadBackup for a file that is not whole, InTheWayError when something
    would be replaced and may not be; then the folder is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    with FolderLock(data), _stage(folder) as stage:
        manifest = _unpacked(file, stage, say)
        present = [one.path for one in manifest.members if (folder / one.path).exists()]
        in_the_way = [path for path in present if path == LOG_MEMBER or not _is_same(folder / path, stage / path)]
        if in_the_way and not replace:
            raise InTheWayError(_refusal(data / LOG_NAME, manifest, in_the_way))
        last_ticket = _given_up(data / LOG_NAME)
        with open_database(stage / LOG_MEMBER) as database:
            settled = database.writer.write(
                lambda conn: restoring.settle(conn, manifest.made_at, now, last_ticket=last_ticket)
            )
        _to_disk(*(stage / one.path for one in manifest.members))
        aside = folder / f"replaced-{now.astimezone(UTC):%Y%m%d-%H%M%SZ}"
        moved = _exchange(folder, stage, aside, manifest, file)
    return Restored(manifest, settled, aside if moved else None)


def require_whole(data: Path) -> None:
    """Raise StoreError where a restore was begun and did not end."""
    mark = data / MARK
    if mark.exists():
        raise StoreError(
            f"a restore into {data.parent} did not end: do it again, with --replace (mailbot restore "
            f"{mark.read_text('utf-8', 'replace').strip()} --replace); nothing is lost, what was there before "
            "lies in replaced-*"
        )


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    # Ours to clear away: the folder is locked.
    for left in folder.glob(f"{_STAGE}*"):
        shutil.rmtree(left)
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _unpacked(file: Path, stage: Path, say: Say) -> Manifest:
    """Unpack the backup and examine its log."""

    def take(member: Member, chunks: Iterator[bytes]) -> None:
        path = stage / member.path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as unpacked:
            unpacked.writelines(chunks)
        path.chmod(0o600)

    manifest = archive.read(file, take, lambda done, of: say("Unpacking", done, of))
    log = stage / LOG_MEMBER
    if not log.is_file():
        raise BadBackup(f"{file}: there is no log in it")
    examined = copying.examine(log, lambda done, of: say("Examining it", done, of))
    if examined.problems or examined.rows != manifest.rows:
        words = "; ".join(examined.problems) or "other rows are in it than its manifest says"
        raise BadBackup(f"{file}: the log in it is damaged: {words}")
    return manifest


def _is_same(present: Path, new: Path) -> bool:
    return present.is_file() and present.read_bytes() == new.read_bytes()


def _refusal(log: Path, manifest: Manifest, in_the_way: list[str]) -> str:
    made_at = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    words = f"the folder has its own {', '.join(in_the_way)}"
    if LOG_MEMBER in in_the_way:
        changed_at = max(path.stat().st_mtime for path in log.parent.glob(f"{LOG_NAME}*"))
        age = "newer than" if changed_at > manifest.made_at.timestamp() else "not newer than"
        words += f"; its log is {age} this backup of {made_at}"
    return f"{words}. With --replace the backup takes their place, and they are moved aside; nothing was changed"


def _given_up(log: Path) -> int:
    """Fence the present log off, so that nobody who has it open goes on; return its last ticket, 0 if it has none.

    A log that cannot be used any more is fenced by that.
    """
    if not log.exists():
        return 0
    with contextlib.suppress(StoreError):
        fence(log)
    with contextlib.suppress(StoreError):
        return copying.last_ticket(log)
    return 0


def _exchange(folder: Path, stage: Path, aside: Path, manifest: Manifest, file: Path) -> bool:
    """Move what is in the way aside and the stage's files into place; return whether anything was in the way."""
    data = folder / "data"
    mark = data / MARK
    mark.write_text(f"{file.resolve()}\n", "utf-8")
    _to_disk(mark, data)
    new = [
        one.path
        for one in manifest.members
        if one.path == LOG_MEMBER or not _is_same(folder / one.path, stage / one.path)
    ]
    log_files = [f"{LOG_MEMBER}{end}" for end in ("", "-wal", "-shm", "-journal")]
    log_files.append(f"data/{DISTRUSTED}")
    moved = [path for path in dict.fromkeys([*log_files, *new]) if (folder / path).exists()]
    for path in moved:
        (aside / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / path).rename(aside / path)
    for path in new:
        (folder / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (stage / path).rename(folder / path)
    _give_to_owner(folder, *(folder / member.path for member in manifest.members))
    _to_disk(folder, data)
    mark.unlink()
    _to_disk(data)
    return bool(moved)


def _give_to_owner(folder: Path, *files: Path) -> None:
    """Give the files, and the folders down to them, to who owns the folder: root may restore for another user."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    for path in {parent for file in files for parent in (file, *file.parents) if parent.is_relative_to(folder)}:
        os.chown(path, owner.st_uid, owner.st_gid)


def _to_disk(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
