"""What `--help` says of every command: in people's words, within 80 columns, with examples that run as they stand."""

from __future__ import annotations

import io
import os
import resource
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from typer.main import get_command

from mailbot.cli import app, common, main

PROGRAM: Any = get_command(app)


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command and group by its words."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))


ALL = dict(commands(PROGRAM))


def typed(*words: str) -> tuple[object, str, str]:
    """Return the exit code, the output and the complaints of a command in a terminal of 80 columns."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["mailbot", *words]),
        mock.patch.dict(os.environ, {"COLUMNS": "80"}),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main()
    return end.value.code or 0, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_page_speaks_no_python_and_fits(words: tuple[str, ...]) -> None:
    code, page, _ = typed(*words, "--help")
    assert code == 0
    assert not [line for line in page.splitlines() if len(line) > 80]
    usage, examples = page.partition("\n")[0], page.partition("\nExamples\n")[2]
    assert usage.startswith("Usage: mailbot")
    assert examples.strip().startswith("mailbot")
    for leftover in ("<", "list[", "[[", "...]...", "x>=", "bool", "None"):
        assert leftover not in page.replace(examples, ""), leftover


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_what_takes_a_value_names_and_explains_it(words: tuple[str, ...]) -> None:
    for one in ALL[words].params:
        assert one.metavar or one.is_flag, one.name
        assert one.help, one.name


def test_the_program_lists_each_command_once_by_its_use() -> None:
    sections = PROGRAM.sections
    assert Counter(name for names in sections.values() for name in names) == Counter(list(PROGRAM.commands))
    _, page, _ = typed("--help")
    places = [page.index(f"\n  {name} ") for names in sections.values() for name in names]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "example", [line for command in ALL.values() for line in command.epilog.splitlines() if "COMMAND" not in line]
)
def test_an_example_can_be_typed(example: str) -> None:
    words = shlex.split(example.partition("  ")[0])
    words = words[: next((at for at, word in enumerate(words) if word in "|<>"), None)]
    assert words.pop(0) == "mailbot"
    if words[0] == "-C":
        del words[:2]
    command, name = PROGRAM, ""
    assert words
    while getattr(command, "commands", None) and words and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.commands[name]
    with mock.patch.object(common, "now", return_value=datetime(2027, 1, 1, tzinfo=UTC)):
        assert command.make_context(name, words).params is not None


def test_a_folder_in_the_wrong_place_is_told_where_it_belongs() -> None:
    code, _, said = typed("tickets", "-C", "desk")
    assert code == 64
    assert "mailbot -C DIR tickets" in said


def test_help_is_quick() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "mailbot", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time, because other work may share the machine.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0


def test_help_waits_for_nothing_that_only_commands_need() -> None:
    """Reading rules, the log and templates takes half a second to import; a page of help needs none of it."""
    needed = "import sys, mailbot.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", needed], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pydantic", "sqlalchemy", "jinja2", "imapclient", "aiosmtpd"} & set(loaded)
