"""What we promise, written to the customers who were not told it yet: by the operator's word, once for each version.

It is automatic mail that answers nothing. It bears no token: what a customer replies is a mail of hers like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import structlog
from sqlalchemy import Connection

from mailbot.deciding.agents.team import OURSELVES
from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.promises import POLICY_MARK, changed, promises, readers, told, version
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk import Desk, log_problem
from mailbot.desk.mails.customermail import CustomerMail, customer_mail
from mailbot.reading.fields.address import canonical, domain_of
from mailbot.reading.model import Mailbox
from mailbot.render import PolicyFacts, Rendered, Templates, render
from mailbot.render.policies import policy_facts
from mailbot.rules import Rules, Tenant
from mailbot.store import handling, outbox, promised
from mailbot.store.outbox import NewMail
from mailbot.store.promised import Fate, Told

KIND = "policy"
"""What the outbox calls this mail."""
_PRIORITY = 80

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """A mail to be written: to whom of which tenant, and which version it tells of.

    `before` is what that address was told last, None for nothing; `told_before` counts the versions that it was told.
    It `replaces` a mail that is held, None for none.
    """

    tenant: Tenant
    address: str
    version: str
    facts: Mapping[str, str]
    before: Mapping[str, str] | None = None
    told_before: int = 0
    replaces: int | None = None


def news(telling: Telling) -> tuple[str, ...]:
    """Return the names of the facts that are other ones than that address was told last."""
    return changed(telling.before or {}, telling.facts)


def untold(known: Mapping[tuple[str, str], Told], rules: Rules, only: str = "") -> Iterator[Telling]:
    """Yield what is to be told to whom: all tenants in their order, or only the one of that id.

    `known` is what was told (`store.promised.told`). Whom a mail did not reach counts as not told of it.
    """
    for tenant in rules.tenant:
        if only and tenant.id != only:
            continue
        facts = told(promises(rules, tenant))
        present = version(facts)
        for address in readers(tenant):
            last = known.get((tenant.id, canonical(address)))
            if last is None:
                yield Telling(tenant, address, present, facts)
            elif last.fate is Fate.LOST or last.version != present:
                before = last.facts if last.fate is Fate.ARRIVES else last.before
                if last.fate is Fate.LOST and before == facts:
                    continue
                held = last.mail if last.fate is Fate.HELD else None
                yield Telling(tenant, address, present, facts, before, last.times, held)


def unreachable(rules: Rules, only: str = "") -> tuple[Tenant, ...]:
    """Return the tenants of whom no address is known."""
    return tuple(one for one in rules.tenant if not readers(one) and only in {"", one.id})


def tell(conn: Connection, desk: Desk, telling: Telling, now: datetime) -> bool:
    """Queue the mail, and note what it tells; held where the desk holds what it writes. Raise UnwritableMail.

    Return whether it is queued: where the outbox has it already, only that it tells of this was forgotten.
    """
    rendered = rendered_for(desk.templates, desk.rules, telling, now)
    log_problem(rendered.problem)
    mail = _mail(desk, telling, rendered, now)
    queued = outbox.queue(conn, desk.partner, mail, now)
    number = queued or promised.mail_of(conn, desk.partner, mail.key)
    if telling.replaces is not None:
        reason = "what it says is past; another takes its place"
        handling.drop(conn, telling.replaces, author=OURSELVES, reason=reason, now=now)
    new = Told(telling.version, telling.facts, telling.before, number, telling.told_before + 1)
    promised.keep(conn, desk.partner, telling.tenant.id, canonical(telling.address), new, now)
    return queued is not None


def facts_for(rules: Rules, telling: Telling, now: datetime) -> PolicyFacts:
    """Return the facts of that mail; who reads for several of our customers is told of which one it speaks."""
    tenant = telling.tenant
    facts = policy_facts(rules, tenant, now, rules.locale(tenant).language, telling.before)
    several = len(listed_tenants(telling.address, rules)) > 1
    return replace(facts, company=tenant.name if several else "")


def rendered_for(templates: Templates, rules: Rules, telling: Telling, now: datetime) -> Rendered:
    """Return the texts of that mail, in the tenant's language and zone."""
    locale = rules.locale(telling.tenant)
    return render(templates, "customer-policy", facts_for(rules, telling, now), locale.language, locale.zone)


def draft(rules: Rules, tenant: Tenant | None, rendered: Rendered, language: str, now: datetime) -> bytes:
    """Return the mail as a file to be looked at: to the tenant's first reader, to ourselves where there is none."""
    partner = rules.partner
    address = next(iter(readers(tenant) if tenant else ()), partner.address)
    return compose(
        OutgoingMail(
            from_=Mailbox(partner.brand, partner.address),
            to=Mailbox("", address),
            content=content_of(rendered.subject, rendered.text, rendered.html),
            message_id=f"draft.{now:%Y%m%d%H%M%S}{POLICY_MARK}@{domain_of(partner.address)}",
            date=now,
            language=language,
            auto_submitted="auto-generated",
        )
    )


def _mail(desk: Desk, telling: Telling, rendered: Rendered, now: datetime) -> NewMail:
    key = f"{KIND}:{telling.tenant.id}:{canonical(telling.address)}:{telling.version}:{telling.told_before}"
    mail = CustomerMail(
        key=key,
        kind=KIND,
        recipient=telling.address,
        content=content_of(rendered.subject, rendered.text, rendered.html),
        message_id=desk.message_id(sha256(key.encode()).hexdigest()[:32], f"{now:%Y%m%d%H%M%S}{POLICY_MARK}"),
        priority=_PRIORITY,
        language=desk.rules.locale(telling.tenant).language,
        automatic="auto-generated",
        answerable=False,
    )
    return replace(customer_mail(desk, mail, now), held=desk.rules.answers.outgoing == "hold")
