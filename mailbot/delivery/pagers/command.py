"""Running a program that pages: without a shell, for a limited time; then it is killed with all that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from mailbot.delivery.transport import Accepted, one_line
from mailbot.errors import PermanentFailure, TransientFailure

SECONDS = 30.0
"""How long a program may take."""
_LOOK_SECONDS = 0.1
_LAST_OCTETS = 2048
_MOST_WORDS = 200


def run(
    argv: Sequence[str], folder: Path, text: str, variables: Mapping[str, str], seconds: float = SECONDS
) -> Accepted:
    """Run the program with the text as its input, in the folder, with these variables besides its environment.

    Exit code 0 is taken; raise TransientFailure with the code and the last line that it wrote to its standard error
    for another one, and where it takes too long; PermanentFailure where there is no such program.
    """
    try:
        program = subprocess.Popen(  # noqa: S603 - the operator's own program, without a shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    except OSError as error:
        raise PermanentFailure(f"the program cannot be run: {error.strerror}") from error
    with program:
        try:
            _give(program, text)
            last = _last_words(program, time.monotonic() + seconds)
        except BaseException:
            _kill(program)
            raise
    if program.returncode is None or program.returncode < 0:
        raise TransientFailure(f"the program was ended by a signal{last and f': {last}'}")
    if program.returncode:
        raise TransientFailure(f"the program failed with exit code {program.returncode}{last and f': {last}'}")
    return Accepted(0, "the program ended with exit code 0")


def _give(program: subprocess.Popen[bytes], text: str) -> None:
    """Write the program's input, which is less than any pipe holds; it need not read it."""
    if program.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            program.stdin.write(text.encode() + b"\n")
            program.stdin.close()


def _last_words(program: subprocess.Popen[bytes], until_s: float) -> str:
    """Wait for the program's end and return its last line to standard error; what it left running is not waited for."""
    if program.stderr is None:
        return ""
    pipe, said = program.stderr.fileno(), b""
    os.set_blocking(pipe, False)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while program.poll() is None:
            if time.monotonic() >= until_s:
                raise TransientFailure("the program took too long, and was ended")
            if selector.get_map() and selector.select(_LOOK_SECONDS):
                if not (more := _read(pipe)):
                    selector.unregister(pipe)
                said = (said + more)[-_LAST_OCTETS:]
            elif not selector.get_map():
                time.sleep(_LOOK_SECONDS)
    said = (said + _read(pipe))[-_LAST_OCTETS:]
    lines = [line for line in said.splitlines() if line.strip()]
    return one_line(lines[-1])[:_MOST_WORDS] if lines else ""


def _read(pipe: int) -> bytes:
    try:
        return os.read(pipe, 65536)
    except BlockingIOError:
        return b""


def _kill(program: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
