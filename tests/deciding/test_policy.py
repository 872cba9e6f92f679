"""Who joins a ticket, who is answered, who is told: the tables of the threat model, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.context import Arrival, Context, KnownId, PastAnswer, SentMail, Source
from mailbot.deciding.effects import (
    Answer,
    AnswerKind,
    Decision,
    Duplicate,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    MarkBounced,
    NoticeKind,
    Notify,
    OpenTicket,
    Quarantine,
    Rise,
    TicketState,
)
from mailbot.deciding.policy import decide
from mailbot.deciding.threads import clues
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.understanding import Understood, classified
from mailbot.reading.model import (
    Automatic,
    AutomaticKind,
    Bounce,
    BounceAction,
    Envelope,
    Mailbox,
    Message,
    Spam,
)
from mailbot.rules import Notify as Notifying
from mailbot.rules import PhraseRule, Rules, Severity
from tests.deciding.desk_cases import (
    CLOSED_AT,
    COLLEAGUE,
    JANE,
    KEYS,
    OPEN_AT,
    OTHER_TENANT,
    STRANGER,
    SUPPORT,
    answers,
    arrival,
    mail,
    rules,
    ticket,
    token,
)

OURS = "harborvoice.example"


def decided(
    message: Message,
    context: Context | None = None,
    *,
    at: datetime = OPEN_AT,
    come: Arrival | None = None,
    desk: Rules | None = None,
) -> Decision:
    """Return the decision on a message that came just now."""
    laid_down = desk or rules()
    arrived = come or arrival(at)
    about = classified(message, laid_down, None)
    understood = Understood("", message, about, clues(message, arrived.envelope, laid_down))
    return decide(understood, arrived, context or Context(), laid_down, KEYS, at)


def answer(decision: Decision) -> Answer | None:
    """Return the one answer, None for none."""
    found = [effect for effect in decision.consequences if isinstance(effect, Answer)]
    assert len(found) <= 1
    return found[0] if found else None


def notices(decision: Decision) -> list[NoticeKind]:
    """Return what our people are told."""
    return [effect.kind for effect in decision.consequences if isinstance(effect, Notify)]


def reply(sender: str = JANE, number: int = 1001, owner: str = JANE, **fields: Any) -> Message:
    """Return a reply that carries the reply token of that ticket's owner in its address and references."""
    carried = token(number, owner)
    return mail(
        sender,
        fields.pop("text", "One more thing."),
        to=(Mailbox("", f"support+{carried}@{OURS}"),),
        in_reply_to=f"{carried}.7a@{OURS}",
        message_id="second@acme-dental.example",
        **fields,
    )


