"""Tickets that wait for something: their clocks stand still, the customer knows the day, and on it they come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection

from mailbot.deciding.agents.copied import recipients_of
from mailbot.deciding.agents.team import agent_by_id, by_relay, is_ours, may_act_for
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import NoticeKind, TicketState
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.customermail import CustomerMail, customer_mail, worded
from mailbot.desk.mails.duty import Handing, hand_to
from mailbot.desk.mails.outgoing import queue
from mailbot.desk.mails.waitwords import comes_back_at, day_of_return, wait_facts
from mailbot.desk.pausing import end, paused
from mailbot.desk.refusing import RefusedError
from mailbot.render.waits import is_for_the_customer
from mailbot.store import relays, tickets, waits
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import NewMail

_PRIORITY = 50


def wait(work: Work) -> Done:
    """Have the ticket wait until a day, and tell the customer, unless the agent's own words tell him.

    The day is the next open one: on it the ticket comes back, and the customer hears from us. One that is nobody's is
    the agent's who has it wait: it comes back to him.
    """
    row, rules = work.ticket(), work.desk.rules
    reason, until = work.word("waits_for"), work.day("until")
    if row.state == TicketState.CLOSED:
        raise RefusedError(f"#{row.id} is closed; #reopen opens it again")
    if until is None or until < work.now.astimezone(rules.partner.zone).date():
        raise RefusedError("it can wait for a day to come only")
    back_at = comes_back_at(work.desk, until, work.now)
    if (row.waits_for, row.waits_until) == (reason, back_at):
        return Done(f"#{row.id} waits for {reason} until {work.clock.day(until)} already", told=True)
    clock = paused(work.desk, row, row.waits_until or work.now, back_at)
    agent = agent_by_id(work.word("agent"), rules)
    taken = {"assignee": agent.id} if agent and not row.assignee else {}
    entry = work.change(row.id, {"waits_for": reason, "waits_until": back_at, **clock, **taken})
    day = day_of_return(work.desk, until, work.now)
    told = ""
    if is_for_the_customer(reason):
        told = "; the customer, for whom it waits, is told nothing of it"
    elif not work.request.get("written"):
        told = _tell_customer(work, row, entry, reason, day)
    back = ""
    if day != until:
        opens = work.clock.instant(back_at)
        back = f"; nobody is here then: it comes back on {opens}, the day that the customer is told"
    return Done(f"#{row.id} waits for {reason} until {work.clock.day(until)}{back}{told}", told=True)


def next_due_at(conn: Connection, desk: Desk) -> datetime | None:
    """Return when the next ticket comes back, None for none."""
    return waits.next_end(conn, desk.partner)


def come_back(conn: Connection, desk: Desk, now: datetime) -> None:
    """Bring back the tickets whose day has come: our people are told, and whose it is gets the customer's last mail.

    Of one that is nobody's all get it who may act for the customer.
    """
    for row in waits.over(conn, desk.partner, now):
        end(conn, desk, row.id, now, author="mailbot", reason=f"waited for {row.waits_for} until today")
        last = relays.relayed_entry(conn, desk.partner, row.id, ())
        desk.tell(conn, NoticeKind.WAITED, ticket_id=row.id, entry_id=last, now=now)
        if last is None or not by_relay(desk.rules):
            continue
        whose = agent_by_id(row.assignee, desk.rules)
        team = [one for one in desk.rules.agent if may_act_for(one, row.tenant)]
        agents = [whose] if whose and not whose.outsourced else team
        besides = relays.besides_of(conn, last)
        hand_to(conn, desk, agents, Handing(row.id, last, urgent=False, besides=besides), now)


def _tell_customer(work: Work, row: AnyRow, entry: int, reason: str, until: date) -> str:
    """Queue the mail that tells the day to whoever an answer goes to; return in words whom."""
    [facts] = tickets.facts(work.conn, work.desk.partner, [row.id])
    last = relays.relayed_entry(work.conn, work.desk.partner, row.id, ())
    in_copy = () if last is None else relays.besides_of(work.conn, last).copied
    recipients = recipients_of(facts, work.desk.rules, in_copy)
    try:
        mails = tuple(_mails(work, row, entry, recipients, reason, until))
    except UnwritableMail as error:
        raise RefusedError(f"the customer cannot be told: {error}") from error
    queue(work.conn, work.desk, mails, row.id, entry, work.now)
    return f"; {', '.join(recipients)} is told" if recipients else "; there is nobody to tell"


def _mails(
    work: Work, row: AnyRow, entry: int, recipients: tuple[str, ...], reason: str, until: date
) -> Iterator[NewMail]:
    desk = work.desk
    tenant = desk.rules.tenant_by_id(row.tenant)
    locale = desk.rules.locale(tenant)
    content = worded(desk, "customer-waiting", wait_facts(desk, tenant, row.id, reason, until, work.now), locale)
    last = relays.relayed_entry(work.conn, desk.partner, row.id, ())
    answered = relays.answered(work.conn, row.id, last, partial(is_ours, rules=desk.rules))
    for number, recipient in enumerate(recipients):
        mail = CustomerMail(
            key=f"{waits.TOLD}:{entry}:{number}",
            kind=waits.TOLD,
            recipient=recipient,
            content=content,
            message_id=desk.message_id(
                desk.token(Purpose.CUSTOMER, row.id, recipient, work.now), f"{entry:x}w{number:x}"
            ),
            priority=_PRIORITY,
            answered=answered,
            ticket=row.id,
            language=locale.language,
            automatic="auto-replied",
        )
        yield customer_mail(desk, mail, work.now)
