"""What the log knows that the decision on a message depends on, looked up in the transaction that applies it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.agents.direct import customers
from mailbot.deciding.agents.readers import reader_of
from mailbot.deciding.agents.written import relay_tokens
from mailbot.deciding.classify import subject_words
from mailbot.deciding.context import Arrival, Context, SentMail, TicketFacts
from mailbot.deciding.given import ANSWERS_CROSS, Given
from mailbot.deciding.promises import POLICY_MARK
from mailbot.deciding.situation import Situation
from mailbot.deciding.tenants import is_listed
from mailbot.deciding.threads import Clues
from mailbot.deciding.tokens import Purpose, peek, purpose_of
from mailbot.deciding.understanding import Understood, with_subject, without_said
from mailbot.deciding.vendors.whose import vendor_of
from mailbot.desk import Desk
from mailbot.desk.nights import with_calls
from mailbot.reading.fields.address import canonical, domain_of
from mailbot.reading.model import Message
from mailbot.store import answers, awaited, given, incidents, listings, quarantine, relays, said, team, tickets, vendors
from mailbot.store.relayed import handed_on

SENT_COPY = "sent:"
"""What the fingerprint begins with of the copy that its author kept: it is another than one that came in."""
_FEWEST_LINES = 3


def look_up(
    conn: Connection, desk: Desk, understood: Understood, arrival: Arrival, fingerprint: str, now: datetime
) -> Context:
    """Return what the log knows that the decision on this message depends on."""
    partner, message = desk.partner, understood.message
    address = canonical(message.sender.address) if message.sender else ""
    found = understood.clues
    asked = quarantine.asked_about(conn, partner, found.arrivals) if found.arrivals else ()
    known = tickets.known_ids(conn, partner, found.message_ids) if found.message_ids else ()
    theirs = vendors.tickets_by_ids(conn, partner, found.message_ids) if vendor_of(address, desk.rules) else ()
    numbers = found.listings
    if not numbers and reader_of(address, desk.rules):
        numbers = listings.last_of_week(conn, partner, address, arrival.received_at)
    lists = tuple(filter(None, (listings.listing(conn, partner, number) for number in numbers)))
    named = {*found.tickets, *(row.ticket for row in known), *(one.ticket for one in asked if one.ticket)}
    named |= {ticket for ticket, _ in theirs}
    named |= {ticket for one in lists for ticket in one.tickets.values()}
    bounced = _bounced_mail(conn, desk, message, found)
    named |= {bounced.ticket} if bounced and bounced.ticket else set()
    context = Context(
        duplicate_of=tickets.entry_by_fingerprint(conn, partner, fingerprint),
        known_ids=known,
        tickets=_facts(conn, desk, named) if named else (),
        answers=answers.past_answers(conn, partner, address) if address else (),
        earlier=tickets.earlier(conn, partner, address, found.topic) if address and found.topic else None,
        bounced_mail=bounced,
        asked=asked,
        listings=lists,
        early=awaited.of(conn, partner, message.message_id, address) if message.message_id and address else (),
        answers_policy=_answered_policy(conn, desk, found, address),
        from_vendors=theirs,
        incidents=() if arrival.history or arrival.silent else incidents.matching(conn, partner),
    )
    # What follows bounds strangers only; a listed sender's mail needs none of it.
    if not address or is_listed(address, desk.rules):
        return context
    counted = answers.answer_counts(conn, partner, domain_of(address), now - timedelta(hours=1))
    return replace(
        context,
        domain_answers_last_hour=counted.domain,
        unknown_answers_last_hour=counted.unknown,
        answered_by_human=tickets.answered_by_human(conn, partner, address),
        rises_last_day=tickets.rises_by(conn, partner, address, now - timedelta(days=1)),
    )


def _facts(conn: Connection, desk: Desk, named: set[int]) -> tuple[TicketFacts, ...]:
    """Return the facts of these tickets, and of those that they are merged into."""
    partner = desk.partner
    found = list(tickets.facts(conn, partner, named))
    known = {facts.id for facts in found}
    while further := {facts.merged_into for facts in found if facts.merged_into} - known:
        found += tickets.facts(conn, partner, further)
        known |= further
    about = incidents.standing(conn, [one.id for one in found if one.incident is not None])
    for place, one in enumerate(found):
        if one.id in about:
            how = about[one.id]
            found[place] = replace(one, lasts=how.lasts, asked_if_well=how.asked, asked_with=how.asked_with)
    return with_calls(conn, desk, found)


def home_of(conn: Connection, desk: Desk, ticket: int) -> int:
    """Return the number of the ticket as which that one goes on."""
    context = Context(tickets=_facts(conn, desk, {ticket}))
    facts = context.ticket(ticket)
    return context.home(facts).id if facts else ticket


def look_up_written(
    conn: Connection, desk: Desk, understood: Understood, arrival: Arrival, context: Context
) -> Context:
    """Return the context with what the decision on mail of one of us depends on besides.

    What lies among what was sent may have come in as well: the one copy that was taken for his answer counts.
    """
    message = understood.message
    sent_id = message.message_id
    ours = None if sent_id is None else answers.sent_mail_by_message_id(conn, desk.partner, sent_id)
    open_of = team.open_of(conn, desk.partner, customers(message, desk.rules))
    other = ("" if arrival.sent else SENT_COPY) + understood.fingerprint
    same = context.duplicate_of or tickets.answer_by_fingerprint(conn, desk.partner, other)
    return replace(context, ours=ours, open_of=open_of, duplicate_of=same)


def look_up_given(
    conn: Connection, desk: Desk, understood: Understood, arrival: Arrival, context: Context, now: datetime
) -> Context:
    """Return the context with what others of us answered of which the writer of a reply to a relay may not know.

    He knows what had been answered before the message that he was handed, or before his list, and what a question of
    ours showed him.
    """
    found, message = understood.clues, understood.message
    tokens = (*found.recipient_tokens, *found.id_tokens, *found.text_tokens)
    named = {peek(token) for token in tokens if purpose_of(token) is Purpose.RELAY}
    named |= {one.ticket for one in context.asked}
    listed_at = {ticket: one.at for one in context.listings for ticket in one.tickets.values()}
    named |= set(listed_at)
    if not any(named):
        return context
    shown = quarantine.shown_beside(conn, desk.partner, arrival.id)
    ids = tuple(filter(None, (message.in_reply_to, *reversed(message.references))))
    # An answer may have waited for its agent's word since it came.
    since = min(now, arrival.received_at) - timedelta(minutes=ANSWERS_CROSS)
    unseen: list[Given] = []
    for ticket in filter(None, named):
        known = max(shown, relays.relayed_entry(conn, desk.partner, ticket, ids) or 0)
        facts = context.ticket(ticket)
        for number in {ticket, context.home(facts).id if facts else ticket}:
            unseen += given.given_since(conn, number, max(since, listed_at.get(ticket, since)), after=known)
    return replace(context, given=tuple(unseen))


def look_up_relayed(conn: Connection, desk: Desk, understood: Understood, context: Context) -> Context:
    """Return the context with what a reply to a relay answers: of the ticket that its tokens name, if they agree."""
    found = understood.clues
    numbers = {peek(token) for token in relay_tokens(found)}
    if len(numbers) != 1:
        return context
    froms = [canonical(box.address) for box in understood.message.from_]
    answered = handed_on(conn, desk.partner, numbers.pop() or 0, found.message_ids, froms)
    return replace(context, relayed=answered)


def _bounced_mail(conn: Connection, desk: Desk, message: Message, found: Clues) -> SentMail | None:
    """Return the outgoing mail a bounce is about: by the id it returns, or the one it refers to."""
    if message.bounce is None:
        return None
    for message_id in (message.bounce.original_message_id, *found.message_ids):
        mail = answers.sent_mail_by_message_id(conn, desk.partner, message_id) if message_id else None
        if mail is not None:
            return mail
    return None


def _answered_policy(conn: Connection, desk: Desk, found: Clues, address: str) -> int:
    """Return the number of the mail about our promises to that address which is referred to, 0 for none."""
    ours = re.compile(rf"[0-9a-f]{{32}}\.\d{{14}}{POLICY_MARK}@{re.escape(desk.domain)}")
    for message_id in filter(ours.fullmatch, found.message_ids):
        mail = answers.sent_mail_by_message_id(conn, desk.partner, message_id)
        if mail is not None and canonical(mail.recipient) == address:
            return mail.outbox
    return 0


def newly_written(
    conn: Connection, desk: Desk, understood: Understood, arrival: Arrival, context: Context, now: datetime
) -> Understood:
    """Return the message without what the conversation that it continues holds already.

    Asked only where no quotation was found, in a text of more than a few lines, and only of the ticket that the sender
    provably belongs to: to anybody else an answer that depends on it would tell what is in there. What we promise holds
    examples of outages, none of which is one.
    """
    message = understood.message
    if message.quoted_text or message.reply_text.count("\n") < _FEWEST_LINES:
        return understood
    if context.answers_policy:
        return without_said(understood, said.in_mail(conn, context.answers_policy), arrival.envelope, desk.rules)
    if not context.tickets:
        return understood
    ticket = Situation.of(understood, arrival, context, desk.rules, desk.keyring, now).join().ticket
    if ticket is None:
        return understood
    return without_said(understood, said.in_ticket(conn, ticket.id), arrival.envelope, desk.rules)


def newly_titled(
    conn: Connection, desk: Desk, understood: Understood, arrival: Arrival, context: Context, now: datetime
) -> Understood:
    """Return a reply judged by its subject, too, where nothing in the ticket that its sender continues has it.

    Who answers a colleague with us in copy begins a conversation here; others write what is new into the subject.
    """
    message = understood.message
    if not (message.in_reply_to or message.references):
        return understood
    judged = with_subject(understood, arrival.envelope, desk.rules)
    if judged is understood:
        return understood
    found = Situation.of(understood, arrival, context, desk.rules, desk.keyring, now).join()
    ticket = found.ticket or found.too_late
    words = subject_words(message.subject)
    is_known = ticket is not None and any(subject_words(one) == words for one in said.subjects_in(conn, ticket.id))
    return understood if is_known else judged