class TestJoining:
    """Section 4.4 of the threat model."""

    def test_a_valid_token_from_its_owner_joins(self) -> None:
        place = decided(reply(), Context(tickets=(ticket(),))).place
        assert place == JoinTicket(1001)

    def test_it_joins_by_the_message_id_alone_where_addresses_carry_no_token(self) -> None:
        message = replace(reply(), to=(Mailbox("", SUPPORT),))
        assert decided(message, Context(tickets=(ticket(),))).place == JoinTicket(1001)

    def test_without_a_verdict_it_joins_unverified(self) -> None:
        place = decided(reply(verdict="none"), Context(tickets=(ticket(),))).place
        assert place == JoinTicket(1001, flags=(Flag.UNVERIFIED,))

    @pytest.mark.parametrize(
        ("sender", "verdict", "flags"),
        [(JANE, "pass", ()), (JANE, "none", (Flag.UNVERIFIED,)), (STRANGER, "pass", ())],
    )
    def test_an_id_exchanged_with_this_address_joins(self, sender: str, verdict: str, flags: tuple[Flag, ...]) -> None:
        known = Context(known_ids=(KnownId("x@y.example", 1001, sender, outgoing=False),), tickets=(ticket(),))
        message = mail(sender, verdict=verdict, references=("x@y.example",))
        assert decided(message, known).place == JoinTicket(1001, flags=flags)

    def test_an_id_of_an_unknown_sender_without_a_verdict_only_links(self) -> None:
        known = Context(known_ids=(KnownId("x@y.example", 1001, STRANGER, outgoing=False),), tickets=(ticket(),))
        place = decided(mail(STRANGER, verdict="none", references=("x@y.example",)), known).place
        assert isinstance(place, OpenTicket)
        assert place.linked_to == 1001

    def test_a_colleague_is_attached_as_proposed_and_gets_nothing(self) -> None:
        known = Context(known_ids=(KnownId(f"{token()}.7a@{OURS}", 1001, JANE, outgoing=True),), tickets=(ticket(),))
        decision = decided(reply(COLLEAGUE), known, at=CLOSED_AT)
        assert decision.place == JoinTicket(1001, flags=(Flag.PROPOSED_PARTICIPANT,))
        assert answer(decision) is None
        assert notices(decision) == [NoticeKind.PARTICIPANT]

    @pytest.mark.parametrize(
        ("sender", "verdict"),
        # H23, H24: with everything that a forwarded or stolen mail shows
        [(STRANGER, "pass"), (OTHER_TENANT, "pass"), (OTHER_TENANT, "none"), (COLLEAGUE, "none")],
    )
    def test_anybody_else_with_the_same_token_opens_a_linked_ticket(self, sender: str, verdict: str) -> None:
        known = Context(known_ids=(KnownId(f"{token()}.7a@{OURS}", 1001, JANE, outgoing=True),), tickets=(ticket(),))
        place = decided(reply(sender, verdict=verdict), known).place
        assert isinstance(place, OpenTicket)
        assert place.linked_to == 1001

    @pytest.mark.parametrize(
        ("subject", "text"),
        # as our own subjects say it, as people write it, and in the text
        [("Re: [1001] We have your message", "x"), ("about #1001", "x"), ("phones", "It is about #1001 again.")],
    )
    def test_a_ticket_s_number_only_links(self, subject: str, text: str) -> None:
        place = decided(mail(JANE, text, subject=subject), Context(tickets=(ticket(),))).place
        assert isinstance(place, OpenTicket)
        assert place.linked_to == 1001

    @pytest.mark.parametrize(
        "wrong",
        [token(purpose=Purpose.NOTICE), token(days=-1), token()[:-2] + "aa", "a" * 39],
        ids=["another purpose", "expired", "altered", "made up"],
    )
    def test_a_wrong_token_proves_nothing(self, wrong: str) -> None:
        message = mail(JANE, to=(Mailbox("", f"support+{wrong}@{OURS}"),))
        assert isinstance(decided(message, Context(tickets=(ticket(),))).place, OpenTicket)

    def test_a_token_at_a_foreign_domain_is_none(self) -> None:
        message = mail(JANE, to=(Mailbox("", f"support+{token()}@evil.example"),))
        assert isinstance(decided(message, Context(tickets=(ticket(),))).place, OpenTicket)

    def test_two_tokens_that_disagree_prove_nothing(self) -> None:
        message = replace(reply(), in_reply_to=f"{token(1002)}.7a@{OURS}")
        both = Context(tickets=(ticket(), ticket(1002)))
        assert isinstance(decided(message, both).place, OpenTicket)

    @pytest.mark.parametrize(("days", "reopens"), [(6.9, True), (7.1, False)])
    def test_a_closed_ticket_reopens_for_seven_days(self, days: float, *, reopens: bool) -> None:
        closed = ticket(state=TicketState.CLOSED, closed_at=OPEN_AT - timedelta(days=days))
        decision = decided(reply(), Context(tickets=(closed,)))
        if reopens:
            assert decision.place == JoinTicket(1001, reopen=True)
            assert NoticeKind.REOPENED in notices(decision)
        else:
            assert isinstance(decision.place, OpenTicket)
            assert decision.place.linked_to == 1001

    def test_a_failed_verdict_never_joins(self) -> None:
        """Forwarders break DMARC: a listed tenant's mail is kept, flagged and told, but not answered."""
        decision = decided(reply(verdict="fail"), Context(tickets=(ticket(),)), at=CLOSED_AT)
        assert isinstance(decision.place, OpenTicket)
        assert Flag.AUTHENTICATION_FAILED in decision.place.flags
        assert decision.place.linked_to == 1001
        assert answer(decision) is None
        assert notices(decision) == [NoticeKind.NEW_TICKET]

    def test_a_failed_verdict_of_nobody_known_is_quarantined(self) -> None:
        decision = decided(mail(STRANGER, "All phones down!", verdict="fail"))
        assert decision.place == Quarantine("authentication-failed")
        assert [effect.urgent for effect in decision.consequences if isinstance(effect, Notify)] == [True]

    def test_an_unclear_sender_joins_nothing_and_is_shown_as_such(self) -> None:
        decision = decided(replace(reply(), sender=None), Context(tickets=(ticket(),)), at=CLOSED_AT)
        assert isinstance(decision.place, OpenTicket)
        assert Flag.UNCLEAR_SENDER in decision.place.flags
        assert answer(decision) is None


