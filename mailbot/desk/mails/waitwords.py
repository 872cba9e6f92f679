"""What a customer is told of a ticket that waits: the day, and one of a few reasons; no word of an agent's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.commands.kinds import Wait
from mailbot.deciding.answers import emergency_number
from mailbot.deciding.compose.markup import html_of
from mailbot.deciding.effects import Decision, Send
from mailbot.deciding.ordered import Do
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import ticket_facts
from mailbot.render import AnswerFacts
from mailbot.render.waits import is_for_the_customer, waited_for
from mailbot.rules import Tenant
from mailbot.store import acts


def comes_back_at(desk: Desk, until: date, now: datetime) -> datetime:
    """Return when a ticket that waits until that day comes back: as the desk opens, then or on the next open day."""
    morning = datetime.combine(until, time(), desk.rules.partner.zone)
    return opening_hours(desk.rules, None).next_opening(max(morning, now)) or morning


def day_of_return(desk: Desk, until: date, now: datetime) -> date:
    """Return the day on which it comes back, by the desk's calendar: the customer hears from us on it."""
    return comes_back_at(desk, until, now).astimezone(desk.rules.partner.zone).date()


def wait_facts(
    desk: Desk, tenant: Tenant | None, reference: int, reason: str, until: date, now: datetime
) -> AnswerFacts:
    """Return the facts of the mail that tells a customer that day, and the reason."""
    return replace(
        ticket_facts(desk, tenant, reference, emergency_number(tenant, desk.rules), now),
        waits_for=waited_for(reason),
        waits_until=datetime.combine(until, time(12), desk.rules.locale(tenant).zone),
    )


def with_day(conn: Connection, desk: Desk, send: Send, decision: Decision, ticket: int, now: datetime) -> Send:
    """Return what an agent sends, with the day of its return below it where his mail has the ticket wait as well.

    Nothing is added where it waits for the customer: his words ask her.
    """
    done = (one.command for one in decision.consequences if isinstance(one, Do))
    waits = next((command for command in done if isinstance(command, Wait)), None)
    row = acts.row(conn, desk.partner, ticket)
    if waits is None or row is None or is_for_the_customer(waits.reason):
        return send
    locale = desk.rules.locale(desk.rules.tenant_by_id(row.tenant))
    wording = desk.templates.wording(locale.language, locale.country, locale.zone)
    until = day_of_return(desk, waits.until, now)
    noon = datetime.combine(until, time(12), wording.zone)
    key = waited_for(waits.reason)
    said = [wording.phrase(f"waiting.{key}", {})] if key else []
    line = " ".join([*said, wording.phrase("waiting.until", {"day": wording.whole_day(noon)})])
    return replace(send, text=f"{send.text}\n\n{line}", html=send.html and send.html + html_of(line))
