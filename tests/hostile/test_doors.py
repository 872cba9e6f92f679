"""Every hostile message through every door of the running daemon: it lives, loses nothing, and mails nobody else."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from itertools import takewhile
from pathlib import Path

import pytest

from tests.bench.processes import family, used
from tests.hostile.cases import VICTIM, Case, cases
from tests.prove.journal import Door
from tests.prove.scene import TEAM, Scene, scene

WARNED_OF = ["severity.critical.clock", "partner.hours.week"]
"""The settings that are odd here: nobody is on call, and support never opens."""
_SMALL = 300_000
_EACH = 30
_LIMIT_MIB = 400
# What our mail may have in its header section: nothing that a sender could have slipped in.
_FIELDS = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted"),
    *("mime-version", "content-type", "content-language", "content-transfer-encoding", "x-auto-response-suppress"),
}


class _Session:
    """An SMTP or LMTP session that sends octets as they are: only dots after CRLF are doubled."""

    def __init__(self, port: int, *, hello: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._replies = self._socket.makefile("rb")
        self._reply()
        self._say(hello + b" hostile.example\r\n")

    def send(self, raw: bytes) -> bool:
        """Hand one message over; return whether it was taken."""
        self._say(b"MAIL FROM:<jane@acme-dental.example>\r\n")
        self._say(b"RCPT TO:<support@example.com>\r\n")
        self._say(b"DATA\r\n")
        stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
        ending = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        return self._say(stuffed + ending).startswith(b"250")

    def close(self) -> None:
        self._socket.close()

    def _say(self, octets: bytes) -> bytes:
        self._socket.sendall(octets)
        return self._reply()

    def _reply(self) -> bytes:
        while (line := self._replies.readline())[3:4] == b"-":
            pass
        assert line, "the listener hung up"
        return line


@contextmanager
def _sender(here: Scene, door: Door) -> Iterator[Callable[[bytes], bool]]:
    if door is Door.IMAP:
        assert here.dovecot is not None
        with here.dovecot.client() as client:
            yield lambda raw: bool(client.append("INBOX", raw))
        return
    port = here.ports[door]

    def hand_over(raw: bytes) -> bool:
        with closing(_Session(port, hello=b"LHLO" if door is Door.LMTP else b"EHLO")) as session:
            return session.send(raw)

    yield hand_over


def _canary(number: int) -> bytes:
    return (
        f"From: Canary <canary-{number}@acme-dental.example>\r\nTo: support@example.com\r\n"
        f"Subject: Canary {number}\r\nMessage-ID: <canary-{number}@acme-dental.example>\r\n\r\nIs anybody there?\r\n"
    ).encode()


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("door", "size"),
    [
        (Door.SMTP, "small"),
        (Door.IMAP, "small"),
        pytest.param(Door.LMTP, "small", marks=pytest.mark.slow),
        *(pytest.param(door, "large", marks=pytest.mark.slow) for door in Door),
    ],
)
def test_hostile_mail_harms_nobody(tmp_path: Path, door: Door, size: str) -> None:
    wanted = [case for case in cases() if (len(case.raw) < _SMALL) == (size == "small")]
    with scene(tmp_path / "desk", with_imap=door is Door.IMAP) as here:
        here.desk.start()
        here.desk.wait_until_started()
        if door is Door.IMAP:
            here.desk.wait_for(lambda: here.desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
        pid = here.desk.pid
        with _sender(here, door) as send:
            taken = _fed(here, send, wanted)
        here.settle()
        assert here.desk.pid == pid, "the daemon was started anew"
        assert Path(f"/proc/{pid}").exists(), here.desk.said()[-3000:]
        assert all(used(one).peak_mib <= _LIMIT_MIB for one in family(pid))
        _check_places(here, taken)
        _check_mails(here)
        _check_traces(here)


def _fed(here: Scene, send: Callable[[bytes], bool], wanted: list[Case]) -> list[Case | None]:
    """Hand everything over, with a canary now and then; return what was taken, in order, None for a canary."""
    taken: list[Case | None] = []
    for start in range(0, len(wanted), _EACH):
        taken += [case for case in wanted[start : start + _EACH] if send(case.raw)]
        assert send(_canary(start))
        taken.append(None)
        sent_at = time.monotonic()
        is_ticket = f"SELECT count(*) FROM ticket WHERE subject = 'Canary {start}'"  # noqa: S608 - a number
        here.desk.wait_for(lambda sql=is_ticket: here.desk.count(sql) == 1, "the canary", 60)  # type: ignore[misc]
        assert time.monotonic() - sent_at < 10, "the next message must be a ticket within ten seconds"
    return taken


def _check_places(here: Scene, taken: list[Case | None]) -> None:
    """Each message that was taken is one arrival, in the order of its coming, in a place that it may have."""
    places = here.desk.rows(
        "SELECT a.state, e.ticket_id,"
        " (SELECT count(*) FROM outbox o WHERE o.entry_id = e.id AND o.audience = 'customer')"
        " FROM arrival a LEFT JOIN entry e ON e.id = a.entry_id ORDER BY a.id"
    )
    assert len(places) == len(taken)
    for case, (state, ticket, answers) in zip(taken, places, strict=True):
        assert state in {"done", "quarantined"}, case
        if case is None:
            continue
        said = (case.row, case.name, state, ticket, answers)
        assert case.tickets is None or case.tickets == (ticket is not None), said
        assert case.answered is None or case.answered == bool(answers), said


def _check_mails(here: Scene) -> None:
    for mail in here.relay.mails:
        assert not any(recipient.endswith(VICTIM) for recipient in mail.recipients)
        assert mail.recipients[0] == TEAM or len(mail.recipients) == 1
        head = message_from_bytes(mail.raw, policy=policy.default)
        assert {name.lower() for name, _ in head.items()} <= _FIELDS
        if mail.recipients[0] != TEAM:
            assert b"cheap.example" not in mail.raw
            assert (
                b"49" not in mail.raw.partition(b"\r\n\r\n")[0].lower().partition(b"subject:")[2].partition(b"\r\n")[0]
            )


def _check_traces(here: Scene) -> None:
    """Nothing was written but the log's own files, and the log has whole lines only."""
    assert not Path("/tmp/mailbot-was-here").exists()
    written = {path.name for path in here.desk.folder.rglob("*") if path.is_file()}
    assert written <= {
        "rules.toml",
        "stderr.log",
        "tickets.db",
        "tickets.db-wal",
        "tickets.db-shm",
        "token.key",
        "lock",
    } | {path.name for path in (here.desk.folder / "data").iterdir() if path.is_socket()}, written
    said = here.desk.said().splitlines()
    warned = list(takewhile(lambda line: not line.startswith("{"), said))
    assert [line.partition(": warning: ")[2].partition(":")[0] for line in warned[::2]] == WARNED_OF
    assert all(line.startswith("    → ") for line in warned[1::2])
    for line in said[len(warned) :]:
        assert "\x1b" not in line
        assert "event" in json.loads(line)
