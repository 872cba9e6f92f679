"""After which tickets a customer is asked, and which mails count as the vote of whom was asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.context import Context
from mailbot.deciding.effects import Decision, Flag, JoinTicket, NoticeKind, Notify, OpenTicket, TicketState
from mailbot.deciding.policy import decide
from mailbot.deciding.satisfaction.surveys import Ended, falling_due, is_chosen
from mailbot.deciding.satisfaction.votes import vote_in
from mailbot.deciding.threads import clues
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.understanding import Understood, classified
from mailbot.reading.model import Attachment, Automatic, AutomaticKind, Mailbox, Message
from mailbot.rules import Severity, Survey
from tests.deciding.desk_cases import (
    COLLEAGUE,
    JANE,
    KEYS,
    OPEN_AT,
    OTHER_TENANT,
    STRANGER,
    SUPPORT,
    arrival,
    mail,
    rules,
    ticket,
    token,
)

DAY = timedelta(days=1)
SURVEYING = rules(survey=Survey())
ENDED = Ended(1001, Severity.NORMAL, "acme", OPEN_AT, answered=True)
OURS = "harborvoice.example"
CLOSED = ticket(state=TicketState.CLOSED, closed_at=OPEN_AT - DAY, answered=True)
HERE = Mailbox("", SUPPORT)
SURVEY = token(purpose=Purpose.SURVEY)


def asked_at(ended: Ended, share: float = 1.0) -> datetime | None:
    return next((due.at for due in falling_due(ended, rules(survey=Survey(share=share)))), None)


class TestAsking:
    def test_it_is_an_hour_after_the_end_and_in_opening_hours(self) -> None:
        assert asked_at(ENDED) == OPEN_AT + timedelta(hours=1)
        late = replace(ENDED, closed_at=OPEN_AT + timedelta(hours=7))
        assert asked_at(late) == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        "ended",
        [
            replace(ENDED, answered=False),
            replace(ENDED, surveyed=True),
            replace(ENDED, merged=True),
            *(replace(ENDED, flags=frozenset({flag})) for flag in (Flag.SPAM, Flag.MACHINE, Flag.HISTORY)),
        ],
    )
    def test_not_of_what_ended_otherwise(self, ended: Ended) -> None:
        assert asked_at(ended) is None

    def test_without_the_table_nobody_is_asked(self) -> None:
        assert falling_due(ENDED, rules()) == ()

    @pytest.mark.parametrize(
        ("share", "chosen"), [(0.0, 0), (0.1, 100), (0.25, 250), (0.3, 300), (0.9, 900), (1.0, 1000)]
    )
    def test_a_share_is_as_many_of_the_numbers_evenly(self, share: float, chosen: int) -> None:
        numbers = [number for number in range(1001, 2001) if is_chosen(number, share)]
        assert len(numbers) == chosen
        apart = {after - before for before, after in pairwise(numbers)}
        assert len(apart) <= 2
        assert asked_at(replace(ENDED, ticket=1004), 0.25) is not None
        assert asked_at(replace(ENDED, ticket=1005), 0.25) is None


def reply(text: str, sender: str = JANE, verdict: str = "pass", **fields: Any) -> Message:
    """Return a reply to the survey as programs send it: to its address, with its id."""
    fields.setdefault("to", (Mailbox("", f"support+{SURVEY}@{OURS}"),))
    fields.setdefault("in_reply_to", f"{SURVEY}.v@{OURS}")
    fields.setdefault("subject", "Re: [1001] How satisfied are you with how we solved this?")
    return mail(sender, text, verdict, **fields)


def decided(message: Message, *, at: datetime = OPEN_AT, **facts: Any) -> Decision:
    came, known = arrival(at), Context(tickets=(replace(CLOSED, **facts),))
    found = classified(message, SURVEYING, SURVEYING.tenant[0])
    understood = Understood("f", message, found, clues(message, came.envelope, SURVEYING))
    return decide(understood, came, known, SURVEYING, KEYS, at)


def vote_of(decision: Decision) -> int | None:
    return decision.place.vote if isinstance(decision.place, JoinTicket) else None


def notices(decision: Decision) -> list[tuple[NoticeKind, bool]]:
    return [(one.kind, one.urgent) for one in decision.consequences if isinstance(one, Notify)]


class TestVoting:
    @pytest.mark.parametrize(
        "carrier",
        [
            {},
            {"to": (HERE,)},
            {"in_reply_to": None},
            {"in_reply_to": f"{SURVEY.upper()}.v@{OURS}", "to": (HERE,)},
        ],
    )
    def test_any_carrier_of_its_token_will_do(self, carrier: dict[str, Any]) -> None:
        decision = decided(reply("4", **carrier))
        assert decision.place == JoinTicket(1001, asks=False, vote=4)
        assert decision.consequences == ()

    def test_so_does_the_line_that_a_link_wrote_where_no_address_has_a_token(self) -> None:
        text = f"4\n\n-- \nRef: {SURVEY}"
        message = replace(reply("4", to=(HERE,), in_reply_to=None), text=text)
        assert vote_of(decided(message)) == 4

    def test_it_counts_from_whom_nothing_proves_for_the_token_was_theirs_alone(self) -> None:
        assert vote_of(decided(reply("4", verdict="none"))) == 4

    def test_after_the_time_to_reopen_it_counts_and_reopens_nothing(self) -> None:
        assert decided(reply("4"), at=OPEN_AT + 30 * DAY).place == JoinTicket(1001, asks=False, vote=4)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("5", []),
            ("3", []),
            ("4\nYou were quick.", [(NoticeKind.VOTED, False)]),
            ("5\nplease thank Dana for me", [(NoticeKind.VOTED, False)]),
            ("5\nWe would like to thank Dana", [(NoticeKind.VOTED, False)]),
            ("5\nmerci de votre aide", [(NoticeKind.VOTED, False)]),
            ("5\n\nPat Lee\nOffice Manager\nAcme Dental\n+1 212 555 0177", []),
            ("2", [(NoticeKind.DISSATISFIED, True)]),
            ("1 - it took weeks", [(NoticeKind.DISSATISFIED, True)]),
        ],
    )
    def test_what_is_told(self, text: str, told: list[tuple[NoticeKind, bool]]) -> None:
        decision = decided(reply(text))
        assert (vote_of(decision), notices(decision)) == (int(text[0]), told)

    def test_a_second_does_not_count_and_is_told(self) -> None:
        decision = decided(reply("1"), vote=4)
        assert decision.place == JoinTicket(1001, asks=False)
        assert notices(decision) == [(NoticeKind.VOTED, False)]

    @pytest.mark.parametrize(
        "text",
        [
            "1\nAll is dead again",
            "2 - it does not work",
            "4\nCan you call me?",
            "5\nBut now extension 204 rings on my desk.",
            "1\nplease cancel our contract",
            "2 unhappy, cancel my account",
            "4\nWe need two more extensions by Friday",
            "3\nk\u00f6nnt ihr mich mal anrufen",
            "2\nk\u00fcndige hiermit",
            "4\nMerci de me rappeler",
            "3\nPouvez-vous ajouter un poste",
            "4\npueden llamarme",
            "2\nla l\u00ednea sigue cort\u00e1ndose",
        ],
    )
    def test_with_trouble_it_counts_and_the_ticket_is_open_again(self, text: str) -> None:
        decision = decided(reply(text))
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.vote, decision.place.reopen, decision.place.asks) == (int(text[0]), True, True)

    @pytest.mark.parametrize(
        ("text", "vote", "asks"),
        [
            ("4 Dana was kind", 4, False),
            ("Dana was kind", 4, False),
            ("Everything fine now.\n4", 4, False),
            ("Thanks Dana4", 4, False),
            ("4\n4", 4, False),
            ("2", 2, False),
            ("The fax is still dead", 4, True),
            ("4. Now the fax is dead", None, True),
            ("5 phones are broken", None, True),
            ("4 or 5", None, True),
            ("10", None, True),
        ],
    )
    def test_a_link_begins_a_mail_in_which_words_may_be_written(
        self, text: str, vote: int | None, *, asks: bool
    ) -> None:
        subject = "Re: [1001] How satisfied are you with how we solved this? 4"
        decision = decided(reply(text, subject=subject, in_reply_to=None))
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.vote, decision.place.asks) == (vote, asks)

    def test_what_a_later_mail_with_the_subject_of_a_link_says_is_a_reply(self) -> None:
        subject = "Re: [1001] How satisfied are you with how we solved this? 4"
        decision = decided(reply("It came back today", subject=subject, in_reply_to=None), vote=4)
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.reopen, decision.place.asks) == (True, True)

    @pytest.mark.parametrize(
        "text",
        [
            "Very satisfied",
            "Great service, thank you!",
            "Sehr zufrieden, danke",
            "Muy bien, gracias",
            "Muito bom\n\nJane",
        ],
    )
    def test_praise_without_a_digit_is_no_vote_and_opens_nothing(self, text: str) -> None:
        decision = decided(reply(text))
        assert decision.place == JoinTicket(1001, asks=False)
        assert notices(decision) == [(NoticeKind.VOTED, False)]

    @pytest.mark.parametrize(
        "text", ["Very bad", "Not satisfied", "not very good", "Great, but the fax is dead", "Good?"]
    )
    def test_what_is_no_praise_is_a_reply(self, text: str) -> None:
        decision = decided(reply(text))
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.vote, decision.place.reopen) == (None, True)

    def test_so_it_is_with_a_file(self) -> None:
        message = replace(reply("5"), attachments=(Attachment("bill.pdf", "application/pdf", 9, "ab"),))
        decision = decided(message)
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.vote, decision.place.reopen) == (5, True)

    @pytest.mark.parametrize(
        "text",
        ["5 phones are broken", "5 bad phones", "4 very slow lines", "5 - the lobby is dead", "10", "What is this?"],
    )
    def test_what_is_no_vote_is_a_reply_that_reopens(self, text: str) -> None:
        decision = decided(reply(text))
        assert isinstance(decision.place, JoinTicket)
        assert (decision.place.vote, decision.place.reopen, decision.place.asks) == (None, True, True)

    @pytest.mark.parametrize(
        "message",
        [
            reply("5", sender=COLLEAGUE),
            reply("5", sender=STRANGER),
            reply("5", sender=OTHER_TENANT),
            reply("5", verdict="fail"),
            reply("5", automatic=Automatic(AutomaticKind.AUTO_REPLY)),
            reply("5", to=(Mailbox("", f"support+{token()}@{OURS}"),), in_reply_to=f"{token()}.5s0@{OURS}"),
            reply("5", to=(HERE,), in_reply_to=f"{token()}.5s0@{OURS}", references=(f"{SURVEY}.v@{OURS}",)),
            reply("5", to=(Mailbox("", f"support+{token()}@{OURS}"),)),
            reply("5", to=(Mailbox("", f"support+{SURVEY[:-2]}aa@{OURS}"),), in_reply_to=None),
        ],
        ids=["colleague", "stranger", "tenant", "forged", "machine", "answer", "later", "two tokens", "altered"],
    )
    def test_anything_else_counts_nothing(self, message: Message) -> None:
        assert vote_of(decided(message)) is None

    @pytest.mark.parametrize("kind", [AutomaticKind.AUTO_GENERATED, AutomaticKind.AUTO_REPLY, AutomaticKind.BULK])
    def test_no_machine_votes(self, kind: AutomaticKind) -> None:
        assert vote_of(decided(reply("5", automatic=Automatic(kind)))) is None

    def test_of_a_ticket_that_goes_on_as_another_it_counts_there(self) -> None:
        home = ticket(1002, state=TicketState.CLOSED, closed_at=OPEN_AT - DAY, answered=True)
        message = reply("4")
        came = arrival(OPEN_AT)
        known = Context(tickets=(replace(CLOSED, merged_into=1002), home))
        found = classified(message, SURVEYING, SURVEYING.tenant[0])
        understood = Understood("f", message, found, clues(message, came.envelope, SURVEYING))
        decision = decide(understood, came, known, SURVEYING, KEYS, OPEN_AT)
        assert decision.place == JoinTicket(1002, asks=False, vote=4)

    def test_what_is_another_matter_than_trouble_after_the_time_to_reopen_is_a_new_ticket(self) -> None:
        decision = decided(reply("5 phones are broken"), at=OPEN_AT + 30 * DAY)
        assert isinstance(decision.place, OpenTicket)
        assert decision.place.linked_to == 1001


@given(st.text(max_size=200))
def test_whatever_is_written_is_a_vote_of_one_to_five_or_none(text: str) -> None:
    for written in (text, f"5{text}", f"{text}\n4"):
        vote = vote_in(Message(reply_text=written))
        assert vote is None or 1 <= vote.mark <= 5


@pytest.mark.parametrize(
    "run", ["*", '" ', "(", "hi, ", "my rating is :", "5 ", "very ", "2 ", "+1 ", "still ", "\u20e3"]
)
def test_long_runs_are_read_in_a_moment(run: str) -> None:
    """A quadratic pattern takes seconds for as many characters as one line may have."""
    begun = perf_counter()
    for text in (run * 1_900, f"5{run * 1_900}", f"5\n{run * 10_000}"):
        vote_in(Message(reply_text=text[:20_000]))
    assert perf_counter() - begun < 0.5
