"""The process that reads mail: the same answers as in our own process, nothing within its reach, dead alone."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot import config
from mailbot.deciding.understanding import Understood, understand
from mailbot.reading.model import Border, Envelope
from mailbot.rules import Rules
from mailbot.worker import FAST, Died, Limits, ReadingChild, ReadingChildFailed, Task, frames
from tests.bench.mails import mails

BORDER = Border(authserv_ids=("mx.example.com",), own_addresses=frozenset({"support@example.com"}))
ENVELOPE = Envelope("jane@acme-dental.example", ("support@example.com",))
QUESTION = b"From: jane@acme-dental.example\r\nSubject: Hold music\r\n\r\nIt is too loud.\r\n"
# No machine-readable report, and words that only a library of bounces knows.
BOUNCE = (
    b"From: MAILER-DAEMON@mx.example.net\r\nSubject: Undeliverable\r\n\r\n"
    b"We regret it, gone@acme-dental.example, we have no such user here.\r\n"
)
# Octets that reading has to look at one by one: more than half a second of it on any machine.
TOILSOME = b"From: jane@acme-dental.example\r\nSubject: Long\r\n\r\n" + b"All phones, are down? \r\n" * 800_000
HUNDREDTHS = Limits(0.1, 400 << 20)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return config.load(tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="module")
def child(rules: Rules) -> Iterator[ReadingChild]:
    with closing(ReadingChild(FAST)) as reading:
        reading.start(rules)
        yield reading


def tasks(*raws: bytes) -> list[Task]:
    return [Task(number, raw, ENVELOPE, BORDER) for number, raw in enumerate(raws)]


def limits_of(pid: int | None) -> dict[str, str]:
    """Return the hard limits that the kernel holds a process to, by their names."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[47:68].strip() for line in lines}


def test_it_says_what_reading_here_says(child: ReadingChild, rules: Rules) -> None:
    samples = [path.read_bytes() for path in sorted(Path("tests").rglob("*.eml"))]
    samples += [
        *mails(40, attachments=True),
        BOUNCE,
        b"",
        b"\r\n",
        b"\x00\xff" * 50,
        b"From: <\r\n\r\n",
        b"Subject: =?x?q?\xff?=",
    ]
    given_back = list(child.read(tasks(*samples), rules))
    assert [number for number, _ in given_back] == list(range(len(samples)))
    for raw, (_, outcome) in zip(samples, given_back, strict=True):
        assert outcome == understand(raw, ENVELOPE, BORDER, rules)


@settings(max_examples=50)
@given(raw=st.binary(max_size=300), head=st.sampled_from([b"", b"From: a@b.example\r\nSubject: ", b"Content-Type: "]))
def test_any_octets_come_back_understood(child: ReadingChild, rules: Rules, raw: bytes, head: bytes) -> None:
    [(_, outcome)] = child.read(tasks(head + raw), rules)
    assert outcome == understand(head + raw, ENVELOPE, BORDER, rules)


@pytest.mark.parametrize("charset", ["mbcs", "ansi", "oem", "undefined", "nonsense"])
def test_a_codec_of_another_system_is_an_unknown_charset(child: ReadingChild, rules: Rules, charset: str) -> None:
    raw = (
        f"From: =?{charset}?q?J=FCrgen?= <jane@acme-dental.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset={charset}; name*={charset}''%FC.txt\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nAlles st=FCrzt ab.\r\n"
    ).encode()
    [(_, outcome)] = child.read(tasks(raw), rules)
    assert isinstance(outcome, Understood)
    assert outcome == understand(raw, ENVELOPE, BORDER, rules)
    assert not outcome.message.error
    assert outcome.message.text == "Alles stürzt ab."


def test_it_has_nothing_to_reach_out_with(child: ReadingChild) -> None:
    held = limits_of(child.pid)
    assert held["Max core file size"] == held["Max file size"] == held["Max processes"] == "0"
    assert held["Max open files"] == "0", "whichever numbers are free, not one more can be opened"
    assert held["Max address space"] == str(FAST.memory_octets)


