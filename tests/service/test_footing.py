"""`check` sees what of the folder and its disk `run` would end with: it names the path, the cause and the next step."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mailbot import config
from mailbot.errors import ConfigError, MailbotError, Problem
from mailbot.service import footing
from mailbot.service.folder import opened
from tests.servers.commands import run
from tests.service.office import RULES, mail, office
from tests.service.test_disk import fill, small_disk

NOBODY = 65534
RUNNING = RULES + '[limits]\nfree_disk_bytes = 0\n[relay]\nhost = "smtp.harborvoice.example"\n'


@pytest.fixture
def desk() -> Iterator[Path]:
    """Return the folder of a desk that has run, where other users can come to."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "desk"
        with office(folder, rules=RUNNING) as at_work:
            at_work.receive(mail("Jane <jane@acme-dental.example>", "Where is the manual?"))
        with opened(folder, config.load(folder), writes_mail=False):
            pass
        Path(place).chmod(0o755)
        yield folder


def found(folder: Path) -> list[Problem]:
    return list(footing.findings(folder, config.load(folder)))


def starts(folder: Path) -> bool:
    """Return whether `run` would get as far as to take mail."""
    try:
        with opened(folder, config.load(folder), writes_mail=False) as here:
            here.database.writer.write(lambda conn: conn.exec_driver_sql("UPDATE epoch SET number = number"))
    except (MailbotError, OSError):
        return False
    return True


def done(*command: str | Path) -> None:
    """Run a command that only root may; skip the test, with its words, where even root may not."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        pytest.skip(f"{command[0]} is not allowed here: {ended.stderr.strip()}")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder upon itself, to be read only."""
    done("mount", "--bind", folder, folder)
    try:
        done("mount", "-o", "remount,bind,ro", folder)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def kept_from_change(path: Path) -> Iterator[None]:
    done("chattr", "+i", path)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Go on as a user who owns nothing; only root can."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


Way = Callable[[Path], AbstractContextManager[None]]


class TestWhatCannotBeWrittenTo:
    @pytest.mark.parametrize("what", ["data", "data/tickets.db", "data/lock"])
    @pytest.mark.parametrize(
        ("way", "cause", "step"),
        [
            (read_only, "its disk is mounted read-only", "mount -o remount,rw"),
            (kept_from_change, "not even by root: it is kept from being changed", "chattr -i"),
        ],
    )
    def test_is_named_with_its_cause_and_the_next_step(
        self, desk: Path, what: str, way: Way, cause: str, step: str
    ) -> None:
        assert (found(desk), starts(desk)) == ([], True)
        path = desk / what
        with way(path):
            [problem] = found(desk)
            assert (problem.file, problem.warning) == (str(path), False)
            assert cause in problem.text
            assert f"{step} {path}" in problem.hint
            assert not starts(desk)
        assert (found(desk), starts(desk)) == ([], True)

    @pytest.mark.parametrize("way", [read_only, kept_from_change])
    def test_a_folder_in_which_none_can_be_made_is_named_itself(self, desk: Path, way: Way) -> None:
        shutil.rmtree(desk / "data")
        with way(desk):
            [problem] = found(desk)
            assert problem.file == str(desk)
            assert "so that no data can be made" in problem.text
            assert not starts(desk)

    def test_the_command_says_it_and_ends_as_for_other_mistakes(self, desk: Path) -> None:
        with read_only(desk / "data"):
            checked = run(desk, "check")
        assert checked.code == 78
        said = " ".join(checked.err.split())
        assert f"{desk}/data: error: this folder cannot be written to: its disk is mounted read-only" in said
        assert f"mount -o remount,rw {desk}/data" in said
        assert "1 to mend before mailbot can run." in said


