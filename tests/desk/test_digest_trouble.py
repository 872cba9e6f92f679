"""What the weekly mail says that mailbot could not do: all that was, and nothing that was not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from mailbot.deciding.paging import Page, PageKind
from mailbot.desk.mails import dueweek
from mailbot.desk.mails.paging import queue_page
from mailbot.desk.mails.trouble import trouble
from mailbot.errors import PermanentFailure, TransientFailure
from mailbot.figures.weeks import Week
from mailbot.store import cursors
from tests.desk.weekly import DAY, HOUR, MONDAY, PAT, READ_BY_TWO, SAM, WEEK
from tests.service import test_outage
from tests.service.office import RULES, Office, mail, office
from tests.service.test_outage import REFUSED
from tests.service.test_relays import DANA, JANE, TEAM
from tests.service.test_relays_that_fail import bounce_of

JANES = "jane@acme-dental.example"
READ = RULES + READ_BY_TWO
W46, W47, W48 = (Week.parse(f"2026-W{number}") for number in (46, 47, 48))
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
            "nobody looked after the door for mail by SMTP from Mon, Nov 16, 11:00\xa0AM to Mon, Nov 16, 12:00\xa0PM"
        ]


def test_a_mailbox_or_folder_that_the_rules_name_no_longer_is_missed_by_nobody(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + MAILBOX, at=MONDAY + WEEK) as desk:
        for door in ("old/INBOX", "support/Archive", "lmtp"):
            watched(desk, door, MONDAY - 20 * WEEK, MONDAY - 10 * WEEK)
        for door in ("smtp", "support/INBOX"):
            watched(desk, door, MONDAY - 20 * WEEK, MONDAY + WEEK)
        watched(desk, "support/Orders", MONDAY - 20 * WEEK, MONDAY)
        assert told(desk, W47) == [
            "nobody looked after support/Orders from Mon, Nov 16, 10:00\xa0AM to Mon, Nov 23, 12:00\xa0AM"
        ]


def test_pages_that_did_not_arrive_are_told_and_trials_are_not(tmp_path: Path) -> None:
    pager = '[[agent]]\nid = "dana"\nname = "Dana"\naddresses = ["dana@harborvoice.example"]\n'
    rules = RULES + pager + '[[agent.pager]]\nmail = "1@sms.example"\n[[agent.pager]]\ncommand = ["true"]\n'
    with office(tmp_path, rules=rules, at=MONDAY + 2 * DAY) as desk:
        here = desk.here
        [dana] = here.desk.rules.agent

        def page(conn: Connection) -> None:
            for kind, times in ((PageKind.OUTAGE, 2), (PageKind.TEST, 1)):
                for time in range(times):
                    said = Page(kind, "Acme: down", "spell", desk.now)
                    assert queue_page(conn, here.desk, dana, 2, said, desk.now, key=f"{kind}{time}")

        here.database.writer.write(page)
        desk.let_pass(DAY)
        assert told(desk, W47) == ["2 pages to Dana, by command (2) came too late to be sent"]


def test_a_weekly_mail_that_is_refused_is_told_and_the_next_one_of_the_others_says_so(tmp_path: Path) -> None:
    with office(tmp_path, rules=READ, at=MONDAY) as desk:
        desk.refusing[PAT] = PermanentFailure("550 no such mailbox", 550)
        desk.let_pass(WEEK)
        [notice] = [" ".join(sent.text.split()) for sent in desk.notices]
        assert f"the weekly mail to {PAT} did not arrive: 550 no such mailbox." in notice
        desk.let_pass(WEEK)
        last = [sent.text for sent in desk.sent if sent.recipient == SAM][-1]
        assert f"1 mail to {PAT} could not be delivered" in " ".join(last.split())


def test_a_weekly_mail_that_was_put_off_is_told_with_to_whom_and_how_late(tmp_path: Path) -> None:
    with office(tmp_path, rules=READ.replace('id = "acme"', f'id = "acme"\ndigest = ["{JANES}"]'), at=MONDAY) as desk:
        due_at = MONDAY.replace(hour=13) + WEEK
        desk.let_pass(due_at - MONDAY - timedelta(minutes=1))
        desk.refusing = dict.fromkeys((PAT, JANES), TransientFailure("451 4.2.1 mailbox busy", 451))
        desk.let_pass(5 * HOUR)
        assert told(desk, W48) == []
        desk.refusing = {}
        desk.let_pass(DAY)
        late = [
            f"the weekly mail to {one} left on Mon, Nov 23, 3:03\N{NO-BREAK SPACE}PM, 7 h 04 min late"
            for one in (PAT, JANES)
        ]
        assert told(desk, W48) == late
        assert told(desk, W47) == []
        desk.let_pass(WEEK)
        last = [sent.text for sent in desk.sent if sent.recipient == SAM][-1]
        assert " ".join(late[0].split()) in " ".join(last.split())


def test_a_weekly_mail_that_comes_back_is_told_and_the_next_one_of_the_others_says_so(tmp_path: Path) -> None:
    with office(tmp_path, rules=READ, at=MONDAY) as desk:
        desk.let_pass(WEEK)
        [sent] = [sent for sent in desk.sent if sent.recipient == PAT]
        desk.receive(bounce_of(sent), reverse_path="")
        desk.let_pass(HOUR)
        [notice] = [" ".join(sent.text.split()) for sent in desk.notices]
        assert f"A mail of ours came back the weekly mail to {PAT} did not arrive" in notice
        desk.let_pass(WEEK)
        last = [sent.text for sent in desk.sent if sent.recipient == SAM][-1]
        assert f"1 mail to {PAT} came back" in " ".join(last.split())
        assert desk.one("SELECT count(*) FROM outbox WHERE kind = ?", dueweek.KIND) == 4


def test_what_did_not_reach_one_of_us_stands_there(tmp_path: Path) -> None:
    with office(tmp_path, rules=READ + TEAM, at=MONDAY) as desk:
        desk.refusing[DANA] = PermanentFailure("550 gone", 550)
        desk.receive(mail(JANE, "How do I add an extension?"))
        desk.let_pass(HOUR)
        said = told(desk, W47)
        assert "1 mail to Dana Ortiz could not be delivered" in said
        assert "agent dana, since Mon, Nov 16, 10:00\xa0AM: gets no customers' mail: 550 gone" in said


def test_when_no_mail_could_leave_stands_there_while_it_lasts_and_after(tmp_path: Path) -> None:
    with office(tmp_path, rules=READ, at=MONDAY) as desk:
        desk.refusing = {test_outage.JANE: REFUSED, test_outage.TEAM: REFUSED}
        desk.receive(mail(test_outage.JANE, "How do I add an extension?"))
        test_outage.away(desk, REFUSED, HOUR)
        assert told(desk, W47) == [f"relay, since Mon, Nov 16, 10:00\xa0AM: {REFUSED.diagnostic}"]
        test_outage.back(desk)
        [said] = told(desk, W47)
        assert said.startswith(
            f"no mail could leave from Mon, Nov 16, 10:00\xa0AM to Mon, Nov 16, 11:00\xa0AM ({REFUSED.diagnostic});"
        )
        assert told(desk, W46) == []
