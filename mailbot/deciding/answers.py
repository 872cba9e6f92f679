"""Which automatic answer a customer gets, if any.

Answered is a person (no machine, list or bounce), whose From is genuine (verdict pass) or
who is known (listed, or answered by one of us before) with nothing speaking against it. The
answer goes to From, never to Reply-To or the reverse-path, so that a forged field cannot aim
it at somebody (RFC 3834 section 4 warns of that; we answer fewer people than it allows).

In hours a new ticket is acknowledged once. In a closed period a ticket gets one answer, with
the emergency number. A critical message in a closed period gets the emergency answer, once
for its ticket and period whatever the address got before; one that turns critical in hours
gets it, too, as the receipt of the rise. Beyond that an address gets so many answers a day,
an unlisted domain and all unlisted senders together so many an hour.

Nothing is answered late: an acknowledgement has a greatest age, an emergency answer lasts as
long as its closed period. What a person releases later than that is written anew for that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.clocks.hours import OpeningHours
from mailbot.clocks.periods import closed_period_key
from mailbot.deciding.agents.team import agent_of, is_told
from mailbot.deciding.articles.offered import NOTHING, Offer
from mailbot.deciding.context import Arrival, Context
from mailbot.deciding.effects import Answer, AnswerKind, Reason
from mailbot.deciding.threads import Sender
from mailbot.reading.model import Message, Verdict
from mailbot.rules import Rules, Severity, Tenant

# RFC 5230 section 4.6 and RFC 3834 section 2 name most of these; the others are seen on
# senders that nobody reads.
_UNREAD_LOCAL_PARTS = frozenset(
    "mailer-daemon postmaster listserv majordomo mailman no-reply noreply do-not-reply "
    "donotreply nobody bounce bounces autoresponder".split()
)


@dataclass(frozen=True, slots=True)
class Case:
    """The ticket an answer would be about: `ticket` is None while it is being opened; the last two as in the Answer."""

    ticket: int | None
    severity: Severity
    rises_to_critical: bool
    tenant: Tenant | None
    response_due_at: datetime | None
    choices: tuple[str, ...] = ()
    offer: Offer = NOTHING


def answer_for(
    message: Message,
    arrival: Arrival,
    sender: Sender,
    case: Case,
    context: Context,
    rules: Rules,
    opening: OpeningHours,
    now: datetime,
) -> tuple[Answer | None, Reason]:
    """Return the one answer this message draws at `now`, or None, with the reason either way."""
    refused = _who_is_not_answered(message, arrival, sender, rules)
    if refused:
        return None, Reason("answer.none", refused)
    kind, period = _kind(case, arrival, rules, opening, now)
    if kind is None:
        return None, Reason("answer.none", "a reply in opening hours needs no receipt")
    refused = _switched_off(kind, rules)
    refused = refused or _too_late(kind, period, arrival, rules, opening, now)
    refused = refused or _already(kind, period, case, context, now)
    refused = refused or _over_a_cap(kind, sender, context, rules, now)
    if refused:
        return None, Reason("answer.none", refused)
    answer = _answer(kind, period, sender.address, case, rules, opening, now, too_large=_too_large(arrival, rules))
    if not (period and kind is AnswerKind.EMERGENCY):
        answer = replace(answer, expires_at=arrival.received_at + rules.answers.max_age)
    return answer, Reason(f"answer.{kind}", _why(kind, period))


def is_past(kind: AnswerKind, period: str, promised_at: datetime | None, opening: OpeningHours, now: datetime) -> bool:
    """Return whether what an answer said, when it was written, is not true any more at `now`.

    The instant it promised is past, or the closed period (`period`) that it spoke of is over.
    """
    of_night = kind is not AnswerKind.ACKNOWLEDGEMENT and bool(period)
    promise_past = promised_at is not None and promised_at <= now
    return promise_past or (of_night and period != closed_period_key(opening, now))


def in_place_of(
    kind: AnswerKind,
    period: str,
    recipient: str,
    case: Case,
    rules: Rules,
    opening: OpeningHours,
    now: datetime,
    *,
    too_large: bool,
) -> Answer:
    """Return the answer that is right at `now` in place of one of this kind that has not left until now.

    `period` is that of the earlier answer.
    """
    closed = closed_period_key(opening, now)
    # A ticket that turned critical in hours was answered so, whatever period comes after.
    if case.severity is Severity.CRITICAL and (closed or (kind is AnswerKind.EMERGENCY and not period)):
        kind = AnswerKind.EMERGENCY
    else:
        kind = AnswerKind.AFTER_HOURS if closed else AnswerKind.ACKNOWLEDGEMENT
    return _answer(kind, closed, recipient, case, rules, opening, now, too_large=too_large)


def _answer(
    kind: AnswerKind,
    period: str,
    recipient: str,
    case: Case,
    rules: Rules,
    opening: OpeningHours,
    now: datetime,
    *,
    too_large: bool,
) -> Answer:
    """Return the answer with what is true at `now`; it expires only if it is worth nothing after its closed period.

    A time that is past, as of mail that came while the desk was down, is not promised any more.
    """
    closed = opening.closed_period(now)
    closed_until = closed.end_at if closed else None
    return Answer(
        kind=kind,
        recipient=recipient,
        tenant=case.tenant.id if case.tenant else None,
        language=rules.locale(case.tenant).language,
        severity=case.severity,
        period=period,
        promised_at=case.response_due_at if case.response_due_at and case.response_due_at > now else None,
        opens_at=opening.next_opening(now) if period else None,
        emergency_number=emergency_number(case.tenant, rules),
        expires_at=closed_until if period and kind is AnswerKind.EMERGENCY else None,
        too_large=too_large,
        choices=case.choices,
        offer=NOTHING if kind is AnswerKind.EMERGENCY or too_large else case.offer,
    )


def emergency_number(tenant: Tenant | None, rules: Rules) -> str:
    """Return the tenant's emergency number, or the partner's own."""
    return (tenant.emergency_number if tenant else "") or rules.partner.emergency_number


def _who_is_not_answered(message: Message, arrival: Arrival, sender: Sender, rules: Rules) -> str:
    local_part = sender.address.partition("@")[0]
    refusals = {
        "past mail is history: it is never answered": arrival.history,
        "this mail was taken in silently": arrival.silent,
        "no answer: From does not name one clear sender": not sender.address,
        "no answer: a machine sent it": message.automatic.kind is not None,
        "no answer: this is an address that we tell (notify, digest)": is_told(sender.address, rules),
        "no answer: one of us wrote it": not sender.listed and agent_of(sender.address, rules) is not None,
        "no answer: the mail has no sender to answer (null reverse-path)": _null_path(message, arrival),
        "no answer: nobody reads mail to this address": local_part in _UNREAD_LOCAL_PARTS
        or local_part.startswith("owner-")
        or local_part.endswith("-request"),
        "no answer: the provider calls it spam": message.spam.is_spam or arrival.junk,
        "no answer: From failed authentication": sender.verdict is Verdict.FAIL,
        "no answer: nothing proves that From is genuine, and the sender is not known": (
            sender.verdict is Verdict.NONE and not sender.known
        ),
        "no answer: it passed too many servers, it may be looping": (
            len(message.received) > rules.limits.received_fields
        ),
    }
    return next((text for text, applies in refusals.items() if applies), "")


def _null_path(message: Message, arrival: Arrival) -> bool:
    return arrival.envelope.reverse_path == "" or message.reverse_path == ""


def _kind(
    case: Case, arrival: Arrival, rules: Rules, opening: OpeningHours, now: datetime
) -> tuple[AnswerKind | None, str]:
    period = closed_period_key(opening, now)
    if case.rises_to_critical or (period and case.severity is Severity.CRITICAL):
        return AnswerKind.EMERGENCY, period
    if period:
        return AnswerKind.AFTER_HOURS, period
    wanted = case.ticket is None or _too_large(arrival, rules)
    return (AnswerKind.ACKNOWLEDGEMENT if wanted else None), ""


def _too_large(arrival: Arrival, rules: Rules) -> bool:
    # A server may also refuse to hand out a body for reasons of its own.
    return arrival.oversize > rules.limits.message_bytes


def _switched_off(kind: AnswerKind, rules: Rules) -> str:
    if kind is AnswerKind.ACKNOWLEDGEMENT and not rules.answers.acknowledge:
        return "acknowledgements are switched off (answers.acknowledge)"
    if kind is AnswerKind.AFTER_HOURS and not rules.answers.after_hours:
        return "answers after hours are switched off (answers.after_hours)"
    return ""


def _too_late(
    kind: AnswerKind,
    period: str,
    arrival: Arrival,
    rules: Rules,
    opening: OpeningHours,
    now: datetime,
) -> str:
    # An outage mail read hours late in the same closed period still needs the number.
    if kind is AnswerKind.EMERGENCY and period and period == closed_period_key(opening, arrival.received_at):
        return ""
    if now - arrival.received_at > rules.answers.max_age:
        return "too old when it was processed: a receipt now would only confuse"
    return ""


def _already(kind: AnswerKind, period: str, case: Case, context: Context, now: datetime) -> str:
    if case.ticket is None:
        return ""
    for past in context.answers:
        if past.ticket != case.ticket or past.period != period:
            continue
        if past.kind is kind or (past.kind is AnswerKind.EMERGENCY and period):
            if not period and now - past.at > timedelta(days=1):
                continue
            return "this ticket has had its answer for this period"
    return ""


def _over_a_cap(
    kind: AnswerKind,
    sender: Sender,
    context: Context,
    rules: Rules,
    now: datetime,
) -> str:
    day_ago = now - timedelta(days=1)
    # An outage does not wait for the receipts that came before: emergency answers have an allowance of their own.
    urgent = kind is AnswerKind.EMERGENCY
    alike = [past for past in context.answers if past.at > day_ago and (past.kind is kind or not urgent)]
    if len(alike) >= rules.answers.per_address_a_day:
        return "this address has had its answers for today"
    if sender.tenant is not None or sender.listed:
        return ""
    if context.domain_answers_last_hour >= rules.answers.per_unknown_domain_an_hour:
        return "this domain, which no tenant lists, has had its answers for this hour"
    if context.unknown_answers_last_hour >= rules.answers.unknown_senders_an_hour:
        return "senders that no tenant lists have had their answers for this hour"
    return ""


def _why(kind: AnswerKind, period: str) -> str:
    texts = {
        AnswerKind.ACKNOWLEDGEMENT: "a new ticket in opening hours: that we have it, and by when we answer",
        AnswerKind.AFTER_HOURS: "we are closed: the hours, the next opening and the emergency number",
    }
    urgent = "critical while we are closed" if period else "it turned critical"
    return texts.get(kind, f"{urgent}: the emergency number first")