class TestAutomaticMail:
    """What machines send changes nothing and is never answered."""

    @pytest.mark.parametrize("kind", [kind for kind in AutomaticKind if kind is not AutomaticKind.BOUNCE])
    def test_no_kind_is_answered(self, kind: AutomaticKind) -> None:
        for at in (OPEN_AT, CLOSED_AT):
            decision = decided(mail(JANE, "All phones are down", automatic=Automatic(kind)), at=at)
            assert answer(decision) is None

    @pytest.mark.parametrize(
        "kind",
        [
            AutomaticKind.AUTO_REPLY,
            AutomaticKind.LIST,
            AutomaticKind.BULK,
            AutomaticKind.REPORT,
            AutomaticKind.CALENDAR,
        ],
    )
    def test_it_is_filed_without_a_ticket(self, kind: AutomaticKind) -> None:
        assert decided(mail(automatic=Automatic(kind))).place == FileEvent(EventKind.AUTOMATIC)

    def test_our_own_mail_coming_back_is_filed(self) -> None:
        assert decided(mail(SUPPORT, automatic=Automatic(AutomaticKind.OWN))).place == FileEvent(EventKind.OWN)

    def test_an_out_of_office_is_attached_without_reopening_or_raising(self) -> None:
        closed = ticket(state=TicketState.CLOSED, closed_at=OPEN_AT - timedelta(hours=1))
        message = reply(text="All phones down? I am away.", automatic=Automatic(AutomaticKind.AUTO_REPLY))
        decision = decided(message, Context(tickets=(closed,)))
        assert decision.place == JoinTicket(1001, EntryKind.AUTOMATIC)
        assert decision.consequences == ()

    def test_one_that_nothing_proves_is_marked_so(self) -> None:
        message = reply(text="I am away.", verdict="none", automatic=Automatic(AutomaticKind.AUTO_REPLY))
        place = decided(message, Context(tickets=(ticket(),))).place
        assert place == JoinTicket(1001, EntryKind.AUTOMATIC, flags=(Flag.UNVERIFIED,))

    def test_a_system_opens_a_ticket_that_people_are_told_of(self) -> None:
        decision = decided(mail(JANE, automatic=Automatic(AutomaticKind.AUTO_GENERATED)))
        assert isinstance(decision.place, OpenTicket)
        assert Flag.MACHINE in decision.place.flags
        assert notices(decision) == [NoticeKind.NEW_TICKET]

    def test_over_a_hundred_servers_is_a_loop(self) -> None:
        assert decided(mail(received=(None,) * 101)).place == Quarantine("mail-loop")

    def test_over_fifty_servers_draws_no_answer(self) -> None:
        assert answer(decided(mail(received=(None,) * 51))) is None
        assert answer(decided(mail(received=(None,) * 50))) is not None


