"""The targets of `make fuzz` hold for what they begin with, and would tell of a broken promise."""

from __future__ import annotations

from types import ModuleType

import pytest

from mailbot.intake.smtp.session import SmtpSession
from tests.fuzz import reading, smtp


@pytest.mark.parametrize("target", [reading, smtp], ids=["reading", "smtp"])
def test_a_target_holds_for_its_seeds(target: ModuleType) -> None:
    for seed in target.seeds():
        target.check(seed)


def test_a_reply_that_is_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_what(self: SmtpSession, _arg: str) -> None:
        await self.push("What?")

    monkeypatch.setattr(SmtpSession, "smtp_NOOP", say_what)
    with pytest.raises(AssertionError, match="What"):
        smtp.check(b"\x00\x00\x00NOOP\r\n")


def test_a_reader_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise ValueError("lost")

    monkeypatch.setattr("mailbot.reading.quotation.quoting.split", fail)
    with pytest.raises(AssertionError, match="lost"):
        reading.check(next(reading.seeds()))
