"""Posting to a URL: once, to that URL and no other, within a time that nobody at the other end can draw out.

No redirect is followed: it would carry a secret to whoever is named there. Proxies are those of the environment, and
certificates are verified, as urllib does both. The deadline is kept by shutting the connection down from beside it: a
time limit of a socket counts anew with each octet.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
    getproxies,
    proxy_bypass,
)

from mailbot.delivery.transport import Accepted, one_line
from mailbot.errors import PermanentFailure, TransientFailure, UnclearResult

SECONDS = 15.0
"""How long all of it may take."""
_MOST_OCTETS = 4096
_MOST_WORDS = 200
_SHORTEST_SECRET = 4
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_REDIRECTS = range(300, 400)
_TAKEN = range(200, 300)
_FAILURES_OF_THEIRS = range(500, 600)


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted, and where to. `secrets` are what no reason may repeat, besides the URL's own parts."""

    url: str
    body: bytes
    fields: Mapping[str, str]
    secrets: tuple[str, ...] = ()

    def masked(self, text: str) -> str:
        """Return a text without what is secret in it: the parts of the URL behind its host, and `secrets`."""
        parts = urlsplit(self.url)
        behind = f"{parts.path}?{parts.query}"
        found = [self.url, *self.secrets, behind, parts.path, parts.query, *parts.path.split("/")]
        found += [value for _, value in parse_qsl(parts.query)]
        found += [unquote(one) for one in found]
        for one in sorted(filter(None, found), key=len, reverse=True):
            if len(one) >= _SHORTEST_SECRET:
                text = text.replace(one, "…")
        return text


class Deadline:
    """An instant by which a connection is shut down, whatever is under way on it."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._ends_at_s = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self._let_go = False
        self.is_asked = False
        """Whether the request has left, and its answer is waited for."""
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left_s(self) -> float:
        """How many seconds are left, at least a little, so that it can be a time limit of a socket."""
        return max(self._ends_at_s - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        """Whether it is past."""
        return time.monotonic() >= self._ends_at_s

    def connected(self, address: tuple[str, int], _timeout: object = None, _source: object = None) -> socket.socket:
        """Return a connection to a host and port, which ends at the deadline; raise OSError."""
        failure = OSError("it has no address")
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
        for number, (*_, one) in enumerate(found):
            try:
                # One address that says nothing leaves time for the others.
                limit_s = self.left_s / (len(found) - number)
                return self._hold(socket.create_connection((str(one[0]), address[1]), limit_s), self.left_s)
            except OSError as error:
                failure = error
        raise failure

    def _hold(self, made: socket.socket, limit_s: float) -> socket.socket:
        made.settimeout(limit_s)
        with self._lock:
            if self._let_go or self.is_over:
                made.close()
                raise TimeoutError
            # TLS takes the first one over; what is shut down by the second is shut down for both.
            self._held = made.dup()
        return made

    def close(self) -> None:
        """Let go: nothing is shut down any more."""
        self._timer.cancel()
        with self._lock:
            self._let_go = True
            if self._held is not None:
                self._held.close()
                self._held = None

    def _end(self) -> None:
        with self._lock:
            if self._held is not None:
                with contextlib.suppress(OSError):
                    self._held.shutdown(socket.SHUT_RDWR)


def post(what: Post, seconds: float = SECONDS) -> Accepted:
    """Post it and return what the receiver said, a 2xx.

    Raise TransientFailure where nothing was taken and later it may be, UnclearResult where it was sent and no answer
    came, PermanentFailure for any other answer. Their words repeat nothing secret.
    """
    deadline = Deadline(seconds)
    try:
        return _judged(what, *_answered(what, deadline))
    finally:
        deadline.close()


def reach(url: str, seconds: float = SECONDS) -> None:
    """Connect to where pages are posted, and post nothing; raise TransientFailure where that cannot be."""
    parts = urlsplit(url)
    place, is_tls = parts.hostname or "", parts.scheme == "https"
    deadline = Deadline(seconds)
    try:
        with deadline.connected((place, parts.port or (443 if is_tls else 80))) as made:
            if is_tls:
                ssl.create_default_context().wrap_socket(made, server_hostname=place).close()
    except OSError as error:
        why = TimeoutError() if deadline.is_over else error
        raise TransientFailure(f"{place} cannot be reached: {_words(why)}") from error
    finally:
        deadline.close()


def is_by_proxy(url: str) -> bool:
    """Return whether the environment has pages to that URL go over a proxy."""
    parts = urlsplit(url)
    return parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")


def _answered(what: Post, deadline: Deadline) -> tuple[int, str, bytes]:
    """Return the status, its name and the beginning of the answer."""
    fields = {"Content-Type": "application/json", "User-Agent": "mailbot", **what.fields}
    request = Request(what.url, data=what.body, headers=fields, method="POST")  # noqa: S310 - https, or this machine
    place = urlsplit(what.url).hostname or ""
    try:
        with _opener(deadline).open(request, timeout=deadline.left_s) as answer:
            if deadline.is_over:
                # The end of the connection passes for that of the fields.
                raise TimeoutError
            return answer.status, str(answer.reason or ""), answer.read(_MOST_OCTETS)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        why = what.masked(_words(TimeoutError() if deadline.is_over else reason))
        if deadline.is_asked:
            raise UnclearResult(f"{place} was sent the page and gave no answer: {why}") from None
        if isinstance(error, ValueError):
            raise PermanentFailure(f"the page cannot be sent to {place} like this: {why}") from None
        raise TransientFailure(f"{place} cannot be reached: {why}") from None


def _judged(what: Post, status: int, name: str, answer: bytes) -> Accepted:
    place = urlsplit(what.url).hostname or ""
    words = what.masked(one_line(answer))[:_MOST_WORDS]
    said = f"{place} answered {status} {what.masked(one_line(name))}".rstrip() + (f": {words}" if words else "")
    if status in _TAKEN:
        return Accepted(status, said)
    if status in _LATER or status in _FAILURES_OF_THEIRS:
        raise TransientFailure(said, status)
    if status in _REDIRECTS:
        raise PermanentFailure(f"{place} answered {status}: pages would go elsewhere, which is not followed", status)
    raise PermanentFailure(said, status)


def _words(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError):
        return one_line(error.strerror or str(error))
    return one_line(str(error)) or type(error).__name__


def _opener(deadline: Deadline) -> OpenerDirector:
    """Return what opens URLs by the web alone, and hands every answer back, whatever its status."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), UnknownHandler(), _Http(deadline), _Https(deadline)):
        opener.add_handler(handler)
    return opener


class _Http(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(_held_by(http.client.HTTPConnection, self._deadline), req)


class _Https(HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(context=self._tls)
        self._deadline = deadline

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        made = _held_by(http.client.HTTPSConnection, self._deadline)
        return self.do_open(made, req, context=self._tls)


def _held_by(kind: Any, deadline: Deadline) -> Any:  # noqa: ANN401 - http.client's own, untyped in what it is made with
    """Return what makes connections of that kind which end at the deadline."""

    def made(*args: Any, **more: Any) -> http.client.HTTPConnection:  # noqa: ANN401
        connection: http.client.HTTPConnection = kind(*args, **more)
        connection._create_connection = deadline.connected  # type: ignore[attr-defined]  # noqa: SLF001 - its one seam
        answered = connection.getresponse

        def asked() -> http.client.HTTPResponse:
            deadline.is_asked = True
            return answered()

        connection.getresponse = asked  # type: ignore[method-assign]
        return connection

    return made
