"""What a program of an agent's answers to our mail to him: an out-of-office note, a receipt. No customer gets it."""

from __future__ import annotations

from itertools import chain

from mailbot.deciding.agents.bearing import tokens_borne
from mailbot.deciding.effects import Decision, EntryKind, EventKind, FileEvent, JoinTicket, Reason
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import OF_AGENTS, OF_TICKETS, TOKEN
from mailbot.reading.verdicts.automatic import FROM_US, SUPPRESSED


def from_a_machine(at: Situation) -> Decision | None:
    """Return the decision on automatic mail that bears a token of an agent's, None for all else.

    It is kept with its ticket and told to nobody: whatever would tell its owner could make the next one. What only asks
    not to be answered by machines may be a person's, and is left to be asked about.
    """
    if at.message.automatic.kind is None or may_be_typed(at) or is_as_us(at):
        return None
    borne = next(chain.from_iterable(tokens_borne(at, purpose) for purpose in OF_AGENTS), None)
    if borne is None:
        return None
    reasons = (
        *(Reason("automatic", text) for text in at.message.automatic.reasons),
        Reason("agent.machine", f"a program of {borne.agent.name}'s answers our mail: nobody gets it"),
    )
    ticket = at.context.ticket(borne.claim.ticket) if borne.claim.purpose in OF_TICKETS else None
    if ticket is None:
        return Decision(FileEvent(EventKind.AUTOMATIC), reasons=reasons)
    return Decision(JoinTicket(at.context.home(ticket).id, EntryKind.AUTOMATIC), reasons=reasons)


def may_be_typed(at: Situation) -> bool:
    """Return whether all that speaks for a machine is the wish not to be answered by one, as some servers write it."""
    return set(at.message.automatic.reasons) == {SUPPRESSED}


def is_as_us(at: Situation) -> bool:
    """Return whether one of us seems to answer our mail to him, and his program wrote the support address into From.

    Programs do where it is set up as a further identity. What we wrote ourselves and comes back has an id of our own.
    """
    if not {FROM_US} <= set(at.message.automatic.reasons) <= {FROM_US, SUPPRESSED}:
        return False
    own = (at.message.message_id or "").partition(".")[0].lower()
    bears = any(next(tokens_borne(at, purpose), None) for purpose in OF_AGENTS)
    return bears and not TOKEN.fullmatch(own)