class TestBounces:
    """A bounce belongs to the mail whose id it returns."""

    FAILED = Bounce((JANE,), BounceAction.FAILED, "5.1.1", "sent@x.example")

    def test_it_is_tied_to_our_mail(self) -> None:
        message = mail("mailer-daemon@x.example", automatic=Automatic(AutomaticKind.BOUNCE), bounce=self.FAILED)
        decision = decided(message, Context(bounced_mail=SentMail(5, 1001, JANE, "sent@x.example")))
        assert decision.place == JoinTicket(1001, EntryKind.BOUNCE)
        assert MarkBounced(5, "failed", "5.1.1", "") in decision.consequences
        assert notices(decision) == [NoticeKind.BOUNCED]

    def test_a_notice_that_comes_back_is_noted_and_told_to_nobody(self) -> None:
        """Else the next notice would go to the same dead address, and come back, for ever."""
        message = mail("mailer-daemon@x.example", automatic=Automatic(AutomaticKind.BOUNCE), bounce=self.FAILED)
        ours = SentMail(5, 1001, "dead@harborvoice.example", "sent@x.example", for_team=True)
        decision = decided(message, Context(bounced_mail=ours))
        assert decision.place == FileEvent(EventKind.BOUNCE)
        assert decision.consequences == (MarkBounced(5, "failed", "5.1.1", ""),)

    @pytest.mark.parametrize(("kind", "urgent"), [(AnswerKind.EMERGENCY, True), (AnswerKind.ACKNOWLEDGEMENT, False)])
    def test_an_emergency_answer_that_comes_back_is_urgent(self, kind: AnswerKind, *, urgent: bool) -> None:
        message = mail("mailer-daemon@x.example", automatic=Automatic(AutomaticKind.BOUNCE), bounce=self.FAILED)
        decision = decided(message, Context(bounced_mail=SentMail(5, 1001, JANE, "sent@x.example", kind=kind)))
        assert [told.urgent for told in decision.consequences if isinstance(told, Notify)] == [urgent]

    def test_a_made_up_one_changes_nothing(self) -> None:
        message = mail("mailer-daemon@x.example", automatic=Automatic(AutomaticKind.BOUNCE), bounce=self.FAILED)
        decision = decided(message)
        assert decision.place == FileEvent(EventKind.BOUNCE)
        assert decision.consequences == ()

    def test_a_delay_is_noted_but_nobody_is_called(self) -> None:
        delayed = replace(self.FAILED, action=BounceAction.DELAYED)
        message = mail("mailer-daemon@x.example", automatic=Automatic(AutomaticKind.BOUNCE), bounce=delayed)
        decision = decided(message, Context(bounced_mail=SentMail(5, 1001, JANE, "sent@x.example")))
        assert notices(decision) == []


