"""Answers that one of us wrote past mailbot: they have reached the customer already and are only written down.

| how | evidence | outcome |
|---|---|---|
| from the shared mailbox, found in its folder of sent mail | possession of the mailbox | the agent's answer |
| from an agent's own address, support@ in copy | From is genuine | the agent's answer |
| the same | nothing proves From | a note, unverified; the clock runs on |
| a reply to a relay, to all whom it would go to, support@ in copy | as above | as above: nobody gets it twice |
| a relay passed on to others, support@ in copy (`addressed`) | as above | a note |

An answer stops the clock of the first response, and its Message-ID lets the customer's next mail find the ticket. A
ticket that is nobody's yet is its writer's; in the shared mailbox the display name tells who that is, or nothing does.
Which ticket it answers is told by the ids it refers to, by a number in its subject, or by its recipients, if only one
open ticket of theirs can be meant and all belong to it; always one of them must belong to that ticket. What goes to
somebody else, such as a carrier, is a note; so is what only a recipient ties to an outage, for an invoice would stop
its clock. Mail of ours in that folder (providers put there what leaves through them) is no answer; it settles that the
relay took it, where that was in doubt. Nor is what a machine sends from there (receipts, notes of absence, answers to
invitations), or what somebody else wrote and a hand moved there. An agent's mail that names no ticket and is addressed
to us, or reads critical, is a customer's like any other; addressed to us beside a customer it is one only where no
ticket of hers can be meant.
Nothing here sends anything to a customer or changes a ticket's state, but for the commands that `seen` has done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.deciding.agents.seen import with_seen
from mailbot.deciding.agents.team import agent_by_name, agent_of, is_desk, is_ours, writes_as_us
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Answered,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    MarkSent,
    Reason,
)
from mailbot.deciding.situation import Situation
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.tokens import TOKEN
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message, Verdict
from mailbot.reading.verdicts.automatic import FROM_US
from mailbot.rules import Agent, Rules, Severity


def from_the_mailbox(at: Situation) -> Decision | None:
    """Return the decision on what was found in the folder of sent mail, None for all that was not."""
    if not at.arrival.sent:
        return None
    found_there = Reason("sent", "it was written from our mailbox: its folder of sent mail holds it")
    own = _own(at)
    if own:
        marked = (MarkSent(at.context.ours.outbox),) if at.context.ours else ()
        return Decision(FileEvent(EventKind.OWN), marked, (found_there, Reason("sent.own", own)))
    recipients = customers(at.message, at.rules)
    if not recipients:
        return Decision(
            FileEvent(EventKind.OWN), reasons=(found_there, Reason("sent.own", "it went to ourselves only"))
        )
    return _written_down(_answered(at, recipients), at, recipients, (found_there,))


def in_copy(at: Situation) -> Decision | None:
    """Return the decision on an agent's mail to a customer that we got a copy of, None for all else."""
    agent = agent_of(at.sender.address, at.rules)
    recipients = customers(at.message, at.rules)
    if agent is None or not recipients or at.by_machine or at.sender.verdict is Verdict.FAIL:
        return None
    for_us = _is_for_us(at)
    answered = _named(at, recipients) if for_us and not _is_beside_a_customer(at) else _answered(at, recipients)
    if answered.ticket is None and (for_us or at.sender.verdict is not Verdict.PASS):
        return None
    return _copied(at, agent, answered, recipients)


def reached(at: Situation, agent: Agent, ticket: TicketFacts) -> Decision:
    """Return the decision on an agent's mail that bears a relay's token and went to whom it is for: not sent again."""
    reason = Reason("thread.relay", f"it bears the token of {agent.name}'s relay of #{ticket.id}")
    return _copied(at, agent, _Answered(ticket, reason, by_token=True), customers(at.message, at.rules))


def _copied(at: Situation, agent: Agent, answered: _Answered, recipients: frozenset[str]) -> Decision:
    whom = "a customer" if recipients else "others of us"
    told = Reason("in-copy", f"{agent.name} wrote to {whom}, with us in copy")
    if at.sender.verdict is not Verdict.PASS:
        text = "nothing proves that it comes from there: a note, and the clock runs on"
        answered = replace(answered, kind=EntryKind.NOTE)
        return _written_down(answered, at, recipients, (told, Reason("in-copy.unverified", text)))
    return _written_down(answered, at, recipients, (told,))


def _is_for_us(at: Situation) -> bool:
    """Return whether an agent's mail asks the desk to act: it is in To and not in copy, or it is of an outage."""
    return at.urgent or any(is_desk(box.address, at.rules) for box in at.message.to)


def _is_beside_a_customer(at: Situation) -> bool:
    """Return whether a customer stands in To beside us, so that it is hers; an outage is ours whoever stands there."""
    beside = {canonical(box.address) for box in at.message.to if not is_ours(box.address, at.rules)}
    listed = any(listed_tenants(one, at.rules) for one in beside)
    has_open = any(concerns(ticket, frozenset(beside), at) for ticket in at.context.open_of)
    return not at.urgent and (listed or has_open)


