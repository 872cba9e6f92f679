"""What happens with a message: the one decision, and the order in which it is made.

1. A message that is in the log already is noted as another copy of its entry.
2. What one of us wrote from our mailbox is his answer (`agents.direct`). An "ok" to a page says that its outages were
   seen, whoever it is from (`agents.paged`). What a vendor writes about a case joins its ticket, for our own people
   (`vendors.answered`).
3. More than 100 Received fields: a loop (RFC 5321 section 6.3); quarantine.
4. A bounce belongs to the outgoing mail it returns, or is filed. It never opens a ticket.
5. Our own mail coming back is filed.
6. Other automatic mail (out-of-office, lists, bulk, reports, invitations' answers) is attached
   to the ticket it provably continues, without touching its state, or filed. Notifications of
   systems open a ticket like a person's mail, for somebody may have to act, but are not answered.
7. From that failed authentication: a flagged ticket if a tenant lists it (forwarders break
   DMARC), else quarantine. It never joins and is never answered.
8. What the provider calls spam is filed unless a tenant lists the sender or it reads critical.
9. What an agent replies to a message that we handed on to him goes to the customer (`agents.relayed`); what he replies
   to a list, and who gets the weekly mail to that, is done to its numbers (`agents.listing`). What he answers to any
   other mail of ours is a note on its ticket, and its commands are done (`agents.noting`); so is what others of us
   answer to a notice, without commands. What he writes to a customer with us in copy is his answer (`agents.direct`).
   What answers nothing of ours waits for his yes (`agents.unbidden`), and so does what a reader of the weekly mail
   orders by numbers without a token that holds.
10. What a machine repeats joins the ticket that it opened (`repeats`). A vote is counted (`satisfaction.voted`). Thanks
   without more join theirs, reopen nothing, and close one that one of us answered; that an article solved it closes one
   that was offered it, and a yes to our question whether all is well one that was asked (`settled`). A mail to a closed
   ticket with a subject of its own that quotes nothing is about something else.
11. All else joins the ticket it continues (`threads`) or opens one (`classify`, `tenants`), which may be about an
   incident that lasts (`incidents.matching`).
   Every reply is classified: severity rises by itself and never falls.
12. Then the answer (`answers`), then our own people are told.

The decision is a pure function of its arguments, so it can be replayed and explained.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.deciding import content, repeats
from mailbot.deciding.agents.confirming import confirmation
from mailbot.deciding.agents.direct import from_the_mailbox, in_copy
from mailbot.deciding.agents.lapsed import of_no_night
from mailbot.deciding.agents.listing import reply_to_digest, reply_to_list, reply_to_page
from mailbot.deciding.agents.machines import from_a_machine
from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.agents.noting import reply_to_notice
from mailbot.deciding.agents.outpaced import answered_before
from mailbot.deciding.agents.paged import acknowledged
from mailbot.deciding.agents.relayed import correction, reply_to_relay
from mailbot.deciding.agents.team import agent_of, by_relay
from mailbot.deciding.agents.tokenless import without_token
from mailbot.deciding.agents.unbidden import unbidden
from mailbot.deciding.answers import Case, answer_for
from mailbot.deciding.articles.offering import offer_for
from mailbot.deciding.articles.offering import reasons as offered_reasons
from mailbot.deciding.classify import Classification
from mailbot.deciding.context import Arrival, Context, Source, TicketFacts
from mailbot.deciding.effects import (
    Assign,
    Consequence,
    Decision,
    Duplicate,
    EntryKind,
    Flag,
    JoinTicket,
    MarkBounced,
    MarkSent,
    NoticeKind,
    Notify,
    OpenTicket,
    PassOn,
    Reason,
    Rise,
    TicketState,
)
from mailbot.deciding.incidents.matching import in_an_incident
from mailbot.deciding.satisfaction.voted import voted
from mailbot.deciding.settling.settled import is_on_topic, settled, told_urgently
from mailbot.deciding.situation import Situation
from mailbot.deciding.threads import Join
from mailbot.deciding.tokens import Keyring
from mailbot.deciding.understanding import Understood
from mailbot.deciding.unusual import note_of_ours, unusual
from mailbot.deciding.vendors.answered import from_vendor
from mailbot.deciding.vendors.whose import vendor_of
from mailbot.errors import quoted
from mailbot.reading.arriving import believable
from mailbot.reading.fields.address import canonical
from mailbot.rules import Rules, Severity, Tenant

_KEPT_OF_HISTORY = (Assign, Rise, MarkBounced, MarkSent)
_DATED_WELL = timedelta(hours=1)


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
    at = Situation.of(understood, arrival, context, rules, keyring, now)
    decided = (
        from_the_mailbox(at)
        or acknowledged(at)
        or from_vendor(at)
        or unusual(at)
        or from_a_machine(at)
        or confirmation(at)
        or correction(at)
        or reply_to_list(at)
        or reply_to_digest(at)
        or reply_to_page(at)
        or reply_to_relay(at)
        or reply_to_notice(at)
        or note_of_ours(at)
        or of_no_night(at, _opened)
        or in_copy(at)
        or without_token(at)
        or unbidden(at, _opened)
        or _conversation(at)
    )
    if at.sender.address in {canonical(address) for address in rules.notify.addresses}:
        # A pager's gateway that acknowledges would be told of its own acknowledgement, for ever. An agent is a person,
        # and the others are to hear of his alarms.
        is_agent = agent_of(at.sender.address, rules) is not None
        heard = tuple(
            effect for effect in decided.consequences if not isinstance(effect, Notify) or (effect.urgent and is_agent)
        )
        decided = replace(decided, consequences=heard)
    if arrival.history or arrival.silent:
        kept = tuple(effect for effect in decided.consequences if isinstance(effect, _KEPT_OF_HISTORY))
        return replace(decided, consequences=kept)
    return decided


def _conversation(at: Situation) -> Decision:
    """Return the decision on a message that a ticket is to hold."""
    found = _unless_another_topic(at, at.join())
    if found.ticket is None:
        found = repeats.resent(at, found)
    reasons = (*at.match.reasons, *found.reasons, *_classification_reasons(at.classified))
    if at.system is not None:
        reasons = (Reason("system", f"it is mail of the known system {at.system.name or at.system.id}"), *reasons)
    decided = (
        repeats.again(at)
        or voted(at, _joined)
        or settled(at, found)
        or (_opened(at, found) if found.ticket is None else _joined(at, found, found.ticket))
    )
    decided = answered_before(at, in_an_incident(at, told_urgently(at, found, decided)))
    before = (*_authentication_reasons(at), *content.reasons(at.message), *reasons)
    all_reasons = (*before, *decided.reasons, *_dated_otherwise(at))
    return replace(decided, reasons=all_reasons, evidence=at.classified.evidence)


def _authentication_reasons(at: Situation) -> tuple[Reason, ...]:
    verdict = at.message.authentication
    return tuple(Reason(f"authentication.{verdict.verdict}", text) for text in verdict.reasons)


def _dated_otherwise(at: Situation) -> tuple[Reason, ...]:
    """Return by how much the sender's Date is off when it came, if that is much; all clocks go by when it came.

    A mail was under way for long, or its sender's clock is wrong (RFC 5322 section 3.6.1 says who sets it).
    """
    written_at, came_at = believable(at.message.date), at.arrival.received_at
    if written_at is None or at.arrival.history or abs(came_at - written_at) <= _DATED_WELL:
        return ()
    if written_at < came_at:
        return (Reason("date.late", f"it came {repeats.span(came_at - written_at)} after it was written"),)
    ahead = (
        f"by its Date it was written {repeats.span(written_at - came_at)} after it came: its sender's clock is wrong"
    )
    return (Reason("date.ahead", ahead),)


def _classification_reasons(classified: Classification) -> tuple[Reason, ...]:
    if not classified.evidence:
        return (Reason("severity.default", "no rule recognised its words: normal"),)
    return tuple(
        Reason("classify.rule", f"rule {hit.rule} found {quoted(hit.words)} in the {hit.where}")
        for hit in classified.evidence
    )


def _opened(at: Situation, found: Join) -> Decision:
    message, severity, tenant = at.message, at.severity, at.match.tenant
    terms = at.terms(tenant)
    opening = opening_hours(at.rules, terms)
    since = at.arrival.received_at
    response, resolution = at.promises(severity, terms)
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
        kind=EntryKind.AUTOMATIC if at.by_machine else EntryKind.CUSTOMER,
        flags=at.flags(),
        linked_to=found.linked_to or repeats.before(at),
        topic=at.clues.topic,
        repetition=repeats.first(at),
    )
    if at.arrival.history:
        return Decision(place)
    choices = tuple(one.name for one in at.match.among)
    offer = offer_for(at, terms)
    case = Case(
        None, severity, rises_to_critical=False, tenant=terms, response_due_at=response, choices=choices, offer=offer
    )
    told = Notify(NoticeKind.NEW_TICKET, urgent=severity is Severity.CRITICAL)
    return _with_answer(at, place, case, opening, (), told)


def _unless_another_topic(at: Situation, found: Join) -> Join:
    """Return the join; only a link where a mail to a closed ticket is about something else.

    People write anew to an address that they know from an old answer, token and all: a subject of their own, and
    nothing quoted.
    """
    ticket = found.ticket
    if ticket is None or ticket.state is not TicketState.CLOSED or at.by_machine:
        return found
    if is_on_topic(at, ticket) or at.message.quoted_text.strip():
        return found
    reason = Reason("thread.other-topic", f"#{ticket.id} is closed, and this has another subject: a new ticket, linked")
    return Join(linked_to=ticket.id, reasons=(*(one for one in found.reasons if one.code != "thread.reopen"), reason))


def _assigned(at: Situation, ticket: TicketFacts) -> tuple[Assign, ...]:
    """Return that the ticket is the tenant's whom its requester, who writes for several, names now."""
    tenant = at.match.tenant
    asked = ticket.tenant is None and at.sender.listed and at.sender.address == ticket.requester
    if not asked or tenant is None or at.by_machine:
        return ()
    response, resolution = at.promises(ticket.severity, tenant, ticket.opened_at)
    if ticket.answered:
        response, _ = at.promises(ticket.severity, tenant, ticket.waiting_since)
    # The customer was told a time already: no earlier one is promised now.
    if response and ticket.response_due_at:
        response = max(response, ticket.response_due_at)
    return (Assign(tenant.id, response, resolution),)


