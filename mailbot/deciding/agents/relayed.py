"""Replies of agents to what we handed on to them: the only mail of theirs that reaches a customer.

Commands on the first lines are done, and the words below them are sent. What cannot be read stops all of the mail: the
agent is told line by line, and his "send" lets it go as text.

A reply speaks as us to a customer, so three things must fit: From is a registered address of an agent, something proves
that From, and it bears the token of a relay that was sealed for that very agent, in the address it goes to, in the ids
that it refers to, or in the line of reference that its quotation holds. What lacks one of them is asked back, once, at
the agent's registered address: whoever reads mail there and answers is the agent.

| From | evidence | token | outcome |
|---|---|---|---|
| registered | pass | his own | sent to the customer |
| registered | none | his own | asked back |
| not registered | pass | an agent's | asked back at that agent's address |
| registered | pass or none | somebody else's | refused, all are told |
| registered or not | fail | any | kept apart (`unusual`) |

Two tokens that name different tickets are refused as well. A reply that says nothing new is never sent. An agent who
has no right to a customer's mail cannot answer it. Nothing of a machine's is sent (`unusual` comes first). What is
sent are the words that are surely new, as he formatted them where that surely says the same: where lines of the relay
stand among them, the quotation was not recognised, and nothing is. His files go along. Where an agent's own address
stands in the words, or what he brings may tell more than he means (`written`) or is too large, he is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.deciding.agents.commands import Moment, Orders, parse_message, transcript
from mailbot.deciding.agents.doing import consequences, possible
from mailbot.deciding.agents.team import agent_of, is_ours, may_act_for, takes
from mailbot.deciding.agents.written import private_addresses
from mailbot.deciding.compose.markup import html_of
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    UNCONFIRMED,
    Ask,
    Confirm,
    Consequence,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    JoinTicket,
    NoticeKind,
    Notify,
    Quarantine,
    Reason,
    Send,
)
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Claim, Purpose, purpose_of, verify
from mailbot.reading.model import Verdict
from mailbot.reading.quotation import quoting
from mailbot.reading.quotation.writtenhtml import without_places
from mailbot.rules import Agent, Rules

# The first line of a relay, and its last: where they stand in the new words, the quotation was not recognised.
_RELAY = re.compile(r"A reply to this mail goes to|\bRef:\s*[a-z2-7]{39}|\b[a-z2-7]{39}\b", re.IGNORECASE)
_LONGEST = 500_000
_AROUND = 100_000
_YES = frozenset("yes y ok okay send confirm confirmed ja oui sí si sim".split())


@dataclass(frozen=True, slots=True)
class _Held:
    """A valid token: whose it is, and what it says."""

    agent: Agent
    claim: Claim


def reply_to_relay(at: Situation) -> Decision | None:
    """Return the decision on an agent's reply to a relay, None for what bears no such token."""
    held = tuple(_held(at, Purpose.RELAY))
    if not held or at.sender.verdict is Verdict.FAIL:
        return None
    writer = agent_of(at.sender.address, at.rules)
    own = [one for one in held if writer is None or one.agent == writer]
    numbers = sorted({one.claim.ticket for one in own})
    if not own:
        return _refused("foreign-token", f"it bears the token of {held[0].agent.name}'s relay, and is from {_who(at)}")
    if len(numbers) > 1 or (writer is None and len({one.agent.id for one in own}) > 1):
        return _refused("tokens-disagree", "its tokens name different tickets, or different agents")
    agent, ticket = own[0].agent, at.context.ticket(numbers[0])
    if ticket is None or not may_act_for(agent, ticket.tenant):
        return _refused("no-right", f"#{numbers[0]} is not {agent.name}'s to answer", agent)
    return _judged(at, agent, ticket)


