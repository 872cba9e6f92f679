"""What agents ask for by the numbers of a list: a message whole, a list, one answer to several customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.content import with_files
from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import Answered, AnswerKind, EntryKind, Send
from mailbot.deciding.listed import AnswerOne, SendList, Show
from mailbot.desk import Desk
from mailbot.desk.acts.requests import Done
from mailbot.desk.mails import listing, outgoing, relaying, sharing, unreached
from mailbot.desk.refusing import RefusedError
from mailbot.reading.model import Message
from mailbot.store import clocks, relays, tickets


def show(conn: Connection, desk: Desk, effect: Show, now: datetime) -> Done:
    """Send an agent the newest message of a ticket, to be answered by replying."""
    agent = agent_by_id(effect.agent, desk.rules)
    relay = relays.again(conn, desk.partner, effect.agent, effect.ticket or 0, now) if effect.ticket else None
    if agent is None or relay is None:
        return Done(f"there is no message in #{effect.ticket}", told=True)
    if not relaying.hand_over(conn, desk, relay, agent, now):
        return Done(f"#{effect.ticket} cannot be sent to you", told=True)
    return Done(f"#{effect.ticket} follows, in a mail of its own")


def send(conn: Connection, desk: Desk, effect: SendList, now: datetime) -> None:
    """Send an agent a list."""
    agent = agent_by_id(effect.agent, desk.rules)
    if agent is None:
        return
    try:
        listing.send_list(conn, desk, agent, effect.kind, now, urgent=True)
    except UnwritableMail as error:
        unreached.note_unreachable(conn, desk, agent, error, now)


def answer(conn: Connection, desk: Desk, effect: AnswerOne, arrival: Arrival, message: Message, now: datetime) -> str:
    """Send an agent's words and files to the customers of one ticket, and log them as his answer; return to whom.

    Raise RefusedError for what cannot be written.
    """
    held = outgoing.may_have_answered(conn, desk, arrival, AnswerKind.ACKNOWLEDGEMENT)
    conversation = effect.within or effect.ticket
    words = Send(
        effect.agent,
        effect.text,
        effect.recipients,
        effect.html,
        effect.pictures,
        effect.files,
        within=effect.within,
    )
    try:
        mails = relaying.reply_mails(conn, desk, words, effect.ticket, arrival.id, message, now, held=held)
    except UnwritableMail as error:
        raise RefusedError(f"the answer to #{effect.ticket} could not be written: {error}") from error
    answered = Answered(effect.agent, effect.within, effect.recipients)
    entry = tickets.append_entry(
        conn,
        tickets.NewEntry(
            partner=desk.partner,
            kind=EntryKind.AGENT,
            at=arrival.received_at,
            recorded_at=now,
            ticket_id=effect.ticket,
            arrival_id=arrival.id,
            from_address=message.sender.address if message.sender else "",
            text=with_files(effect.text, effect.files),
            reply_text=effect.text,
            author=effect.agent,
            change=clocks.left_running(conn, effect.ticket, answered) or None,
        ),
    )
    own = tuple(replace(mail, key=f"{mail.key}:{conversation}") for mail in mails)
    outgoing.queue(conn, desk, own, conversation, entry, now)
    sharing.answered(conn, desk, effect.ticket, entry, answered, now)
    told = " and ".join(mail.recipient for mail in mails)
    unwritable = relaying.unwritable_of(effect.recipients)
    if unwritable:
        told += f", and to {' and '.join(unwritable)} no mail can be sent"
    return f"your words wait for a release, to {told}" if held else f"your words go to {told}"
