"""Messages in files, folders, mboxes and Maildirs, as people really keep them."""

from __future__ import annotations

import mailbox
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.errors import MailbotError
from mailbot.intake.files import StoredMessage, messages_in

ONE = b"From: ann@example.net\nSubject: one\n\nfirst\n"
TWO = b"From: bob@example.net\nSubject: two\n\nsecond\n"


def raws(*paths: Path) -> list[bytes]:
    return [message.raw for message in messages_in(paths)]


def mbox(folder: Path, octets: bytes, name: str = "box.mbox") -> Path:
    path = folder / name
    path.write_bytes(octets)
    return path


def test_a_named_file_is_one_message_whatever_it_is_called(tmp_path: Path) -> None:
    path = mbox(tmp_path, b"Subject: x\r\n\r\nbare\nand \x00\r\n", "message.txt")
    assert list(messages_in([path])) == [StoredMessage(str(path), b"Subject: x\r\n\r\nbare\nand \x00\r\n")]


def test_a_folder_is_read_with_all_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b/2.eml", "b/10.EML", "a.eml", ".hidden.eml", ".git/c.eml", "z/archive", "1423.msg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"Subject: {name}\n\n".encode())
    mbox(tmp_path, b"From a@example.net Thu Mar  5 10:00:00 2026\n" + ONE, "z/kept-here")
    # Files that lie beside mail and are none.
    (tmp_path / "notes.md").write_text("# Notes\nSubject: what we said\n")
    (tmp_path / "c.json").write_text('{"Subject": "x"}\n')
    (tmp_path / "settings.yaml").write_text("name: x\nkind: y\n")
    (tmp_path / "body.txt").write_text("Dear all,\nFrom: now on\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "empty").write_bytes(b"")
    labels = [Path(message.path).relative_to(tmp_path).as_posix() for message in messages_in([tmp_path])]
    assert labels == ["1423.msg", "a.eml", "b/10.EML", "b/2.eml", "z/archive", "z/kept-here#1"]


def test_an_mbox_tells_when_and_from_whom(tmp_path: Path) -> None:
    path = mbox(
        tmp_path,
        b"From ann@example.net Thu Mar  5 10:00:00 2026\n"
        + ONE
        + b"\nFrom MAILER-DAEMON  Thu Mar  5 11:00:30 2026\n"
        + TWO
        + b"\n",
    )
    assert list(messages_in([path])) == [
        StoredMessage(f"{path}#1", ONE, datetime(2026, 3, 5, 10, 0, tzinfo=UTC), "ann@example.net"),
        StoredMessage(f"{path}#2", TWO, datetime(2026, 3, 5, 11, 0, 30, tzinfo=UTC), ""),
    ]


@pytest.mark.parametrize(
    ("line", "received_at", "reverse_path"),
    [
        # Thunderbird writes no address.
        (b"From - Thu Mar  5 10:00:00 2026", datetime(2026, 3, 5, 10, tzinfo=UTC), None),
        # Gmail's export: a number for an address, the zone before the year.
        (b"From 1596@xxx Thu Mar 05 10:00:00 +0100 2026", datetime(2026, 3, 5, 9, tzinfo=UTC), "1596@xxx"),
        (b"From a@b.example Thu Mar  5 10:00:00 2026 -0230", datetime(2026, 3, 5, 12, 30, tzinfo=UTC), "a@b.example"),
        (b"From a@b.example Thu Mar  5 10:00:00 UTC 2026", datetime(2026, 3, 5, 10, tzinfo=UTC), "a@b.example"),
        (b"From <a@b.example> Thu Mar  5 10:00 2026", datetime(2026, 3, 5, 10, tzinfo=UTC), "a@b.example"),
        (b"From a b@c.example Thu Mar  5 10:00:00 2026", datetime(2026, 3, 5, 10, tzinfo=UTC), "a b@c.example"),
        # No such day, no date at all: the message is there all the same.
        (b"From a@b.example Thu Feb 31 10:00:00 2026", None, "a@b.example"),
        (b"From a@b.example", None, None),
        (b"From \xff\xfe", None, None),
    ],
)
def test_from_lines_of_the_world(
    tmp_path: Path, line: bytes, received_at: datetime | None, reverse_path: str | None
) -> None:
    path = mbox(tmp_path, line + b"\r\n" + ONE)
    assert list(messages_in([path])) == [StoredMessage(f"{path}#1", ONE, received_at, reverse_path)]


def test_a_sentence_that_begins_with_from_cuts_nothing(tmp_path: Path) -> None:
    body = b"Subject: x\n\nHello\n\nFrom Monday on nothing works.\n\n>From the office\n>>From quoted\n> From kept\n"
    path = mbox(tmp_path, b"From a@example.net Thu Mar  5 10:00:00 2026\n" + body)
    assert raws(path) == [body.replace(b">From", b"From", 1).replace(b">>From", b">From")]


def test_an_mbox_written_by_the_standard_library_comes_back(tmp_path: Path) -> None:
    bodies = ["plain\n", "\nFrom here on\n", "ends without an empty line", "\n\n\n"]
    box = mailbox.mbox(tmp_path / "box")
    for body in bodies:
        box.add(f"Subject: x\n\n{body}")
    box.close()
    got = [raw.partition(b"\n\n")[2].decode().rstrip("\n") for raw in raws(tmp_path / "box")]
    assert got == [body.rstrip("\n") for body in bodies]


def test_a_maildir_is_read_in_the_order_of_delivery(tmp_path: Path) -> None:
    for name in ("cur/1772704800.M1P1.host:2,S", "new/1772704700.M2P1.host", "cur/odd-name:2,", "tmp/1772704600.x"):
        path = tmp_path / "Maildir" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    for other in ("Maildir/.Sent/cur", "Maildir/.Sent/new", "Maildir/Projects"):
        (tmp_path / other).mkdir(parents=True)
    (tmp_path / "Maildir/.Sent/cur/1772704900.M1.host:2,S").write_bytes(b"our own answer")
    (tmp_path / "Maildir/Projects/saved.eml").write_bytes(ONE)
    got = list(messages_in([tmp_path]))
    assert [message.raw for message in got] == [
        b"cur/odd-name:2,",
        b"new/1772704700.M2P1.host",
        b"cur/1772704800.M1P1.host:2,S",
        ONE,
    ]
    assert got[2].received_at == datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
    assert got[0].received_at is None


def test_an_mbox_of_any_size_is_read_message_by_message(tmp_path: Path) -> None:
    one = b"From a@example.net Thu Mar  5 10:00:00 2026\nSubject: x\n\n" + b"x" * 100_000 + b"\n\n"
    path = mbox(tmp_path, one * 200)
    tracemalloc.start()
    assert sum(1 for _ in messages_in([path])) == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_from_line_made_to_cost_time_costs_none(tmp_path: Path) -> None:
    path = mbox(tmp_path, b"From x\n\n" + b"From " + b" a" * 2_000_000 + b"\n\n" + b"From " + b" " * 2_000_000 + b"\n")
    assert len(raws(path)) == 1


def test_an_empty_folder_and_an_empty_file(tmp_path: Path) -> None:
    assert raws(tmp_path) == []
    assert raws(mbox(tmp_path, b"", "empty.eml")) == [b""]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MailbotError, match=r"missing\.eml cannot be read: No such file"):
        raws(tmp_path / "missing.eml")
