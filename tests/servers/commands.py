"""A command as an operator types it, in the process of the test: only the loading of Python and of modules is saved.

So it is for the process that reads mail, which is one of its own here, too.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from typer.main import get_command

from mailbot.cli import main
from mailbot.worker import Limits, ReadingChild, parent
from tests.servers.process_log import log_as_it_was
from tests.servers.warm import Reading

# The program's commands and their parameters are the same each time.
_COMMAND = cache(get_command)
_READING = SimpleNamespace(**{**vars(subprocess), "Popen": Reading})


@contextmanager
def reading_child(limits: Limits) -> Iterator[ReadingChild]:
    """Have a process that reads mail within these limits, forked from one that has its modules loaded.

    What is not loaded in a process that reads and can open nothing any more is missing there alone.
    """
    with mock.patch.object(parent, "subprocess", _READING), closing(ReadingChild(limits)) as child:
        yield child


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    stdout: bytes
    err: str

    @property
    def out(self) -> str:
        """What it printed, as text."""
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(folder: Path, *words: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Done:
    """Run a command in that folder as the program `mailbot` does; the log of this process is afterwards as it was."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    code: object = 0
    with (
        mock.patch.object(sys, "argv", ["mailbot", "-C", str(folder), *words]),
        mock.patch.object(sys, "stdin", given),
        mock.patch.dict(os.environ, environment or {}),
        mock.patch("typer.main.get_command", _COMMAND),
        mock.patch.object(parent, "subprocess", _READING),
        redirect_stdout(out),
        redirect_stderr(err),
        log_as_it_was(),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    assert isinstance(code, int)
    return Done(code, out.buffer.getvalue(), err.getvalue())
