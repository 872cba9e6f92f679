"""Handing customers' mail on to agents, and what they answer to customers: the mails between the two.

A relay brings an agent the customer's words and what he needs to answer them; its first line says where a reply goes.
It bears a token that is sealed for this agent and ticket in its Message-ID, in Reply-To where sub-addresses reach us,
and in a last line "Ref: …" which quotations keep. Mail that can wait leaves in the agent's hours. What another of us
answered is handed on in the same way (`sharing`).

What he replies leaves as a mail of the desk: his words, our address, nothing of his mail's header. The customer's
token stands in its Message-ID and Reply-To, so that her answer finds the ticket.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.deciding.agents.copied import copied
from mailbot.deciding.agents.handed import handed, opened
from mailbot.deciding.agents.team import agent_by_id, agent_of, is_ours
from mailbot.deciding.classify import is_reply_by_subject
from mailbot.deciding.compose import File, UnwritableMail, addr_spec, content_of
from mailbot.deciding.compose.markup import page_of
from mailbot.deciding.effects import PassOn, Send, TicketState
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.lookup import home_of
from mailbot.desk.mails import unreached
from mailbot.desk.mails.briefing import relay_facts
from mailbot.desk.mails.customermail import CustomerMail, customer_mail
from mailbot.desk.mails.duty import Handing, hand_to
from mailbot.desk.mails.sharing import told_mail
from mailbot.desk.mails.teammail import URGENT_PRIORITY, TeamMail, team_mail
from mailbot.desk.mails.vendoranswers import answer_mail
from mailbot.desk.nights import may_see
from mailbot.errors import NotFound, StoreBroken, StoreDamaged, StoreUnavailable
from mailbot.reading.model import Mailbox, Message
from mailbot.render.notices import relay_sender
from mailbot.rules import Agent
from mailbot.store import conditions, given, relays, spool, tickets, vendors
from mailbot.store.outbox import NewMail, queue

_log = structlog.get_logger(__name__)

ASKED_PRIORITY = 10
"""The place in the queue of what an agent asked for."""
PRIORITY = 40
"""The place in the queue of what can wait."""
_ANSWER_PRIORITY = 10


def pass_on(
    conn: Connection, desk: Desk, effect: PassOn, message: Message, ticket: int, entry: int, now: datetime
) -> None:
    """Note that these agents are to get the message."""
    besides = relays.Besides(handed(message, desk.rules.limits.message_bytes), copied(message, desk.rules))
    named = filter(None, (agent_by_id(one, desk.rules) for one in effect.agents))
    # Of an outage that an answering service reports whoever comes after it hears at once.
    agents = tuple(one for one in named if not (one.outsourced and one == agent_of(_author(message), desk.rules)))
    hand_to(conn, desk, agents, Handing(ticket, entry, effect.urgent, besides), now)


def hand_over(conn: Connection, desk: Desk, relay: relays.Relay, agent: Agent, now: datetime) -> bool:
    """Put the mail that brings the agent this message into the outbox; return whether he gets it.

    One that cannot be written, for whatever cause, is told of and keeps no other from leaving. What came in as a
    message, had to wait for his hours or his return, and waits for no answer by then, does not reach him: he hears of
    the answer (`sharing`). What is handed on by a request, or since a wait is over, does, whatever became of it.
    """
    key = ""
    try:
        is_for_him = _is_his(conn, desk, relay, agent, now) and not _is_done_with(conn, desk, relay, agent)
        mail = _relay_mail(conn, desk, relay, agent, now) if is_for_him else None
    except UnwritableMail as error:
        unreached.note_unreachable(conn, desk, agent, error, now, relay)
        mail = None
    except (StoreUnavailable, StoreBroken, DBAPIError):
        raise
    except Exception as error:  # noqa: BLE001 - it is logged and told, and what waits for others goes on
        _log.exception("relay-failed", ticket=relay.ticket_id, entry=relay.entry_id, agent=agent.id)
        unreached.tell_of_lost(conn, desk, agent, relay, error, now)
        mail = None
    if mail is not None:
        queue(conn, desk.partner, mail, now)
        conditions.end(conn, desk.partner, conditions.AGENT + agent.id)
        key = mail.key
    relays.assign(conn, [relay.id], key)
    return mail is not None


def _author(message: Message) -> str:
    return message.sender.address if message.sender else ""


def _is_his(conn: Connection, desk: Desk, relay: relays.Relay, agent: Agent, now: datetime) -> bool:
    """Return whether the ticket is the agent's to see: it may have become another tenant's while the mail waited."""
    facts = tickets.facts(conn, desk.partner, [relay.ticket_id])
    return any(may_see(conn, desk, agent, ticket, now) for ticket in facts)


def _is_done_with(conn: Connection, desk: Desk, relay: relays.Relay, agent: Agent) -> bool:
    """Return whether others have done with what came in, and is late, for an agent whose ticket it is not."""
    if not relay.late or relay.urgent or relay.asked or given.given(conn, relay.entry_id) is not None:
        return False
    if vendors.answer(conn, relay.entry_id) is not None:
        return False
    home = home_of(conn, desk, relay.ticket_id)
    [ticket] = tickets.facts(conn, desk.partner, [home])
    if ticket.assignee == agent.id or (ticket.state is TicketState.OPEN and not ticket.assignee):
        return False
    return not relays.waits(conn, home, relay.entry_id) and not given.is_handed_anew(conn, relay.id)


def _relay_mail(conn: Connection, desk: Desk, relay: relays.Relay, agent: Agent, now: datetime) -> NewMail:
    answer = given.given(conn, relay.entry_id)
    if answer is not None:
        return team_mail(desk, told_mail(conn, desk, relay, answer, agent, now), now)
    files = _files(conn, relay)
    of_vendor = answer_mail(conn, desk, relay, files, agent, now)
    if of_vendor is not None:
        return team_mail(desk, of_vendor, now)
    address = agent.addresses[0]
    token = desk.token(Purpose.RELAY, relay.ticket_id, address, now)
    facts = relay_facts(conn, desk, relay, files, token, now)
    mail = TeamMail(
        key=f"relay:{relay.id}",
        kind=relays.KIND,
        template="team-relay",
        facts=facts,
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{relay.id:x}r",
        sender=relay_sender(facts.item, facts.brand),
        answerable=True,
        ticket=relay.ticket_id,
        entry=relay.entry_id,
        thread=relay.ticket_id,
        files=files,
        priority=ASKED_PRIORITY if relay.asked else URGENT_PRIORITY if relay.urgent else PRIORITY,
    )
    return team_mail(desk, mail, now)


def _files(conn: Connection, relay: relays.Relay) -> tuple[File, ...]:
    """Return the files that go along; none of a message whose octets are gone: its words are what an agent needs."""
    brought = [one for one in relay.besides.files if one.place is not None]
    arrival = relays.arrival_of(conn, relay.entry_id) if brought else None
    if arrival is None:
        return ()
    try:
        return tuple(opened(spool.raw_of(conn, arrival), brought))
    except (NotFound, StoreDamaged):
        return ()


def reply_mails(
    conn: Connection,
    desk: Desk,
    effect: Send,
    ticket: int,
    arrival: int,
    message: Message,
    now: datetime,
    *,
    held: bool,
) -> tuple[NewMail, ...]:
    """Return what an agent answers as mails, which wait for people if they are `held`.

    There is one for each recipient to whom mail can be written; raise UnwritableMail where it can be to none.
    """
    unwritable = unwritable_of(effect.recipients)
    if unwritable and len(unwritable) == len(effect.recipients):
        raise UnwritableMail(f"no mail can be sent to {' and '.join(unwritable)}")
    effect = replace(effect, recipients=tuple(one for one in effect.recipients if one not in unwritable))
    agent = agent_by_id(effect.agent, desk.rules)
    conversation = effect.within or ticket
    entry = relays.relayed_entry(conn, desk.partner, conversation, _referred(message))
    answered = relays.answered(conn, conversation, entry, partial(is_ours, rules=desk.rules))
    write = partial(_reply_mail, desk, effect, agent.name if agent else "", conversation, arrival, answered)
    return tuple(replace(write(recipient, now), ticket_id=ticket, held=held) for recipient in effect.recipients)


def unwritable_of(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the addresses to which no mail can be written."""
    found = []
    for address in addresses:
        try:
            addr_spec(address)
        except UnwritableMail:
            found.append(address)
    return tuple(found)


