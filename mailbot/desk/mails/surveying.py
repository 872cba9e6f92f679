"""The question how satisfied a customer is, once a ticket of theirs has ended: 1 to 5, by a link or by a digit.

It is automatic mail, to whoever opened the ticket and in its thread, and has no word of theirs. It goes only where
nothing speaks against the address, and not late. It waits a day where they have had their automatic mails of one, or
wait for ours in an outage; who was asked about any ticket within the time of rest is not asked, and one that a log
which was lost may have sent goes not at all. The links begin mails with the digit, to our address with the token of
this survey in it, so that no program which opens links for their reader votes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.deciding.agents.taps import begun
from mailbot.deciding.answers import emergency_number
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import Flag, TicketState
from mailbot.deciding.satisfaction.votes import BEST
from mailbot.deciding.tenants import is_listed
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.vendors.whose import vendor_of
from mailbot.desk import Desk
from mailbot.desk.mails.customermail import (
    Unasked,
    has_enough,
    may_be_asked,
    minute,
    ticket_facts,
    to_requester,
)
from mailbot.desk.mails.outgoing import queue
from mailbot.render import render
from mailbot.store import acts, answers, changes, due, surveys
from mailbot.store.columns import AnyRow
from mailbot.store.due import Claim
from mailbot.store.outbox import NewMail

KIND = answers.SURVEY
_TEMPLATE = "customer-survey"
_PRIORITY = 70
_LATEST = timedelta(days=2)
_A_DAY = timedelta(days=1)

_log = structlog.get_logger(__name__)


def heed(conn: Connection, desk: Desk, claim: Claim, now: datetime) -> None:
    """Ask the customer of the ticket, or put it off, where they may be asked."""
    row = acts.row(conn, desk.partner, claim.ticket)
    if row is not None and _may_be_surveyed(conn, desk, row, claim, now):
        # Whoever waits for an answer of ours in an outage is not to be asked how satisfied they are.
        if has_enough(conn, desk, row.requester, now) or surveys.waits(conn, desk.partner, row.requester):
            due.put_off(conn, [claim], now + _A_DAY)
            return
        _ask(conn, desk, row, now)
    due.done(conn, [claim], now)


def _may_be_surveyed(conn: Connection, desk: Desk, row: AnyRow, claim: Claim, now: datetime) -> bool:
    survey = desk.rules.survey
    if survey is None or not survey.share or row.state != TicketState.CLOSED or row.surveyed_at is not None:
        return False
    # Of one that was there before a restore the log that was lost may hold an end, and the survey after it.
    if now - claim.due.at > _LATEST or not may_be_asked(desk, row, row.opened_at):
        return False
    known = row.first_response_at is not None or is_listed(row.requester, desk.rules)
    if Flag.UNVERIFIED in row.flags and not known:
        return False
    if vendor_of(row.requester, desk.rules) or not surveys.has_words_of_customer(conn, row.id):
        return False
    return not surveys.was_asked(conn, desk.partner, row.requester, now - survey.rest)


def _ask(conn: Connection, desk: Desk, row: AnyRow, now: datetime) -> None:
    try:
        mail = _mail(conn, desk, row, now)
    except UnwritableMail as error:
        _log.warning("survey-unwritable", ticket=row.id, reason=str(error))
        return
    entry = changes.survey(
        conn, row.id, author="mailbot", reason="the customer is asked how satisfied they are", now=now
    )
    queue(conn, desk, (mail,), row.id, entry, now)


def _mail(conn: Connection, desk: Desk, row: AnyRow, now: datetime) -> NewMail:
    rules = desk.rules
    tenant = rules.tenant_by_id(row.tenant)
    known = ticket_facts(desk, tenant, row.id, emergency_number(tenant, rules), now)
    facts = replace(known, opened_on=minute(row.opened_at))
    token = desk.token(Purpose.SURVEY, row.id, row.requester, now)
    locale = rules.locale(tenant)
    subject = render(desk.templates, _TEMPLATE, facts, locale.language, locale.zone).subject
    mail = Unasked(f"{KIND}:{row.id}", KIND, _TEMPLATE, "v", _PRIORITY, Purpose.SURVEY)
    written = to_requester(conn, desk, row, mail, replace(facts, votes=links(desk, token, subject)), now)
    return replace(written, expires_at=now + _LATEST)


def links(desk: Desk, token: str, subject: str) -> tuple[tuple[int, str], ...]:
    """Return for each vote the link that begins its mail, which says it in its text and at the end of its subject."""
    to, us = desk.reply_to(token), desk.rules.partner.address
    return tuple((mark, begun(to, us, token, f"Re: {subject} {mark}", f"{mark}")) for mark in range(1, BEST + 1))
