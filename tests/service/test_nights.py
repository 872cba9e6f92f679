"""An answering service on the rota: it is called first at night, and is one of us in what it was called for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.deciding.agents.commands import COMMANDS, kinds
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.deciding.agents.nights import refusal
from mailbot.desk.mails.duty import Attendance
from tests.servers.commands import run
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office, rules_of
from tests.service.test_asking import say
from tests.service.test_oncall import DOWN, MINUTES, called
from tests.service.test_pages import pages
from tests.service.test_relays import DANA, asked, quoted, relays, reply, to_customer
from tests.service.test_together import bounce

NIGHT = "night@answering.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "night"
name = "Night desk"
addresses = ["{NIGHT}"]
outsourced = true
"""
ROTA = '[oncall]\nrota = ["night", "dana"]\nsince = "2026-11-16"\n'
# The desk opens on Monday at 9:00 in New York.
MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
_REFERS = ("In-Reply-To: <q1@acme-dental.example>",)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + ROTA, at=CLOSED_AT) as opened:
        yield opened


def to(desk: Office, address: str = NIGHT) -> list[Sent]:
    return [sent for sent in desk.sent if sent.recipient == address]


def answered(desk: Office, text: str, *, relay: Sent | None = None, verdict: str = "pass") -> None:
    """Have the service reply to what it was called for."""
    relay = relay or relays(desk, NIGHT)[0]
    desk.receive(reply(relay, text, sender=f"Night desk <{NIGHT}>", verdict=verdict))
    desk.let_pass(timedelta(0))


def brought(desk: Office) -> list[Sent]:
    """Return the customers' messages that it got."""
    return [sent for sent in to(desk) if "A reply to this mail goes to" in sent.text]


def wrote_again(desk: Office, text: str) -> None:
    """Have the customer write once more."""
    jane = "Jane Roe <jane@acme-dental.example>"
    desk.receive(mail(jane, text, fields=_REFERS, message_id=f"r{len(desk.sent)}@acme-dental.example"))
    desk.let_pass(timedelta(0))


def until(desk: Office, at: datetime) -> None:
    desk.let_pass(at - desk.now)


