"""What happens with a message: the one decision, and the order in which it is made.

1. A message that is in the log already is noted as another copy of its entry.
2. More than 100 Received fields: a loop (RFC 5321 section 6.3); quarantine.
3. A bounce belongs to the outgoing mail it returns, or is filed. It never opens a ticket.
4. Our own mail coming back is filed.
5. Other automatic mail (out-of-office, lists, bulk, reports, invitations' answers) is attached
   to the ticket it provably continues, without touching its state, or filed. Notifications of
   systems open a ticket like a person's mail, for somebody may have to act, but are not answered.
6. From that failed authentication: a flagged ticket if a tenant lists it (forwarders break
   DMARC), else quarantine. It never joins and is never answered.
7. What the provider calls spam is filed unless a tenant lists the sender or it reads critical.
8. What one of us answers to a notice is a note on its ticket.
9. All else joins the ticket it continues (`threads`) or opens one (`classify`, `tenants`).
   Every reply is classified: severity rises by itself and never falls.
10. Then the answer (`answers`), then our own people are told.

The decision is a pure function of its arguments, so it can be replayed and explained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.clocks.targets import due_at
from mailbot.deciding.answers import Case, answer_for
from mailbot.deciding.classify import Classification
from mailbot.deciding.context import Arrival, Context, Source, TicketFacts
from mailbot.deciding.effects import (
    AnswerKind,
    Consequence,
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
    Reason,
    Rise,
)
from mailbot.deciding.tenants import TenantMatch, listed_tenants, tenant_of
from mailbot.deciding.threads import Clues, Join, Sender, join, noticed
from mailbot.deciding.tokens import Keyring
from mailbot.deciding.understanding import Understood
from mailbot.errors import quoted
from mailbot.reading.address import canonical
from mailbot.reading.model import AutomaticKind, BounceAction, Message, Verdict
from mailbot.rules import Rules, Severity, Tenant

_LOOP_RECEIVED_FIELDS = 100

_FILED_KINDS = frozenset(
    {
        AutomaticKind.AUTO_REPLY,
        AutomaticKind.LIST,
        AutomaticKind.BULK,
        AutomaticKind.REPORT,
        AutomaticKind.CALENDAR,
    }
)


_TO_MANY = frozenset({AutomaticKind.LIST, AutomaticKind.BULK})


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything one decision looks at, worked out once."""

    message: Message
    arrival: Arrival
    context: Context
    rules: Rules
    keyring: Keyring
    now: datetime
    match: TenantMatch
    sender: Sender
    classified: Classification
    clues: Clues

    @property
    def urgent(self) -> bool:
        """Return whether the words alone read critical."""
        return self.classified.severity is Severity.CRITICAL


def decide(
    understood: Understood,
    arrival: Arrival,
    context: Context,
    rules: Rules,
    keyring: Keyring,
    now: datetime,
) -> Decision:
    """Return what happens at `now` with a message that was read; with every reason."""
    if context.duplicate_of is not None:
        reason = Reason("duplicate", "the same message is in the log already: another copy of it")
        return Decision(Duplicate(context.duplicate_of), reasons=(reason,))
    situation = _situation(understood, arrival, context, rules, keyring, now)
    decided = _unusual(situation) or _note_of_ours(situation) or _conversation(situation)
    if situation.sender.address in {canonical(address) for address in rules.notify.addresses}:
        # A pager's gateway that acknowledges would be told of its own acknowledgement, for ever.
        heard = tuple(effect for effect in decided.consequences if not isinstance(effect, Notify))
        decided = replace(decided, consequences=heard)
    if arrival.history or arrival.silent:
        kept = tuple(effect for effect in decided.consequences if isinstance(effect, (Rise, MarkBounced)))
        return replace(decided, consequences=kept)
    return decided


def _situation(
    understood: Understood,
    arrival: Arrival,
    context: Context,
    rules: Rules,
    keyring: Keyring,
    now: datetime,
) -> Situation:
    message = understood.message
    match = tenant_of(message, arrival.envelope, rules)
    sender = Sender(
        address=canonical(message.sender.address) if message.sender else "",
        verdict=message.authentication.verdict,
        known=match.listed or context.answered_by_human,
        listed=match.listed,
        tenant=match.tenant.id if match.tenant and match.listed else None,
    )
    return Situation(
        message, arrival, context, rules, keyring, now, match, sender, understood.classified, understood.clues
    )


