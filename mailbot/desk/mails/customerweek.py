"""The weekly mail to a customer's own people: its own figures, in its language, without a word that anybody wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from functools import partial
from hashlib import sha256

import structlog
from sqlalchemy import Connection

from mailbot.deciding.compose import UnwritableMail, content_of
from mailbot.deciding.effects import Flag
from mailbot.deciding.tenants import is_guess, listed_tenants
from mailbot.desk import Desk, log_problem
from mailbot.desk.mails.customermail import CustomerMail, customer_mail
from mailbot.desk.mails.dueweek import CUSTOMERS_KIND, unwritten
from mailbot.figures import figures, saying, summary
from mailbot.figures.cases import Case
from mailbot.figures.weeks import Week
from mailbot.reading.fields.address import canonical
from mailbot.render import OpenRequest, Rendered, Templates, WeekFacts, render
from mailbot.rules import Rules, Severity, Tenant
from mailbot.store import casebook, senders
from mailbot.store.outbox import NewMail

_log = structlog.get_logger(__name__)

_PRIORITY = 80
_MOST_OPEN = 10
_MIDDAY = time(12)


def mails(conn: Connection, desk: Desk, week: Week, marks: Sequence[str], now: datetime) -> Iterator[NewMail]:
    """Yield for the people of each tenant who get one the first mail about that week that is still to be written.

    `marks` are what the keys of that week's mails are told apart by.
    """
    for tenant in desk.rules.tenant:
        if not tenant.digest:
            continue
        facts = week_facts(conn, desk.partner, desk.rules, tenant, week, now)
        rendered = rendered_for(desk.templates, desk.rules, tenant, facts)
        log_problem(rendered.problem)
        for address in tenant.digest:
            key = partial(_key, week, tenant, address)
            mark = unwritten(conn, desk.partner, key, marks)
            if mark is None:
                continue
            try:
                yield _mail(desk, tenant, address, key(mark), rendered, now)
            except UnwritableMail as error:
                _log.error("notice-unwritable", recipient=address, reason=str(error), next_step="mend tenant.digest")


def week_facts(conn: Connection, partner: str, rules: Rules, tenant: Tenant, week: Week, now: datetime) -> WeekFacts:
    """Return what that tenant is told of the week, from its own tickets alone.

    Those that may be forged are none of them, nor are those of a stranger who only named it.
    """
    zone, locale = rules.partner.zone, rules.locale(tenant)
    known = casebook.cases(conn, partner, figures.first_week(week).begins(zone), tenant=tenant.id)
    genuine = (case for case in known if Flag.AUTHENTICATION_FAILED not in case.flags)
    cases = [case for case in genuine if not _is_a_guess(conn, rules, case)]
    setting = figures.Setting.of(rules, now)
    found = figures.figures(cases, week, setting)
    waiting = summary.oldest_open(cases, now, len(cases))
    # Of one alone it is not said that there is one more.
    most = _MOST_OPEN + 1 if len(waiting) == _MOST_OPEN + 1 else _MOST_OPEN
    shown = tuple(OpenRequest(str(case.ticket), case.opened_at) for case in waiting[:most])
    return WeekFacts(
        now=now,
        brand=rules.partner.brand,
        first=datetime.combine(week.monday, _MIDDAY, locale.zone),
        last=datetime.combine(week.sunday, _MIDDAY, locale.zone),
        tickets=len(found.opened),
        response=found.first_response.average if len(found.first_response.of) >= summary.FEW else None,
        day_and_night=Severity.CRITICAL in setting.day_and_night,
        in_time=saying.share(found.in_time) if len(found.in_time.of) >= summary.FEW else "",
        open=shown,
        more=len(waiting) - len(shown),
        signature=rules.partner.signature,
        website=rules.partner.website,
        status_page=rules.status_page_url(tenant),
        country=locale.country,
    )


def _is_a_guess(conn: Connection, rules: Rules, case: Case) -> bool:
    """Return whether only the words of somebody whom no tenant lists say whose the ticket is."""
    if listed_tenants(case.requester, rules):
        return False
    codes, decided = senders.how(conn, case.ticket)
    return not decided and is_guess(codes)


def rendered_for(templates: Templates, rules: Rules, tenant: Tenant, facts: WeekFacts) -> Rendered:
    """Return the texts of that mail, in the tenant's language and zone."""
    locale = rules.locale(tenant)
    return render(templates, "customer-week", facts, locale.language, locale.zone)


def _key(week: Week, tenant: Tenant, address: str, mark: str) -> str:
    return f"{CUSTOMERS_KIND}:{week}{mark}:{tenant.id}:{canonical(address)}"


def _mail(desk: Desk, tenant: Tenant, address: str, key: str, rendered: Rendered, now: datetime) -> NewMail:
    mail = CustomerMail(
        key=key,
        kind=CUSTOMERS_KIND,
        recipient=address,
        content=content_of(rendered.subject, rendered.text, rendered.html),
        message_id=desk.message_id(sha256(key.encode()).hexdigest()[:32], f"{now:%Y%m%d%H%M%S}w"),
        priority=_PRIORITY,
        language=desk.rules.locale(tenant).language,
        automatic="auto-generated",
        answerable=False,
        may_repeat=True,
    )
    return customer_mail(desk, mail, now)
