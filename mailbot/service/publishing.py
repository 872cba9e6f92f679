"""The public pages as files: written where a web server shows them, at once when something in them changes.

Each file comes into being whole, under its name only when it is complete. What is as it should be is not touched. A
list of the files that are ours lies beside them: what is not on it is never overwritten and never removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import structlog
from sqlalchemy import Connection

from mailbot.config.articles import ARTICLES_FOLDER
from mailbot.deciding.incidents import Incident
from mailbot.desk import Desk
from mailbot.errors import MailbotError, StoreError, StoreUnavailable
from mailbot.health import Part
from mailbot.render import Templates
from mailbot.render.public.folder import Files, files
from mailbot.render.public.status import month_of
from mailbot.rules import Rules
from mailbot.rules.publishing import picture_file
from mailbot.service.folder import OpenFolder
from mailbot.store import incidents

_log = structlog.get_logger(__name__)

LIST = ".site.json"
"""The list of the files that are ours."""

_LOOK_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
_AGAIN_SECONDS = 30.0
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
_OF_OTHERS = (OSError, MailbotError)
"""What fails without a fault of ours; of what else fails the log tells where."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of the files of a site, by name; `left` are others' files where ours would have been."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    same: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.written or self.removed)


def publish(folder: Path, wanted: Mapping[str, bytes]) -> Published:
    """Have the folder hold these files and none of ours besides; it is made where it is missing. Raise OSError.

    What others have put there stays. Pages come before those that lead to them, and what is gone goes last.
    """
    _made(folder)
    with _alone(folder):
        ours = _ours(folder)
        left = tuple(name for name in wanted if name not in ours and _is_anothers(folder, name, wanted[name]))
        names = [name for name in _deepest_first(wanted) if name not in left]
        to_write = [name for name in names if _octets(folder / name) != wanted[name]]
        gone = sorted(ours - wanted.keys())
        # Whoever dies on the way finds his own files on it the next time.
        _write_list(folder, ours | set(names))
        for name in to_write:
            _write(folder / name, wanted[name])
        for name in gone:
            _remove(folder / name, folder)
        _write_list(folder, names)
    return Published(tuple(to_write), tuple(gone), left, len(names) - len(to_write))


def with_pictures(made: Files, place: Path) -> dict[str, bytes]:
    """Return every file of a site; pictures are read from the operator's folder, and one that is missing is left out.

    Raise OSError.
    """
    pictures = {name: place / ARTICLES_FOLDER / name for name in made.pictures}
    shown = {picture_file(name): path.read_bytes() for name, path in pictures.items() if path.is_file()}
    return {**made.octets, **shown}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against another process of ours that writes there."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _deepest_first(names: Collection[str]) -> list[str]:
    return sorted(names, key=lambda name: (-name.count("/"), name))


