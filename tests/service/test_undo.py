"""What an agent did can be taken back for a day, and nothing that somebody else did since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.desk.refusing import RefusedError
from mailbot.store import absences, casebook
from mailbot.store.projection import rebuild_projection
from tests.service.office import RULES, Office, mail, office
from tests.service.test_orders import BOB, RAJ, TEAM, column, told, words, write
from tests.service.test_relays import DANA, JANE, asked, relays, reply, to_customer

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def news(desk: Office, agent: str = DANA) -> str:
    """Return the last thing that an agent was told of what he did."""
    return words(told(desk, "What was done", agent)[-1])


class TestUndo:
    def test_all_that_a_mail_did_is_taken_back_at_once_and_it_is_told_what(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity high\n#assign bob\n#close")
        write(desk, "#undo")
        assert column(desk, "severity || state || assignee", ticket) == "normalopen"
        assert f"taken back: #{ticket} is open again, normal again, nobody's again" in news(desk)

    def test_a_second_one_goes_one_further_back(self, desk: Office) -> None:
        ticket = asked(desk)
        for text in ("#severity high", "#close", "#undo", "#undo"):
            write(desk, text)
        assert column(desk, "severity || state", ticket) == "normalopen"
        write(desk, "#undo")
        assert f"nothing that you did to #{ticket} within a day" in words(told(desk, "Not done")[-1])

    def test_a_reopened_ticket_is_no_spam_until_that_is_taken_back(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#spam")
        write(desk, "#reopen")
        assert column(desk, "state || flags", ticket) == "open[]"
        with desk.here.database.read() as conn:
            assert [case.ticket for case in casebook.cases(conn, desk.here.desk.partner, desk.now)] == [ticket]
        write(desk, "#undo")
        assert column(desk, "state || flags", ticket) == 'closed["spam"]'
        assert "spam again" in news(desk)

    def test_after_a_day_it_stays(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#close")
        desk.now += DAY
        write(desk, "#undo")
        assert column(desk, "state", ticket) == "closed"

    def test_what_somebody_else_changed_since_stays_and_he_is_named(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity low")
        write(desk, "#close")
        write(desk, "#reopen", agent=BOB)
        write(desk, "#undo")
        assert column(desk, "state || severity", ticket) == "openlow"
        assert f"Bob Lind has changed #{ticket} since" in news(desk)
        write(desk, "#undo")
        assert column(desk, "severity", ticket) == "normal"

    def test_an_operators_account_is_named_to_nobody(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity high")
        desk.do(verb="set", ticket=ticket, severity="low", author="jdoe")
        write(desk, "#undo")
        assert f"somebody at the server has changed #{ticket} since" in news(desk)

    def test_a_customers_mail_that_opened_it_again_is_no_mistake_of_the_agents(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#close")
        desk.receive(
            mail(
                JANE,
                "One more thing: how loud?",
                subject="Re: A question",
                message_id="q2@acme.example",
                fields=("In-Reply-To: <q1@acme-dental.example>",),
            )
        )
        assert column(desk, "state", ticket) == "open"
        write(desk, "#undo")
        assert "jane@acme-dental.example has changed" in news(desk)

    def test_what_has_left_is_not_taken_back_and_it_says_so(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#severity high")
        write(desk, "It works again.")
        write(desk, "#undo")
        assert f"your answer to #{ticket} has left" in news(desk)
        assert column(desk, "severity", ticket) == "high"
        write(desk, "#undo")
        assert column(desk, "severity", ticket) == "normal"

    def test_words_that_left_with_commands_stay_while_these_are_taken_back(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#close\nIt works again.")
        write(desk, "#undo")
        assert "have left and stay" in news(desk)
        assert (column(desk, "state", ticket), len(to_customer(desk))) == ("open", 1)

    def test_a_call_that_was_none_counts_no_longer(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#called she knows")
        assert column(desk, "first_response_at", ticket) is not None
        write(desk, "#undo")
        assert (column(desk, "first_response_at", ticket), column(desk, "assignee", ticket)) == (None, "")

    def test_a_colleague_who_answered_since_did_answer(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#called she knows")
        desk.now += timedelta(hours=1)
        write(desk, "It works again.", agent=BOB)
        write(desk, "#undo")
        at = desk.one("SELECT at FROM entry WHERE kind = 'agent' AND author = 'bob'")
        assert column(desk, "first_response_at", ticket) == at

    def test_nobody_takes_back_what_another_did(self, desk: Office) -> None:
        ticket = asked(desk)
        write(desk, "#close")
        write(desk, "#undo", agent=BOB)
        assert column(desk, "state", ticket) == "closed"
        assert "nothing that you did" in words(told(desk, "Not done", BOB)[-1])

    def test_in_a_reply_about_a_ticket_nothing_of_another_is_taken_back(self, desk: Office) -> None:
        first = asked(desk)
        of_first = [one for one in relays(desk, DANA) if "A reply to this mail goes to" in one.text][-1]
        second = asked(desk, RAJ, message_id="q7@bolt.example")
        write(desk, "#severity high")
        assert column(desk, "severity", second) == "high"
        desk.receive(reply(of_first, "#undo"))
        assert column(desk, "severity", second) == "high"
        [refused] = told(desk, "Not done")
        assert f"[{first}]" in str(refused.mail["Subject"])
        assert f"what you did last was to #{second}" in words(refused)

    def test_in_a_reply_about_a_ticket_what_was_done_to_it_is_taken_back(self, desk: Office) -> None:
        first = asked(desk)
        of_first = [one for one in relays(desk, DANA) if "A reply to this mail goes to" in one.text][-1]
        write(desk, "#severity low")
        second = asked(desk, RAJ, message_id="q7@bolt.example")
        write(desk, "#severity high")
        desk.receive(reply(of_first, "#undo"))
        assert (column(desk, "severity", first), column(desk, "severity", second)) == ("normal", "high")
        assert f"[{first}] What was done" in str(told(desk, "What was done")[-1].mail["Subject"])

    def test_on_the_command_line_it_is_for_whoever_types(self, desk: Office) -> None:
        ticket = asked(desk)
        desk.do(verb="close", ticket=ticket, author="root")
        assert "open again" in desk.do(verb="undo", author="root")
        with pytest.raises(RefusedError, match="nothing"):
            desk.do(verb="undo", author="root")


ACTS: tuple[dict[str, Any], ...] = (
    {"verb": "close"},
    {"verb": "reopen"},
    {"verb": "take"},
    {"verb": "called", "text": "she knows"},
    {"verb": "assign", "to": "bob"},
    {"verb": "set", "severity": "high"},
    {"verb": "set", "severity": "low", "tenant": "bolt"},
    {"verb": "set", "tenant": "acme"},
    {"verb": "set", "playbook": "port_in"},
    {"verb": "set", "spam": "yes"},
    {"verb": "order", "line": "#wait carrier in 9 days"},
    {"verb": "order", "line": "#wait delivery in 3 weeks"},
    {"verb": "merge"},
    {"verb": "allow", "address": "sam@acme-dental.example"},
    {"verb": "mute", "hours": 3},
    {"verb": "mute", "hours": 5},
    {"verb": "away", "hours": 7},
    {"verb": "away", "hours": 9},
)


@pytest.fixture(scope="module")
def two_tickets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Office]]:
    """What gives a desk with tickets of two customers; shown on failure, the desk itself would be long."""
    with office(tmp_path_factory.mktemp("desk"), rules=RULES + TEAM) as opened:
        asked(opened)
        asked(opened, RAJ, message_id="q2@bolt.example")
        yield lambda: opened


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(ACTS)), min_size=1, max_size=8))
def test_any_acts_and_as_many_undos_leave_all_as_it_was(
    two_tickets: Callable[[], Office], done: list[tuple[int, dict[str, Any]]]
) -> None:
    """What changed nothing is no act."""
    two = two_tickets()
    two.now += 2 * DAY
    first = min(ticket for (ticket,) in two.rows("SELECT id FROM ticket"))
    states = [_state(two)]
    for offset, act in done:
        two.now += timedelta(minutes=1)
        until = (two.now + timedelta(hours=act.get("hours", 0))).isoformat()
        into = first + 1 - offset
        with suppress(RefusedError):
            two.do(**act, ticket=first + offset, into=into, until=until, agent="dana", confirmed=True)
        if _state(two) != states[-1] or act["verb"] == "called":
            states.append(_state(two))
    while len(states) > 1:
        states.pop()
        assert "taken back" in two.do(verb="undo", agent="dana")
        assert _state(two) == states[-1]
    with pytest.raises(RefusedError):
        two.do(verb="undo", agent="dana")
    two.here.database.writer.write(rebuild_projection)
    assert _state(two) == states[-1], "the log says the same"


def _state(desk: Office) -> tuple[object, ...]:
    """Return the tickets' rows without what counts their entries, and who gets no mail until when."""
    with desk.here.database.read() as conn:
        spans = [(one.ticket, one.until) for one in absences.present(conn, desk.here.desk.partner, desk.now)]
    let_in = desk.rows("SELECT ticket_id, address FROM participant ORDER BY 1, 2")
    columns = "tenant, state, severity, playbook, closed_at, response_due_at, resolution_due_at, first_response_at"
    others = "flags, waiting_since, assignee, waits_for, waits_until, merged_into"
    return (desk.rows(f"SELECT id, {columns}, {others} FROM ticket ORDER BY id"), sorted(spans, key=str), let_in)  # noqa: S608 - of the tests' own
