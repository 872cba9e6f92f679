"""The weekly mail to a customer's own people: its own figures, in its language, without a word that anybody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from hashlib import sha256

import structlog
from sqlalchemy import Connection

from mailbot.deciding.compose import UnwritableMail, content_of
from mailbot.desk import Desk, log_problem
from mailbot.desk.mails.customermail import CustomerMail, customer_mail
from mailbot.figures import figures, saying, summary
from mailbot.figures.weeks import Week
from mailbot.reading.fields.address import canonical
from mailbot.render import OpenRequest, Rendered, Templates, WeekFacts, render
from mailbot.rules import Rules, Tenant
from mailbot.store import casebook
from mailbot.store.outbox import NewMail

_log = structlog.get_logger(__name__)

KIND = "week"
_PRIORITY = 80
_MOST_OPEN = 10
_MIDDAY = time(12)


def mails(conn: Connection, desk: Desk, week: Week, now: datetime) -> Iterator[NewMail]:
    """Yield the mails about that week to the people of each tenant who get one."""
    for tenant in desk.rules.tenant:
        if not tenant.digest:
            continue
        facts = week_facts(conn, desk.partner, desk.rules, tenant, week, now)
        rendered = rendered_for(desk.templates, desk.rules, tenant, facts)
        log_problem(rendered.problem)
        for address in tenant.digest:
            try:
                yield _mail(desk, tenant, address, week, rendered, now)
            except UnwritableMail as error:
                _log.error("notice-unwritable", recipient=address, reason=str(error), next_step="mend tenant.digest")


def week_facts(conn: Connection, partner: str, rules: Rules, tenant: Tenant, week: Week, now: datetime) -> WeekFacts:
    """Return what that tenant is told of the week, from its own tickets alone."""
    zone = rules.partner.zone
    cases = casebook.cases(conn, partner, figures.first_week(week).begins(zone), tenant=tenant.id)
    found = figures.figures(cases, week, figures.Setting.of(rules, now))
    waiting = summary.oldest_open(cases, now, len(cases))
    shown = tuple(OpenRequest(str(case.ticket), case.opened_at) for case in waiting[:_MOST_OPEN])
    return WeekFacts(
        now=now,
        brand=rules.partner.brand,
        first=datetime.combine(week.monday, _MIDDAY, zone),
        last=datetime.combine(week.sunday, _MIDDAY, zone),
        tickets=len(found.opened),
        response=found.first_response.average,
        in_time=saying.share(found.in_time) if len(found.in_time.of) >= summary.FEW else "",
        open=shown,
        more=len(waiting) - len(shown),
        signature=rules.partner.signature,
        website=rules.partner.website,
        country=rules.locale(tenant).country,
    )


def rendered_for(templates: Templates, rules: Rules, tenant: Tenant, facts: WeekFacts) -> Rendered:
    """Return the texts of that mail, in the tenant's language and zone."""
    locale = rules.locale(tenant)
    return render(templates, "customer-week", facts, locale.language, locale.zone)


def _mail(desk: Desk, tenant: Tenant, address: str, week: Week, rendered: Rendered, now: datetime) -> NewMail:
    key = f"{KIND}:{week}:{tenant.id}:{canonical(address)}"
    mail = CustomerMail(
        key=key,
        kind=KIND,
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
