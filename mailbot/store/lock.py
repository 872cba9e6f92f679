"""One mailbot per data folder: a lock that the system itself gives up when its holder ends.

The lock is flock(2) on a file that stays; its content names the holder for people. A
reading child must not keep it: forked children close it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from mailbot.errors import StoreBusy, StoreError

LOCK_NAME = "lock"


class FolderLock:
    """The right to write into the data folder, held from `acquire` to `release`."""

    def __init__(self, data: Path) -> None:
        self._path = data / LOCK_NAME
        self._descriptor: int | None = None
        _LOCKS.add(self)

    def acquire(self) -> None:
        """Take the lock; make the folder (0700) if it is missing.

        Raise StoreBusy, with the holder's pid, at once; StoreError when the folder cannot be written to.
        """
        data = self._path.parent
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"{data} cannot be written to ({error.strerror}): it must be a folder of the user who runs mailbot, "
                "on a disk that is not read-only"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreBusy(
                f"mailbot is already running on {self._path.parent} (process {holder}); "
                "end that one first, or ask it instead"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock up; without it, do nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_LOCKS: weakref.WeakSet[FolderLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    for lock in list(_LOCKS):
        with contextlib.suppress(OSError):
            lock.release()


os.register_at_fork(after_in_child=_let_go_in_child)
