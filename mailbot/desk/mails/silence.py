"""What becomes of a ticket whose customer has our answer and does not write: one reminder, and its end.

The reminder is automatic mail, to whoever opened the ticket, and has no word of hers. It goes only where nothing speaks
against her address, and not late: after an outage it would ask for what is long settled. It waits a day where she has
had her automatic mails of one, and one that a log which was lost may have sent goes not at all. The end needs no mail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.answers import emergency_number
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.duetimes import DueKind
from mailbot.deciding.effects import TicketState
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import Unasked, has_enough, may_be_asked, ticket_facts, to_requester
from mailbot.desk.mails.outgoing import queue
from mailbot.store import acts, answers, changes, due
from mailbot.store.columns import AnyRow
from mailbot.store.due import Claim
from mailbot.store.outbox import NewMail

KIND = answers.REMINDER
_PRIORITY = 40
_LATEST = timedelta(days=2)
_A_DAY = timedelta(days=1)

_log = structlog.get_logger(__name__)


def heed(conn: Connection, desk: Desk, claim: Claim, now: datetime) -> None:
    """Remind the customer, or close the ticket."""
    row = acts.row(conn, desk.partner, claim.ticket)
    if row is not None and row.state != TicketState.OPEN:
        row = None
    if row is not None and claim.due.kind is DueKind.CLOSING:
        silent = _in_words(desk.rules.clock.close_after)
        changes.close(conn, row.id, author="mailbot", reason=f"no word for {silent} after our answer", now=now)
    elif row is not None and now - claim.due.at <= _LATEST and may_be_asked(desk, row, claim.due.at):
        if has_enough(conn, desk, row.requester, now):
            due.put_off(conn, [claim], now + _A_DAY)
            return
        _remind(conn, desk, row, claim, now)
    due.done(conn, [claim], now)


def _remind(conn: Connection, desk: Desk, row: AnyRow, claim: Claim, now: datetime) -> None:
    try:
        mail = _mail(conn, desk, row, claim, now)
    except UnwritableMail as error:
        _log.warning("reminder-unwritable", ticket=row.id, reason=str(error))
        return
    entry = changes.remark(conn, row.id, author="mailbot", reason="the customer is asked whether all is well", now=now)
    queue(conn, desk, (mail,), row.id, entry, now)


def _mail(conn: Connection, desk: Desk, row: AnyRow, claim: Claim, now: datetime) -> NewMail:
    rules = desk.rules
    tenant = rules.tenant_by_id(row.tenant)
    closing = opening_hours(rules, tenant).next_opening(claim.due.about + rules.clock.close_after)
    facts = replace(
        ticket_facts(desk, tenant, row.id, emergency_number(tenant, rules), now),
        answered_on=claim.due.about,
        closes_on=closing if rules.clock.close_after else None,
    )
    mail = Unasked(f"{KIND}:{row.id}:{claim.id}", KIND, "customer-reminder", f"{claim.id:x}d", _PRIORITY)
    return to_requester(conn, desk, row, mail, facts, now)


def _in_words(length: timedelta) -> str:
    days = length / timedelta(days=1)
    return f"{days:g} {'day' if days == 1 else 'days'}"
