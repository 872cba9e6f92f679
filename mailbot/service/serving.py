"""A socket server in a thread of its own, which ends as soon as it is asked to."""

from __future__ import annotations

import selectors
import socket
import socketserver
import threading

from mailbot.health import Part

_BEAT_SECONDS = 10.0
# A client may have gone before its connection is taken.
_TAKEN_WITHIN_SECONDS = 0.5


class Serving:
    """Serves until `stop`; `part` is told that it lives."""

    def __init__(self, server: socketserver.TCPServer, name: str, part: Part) -> None:
        """Begin, in a thread of that name."""
        self._server = server
        self._part = part
        self._asked, self._ask = socket.socketpair()
        server.timeout = _TAKEN_WITHIN_SECONDS
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._ask.close()
        self._thread.join()
        self._asked.close()
        self._server.server_close()
        self._part.rest()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._asked, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select(_BEAT_SECONDS)}
                self._part.beat()
                if self._asked in ready:
                    return
                if ready:
                    self._server.handle_request()