def _reply_mail(
    desk: Desk,
    effect: Send,
    name: str,
    ticket: int,
    arrival: int,
    answered: relays.Answered,
    recipient: str,
    now: datetime,
) -> NewMail:
    brand, number = desk.rules.partner.brand, effect.recipients.index(recipient)
    subject = effect.subject or _reply_subject(answered.subject)
    html = page_of(effect.html) if effect.html else None
    mail = CustomerMail(
        key=f"reply:{arrival}:{number}",
        kind=given.REPLY,
        recipient=recipient,
        content=content_of(subject, effect.text + "\n", html, pictures=effect.pictures, files=effect.files),
        message_id=desk.message_id(desk.token(Purpose.CUSTOMER, ticket, recipient, now), f"{arrival:x}s{number:x}"),
        priority=_ANSWER_PRIORITY,
        answered=answered,
        sender=f"{name} · {brand}" if name else brand,
        others=tuple(other for other in effect.recipients if other != recipient),
        ticket=ticket,
    )
    return customer_mail(desk, mail, now)


def _referred(message: Message) -> tuple[str, ...]:
    return tuple(filter(None, (message.in_reply_to, *reversed(message.references))))


def _reply_subject(subject: str) -> str:
    return subject if is_reply_by_subject(Message(subject=subject)) else f"Re: {subject}".rstrip()