def customers(message: Message, rules: Rules) -> frozenset[str]:
    """Return the recipients in To and Cc who are none of us, in the form that is compared."""
    named = (canonical(box.address) for box in (*message.to, *message.cc))
    return frozenset(address for address in named if address and not is_ours(address, rules))


def _own(at: Situation) -> str:
    """Return why no person of ours wrote this, "" if one did."""
    message = at.message
    if at.context.ours or TOKEN.fullmatch((message.message_id or "").partition(".")[0].lower()):
        return "it left by mailbot itself"
    if not (at.sender.address and writes_as_us(at.sender.address, at.rules)):
        return "its From is none of us, whoever put it there"
    machine = next((text for text in message.automatic.reasons if text != FROM_US), "")
    return f"no person wrote it ({machine})" if machine else ""


@dataclass(frozen=True, slots=True)
class _Answered:
    """The ticket that a mail is about, None where nothing tells, what tells so, and whether it is an answer there.

    `by_token` says that the token of its writer's relay does.
    """

    ticket: TicketFacts | None
    reason: Reason
    kind: EntryKind = EntryKind.AGENT
    by_token: bool = False


def _written_down(
    answered: _Answered, at: Situation, recipients: frozenset[str], reasons: tuple[Reason, ...]
) -> Decision:
    ticket, reason, kind, writer = answered.ticket, answered.reason, answered.kind, _writer(at)
    if ticket is None:
        filed = Decision(FileEvent(EventKind.AGENT), reasons=(*reasons, reason))
        return with_seen(filed, at, None, recipients, writer, by_token=False)
    is_customers = concerns(ticket, recipients, at)
    if not is_customers:
        reason = Reason("answer.elsewhere", f"it refers to #{ticket.id} and went to somebody else: a note there")
        kind = EntryKind.NOTE
    flags = (Flag.UNVERIFIED,) if at.sender.verdict is not Verdict.PASS and not at.arrival.sent else ()
    agent = writer.id if writer else ""
    home, within = at.context.home_and_within(ticket)
    place = JoinTicket(home.id, kind, flags=flags, agent=agent, within=within)
    decided = Decision(
        place,
        (Answered(agent, within, tuple(sorted(recipients))),) if kind is EntryKind.AGENT else (),
        (*reasons, reason),
    )
    by_token = answered.by_token
    return with_seen(decided, at, home, recipients, writer, by_token=by_token, by_customer=is_customers)


def _writer(at: Situation) -> Agent | None:
    """Return which of us wrote it: by the address, or in the shared mailbox by the name that stands there."""
    shown = at.message.sender.name if at.message.sender and at.arrival.sent else ""
    return agent_of(at.sender.address, at.rules) or agent_by_name(shown, at.rules)


def _named(at: Situation, recipients: frozenset[str]) -> _Answered:
    """Return the ticket that the mail itself names."""
    if (ticket := next(_referred(at), None)) is not None:
        return _Answered(ticket, Reason("thread.reference", f"it answers a mail of #{ticket.id}"))
    for number in at.clues.numbers:
        ticket = at.context.ticket(number)
        if ticket is not None and concerns(ticket, recipients, at):
            text = f"it names #{number}, and goes to somebody of that ticket"
            return _Answered(ticket, Reason("thread.number", text))
    return _Answered(None, Reason("thread.none", "it is about no ticket: filed"))


def _answered(at: Situation, recipients: frozenset[str]) -> _Answered:
    """Return the ticket that the mail names, else the one that its recipients can only mean."""
    named, open_tickets = _named(at, recipients), at.context.open_of
    if named.ticket is not None or not open_tickets:
        return named
    alike = [ticket for ticket in open_tickets if at.clues.topic and ticket.topic == at.clues.topic]
    if len(alike) == 1:
        text = f"of its recipient's tickets only #{alike[0].id} has that subject"
        return _Answered(alike[0], Reason("thread.recipient", text))
    if len(open_tickets) == 1 and all(concerns(open_tickets[0], frozenset([one]), at) for one in recipients):
        ticket, text = open_tickets[0], f"of its recipient's tickets only #{open_tickets[0].id} is open"
        if ticket.severity is not Severity.CRITICAL:
            return _Answered(ticket, Reason("thread.recipient", text))
        text = f"{text}; it may be about something else: a note, and the clock of an outage runs on"
        return _Answered(ticket, Reason("thread.recipient", text), EntryKind.NOTE)
    numbers = ", ".join(f"#{ticket.id}" for ticket in open_tickets)
    return _Answered(None, Reason("thread.unclear", f"it may be about any of {numbers}, or something else: filed"))


def _referred(at: Situation) -> Iterator[TicketFacts]:
    """Yield the tickets of the ids that the mail refers to, the newest first."""
    by_id = {known.message_id: known.ticket for known in at.context.known_ids}
    found = (at.context.ticket(by_id[one]) for one in at.clues.message_ids if one in by_id)
    return (ticket for ticket in found if ticket is not None)


def concerns(ticket: TicketFacts, recipients: frozenset[str], at: Situation) -> bool:
    """Return whether one of them is a party of the ticket, or of its tenant."""
    if recipients & {ticket.requester, *ticket.parties}:
        return True
    return any(tenant.id == ticket.tenant for address in recipients for tenant in listed_tenants(address, at.rules))
