"""What waits for a word of one of us is named on the server: its ticket, its writer, since when, what lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from mailbot.service import monitoring
from mailbot.service.seeing import look_at
from tests.servers.commands import run
from tests.service.office import RULES, SUPPORT, Office, mail, office
from tests.service.test_relays import DANA, asked, relays, reply
from tests.service.test_together import BOB, TEAM, written

COLUMNS = {"COLUMNS": "80"}
SECOND = "Just play her the old music."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        asked(opened, subject="The music that callers hear")
        yield opened


def printed(desk: Office, *words: str) -> str:
    """Return what a command prints at 80 columns: nothing is wider but for a command to be typed."""
    done = run(desk.log.parents[1], *words, environment=COLUMNS)
    assert not [line for line in done.out.splitlines() if cell_len(line) > 80 and "mailbot -C" not in line]
    return done.out


def crossed(desk: Office) -> None:
    """Let Bob answer, and Dana three minutes later."""
    desk.receive(reply(relays(desk, BOB)[-1], "Please press 7.", sender=f"Bob <{BOB}>"))
    desk.now += timedelta(minutes=3)
    desk.receive(reply(relays(desk, DANA)[0], SECOND))


def listed(desk: Office) -> dict[str, str]:
    """Return the last row of what waits for a word by its columns."""
    lines = printed(desk, "quarantine", "list").splitlines()
    names, row = [line for line in lines if line.startswith("ID")][-1], lines[-1]
    begins = [at for at, letter in enumerate(names) if letter != " " and (at == 0 or names[at - 1] == " ")]
    spans = zip(begins, [*begins[1:], 80], strict=True)
    return {names[begin:end].strip(): row[begin:end].strip() for begin, end in spans}


def as_objects(desk: Office) -> list[dict[str, object]]:
    return run(desk.log.parents[1], "quarantine", "list", "--json").rows


class TestASecondAnswer:
    def test_the_list_names_its_ticket_its_writer_since_when_and_its_word(self, desk: Office) -> None:
        crossed(desk)
        row = listed(desk)
        subject = row.pop("SUBJECT").rstrip("…")
        assert row.pop("SINCE").endswith("10:03")
        assert row == {"ID": "3", "TICKET": "#1001", "NEEDS": "send", "FROM": "Dana Ortiz", "BESIDE": "Bob Lind"}
        assert "The music that callers hear".startswith(subject)
        assert len(subject) > len("The music")

    def test_show_has_the_answer_beside_which_it_waits_and_who_was_asked(self, desk: Office) -> None:
        crossed(desk)
        shown = " ".join(printed(desk, "quarantine", "show", "3").split())
        assert "#1001 The music that callers hear" in shown
        assert "beside this, by which Bob Lind answered on Mon 23 Nov 10:00: │ Please press 7." in shown
        assert shown.index(SECOND) < shown.index("Please press 7.")
        assert f'Dana Ortiz ({DANA}) was asked Mon 23 Nov 10:03: "send" in answer lets it go' in shown

    @pytest.mark.parametrize("way", ["phone", "mailbox"])
    def test_show_says_how_the_other_answered(self, desk: Office, way: str) -> None:
        if way == "phone":
            desk.receive(reply(relays(desk, BOB)[-1], "#called she presses 7", sender=f"Bob <{BOB}>"))
        else:
            desk.receive(written(f"Harbor Voice <{SUPPORT}>", "Press 7.", verdict=""), sent=True)
        desk.receive(reply(relays(desk, DANA)[0], SECOND))
        shown = " ".join(printed(desk, "quarantine", "show", "3").split())
        assert ("Bob Lind called the customer" if way == "phone" else "the shared mailbox answered") in shown

    def test_status_names_it_and_what_is_served_to_the_machine_has_no_word_of_it(self, desk: Office) -> None:
        crossed(desk)
        shown = " ".join(printed(desk, "status").split())
        assert "1 kept apart, 1 of them until an agent says so" in shown
        assert "· #1001 The music that callers hear: by Dana Ortiz since" in shown
        assert "10:03, beside Bob Lind's answer; Dana Ortiz's \"send\" lets it go" in shown
        part = next(one for one in run(desk.log.parents[1], "status", "--json").rows if one["part"] == "quarantine")
        assert part["light"] == "green"
        assert [one.partition(":")[0] for one in part["waits"]] == ["#1001 The music that callers hear"]
        _, _, served = monitoring._health(look_at(desk.log.parents[1], desk.now))
        assert b"until an agent says so" in served
        assert b"music" not in served

    def test_programs_get_it_in_an_object(self, desk: Office) -> None:
        crossed(desk)
        [one] = as_objects(desk)
        waits = one["waits"]
        assert isinstance(waits, dict)
        assert {name: waits[name] for name in ("ticket", "subject", "writer", "since", "needs", "asked")} == {
            "ticket": 1001,
            "subject": "The music that callers hear",
            "writer": DANA,
            "since": "2026-11-23T15:03:00Z",
            "needs": "send",
            "asked": DANA,
        }
        assert waits["beside"]["agent"] == "bob"


class TestOtherMailThatWaits:
    def test_what_could_not_be_read_needs_send(self, desk: Office) -> None:
        desk.receive(reply(relays(desk, DANA)[0], f"#clse\n{SECOND}"))
        row = listed(desk)
        assert (row["TICKET"], row["NEEDS"], "BESIDE" in row) == ("#1001", "send", False)
        assert '"send" in answer lets it go' in " ".join(printed(desk, "quarantine", "show", "2").split())

    def test_what_is_not_proven_needs_a_yes(self, desk: Office) -> None:
        desk.receive(reply(relays(desk, DANA)[0], SECOND, verdict=""))
        row = listed(desk)
        assert (row["TICKET"], row["NEEDS"]) == ("#1001", "yes")

    def test_what_names_no_ticket_has_its_own_subject_and_its_address_where_that_is_nobodys(self, desk: Office) -> None:
        raw = reply(relays(desk, DANA)[0], SECOND, sender="Dana <dana@private.example>")
        desk.receive(raw)
        assert listed(desk)["FROM"] == "dana@private.example"
        desk.receive(mail(f"Dana <{DANA}>", "What is that?", subject="A strange call"))
        row = listed(desk)
        assert (row["TICKET"], row["SUBJECT"]) == ("", "A strange call")

    def test_what_nobody_was_asked_about_yet_says_so(self, desk: Office) -> None:
        for number in range(31):
            desk.receive(
                mail(f"Dana <{DANA}>", f"What is that? {number}", subject=f"Call {number}", message_id=f"{number}@x.y")
            )
        waits = [one["waits"] for one in as_objects(desk)]
        last = waits[-1]
        assert isinstance(last, dict)
        assert (last["asked"], last["asked_at"]) == ("dana", None)
        shown = " ".join(printed(desk, "quarantine", "show", str(last["arrival"])).split())
        assert "Dana Ortiz is still to be asked about it" in shown
        told = " ".join(printed(desk, "status").split())
        assert "· and 28 more" in told

    def test_forged_mail_has_its_subject_and_waits_for_nobodys_word(self, desk: Office) -> None:
        subject = "A transfer that has to be made before noon"
        desk.receive(mail("director@bank.example", "Please pay.", verdict="fail", subject=subject))
        out = printed(desk, "quarantine", "list")
        assert "A transfer that" in out
        assert "for a word" not in out
        [one] = as_objects(desk)
        assert (one["subject"], one["waits"]) == (subject, None)
        assert "· " not in next(part for part in printed(desk, "status").split("green") if "quarantine" in part)
