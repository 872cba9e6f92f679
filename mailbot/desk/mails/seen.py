"""What the customer of an outage is told once one of us has seen it: by whom, what happens next, and whom to call.

It is automatic mail and no answer of ours. It goes once for what was asked, while we are closed (in hours an answer is
what follows), to who had an automatic answer to this ticket: all that speaks against one was looked at then. It comes
within half an hour or not at all, not once somebody has answered, and counts among the few automatic mails that an
address gets in a day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.answers import emergency_number
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import Flag
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import Unasked, has_enough, ticket_facts, to_requester
from mailbot.desk.mails.outgoing import queue
from mailbot.rules import Agent
from mailbot.store import acts, answers, changes, handling
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import NewMail

KIND = answers.SEEN
_PRIORITY = 5
_LASTS = timedelta(minutes=30)
_DOUBTS = frozenset({Flag.AUTHENTICATION_FAILED, Flag.UNCLEAR_SENDER, Flag.SPAM})

_log = structlog.get_logger(__name__)


def tell_customer(conn: Connection, desk: Desk, agent: Agent, ticket: int, now: datetime) -> None:
    """Tell whoever opened the ticket that the agent has seen it, where that may be told."""
    row = acts.row(conn, desk.partner, ticket)
    if row is None or not _may_be_told(conn, desk, row, now):
        return
    try:
        mail = _mail(conn, desk, agent, row, now)
    except UnwritableMail as error:
        _log.warning("seen-unwritable", ticket=ticket, reason=str(error))
        return
    reason = f"the customer is told that {agent.name} has seen it"
    entry = changes.remark(conn, ticket, author="mailbot", reason=reason, now=now)
    queue(conn, desk, (mail,), ticket, entry, now)


def take_back(conn: Connection, desk: Desk, tickets: Collection[int], now: datetime) -> None:
    """Drop what tells the customers of these tickets that it was seen, where it has not left: they have an answer."""
    for number in answers.unsent(conn, desk.partner, tickets, KIND):
        handling.drop(conn, number, author="mailbot", reason="the customer has an answer", now=now)


def _may_be_told(conn: Connection, desk: Desk, row: AnyRow, now: datetime) -> bool:
    if opening_hours(desk.rules, None).is_open(now) or row.waiting_since is None:
        return False
    if desk.restored_at is not None and row.waiting_since <= desk.restored_at:
        return False
    if not row.requester or is_ours(row.requester, desk.rules) or not _DOUBTS.isdisjoint(row.flags):
        return False
    # Of two tickets of one outage she hears once.
    if answers.automatic_since(conn, desk.partner, row.requester, {KIND}, now - _LASTS):
        return False
    if has_enough(conn, desk, row.requester, now):
        return False
    return answers.had_automatic(conn, desk.partner, row.id, row.requester)


def _mail(conn: Connection, desk: Desk, agent: Agent, row: AnyRow, now: datetime) -> NewMail:
    tenant = desk.rules.tenant_by_id(row.tenant)
    facts = replace(ticket_facts(desk, tenant, row.id, emergency_number(tenant, desk.rules), now), seen_by=agent.name)
    since = int(row.waiting_since.timestamp())
    mail = Unasked(f"{KIND}:{row.id}:{since}", KIND, "customer-seen", f"{since:x}k", _PRIORITY)
    return replace(to_requester(conn, desk, row, mail, facts, now), expires_at=now + _LASTS)
