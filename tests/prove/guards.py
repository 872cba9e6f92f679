"""Every guard is taken away in turn, and the suite must turn red each time: the honest measure of the suite.

A guard is a check that keeps a promise: the seal of a token, the sync of a commit, a cap. `guards.toml` names the
text of each, what stands in its place when it is taken away, and the tests that are to notice. That is
done in a copy of the tree, one guard after the other; here nothing is changed. First the tests run with every guard in
place, so that one which fails anyway counts for nothing.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TABLE = Path(__file__).with_suffix(".toml")
_NOT_COPIED = shutil.ignore_patterns(".*", "dist", "htmlcov")
_SECONDS = 120.0
_SECONDS_APART = count(1)
# What pytest's exit codes say.
_PASSED, _FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard: `text`, exactly once in the file, keeps a promise; with `without` in its place the `tests` fail.

    `rows` are those of the tables of who may speak as us, and who joins a ticket, that it keeps (`test_guards.ROWS`).
    """

    name: str
    file: str
    text: str
    without: str
    tests: tuple[str, ...]
    rows: tuple[str, ...] = ()

    def taken_away(self, content: str) -> str:
        """Return the file's content without the guard; raise LookupError when it does not stand there just once."""
        if (times := content.count(self.text)) != 1:
            raise LookupError(f"{self.name}: its text stands {times} times in {self.file}; mend guards.toml")
        return content.replace(self.text, self.without)


class Verdict(StrEnum):
    """What the tests said without the guard."""

    KILLED = "killed"
    HUNG = "killed (the tests did not end)"
    SURVIVED = "SURVIVED"
    USELESS = "NO TEST RAN"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A guard, what became of it, and what pytest said in its summary."""

    guard: Guard
    verdict: Verdict
    said: str

    @property
    def is_killed(self) -> bool:
        """Whether the suite noticed."""
        return self.verdict in {Verdict.KILLED, Verdict.HUNG}


def table() -> tuple[Guard, ...]:
    """Return all guards."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["guard"]
    return tuple(Guard(**{**row, "tests": tuple(row["tests"]), "rows": tuple(row.get("rows", ()))}) for row in rows)


def chosen(names: Sequence[str]) -> tuple[Guard, ...]:
    """Return the guards whose names hold one of these words, all for none; raise LookupError for a word in no name."""
    guards = table()
    for name in names:
        if not any(name in guard.name for guard in guards):
            raise LookupError(f"no guard is called {name!r}")
    return tuple(guard for guard in guards if not names or any(name in guard.name for name in names))


def missing_tests(guard: Guard) -> tuple[str, ...]:
    """Return the tests of the guard that do not exist (any more)."""
    return tuple(test for test in guard.tests if not _exists(test))


def _exists(test: str) -> bool:
    name, *path = test.split("::")
    body = _statements(ROOT / name)
    for step in path:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        found = next((node for node in body if isinstance(node, kinds) and node.name == step), None)
        if found is None:
            return False
        body = found.body
    return bool(path)


@cache
def _statements(file: Path) -> list[ast.stmt]:
    return ast.parse(file.read_text("utf-8")).body if file.is_file() else []


def listed() -> str:
    """Return the guards with the tests that notice, as Markdown for docs/proof.md."""
    rows = ["| guard | in | noticed by |", "|---|---|---|"]
    for guard in table():
        file = guard.file.removeprefix("mailbot/").replace("/__init__.py", "").removesuffix(".py")
        tests = ", ".join(f"`{_short(test)}`" for test in guard.tests)
        rows.append(f"| {guard.name.replace('-', ' ')} | `{file}` | {tests} |")
    return "\n".join(rows) + "\n"


def _short(test: str) -> str:
    """Return a test's name without what all of them share."""
    file, *_, name = test.removeprefix("tests/").split("::")
    return f"{file.removesuffix('.py').replace('test_', '')}: {name.removeprefix('test_')}"


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield a copy of the tree in this folder; it is gone afterwards."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=_NOT_COPIED)
    try:
        yield tree
    finally:
        shutil.rmtree(tree)


def failing(tree: Path, guards: Sequence[Guard]) -> tuple[str, ...]:
    """Return what pytest says of the guards' tests that fail although every guard is in place."""
    tests = dict.fromkeys(test for guard in guards for test in guard.tests)
    try:
        code, said = _pytest(tree, tuple(tests), "-q")
    except subprocess.TimeoutExpired as error:
        return (f"they do not end within {error.timeout:g} s",)
    return () if code == _PASSED else (said,)


def run(tree: Path, guard: Guard) -> Outcome:
    """Take the guard away in the copy, run its tests, and put it back."""
    path = tree / guard.file
    content, at_ns = path.read_text("utf-8"), path.stat().st_mtime_ns
    path.write_text(guard.taken_away(content), "utf-8")
    # Python knows its bytecode by whole seconds and the length; what we changed must not pass for what was there.
    os.utime(path, ns=(at_ns, at_ns + next(_SECONDS_APART) * 10**9))
    try:
        code, said = _pytest(tree, guard.tests, "-qx")
    except subprocess.TimeoutExpired:
        return Outcome(guard, Verdict.HUNG, f"over {_SECONDS:g} s")
    finally:
        path.write_text(content, "utf-8")
        os.utime(path, ns=(at_ns, at_ns))
    verdict = {_PASSED: Verdict.SURVIVED, _FAILED: Verdict.KILLED}.get(code, Verdict.USELESS)
    return Outcome(guard, verdict, said)


def _pytest(tree: Path, tests: Sequence[str], *options: str) -> tuple[int, str]:
    """Run these tests of the copy; return pytest's exit code and the lines of its summary."""
    command = [sys.executable, "-m", "pytest", *options, "-m", "", "-p", "no:cacheprovider", "--tb=no", *tests]
    # Processes that the tests start import the copy as well.
    env = {**os.environ, "PYTHONPATH": str(tree)}
    with subprocess.Popen(
        command, cwd=tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            output, _ = process.communicate(timeout=_SECONDS * (1 if "-qx" in options else 10))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
    lines = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return process.returncode, "\n".join(lines) or output[-1000:]
