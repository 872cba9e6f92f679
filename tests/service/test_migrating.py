"""Bringing an older log up to date: after a backup, wholly or not at all, whenever it is killed; never back."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from mailbot import config
from mailbot.errors import StoreError
from mailbot.service import archive
from mailbot.service.folder import opened
from mailbot.store import migrations
from tests.service.office import mail, office

# A step of a form that comes after ours: four changes, and before each, one chance to be killed.
STEP = """
import os, signal
from alembic import op

revision, down_revision, branch_labels, depends_on = "9000", {before!r}, None, None

def killed_at(place):
    if os.environ.get("KILLED_AT") == str(place):
        os.kill(os.getpid(), signal.SIGKILL)

def upgrade():
    for place in range(4):
        killed_at(place)
        op.execute(f"ALTER TABLE fact ADD COLUMN new_{{place}} TEXT")
    killed_at(4)
    op.execute("UPDATE fact SET new_0 = 'yes'")
    killed_at(5)
"""
START = """
import sys
from pathlib import Path
from mailbot import config
from mailbot.store import migrations
migrations.__file__, migrations.HEAD = str(Path(sys.argv[2]) / "__init__.py"), "9000"
from mailbot.service.folder import opened
folder = Path(sys.argv[1])
with opened(folder, config.load(folder), writes_mail=False):
    pass
"""


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrations of a mailbot that knows one form more."""
    folder = tmp_path_factory.mktemp("newer") / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9000_one_more.py").write_text(STEP.format(before=migrations.HEAD))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "desk"
    with office(folder) as desk:
        desk.receive(mail("Ann Lee <ann@acme-dental.example>", "The music on hold is too loud."))
        desk.do(verb="facts", facts={"plus_addressing": "yes"})
    (folder / "data" / "token.key").write_text("1 " + "ab" * 32)
    (folder / "data" / "token.key").chmod(0o600)
    return folder


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "desk"))


def start(folder: Path, newer: Path, *, killed_at: object = "", before: tuple[str, ...] = ()) -> int:
    """Open the folder as the newer mailbot does; return how that ended."""
    command = [*before, sys.executable, "-c", START, str(folder), str(newer)]
    run = subprocess.run(command, env={"KILLED_AT": str(killed_at)}, capture_output=True, text=True, check=False)
    assert run.returncode in {0, -signal.SIGKILL}, run.stderr
    return run.returncode


def form(folder: Path) -> str:
    """Return the form of the log, "old" or "new", having seen that it is whole."""
    with closing(sqlite3.connect(folder / "data" / "tickets.db")) as log:
        assert log.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        [(number,)] = log.execute("SELECT version_num FROM alembic_version").fetchall()
        columns = {name for _, name, *_ in log.execute("PRAGMA table_info(fact)")}
        assert log.execute("SELECT value FROM fact WHERE name = 'plus_addressing'").fetchall() == [("yes",)]
        assert log.execute("SELECT count(*) FROM ticket").fetchall() == [(1,)]
        new = {f"new_{place}" for place in range(4)}
        if number == migrations.HEAD:
            assert not new & columns
            return "old"
        assert new <= columns
        assert log.execute("SELECT new_0 FROM fact WHERE name = 'plus_addressing'").fetchall() == [("yes",)]
        return "new"


def backups(folder: Path) -> list[archive.Manifest]:
    """Return the manifests of the backups in the folder, each read through."""
    found = sorted((folder / "data" / "backups").glob("*"))
    return [archive.read(path, archive.passed_over, lambda _done, _of: None) for path in found]


@pytest.mark.parametrize("place", [0, 3, 5])
def test_killed_between_two_steps_the_form_before_is_there(folder: Path, newer: Path, place: int) -> None:
    assert start(folder, newer, killed_at=place) == -signal.SIGKILL
    assert form(folder) == "old"
    [manifest] = backups(folder)
    assert manifest.form == migrations.HEAD
    with opened(folder, config.load(folder), writes_mail=False):
        pass  # the older mailbot goes on with it
    assert start(folder, newer) == 0
    assert form(folder) == "new"


def test_a_backup_is_made_once_and_the_older_mailbot_refuses_the_newer_log(folder: Path, newer: Path) -> None:
    assert start(folder, newer) == 0
    assert start(folder, newer) == 0
    assert form(folder) == "new"
    [manifest] = backups(folder)
    assert manifest.form == migrations.HEAD
    before = (folder / "data" / "tickets.db").read_bytes()
    with pytest.raises(StoreError, match="newer mailbot"), opened(folder, config.load(folder), writes_mail=False):
        pass
    assert (folder / "data" / "tickets.db").read_bytes() == before


@pytest.mark.slow
@pytest.mark.strace
@pytest.mark.skipif(not shutil.which("strace"), reason="Debian's strace is not installed")
def test_killed_at_any_write_the_form_is_old_or_new(model: Path, newer: Path, tmp_path: Path) -> None:
    """SIGKILL at the n-th call that writes, syncs or renames, until the end comes first."""
    calls = "pwrite64,write,fsync,fdatasync,rename,unlink,ftruncate"
    seen = Counter[str]()
    for number in range(1, 2000, 5):
        folder = Path(shutil.copytree(model, tmp_path / f"desk{number}"))
        inject = f"inject={calls}:signal=SIGKILL:when={number}"
        ended = start(
            folder, newer, before=("strace", "-D", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", inject)
        )
        if ended == 0:
            break
        seen[form(folder)] += 1
        assert start(folder, newer) == 0
        assert form(folder) == "new"
        assert backups(folder)
        shutil.rmtree(folder)
    print(f"killed at {sum(seen.values())} calls: {dict(seen)}")  # noqa: T201
    assert seen["old"] > 3