class TestAnswers:
    """Section 4.5 of the threat model."""

    def test_in_hours_a_new_ticket_is_acknowledged_with_the_promised_instant(self) -> None:
        got = answer(decided(mail()))
        assert got is not None
        assert (got.kind, got.recipient, got.period) == (AnswerKind.ACKNOWLEDGEMENT, JANE, "")
        assert got.promised_at == OPEN_AT + timedelta(hours=4)

    def test_a_time_that_was_past_before_it_was_read_is_not_promised(self) -> None:
        """As of an outage that came while the desk was down for an hour."""
        came_at = OPEN_AT - timedelta(minutes=30)
        got = answer(decided(mail(text="All our phones are down."), come=arrival(came_at)))
        assert got is not None
        assert (got.severity, got.promised_at) == (Severity.CRITICAL, None)

    def test_in_hours_a_reply_draws_nothing(self) -> None:
        assert answer(decided(reply(), Context(tickets=(ticket(),)))) is None

    def test_after_hours_it_names_the_next_opening_and_the_tenants_number(self) -> None:
        got = answer(decided(mail(), at=CLOSED_AT))
        assert got is not None
        assert got.kind is AnswerKind.AFTER_HOURS
        assert got.opens_at == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
        assert got.emergency_number == "+1 212 555 0111"
        assert got.promised_at == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

    def test_a_sender_of_no_tenant_gets_the_partners_number(self) -> None:
        got = answer(decided(mail(STRANGER), at=CLOSED_AT))
        assert got is not None
        assert got.emergency_number == "+1 212 555 0100"

    def test_critical_after_hours_draws_the_emergency_answer(self) -> None:
        got = answer(decided(mail(text="All phones are down"), at=CLOSED_AT))
        assert got is not None
        assert got.kind is AnswerKind.EMERGENCY
        assert got.expires_at == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

    @pytest.mark.parametrize("at", [OPEN_AT, CLOSED_AT])
    def test_replying_down_raises_to_critical_and_draws_the_number(self, at: datetime) -> None:
        decision = decided(reply(text="DOWN"), Context(tickets=(ticket(),)), at=at)
        [rise] = [effect for effect in decision.consequences if isinstance(effect, Rise)]
        assert (rise.severity, rise.response_due_at) == (Severity.CRITICAL, at + timedelta(minutes=15))
        got = answer(decision)
        assert got is not None
        assert got.kind is AnswerKind.EMERGENCY
        assert notices(decision) == [NoticeKind.RISE]

    def test_words_that_say_nothing_of_it_do_not_raise_what_one_of_us_called_low(self) -> None:
        known = Context(tickets=(ticket(severity=Severity.LOW),))
        decision = decided(reply(text="The file is attached."), known)
        assert not [effect for effect in decision.consequences if isinstance(effect, Rise)]
        assert not [reason for reason in decision.reasons if reason.code == "severity.rise"]
        targets = rules().severity
        usual = PhraseRule(id="usual", state=("wrong name",))
        severity = {**targets, Severity.NORMAL: targets[Severity.NORMAL].model_copy(update={"rule": (usual,)})}
        said = decided(reply(text="It shows a wrong name."), known, desk=rules(severity=severity))
        assert [effect.severity for effect in said.consequences if isinstance(effect, Rise)] == [Severity.NORMAL]

    def test_severity_never_falls(self) -> None:
        known = Context(tickets=(ticket(severity=Severity.CRITICAL),))
        assert not [e for e in decided(reply(text="Thanks"), known).consequences if isinstance(e, Rise)]

    def test_an_unlisted_sender_cannot_raise_tickets_all_day(self) -> None:
        stranger = ticket(tenant=None, requester=STRANGER)
        message = reply(STRANGER, owner=STRANGER, text="DOWN")
        few = Context(tickets=(stranger,), rises_last_day=2)
        many = Context(tickets=(stranger,), rises_last_day=3)
        assert [e for e in decided(message, few).consequences if isinstance(e, Rise)]
        assert not [e for e in decided(message, many).consequences if isinstance(e, Rise)]

    @pytest.mark.parametrize(
        ("message", "come"),
        [
            # nothing proves From, and nobody knows the sender
            (mail(STRANGER, verdict="none"), {}),
            # the provider's spam verdict, from a listed tenant
            (mail(spam=Spam(is_spam=True, by="X-Spam-Flag")), {}),
            # found in the junk folder
            (mail(), {"junk": True}),
            # null reverse-path: RFC 3834 section 2 forbids an answer
            (mail(), {"envelope": Envelope("")}),
            (mail(reverse_path=""), {}),
            # imported, or taken in silently
            (mail(), {"history": True}),
            (mail(), {"silent": True}),
            # addresses that nobody reads
            (mail("no-reply@acme-dental.example"), {}),
            (mail("MAILER-DAEMON@acme-dental.example"), {}),
            (mail("staff-request@acme-dental.example"), {}),
        ],
    )
    def test_these_are_not_answered(self, message: Message, come: dict[str, Any]) -> None:
        for at in (OPEN_AT, CLOSED_AT):
            assert answer(decided(message, at=at, come=arrival(at, **come))) is None

    def test_one_whom_a_human_of_ours_answered_is_known(self) -> None:
        assert answer(decided(mail(STRANGER, verdict="none"), Context(answered_by_human=True))) is not None

    def test_it_goes_to_from_never_to_reply_to(self) -> None:
        """H38: twenty victims in Reply-To get nothing."""
        victims = tuple(Mailbox("", f"victim{number}@else.example") for number in range(20))
        got = answer(decided(mail(reply_to=victims), come=arrival(envelope=Envelope("victim@else.example"))))
        assert got is not None
        assert got.recipient == JANE

    def test_nothing_older_than_two_hours_is_acknowledged(self) -> None:
        fresh = arrival(OPEN_AT - timedelta(minutes=119))
        stale = arrival(OPEN_AT - timedelta(minutes=121))
        assert answer(decided(mail(), come=fresh)) is not None
        assert answer(decided(mail(), come=stale)) is None

    def test_an_emergency_answer_lasts_as_long_as_its_closed_period(self) -> None:
        critical = mail(text="All phones are down")
        friday_evening = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
        thursday_night = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
        same = answer(decided(critical, at=CLOSED_AT, come=arrival(friday_evening)))
        assert same is not None
        assert same.kind is AnswerKind.EMERGENCY
        assert answer(decided(critical, at=CLOSED_AT, come=arrival(thursday_night))) is None

    def test_a_ticket_is_answered_once_in_a_closed_period(self) -> None:
        period = answer_period()
        past = PastAnswer(AnswerKind.AFTER_HOURS, 1001, period, CLOSED_AT - timedelta(hours=1))
        known = Context(tickets=(ticket(),), answers=(past,))
        assert answer(decided(reply(), known, at=CLOSED_AT)) is None
        other_night = Context(tickets=(ticket(),), answers=(replace(past, period="another"),))
        assert answer(decided(reply(), other_night, at=CLOSED_AT)) is not None

    def test_turning_critical_draws_the_emergency_answer_whatever_came_before(self) -> None:
        period = answer_period()
        past = tuple(PastAnswer(AnswerKind.AFTER_HOURS, 1001, period, CLOSED_AT) for _ in range(3))
        got = answer(decided(reply(text="DOWN"), Context(tickets=(ticket(),), answers=past), at=CLOSED_AT))
        assert got is not None
        assert got.kind is AnswerKind.EMERGENCY

    def test_an_address_gets_three_answers_a_day_and_as_many_emergency_answers_more(self) -> None:
        past = tuple(PastAnswer(AnswerKind.AFTER_HOURS, 900 + n, "p", CLOSED_AT - timedelta(hours=n)) for n in range(3))
        assert answer(decided(mail(), Context(answers=past), at=CLOSED_AT)) is None
        urgent = mail(text="All phones are down")
        assert answer(decided(urgent, Context(answers=past), at=CLOSED_AT)) is not None
        had = PastAnswer(AnswerKind.EMERGENCY, 905, answer_period(), CLOSED_AT)
        assert answer(decided(urgent, Context(answers=(*past, had)), at=CLOSED_AT)) is not None
        often = (*past, *(replace(had, ticket=905 + n) for n in range(3)))
        assert answer(decided(urgent, Context(answers=often), at=CLOSED_AT)) is None

    def test_unlisted_domains_and_all_unlisted_senders_are_capped_but_tenants_never(self) -> None:
        full = Context(domain_answers_last_hour=10)
        flood = Context(unknown_answers_last_hour=60)
        for known in (full, flood):
            assert answer(decided(mail(STRANGER), known)) is None
            assert answer(decided(mail(JANE), known)) is not None

    def test_they_can_be_switched_off(self) -> None:
        assert answer(decided(mail(), desk=answers(acknowledge=False))) is None
        assert answer(decided(mail(), at=CLOSED_AT, desk=answers(after_hours=False))) is None

    @pytest.mark.parametrize(
        ("at", "text", "kind"),
        [
            (OPEN_AT, "", AnswerKind.ACKNOWLEDGEMENT),
            (CLOSED_AT, "", AnswerKind.AFTER_HOURS),
            (CLOSED_AT, "All phones are down", AnswerKind.EMERGENCY),
        ],
    )
    def test_what_is_too_large_is_said_to_be_in_the_usual_answer(
        self, at: datetime, text: str, kind: AnswerKind
    ) -> None:
        got = answer(decided(mail(subject=text), at=at, come=arrival(at, oversize=40_000_000)))
        assert got is not None
        assert (got.kind, got.too_large) == (kind, True)

    def test_a_reply_that_is_too_large_is_told_so_in_hours_too(self) -> None:
        known = Context(tickets=(ticket(),))
        got = answer(decided(reply(), known, come=arrival(oversize=40_000_000)))
        assert got is not None
        assert got.too_large

    def test_a_body_that_the_server_kept_back_is_not_called_too_large(self) -> None:
        got = answer(decided(mail(), come=arrival(oversize=3_000)))
        assert got is not None
        assert not got.too_large

    @given(
        sender=st.sampled_from([JANE, STRANGER, OTHER_TENANT, None]),
        verdict=st.sampled_from(["pass", "none", "fail"]),
        kind=st.sampled_from([None, *AutomaticKind]),
        spam=st.booleans(),
        junk=st.booleans(),
        history=st.booleans(),
        text=st.sampled_from(["A question.", "All phones are down", "DOWN"]),
        closed=st.booleans(),
    )
    def test_a_decision_is_repeatable_and_never_answers_whom_it_must_not(
        self,
        *,
        sender: str | None,
        verdict: str,
        kind: AutomaticKind | None,
        spam: bool,
        junk: bool,
        history: bool,
        text: str,
        closed: bool,
    ) -> None:
        message = mail(sender, text, verdict, automatic=Automatic(kind), spam=Spam(is_spam=spam))
        at = CLOSED_AT if closed else OPEN_AT
        come = arrival(at, junk=junk, history=history)
        decision = decided(message, at=at, come=come)
        assert decision == decided(message, at=at, come=come)
        assert decision.reasons
        if kind or spam or junk or history or sender is None or verdict == "fail":
            assert answer(decision) is None
        if verdict == "none" and sender == STRANGER:
            assert answer(decision) is None
        if history:
            assert notices(decision) == []


