"""A TCP relay to a server, for what happens between two machines: silence, and cuts at any octet."""

import contextlib
import socket
import threading


class Wire:
    """Carries connections to a port of this machine, until it falls silent or its allowance is used up."""

    def __init__(self, port: int) -> None:
        """Listen on a port of our own, `port`, and relay to that one."""
        self._to = port
        # Silence without an end, as of a router that forgot the connection.
        self.cut = threading.Event()
        # How many octets each connection may bring from the server before it breaks; None: any number.
        self.allowance: int | None = None
        self.carried = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Break every connection and stop listening."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [near, far]
                threading.Thread(target=self._carry, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, self.allowance), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, left: int | None) -> None:
        from_server = left is not None
        with contextlib.suppress(OSError):
            while (left is None or left > 0) and (data := source.recv(65_536 if left is None else min(left, 65_536))):
                if left is not None:
                    left -= len(data)
                if not self.cut.is_set():
                    target.sendall(data)
                self.carried += len(data)
        for one in (source, target) if from_server else (target,):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