def _judged(at: Situation, agent: Agent, ticket: TicketFacts) -> Decision:
    """Return what becomes of the words of a mail that bears this agent's token for that ticket."""
    text = quoting.split(at.message.text, strict=True).reply.strip()
    if not text and not at.written.files:
        told = Reason("relay.empty", "it says nothing new: nothing is sent to the customer")
        return Decision(JoinTicket(ticket.id, EntryKind.NOTE), (_unsent(agent, "it says nothing new"),), (told,))
    if _RELAY.search(text) or len(at.message.text) > _LONGEST:
        return _refused("words-unclear", "your new words cannot be told from what you quote", agent)
    orders = possible(parse_message(replace(at.message, reply_text=text), Moment.of(agent, at.rules, at.now)))
    confirmed = at.arrival.confirmed_by == agent.id
    if orders.problems and not confirmed:
        return _asked(agent, text, "not all of it could be read", transcript(orders, at.rules.partner.zone))
    if orders.problems:
        orders = Orders(below=orders.as_text)
    if confirmed:
        return _done(at, agent, ticket, orders, "the agent confirmed it")
    if agent_of(at.sender.address, at.rules) is None:
        return _asked(agent, text, f"it came from {_who(at)}, which is not known as yours")
    if at.sender.verdict is not Verdict.PASS:
        return _asked(agent, text, "nothing proves that it comes from your address")
    if doubts := tuple(_doubts(at, orders)):
        return _asked(agent, text, "; ".join(doubts))
    return _done(at, agent, ticket, orders, "From is proven, and the token is this agent's")


def _doubts(at: Situation, orders: Orders) -> Iterator[str]:
    """Yield what the agent is asked about before the customer gets the words, none where she gets none of it."""
    words, brought = orders.text.strip(), at.written
    if not words and orders.steps:
        return
    if not words:
        yield "it brings files, and no words"
    if any(address in words.lower() for address in private_addresses(at.message, at.rules)):
        yield "it tells the customer an address of yours"
    yield from brought.doubts
    if brought.pictured and brought.form(words) is None:
        yield "its words can be sent, and its pictures cannot be told from those of a signature: they would stay behind"
    if _is_too_large(at, words):
        yield "with its files it is larger than what surely arrives: only its words would be sent"


def _is_too_large(at: Situation, words: str) -> bool:
    """Return whether the whole exceeds what a mail may have, as base64 and with what is written around it."""
    form = at.written.form(words)
    files = sum(len(one.octets) for one in (*at.written.files, *at.written.asked))
    octets = files + sum(len(one.octets) for one in (form.pictures if form else ()))
    return octets * 3 // 2 + 8 * len(words) + _AROUND > at.rules.limits.message_bytes


def confirmation(at: Situation) -> Decision | None:
    """Return the decision on an agent's answer to our question whether a mail is his, None for all else."""
    held = tuple(_held(at, Purpose.CONFIRMATION))
    if not held or at.sender.verdict is Verdict.FAIL:
        return None
    writer = agent_of(at.sender.address, at.rules)
    own = next((one for one in held if one.agent == writer), None)
    if own is None:
        return _refused("foreign-token", f"it answers a question put to {held[0].agent.name}, and is from {_who(at)}")
    words = at.message.reply_text.split()
    if not words or words[0].strip(".,!#").lower() not in _YES:
        said = Reason("confirmation.none", "it does not say yes: what was asked about waits on")
        unsent = _unsent(own.agent, "it answers a question of mine, and does not say yes")
        return Decision(FileEvent(EventKind.OWN), (unsent,), (said,))
    said = Reason("confirmation", f"{own.agent.name} says that the mail is theirs")
    return Decision(FileEvent(EventKind.OWN), (Confirm(own.claim.ticket, own.agent.id),), (said,))


