"""A receiver of pages: a real HTTP server that keeps what it was sent, and answers as it was told to for each path."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
Reply = bytes | Callable[["_Handler"], None]


@dataclass
class Posted:
    """One request: where to, its fields, its body as it came."""

    path: str
    fields: Message
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def said(self) -> dict[str, Any]:
        """The body, read as JSON."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    def is_signed_by(self, secret: str) -> bool:
        """Whether it bears that secret's signature, reckoned as the specification of Standard Webhooks says."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join((self.fields["webhook-id"].encode(), self.fields["webhook-timestamp"].encode(), self.body))
        wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return f"v1,{wanted}" in str(self.fields["webhook-signature"]).split(" ")


def answer(status: int, words: str = "", *fields: str) -> bytes:
    """Return a whole answer."""
    body = words.encode()
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def without_proxies(patch: pytest.MonkeyPatch) -> None:
    """Have nothing that is posted go over a proxy of the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)


def hang(handler: _Handler) -> None:
    """Say nothing for as long as the test lasts."""
    handler.receiver.done.wait(30)


def drop(handler: _Handler) -> None:
    """Close the connection without a word."""


def trickle(handler: _Handler) -> None:
    """Answer an octet at a time, for ever."""
    for octet in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 10_000:
        if handler.receiver.done.wait(0.005):
            return
        handler.wfile.write(bytes([octet]))


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.posted.append(Posted(self.path, self.headers, body))
        replies = self.receiver.replies[self.path]
        reply = replies.popleft() if len(replies) > 1 else next(iter(replies), TAKEN)
        self.close_connection = True
        try:
            if isinstance(reply, bytes):
                self.wfile.write(reply)
            else:
                reply(self)
        except OSError:
            pass

    def log_message(self, *_about: object) -> None:
        """Say nothing."""


class Receiver:
    """The server; `replies` are the answers for each path in their order, the last one for all that follow."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.posted: list[Posted] = []
        self.replies: dict[str, deque[Reply]] = defaultdict(deque)
        self.done = threading.Event()
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def url(self, path: str = "/page") -> str:
        """Return the URL of one of its paths."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def answers(self, path: str, *replies: Reply) -> None:
        """Have it answer so at a path, the last one for all that follow."""
        self.replies[path] = deque(replies)

    def at(self, path: str) -> list[Posted]:
        """Return what was posted to one of its paths."""
        return [one for one in tuple(self.posted) if one.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.done.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