def answer_period() -> str:
    """Return the key of the closed period that CLOSED_AT lies in."""
    got = answer(decided(mail(), at=CLOSED_AT))
    assert got is not None
    return got.period


class TestTelling:
    """Humans are told."""

    def test_whom_we_notify_is_never_told_of_its_own_mail_nor_answered(self) -> None:
        """A pager's gateway acknowledges each notice without a mark of a machine: no loop comes of it."""
        pager = rules(notify=Notifying(addresses=("pager@gateway.example",)))
        for text in ("Message delivered", "All phones are down"):
            decision = decided(mail("Pager@gateway.example", text), desk=pager)
            assert decision.consequences == ()
            assert isinstance(decision.place, OpenTicket)

    def test_a_capped_down_is_told_at_once_though_it_raises_nothing(self) -> None:
        stranger = ticket(tenant=None, requester=STRANGER)
        many = Context(tickets=(stranger,), rises_last_day=3)
        decision = decided(reply(STRANGER, owner=STRANGER, text="DOWN"), many)
        assert [effect.urgent for effect in decision.consequences if isinstance(effect, Notify)] == [True]

    def test_an_outage_told_through_a_tenants_own_list_is_an_outage(self) -> None:
        """A Google group adds List-Id to what a person wrote."""
        for kind in (AutomaticKind.LIST, AutomaticKind.BULK):
            decision = decided(mail(JANE, "All phones are down", automatic=Automatic(kind)))
            assert isinstance(decision.place, OpenTicket)
            assert answer(decision) is None
            assert [effect.urgent for effect in decision.consequences if isinstance(effect, Notify)] == [True]
            strangers = decided(mail(STRANGER, "All phones are down", automatic=Automatic(kind)))
            assert strangers.place == FileEvent(EventKind.AUTOMATIC)

    @pytest.mark.parametrize(
        "automatic",
        [
            Automatic(AutomaticKind.AUTO_REPLY, ("subject and words of an out-of-office note",)),
            Automatic(AutomaticKind.AUTO_REPLY, ("subject of an automatic answer",)),
            Automatic(AutomaticKind.CALENDAR, ("answer to an invitation",)),
        ],
    )
    def test_an_outage_that_only_sounds_automatic_is_told_and_not_answered(self, automatic: Automatic) -> None:
        """Somebody on holiday passes it on; somebody declines a meeting because of it."""
        decision = decided(mail(JANE, "All phones are down", automatic=automatic))
        assert isinstance(decision.place, OpenTicket)
        assert answer(decision) is None
        assert [effect.urgent for effect in decision.consequences if isinstance(effect, Notify)] == [True]
        assert decided(mail(JANE, "Hello", automatic=automatic)).place == FileEvent(EventKind.AUTOMATIC)

    def test_a_declared_note_of_absence_is_filed_whatever_it_says(self) -> None:
        reasons = ("Auto-Submitted: auto-replied", "subject and words of an out-of-office note")
        note = mail(JANE, "All phones are down", automatic=Automatic(AutomaticKind.AUTO_REPLY, reasons))
        assert decided(note).place == FileEvent(EventKind.AUTOMATIC)

    def test_our_own_address_forged_is_no_mail_of_ours(self) -> None:
        forged = mail(SUPPORT, "DOWN", verdict="fail", automatic=Automatic(AutomaticKind.OWN))
        assert decided(forged).place == Quarantine("authentication-failed")

    def test_a_critical_message_from_anybody_is_urgent(self) -> None:
        for verdict in ("pass", "none"):
            decision = decided(mail(STRANGER, "All phones down", verdict=verdict))
            assert [e.urgent for e in decision.consequences if isinstance(e, Notify)] == [True]

    def test_critical_spam_of_a_stranger_still_makes_a_ticket(self) -> None:
        spam = mail(STRANGER, "All phones down", spam=Spam(is_spam=True))
        assert isinstance(decided(spam).place, OpenTicket)
        quiet = mail(STRANGER, "Buy now", spam=Spam(is_spam=True))
        assert decided(quiet).place == FileEvent(EventKind.SPAM)

    def test_a_listed_tenants_mail_in_junk_makes_a_flagged_ticket(self) -> None:
        decision = decided(mail(), come=arrival(junk=True))
        assert isinstance(decision.place, OpenTicket)
        assert Flag.FROM_JUNK in decision.place.flags
        assert notices(decision) == [NoticeKind.NEW_TICKET]

    def test_replies_are_told_where_nobody_sees_the_mailbox(self) -> None:
        known = Context(tickets=(ticket(),))
        assert notices(decided(reply(), known, come=arrival(source=Source.IMAP))) == []
        assert notices(decided(reply(), known, come=arrival(source=Source.SMTP))) == [NoticeKind.REPLY]

    @pytest.mark.parametrize("quietly", [{"history": True}, {"silent": True}])
    def test_history_and_what_is_taken_in_silently_are_never_told(self, quietly: dict[str, Any]) -> None:
        for message in (mail(text="All phones down"), mail(STRANGER, verdict="fail"), mail(received=(None,) * 101)):
            assert decided(message, come=arrival(**quietly)).consequences == ()

    def test_a_copy_of_what_we_have_is_only_noted(self) -> None:
        decision = decided(mail(), Context(duplicate_of=3))
        assert decision.place == Duplicate(3)
        assert decision.consequences == ()


