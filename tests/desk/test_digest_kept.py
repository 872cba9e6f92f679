"""The weekly mail names each mail that waits at the server with what is typed there, and no reply lets any of it go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from tests.desk.weekly import (
    HOUR,
    OF_THE_WEEK,
    PAT,
    WEEK,
    Worked,
    digest_of,
    going_on,
    played,
    replied,
    state,
    told,
)
from tests.servers.commands import run
from tests.service.office import Office, Sent, mail, office
from tests.service.test_relays import DANA, asked, relays, reply

TITLE = "Mail that waits at the server"
FORGED = "A transfer that has to be made today, before the bank closes at four o'clock"
BOB = "bob@harborvoice.example"
RULES_OF_ALL = OF_THE_WEEK.replace('tenants = ["bolt"]', "")


def hold_up(desk: Office) -> None:
    """Let a week pass in which an answer crossed another, one was held and a forged mail was kept apart."""
    desk.let_pass(HOUR)
    cross(desk)
    hold(desk)
    forge(desk)
    desk.let_pass(WEEK)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return played(tmp_path_factory.mktemp("worked"), hold_up, RULES_OF_ALL)


@pytest.fixture
def desk(tmp_path: Path, worked: Worked) -> Iterator[Office]:
    with going_on(tmp_path, worked) as opened:
        yield opened


def cross(desk: Office) -> None:
    """Let Bob answer a customer, and Dana a minute later: her answer waits."""
    asked(desk, subject="The music that callers hear")
    desk.receive(reply(relays(desk, BOB)[-1], "Please press 7.", sender=f"Bob <{BOB}>"))
    desk.now += timedelta(minutes=1)
    desk.receive(reply(relays(desk, DANA)[0], "Just play her the old music."))


def hold(desk: Office) -> None:
    """Let an answer be held, as those after a restore are."""
    desk.here.desk = replace(desk.here.desk, restored_at=desk.now)
    received_at = desk.now - timedelta(hours=1)
    desk.receive(mail("Zoe <zoe@bolt.example>", "Hello?", subject="A long wait"), received_at=received_at)
    desk.here.desk = replace(desk.here.desk, restored_at=None)


def forge(desk: Office, number: int = 0) -> None:
    sender = f"mal{number}@evil.example"
    desk.receive(
        mail(f"Mal <{sender}>", "Please pay.", subject=FORGED, verdict="fail", message_id=f"f{number}@x.example")
    )


def section(digest: Sent) -> list[str]:
    lines = digest.text.splitlines()
    below = lines[lines.index(TITLE) + 1 :]
    return below[: below.index("")]


class TestWhatItShows:
    def test_each_with_its_lines_unbroken_and_a_command_that_shows_it(self, desk: Office) -> None:
        shown = section(digest_of(desk))
        assert shown[0::4][:3] == [
            "- to zoe@bolt.example, about #1002",
            "- of Dana Ortiz, about #1001",
            "- from mal0@evil.example",
        ]
        assert shown[1].startswith("  [1002] ")
        assert shown[5:7] == [
            "  The music that callers hear",
            "  Dana Ortiz's \"send\" lets it go; beside Bob Lind's answer",
        ]
        assert shown[9].startswith("  A transfer that has to be made today")
        assert shown[10] == "  From failed authentication"
        assert shown[12:] == ["A reply to this mail lets none of it go."]
        assert max(map(len, shown)) <= 72, "nothing of it is broken over lines"
        for command in shown[3:12:4]:
            program, *words = command.split()
            done = run(desk.log.parents[1], *words)
            assert (program, done.code) == ("mailbot", 0), command

    def test_the_html_says_the_same(self, desk: Office) -> None:
        body = digest_of(desk).mail.get_body(("html",))
        assert body is not None
        page = str(body.get_content())
        assert TITLE in page
        assert "mailbot quarantine show" in page
        assert "Dana Ortiz&#39;s" in page

    def test_of_many_the_first_and_how_many_more(self, desk: Office) -> None:
        for number in range(1, 10):
            forge(desk, number)
        desk.let_pass(WEEK)
        shown = section(digest_of(desk, place=1))
        assert sum(line.startswith("- ") for line in shown) == 7
        assert shown[0].startswith("- to zoe@bolt.example"), "what customers wait for comes first"
        assert "And 5 more: mailbot outbox list, mailbot quarantine list" in shown

    def test_a_subject_of_one_long_word_is_cut_and_not_left_out(self, desk: Office) -> None:
        desk.receive(mail("Mal <mal@evil.example>", "Hi", subject="x" * 200, verdict="fail", message_id="f9@x.example"))
        desk.let_pass(WEEK)
        [subject] = [line for line in section(digest_of(desk, place=1)) if "xxx" in line]
        assert 60 < len(subject) <= 72

    def test_a_week_with_none_has_no_such_section(self, desk: Office) -> None:
        for number in (3, 5):
            desk.do(verb="drop-message", message=number)
        desk.do(verb="drop", mails=[], all=True)
        desk.let_pass(WEEK)
        assert TITLE not in digest_of(desk, place=1).text

    def test_what_a_sender_wrote_is_no_line_of_ours(self, desk: Office) -> None:
        subject = "=?utf-8?q?Hello=0AA_reply=0A--_mailbot_outbox_release_--all?="
        desk.receive(mail("Mal <mal@evil.example>", "Hi", subject=subject, verdict="fail", message_id="f@x.example"))
        desk.let_pass(WEEK)
        shown = section(digest_of(desk, place=1))
        assert len(shown) == 4 * 4 + 1
        assert [at for at, line in enumerate(shown) if line.strip().startswith("mailbot")] == [3, 7, 11, 15]


def test_what_is_said_of_forged_mail_makes_it_a_flagged_ticket_that_nobody_is_answered_for(
    worked: Worked, tmp_path: Path
) -> None:
    copytree(worked.folder / "data", tmp_path / "data")
    (tmp_path / "rules.toml").write_text(RULES_OF_ALL)
    for words in ("senders accept evil.example acme", "quarantine retry 5"):
        done = run(tmp_path, *words.split())
        assert done.code == 0, done.err
    with office(tmp_path, rules=RULES_OF_ALL, at=worked.now) as desk:
        desk.processor.step()
        desk.deliver()
        [[tenant, flags]] = desk.rows("SELECT tenant, flags FROM ticket WHERE requester = 'mal0@evil.example'")
        assert (tenant, "authentication-failed" in flags) == ("acme", True)
        assert desk.rows("SELECT 1 FROM outbox WHERE recipient = 'mal0@evil.example'") == []


class TestAReply:
    def test_lets_nothing_go_and_says_where_that_is_done(self, desk: Office) -> None:
        digest, before, waiting = digest_of(desk), state(desk), self.waiting(desk)
        assert waiting
        for words in ("release 1", "1 release", "release", "release 2 3", "drop 1", "1 drop", "1 close\nrelease 4"):
            desk.receive(replied(digest, words))
            said = " ".join(told(desk).text.split())
            assert "mail that waits is let go at the server" in said, words
            assert "reopen" not in said, "no word is offered that was not meant"
            assert (state(desk), self.waiting(desk)) == (before, waiting), words
            assert told(desk).recipient == PAT

    @staticmethod
    def waiting(desk: Office) -> list[tuple[object, ...]]:
        kept = desk.rows("SELECT id FROM arrival WHERE state = 'quarantined'")
        return [*kept, *desk.rows("SELECT id FROM outbox WHERE state = 'held'")]
