"""The log of a process, read as the operator or his terminal gets it."""

from __future__ import annotations

import ast
import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import StatementError

import mailbot
from mailbot.deciding.tokens import Keyring
from mailbot.service import logs
from mailbot.service.events import EVENTS
from mailbot.store.database import open_database
from tests.servers.process_log import log_as_it_was

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
def log_on_stderr(*, people: bool, text: bool | None = None) -> Iterator[Terminal]:
    """Yield what the log says on standard error; not a fixture, because pytest changes sys.stderr after those.

    `text` asks for its form, as `--log` does.
    """
    terminal = Terminal(people=people)
    with redirect_stderr(terminal), log_as_it_was():
        logs.set_up(people=text)
        yield terminal


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


def test_at_a_terminal_the_settings_are_one_short_line() -> None:
    settings = [f"partner.key_{number} = {number}" for number in range(300)]
    with log_on_stderr(people=True) as said:
        structlog.get_logger().info("configuration", rules=settings)
    [line] = said.getvalue().splitlines()
    assert "300, listed by --log json" in line
    assert len(re.sub(r"\x1b\[[0-9;]+m", "", line)) <= 80
    with log_on_stderr(people=True, text=False) as said:
        structlog.get_logger().info("configuration", rules=settings)
    assert json.loads(said.getvalue())["rules"] == settings


def test_readable_lines_leave_out_what_is_empty_and_show_every_problem() -> None:
    problems = [f"rules.toml:{line}: unknown key" for line in range(50)]
    with log_on_stderr(people=True) as said:
        log = structlog.get_logger()
        log.info("decided", arrival=3, since=None, detail="", reasons=["a", "b"], rest=[], junk=False)
        log.error("rules-refused", problems=problems)
    decided, refused = re.sub(r"\x1b\[[0-9;]+m", "", said.getvalue()).splitlines()
    assert decided.split("decided")[1].split() == ["arrival=3", "junk=False", "reasons=a,b"]
    assert all(problem in refused for problem in problems)


def test_readable_lines_in_a_file_have_their_day_and_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    with log_on_stderr(people=False, text=True) as said:
        structlog.get_logger().info("started", partner="acme")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[info", said.getvalue())
    assert "\x1b" not in said.getvalue()
    with log_on_stderr(people=True) as said:
        structlog.get_logger().info("started", partner="acme")
    assert "\x1b[" in said.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    with log_on_stderr(people=True) as said:
        structlog.get_logger().info("started", partner="acme")
    assert "\x1b" not in said.getvalue()


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
        structlog.get_logger().info("decided", arrival=3, reasons=["à", "b"], entry=None, junk=False)
    [line] = said.getvalue().splitlines()
    row = json.loads(line)
    del row["timestamp"]
    told = {"event": "decided", "level": "info", "arrival": 3, "reasons": ["à", "b"], "entry": None, "junk": False}
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


def test_what_is_not_on_the_list_leaves_as_other_and_libraries_as_library() -> None:
    with log_on_stderr(people=False) as said:
        structlog.get_logger().info("started", port=25)
        structlog.get_logger().info("surprise", port=25)
        logging.getLogger("a.library").warning("in %s words", "its own")
    rows = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(row["event"], row.get("text")) for row in rows] == [
        ("started", None),
        ("other", "surprise"),
        ("library", "in its own words"),
    ]


def _calls(tree: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    """Yield the line and the first argument of every call that logs an event."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        called, first = node.func, node.args[0]
        if isinstance(called, ast.Attribute):
            logger = ast.unparse(called.value)
            is_log = re.search(r"(^|\.|_)log(ger\(.*\))?$", logger) is not None
            if is_log and called.attr in LEVELS:
                yield node.lineno, first
        elif isinstance(called, ast.Name) and (called.id == "Mark" or (called.id in {"say", "tell"} and _values(node))):
            yield node.lineno, first


def _values(call: ast.Call) -> bool:
    """Whether values stand beside the words, as in an event; `to` names the stream that people read."""
    return any(keyword.arg != "to" for keyword in call.keywords)


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_the_code_logs_no_event_that_is_not_on_the_list_and_all_that_are() -> None:
    root = Path(mailbot.__file__).parent
    used: dict[str, str] = {}
    for path in sorted(root.rglob("*.py")):
        for line, event in _calls(ast.parse(path.read_text())):
            where = f"{path.relative_to(root)}:{line}"
            if ast.unparse(event) == "mark.verb":
                continue  # It is found where the mark is made.
            assert isinstance(event, ast.Constant), (
                f"{where}: an event is a fixed verb, and what varies stands beside it"
            )
            assert event.value in EVENTS, f"{where}: {event.value!r} is not in service/events.py"
            used[event.value] = where
    assert set(EVENTS) - set(used) == {"library", "other"}


def test_a_reader_who_is_stuck_holds_nothing_up_and_is_told_what_he_missed() -> None:
    """F51: a full pipe that nobody reads."""
    code = """
import sys, time
import structlog
from mailbot.service import logs
with logs.in_background(people=False):
    log = structlog.get_logger()
    began = time.monotonic()
    for number in range(20_000):
        log.info("decided", arrival=number, reasons=["x" * 50])
    print(time.monotonic() - began, flush=True)
    sys.stdin.readline()
    log.info("stopping")
"""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writing
    ) as process:
        os.close(writing)
        assert process.stdin is not None
        assert process.stdout is not None
        seconds = float(process.stdout.readline())
        assert seconds < 15, "20,000 events are logged although the pipe takes only some hundred"
        with os.fdopen(reading, encoding="utf-8") as pipe:
            first = [next(pipe) for _ in range(9_000)]
            process.stdin.write(b"\n")
            process.stdin.close()
            rows = [json.loads(line) for line in [*first, *pipe]]
    assert process.returncode == 0
    arrivals = [row["arrival"] for row in rows if row["event"] == "decided"]
    [lost] = [row["lines"] for row in rows if row["event"] == "log-lines-lost"]
    assert lost > 0
    assert len(arrivals) + lost == 20_000
    assert arrivals == list(range(len(arrivals)))
    assert rows[-1]["event"] == "stopping"
