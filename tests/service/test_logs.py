"""The log of a process, read as the operator or his terminal gets it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import StatementError

from mailbot.deciding.tokens import Keyring
from mailbot.service import logs
from mailbot.store.database import open_database

KEY = b"a-key-nobody-may-see".ljust(32)
PASSWORD = "a-password-nobody-may-see"
BODY = "a-body-nobody-may-see"


class Terminal(io.StringIO):
    """Standard error, which is a terminal or not."""

    def __init__(self, *, people: bool) -> None:
        super().__init__()
        self.people = people

    def isatty(self) -> bool:
        return self.people


PEOPLE = pytest.mark.parametrize("people", [True, False], ids=["terminal", "json"])


@contextmanager
def log_on_stderr(*, people: bool) -> Iterator[Terminal]:
    """Yield what the log says on standard error; not a fixture, because pytest changes sys.stderr after those."""
    terminal = Terminal(people=people)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with redirect_stderr(terminal):
        try:
            logs.set_up()
            yield terminal
        finally:
            structlog.reset_defaults()
            root.handlers[:] = handlers
            root.setLevel(level)


def fail(words: str) -> None:
    raise ValueError(words)


@PEOPLE
def test_a_failure_shows_no_key_no_password_and_no_body(tmp_path: Path, *, people: bool) -> None:
    """The statement's parameters and the variables on the way are what must not be seen."""
    with open_database(tmp_path / "log.db") as database, log_on_stderr(people=people) as said:

        def failing(keyring: Keyring, password: str, body: str) -> None:
            database.writer.write(
                lambda conn: conn.exec_driver_sql("INSERT INTO fact VALUES (?, ?, ?)", (password, body, str(keyring)))
            )

        try:
            failing(Keyring(1, {1: KEY}), PASSWORD, BODY)
        except StatementError:
            structlog.get_logger().exception("failed", arrival=7)
            logging.getLogger("a.library").exception("it failed")
    everything = said.getvalue()
    assert everything.count("4 columns but 3 values") >= 2, "what went wrong is said"
    assert "test_logs.py" in everything, "and where"
    for secret in (KEY.decode().strip(), KEY.hex(), PASSWORD, BODY):
        assert secret not in everything


@PEOPLE
def test_what_an_error_says_is_cut_short(*, people: bool) -> None:
    with log_on_stderr(people=people) as said:
        try:
            fail("x" * 100_000)
        except ValueError:
            structlog.get_logger().exception("failed")
    assert "x" * 100 in said.getvalue()
    assert len(said.getvalue()) < 5_000


@PEOPLE
@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b]0;owned\x07",  # sets a terminal's title
        "\x1b[2J\x1b[1;1H",  # clears the screen
        "\x9b31m",  # C1's way of starting a sequence
        "a\r\n12:00:00 [info] started",  # a second line that looks like ours
        "invoice\u202efdp.exe",  # what is written backwards
        "\u2066x\u2069\u200b\x7f\x00",
        "\udc80\ud800",  # octets that were no UTF-8
    ],
)
def test_nobody_who_writes_to_us_controls_the_terminal(hostile: str, *, people: bool) -> None:
    with log_on_stderr(people=people) as said:
        log = structlog.get_logger()
        nested = {"list": [hostile], hostile: (hostile,)}
        log.info(hostile, peer=hostile, nested=nested, raw=hostile.encode("utf-16", "surrogatepass"))
        logging.getLogger("mail.log").error("%s", hostile)
        try:
            fail(hostile)
        except ValueError:
            log.exception("failed")
    # The renderer's own colours apart.
    lines = re.sub(r"\x1b\[[0-9]+m", "", said.getvalue()).split("\n")
    assert len(lines) >= 4
    for line in lines:
        assert line.isprintable(), ascii(line)
        assert not line.startswith("12:00:00 [info] started")


def test_json_lines_are_one_object_each() -> None:
    with log_on_stderr(people=False) as said:
        structlog.get_logger().info("décidé", arrival=3, reasons=["a", "b"], entry=None, junk=False)
    [line] = said.getvalue().splitlines()
    row = json.loads(line)
    del row["timestamp"]
    told = {"event": "décidé", "level": "info", "arrival": 3, "reasons": ["a", "b"], "entry": None, "junk": False}
    assert row == told


@PEOPLE
def test_a_log_that_cannot_be_written_holds_nothing_up(*, people: bool) -> None:
    """F31: a full disk under the log only."""
    # Unbuffered, so that each line meets the full disk.
    with log_on_stderr(people=people) as said, Path("/dev/full").open("wb", buffering=0) as full:
        broken = io.TextIOWrapper(full, write_through=True)
        with pytest.raises(OSError, match="No space"):
            broken.write("lost")
        with redirect_stderr(broken):
            structlog.get_logger().info("lost", arrival=1)
            logging.getLogger("a.library").error("lost")
        structlog.get_logger().info("decided", arrival=2)
    assert "decided" in said.getvalue()
    assert "lost" not in said.getvalue()
