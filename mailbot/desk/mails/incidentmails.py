"""What customers are told of an incident: each alone, in the thread of their own ticket, in their language.

Our words stand in it as they were written, and nothing of any customer's. It is a mail of ours to whoever opened the
ticket, as an answer is; whoever opened several gets one, in the newest. Nobody is told where nothing proves who wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from babel import Locale as Spoken
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.team import agent_by_id, is_ours
from mailbot.deciding.classify import is_reply_by_subject
from mailbot.deciding.compose import UnwritableMail, addr_spec, content_of
from mailbot.deciding.effects import Flag
from mailbot.deciding.incidents import is_said_as_issue
from mailbot.deciding.tenants import is_listed
from mailbot.desk import Desk, log_problem
from mailbot.desk.mails.customermail import Unasked, customer_mail, in_thread, minute
from mailbot.reading.model import Message
from mailbot.render import Rendered, matters, render
from mailbot.render.incidents import IncidentFacts, Said
from mailbot.render.wording import Wording
from mailbot.rules import Locale, Playbook, Rules, Tenant
from mailbot.store import given
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import NewMail

_TEMPLATE = "customer-incident"
_PRIORITY = 20
_NOT_TOLD = {
    Flag.SPAM: "it is spam",
    Flag.MACHINE: "a machine wrote it",
    Flag.HISTORY: "it is old mail",
    Flag.AUTHENTICATION_FAILED: "its sender may be forged",
    Flag.UNCLEAR_SENDER: "it is unclear who wrote it",
}


@dataclass(frozen=True, slots=True)
class News:
    """What is told of an incident, since when we know of it, and in which of our words.

    `title` says what is wrong, "" where the common issue does.
    """

    kind: Said
    title: str
    playbook: Playbook | None
    since: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever is told of an incident: the tickets that he opened, the newest last; his mail stands in that."""

    rows: tuple[AnyRow, ...]
    tenant: Tenant | None

    @property
    def row(self) -> AnyRow:
        """Return the ticket in whose thread he is told."""
        return self.rows[-1]

    @property
    def named(self) -> str:
        """Return who it is, of which tickets: "Jane Roe at Acme Dental (#1041, #1042)"."""
        person = self.row.requester_name or self.row.requester
        numbers = ", ".join(f"#{row.id}" for row in self.rows)
        return f"{person} at {self.tenant.name} ({numbers})" if self.tenant else f"{person} ({numbers})"


def readers(rows: Iterable[AnyRow], rules: Rules) -> tuple[tuple[Reader, ...], tuple[str, ...]]:
    """Return who of those that opened these tickets is told, and which of the tickets have nobody who is, and why."""
    by_address: dict[str, list[AnyRow]] = {}
    left: list[str] = []
    for row in sorted(rows, key=lambda one: one.id):
        if why := _why_not_told(row, rules):
            left.append(f"#{row.id} gets no mail: {why}")
        else:
            by_address.setdefault(row.requester, []).append(row)
    found = (Reader(tuple(of_one), rules.tenant_by_id(of_one[-1].tenant)) for of_one in by_address.values())
    return tuple(sorted(found, key=lambda one: one.row.id)), tuple(left)


def _why_not_told(row: AnyRow, rules: Rules) -> str:
    if not row.requester or is_ours(row.requester, rules):
        return "one of us opened it"
    for flag, why in _NOT_TOLD.items():
        if flag in row.flags:
            return why
    if Flag.UNVERIFIED in row.flags and not is_listed(row.requester, rules):
        return "nothing proves who wrote it"
    try:
        addr_spec(row.requester)
    except UnwritableMail as error:
        return str(error)
    return ""


def incident_mail(
    conn: Connection, desk: Desk, reader: Reader, news: News, *, key: str, mark: str, agent: str, now: datetime
) -> NewMail:
    """Return the mail that tells a reader, for the outbox; `mark` tells its Message-ID from others about the ticket.

    Raise UnwritableMail.
    """
    row, brand = reader.row, desk.rules.partner.brand
    rendered = _rendered(desk, reader.tenant, news, str(row.id), _reply_subject(row.subject), now)
    content = content_of(rendered.subject, rendered.text, rendered.html)
    mail = Unasked(f"incident:{key}:{row.id}", given.REPLY, _TEMPLATE, mark, _PRIORITY)
    giver = agent_by_id(agent, desk.rules)
    sender = f"{giver.name} · {brand}" if giver else brand
    written = replace(in_thread(conn, desk, row, mail, content, now), sender=sender, may_repeat=True)
    return customer_mail(desk, written, now)


def as_read(desk: Desk, told: Sequence[Reader], news: News, now: datetime) -> str:
    """Return the mail as its readers get it, once in each of their languages, ours first, in ours if nobody is told."""
    ours, tenants = desk.rules.partner.language, dict[str, Tenant | None]()
    for one in told:
        tenants.setdefault(desk.rules.locale(one.tenant).language, one.tenant)
    shown = sorted((tenants or {ours: None}).items(), key=lambda one: one[0] != ours)
    return "\n\n\n".join(_shown(desk, language, tenant, news, now) for language, tenant in shown)


def languages(rules: Rules, told: Iterable[Reader]) -> Iterator[str]:
    """Yield the language of each reader, by its English name."""
    return (in_english(rules.locale(one.tenant).language) for one in told)


def in_english(language: str) -> str:
    """Return the English name of a language: "German"."""
    return Spoken.parse(language).english_name or language


def _shown(desk: Desk, language: str, tenant: Tenant | None, news: News, now: datetime) -> str:
    text = _rendered(desk, tenant, news, "(of the ticket)", "", now).text.strip()
    return f"In {in_english(language)}, subject: Re: (as they wrote it)\n\n{text}"


def _rendered(desk: Desk, tenant: Tenant | None, news: News, number: str, subject: str, now: datetime) -> Rendered:
    partner, locale = desk.rules.partner, desk.rules.locale(tenant)
    closing = opening_hours(desk.rules, tenant).next_opening(now + desk.rules.clock.close_after)
    facts = IncidentFacts(
        now=minute(now),
        brand=partner.brand,
        reference=number,
        kind=news.kind,
        what=what_is_wrong(desk, news.title, news.playbook, locale),
        since=minute(news.since),
        words=news.words,
        subject=subject,
        signature=partner.signature,
        website=partner.website,
        status_page=desk.rules.status_page_url(tenant, locale.language),
        country=locale.country,
        name_zone=tenant is None or tenant.zone is None,
        closes_on=closing if news.kind == "resolve" and desk.rules.clock.close_after else None,
    )
    rendered = render(desk.templates, _TEMPLATE, facts, locale.language, locale.zone)
    log_problem(rendered.problem)
    return rendered


def what_is_wrong(desk: Desk, title: str, playbook: Playbook | None, locale: Locale) -> str:
    """Return what is wrong in one line: our title, for who reads another language the phrase of the common issue.

    A title that is one of our own phrases is said in the reader's language.
    """
    theirs, ours = _wording(desk, locale), _wording(desk, desk.rules.locale(None))
    if matters.is_one(title, ours) or not is_said_as_issue(title, playbook, locale.language, ours.language):
        return matters.in_words_of(theirs, title, ours)
    return theirs.phrase(f"incident.{playbook}", {})


def _wording(desk: Desk, locale: Locale) -> Wording:
    return desk.templates.wording(locale.language, locale.country, locale.zone)


def _reply_subject(subject: str) -> str:
    return subject if is_reply_by_subject(Message(subject=subject)) else f"Re: {subject}".rstrip()
