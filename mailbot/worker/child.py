"""The child's own main program: read, answer, read, until the parent goes away."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import sys
from typing import NoReturn

from mailbot.deciding.agents.written import written_in
from mailbot.deciding.understanding import Understood, understand
from mailbot.reading.model import Border, Envelope
from mailbot.reading.verdicts import dkimverify
from mailbot.rules import Rules
from mailbot.worker import confinement, frames

OUT_OF_MEMORY = 12
"""The exit code when a message needs more memory than there may be."""
GONE = 0

# Every reader and every rule is used once before the limits hold, so that nothing is loaded later.
_SAMPLE = b"""From: =?utf-8?q?J=C3=A4ne?= <jane@example.org>\r
Date: Mon, 23 Nov 2026 10:00:00 +0100 (CET)\r
Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>All our phones are d=C3=B6wn</p><blockquote>before</blockquote>\r
--b\r
Content-Type: message/delivery-status\r
\r
Final-Recipient: rfc822; x@example.org\r
Action: failed\r
Status: 5.1.1\r
--b--\r
"""


class _Channel:
    """Whole frames over the socket; ends the process when the parent is gone."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._in = door.makefile("rb", buffering=1 << 16)

    def receive(self) -> bytes:
        return self._exactly(frames.length_of(self._exactly(frames.LENGTH_OCTETS)))

    def send(self, octets: bytes) -> None:
        self._door.sendall(frames.framed(octets))

    def _exactly(self, octets: int) -> bytes:
        read: bytes = self._in.read(octets)
        if len(read) < octets:
            os._exit(GONE)
        return read


def main() -> NoReturn:
    """Serve on the socket whose descriptor the command line names."""
    # Whoever asks the daemon to stop asks all its processes; this one goes when the daemon goes.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    channel = _Channel(socket.socket(fileno=int(sys.argv[1])))
    rules, cpu_seconds, memory_octets = pickle.loads(channel.receive())  # noqa: S301 - the parent's own rules
    confinement.prepare()
    if rules.dkim.verify:
        dkimverify.prepare()
    sample = frames.encode(frames.Around(Envelope(), Border()))
    written_in(_SAMPLE, _understood(sample, _SAMPLE, rules).message, rules)
    gc.collect()
    gc.freeze()
    _quiet()
    confinement.confine(memory_octets)
    channel.send(b"")
    while True:
        around, raw = channel.receive(), channel.receive()
        confinement.allow_cpu(cpu_seconds)
        try:
            answer = frames.encode(_understood(around, raw, rules))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        confinement.allow_cpu(0)
        channel.send(answer)


def _understood(around: bytes, raw: bytes, rules: Rules) -> Understood:
    known = frames.decode_around(around)
    return understand(raw, known.envelope, known.border, rules, known.keys)


def _quiet() -> None:
    """From now on say nothing: what a failing reader would print holds words of a message."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


if __name__ == "__main__":
    main()