def _joined(at: Situation, found: Join, ticket: TicketFacts) -> Decision:
    assigned = _assigned(at, ticket)
    for effect in assigned:
        ticket = replace(ticket, tenant=effect.tenant, response_due_at=effect.response_due_at)
    tenant = at.rules.tenant_by_id(ticket.tenant)
    terms = at.terms(tenant)
    opening = opening_hours(at.rules, terms)
    kind = EntryKind.AUTOMATIC if at.by_machine else EntryKind.CUSTOMER
    machine = kind is EntryKind.AUTOMATIC
    flags = tuple(dict.fromkeys((*found.flags, *at.flags())))
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
    effects: tuple[Assign | Rise, ...] = (*assigned, *risen)
    decided = _with_answer(at, place, case, opening, effects, _told(at, found, case, risen=bool(risen)))
    return replace(decided, reasons=(*reasons, *decided.reasons))


def _risen(
    at: Situation, ticket: TicketFacts, tenant: Tenant | None, *, machine: bool
) -> tuple[Severity, tuple[Rise, ...], tuple[Reason, ...]]:
    """Return the ticket's severity after this message: it rises by itself and never falls.

    Words that say nothing of it are normal, and raise nothing: one of us may have called the ticket low.
    """
    wanted = at.classified.severity
    if machine or wanted.rank >= ticket.severity.rank or not _is_said(at, wanted):
        return ticket.severity, (), ()
    capped = at.context.rises_last_day >= at.rules.answers.down_a_day and not at.sender.listed
    if capped:
        text = "this address has raised enough tickets today: told, but not raised"
        return ticket.severity, (), (Reason("severity.capped", text),)
    response, resolution = at.promises(wanted, tenant)
    text = f"raised from {ticket.severity} to {wanted} by the customer's words"
    return (
        wanted,
        (Rise(wanted, response, resolution),),
        (Reason("severity.rise", text),),
    )


