"""The token keys: made once and whole, or said to be bad with what mends it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mailbot.errors import ConfigError
from mailbot.store.keys import load_keyring


def test_keys_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token.key"
    made = load_keyring(path)
    assert load_keyring(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["token.key"]


def test_a_crash_while_they_are_made_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(_descriptor: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "token.key"
    with monkeypatch.context() as crash:
        crash.setattr(os, "fsync", dies)
        with pytest.raises(KeyboardInterrupt):
            load_keyring(path)
    assert not path.exists()
    assert len(load_keyring(path).keys) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["token.key"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "remove it: a new one is made"),
        ("1 not-hex\n", "restore the file from a backup"),
        ("1\n", "restore the file from a backup"),
    ],
)
def test_a_bad_file_is_said_with_what_mends_it(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "token.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=said):
        load_keyring(path)


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    load_keyring(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_keyring(path)