def _unusual(at: Situation) -> Decision | None:
    """Return the decision on what is no person's conversation with us, None for all else."""
    kind = at.message.automatic.kind
    told = tuple(Reason("automatic", text) for text in at.message.automatic.reasons or ("a machine sent it",))
    if len(at.message.received) > _LOOP_RECEIVED_FIELDS:
        return _quarantined(at, "mail-loop", "it went through over 100 servers: a loop")
    if kind is AutomaticKind.BOUNCE:
        return _bounce(at, told)
    if kind is AutomaticKind.OWN and at.sender.verdict is Verdict.FAIL:
        return _quarantined(at, "authentication-failed", "it bears our own address, and From failed authentication")
    if kind is AutomaticKind.OWN:
        return Decision(FileEvent(EventKind.OWN), reasons=told)
    # Some customers write through a mailing list of their own; an outage told there is an outage.
    if kind in _FILED_KINDS and not (kind in _TO_MANY and at.urgent and at.sender.listed):
        return _automatic(at, told)
    if at.sender.verdict is Verdict.FAIL and not at.sender.listed:
        return _quarantined(at, "authentication-failed", "From failed authentication")
    if at.message.spam.is_spam and not at.sender.listed and not at.urgent:
        reason = Reason("spam", f"the provider calls it spam ({at.message.spam.by})")
        return Decision(FileEvent(EventKind.SPAM), reasons=(reason,))
    return None


def _quarantined(at: Situation, cause: str, text: str) -> Decision:
    notice = Notify(NoticeKind.QUARANTINED, urgent=at.urgent, text=text)
    return Decision(
        Quarantine(cause),
        (notice,),
        (Reason(f"quarantine.{cause}", text),),
        at.classified.evidence,
    )


def _bounce(at: Situation, told: tuple[Reason, ...]) -> Decision:
    """Return where a bounce belongs. Only the id of a mail we sent ties it; words in it do not."""
    bounce, mail = at.message.bounce, at.context.bounced_mail
    if bounce is None or mail is None:
        untied = Reason("bounce.untied", "it returns no mail that we sent: filed, nothing changed")
        return Decision(FileEvent(EventKind.BOUNCE), reasons=(*told, untied))
    tied = Reason("bounce.tied", f"it is about our mail to {mail.recipient}: {bounce.action}")
    marked: tuple[Consequence, ...] = (MarkBounced(mail.outbox, bounce.action, bounce.status or "", bounce.diagnostic),)
    if mail.for_team:
        # Telling of it would make the next notice to the same address, and the next bounce.
        return Decision(FileEvent(EventKind.BOUNCE), marked, (*told, tied))
    if bounce.action is BounceAction.FAILED:
        text = f"our mail to {mail.recipient} came back: {bounce.diagnostic or bounce.status or ''}"
        # Who has an emergency waits for that mail.
        urgent = mail.kind == AnswerKind.EMERGENCY
        marked = (*marked, Notify(NoticeKind.BOUNCED, urgent=urgent, text=text.rstrip(": ")))
    if mail.ticket is None:
        return Decision(FileEvent(EventKind.BOUNCE), marked, (*told, tied))
    return Decision(JoinTicket(mail.ticket, EntryKind.BOUNCE), marked, (*told, tied))


def _automatic(at: Situation, told: tuple[Reason, ...]) -> Decision:
    found = _join(at)
    if found.ticket is None:
        return Decision(FileEvent(EventKind.AUTOMATIC), reasons=told)
    attached = Reason("automatic.attached", "attached for the record; the ticket stays as it is")
    return Decision(
        JoinTicket(found.ticket.id, EntryKind.AUTOMATIC, flags=found.flags),
        reasons=(*told, *(r for r in found.reasons if r.code != "thread.reopen"), attached),
    )


