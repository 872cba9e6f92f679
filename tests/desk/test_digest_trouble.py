"""What the weekly mail says that mailbot could not do: all that was, and nothing that was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from mailbot.desk.mails.trouble import trouble
from mailbot.figures.weeks import Week
from mailbot.store import cursors
from tests.service.office import RULES, Office, office

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
W46, W47 = Week.parse("2026-W46"), Week.parse("2026-W47")
MAILBOX = """[[mailbox]]
id = "support"
host = "imap.harborvoice.example"
folders = ["INBOX", "Orders"]
sign_in = { user = "support@harborvoice.example" }
"""


def watched(desk: Office, door: str, since: datetime, until: datetime) -> None:
    def note(conn: Connection) -> None:
        cursors.watched(conn, "partner", door, since, tolerance=timedelta())
        cursors.watched(conn, "partner", door, until, tolerance=until - since)

    desk.here.database.writer.write(note)


def told(desk: Office, week: Week) -> list[str]:
    with desk.here.database.read() as conn:
        return [need.text for need in trouble(conn, "partner", desk.here.desk.rules, week, desk.now)]


def test_before_a_door_was_first_opened_nobody_had_to_look_after_it(tmp_path: Path) -> None:
    with office(tmp_path, at=MONDAY + WEEK) as desk:
        watched(desk, "smtp", MONDAY - 3 * DAY, MONDAY + HOUR)
        watched(desk, "smtp", MONDAY + 2 * HOUR, MONDAY + WEEK)
        assert told(desk, W46) == []
        assert told(desk, W47) == [
            "nobody looked after the door for mail by SMTP from Mon 16 Nov 11:00 to Mon 16 Nov 12:00"
        ]


def test_a_mailbox_or_folder_that_the_rules_name_no_longer_is_missed_by_nobody(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + MAILBOX, at=MONDAY + WEEK) as desk:
        for door in ("old/INBOX", "support/Archive", "lmtp"):
            watched(desk, door, MONDAY - 20 * WEEK, MONDAY - 10 * WEEK)
        for door in ("smtp", "support/INBOX"):
            watched(desk, door, MONDAY - 20 * WEEK, MONDAY + WEEK)
        watched(desk, "support/Orders", MONDAY - 20 * WEEK, MONDAY)
        assert told(desk, W47) == ["nobody looked after support/Orders from Mon 16 Nov 10:00 to Mon 23 Nov 00:00"]