def test_what_could_be_read_only_in_part_is_flagged() -> None:
    found = decided(mail(error="body: ValueError: lost"))
    assert isinstance(found.place, OpenTicket)
    assert Flag.UNREADABLE in found.place.flags
    assert "body: ValueError: lost" in " ".join(reason.text for reason in found.reasons)
    whole = decided(mail())
    assert isinstance(whole.place, OpenTicket)
    assert Flag.UNREADABLE not in whole.place.flags


@pytest.mark.parametrize(
    ("written_before", "told"),
    [
        (timedelta(hours=1), []),
        (timedelta(hours=-1), []),
        (timedelta(hours=3), ["it came 3 hours after it was written"]),
        (timedelta(days=2), ["it came 2 days after it was written"]),
        (timedelta(days=-1), ["by its Date it was written 1 day after it came: its sender's clock is wrong"]),
        # Clocks that were never set, and mail that wants to stay on top.
        (OPEN_AT - datetime(1970, 1, 1, tzinfo=UTC), []),
        (OPEN_AT - datetime(9999, 1, 1, tzinfo=UTC), []),
    ],
)
def test_a_date_that_is_far_from_the_arrival_is_told_and_moves_no_clock(
    written_before: timedelta, told: list[str]
) -> None:
    found = decided(mail(date=OPEN_AT - written_before))
    assert [reason.text for reason in found.reasons if reason.code.startswith("date.")] == told
    assert isinstance(found.place, OpenTicket)
    assert found.place.opened_at == OPEN_AT
    past = decided(mail(date=OPEN_AT - written_before), come=arrival(history=True))
    assert [reason for reason in past.reasons if reason.code.startswith("date.")] == []
