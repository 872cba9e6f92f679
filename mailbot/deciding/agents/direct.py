"""Answers that one of us wrote past mailbot: they have reached the customer already and are only written down.

| how | evidence | outcome |
|---|---|---|
| from the shared mailbox, found in its folder of sent mail | possession of the mailbox | the agent's answer |
| from an agent's own address, support@ in copy | From is genuine | the agent's answer |
| the same | nothing proves From | a note, unverified; the clock runs on |

An answer stops the clock of the first response, and its Message-ID lets the customer's next mail find the ticket.
Which ticket it answers is told by the ids it refers to, by a number in its subject, or by its recipient, if only one
open ticket of hers can be meant; always one of the recipients must belong to that ticket. What goes to somebody else,
such as a carrier, is a note. Mail of ours in that folder (providers put there what leaves through them) is no answer;
it settles that the relay took it, where that was in doubt.
Nothing here sends anything or changes a ticket's state, and no command counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.deciding.agents.team import agent_of, is_ours
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Decision, EntryKind, EventKind, FileEvent, Flag, JoinTicket, MarkSent, Reason
from mailbot.deciding.situation import Situation
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.tokens import TOKEN
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message, Verdict
from mailbot.rules import Rules


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
    return _written_down(at, recipients, (found_there,))


def in_copy(at: Situation) -> Decision | None:
    """Return the decision on an agent's mail to a customer that we got a copy of, None for all else."""
    agent = agent_of(at.sender.address, at.rules)
    recipients = customers(at.message, at.rules)
    if agent is None or not recipients or at.by_machine or at.sender.verdict is Verdict.FAIL:
        return None
    proven = at.sender.verdict is Verdict.PASS
    if not proven and _answered(at, recipients)[0] is None:
        return None
    told = Reason("in-copy", f"{agent.name} wrote to a customer, with us in copy")
    if not proven:
        text = "nothing proves that it comes from there: a note, and the clock runs on"
        return _written_down(at, recipients, (told, Reason("in-copy.unverified", text)), EntryKind.NOTE)
    return _written_down(at, recipients, (told,))


def customers(message: Message, rules: Rules) -> frozenset[str]:
    """Return the recipients in To and Cc who are none of us, in the form that is compared."""
    named = (canonical(box.address) for box in (*message.to, *message.cc))
    return frozenset(address for address in named if address and not is_ours(address, rules))


def _own(at: Situation) -> str:
    """Return why this is mailbot's own mail and no person's, "" if it is not."""
    message_id = at.message.message_id or ""
    if at.context.ours or TOKEN.fullmatch(message_id.partition(".")[0].lower()):
        return "it left by mailbot itself"
    declared = next((text for text in at.message.automatic.reasons if text.startswith("Auto-Submitted")), "")
    return f"no person wrote it ({declared})" if declared else ""


def _written_down(
    at: Situation, recipients: frozenset[str], reasons: tuple[Reason, ...], kind: EntryKind = EntryKind.AGENT
) -> Decision:
    ticket, reason = _answered(at, recipients)
    if ticket is None:
        return Decision(FileEvent(EventKind.AGENT), reasons=(*reasons, reason))
    if not _concerns(ticket, recipients, at):
        reason = Reason("answer.elsewhere", f"it refers to #{ticket.id} and went to somebody else: a note there")
        kind = EntryKind.NOTE
    flags = (Flag.UNVERIFIED,) if at.sender.verdict is not Verdict.PASS and not at.arrival.sent else ()
    return Decision(JoinTicket(ticket.id, kind, flags=flags), reasons=(*reasons, reason))


def _answered(at: Situation, recipients: frozenset[str]) -> tuple[TicketFacts | None, Reason]:
    """Return the ticket that the mail is about and what tells so; None where nothing does."""
    if (ticket := next(_referred(at), None)) is not None:
        return ticket, Reason("thread.reference", f"it answers a mail of #{ticket.id}")
    for number in at.clues.numbers:
        ticket = at.context.ticket(number)
        if ticket is not None and _concerns(ticket, recipients, at):
            return ticket, Reason("thread.number", f"it names #{number}, and goes to somebody of that ticket")
    open_tickets = at.context.open_of
    alike = [ticket for ticket in open_tickets if at.clues.topic and ticket.topic == at.clues.topic]
    for candidates, text in ((alike, "has that subject"), (open_tickets, "is open")):
        if len(candidates) == 1:
            ticket = candidates[0]
            return ticket, Reason("thread.recipient", f"of its recipient's tickets only #{ticket.id} {text}")
    if open_tickets:
        numbers = ", ".join(f"#{ticket.id}" for ticket in open_tickets)
        return None, Reason("thread.unclear", f"it may be about any of {numbers}: filed")
    return None, Reason("thread.none", "it is about no ticket: filed")


def _referred(at: Situation) -> Iterator[TicketFacts]:
    """Yield the tickets of the ids that the mail refers to, the newest first."""
    by_id = {known.message_id: known.ticket for known in at.context.known_ids}
    found = (at.context.ticket(by_id[one]) for one in at.clues.message_ids if one in by_id)
    return (ticket for ticket in found if ticket is not None)


def _concerns(ticket: TicketFacts, recipients: frozenset[str], at: Situation) -> bool:
    """Return whether one of them is a party of the ticket, or of its tenant."""
    if recipients & {ticket.requester, *ticket.parties}:
        return True
    return any(tenant.id == ticket.tenant for address in recipients for tenant in listed_tenants(address, at.rules))