def _note_of_ours(at: Situation) -> Decision | None:
    """Return the decision on an answer to a notice of ours: a note, told to nobody. None for all else.

    Whoever is told about tickets may have a program that answers mail without saying so; if its
    answers made tickets, each would be told to it again.
    """
    number = noticed(at.clues, at.sender, at.keyring, at.now)
    if number is None:
        return None
    ticket = at.context.ticket(number)
    if ticket is None:
        text = "answers a notice of ours that is not about one ticket alone: filed, the customers do not see it"
        return Decision(FileEvent(EventKind.OWN), reasons=(Reason("note.filed", text),))
    text = f"answers our notice about #{ticket.id}: a note there, the customer does not see it"
    flags = () if at.sender.verdict is Verdict.PASS else (Flag.UNVERIFIED,)
    return Decision(JoinTicket(ticket.id, EntryKind.NOTE, flags=flags), reasons=(Reason("note", text),))


def _join(at: Situation) -> Join:
    return join(at.clues, at.sender, at.context, at.rules, at.keyring, at.now)


def _conversation(at: Situation) -> Decision:
    """Return the decision on a message that a ticket is to hold."""
    found = _join(at)
    reasons = (*at.match.reasons, *found.reasons, *_classification_reasons(at.classified))
    decided = _opened(at, found) if found.ticket is None else _joined(at, found, found.ticket)
    return replace(
        decided,
        reasons=(*_authentication_reasons(at), *reasons, *decided.reasons),
        evidence=at.classified.evidence,
    )


def _authentication_reasons(at: Situation) -> tuple[Reason, ...]:
    verdict = at.message.authentication
    return tuple(Reason(f"authentication.{verdict.verdict}", text) for text in verdict.reasons)


def _classification_reasons(classified: Classification) -> tuple[Reason, ...]:
    if not classified.evidence:
        return (Reason("severity.default", "no rule recognised its words: normal"),)
    return tuple(
        Reason("classify.rule", f"rule {hit.rule} found {quoted(hit.words)} in the {hit.where}")
        for hit in classified.evidence
    )


def _opened(at: Situation, found: Join) -> Decision:
    message, severity, tenant = at.message, at.classified.severity, at.match.tenant
    terms = _terms(at, tenant)
    opening = opening_hours(at.rules, terms)
    since = at.arrival.received_at
    response, resolution = _promises(at, severity, terms)
    shown = message.sender or (message.from_[0] if message.from_ else None)
    place = OpenTicket(
        tenant=tenant.id if tenant else None,
        severity=severity,
        playbook=at.classified.playbook,
        subject=message.subject,
        requester=at.sender.address or (shown.address if shown else ""),
        requester_name=shown.name if shown else "",
        opened_at=since,
        response_due_at=response,
        resolution_due_at=resolution,
        kind=EntryKind.AUTOMATIC if message.automatic.kind else EntryKind.CUSTOMER,
        flags=_flags(at),
        linked_to=found.linked_to,
    )
    if at.arrival.history:
        return Decision(place)
    case = Case(None, severity, rises_to_critical=False, tenant=terms, response_due_at=response)
    told = Notify(NoticeKind.NEW_TICKET, urgent=severity is Severity.CRITICAL)
    return _with_answer(at, place, case, opening, (), told)


def _terms(at: Situation, tenant: Tenant | None) -> Tenant | None:
    """Return the ticket's tenant if its hours and emergency number may be told to this sender, else None.

    They may to its listed addresses and to who writes to its own address of ours, not to who
    names its phone number in the text, and not to somebody unlisted whose ticket was labelled so.
    """
    listed = at.sender.listed and tenant in listed_tenants(at.sender.address, at.rules)
    return tenant if listed or (tenant == at.match.tenant and not at.match.guessed) else None


def _joined(at: Situation, found: Join, ticket: TicketFacts) -> Decision:
    tenant = at.rules.tenant_by_id(ticket.tenant)
    terms = _terms(at, tenant)
    opening = opening_hours(at.rules, terms)
    kind = EntryKind.AUTOMATIC if at.message.automatic.kind else EntryKind.CUSTOMER
    machine = kind is EntryKind.AUTOMATIC
    flags = tuple(dict.fromkeys((*found.flags, *_flags(at))))
    place = JoinTicket(ticket.id, kind, reopen=found.reopen and not machine, flags=flags)
    if at.arrival.history:
        return Decision(replace(place, reopen=False))
    severity, risen, reasons = _risen(at, ticket, tenant, machine=machine)
    due = risen[0].response_due_at if risen else ticket.response_due_at
    case = Case(
        ticket.id,
        severity,
        rises_to_critical=bool(risen) and severity is Severity.CRITICAL,
        tenant=terms,
        response_due_at=due,
    )
    decided = _with_answer(at, place, case, opening, risen, _told(at, found, case, risen=bool(risen)))
    return replace(decided, reasons=(*reasons, *decided.reasons))


