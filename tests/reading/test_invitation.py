"""Invitations are named with what, when and by whom (H58: and nothing is fetched)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.reading.message import read
from mailbot.reading.model import Invitation, Role
from mailbot.reading.parts import invitation

EVENT = """BEGIN:VCALENDAR
PRODID:-//Example//EN
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:16010101T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ORGANIZER;CN="Müller: Ann, Dr.":mailto:ann@example.com
DTSTART;TZID=Europe/Berlin:20260105T091500
SUMMARY;LANGUAGE=en:Router swap\\, second fl
 oor\\nand cellar
BEGIN:VALARM
SUMMARY:Reminder
END:VALARM
END:VEVENT
BEGIN:VEVENT
SUMMARY:Another
END:VEVENT
END:VCALENDAR
"""
WANTED = Invitation(
    "request",
    "Router swap, second floor and cellar",
    "2026-01-05 09:15 Europe/Berlin",
    "Müller: Ann, Dr. <ann@example.com>",
)


def invited(text: str) -> Invitation | None:
    return invitation.read(text.encode(), "utf-8")


def event(line: str) -> Invitation:
    found = invited(f"BEGIN:VCALENDAR\nMETHOD:PUBLISH\nBEGIN:VEVENT\n{line}\nEND:VEVENT\nEND:VCALENDAR")
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["text/calendar; charset=utf-8; method=REQUEST", "application/ics; name=invite.ics"])
def test_it_is_named_and_no_file(kind: str) -> None:
    message = read(f"From: ann@example.com\nContent-Type: {kind}\n\n{EVENT}".encode())
    assert message.invitations == (WANTED,)
    assert [one.role for one in message.attachments] == [Role.INVITATION]
    assert message.automatic.kind is None
    assert message.text == ""


def test_the_same_in_two_forms_is_one() -> None:
    parts = "".join(f"--b\nContent-Type: {kind}\n\n{EVENT}" for kind in ("text/calendar", "application/ics"))
    message = read(f"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--".encode())
    assert message.invitations == (WANTED,)


def test_line_ends_and_folds_of_any_kind() -> None:
    assert invited(EVENT.replace("\n", "\r\n")) == WANTED


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("DTSTART:20260105T091500Z", "2026-01-05 09:15 UTC"),
        ("DTSTART;VALUE=DATE:20260105", "2026-01-05"),
        ('DTSTART;TZID="W. Europe Standard Time":20260105T0915', "2026-01-05 09:15 W. Europe Standard Time"),
        ("DTSTART:20261345T091500", ""),
        ("DTSTART:soon", ""),
    ],
)
def test_when(written: str, shown: str) -> None:
    assert event(written).start == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ORGANIZER:MAILTO:ann@example.com", "ann@example.com"),
        ("ORGANIZER;CN=Ann:mailto:ann@example.com", "Ann <ann@example.com>"),
    ],
)
def test_by_whom(written: str, shown: str) -> None:
    assert event(written).organiser == shown


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH", ""])
def test_answers_and_mere_calendars_are_no_invitations(method: str) -> None:
    text = EVENT.replace("METHOD:REQUEST", f"METHOD:{method}" if method else "X:1")
    message = read(f"From: ann@example.com\nContent-Type: text/calendar\n\n{text}".encode())
    assert message.invitations == ()
    assert [one.role for one in message.attachments] == [Role.FILE]


def test_one_that_is_called_off_says_so() -> None:
    found = invited(EVENT.replace("METHOD:REQUEST", "METHOD:CANCEL"))
    assert found is not None
    assert found.method == "cancel"


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for given_text in (text, f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{text}", EVENT.replace("Router", text)):
        found = invited(given_text)
        assert found is None or max(map(len, (found.summary, found.start, found.organiser))) < 500


def test_it_takes_linear_time() -> None:
    start = time.process_time()
    for hostile in (
        "A;" * 100_000,
        'A;"' * 80_000,
        "BEGIN:A\n" * 30_000,
        "\n " * 100_000,
        'A;B="' + '";' * 100_000 + "\n" * 90_000,
    ):
        invited(f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{hostile}")
    assert time.process_time() - start < 5
