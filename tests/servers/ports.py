"""Ports for servers that must know theirs before they listen, or that listen on the same one again after a restart."""

import socket
from collections import deque

_MOST_HELD = 200


class HeldPort:
    """A loopback port that is ours until `close`, whether a server listens on it or not.

    A socket that is bound and does not listen keeps it: the kernel gives it to nobody who leaves the choice to the
    kernel, be it to listen or to connect, and a server that names it and sets SO_REUSEADDR, as all of ours do, gets it.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


_HELD: deque[HeldPort] = deque()


def free_port() -> int:
    """Return a loopback port on which nobody listens, and which is ours until two hundred more were asked for."""
    if len(_HELD) >= _MOST_HELD:
        _HELD.popleft().close()
    _HELD.append(HeldPort())
    return _HELD[-1].number
