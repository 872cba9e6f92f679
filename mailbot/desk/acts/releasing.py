"""Answers that leave by hand: what a customer reads is true when it leaves, not when it was written.

An answer may wait for days to be released, or to be tried anew. Where the instant it promised is
past, or the closed period it spoke of is over, it is written anew for the present, from the
ticket as it stands, under its own Message-ID and token: the customer's reply finds the ticket as
before. Where there is nothing true left to say, because the ticket is closed, it does not leave; nor does any mail to
somebody who took part in the ticket, and does so no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Headers

from sqlalchemy import Connection

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.deciding.answers import Case, in_place_of, is_past
from mailbot.deciding.articles.offered import Offer
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import AnswerKind, TicketState
from mailbot.deciding.partaking import is_out
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk import Desk
from mailbot.desk.lookup import home_of
from mailbot.desk.mails.answering import answer_under
from mailbot.reading.fields.address import canonical
from mailbot.rules import Rules, Tenant
from mailbot.store import handling, participants, queries, spool, tickets
from mailbot.store.outbox import Audience
from mailbot.store.relays import Answered
from mailbot.store.views import MailView


@dataclass(frozen=True, slots=True)
class Past:
    """An answer whose words are past: its ticket as it stands, and the terms that may be told to its recipient."""

    mail: MailView
    ticket: TicketFacts
    tenant: Tenant | None
    opening: OpeningHours

    @property
    def pointless(self) -> bool:
        """Whether there is nothing left to say: the ticket is closed."""
        return self.ticket.state is TicketState.CLOSED


def why_kept(conn: Connection, desk: Desk, mail: MailView, found: Past | None) -> str:
    """Return why a mail to a customer is not to leave, "" where it may; `found` is what `past` says of it.

    Nor does a page: it comes in time or not at all.
    """
    if mail.audience == Audience.PAGER:
        return "a page comes in time or not at all (`mailbot oncall test` tries the pager)"
    if mail.audience != Audience.CUSTOMER or mail.ticket_id is None:
        return ""
    address, home = canonical(mail.recipient), home_of(conn, desk, mail.ticket_id)
    for ticket in tickets.facts(conn, desk.partner, [mail.ticket_id, home]):
        if is_out(address, ticket, participants.put_out_of(conn, desk.partner, ticket.id), desk.rules):
            return f"{address} takes part in #{ticket.id} no longer"
    return f"what it says is past, and #{found.ticket.id} is closed" if found is not None and found.pointless else ""


def past(conn: Connection, rules: Rules, mail: MailView, now: datetime) -> Past | None:
    """Return what is known of an answer whose words are past at `now`; None for every other mail."""
    if mail.kind not in set(AnswerKind) or mail.ticket_id is None:
        return None
    [ticket] = tickets.facts(conn, rules.partner.id, [mail.ticket_id])
    tenant = rules.tenant_by_id(ticket.tenant)
    # A tenant's hours and emergency number are told to those whom it lists, and to nobody else.
    terms = tenant if tenant in listed_tenants(mail.recipient, rules) else None
    opening = opening_hours(rules, terms)
    if not is_past(AnswerKind(mail.kind), mail.period, ticket.response_due_at, opening, now):
        return None
    return Past(mail, ticket, terms, opening)


def write_anew(conn: Connection, desk: Desk, found: Past, now: datetime) -> None:
    """Put the answer that is right at `now` in the place of the one that is past; it is waiting to leave."""
    mail, ticket = found.mail, found.ticket
    answer = in_place_of(
        AnswerKind(mail.kind),
        mail.period,
        mail.recipient,
        Case(
            ticket.id,
            ticket.severity,
            rises_to_critical=False,
            tenant=found.tenant,
            response_due_at=ticket.response_due_at,
            offer=Offer(articles=ticket.offered),
        ),
        desk.rules,
        found.opening,
        now,
        too_large=_was_too_large(conn, desk, mail),
    )
    earlier = message_from_bytes(queries.mail_bytes(conn, mail.id))
    answered = Answered("", next(iter(_ids(earlier, "In-Reply-To")), None), _ids(earlier, "References"))
    handling.rewrite(conn, mail.id, answer_under(desk, answer, ticket.id, mail.message_id, answered, now))


def _was_too_large(conn: Connection, desk: Desk, mail: MailView) -> bool:
    arrival = tickets.arrival_of(conn, mail.entry_id) if mail.entry_id is not None else None
    return arrival is not None and spool.arrival(conn, arrival).oversize > desk.rules.limits.message_bytes


def _ids(earlier: Headers, field: str) -> tuple[str, ...]:
    return tuple(one.strip("<>") for one in str(earlier.get(field, "")).split())
