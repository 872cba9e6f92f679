"""What the first tier has taken and not solved reaches the second: who hears, how often, and what a reply does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.rules import Severity
from tests.servers.commands import run
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, Office, Sent, mail, office
from tests.service.test_duetimes import again
from tests.service.test_relays import DANA, asked, relays, reply, to_customer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOB, CLEO, EVE = (f"{name}@harborvoice.example" for name in ("bob", "cleo", "eve"))
DEAD = "I cannot make any calls from my phone, it is dead."
DOWN = "All our phones are down, nobody can call us!"


def listed(name: str, more: str = "") -> str:
    return f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\naddresses = ["{name}@harborvoice.example"]\n{more}\n'


TEAM = listed("dana") + listed("bob") + listed("cleo", "tier = 2")
# No warning falls near the step.
LATE = '[severity.high]\nresponse = "8h"\nresolution = "best effort"\n[severity.critical]\nresponse = "8h"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + LATE + TEAM) as opened:
        yield opened


def taken(desk: Office, text: str = DEAD, **more: str) -> int:
    """Return a ticket that Dana takes as soon as it is there."""
    ticket = asked(desk, text=text, **more)
    desk.do(verb="take", ticket=ticket, agent="dana")
    return ticket


def told(desk: Office, agent: str) -> list[Sent]:
    """Return the lists of what runs out or is escalated that an agent got."""
    return [one for one in desk.sent if one.recipient == agent and one.is_warning]


def words(one: Sent) -> str:
    return " ".join(one.text.split())


def told_at(desk: Office, agent: str) -> list[str]:
    zone = desk.here.desk.rules.partner.zone
    return [f"{one.at.astimezone(zone):%a %H:%M} {one.mail['Subject']}" for one in told(desk, agent)]


class TestTheStep:
    def test_the_second_tier_hears_and_the_holder_hears_that_they_do(self, desk: Office) -> None:
        ticket = taken(desk)
        desk.let_pass(HOUR)
        assert told_at(desk, CLEO) == ["Mon 10:15 1 ticket is escalated to you"]
        assert told_at(desk, DANA) == ["Mon 10:15 1 ticket of yours is escalated"]
        assert told_at(desk, BOB) == []
        assert f"taken by Dana 15 min ago and not solved · [{ticket}]" in words(told(desk, CLEO)[0])
        assert "you took it 15 min ago, so the next tier hears of it" in words(told(desk, DANA)[0])
        assert desk.rows("SELECT assignee, tier FROM ticket") == [("dana", 2)]
        assert "Dana took it on Mon, Nov 23, 10:00\xa0AM, and it is not solved" in desk.one(
            "SELECT group_concat(text) FROM entry WHERE kind = 'change'"
        )

    def test_a_reply_takes_it(self, desk: Office) -> None:
        taken(desk)
        desk.let_pass(20 * MINUTE)
        desk.receive(reply(told(desk, CLEO)[0], "1 take", sender=CLEO))
        assert desk.one("SELECT assignee FROM ticket") == "cleo"
        desk.let_pass(DAY)
        assert [one for one in told_at(desk, CLEO)[1:] if "escalated" in one] == []

    @pytest.mark.parametrize("words", ["#close", "#wait carrier until 2 dec", "It works again.", "#called", "#spam"])
    def test_what_is_done_with_waits_or_is_the_customers_turn_is_told_of_to_nobody(
        self, desk: Office, words: str
    ) -> None:
        taken(desk)
        desk.let_pass(14 * MINUTE)
        desk.receive(reply(relays(desk)[0], words))
        desk.let_pass(2 * HOUR)
        assert told(desk, CLEO) == []

    def test_an_answer_takes_the_ticket_and_the_time_runs_once_she_asks_again(self, desk: Office) -> None:
        asked(desk, text=DEAD)
        desk.let_pass(5 * MINUTE)
        desk.receive(reply(relays(desk)[0], "Please start it anew."))
        desk.let_pass(HOUR)
        again(desk, "It is still dead.")
        desk.let_pass(HOUR)
        assert told_at(desk, CLEO) == ["Mon 11:20 1 ticket is escalated to you"]

    def test_the_rest_of_the_time_runs_once_it_came_back(self, desk: Office) -> None:
        ticket = taken(desk)
        desk.let_pass(5 * MINUTE)
        desk.do(verb="order", ticket=ticket, line="#wait carrier until 25 nov", agent="dana")
        desk.let_pass(3 * DAY)
        assert told_at(desk, CLEO)[0] == "Wed 09:10 1 ticket is escalated to you"

    def test_while_a_vendor_owes_an_answer_the_time_stands(self, tmp_path: Path) -> None:
        vendor = '[[vendor]]\nid = "carrier"\nname = "Carrier"\naddresses = ["noc@carrier.example"]\n'
        with office(tmp_path, rules=RULES + LATE + TEAM + vendor) as desk:
            ticket = taken(desk)
            desk.let_pass(5 * MINUTE)
            desk.do(verb="vendor", ticket=ticket, vendor="carrier", text="Look.", agent="dana", confirmed=True)
            desk.let_pass(HOUR)
            assert told(desk, CLEO) == []
            [case] = [one for one in desk.sent if one.recipient == "noc@carrier.example"]
            fields = (f"In-Reply-To: <{case.message_id}>", f"References: <{case.message_id}>")
            desk.receive(mail("NOC <noc@carrier.example>", "It is you.", subject="Re: it", fields=fields))
            assert desk.one("SELECT vendor_since FROM ticket") is None
            desk.let_pass(HOUR)
            assert told_at(desk, CLEO) == ["Mon 11:15 1 ticket is escalated to you"]

    def test_in_the_evening_the_time_stands(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + LATE + TEAM, at=OPEN_AT + 7 * HOUR + 20 * MINUTE) as desk:
            taken(desk, DOWN)
            desk.let_pass(DAY)
            [told_to_cleo] = [one for one in told_at(desk, CLEO) if "escalated" in one]
            assert told_to_cleo == "Tue 09:05 1 ticket is escalated to you: 1 critical, 1 overdue"

    @pytest.mark.parametrize("text", ["How do I change the hold music?"])
    def test_what_is_normal_is_no_matter_of_tiers(self, desk: Office, text: str) -> None:
        taken(desk, text)
        desk.let_pass(HOUR)
        assert told(desk, CLEO) == []

    def test_given_back_and_taken_anew_it_runs_anew(self, desk: Office) -> None:
        ticket = taken(desk)
        desk.let_pass(20 * MINUTE)
        desk.do(verb="assign", ticket=ticket, to="bob", agent="dana")
        desk.let_pass(HOUR)
        assert len(told(desk, CLEO)) == 1
        desk.do(verb="take", ticket=ticket, agent="cleo")
        desk.do(verb="assign", ticket=ticket, to="bob", agent="cleo")
        desk.let_pass(HOUR)
        assert [one[:9] for one in told_at(desk, CLEO)] == ["Mon 10:15", "Mon 11:35"]

    def test_what_is_opened_again_runs_anew(self, desk: Office) -> None:
        ticket = taken(desk)
        desk.let_pass(20 * MINUTE)
        desk.do(verb="close", ticket=ticket, agent="dana")
        desk.let_pass(HOUR)
        again(desk, "It is dead once more.")
        assert desk.rows("SELECT state, assignee, tier FROM ticket") == [("open", "dana", None)]
        desk.let_pass(HOUR)
        assert [one[:9] for one in told_at(desk, CLEO)] == ["Mon 10:15", "Mon 11:35"]

    def test_a_milder_severity_tells_nobody_a_second_time(self, desk: Office) -> None:
        ticket = taken(desk, DOWN)
        desk.let_pass(20 * MINUTE)
        desk.do(verb="set", ticket=ticket, severity="high", agent="dana")
        desk.let_pass(HOUR)
        assert len(told(desk, CLEO)) == 1

    def test_a_restart_repeats_nothing(self, tmp_path: Path) -> None:
        mails = 0
        for _ in range(2):
            with office(tmp_path, rules=RULES + LATE + TEAM) as desk:
                if not desk.rows("SELECT 1 FROM ticket"):
                    taken(desk)
                desk.let_pass(HOUR)
                assert desk.one("SELECT count(*) FROM due WHERE kind = 'tier' AND done_at IS NOT NULL") == 1
                mails += len(told(desk, CLEO))
        assert mails == 1

    def test_while_we_were_down_it_is_told_once_we_are_back(self, desk: Office) -> None:
        taken(desk)
        desk.now += HOUR
        desk.let_pass(timedelta(0))
        assert told_at(desk, CLEO) == ["Mon 11:00 1 ticket is escalated to you"]
        assert "taken by Dana 1 hr ago" in words(told(desk, CLEO)[0])


class TestWhoHears:
    def test_without_tiers_nothing_is_told(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + LATE + TEAM.replace("tier = 2", "")) as desk:
            taken(desk)
            desk.let_pass(HOUR)
            assert (told(desk, CLEO), told(desk, DANA)) == ([], [])
            assert desk.one("SELECT count(*) FROM due WHERE kind = 'tier'") == 0

    def test_who_is_for_other_customers_does_not(self, tmp_path: Path) -> None:
        team = TEAM + listed("eve", 'tier = 2\ntenants = ["bolt"]')
        with office(tmp_path, rules=RULES + LATE + team) as desk:
            taken(desk)
            desk.let_pass(HOUR)
            assert (len(told(desk, CLEO)), told(desk, EVE)) == (1, [])

    def test_who_is_off_duty_hears_in_the_morning(self, tmp_path: Path) -> None:
        hours = 'tier = 2\nhours.week = { mon = ["13:00-15:00"] }'
        with office(tmp_path, rules=RULES + LATE + listed("dana") + listed("cleo", hours)) as desk:
            taken(desk)
            desk.let_pass(3 * HOUR)
            assert told_at(desk, CLEO) == ["Mon 13:00 1 ticket is escalated to you"]
            assert told_at(desk, DANA) == ["Mon 13:00 1 ticket of yours is escalated"]

    def test_what_is_critical_reaches_them_at_once(self, tmp_path: Path) -> None:
        hours = 'tier = 2\nhours.week = { mon = ["14:00-15:00"] }'
        with office(tmp_path, rules=RULES + LATE + listed("dana") + listed("cleo", hours)) as desk:
            taken(desk, DOWN)
            desk.let_pass(HOUR)
            assert told_at(desk, CLEO) == ["Mon 10:15 1 ticket is escalated to you: 1 critical"]

    def test_who_is_away_does_not_and_the_desk_is_told_where_nobody_is_there(self, desk: Office) -> None:
        desk.do(verb="away", until=(desk.now + DAY).isoformat(), agent="cleo")
        taken(desk)
        desk.let_pass(HOUR)
        assert told(desk, CLEO) == []
        [one] = [one for one in desk.sent if one.for_team and "Dana took it" in one.text]
        assert "was promised a time" not in str(one.mail["Subject"])

    def test_answering_from_the_shared_mailbox_they_are_told_by_a_notice(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + LATE + TEAM + '[team]\nanswer = "mailbox"\n') as desk:
            taken(desk)
            desk.let_pass(HOUR)
            assert [f"{one.at:%H:%M}" for one in desk.sent if one.for_team and "Dana took it" in one.text] == ["15:15"]


class TestTogether:
    def test_with_a_warning_that_follows_soon_there_is_one_line_in_one_mail(self, tmp_path: Path) -> None:
        """High, to be answered within the hour; Dana takes it after 40 minutes."""
        with office(tmp_path, rules=RULES + TEAM) as desk:
            asked(desk, text=DEAD)
            desk.let_pass(41 * MINUTE)
            desk.do(verb="take", ticket=1001, agent="dana")
            desk.let_pass(2 * HOUR)
            half, last = told(desk, CLEO)
            assert f"{half.at:%H:%M} {last.at:%H:%M}" == "15:30 16:00"
            assert str(last.mail["Subject"]) == "1 promised time runs out: 1 overdue"
            assert "High · overdue since just now · taken by Dana 19 min ago and not solved · [1001]" in words(last)
            assert words(last).count("[1001]") == 1
            assert [one[:9] for one in told_at(desk, DANA)] == ["Mon 10:30", "Mon 10:48", "Mon 11:00"]

    def test_who_has_just_been_warned_of_it_gets_no_further_mail(self, tmp_path: Path) -> None:
        """Critical: all hear at 10:07, 10:12 and 10:15 that nobody has answered it; Dana took it at 10:03."""
        with office(tmp_path, rules=RULES + TEAM) as desk:
            asked(desk, text=DOWN)
            desk.let_pass(3 * MINUTE)
            desk.do(verb="take", ticket=1001, agent="dana")
            desk.let_pass(HOUR)
            assert [one[:9] for one in told_at(desk, CLEO)] == ["Mon 10:07", "Mon 10:12", "Mon 10:15"]
            assert [one[:9] for one in told_at(desk, DANA)][-1] == "Mon 10:18"
            assert desk.one("SELECT tier FROM ticket") == 2

    def test_many_are_told_in_few_mails(self, desk: Office) -> None:
        for _ in range(30):
            desk.have_waiting(1, Severity.HIGH, 8 * HOUR, taken_by="dana")
            desk.let_pass(2 * MINUTE)
        desk.let_pass(5 * HOUR)
        assert desk.one("SELECT count(*) FROM due WHERE kind = 'tier' AND done_at IS NOT NULL") == 30
        assert 3 <= len(told(desk, CLEO)) <= 20
        assert 3 <= len(told(desk, DANA)) <= 20

    @pytest.mark.slow
    def test_of_a_backlog_of_five_thousand_nobody_gets_more_than_twenty_mails(self, desk: Office) -> None:
        desk.have_waiting(5_000, Severity.HIGH, 8 * HOUR, taken_by="dana")
        desk.let_pass(5 * HOUR)
        assert desk.one("SELECT count(*) FROM ticket WHERE tier = 2") == 5_000
        for agent in (DANA, CLEO):
            assert 1 <= len(told(desk, agent)) <= 20
        assert "5000 tickets are escalated to you" in str(told(desk, CLEO)[0].mail["Subject"])


class TestByHand:
    def test_escalate_hands_it_over_with_a_note(self, desk: Office) -> None:
        ticket = taken(desk)
        before = len(relays(desk, CLEO))
        desk.receive(reply(relays(desk)[0], "#escalate\nCalls drop after ten minutes, please look at the trace."))
        desk.let_pass(timedelta(0))
        assert desk.rows("SELECT assignee, tier FROM ticket") == [("", 2)]
        assert to_customer(desk) == []
        relay = relays(desk, CLEO)[before]
        assert "A reply to this mail goes to Jane Roe" in relay.text
        assert 'Escalated:  Dana: "Calls drop after ten minutes, please look at the trace."' in relay.text
        desk.receive(reply(relay, "It is the codec.", sender=CLEO))
        assert [one.text.strip() for one in to_customer(desk)] == ["It is the codec."]
        assert desk.one("SELECT assignee FROM ticket WHERE id = ?", ticket) == "cleo"
        desk.let_pass(DAY)
        assert [one for one in told_at(desk, CLEO) if "escalated" in one] == []

    def test_the_note_goes_to_no_customer_where_an_answer_stands_below_it(self, desk: Office) -> None:
        taken(desk)
        desk.receive(reply(relays(desk)[0], "#escalate she is difficult"))
        desk.let_pass(timedelta(0))
        relay = relays(desk, CLEO)[-1]
        between = "".join(
            f"> {line}\n{'Not so.' if line.startswith('Escalated') else ''}\n" for line in relay.text.split("\n")
        )
        desk.receive(reply(relay, between, sender=CLEO))
        desk.let_pass(timedelta(0))
        assert [one for one in to_customer(desk) if "difficult" in one.text] == []

    def test_undo_gives_it_back_as_it_was(self, desk: Office) -> None:
        taken(desk)
        desk.let_pass(5 * MINUTE)
        desk.do(verb="order", ticket=1001, line="#escalate please", agent="dana")
        done = desk.do(verb="undo", agent="dana")
        assert "#1001 is dana's again" in done.lower()
        assert desk.rows("SELECT assignee, tier FROM ticket") == [("dana", None)]
        desk.let_pass(HOUR)
        assert [one[:9] for one in told_at(desk, CLEO)] == ["Mon 10:15"]

    def test_in_a_list_it_stands_behind_the_number(self, desk: Office) -> None:
        taken(desk)
        desk.let_pass(20 * MINUTE)
        desk.receive(reply(told(desk, DANA)[0], "1 escalate the trace shows nothing"))
        desk.let_pass(timedelta(0))
        assert desk.rows("SELECT assignee, tier FROM ticket") == [("", 2)]
        assert 'Escalated:  Dana: "the trace shows nothing"' in relays(desk, CLEO)[-1].text

    def test_lists_say_that_it_waits_for_the_next_tier(self, desk: Office) -> None:
        taken(desk)
        desk.do(verb="order", ticket=1001, line="#escalate", agent="dana")
        desk.receive(reply(relays(desk, BOB)[0], "#open", sender=BOB))
        [one] = [one for one in relays(desk, BOB) if "open ticket" in str(one.mail["Subject"])]
        assert "· escalated · [1001]" in words(one)

    def test_what_was_answered_and_escalated_does_not_close_by_itself(self, desk: Office) -> None:
        asked(desk, text=DEAD)
        desk.receive(reply(relays(desk)[0], "We look at it."))
        desk.do(verb="order", ticket=1001, line="#escalate", agent="dana")
        desk.let_pass(20 * DAY)
        assert desk.one("SELECT state FROM ticket") == "open"
        assert "was to hear from you" in words(told(desk, CLEO)[-1])

    @pytest.mark.parametrize(
        ("rules", "agent", "why"),
        [
            (TEAM.replace("tier = 2", ""), "dana", "all of you are of one tier"),
            (TEAM, "cleo", "there is no tier above 2"),
            (listed("dana") + listed("cleo", 'tier = 2\ntenants = ["bolt"]'), "dana", "nobody of tier 2 gets mail"),
        ],
    )
    def test_it_is_refused_where_nobody_is_above(self, tmp_path: Path, rules: str, agent: str, why: str) -> None:
        with office(tmp_path, rules=RULES + rules) as desk:
            asked(desk)
            with pytest.raises(Exception, match=why):
                desk.do(verb="order", ticket=1001, line="#escalate", agent=agent)

    def test_an_outage_that_is_escalated_at_night_calls_the_second_tier(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM, at=CLOSED_AT) as desk:
            taken(desk, DOWN)
            before = len(relays(desk, CLEO))
            desk.do(verb="order", ticket=1001, line="#escalate", agent="dana")
            desk.let_pass(timedelta(0))
            assert len(relays(desk, CLEO)) == before + 1


class TestChecks:
    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            (listed("cleo", "tier = 2"), "all of you are of tier 2: nothing is ever escalated"),
            (
                TEAM + '[clock]\nescalate_after = "0s"\n',
                "tier 2 hears of a ticket only where somebody writes #escalate",
            ),
            (listed("dana") + '[clock]\nescalate_after = "20m"\n', "nothing is escalated: all of you are of one tier"),
            (listed("dana") + listed("cleo", 'tier = 2\ntenants = ["bolt"]'), "nobody of tier 2 gets the mail of Acme"),
        ],
    )
    def test_check_names_a_tier_that_nothing_reaches(self, tmp_path: Path, rules: str, said: str) -> None:
        (tmp_path / "rules.toml").write_text(RULES + rules)
        done = run(tmp_path, "check")
        assert said in " ".join(f"{done.out} {done.err}".split())

    def test_tiers_that_work_are_not_warned_of(self, tmp_path: Path) -> None:
        (tmp_path / "rules.toml").write_text(RULES + TEAM)
        done = run(tmp_path, "check")
        assert "escalated" not in done.out + done.err
        assert "Cleo (cleo@harborvoice.example): tier 2, all mail" in done.err


def test_commands_say_the_tier(tmp_path: Path) -> None:
    rules = RULES + LATE + TEAM + '[oncall]\nrota = ["dana", "cleo"]\nsince = "2026-11-16"\n'
    with office(tmp_path, rules=rules) as desk:
        taken(desk)
        desk.let_pass(HOUR)
    assert "Dana has it · escalated to tier 2" in run(tmp_path, "show", "1001").out
    assert "Cleo, tier 2" in run(tmp_path, "agents").out
    assert "tier 2" in run(tmp_path, "oncall").out
    assert run(tmp_path, "show", "1001", "--json").rows[0]["tier"] == 2
    assert run(tmp_path, "escalate", "1001", "look", "at", "it", "--as", "dana").code == 0
    assert run(tmp_path, "show", "1001", "--json").rows[0]["assignee"] == ""
    assert "tier 2" in run(tmp_path, "tickets").out
    assert "by replying, 1 of tier 2: your mail server proves who writes" in " ".join(
        run(tmp_path, "status").out.split()
    )
