"""A TCP proxy that cuts, swallows and records, to stand between a client and a server.

`cut_up_after` and `cut_down_after` count octets from the client and from the server: after that
many the connection is closed on both sides, at exactly that octet. `swallow_down_after` lets the
server's further octets vanish while the connection stays. Each counts anew per connection.
"""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Self

_BLOCK = 65_536


@dataclass
class Proxy:
    """Listens on loopback and passes on to `port`; `up` and `down` hold what was passed on, over all connections."""

    target: int
    cut_up_after: int | None = None
    cut_down_after: int | None = None
    swallow_down_after: int | None = None
    reset: bool = False
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._pumps: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        # shutdown wakes the accept that is waiting; close alone does not.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        self.drop()
        for pump in self._pumps:
            pump.join()

    def drop(self) -> None:
        """Close every connection now."""
        with self._lock:
            connections, self._open = self._open, []
        for one in connections:
            self._shut(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for one in (client, server):
                # Small pieces go on at once, as they came.
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open += [client, server]
            for source, sink, up in ((client, server, True), (server, client, False)):
                pump = threading.Thread(target=self._pump, args=(source, sink), kwargs={"up": up}, daemon=True)
                self._pumps.append(pump)
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket, *, up: bool) -> None:
        passed = 0
        try:
            while block := source.recv(_BLOCK):
                cut = self.cut_up_after if up else self.cut_down_after
                swallow = None if up else self.swallow_down_after
                limits = [limit for limit in (cut, swallow) if limit is not None]
                block = block[: max(0, min(limits) - passed)] if limits else block
                passed += len(block)
                (self.up if up else self.down).extend(block)
                sink.sendall(block)
                if cut is not None and passed >= cut:
                    break
        except OSError:
            pass
        self._shut(source)
        self._shut(sink)

    def _shut(self, one: socket.socket) -> None:
        try:
            if self.reset:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        one.close()