def _held(at: Situation, purpose: Purpose) -> Iterator[_Held]:
    """Yield the tokens for that purpose which the message bears, with the agents for whom they were sealed."""
    clues = at.clues
    tokens = dict.fromkeys((*clues.recipient_tokens, *clues.id_tokens, *clues.text_tokens))
    for token in (one for one in tokens if purpose_of(one) is purpose):
        for agent in at.rules.agent:
            claims = (verify(at.keyring, token, address, at.now.date()) for address in agent.addresses)
            claim = next((one for one in claims if one is not None), None)
            if claim is not None:
                yield _Held(agent, claim)


def _done(at: Situation, agent: Agent, ticket: TicketFacts, orders: Orders, why: str) -> Decision:
    """Return that the commands are done and the words are sent, unless all of them are for our own people."""
    reasons = [Reason("relay.reply", f"{agent.name} answers #{ticket.id}: {why}")]
    reasons += [Reason("relay.command", f"{step.written} is done") for step in orders.understood]
    done: tuple[Consequence, ...] = tuple(consequences(orders, agent, confirmed=at.arrival.confirmed_by == agent.id))
    words = orders.text.strip()
    if not words and orders.steps:
        reasons.append(Reason("relay.private", "the customer gets nothing of it"))
        return Decision(JoinTicket(ticket.id, EntryKind.NOTE, agent=agent.id), done, tuple(reasons))
    recipients = _outside(ticket, at.rules)
    if not recipients:
        reasons.append(Reason("relay.nobody", "one of us opened the ticket, and no customer wrote to it: a note"))
        unsent = _unsent(agent, f"nobody but ourselves has written to #{ticket.id}; your words are a note there")
        return Decision(JoinTicket(ticket.id, EntryKind.NOTE, agent=agent.id), (*done, unsent), tuple(reasons))
    effect = _sent(at, agent, words, recipients)
    brought = f" and {len(effect.files)} files" if effect.files else ""
    reasons.append(Reason("relay.sent", f"the words{brought} are sent to the customer, and nothing else of the mail"))
    place = JoinTicket(ticket.id, EntryKind.AGENT, agent=agent.id)
    return Decision(place, (effect, *takes(agent, ticket), *done), tuple(reasons))


def _outside(ticket: TicketFacts, rules: Rules) -> tuple[str, ...]:
    """Return who of those who wrote to the ticket is a customer: an agent's address is told to nobody."""
    writers = dict.fromkeys((ticket.requester, *sorted(ticket.writers)))
    return tuple(address for address in writers if address and not is_ours(address, rules))


def _sent(at: Situation, agent: Agent, words: str, recipients: tuple[str, ...]) -> Send:
    """Return what leaves: the words as they were formatted, or as they stand, and the files as far as they fit."""
    form, brought, text = at.written.form(words), at.written, without_places(words)
    if _is_too_large(at, words):
        return Send(agent.id, text, recipients, html_of(text))
    html, pictures = (form.html, form.pictures) if form else (html_of(text), ())
    return Send(agent.id, text, recipients, html, pictures, (*brought.files, *brought.asked))


def _asked(agent: Agent, text: str, why: str, told: tuple[str, ...] = ()) -> Decision:
    reasons = (
        Reason("relay.asked", f"{why}: asked back at {agent.addresses[0]}"),
        Reason("relay.waits", "nothing is sent or done before the agent says so"),
    )
    return Decision(Quarantine(UNCONFIRMED), (Ask(agent.id, why, text, told=told),), reasons)


def _refused(cause: str, text: str, agent: Agent | None = None) -> Decision:
    """Return that the mail is kept apart, that those are told who are told of that, and the agent if he wrote it."""
    told = Notify(NoticeKind.QUARANTINED, urgent=True, text=f"{text}; nothing was sent to the customer.")
    asked = (_unsent(agent, text),) if agent else ()
    return Decision(Quarantine(cause), (told, *asked), (Reason(f"quarantine.{cause}", text),))


def _unsent(agent: Agent, why: str) -> Ask:
    """Return that the agent is told why the customer got nothing."""
    return Ask(agent.id, why, confirmable=False)


def _who(at: Situation) -> str:
    return at.sender.address or "nobody clear"