class TestWhoIsCalled:
    def test_the_service_first_and_then_whoevers_turn_it_is(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.let_pass(30 * MINUTES)
        assert called(desk) == ["night 0", "dana 10"]

    def test_in_hours_it_gets_nothing(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + ROTA, at=OPEN_AT) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(timedelta(hours=3))
            assert called(desk)[:1] != []
            assert to(desk) == []

    def test_an_outage_of_the_evening_reaches_it_once_we_are_closed(self, tmp_path: Path) -> None:
        """Everybody of ours got it while we were open, and nobody answered."""
        with office(tmp_path, rules=RULES + TEAM + ROTA, at=datetime(2026, 11, 23, 22, 25, tzinfo=UTC)) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(20 * MINUTES)
            assert [
                (one.at - datetime(2026, 11, 23, 22, 25, tzinfo=UTC)) // MINUTES for one in relays(desk, NIGHT)
            ] == [5]

    def test_where_none_of_ours_follows_all_who_are_there_do(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + ROTA.replace(', "dana"', ""), at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(30 * MINUTES)
            assert called(desk) == ["night 0", "dana 10"]

    def test_whom_the_ticket_is_hears_of_more_as_well(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.let_pass(12 * MINUTES)
        desk.receive(reply(relays(desk, DANA)[0], "#take"))
        wrote_again(desk, DOWN + " Still!")
        assert [len(relays(desk, one)) for one in (NIGHT, DANA)] == [2, 2]

    def test_an_exception_comes_before_it(self, tmp_path: Path) -> None:
        exception = '[[oncall.exception]]\nagent = "dana"\nfirst = "2026-11-20"\nlast = "2026-11-22"\n'
        with office(tmp_path, rules=RULES + TEAM + ROTA + exception, at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(30 * MINUTES)
            assert called(desk) == ["dana 0", "night 10"]

    def test_it_is_paged_as_each_of_us(self, tmp_path: Path) -> None:
        pager = '[[agent.pager]]\ncommand = ["true"]\n'
        with office(tmp_path, rules=RULES + TEAM + pager + ROTA, at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(30 * MINUTES)
            assert pages(desk) == ["night/1 0"]
            assert called(desk) == ["night 0", "dana 10"]

    def test_it_is_called_for_its_own_customers_alone(self, tmp_path: Path) -> None:
        team = TEAM + 'tenants = ["bolt"]\n'
        with office(tmp_path, rules=RULES + team + ROTA, at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(30 * MINUTES)
            assert called(desk) == ["dana 0"]


class TestWhatItGets:
    def test_what_is_not_critical_never_reaches_it(self, desk: Office) -> None:
        asked(desk)
        desk.let_pass(timedelta(days=4))
        assert to(desk) == []

    def test_what_the_customer_writes_in_that_night_and_what_we_answer_does(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.let_pass(MINUTES)
        answered(desk, "We are on it.")
        wrote_again(desk, "Thank you, tell me more.")
        assert ["tell me more" in one.text for one in relays(desk, NIGHT)] == [False, True]

    def test_by_day_it_gets_nothing_more_of_it(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "#take\nWe are on it.")
        until(desk, MORNING + MINUTES)
        before = len(to(desk))
        wrote_again(desk, DOWN)
        desk.let_pass(timedelta(hours=6))
        desk.receive(reply(relays(desk, DANA)[-1], "It works again."))
        desk.let_pass(timedelta(days=3))
        assert to(desk)[before:] == []

    def test_neither_warnings_nor_lists_nor_the_weekly_mail(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.let_pass(timedelta(days=9))
        assert {str(one.mail["Subject"]) for one in to(desk)} == {str(relays(desk, NIGHT)[0].mail["Subject"])}

    def test_of_what_the_customer_had_before_nothing(self, desk: Office) -> None:
        asked(desk, text="How do I park a call? walnut")
        desk.do(verb="set", ticket=1001, severity="low", author="op")
        desk.receive(
            mail("Jane Roe <jane@acme-dental.example>", DOWN, subject="Dead", message_id="d@acme-dental.example")
        )
        desk.let_pass(30 * MINUTES)
        here, ours = relays(desk, NIGHT)[0].text, relays(desk, DANA)[0].text
        assert ("1001" in here, "1001" in ours) == (False, True)

    def test_many_at_once_are_a_list_of_its_night_alone(self, desk: Office) -> None:
        asked(desk, text="How do I park a call? walnut")
        for number in range(14):
            asked(
                desk,
                f"Jane <jane{number}@acme-dental.example>",
                DOWN,
                subject=f"Dead {number}",
                message_id=f"d{number}@acme-dental.example",
            )
        desk.let_pass(20 * MINUTES)
        told = "".join(one.text for one in to(desk))
        assert "Dead 13" in told
        assert "walnut" not in told


class TestWhatItMayDo:
    def test_its_words_go_to_the_customer_as_ours(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "Please restart the router.")
        [sent] = [one for one in to_customer(desk) if "restart the router" in one.text]
        assert str(sent.mail["From"]) == f"Night desk · Harbor Voice <{SUPPORT}>"
        assert NIGHT.encode() not in sent.mail.as_bytes()

    @pytest.mark.parametrize("kind", COMMANDS.values(), ids=lambda kind: kind.word)
    def test_of_each_command_only_what_a_night_needs(self, kind: type[kinds.Command]) -> None:
        ending = {kinds.Note, kinds.Called, kinds.Close, kinds.Help}
        night = {*ending, kinds.Take, Ok, kinds.SetSeverity, kinds.Undo, kinds.Show}
        rules = rules_of(RULES + TEAM + ROTA)
        dana, service = rules.agent
        found = [refusal(kind, service, rules, at) == "" for at in (CLOSED_AT, MORNING + MINUTES)]
        assert found == [kind in night, kind in ending]
        assert refusal(kind, dana, rules, CLOSED_AT) == ""
        in_no_ticket = refusal(kind, service, rules, CLOSED_AT, of_ticket=False)
        assert (in_no_ticket == "") is (kind in night and kind is not kinds.Undo)

    @pytest.mark.parametrize(
        "line",
        [
            "#tenant bolt", "#for raj@bolt.example", "#allow sam@bolt.example", "#spam", "#merge 1001", "#open",
            "#mine", "#why", "#why raj@bolt.example", "#away until mon", "#assign dana", "#playbook register",
            "#wait carrier until 2 dec", "#mute 1d", "#reopen", "#new for raj@bolt.example",
        ],
    )  # fmt: skip
    def test_what_is_not_for_it_stops_the_mail(self, desk: Office, line: str) -> None:
        asked(desk, "Raj <raj@bolt.example>", "We have a question. walnut", message_id="w@bolt.example")
        asked(desk, text=DOWN)
        before = desk.rows("SELECT * FROM ticket ORDER BY id")
        answered(desk, f"{line}\nHello Jane.")
        assert desk.rows("SELECT * FROM ticket ORDER BY id") == before
        assert not any("Hello Jane" in one.text for one in to_customer(desk))
        assert "walnut" not in "".join(one.text for one in to(desk))

    def test_it_raises_and_never_lowers(self, desk: Office) -> None:
        ticket = asked(desk, text=DOWN)
        answered(desk, "#severity low")
        assert desk.one("SELECT severity FROM ticket WHERE id = ?", ticket) == "critical"
        assert "only raises" in to(desk)[-1].text

    def test_what_it_took_and_takes_back_calls_the_next(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "#take")
        desk.let_pass(30 * MINUTES)
        assert called(desk) == ["night 0"]
        answered(desk, "#undo")
        desk.let_pass(MINUTES)
        assert called(desk) == ["night 0", "dana 30"]

    def test_another_ticket_is_not_its(self, desk: Office) -> None:
        """A token is sealed for an agent and a ticket: none that it has names another."""
        other = asked(desk, "Raj <raj@bolt.example>", "We have a question. walnut", message_id="w@bolt.example")
        asked(desk, text=DOWN)
        desk.receive(
            mail(
                f"Night desk <{NIGHT}>", "#close\nDone.", subject=f"[{other}] walnut", message_id="x@answering.example"
            )
        )
        desk.let_pass(timedelta(0))
        assert desk.one("SELECT state FROM ticket WHERE id = ?", other) == "open"
        assert "Nothing of your mail was done" in to(desk)[-1].text

    def test_what_became_another_customers_is_not_its(self, tmp_path: Path) -> None:
        """It may act for one customer; the ticket that it was called for has become another's since."""
        with office(tmp_path, rules=RULES + TEAM + 'tenants = ["acme"]\n' + ROTA, at=CLOSED_AT) as desk:
            asked(desk, text=DOWN)
            desk.do(verb="set", ticket=1001, tenant="bolt", confirmed=True)
            answered(desk, "#close\nPlease restart the router.")
            assert desk.one("SELECT state FROM ticket") == "open"
            assert not any("restart the router" in one.text for one in to_customer(desk))
            assert (
                desk.rows("SELECT kind FROM entry WHERE ticket_id = 1001 AND reply_text LIKE '%restart the router%'")
                == []
            )

    def test_what_goes_on_as_a_ticket_that_is_not_its_is_not_its(self, desk: Office) -> None:
        """It was called for an outage, which one of us has put to a question that it was not called for."""
        other = asked(desk, text="How do I park a call?", subject="Parking", message_id="p@acme-dental.example")
        outage = asked(desk, text=DOWN)
        desk.do(verb="merge", ticket=outage, into=other)
        answered(desk, "#close\nPlease restart the router.")
        assert desk.one("SELECT state FROM ticket WHERE id = ?", other) == "open"
        assert not any("restart the router" in one.text for one in to_customer(desk))

    @pytest.mark.parametrize("line", ["#assign dan", "#tenant acm", "#assign nobody-of-that-name"])
    def test_what_is_mistyped_names_nobody_of_ours(self, desk: Office, line: str) -> None:
        asked(desk, text=DOWN)
        answered(desk, line)
        told = to(desk)[-1].text.partition("Ticket:")[0].casefold()
        assert not any(name in told for name in ("dana", "bolt", "acme"))

    def test_help_names_what_it_may(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "#help")
        assert ("#called" in to(desk)[-1].text, "#merge" in to(desk)[-1].text) == (True, False)


class TestWhenTheNightIsOver:
    def test_what_comes_back_from_a_wait_and_is_its_reaches_us(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "#take")
        desk.do(verb="wait", ticket=1001, author="op", until="2026-11-23", waits_for="carrier")
        until(desk, MORNING)
        assert [one.at for one in relays(desk, DANA) if "A reply to this mail goes to" in one.text] == [MORNING]

    def test_nobody_counts_it_among_those_at_work(self, desk: Office) -> None:
        with desk.here.database.read() as conn:
            assert Attendance.at(conn, desk.here.desk, MORNING).here == {"dana"}

    def test_what_it_was_writing_still_goes(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        until(desk, MORNING + 29 * MINUTES)
        answered(desk, "#close\nIt works again.")
        assert any("It works again" in one.text for one in to_customer(desk))
        assert desk.one("SELECT state FROM ticket") == "closed"

    @pytest.mark.parametrize("line", ["#take", "#show", "#severity critical", "#undo"])
    def test_nothing_begins_then(self, desk: Office, line: str) -> None:
        asked(desk, text=DOWN)
        until(desk, MORNING + MINUTES)
        before = desk.rows("SELECT assignee, severity FROM ticket"), len(brought(desk))
        answered(desk, line)
        assert (desk.rows("SELECT assignee, severity FROM ticket"), len(brought(desk))) == before
        assert "the night is over" in to(desk)[-1].text

    @pytest.mark.parametrize("after", [31 * MINUTES, timedelta(days=2), timedelta(days=2, hours=14)])
    def test_later_it_is_a_note_and_we_are_told(self, desk: Office, after: timedelta) -> None:
        ticket = asked(desk, text=DOWN)
        until(desk, MORNING + after)
        answered(desk, "#close\nIt works again.")
        assert desk.one("SELECT state FROM ticket") == "open"
        assert not any("It works again" in one.text for one in to_customer(desk))
        kept = desk.rows(
            "SELECT kind, author FROM entry WHERE ticket_id = ? AND reply_text LIKE '%works again%'", ticket
        )
        assert kept == [("note", "night")]
        assert "kept for the team" in to(desk)[-1].text
        assert "It works again" in to(desk, DANA)[-1].text
        desk.let_pass(MINUTES)
        assert desk.rows("SELECT text FROM notice WHERE kind = 'night-over'") == [("",)]

    def test_what_it_writes_below_a_notice_is_kept_as_well(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "#severity low")
        notice = to(desk)[-1]
        assert "only raises" in notice.text
        until(desk, MORNING + 31 * MINUTES)
        answered(desk, "It works again.", relay=notice)
        assert "kept for the team" in to(desk)[-1].text
        assert "It works again" in to(desk, DANA)[-1].text

    def test_where_we_have_answered_since_it_is_a_note(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        until(desk, MORNING + MINUTES)
        [relay] = [one for one in relays(desk, DANA) if "A reply to this mail goes to" in one.text]
        desk.receive(reply(relay, "#called I rang her, walnut."))
        desk.let_pass(10 * MINUTES)
        answered(desk, "It works again.")
        assert not any("It works again" in one.text for one in to_customer(desk))
        assert ("kept for the team" in to(desk)[-1].text, "walnut" in to(desk)[-1].text) == (True, False)

    def test_no_other_address_becomes_its_own(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        desk.receive(reply(relays(desk, NIGHT)[0], "We look at it.", sender="Kim <kim@answering.example>"))
        desk.let_pass(timedelta(0))
        assert ("yes: do it" in to(desk)[-1].text, "counts as yours" in to(desk)[-1].text) == (True, False)

    def test_a_yes_of_the_morning_lets_nothing_of_the_night_go(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "It works again.", verdict="")
        question = to(desk)[-1]
        until(desk, MORNING + timedelta(hours=1))
        say(desk, question, "yes", sender=NIGHT)
        assert not any("It works again" in one.text for one in to_customer(desk))

    def test_an_answer_that_comes_back_by_day_is_told_to_us(self, desk: Office) -> None:
        asked(desk, text=DOWN)
        answered(desk, "Please restart the router.")
        until(desk, MORNING + timedelta(hours=1))
        before = len(to(desk))
        [sent] = [one for one in to_customer(desk) if "restart the router" in one.text]
        desk.receive(bounce(sent), reverse_path="")
        desk.let_pass(timedelta(hours=1))
        assert to(desk)[before:] == []
        assert any("did not arrive" in one.text for one in to(desk, "team@harborvoice.example"))


class TestWhoRingsTheService:
    def wrote(self, desk: Office, text: str, *, verdict: str = "pass", subject: str = "A call") -> None:
        desk.receive(
            mail(
                f"Night desk <{NIGHT}>",
                text,
                subject=subject,
                verdict=verdict,
                message_id=f"n{len(desk.sent)}@answering.example",
            )
        )
        desk.let_pass(timedelta(0))

    def test_it_opens_a_ticket_for_a_customer_of_ours(self, desk: Office) -> None:
        self.wrote(desk, "#new for raj@bolt.example\nHello Raj, we look at your phones now.")
        say(desk, to(desk)[-1], "yes", sender=NIGHT)
        got = {one.recipient for one in desk.sent if "we look at your phones" in one.text}
        assert got == {"raj@bolt.example", NIGHT}
        desk.receive(
            mail(
                "Raj <raj@bolt.example>",
                "They ring again, walnut.",
                subject="Re: A call",
                message_id="w@bolt.example",
                fields=(f"In-Reply-To: <{to(desk, 'raj@bolt.example')[-1].message_id}>",),
            )
        )
        desk.let_pass(timedelta(0))
        assert "walnut" in to(desk)[-1].text

    @pytest.mark.parametrize("address", ["sam@elsewhere.example", DANA])
    def test_for_nobody_else(self, desk: Office, address: str) -> None:
        self.wrote(desk, f"#new for {address}\nHello.")
        say(desk, to(desk)[-1], "yes", sender=NIGHT)
        assert desk.rows("SELECT id FROM ticket") == []
        assert to(desk, address)[1:] == []

    def test_and_by_day_for_nobody(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + ROTA, at=OPEN_AT) as desk:
            self.wrote(desk, "#new for raj@bolt.example\nHello Raj.")
            assert desk.rows("SELECT id FROM ticket") == []
            assert "Nothing of your mail was done" in to(desk)[-1].text
            assert "Hello Raj" in to(desk, DANA)[-1].text

    def test_an_outage_that_it_reports_is_a_ticket_at_once(self, desk: Office) -> None:
        self.wrote(desk, "All phones are down at Acme Dental, nobody can call them!")
        assert desk.one("SELECT severity FROM ticket") == "critical"
        assert ["All phones are down" in one.text for one in relays(desk, DANA)] == [True]

    def test_a_mail_of_its_to_a_customer_with_us_in_copy_stops_no_clock(self, desk: Office) -> None:
        ticket = asked(desk, "Raj <raj@bolt.example>", "We have a question.", message_id="w@bolt.example")
        text = "Hello Raj, we look at it." + quoted(Sent(desk.now, "", "", mail("a@b.example", "x")))
        desk.receive(
            mail(
                f"Night desk <{NIGHT}>",
                text,
                subject=f"[{ticket}]",
                fields=(f"Cc: {SUPPORT}",),
                replaces={"To": "raj@bolt.example"},
                message_id="c@answering.example",
            )
        )
        assert desk.one("SELECT first_response_at FROM ticket WHERE id = ?", ticket) is None
        for reader in (DANA, NIGHT):
            said = " ".join(to(desk, reader)[-1].text.split())
            assert "t went to raj@bolt.example past us, and counts as no answer" in said
            assert "got nothing" not in said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (ROTA.replace(', "dana"', ""), "nobody of your own follows Night desk"),
        (ROTA.replace('"night", ', ""), "stands in no rota"),
        (ROTA + f'[digest]\naddresses = ["{NIGHT}"]\n', "would read about all customers"),
    ],
)
def test_check_says_what_cannot_be_meant(tmp_path: Path, rules: str, said: str) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM + rules)
    told = run(tmp_path, "check")
    assert said in told.out + told.err


def test_the_command_shows_who_is_called_first(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + TEAM + ROTA)
    assert "Called first each night: Night desk, an answering service" in run(tmp_path, "oncall").out
    assert "Night desk, an answering service" in " ".join(run(tmp_path, "agents").out.split())
    [row, *_] = run(tmp_path, "oncall", "--json").rows
    assert (row["agent"], row["ahead"], row["outsourced"]) == ("dana", ["night"], False)
