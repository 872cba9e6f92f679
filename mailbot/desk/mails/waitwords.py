"""What a customer is told of a ticket that waits: the day, and one of a few reasons; no word of an agent's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from sqlalchemy import Connection

from mailbot.deciding.answers import emergency_number
from mailbot.deciding.compose.markup import html_of
from mailbot.deciding.effects import Decision, Do, Send
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import ticket_facts
from mailbot.render import AnswerFacts
from mailbot.render.waits import waited_for
from mailbot.rules import Tenant
from mailbot.store import acts


def wait_facts(
    desk: Desk, tenant: Tenant | None, reference: int, reason: str, until: date, now: datetime
) -> AnswerFacts:
    """Return the facts of the mail that tells a customer of it."""
    return replace(
        ticket_facts(desk, tenant, reference, emergency_number(tenant, desk.rules), now),
        waits_for=waited_for(reason),
        waits_until=datetime.combine(until, time(12), desk.rules.locale(tenant).zone),
    )


def with_day(conn: Connection, desk: Desk, send: Send, decision: Decision, ticket: int) -> Send:
    """Return what an agent sends, with the day below it where his mail has the ticket wait as well."""
    waits = next((one for one in decision.consequences if isinstance(one, Do) and one.verb == "wait"), None)
    row = acts.row(conn, desk.partner, ticket)
    if waits is None or row is None:
        return send
    values = dict(waits.values)
    locale = desk.rules.locale(desk.rules.tenant_by_id(row.tenant))
    wording = desk.templates.wording(locale.language, locale.country, locale.zone)
    noon = datetime.combine(date.fromisoformat(values["until"]), time(12), wording.zone)
    key = waited_for(values["waits_for"])
    said = [wording.phrase(f"waiting.{key}", {})] if key else []
    line = " ".join([*said, wording.phrase("waiting.until", {"day": wording.whole_day(noon)})])
    return replace(send, text=f"{send.text}\n\n{line}", html=send.html and send.html + html_of(line))