def _risen(
    at: Situation, ticket: TicketFacts, tenant: Tenant | None, *, machine: bool
) -> tuple[Severity, tuple[Rise, ...], tuple[Reason, ...]]:
    """Return the ticket's severity after this message: it rises by itself and never falls."""
    wanted = at.classified.severity
    if machine or wanted.rank >= ticket.severity.rank:
        return ticket.severity, (), ()
    capped = at.context.rises_last_day >= at.rules.answers.down_a_day and not at.sender.listed
    if capped:
        text = "this address has raised enough tickets today: told, but not raised"
        return ticket.severity, (), (Reason("severity.capped", text),)
    response, resolution = _promises(at, wanted, tenant)
    text = f"raised from {ticket.severity} to {wanted} by the customer's words"
    return (
        wanted,
        (Rise(wanted, response, resolution),),
        (Reason("severity.rise", text),),
    )


def _promises(at: Situation, severity: Severity, tenant: Tenant | None) -> tuple[datetime | None, datetime | None]:
    promise = at.rules.severity[severity]
    opening = opening_hours(at.rules, tenant)
    since = at.arrival.received_at
    return (
        due_at(promise.response, promise.clock, since, opening),
        due_at(promise.resolution, promise.clock, since, opening),
    )


def _flags(at: Situation) -> tuple[Flag, ...]:
    verdict = at.sender.verdict
    applies = {
        Flag.UNCLEAR_SENDER: not at.sender.address,
        Flag.AUTHENTICATION_FAILED: verdict is Verdict.FAIL,
        Flag.UNVERIFIED: verdict is Verdict.NONE,
        Flag.FROM_JUNK: at.arrival.junk,
        Flag.SPAM: at.message.spam.is_spam,
        Flag.MACHINE: at.message.automatic.kind is not None,
        Flag.OVERSIZE: bool(at.arrival.oversize),
        Flag.HISTORY: at.arrival.history,
    }
    return tuple(flag for flag, yes in applies.items() if yes)


def _told(at: Situation, found: Join, case: Case, *, risen: bool) -> Notify | None:
    """Return what our people are told about a reply.

    With IMAP they see each reply in the mailbox itself; by SMTP nobody would.
    """
    if risen:
        return Notify(NoticeKind.RISE, urgent=case.severity is Severity.CRITICAL)
    # Critical words that raised nothing, for a cap or for a machine, reach a human all the same.
    urgent = at.urgent and case.severity is not Severity.CRITICAL
    if Flag.PROPOSED_PARTICIPANT in found.flags:
        return Notify(NoticeKind.PARTICIPANT, urgent=urgent)
    if found.reopen:
        return Notify(NoticeKind.REOPENED, urgent=urgent)
    if urgent:
        return Notify(NoticeKind.REPLY, urgent=True)
    return None if at.arrival.source is Source.IMAP else Notify(NoticeKind.REPLY)


def _with_answer(
    at: Situation,
    place: OpenTicket | JoinTicket,
    case: Case,
    opening: OpeningHours,
    risen: tuple[Rise, ...],
    told: Notify | None,
) -> Decision:
    proposed = Flag.PROPOSED_PARTICIPANT in place.flags
    answer, reason = answer_for(at.message, at.arrival, at.sender, case, at.context, at.rules, opening, at.now)
    if proposed:
        answer = None
        reason = Reason("answer.none", "a colleague gets nothing before an agent allows it")
    consequences: tuple[Consequence, ...] = risen
    if answer:
        consequences = (*consequences, answer)
    if told:
        consequences = (*consequences, told)
    return Decision(place, consequences, (reason,))
