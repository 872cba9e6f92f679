"""The weekly mail: when it goes, to whom, how often, and what it says."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailbot.desk.mails import digest, dueweek
from mailbot.desk.operations import RefusedError
from mailbot.desk.tick import look_ahead, tick
from mailbot.errors import PermanentFailure
from mailbot.health import Board
from mailbot.service.rounds import Rounds
from mailbot.store import cursors
from tests.desk.weekly import DAY, MONDAY, READ_BY_TWO, WEEK, digests
from tests.service.office import RULES, Office, Sent, mail, office, rules_of
from tests.service.test_all_or_nothing import until
from tests.service.test_relays import TEAM

TWO = RULES + READ_BY_TWO


def table(sent: Sent) -> list[dict[str, str]]:
    [file] = list(sent.mail.iter_attachments())
    assert file.get_filename() == "2026-W47.csv"
    return list(csv.DictReader(io.StringIO(str(file.get_content()))))


def test_it_goes_once_a_week_to_each_reader_from_the_first_whole_week_on(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        assert not digests(desk), "of the week before, in which there was no desk, it says nothing"
        desk.receive(mail("Jane <jane@acme-dental.example>", "How do I add an extension?"))
        desk.let_pass(3 * WEEK)
        assert Counter((sent.recipient, str(sent.mail["Subject"])) for sent in digests(desk)) == {
            (reader, f"Week {week}: {verdict}"): 1
            for reader in ("pat@harborvoice.example", "sam@harborvoice.example")
            for week, verdict in (
                (47, "1 ticket, 1 late"),
                (48, "no tickets, 1 older one waits"),
                (49, "no tickets, 1 older one waits"),
            )
        }
        zone = ZoneInfo("America/New_York")
        assert {f"{sent.at.astimezone(zone):%a %H:%M}" for sent in digests(desk)} == {"Mon 08:00"}


def test_it_says_what_needs_the_partner_and_has_the_figures_as_a_table(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        desk.receive(mail("Jane <jane@acme-dental.example>", "All our phones are down!", subject="Phones down"))
        desk.receive(mail("Ann <ann@elsewhere.example>", "What does a line cost?", subject="A price", verdict="none"))
        desk.let_pass(WEEK)
        sent = digests(desk)[0]
        assert sent.reverse_path == ""
        assert sent.mail["Auto-Submitted"] == "auto-generated"
        needs = sent.text.partition("What needs you")[2].partition("The tickets of the week")[0]
        assert "Acme Dental: Phones down" in needs
        assert "ann@elsewhere.example (#1002) is listed with no customer yet" in needs
        assert "Reply: add elsewhere.example to acme" in needs
        assert "%" not in sent.text, "two tickets make no shares"
        html = sent.mail.get_body(("html",))
        assert html is not None
        assert "Acme Dental: Phones down" in str(html.get_content())
        assert table(sent)[0]["tickets"] == "2"


def test_what_it_says_is_found_out_while_mail_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by: list[str] = []
    contents = digest.contents

    def counted(*about: Any, **more: Any) -> digest.Contents:
        found_by.append(current_thread().name)
        return contents(*about, **more)

    monkeypatch.setattr(digest, "contents", counted)
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.receive(mail("Jane <jane@acme-dental.example>", "How do I add an extension?"))
        desk.let_pass(6 * DAY)
        desk.now = MONDAY + WEEK
        stop, wake = Event(), Event()
        rounds = Rounds(desk.here, Board(lambda: desk.now), lambda: (), lambda: desk.now)
        clock = Thread(target=rounds.clock, args=(stop, wake), name="clock")
        clock.start()
        try:
            until(lambda: desk.one("SELECT count(*) FROM outbox WHERE kind = 'digest'") == 2)
        finally:
            stop.set()
            wake.set()
            clock.join()
        desk.deliver()
        assert {str(sent.mail["Subject"]) for sent in digests(desk)} == {"Week 47: 1 ticket, 1 late"}
    assert found_by == ["clock"]


def test_what_was_found_out_ahead_for_other_rules_is_found_out_anew(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.receive(mail("Jane <jane@acme-dental.example>", "How do I add an extension?"))
        desk.let_pass(6 * DAY)
        desk.now = MONDAY + WEEK
        here = desk.here
        with here.database.read() as conn:
            ahead = look_ahead(conn, here.desk, desk.now)
        here.desk = replace(here.desk, rules=rules_of(TWO.replace("Acme Dental", "Acme Teeth")))
        here.database.writer.write(lambda conn: tick(conn, here.desk, desk.now, ahead=ahead))
        desk.deliver()
        assert ["Acme Teeth" in sent.text for sent in digests(desk)] == [True, True]
        with here.database.read() as conn:
            assert look_ahead(conn, here.desk, desk.now) is None


def test_what_the_desk_slept_through_comes_when_it_wakes_and_only_the_last(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
    with office(tmp_path, rules=TWO, at=MONDAY + 3 * WEEK + timedelta(days=2)) as desk:
        desk.let_pass(timedelta(hours=1))
        assert {str(sent.mail["Subject"]) for sent in digests(desk)} == {"Week 49: no tickets"}


def test_whatever_the_clock_does_and_however_often_the_desk_is_started_none_goes_twice(tmp_path: Path) -> None:
    rng, now, went = random.Random(7), MONDAY, Counter[tuple[str, str]]()
    for _ in range(40):
        with office(tmp_path, rules=TWO, at=now) as desk:
            desk.let_pass(timedelta(hours=rng.randrange(1, 120)))
            went.update((sent.recipient, str(sent.mail["Subject"])) for sent in digests(desk))
            now = desk.now + timedelta(hours=rng.choice((0, 0, 5, 40, -30, -200, 400)))
    assert len(went) > 10
    assert set(went.values()) == {1}


def test_after_a_restore_the_one_that_may_have_gone_waits_for_people(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
    with office(tmp_path, rules=TWO, at=MONDAY + WEEK) as desk:
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now)
        desk.let_pass(timedelta(hours=1))
        assert not digests(desk)
        assert desk.rows("SELECT DISTINCT state FROM outbox WHERE kind = ?", dueweek.KIND) == [("held",)]
        desk.let_pass(WEEK)
        assert {str(sent.mail["Subject"]) for sent in digests(desk)} == {"Week 48: no tickets"}


def test_who_is_told_gets_it_where_nobody_is_named_and_nobody_where_nobody_is_told(tmp_path: Path) -> None:
    with office(tmp_path, at=MONDAY) as desk:
        desk.let_pass(WEEK)
        assert [sent.recipient for sent in digests(desk)] == ["team@harborvoice.example"]
    quiet = RULES.replace('[notify]\naddresses = ["team@harborvoice.example"]\n', "")
    (tmp_path / "quiet").mkdir()
    with office(tmp_path / "quiet", rules=quiet, at=MONDAY) as desk:
        desk.let_pass(2 * WEEK)
        assert not desk.sent


def test_one_of_us_may_have_it_sent_at_once_and_as_often_as_wanted_and_nobody_else(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        for _ in range(2):
            desk.do(verb="digest", week="2026-W46", reader="pat@harborvoice.example")
            desk.let_pass(timedelta(seconds=1))
        assert [sent.recipient for sent in digests(desk)] == ["pat@harborvoice.example"] * 2
        with pytest.raises(RefusedError, match="none of yours"):
            desk.do(verb="digest", week="2026-W46", reader="jane@acme-dental.example")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('addresses = ["support@harborvoice.example"]', "comes back to this mailbox"),
        ('addresses = ["jane@acme-dental.example"]', "at a domain of acme"),
        (
            f'addresses = ["bob@harborvoice.example"]\n{TEAM}',
            "Bob Lind's, an agent for bolt only, who would read about all",
        ),
        ('day = "monday"', "digest.day"),
        ('at = "24:00"', "no moment of a day"),
        ('at = "8 am"', "no time of day"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, more: str, said: str) -> None:
    from tests.servers.commands import run  # noqa: PLC0415

    (tmp_path / "rules.toml").write_text(f"{RULES}[digest]\n{more}\n")
    checked = run(tmp_path, "check")
    assert said in checked.out + checked.err


SECTIONS = (
    "What needs you",
    "Also waiting for an answer",
    "The tickets of the week",
    "Tickets a week, and answered in time",
    "By severity, with the average time to a first answer",
    "Who wrote",
    "Late, besides those above",
    "Open for longest, besides those above",
    "The same from several customers",
    "Who is listed with no customer yet",
    "What did not work",
)


def sections(sent: Sent) -> list[str]:
    return [line for line in sent.text.splitlines() if line in SECTIONS]


def watched(desk: Office, at: datetime, door: str = "smtp") -> None:
    tolerance = timedelta(hours=1)
    writer = desk.here.database.writer
    writer.write(lambda conn: cursors.watched(conn, "partner", door, at, tolerance=tolerance))


def test_a_quiet_week_has_no_empty_sections(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO + TEAM, at=MONDAY) as desk:
        desk.let_pass(WEEK)
        [sent, _] = digests(desk)
        assert sections(sent) == []
        assert "may pay off" not in sent.text
        assert "Reply with" not in sent.text, "there is no number to name"


def test_a_busy_week_says_all_that_there_is_to_do_and_what_went_wrong(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO + TEAM, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        desk.refusing["p1@acme-dental.example"] = PermanentFailure("550 no such mailbox", 550)
        for number in range(52):
            tenant = "acme-dental" if number % 2 else "bolt"
            words = "All phones are down!" if number < 2 else f"How do I set up extension {number}?"
            desk.receive(mail(f"P <p{number}@{tenant}.example>", words, subject=f"Question {number}"))
        for name in ("ann", "bea"):
            desk.receive(mail(f"{name} <{name}@{name}.example>", "A price?", subject=name, verdict="none"))
        desk.receive(mail("Mal <mal@evil.example>", "Hello", verdict="fail"))
        for hours in (1, 3, 4):
            watched(desk, desk.now + timedelta(hours=hours))
        desk.here.desk = replace(desk.here.desk, restored_at=desk.now)
        desk.receive(mail("Zoe <zoe@bolt.example>", "Hello?"), received_at=desk.now - timedelta(hours=1))
        desk.here.desk = replace(desk.here.desk, restored_at=None)
        desk.let_pass(WEEK)
        sent = digests(desk)[0]
        text = " ".join(sent.text.split())
        needs = sent.text.partition("What needs you")[2].partition("Also waiting")[0]
        assert str(sent.mail["Subject"]) == "Week 47: 55 tickets, 55 late"
        assert len(re.findall(r"(?m)^(?:\d+\.|-) ", needs)) == 5, "a screen has no more"
        assert len(re.findall(r"(?m)^ +Reply: ", needs)) == 5, "and each can be tapped"
        assert re.search(r"54 more wait longer than promised: 2-8 below and 47 besides", text)
        assert "2-8 assign dana" in needs
        assert "1 mail waits for you to release, to zoe@bolt.example" in text
        assert "1 message is kept apart, from mal@evil.example" in text
        assert "2 senders are listed with no customer yet" in text
        assert "And 40 more: mailbot metrics --week 2026-W47 Open for longest" in text
        assert "1 mail to a customer could not be delivered mailbot outbox list --state failed" in text
        assert re.search(
            r"nobody looked after the door for mail by SMTP from Mon, Nov 16, [\d:]+ [AP]M to Mon, Nov 16", text
        )
        assert "About 55 tickets in four weeks: from some fifty a month on, a helpdesk may pay off." in text
        assert set(SECTIONS) - set(sections(sent)) == {
            "The tickets of the week",
            "Tickets a week, and answered in time",
            "The same from several customers",
        }


ACME = RULES.replace(
    'emergency_number = "+1 212 555 0111"\n', 'language = "de"\ndigest = ["jane@acme-dental.example"]\n'
)


def test_a_customer_who_wants_it_gets_its_own_week_in_its_language_and_no_words_of_anybody(tmp_path: Path) -> None:
    with office(tmp_path, rules=ACME, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        desk.receive(mail("Jane <jane@acme-dental.example>", "canary-text", subject="canary-subject"))
        for number in range(3):
            desk.receive(mail("Bo <bo@bolt.example>", f"canary-bolt {number}", subject=f"canary-bolt {number}"))
        forged = mail("Mal <mal@acme-dental.example>", "canary-text", subject="canary-subject", verdict="fail")
        assert desk.receive(forged).ticket == 1005
        desk.let_pass(2 * WEEK)
        weeks = [sent for sent in desk.sent if str(sent.mail["Subject"]).startswith("Ihre Woche")]
        assert [sent.recipient for sent in weeks] == ["jane@acme-dental.example"] * 2
        lines = weeks[0].text.splitlines()
        assert "Neue Anfragen: 1" in lines
        assert "- 1001, seit Montag, 16. November" in lines
        assert "1005" not in weeks[0].text, "she did not write it"
        assert weeks[0].mail["Auto-Submitted"] == "auto-generated"
        assert b"canary" not in weeks[0].raw
        assert "bolt" not in weeks[0].text.lower()
        assert "Neue Anfragen" not in weeks[1].text
        assert (
            desk.one("SELECT count(*) FROM outbox WHERE kind = 'week' AND recipient <> 'jane@acme-dental.example'") == 0
        )


def test_a_stranger_who_names_a_customer_is_none_of_its_week_until_one_of_us_says_so(tmp_path: Path) -> None:
    with office(tmp_path, rules=ACME, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        for number in range(2):
            text = f"I work for Acme Dental, and my phone {number} is silent."
            stranger = mail("Sol <sol@elsewhere.example>", text, subject=f"Phone {number}")
            assert desk.one("SELECT tenant FROM ticket WHERE id = ?", desk.receive(stranger).ticket) == "acme"
        desk.do(verb="set", ticket=1002, tenant="bolt", confirmed=True)
        desk.do(verb="set", ticket=1002, tenant="acme", confirmed=True)
        desk.let_pass(WEEK)
        [week] = [sent for sent in desk.sent if str(sent.mail["Subject"]).startswith("Ihre Woche")]
        assert ("Neue Anfragen: 1" in week.text, "1002" in week.text, "1001" in week.text) == (True, True, False)


@pytest.mark.parametrize(
    ("ours", "theirs", "days"),
    [
        ("America/New_York", "Pacific/Auckland", "November 16 to November 22"),
        ("Pacific/Auckland", "US/Pacific", "November 23 to November 29"),
    ],
)
def test_a_customer_far_away_reads_the_days_of_our_week(tmp_path: Path, ours: str, theirs: str, days: str) -> None:
    rules = ACME.replace("America/New_York", ours).replace('language = "de"', f'zone = "{theirs}"')
    with office(tmp_path, rules=rules, at=MONDAY) as desk:
        desk.let_pass(2 * WEEK)
        weeks = [sent.text for sent in desk.sent if str(sent.mail["Subject"]).startswith("Your week")]
        assert f"from {days}" in " ".join(weeks[0].split())


def test_the_week_of_a_customer_goes_to_its_own_people_only(tmp_path: Path) -> None:
    from tests.servers.commands import run  # noqa: PLC0415

    (tmp_path / "rules.toml").write_text(ACME.replace("jane@acme-dental.example", "bo@bolt.example"))
    checked = run(tmp_path, "check")
    assert "bo@bolt.example is none of acme's people, and would read about it" in checked.out + checked.err


def test_what_may_be_forged_says_so_wherever_it_stands(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        forged = mail("Bank <bank@acme-dental.example>", "Pay to this account.", subject="New bank", verdict="fail")
        desk.receive(forged)
        desk.receive(mail("Jane <jane@acme-dental.example>", "All our phones are down!", subject="Down"))
        desk.let_pass(WEEK)
        text = " ".join(digests(desk)[0].text.split())
        assert "Acme Dental: New bank (#1001, may be forged, normal, no answer, 6 days late)" in text
        assert "#1001 Acme Dental: may be forged, not answered yet, late" in text
        assert "Acme Dental: Down (#1002, critical," in text


def test_a_subject_of_one_long_word_is_cut_and_not_left_out(tmp_path: Path) -> None:
    with office(tmp_path, rules=TWO, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        desk.receive(mail("Jane <jane@acme-dental.example>", "Which plan?", subject="Rindfleisch" * 20))
        desk.let_pass(WEEK)
        text = " ".join(digests(desk)[0].text.split())
        assert re.search(r"1\. Acme Dental: (?:Rindfleisch){5}Rind…\s?\(#1001, ", text)


def test_with_many_customers_whose_a_sender_is_can_be_written_behind_a_link(tmp_path: Path) -> None:
    more = "".join(f'[[tenant]]\nid = "t{n}"\nname = "T{n}"\ndomains = ["t{n}.example"]\n' for n in range(4))
    with office(tmp_path, rules=TWO + more, at=MONDAY) as desk:
        desk.let_pass(timedelta(hours=1))
        desk.receive(mail("Ann <ann@elsewhere.example>", "A price?", subject="A price", verdict="none"))
        desk.let_pass(WEEK)
        sent = digests(desk)[0]
        assert "Reply: add elsewhere.example to | why ann@elsewhere.example" in " ".join(sent.text.split())
        body = sent.mail.get_body(("html",))
        assert body is not None
        assert "body=add%20elsewhere.example%20to%20" in str(body.get_content())


@pytest.mark.parametrize("address", ["bob@harborvoice.example", "Bob@HarborVoice.example"])
def test_who_is_an_agent_for_some_customers_only_reads_nothing_about_all(tmp_path: Path, address: str) -> None:
    notified = RULES.replace("team@harborvoice.example", f'{address}", "pat@harborvoice.example')
    with office(tmp_path, rules=notified + TEAM, at=MONDAY) as desk:
        desk.let_pass(timedelta(days=8))
        assert {sent.recipient for sent in digests(desk)} == {"pat@harborvoice.example"}
