"""An IMAP server that says what a test wants it to say: for servers that Dovecot is too well-behaved to be.

It knows enough of IMAP to hold one folder open; a test replaces the answer to a command, or says things unasked.
"""

import contextlib
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest

from mailbot.rules import Mailbox, Secret, SignIn
from tests.servers.ports import HeldPort

# At the end of an answer: the connection ends.
HANG_UP = b"(hang up)"
_STOPPED = (OSError, ValueError)

# Gets the command without its tag; returns the answer without the tagged line, or with its own "TAG …" line.
Answer = Callable[[str], bytes | None]


@dataclass
class ScriptedImap:
    """One folder with `messages` by UID. `answer` may take over any command by returning octets."""

    messages: dict[int, bytes] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN"
    uidvalidity: int = 7
    uidnext: str = "9"
    answer: Answer = lambda _: None
    said: list[str] = field(default_factory=list)
    connections: int = 0
    # What is sent in the very segment that holds "+ idling", then piece by piece half a second later.
    with_idle: bytes = b""
    before_idle: bytes = b""
    # After so many seconds of IDLE the server says `with_idle_end` and hangs up; None: it lets us wait.
    idle_ends_after: float | None = None
    with_idle_end: bytes = b""
    dated: str = "02-Nov-2026 09:00:00 +0000"

    def __post_init__(self) -> None:
        self._held = HeldPort()
        self.port: int = self._held.number
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def rules(self) -> Mailbox:
        """Return the rules.toml form of this mailbox without sent mail."""
        sign_in = SignIn(user="support@example.com", password=Secret(env="X"))
        return Mailbox(host="127.0.0.1", port=self.port, tls="none", sign_in=sign_in, sent="")

    def commands(self, verb: str) -> int:
        """Return how often that command was said."""
        return sum(command.startswith(verb) for command in self.said)

    def secrets(self, _: Secret) -> str:
        """Return the password."""
        return "orange-kettle"

    def close(self) -> None:
        """End every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.close()

    def let_go(self) -> None:
        """Leave the port to others; until then it stays ours, also after `close`."""
        self._held.close()

    def _accept(self) -> None:
        with contextlib.suppress(*_STOPPED):
            while True:
                peer, _ = self._listener.accept()
                self._open.append(peer)
                self.connections += 1
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(*_STOPPED), peer, peer.makefile("rb") as lines:
            peer.sendall(f"* OK [CAPABILITY {self.capabilities}] ready\r\n".encode())
            while line := lines.readline():
                tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                self.said.append(command)
                answer = self.answer(command)
                if answer is not None and answer.endswith(HANG_UP):
                    peer.sendall(answer.removesuffix(HANG_UP))
                    return
                if answer is None and command.startswith("AUTHENTICATE"):
                    peer.sendall(b"+ \r\n")
                    lines.readline()
                    answer = b""
                if answer is None and command == "IDLE":
                    peer.sendall(self.before_idle + b"+ idling\r\n" + self.with_idle)
                    if not self._done(peer, lines):
                        return
                    answer = b""
                if answer is None:
                    answer = self._ordinary(command)
                if b"TAG " not in answer:
                    answer += b"TAG OK done\r\n"
                peer.sendall(answer.replace(b"TAG ", tag.encode() + b" "))

    def _done(self, peer: socket.socket, lines: BinaryIO) -> bool:
        """Wait for DONE; return False when there is none, or our patience ends first."""
        if self.idle_ends_after is not None and not select.select([peer], [], [], self.idle_ends_after)[0]:
            peer.sendall(self.with_idle_end)
            return False
        return bool(lines.readline())

    def _ordinary(self, command: str) -> bytes:
        if command == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if command.startswith(("EXAMINE", "SELECT")):
            next_uid = f"* OK [UIDNEXT {self.uidnext}] next\r\n" if self.uidnext else ""
            state = f"* {len(self.messages)} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {self.uidvalidity}] valid\r\n"
            return (state + next_uid).encode()
        if command.startswith("UID SEARCH"):
            return f"* SEARCH {' '.join(map(str, self._searched(command)))}\r\n".encode()
        if command.startswith("UID FETCH"):
            return b"".join(self.line(uid, command) for uid in self._named(command.split()[2]))
        return b"* BYE\r\n" if command == "LOGOUT" else b""

    def _searched(self, command: str) -> list[int]:
        found = re.search(r"UID ([\d:*,]+)", command.removeprefix("UID "))
        return self._named(found[1]) if found else sorted(self.messages)

    def _named(self, uids: str) -> list[int]:
        named: set[int] = set()
        for part in uids.split(","):
            first, _, last = part.partition(":")
            top = max(self.messages, default=0)
            end = top if last == "*" else int(last or first)
            # "9:*" names the last message even if its UID is 5.
            named |= {uid for uid in self.messages if min(int(first), end) <= uid <= max(int(first), end)}
        return sorted(named)

    def line(self, uid: int, command: str) -> bytes:
        """Return the FETCH response for one message."""
        raw = self.messages[uid]
        number = sorted(self.messages).index(uid) + 1
        if "RFC822.SIZE" in command:
            sizes = b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s")\r\n'
            return sizes % (number, uid, len(raw), self.dated.encode())
        item, octets = b"BODY[]", raw
        if "HEADER]<" in command:
            item, octets = b"BODY[HEADER]<0>", raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (number, uid, item, len(octets), octets)


@pytest.fixture
def scripted_imap() -> Iterator[ScriptedImap]:
    """A scripted server with an empty folder."""
    server = ScriptedImap()
    yield server
    server.close()
    server.let_go()
