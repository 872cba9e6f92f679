"""Whether this process still is the one that may act on the store.

Who opens a store for writing counts its epoch up, and is the only one from then on: a process
that was stopped (SIGSTOP, a frozen virtual machine) while another took over finds out here.
The writer looks in every transaction; what acts on the world without writing looks here first.
"""

from __future__ import annotations

import sqlite3
import threading

from mailbot.errors import StoreBroken

_TAKEN_OVER = "another mailbot has opened this store since; this one may not write or send any more"


def check(connection: sqlite3.Connection, epoch: int) -> None:
    """Raise StoreBroken when the store was opened for writing after us."""
    (number,) = connection.execute("SELECT number FROM epoch").fetchone()
    if number != epoch:
        raise StoreBroken(_TAKEN_OVER)


class Fence:
    """Asks a connection of its own, which takes some microseconds; for any thread."""

    def __init__(self, connection: sqlite3.Connection, epoch: int) -> None:
        """`connection` begins no transactions, so that each look sees what was committed last."""
        self._connection = connection
        self._epoch = epoch
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise StoreBroken when the store was opened for writing after us, or cannot be asked."""
        try:
            with self._lock:
                check(self._connection, self._epoch)
        except sqlite3.Error as error:
            raise StoreBroken(f"the store cannot say whether it is still ours: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
