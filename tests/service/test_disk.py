"""A full disk, a folder that may not be written to, a second mailbot: nothing is lost, and the words say what to do."""

from __future__ import annotations

import os
import random
import shutil
import smtplib
import sqlite3
import subprocess
import time
from base64 import encodebytes
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from mailbot.store import spool
from mailbot.store.database import open_database
from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay

LISTENING = '[listen]\nsmtp = "127.0.0.1:0"\n'


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[None]:
    """Mount a disk in memory there; skip the test where that is not allowed."""
    at.mkdir(parents=True, mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", at], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def fill(folder: Path) -> None:
    """Leave no room on the disk of the folder."""
    with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(b"x" * 4096):
            pass


def large(numbers: range) -> list[bytes]:
    """Return messages that no compression makes small."""
    chance = random.Random(1)
    return [
        raw + encodebytes(chance.randbytes(60_000)).replace(b"\n", b"\r\n")
        for raw in numbered(numbers, "An attachment.")
    ]


def send(port: int, raw: bytes) -> int:
    """Send one message; return the reply's code."""
    try:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@acme-dental.example", ["support@example.com"], raw)
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    return 250


def stored(log: Path) -> set[bytes]:
    """Return every message in the log, as it came."""
    with open_database(log, readonly=True) as database, database.read() as conn:
        return {spool.raw_of(conn, number) for (number,) in conn.exec_driver_sql("SELECT id FROM arrival").all()}


@pytest.mark.parametrize("killed", [False, True], ids=["", "killed while it is full"])
def test_a_full_disk_is_waited_out(tmp_path: Path, *, killed: bool) -> None:
    """Really full, not only short: every reply is 250 or 4xx, and once there is room the same process takes all."""
    with Relay() as relay, small_disk(tmp_path / "desk" / "data", "4m"):
        rules = rules_for(relay=relay, more=f"{LISTENING}[limits]\nfree_disk_bytes = 0\n")
        with Desk(tmp_path / "desk", rules) as desk:
            desk.wait_until_started()
            messages = large(range(60))
            codes = [send(desk.port("smtp"), raw) for raw in messages]
            assert set(codes) <= {250, 451, 452}
            refused = [raw for raw, code in zip(messages, codes, strict=True) if code != 250]
            assert refused, "the disk was never full"
            if killed:
                desk.kill()
            assert desk.process is not None
            process = desk.process.pid
            subprocess.run(["mount", "-o", "remount,size=64m", desk.folder / "data"], check=True)
            if killed:
                desk.start()
                desk.wait_until_started(2)
            began = time.monotonic()
            for raw in refused:
                assert send(desk.port("smtp"), raw) == 250
            answered = "SELECT count(*) FROM entry WHERE kind = 'customer'"
            desk.wait_for(lambda: desk.count(answered) == len(messages), "all to be decided on", seconds=60)
            relay.wait_for(len(messages), 60)
            took = time.monotonic() - began
            assert killed or desk.process.pid == process
            assert desk.process.poll() is None
        kept = stored(desk.log)
        assert sum(any(raw in one for one in kept) for raw in messages) == len(messages) == len(kept)
        with closing(sqlite3.connect(desk.log)) as log:
            assert log.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert len({mail.recipients for mail in relay.mails}) == len(relay.mails) == len(messages)
    print(f"{codes.count(250)} taken, {len(refused)} refused, {took:.1f} s until all was decided and answered")  # noqa: T201


def test_a_start_on_a_full_disk_fails_in_plain_words_and_changes_nothing(tmp_path: Path) -> None:
    with Desk(tmp_path / "desk", rules_for(more=LISTENING)) as desk:
        desk.wait_until_started()
    with small_disk(tmp_path / "full" / "data", "1m"):
        for path in (desk.folder / "data").iterdir():
            shutil.copy(path, tmp_path / "full" / "data")
        shutil.copy(desk.folder / "rules.toml", tmp_path / "full")
        fill(tmp_path / "full" / "data")
        before = (tmp_path / "full" / "data" / "tickets.db").read_bytes()
        full = Desk(tmp_path / "full", rules_for(more=LISTENING))
        done = full.program("run")
        assert done.returncode == 75
        assert b"cannot be opened: " in done.stderr
        assert b"full" in done.stderr or b"No space left" in done.stderr
        assert b"Traceback" not in done.stderr
        assert (tmp_path / "full" / "data" / "tickets.db").read_bytes() == before


def test_a_second_mailbot_is_refused_at_once(tmp_path: Path) -> None:
    with Desk(tmp_path / "desk", rules_for(more=LISTENING)) as desk:
        desk.wait_until_started()
        assert desk.process is not None
        began = time.monotonic()
        second = desk.program("run")
        took = time.monotonic() - began
        assert second.returncode == 75
        assert f"process {desk.process.pid}".encode() in second.stderr
        assert desk.process.poll() is None
    print(f"refused after {took:.1f} s")  # noqa: T201


@pytest.mark.skipif(os.geteuid() != 0, reason="another owner, and a disk that may not be written to, need root")
@pytest.mark.parametrize("how", ["read-only disk", "another's folder", "a file in its place"])
def test_a_folder_that_cannot_be_written_to_is_said_so_and_nothing_is_written_elsewhere(
    tmp_path: Path, how: str
) -> None:
    desk = Desk(tmp_path / "desk", rules_for(more=LISTENING))
    data = desk.folder / "data"
    with ExitStack() as stack:
        if how == "a file in its place":
            data.touch()
        else:
            stack.enter_context(small_disk(data, "4m"))
        if how == "read-only disk":
            subprocess.run(["mount", "-o", "remount,ro", data], check=True)
        elif how == "another's folder":
            os.chown(data, 65534, 65534)
            # Root, but only as mighty over files as anybody.
            desk.prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
        listed = sorted(path.name for path in tmp_path.rglob("*"))
        desk.start()
        assert desk.process is not None
        code = desk.process.wait(60)
        said = desk.said()
        (desk.folder / "stderr.log").unlink()
        assert code == 75, said
        assert "Traceback" not in said
        assert f"{data} cannot be written to" in said
        assert sorted(path.name for path in tmp_path.rglob("*")) == listed
