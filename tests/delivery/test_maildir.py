"""The Maildir that takes our mail while there is no relay."""

from __future__ import annotations

import mailbox
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.delivery.maildir import Maildir
from mailbot.errors import PermanentFailure, RelayUnusable

NOW = datetime(2026, 3, 4, 12, 0, 0, 42, tzinfo=UTC)
MAIL = b"From: support@example.com\r\nTo: ann@example.net\r\nSubject: Re: phones\r\n\r\n.\r\nOn it.\r\n"


def test_each_mail_is_a_private_file_that_mail_programs_read(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "outgoing"
    out = Maildir(folder, lambda: NOW)
    for recipient in ("ann@example.net", "bob@example.net"):
        accepted = out.submit("", recipient, MAIL)
        assert accepted.code == 250
        assert accepted.reply.startswith(f"kept as {folder / 'new'}")
    files = sorted((folder / "new").iterdir())
    assert files[0].read_bytes() == b"Return-Path: <>\r\nDelivered-To: ann@example.net\r\n" + MAIL
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o700
    assert list((folder / "tmp").iterdir()) == []
    assert {mail["Delivered-To"] for mail in mailbox.Maildir(folder)} == {"ann@example.net", "bob@example.net"}


def test_what_a_relay_would_not_get_is_refused_here_too(tmp_path: Path) -> None:
    out = Maildir(tmp_path / "outgoing", lambda: NOW)
    with pytest.raises(PermanentFailure):
        out.submit("", "ann@example.net", b"bare\n")
    with pytest.raises(PermanentFailure):
        out.submit("", "ann@example.net\r\nBcc: x", MAIL)
    assert not (tmp_path / "outgoing").exists()


def test_a_folder_that_cannot_be_written_holds_the_queue(tmp_path: Path) -> None:
    (tmp_path / "outgoing").write_text("a file is in the way")
    with pytest.raises(RelayUnusable, match="no mail can be put into"):
        Maildir(tmp_path / "outgoing", lambda: NOW).submit("", "ann@example.net", MAIL)


def test_a_failed_write_leaves_no_half_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RelayUnusable, match="No space left"):
        Maildir(tmp_path, lambda: NOW).submit("", "ann@example.net", MAIL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
