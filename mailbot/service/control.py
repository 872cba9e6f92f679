"""The daemon's control socket: how the other commands hand their requests to it.

A Unix socket in the data folder, reachable only by its owner. One line of JSON asks, one line
answers: `{"ok": true, "text": …}` or `{"ok": false, "error": …, "refused": …}`, where "refused"
says that asking again cannot help, and "shown", where it waits for a yes, what that is to. Every request is answered,
whatever happens to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from mailbot.desk.operations import RefusedError
from mailbot.errors import MailbotError, NotFound
from mailbot.health import Part
from mailbot.service.serving import Serving

NAME = "control.sock"
_ANSWER_WITHIN_SECONDS = 60
_LARGEST_REQUEST = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


@contextlib.contextmanager
def _address(data: Path) -> Iterator[str]:
    """Yield an address for the socket that is short whatever the folder's path is.

    A Unix socket's path has room for 107 octets (unix(7)); a path through the open folder
    always fits.
    """
    descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


class ControlServer:
    """Serves requests in threads of its own until `stop`."""

    def __init__(self, data: Path, perform: Callable[[Mapping[str, Any]], str], part: Part) -> None:
        """Listen in this data folder; a socket left over from a crash is replaced. `part` is told that it lives."""
        (data / NAME).unlink(missing_ok=True)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline(_LARGEST_REQUEST)
                self.wfile.write(json.dumps(_answer(line, perform)).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        with _address(data) as address:
            server = Server(address, Handler)
        (data / NAME).chmod(0o600)
        self._path = data / NAME
        self._serving = Serving(server, "control", part)

    def stop(self) -> None:
        """Stop listening and remove the socket."""
        self._serving.stop()
        self._path.unlink(missing_ok=True)


def _answer(line: bytes, perform: Callable[[Mapping[str, Any]], str]) -> dict[str, Any]:
    try:
        return {"ok": True, "text": perform(_request(line))}
    except RefusedError as error:
        return {"ok": False, "error": str(error), "refused": True, "shown": error.shown}
    except NotFound as error:
        return {"ok": False, "error": str(error), "refused": True}
    except MailbotError as error:
        return {"ok": False, "error": str(error), "refused": False}
    except (ValueError, KeyError, TypeError) as error:
        return {"ok": False, "error": f"the request cannot be understood: {error}", "refused": True}
    except Exception as error:  # noqa: BLE001 - it is logged, and whoever asked is told
        _log.exception("request-failed")
        return {"ok": False, "error": f"the daemon failed at this request: {error}", "refused": False}


def _request(line: bytes) -> Mapping[str, Any]:
    request = json.loads(line)
    if not isinstance(request, dict):
        raise RefusedError("a request is one JSON object")
    return request


def ask(data: Path, request: Mapping[str, Any]) -> str | None:
    """Return the daemon's answer; None when no daemon listens here.

    Raise RefusedError with its no, MailbotError when it could not do it now or gave no answer.
    """
    if not (data / NAME).exists():
        return None
    with socket.socket(socket.AF_UNIX) as client, _address(data) as address:
        client.settimeout(_ANSWER_WITHIN_SECONDS)
        try:
            client.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        try:
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as answers:
                line = answers.readline()
        except OSError as error:
            raise MailbotError(f"the daemon gave no answer ({error}); try again") from error
    if not line:
        raise MailbotError("the daemon stopped before it answered; try again")
    answer = json.loads(line)
    if not answer["ok"]:
        if answer.get("refused", True):
            raise RefusedError(str(answer["error"]), answer.get("shown"))
        raise MailbotError(str(answer["error"]))
    return str(answer["text"])
