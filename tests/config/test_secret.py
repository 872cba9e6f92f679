"""Secrets are read where rules.toml says, and no failure shows them."""

import json
from pathlib import Path

import pytest

from mailbot.config import inspect, read_secret
from mailbot.config.secret import trouble_with
from mailbot.errors import ConfigError
from mailbot.rules import Secret

PASSWORD = "s3cret pass"


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> Secret:
    path = folder / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return Secret(file="password")


@pytest.mark.parametrize(
    "content",
    [
        b"s3cret pass",
        b"s3cret pass\n",
        b"s3cret pass\r\n",
        b"s3cret pass\nanother line\n",
        # Windows editors put a byte order mark first.
        b"\xef\xbb\xbfs3cret pass\r\n",
    ],
)
def test_the_first_line_of_a_file(tmp_path: Path, content: bytes) -> None:
    assert read_secret(secret_file(tmp_path, content), tmp_path) == PASSWORD


def test_spaces_and_other_scripts_are_part_of_a_secret(tmp_path: Path) -> None:
    assert read_secret(secret_file(tmp_path, " pässwörd \n".encode()), tmp_path) == " pässwörd "


def test_a_whole_path(tmp_path: Path) -> None:
    secret_file(tmp_path, b"s3cret pass\n")
    assert read_secret(Secret(file=str(tmp_path / "password")), Path("/")) == PASSWORD


def test_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILBOT_TEST_PASSWORD", PASSWORD)
    secret = Secret(env="MAILBOT_TEST_PASSWORD")
    assert read_secret(secret, tmp_path) == PASSWORD
    assert trouble_with(secret, tmp_path) == ("", "")


def program(folder: Path, script: str) -> Path:
    path = folder / "token"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


def test_the_first_line_that_a_command_prints(tmp_path: Path) -> None:
    program(tmp_path, 'printf "%s\\n%s\\n" "$1" more')
    # No shell: what looks like one is an argument.
    secret = Secret(command="./token '$(id); s3cret | pass'")
    assert read_secret(secret, tmp_path) == "$(id); s3cret | pass"
    assert trouble_with(secret, tmp_path) == ("", "")


def test_a_command_of_the_search_path(tmp_path: Path) -> None:
    secret = Secret(command="printf 's3cret pass'")
    assert read_secret(secret, tmp_path) == PASSWORD
    assert trouble_with(secret, tmp_path) == ("", "")


def failing(folder: Path, case: str) -> Secret:
    match case:
        case "variable":
            return Secret(env="s3cret")
        case "gone":
            return Secret(file="s3cret")
        case "empty":
            return secret_file(folder, b"\n")
        case "folder":
            (folder / "s3cret").mkdir()
            return Secret(file="s3cret")
        case "no such program":
            return Secret(command="./s3cret")
        case "failing program":
            program(folder, "echo s3cret; echo s3cret >&2; exit 3")
            return Secret(command="./token s3cret")
        case "silent program":
            program(folder, "true")
            return Secret(command="./token s3cret")
        case "open quote":
            return Secret(command="echo 's3cret")
        case _:
            raise AssertionError(case)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("variable", "the environment variable it names is not set"),
        ("gone", "the file cannot be read: No such file or directory"),
        ("empty", "the file has nothing on its first line"),
        ("folder", "the file cannot be read: Is a directory"),
        ("no such program", "the command cannot be run: No such file or directory"),
        ("failing program", "the command failed with exit code 3"),
        ("silent program", "the command printed nothing on its first line"),
        ("open quote", "the command cannot be run: it is empty"),
    ],
)
def test_a_failure_names_the_key_and_not_the_secret(tmp_path: Path, case: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_secret(failing(tmp_path, case), tmp_path, "relay.sign_in.password")
    (problem,) = caught.value.problems
    assert (problem.key, problem.text) == ("relay.sign_in.password", expected)
    assert "s3cret" not in repr(caught.value)


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailbot.config.secret._COMMAND_SECONDS", 0.2)
    program(tmp_path, "exec sleep 60")
    with pytest.raises(ConfigError, match=r"did not end within"):
        read_secret(Secret(command="./token"), tmp_path)


@pytest.mark.parametrize("case", ["variable", "gone", "empty", "folder", "no such program", "open quote"])
def test_what_can_be_seen_beforehand_stops_the_start(tmp_path: Path, case: str) -> None:
    [(kind, where)] = failing(tmp_path, case).model_dump(exclude_defaults=True).items()
    password = f"sign_in.password = {{ {kind} = {json.dumps(where)} }}"
    (tmp_path / "rules.toml").write_text(f'[relay]\nhost = "127.0.0.1"\nsign_in.user = "u"\n{password}\n')
    (problem,) = (found for found in inspect(tmp_path, running=True)[1] if found.key == "relay.sign_in.password")
    assert problem.hint
    assert not problem.warning
    assert "s3cret" not in repr(problem)


@pytest.mark.parametrize(
    ("mode", "fine"), [(0o600, True), (0o400, True), (0o640, True), (0o644, False), (0o604, False), (0o602, False)]
)
def test_a_secret_that_everybody_may_read_stops_the_start(tmp_path: Path, mode: int, *, fine: bool) -> None:
    text, hint = trouble_with(secret_file(tmp_path, b"s3cret\n", mode), tmp_path)
    assert (text == "") is fine
    assert fine or (text, hint) == ("everybody on this machine may read or change the file", "chmod 600 that file")
