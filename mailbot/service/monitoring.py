"""`/healthz` and `/metrics`, for monitoring on this machine.

It listens on a loopback address only, answers GET only, and only to who names this machine as the host: a page in a
browser here must not read it under a name of its own (DNS rebinding).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socket import AF_INET6

from sqlalchemy.exc import DBAPIError

from mailbot import __version__
from mailbot.errors import MailbotError
from mailbot.health import Part
from mailbot.service.metrics import Metrics
from mailbot.service.serving import Serving
from mailbot.service.status import Light, Seen, judge

_SLOWEST_CLIENT_SECONDS = 10


class MonitoringServer:
    """Serves both, in threads of its own, until `stop`."""

    def __init__(self, where: tuple[str, int], look: Callable[[], Seen], metrics: Metrics, part: Part) -> None:
        """Listen at this host and port; raise MailbotError if that cannot be. `part` is told that it lives."""
        host, port = where

        class Handler(BaseHTTPRequestHandler):
            timeout = _SLOWEST_CLIENT_SECONDS
            server_version = f"mailbot/{__version__}"
            sys_version = ""

            def do_GET(self) -> None:
                self._answer(*_response(self.path, self.headers.get("Host", ""), look, metrics))

            def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing: who asks every second must not fill the log."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = AF_INET6 if ":" in host else ThreadingHTTPServer.address_family

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing of a client that went away; what fails in an answer is told to the client."""

        try:
            server = Server((host, port), Handler)
        except OSError as error:
            raise MailbotError(f"cannot listen on {host} port {port} for operate.http: {error}") from error
        self.port: int = server.server_address[1]
        self._serving = Serving(server, "http", part)

    def stop(self) -> None:
        """Stop listening."""
        self._serving.stop()


def _response(path: str, host: str, look: Callable[[], Seen], metrics: Metrics) -> tuple[HTTPStatus, str, bytes]:
    if not _is_this_machine(host):
        return HTTPStatus.FORBIDDEN, "text/plain", b"ask for it as localhost\n"
    try:
        if path == "/metrics":
            return HTTPStatus.OK, metrics.content_type, metrics.text()
        if path == "/healthz":
            return _health(look())
    except (MailbotError, DBAPIError, OSError) as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", f"{error}\n".encode()
    return HTTPStatus.NOT_FOUND, "text/plain", b"there are /healthz and /metrics\n"


def _health(seen: Seen) -> tuple[HTTPStatus, str, bytes]:
    """Return 200 if no part is red, else 503; the parts are in the answer either way."""
    statuses = judge(seen)
    well = all(status.light is not Light.RED for status in statuses)
    parts = {
        status.part: {
            "light": status.light,
            "text": status.text,
            "next_step": status.next_step,
            "since": status.since.astimezone(UTC).isoformat() if isinstance(status.since, datetime) else None,
        }
        for status in statuses
    }
    body = json.dumps({"ok": well, "parts": parts}, ensure_ascii=False).encode() + b"\n"
    return HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, "application/json", body


def _is_this_machine(host: str) -> bool:
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"