def _is_said(at: Situation, severity: Severity) -> bool:
    """Return whether a rule found words of that severity: normal is also what nothing is said of."""
    rules = {rule.id for rule in at.rules.severity[severity].rule}
    return severity is not Severity.NORMAL or any(hit.rule in rules for hit in at.classified.evidence)


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
    effects: tuple[Assign | Rise, ...],
    told: Notify | None,
) -> Decision:
    proposed = Flag.PROPOSED_PARTICIPANT in place.flags
    answer, reason = answer_for(at.message, at.arrival, at.sender, case, at.context, at.rules, opening, at.now)
    if at.system is not None:
        answer, reason = None, Reason("answer.none", "no answer: a known system sent it")
    if (vendor := vendor_of(at.sender.address, at.rules)) is not None:
        answer, reason = None, Reason("answer.none", f"no answer: it is from {vendor.name}, a vendor")
    if proposed:
        answer = None
        reason = Reason("answer.none", "a colleague gets nothing before an agent allows it")
    consequences: tuple[Consequence, ...] = effects
    if answer:
        consequences = (*consequences, answer)
    if told:
        consequences = (*consequences, told)
    return Decision(place, (*consequences, *_handed_on(at, place)), (reason, *offered_reasons(answer, at.rules)))


def _handed_on(at: Situation, place: OpenTicket | JoinTicket) -> tuple[PassOn, ...]:
    """Return that the customer's message goes to the agents whose it is to answer, where they answer by relay."""
    if place.kind is not EntryKind.CUSTOMER or not by_relay(at.rules):
        return ()
    if isinstance(place, OpenTicket):
        tenant = place.tenant
    else:
        known = at.context.ticket(place.ticket)
        tenant = known.tenant if known else None
    agents = tuple(agent.id for agent in at.rules.agent if may_be_called(agent, tenant))
    return (PassOn(agents, urgent=at.urgent),) if agents else ()