class TestWhoseItIs:
    @pytest.fixture(autouse=True)
    def root(self) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away and become somebody else")

    def test_another_users_folder_is_named_with_both(self, desk: Path) -> None:
        open_to_all(desk)
        (desk / "data/token.key").chmod(0o600)
        with as_nobody():
            problems = {Path(one.file).name: one for one in found(desk)}
            assert not starts(desk)
        assert set(problems) == {"data"}
        assert "it belongs to root, and you are nobody" in problems["data"].text
        assert f"chown -R nobody {desk}/data" in problems["data"].hint

    def test_one_that_they_may_not_even_look_into(self, desk: Path) -> None:
        open_to_all(desk)
        (desk / "rules.toml").write_text(RUNNING.partition("[relay]")[0])
        (desk / "data").chmod(0o700)
        with as_nobody():
            [problem] = found(desk)
        assert "it belongs to root, and you are nobody" in problem.text

    def test_a_folder_for_outgoing_mail_is_looked_at_where_there_is_no_relay(self, desk: Path) -> None:
        (desk / "rules.toml").write_text(RUNNING.partition("[relay]")[0])
        (desk / "data/outgoing/new").mkdir(parents=True)
        with kept_from_change(desk / "data/outgoing/new"):
            [problem] = found(desk)
        assert problem.file == f"{desk}/data/outgoing/new"

    def test_a_file_of_roots_in_a_folder_of_ones_own_is_named(self, desk: Path) -> None:
        """What comes of a command that somebody typed as root."""
        open_to_all(desk)
        for path in (desk, *desk.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        (desk / "data/token.key").chmod(0o600)
        with as_nobody():
            assert (found(desk), starts(desk)) == ([], True)
        os.chown(desk / "data/tickets.db", 0, 0)
        with as_nobody():
            [problem] = found(desk)
            assert not starts(desk)
        assert Path(problem.file).name == "tickets.db"
        assert "it belongs to root, and you are nobody" in problem.text

    def test_root_is_warned_of_what_the_folders_owner_could_not_write_to(self, desk: Path) -> None:
        os.chown(desk, NOBODY, NOBODY)
        problems = found(desk)
        assert {Path(one.file).name for one in problems} >= {"data", "tickets.db"}
        assert all(one.warning for one in problems)
        assert problems[0].hint == f"`chown -R nobody {desk}/data`"

    def test_a_folder_that_its_owner_may_not_enter(self, desk: Path) -> None:
        open_to_all(desk)
        for path in (desk, *desk.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        (desk / "data").chmod(0o500)
        with as_nobody():
            [problem] = found(desk)
            assert not starts(desk)
        assert problem.hint == f"`chmod u+rwx {desk}/data`"

    def test_rules_that_may_not_be_read_are_named(self, desk: Path) -> None:
        open_to_all(desk)
        (desk / "rules.toml").chmod(0o600)
        with as_nobody():
            checked = run(desk, "check")
        assert checked.code == 78
        assert "rules.toml" in checked.err
        assert "Traceback" not in checked.err


def test_keys_that_others_may_read(desk: Path) -> None:
    (desk / "data/token.key").chmod(0o644)
    [problem] = found(desk)
    assert "others may read the token keys" in problem.text
    with pytest.raises(ConfigError), opened(desk, config.load(desk), writes_mail=False):
        pass


class TestRoom:
    def test_a_full_disk_is_an_error_with_the_next_step(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "desk" / "data", "4m"):
            (tmp_path / "desk" / "rules.toml").write_text(RUNNING)
            assert found(tmp_path / "desk") == []
            fill(tmp_path / "desk" / "data")
            [problem] = found(tmp_path / "desk")
            assert (problem.file, problem.warning) == (f"{tmp_path}/desk/data", False)
            assert "0 KiB are free on its disk" in problem.text
            assert "free some space" in problem.hint
            assert not starts(tmp_path / "desk")

    def test_a_disk_that_takes_no_more_files(self, tmp_path: Path) -> None:
        data = tmp_path / "desk" / "data"
        data.mkdir(parents=True)
        (tmp_path / "desk" / "rules.toml").write_text(RUNNING)
        done("mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=1,mode=0700", "none", data)
        try:
            [problem] = found(tmp_path / "desk")
            assert "no room for one more file" in problem.text
            assert not starts(tmp_path / "desk")
        finally:
            subprocess.run(["umount", "-l", data], check=True)

    def test_less_than_the_rules_want_is_a_warning(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "desk" / "data", "16m"):
            (tmp_path / "desk" / "rules.toml").write_text(RUNNING.replace("= 0", f"= {64 << 20}"))
            [problem] = found(tmp_path / "desk")
            assert problem.warning
            assert "less than limits.free_disk_bytes (64 MiB): mailbot would run and take no mail in" in problem.text
            assert starts(tmp_path / "desk")


class TestTheLog:
    def test_one_that_is_no_database_any_more(self, desk: Path) -> None:
        (desk / "data/tickets.db").write_bytes(b"lost" * 4096)
        [problem] = found(desk)
        assert problem.file == f"{desk}/data/tickets.db"
        assert "restore FILE --replace" in problem.hint
        assert not starts(desk)

    def test_a_restore_that_did_not_end(self, desk: Path) -> None:
        (desk / "data/restoring").write_text("backup.tar.zst")
        [problem] = found(desk)
        assert "did not end: do it again, with --replace" in problem.text
        assert not starts(desk)

    def test_one_of_a_newer_mailbot(self, desk: Path) -> None:
        with opened(desk, config.load(desk), writes_mail=False) as here:
            here.database.writer.write(
                lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            )
        [problem] = found(desk)
        assert "newer" in problem.text + problem.hint
        assert not starts(desk)

    def test_nothing_is_changed_by_looking(self, desk: Path) -> None:
        before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in desk.rglob("*")}
        assert found(desk) == []
        assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in desk.rglob("*")} == before

    def test_where_nothing_is_yet_nothing_is_wrong_and_nothing_is_made(self, tmp_path: Path) -> None:
        (tmp_path / "rules.toml").write_text(RUNNING)
        assert found(tmp_path) == []
        assert [path.name for path in tmp_path.iterdir()] == ["rules.toml"]
