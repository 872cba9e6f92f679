"""Replies to a page: "ok" says that its outages were seen, and needs no more than that page's token.

It stops that page and does nothing else, so whoever holds the telephone may say it, from whatever address its program
or the gateway of its text messages has. All else is looked at as an answer to a list (`listing`).

| its token | From | it says | outcome |
|---|---|---|---|
| valid | any | "ok" and the like, first of all | the outages that are still called about count as seen |
| valid | not failed | words below the "ok" | a note of its ticket, if the page was of one outage |
| too old, or altered | any | the same | filed: nothing is done |
| valid | not failed | other words, and the page was of one outage | a note of its ticket |
| valid | not failed | other words, and it was of several | told back |
| valid | as for a list | orders by number | done, or asked about, as in answer to a list |
| any | | what a machine wrote | kept with nothing done |

None of it ever reaches a customer.
"""

from __future__ import annotations

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.bearing import Borne, tokens_borne
from mailbot.deciding.agents.commands.watching import says_ok
from mailbot.deciding.agents.machines import is_as_us, may_be_typed
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Consequence,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    Reason,
    TicketState,
)
from mailbot.deciding.listed import Acknowledge, Listing, ListKind
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose, purpose_of
from mailbot.reading.model import Verdict
from mailbot.rules import Agent, Severity


def acknowledged(at: Situation) -> Decision | None:
    """Return the decision on a mail that says "ok" to a page, None for all else."""
    if not any(purpose_of(token) is Purpose.PAGE for token in _tokens(at)) or _is_machines(at):
        return None
    first, _, below = new_words(at.message, at.rules).strip().partition("\n")
    if not says_ok(first):
        return None
    borne = next(tokens_borne(at, Purpose.PAGE), None)
    listing = page_of(at, borne) if borne else None
    if borne is None or listing is None:
        text = "it says ok, and its page is too old or not one of ours: nothing is done"
        return Decision(FileEvent(EventKind.OWN), reasons=(Reason("page.dead", text),))
    done: tuple[Consequence, ...] = (Acknowledge(borne.agent.id, listing.id),)
    reason = Reason("page.ok", f"{borne.agent.name} has seen the page")
    # Of what is provably not from where it says, nothing but the "ok" counts.
    is_forged = at.sender.verdict is Verdict.FAIL
    kept = as_note(at, borne.agent, listing) if below.strip() and not is_forged else None
    if kept is None:
        return Decision(FileEvent(EventKind.OWN), done, (reason,))
    return Decision(kept.place, done, (reason, *kept.reasons))


def page_of(at: Situation, borne: Borne) -> Listing | None:
    """Return the page that a token names, None where it is no page of its owner's."""
    pages = (one for one in at.context.listings if one.kind is ListKind.PAGE and one.agent == borne.agent.id)
    return next((one for one in pages if one.id == borne.claim.ticket), None)


def as_note(at: Situation, agent: Agent, listing: Listing) -> Decision | None:
    """Return that the words are a note of the page's ticket, None where it was about several."""
    named = at.context.ticket(next(iter(listing.tickets.values()), 0)) if len(listing.tickets) == 1 else None
    if named is None:
        return None
    ticket = at.context.home(named)
    is_proven = at.sender.verdict is Verdict.PASS and agent_of(at.sender.address, at.rules) == agent
    place = JoinTicket(ticket.id, EntryKind.NOTE, flags=() if is_proven else (Flag.UNVERIFIED,))
    text = f"it answers a page about #{ticket.id}: a note there, the customer does not see it"
    return Decision(place, reasons=(Reason("note", text),))


def is_called_about(at: Situation, ticket: TicketFacts) -> bool:
    """Return whether somebody may be called about a ticket: an outage that waits for an answer, while we are closed."""
    waits = ticket.waiting_since is not None and ticket.waits_until is None and ticket.state is TicketState.OPEN
    return waits and ticket.severity is Severity.CRITICAL and not opening_hours(at.rules, None).is_open(at.now)


def _tokens(at: Situation) -> tuple[str, ...]:
    return (*at.clues.recipient_tokens, *at.clues.id_tokens, *at.clues.text_tokens)


def _is_machines(at: Situation) -> bool:
    """Return whether a machine wrote it: a note of absence, a gateway's receipt."""
    return at.message.automatic.kind is not None and not may_be_typed(at) and not is_as_us(at)
