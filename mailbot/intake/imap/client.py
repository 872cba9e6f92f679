"""IMAPClient as we use it: one door to the library, with IDLE repaired and errors named once."""

from __future__ import annotations

import socket
import ssl

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

__all__ = [
    "CapabilityError",
    "Client",
    "IMAPClientAbortError",
    "IMAPClientError",
    "IMAPClientReadOnlyError",
    "SocketTimeout",
]


class Client(IMAPClient):  # type: ignore[misc]  # IMAPClient is published without types
    """IMAPClient with IDLE repaired: it must not overlook what came together with the answer to IDLE."""

    def idle(self) -> None:
        """Begin IDLE; untagged responses before the continuation are allowed (RFC 2177) and kept."""
        self._idle_tag = self._imap._command("IDLE")  # noqa: SLF001
        while self._imap._get_response() is not None:  # noqa: SLF001
            if self._imap.tagged_commands[self._idle_tag]:
                self._checkok("idle", *self._imap.tagged_commands.pop(self._idle_tag))
                msg = "IDLE ended before it began"
                raise IMAPClientError(msg)

    def said(self, kind: str) -> list[int]:
        """Return the numbers in the EXISTS or EXPUNGE responses since SELECT, its own first."""
        return [int(number) for number in self._imap.untagged_responses.get(kind, ())]

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> bool:
        # Lines that came in one segment with "+ idling" wait in a buffer of ours, where poll() does not see them.
        return self._has_buffered(sock) or bool(super()._poll_socket(sock, timeout))

    def _has_buffered(self, sock: socket.socket) -> bool:
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return True
        if hasattr(self._imap, "_readbuf"):  # Python 3.14 keeps its own buffer
            return bool(self._imap._readbuf)  # noqa: SLF001
        try:
            return bool(self._imap.file.peek(1))
        except OSError:
            return False
