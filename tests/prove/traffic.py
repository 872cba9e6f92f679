"""Mixed mail through every door, as servers bring it: each message again and again until somebody says yes to it."""

from __future__ import annotations

import random
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tests.prove.journal import Door, Journal, Kind, Posted
from tests.servers.dovecot import Dovecot

_SHARES = {Kind.QUESTION: 50, Kind.CRITICAL: 12, Kind.REPLY: 13, Kind.STRANGER: 8, Kind.MACHINE: 9, Kind.ODD: 8}
_CRITICAL = "All our phones are dead and nobody can call in or out."
_ODD = (
    b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe\x80 the phone \xe4\xf6\xfc\r\n",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n####\r\n",
    b"Subject: =?utf-8?b?////?=\r\nReferences: <<<>>\r\n\r\n\r\n",
)


def messages(number: int, chance: random.Random, series: str) -> Iterator[Posted]:
    """Yield so many different messages; replies name an earlier message of the same person."""
    written: list[Posted] = []
    for index in range(number):
        kind = chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        earlier = chance.choice(written) if kind is Kind.REPLY and written else None
        kind = Kind.QUESTION if kind is Kind.REPLY and earlier is None else kind
        message = _message(f"{series}{index}", kind, earlier, chance)
        if kind in {Kind.QUESTION, Kind.CRITICAL}:
            written.append(message)
        yield message


def _message(name: str, kind: Kind, earlier: Posted | None, chance: random.Random) -> Posted:
    domain = "elsewhere.example" if kind is Kind.STRANGER else "acme-dental.example"
    sender = earlier.sender if earlier else f"person-{name}@{domain}"
    message_id = f"{name}@{domain}"
    lines = [f"From: Person <{sender}>", "To: support@example.com", f"Message-ID: <{message_id}>"]
    lines += ["Date: Mon, 23 Nov 2026 10:00:00 +0000"]
    lines += [f"In-Reply-To: <{earlier.message_id}>"] if earlier else []
    lines += ["Auto-Submitted: auto-replied"] if kind is Kind.MACHINE else []
    head = "\r\n".join(lines).encode() + b"\r\n"
    if kind is Kind.ODD:
        return Posted(message_id, sender, kind, head + chance.choice(_ODD))
    words = _CRITICAL if kind is Kind.CRITICAL else f"Can the hold music be changed? ({name})"
    filler = "It plays all day. \r\n" * chance.choice((0, 1, 5, 400))
    return Posted(message_id, sender, kind, head + f"Subject: Music {name}\r\n\r\n{words}\r\n{filler}".encode())


@dataclass
class Traffic:
    """Senders, one thread a door, until all is acknowledged or `stop`; some messages come through two doors."""

    journal: Journal
    ports: dict[Door, int]
    dovecot: Dovecot | None
    seed: int
    stopping: threading.Event = field(default_factory=threading.Event)
    pause_seconds: float = 0.02
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, number: int) -> None:
        """Begin to send so many different messages, shared out over the doors."""
        chance = random.Random(self.seed)
        doors = [*self.ports, *([Door.IMAP] if self.dovecot else [])]
        shares: dict[Door, list[Posted]] = {door: [] for door in doors}
        for message in messages(number, chance, f"s{self.seed}-"):
            for door in chance.sample(doors, 2 if chance.random() < 0.06 and len(doors) > 1 else 1):
                shares[door].append(message)
        for door, share in shares.items():
            self.send(door, share)

    def send(self, door: Door, share: list[Posted]) -> None:
        """Begin to send these, one after the other, through one door."""
        sender = {Door.SMTP: self._smtp, Door.LMTP: self._lmtp, Door.IMAP: self._imap}[door]
        thread = threading.Thread(target=self._send, args=(sender, share), name=f"sender-{door}", daemon=True)
        thread.start()
        self._threads.append(thread)

    @property
    def is_done(self) -> bool:
        """Whether everything was acknowledged."""
        return not any(thread.is_alive() for thread in self._threads)

    def finish(self, seconds: float = 300) -> None:
        """Wait until everything was acknowledged."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
            assert not thread.is_alive(), f"{thread.name} is not done after {seconds} s"
        self._threads.clear()

    def _send(self, send: Callable[[Posted], None], share: list[Posted]) -> None:
        for message in share:
            self.journal.tried(message)
            while not self.stopping.is_set():
                with suppress(OSError, smtplib.SMTPException):
                    send(message)
                    self.journal.yes(message)
                    break
                time.sleep(0.1)
            time.sleep(self.pause_seconds)

    def _smtp(self, message: Posted) -> None:
        with smtplib.SMTP("127.0.0.1", self.ports[Door.SMTP], timeout=20) as client:
            client.sendmail(message.sender, ["support@example.com"], message.raw)

    def _lmtp(self, message: Posted) -> None:
        with smtplib.LMTP("127.0.0.1", self.ports[Door.LMTP], timeout=20) as client:
            client.sendmail(message.sender, ["support@example.com"], message.raw)

    def _imap(self, message: Posted) -> None:
        assert self.dovecot is not None
        self.dovecot.append(message.raw)