def _ours(folder: Path) -> set[str]:
    """Return the files on the list; one that cannot be read names none, and nothing on it lies outside the folder."""
    try:
        listed = json.loads((folder / LIST).read_bytes())["files"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return set()
    if not isinstance(listed, list):
        return set()
    return {name for name in listed if _leads_into_it(name) and not _is_linked(folder, name)}


def _leads_into_it(name: object) -> bool:
    path = PurePosixPath(name if isinstance(name, str) else "")
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _is_linked(folder: Path, name: str) -> bool:
    """Return whether the way to a file is a link of somebody's, which may lead out of the folder."""
    return any((folder / above).is_symlink() for above in PurePosixPath(name).parents[:-1])


def _is_anothers(folder: Path, name: str, wanted: bytes) -> bool:
    """Return whether something is there that we did not write; the very same octets may as well be ours."""
    path = folder / name
    return _is_linked(folder, name) or (os.path.lexists(path) and _octets(path) != wanted)


def _octets(path: Path) -> bytes | None:
    """Return what a file holds, None for anything but a file."""
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _write_list(folder: Path, names: Collection[str]) -> None:
    listed = json.dumps({"files": sorted(names)}, indent=1).encode() + b"\n"
    if _octets(folder / LIST) != listed:
        _write(folder / LIST, listed)


def _write(path: Path, octets: bytes) -> None:
    _made(path.parent)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with new.open("xb") as file:
        file.write(octets)
    # Whatever we may keep to ourselves, a web server has to read this.
    new.chmod(_FILE_MODE)
    new.replace(path)


def _made(folder: Path) -> None:
    """Make a folder with all above it that are missing; others may look into each of them."""
    if folder.is_dir():
        return
    _made(folder.parent)
    folder.mkdir()
    folder.chmod(_FOLDER_MODE)


def _remove(path: Path, folder: Path) -> None:
    """Remove a file, and folders in the site's that are empty now."""
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder:
            return
        try:
            parent.rmdir()
        except OSError:
            return


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the pages are made of: where any of this is another one, they may be, too.

    The incidents are as they were when the `word` of that number was said last of any.
    """

    rules: Rules
    templates: Templates
    incidents: tuple[Incident, ...]
    word: int
    month: date

    def is_same(self, other: _Shown | None) -> bool:
        """Return whether the pages are the same; equal rules are the same object (`service.reload`)."""
        return (
            other is not None
            and self.rules is other.rules
            and self.templates is other.templates
            and (self.word, self.month) == (other.word, other.month)
        )


class Publisher:
    """Keeps the pages of one running desk as they should be.

    It promises the board no beat: where a web server's disk hangs, the watchdog would start the whole desk anew.
    """

    def __init__(self, place: Path, here: OpenFolder, part: Part, now: Callable[[], datetime]) -> None:
        """`place` is the operator's folder."""
        self._place = place
        self._here = here
        self._part = part
        self._now = now
        self._shown: _Shown | None = None
        self._made = Files({})
        self._pictures: frozenset[tuple[str, int, int]] | None = None
        self._told = ""

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Write what has changed at the start and after each commit and change of the rules, until `stop`."""
        wake.clear()
        # Looked at after each `clear`, so that the wake that comes with `stop` is never cleared away unseen.
        while not stop.is_set():
            if self.step():
                wake.wait(_LOOK_SECONDS)
                # A burst of mail wakes it again and again, to find that none of it is for the public.
                stop.wait(_PAUSE_SECONDS)
            else:
                stop.wait(_AGAIN_SECONDS)
            wake.clear()

    def step(self) -> bool:
        """Write what has changed; return whether the pages are as they should be."""
        desk, now = self._here.desk, self._now()
        site = desk.rules.site
        if not site.folder:
            self._shown, self._pictures, self._told = None, None, ""
            self._part.well()
            return True
        folder = self._place / site.folder
        try:
            with self._here.database.read() as conn:
                shown = self._to_show(conn, desk, now)
            if not shown.is_same(self._shown):
                self._made = files(shown.templates, shown.rules, shown.incidents, now)
                self._pictures = None
            if self._pictures != (pictures := self._state_of_pictures()):
                self._publish(folder)
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, StoreUnavailable):
                raise
            self._failed(error, folder)
            return False
        self._shown, self._pictures, self._told = shown, pictures, ""
        self._part.well()
        return True

    def _to_show(self, conn: Connection, desk: Desk, now: datetime) -> _Shown:
        """Return what the pages are made of now; the history is read only where a word was said since."""
        word, before = incidents.newest_word(conn), self._shown
        said = before.incidents if before and before.word == word else incidents.history(conn, desk.partner)
        return _Shown(desk.rules, desk.templates, said, word, month_of(now, desk.rules.partner.zone))

    def _state_of_pictures(self) -> frozenset[tuple[str, int, int]]:
        """Return what tells one state of the pictures from another; they may change while no text does."""
        paths = (self._place / ARTICLES_FOLDER / name for name in self._made.pictures)
        states = ((path, path.stat()) for path in paths if path.is_file())
        return frozenset((str(path), state.st_mtime_ns, state.st_size) for path, state in states)

    def _publish(self, folder: Path) -> None:
        made = self._made
        done = publish(folder, with_pictures(made, self._place))
        for problem in made.problems:
            _log.error("template-failed", problem=problem)
        if done.changed or done.left:
            _log.info("site-written", folder=str(folder), written=len(done.written), removed=len(done.removed))
        if done.left:
            _log.warning(
                "site-left",
                folder=str(folder),
                files=done.left[:10],
                next_step="move them, or give the pages another folder",
            )

    def _failed(self, error: Exception, folder: Path) -> None:
        reason, next_step = _words(error, folder), f"{_next_step(error)}; what was written before stays as it is"
        self._part.troubled(f"the public pages cannot be written: {reason}", next_step)
        if reason != self._told:
            self._told = reason
            told = {} if isinstance(error, _OF_OTHERS) else {"exc_info": error}
            _log.error("site-not-written", reason=reason, next_step=next_step, **told)


def _words(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or folder}: {error.strerror}"
    return str(error) if isinstance(error, MailbotError) else f"{type(error).__name__}: {error}"


def _next_step(error: Exception) -> str:
    match error:
        case StoreUnavailable():
            return error.next_step
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return "free some space"
        case OSError():
            return "let the user that mailbot runs as write there"
        case _:
            return "the log of the service says why; please report it"