def test_it_knows_none_of_our_passwords(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    with closing(ReadingChild(FAST)) as reading:
        reading.start(rules)
        assert b"hunter2" not in Path(f"/proc/{reading.pid}/environ").read_bytes()


def test_what_takes_too_long_ends_alone(rules: Rules) -> None:
    with closing(ReadingChild(HUNDREDTHS)) as reading:
        first, slow, last = (outcome for _, outcome in reading.read(tasks(QUESTION, TOILSOME, QUESTION), rules))
    assert slow == Died("too-slow", "reading it took more than 0.1 seconds")
    assert isinstance(first, Understood)
    assert first == last


def test_what_takes_too_much_memory_ends_alone(rules: Rules) -> None:
    with closing(ReadingChild(Limits(60.0, 160 << 20))) as reading:
        large, last = (outcome for _, outcome in reading.read(tasks(TOILSOME * 3, QUESTION), rules))
    assert large == Died("too-large", "reading it took more than 160 MiB of memory")
    assert isinstance(last, Understood)


def test_a_child_that_is_killed_is_replaced(rules: Rules) -> None:
    """The kernel ends a process when the whole machine is out of memory, and takes the first it finds."""
    with closing(ReadingChild(FAST)) as reading:
        reading.start(rules)
        first = reading.pid

        def feed() -> Iterator[Task]:
            yield from tasks(QUESTION, QUESTION)
            os.kill(first or 0, signal.SIGKILL)
            os.waitid(os.P_PID, first or 0, os.WEXITED | os.WNOWAIT)
            yield Task(2, QUESTION, ENVELOPE, BORDER)

        outcomes = dict(reading.read(feed(), rules))
        assert reading.pid not in {None, first}
    dead = [outcome for outcome in outcomes.values() if isinstance(outcome, Died)]
    assert dead == [Died("crashed", "the process that read it ended with SIGKILL")]
    assert len(outcomes) == 3


def test_answers_that_nobody_waited_for_are_not_the_next_ones(child: ReadingChild, rules: Rules) -> None:
    other = QUESTION.replace(b"Hold music", b"Something else")
    some = child.read(tasks(QUESTION, QUESTION, QUESTION), rules)
    next(some)
    some.close()  # type: ignore[attr-defined] # a generator is
    [(_, outcome)] = child.read(tasks(other), rules)
    assert isinstance(outcome, Understood)
    assert outcome.message.subject == "Something else"


def test_new_rules_reach_it(child: ReadingChild, rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('[[severity.critical.rule]]\nid = "loud"\nstate = ["too loud"]\n')
    [(_, before)] = child.read(tasks(QUESTION), rules)
    [(_, after)] = child.read(tasks(QUESTION), config.load(tmp_path))
    assert isinstance(before, Understood)
    assert isinstance(after, Understood)
    assert (before.classified.severity, after.classified.severity) == ("normal", "critical")


def test_it_goes_when_we_go(rules: Rules) -> None:
    reading = ReadingChild(FAST)
    reading.start(rules)
    pid = reading.pid or 0
    assert reading._door is not None
    reading._door.shutdown(socket.SHUT_RDWR)
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    assert ended.si_status == 0
    reading.close()


def test_a_child_that_cannot_start_says_so(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with closing(ReadingChild(FAST)) as reading, pytest.raises(ReadingChildFailed, match="does not start"):
        reading.start(rules)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with closing(ReadingChild(FAST)) as reading, pytest.raises(ReadingChildFailed, match="can be started"):
        reading.start(rules)


def test_a_child_that_answers_more_than_it_was_asked_is_replaced(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes over a parser must not end the desk by it."""
    with closing(ReadingChild(FAST)) as reading:
        ours, theirs = socket.socketpair()
        with theirs:
            answer = frames.framed(frames.encode(understand(QUESTION, ENVELOPE, BORDER, rules)))
            theirs.sendall(answer * 3)
            monkeypatch.setattr(reading, "start", lambda _rules: setattr(reading, "_door", reading._door or ours))
            ours.settimeout(0)
            [(number, outcome)] = reading.read(tasks(QUESTION), rules)
    assert number == 0
    assert isinstance(outcome, Understood)
