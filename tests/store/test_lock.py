"""One holder per folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailbot.errors import StoreBusy
from mailbot.store.lock import FolderLock


def test_second_holder_is_refused_at_once_and_told_the_pid(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        with pytest.raises(StoreBusy, match=str(os.getpid())):
            FolderLock(tmp_path / "data").acquire()
        # The refused attempt has not loosened the lock.
        with pytest.raises(StoreBusy):
            FolderLock(tmp_path / "data").acquire()


def test_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    for _ in range(2):
        lock.acquire()
        lock.release()
    lock.release()


def test_folder_and_file_are_private(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data" / "lock").stat().st_mode) == 0o600


HOLD = """
import subprocess, sys
from pathlib import Path
from mailbot.store.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
import os
child = os.fork()
if child == 0:
    import time
    time.sleep(60)
print(child, flush=True)
import signal
signal.pause()
"""


def take_soon(lock: FolderLock) -> None:
    """The child closes the lock when it is first given time, which a busy machine may put off."""
    until = time.monotonic() + 10
    while True:
        try:
            lock.acquire()
        except StoreBusy:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            lock.release()
            return


def test_a_killed_holder_lets_go_although_its_forked_child_lives_on(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(StoreBusy, match=str(holder.pid)):
                FolderLock(tmp_path).acquire()
            holder.kill()
            holder.wait(10)
            take_soon(FolderLock(tmp_path))
            os.kill(child, 0)
        finally:
            os.kill(child, signal.SIGKILL)
