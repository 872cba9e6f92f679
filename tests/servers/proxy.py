"""A TCP proxy for what happens between two machines: cuts at any octet, silence, slowness, lost replies.

The faults by octet count anew for each connection, and hold for those that come after they were set:

- `cut_up_after` and `cut_down_after`: that many octets from the client or from the server pass, then the connection
  is closed on both sides (with `reset` by RST), at exactly that octet;
- `swallow_up_after` and `swallow_down_after`: further octets vanish while the connection stays, as when a reply is
  lost;
- `trickle`: so many octets at a time, with a pause of so many seconds after each piece, in both directions;
- `faulty`: only so many connections have the faults, the ones after them have none (None: all have them).

What happens to the connections that are open: `drop` closes them, `forget` makes them half-open for good (nothing
passes any more, no FIN either, as behind a router that forgot them) while new ones are served, `stall` holds everything
of old and new ones until `resume`.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Self

_BLOCK = 65_536


@dataclass(frozen=True)
class _Way:
    """One direction of one connection, with the faults that it has. None: it has not."""

    passed: bytearray
    cut: int | None = None
    swallow: int | None = None
    trickle: tuple[int, float] | None = None

    def allowed(self, block: bytes, before: int) -> bytes:
        """Return what of the block passes, after so many octets."""
        limits = [limit for limit in (self.cut, self.swallow) if limit is not None]
        return block[: max(0, min(limits) - before)] if limits else block


@dataclass(frozen=True)
class _Link:
    """One connection: the client's socket and ours to the server."""

    client: socket.socket
    server: socket.socket
    forgotten: threading.Event = field(default_factory=threading.Event)


@dataclass
class Proxy:
    """Listens on loopback and passes on to `target`; `up` and `down` hold what was passed on, over all connections."""

    target: int
    cut_up_after: int | None = None
    cut_down_after: int | None = None
    swallow_up_after: int | None = None
    swallow_down_after: int | None = None
    trickle: tuple[int, float] | None = None
    faulty: int | None = None
    reset: bool = False
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._links: list[_Link] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
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
        self.resume()
        for pump in self._pumps:
            pump.join()

    def drop(self) -> None:
        """Close every connection now, those that were forgotten, too."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            self._shut(link)

    def forget(self) -> None:
        """Leave the open connections half-open: neither side hears anything of the other again, not even its end."""
        with self._lock:
            for link in self._links:
                link.forgotten.set()

    def stall(self) -> None:
        """Hold back what either side says, and new connections' words, too, until `resume`."""
        self._flowing.clear()

    def resume(self) -> None:
        """Pass on what was held back."""
        self._flowing.set()

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
            self._serve(_Link(client, server))

    def _serve(self, link: _Link) -> None:
        with self._lock:
            self._links.append(link)
        up, down = self._ways()
        for source, sink, way in ((link.client, link.server, up), (link.server, link.client, down)):
            pump = threading.Thread(target=self._pump, args=(link, source, sink, way), daemon=True)
            self._pumps.append(pump)
            pump.start()

    def _ways(self) -> tuple[_Way, _Way]:
        if self.faulty is not None:
            if not self.faulty:
                return _Way(self.up), _Way(self.down)
            self.faulty -= 1
        return (
            _Way(self.up, self.cut_up_after, self.swallow_up_after, self.trickle),
            _Way(self.down, self.cut_down_after, self.swallow_down_after, self.trickle),
        )

    def _pump(self, link: _Link, source: socket.socket, sink: socket.socket, way: _Way) -> None:
        seen = 0
        try:
            while (way.cut is None or seen < way.cut) and (block := source.recv(_BLOCK)):
                self._flowing.wait()
                if not link.forgotten.is_set():
                    self._pass_on(way.allowed(block, seen), sink, way)
                seen += len(block)
        except OSError:
            pass
        self._flowing.wait()
        if not link.forgotten.is_set():
            self._shut(link)

    def _pass_on(self, block: bytes, sink: socket.socket, way: _Way) -> None:
        size, pause = way.trickle or (_BLOCK, 0.0)
        for start in range(0, len(block), size):
            piece = block[start : start + size]
            way.passed.extend(piece)
            sink.sendall(piece)
            time.sleep(pause)

    def _shut(self, link: _Link) -> None:
        for one in (link.client, link.server):
            try:
                if self.reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # Wakes the pump that reads; until it has let go, close sends nothing.
                one.shutdown(socket.SHUT_RD if self.reset else socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
