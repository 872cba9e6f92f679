"""Mails to vendors: a ticket filed as a case, with what is known of it, and later words about it.

They show nothing by which the customer is known, and no address of ours but the desk's. Each bears a token that is
sealed for the vendor, in its Message-ID, in Reply-To where sub-addresses reach us, and in a last line "Ref: …"; it
refers to mails of this case alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.classify import is_reply_by_subject
from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.facts.found import Fact, Said, What, facts_in, missing
from mailbot.deciding.facts.passwords import secret_lines, without_secrets
from mailbot.deciding.tenants import contact_of
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.vendors.hiding import Customer, Veil
from mailbot.deciding.vendors.whose import vendor_of
from mailbot.desk import Desk, log_problem
from mailbot.reading.fields.address import a_label, canonical, domain_of
from mailbot.reading.fields.messageid import is_safe
from mailbot.reading.model import Mailbox, Message
from mailbot.render import render
from mailbot.render.vendors import CaseFact, CaseFacts
from mailbot.rules import Playbook, Rules, Vendor
from mailbot.store import vendors
from mailbot.store.columns import AnyRow
from mailbot.store.merged import going_on_as
from mailbot.store.outbox import Audience, NewMail

_PRIORITY = 10
_NO_PLAYBOOK = "A problem with the phone service"
_LEFT_OUT = "[A line is left out here: it looks like a password or a PIN.]"


@dataclass(frozen=True, slots=True)
class CaseMail:
    """A mail to a vendor, and its text as our own people are shown it; `secret` says that a line was left out."""

    mail: NewMail
    shown: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """What an agent (`by`, his name) wants a vendor to read: his words, and of which act.

    What was logged until `written_at` is looked through for facts. A mail that `follows` others of its case has the
    words alone.
    """

    words: str
    by: str
    act: int
    written_at: datetime
    follows: bool


def case_mail(conn: Connection, desk: Desk, row: AnyRow, vendor: Vendor, writing: Writing, now: datetime) -> CaseMail:
    """Return the mail by which a ticket is filed with a vendor, or goes on there; raise UnwritableMail."""
    words, by, act, follows = writing.words, writing.by, writing.act, writing.follows
    numbers = [row.id, *(one.id for one in going_on_as(conn, desk.partner, row.id))]
    veil = _veil(conn, desk, row, vendor, numbers)
    recipient = vendor.addresses[0]
    token = desk.token(Purpose.VENDOR, row.id, recipient, now)
    message_id = desk.message_id(token, f"{act:x}v")
    former = vendors.thread(conn, numbers, recipient, _senders(conn, desk.rules, numbers, vendor))
    playbook = Playbook(row.playbook) if row.playbook else None
    problem = desk.rules.playbook[playbook].title if playbook in desk.rules.playbook else _NO_PLAYBOOK
    found = () if follows else facts_in(_conversation(conn, desk, row, numbers, writing))
    facts = CaseFacts(
        now=now,
        brand=desk.rules.partner.brand,
        token=token,
        reference=str(row.id),
        problem=problem,
        subject=_subject(former, row.id, problem, veil) if follows else "",
        facts=tuple(_told(fact, veil, WallClock.of(desk.rules, now)) for fact in found),
        missing=() if follows else tuple(map(_lower, missing(playbook, found))),
        words=veil.over(without_secrets(words.strip(), _LEFT_OUT)),
        by=by,
        account=vendor.account,
        case=row.vendor_case if row.vendor == vendor.id else "",
        follows=follows,
        country=desk.rules.partner.country,
    )
    rendered = render(desk.templates, "vendor-case", facts, "en", desk.rules.partner.zone)
    log_problem(rendered.problem)
    raw = compose(
        OutgoingMail(
            from_=Mailbox(f"{by} · {facts.brand}" if by else facts.brand, desk.rules.partner.address),
            to=Mailbox(vendor.name, recipient),
            content=content_of(rendered.subject, rendered.text, rendered.html),
            message_id=message_id,
            date=now,
            in_reply_to=former.last_id if former.last_id and is_safe(former.last_id) else (former.ids or (None,))[-1],
            references=tuple(one for one in former.ids if desk.may_refer(one, recipient)),
            reply_to=desk.reply_to(token),
        )
    )
    mail = NewMail(
        key=f"vendor:{row.id}:{act}",
        kind=vendors.KIND,
        audience=Audience.VENDOR,
        recipient=recipient,
        message_id=message_id,
        raw=raw,
        reverse_path=desk.rules.partner.address,
        ticket_id=row.id,
        may_repeat=True,
        priority=_PRIORITY,
    )
    text = rendered.text.replace(f"Ref: {token}", "").strip()
    return CaseMail(mail, f"Subject: {rendered.subject}\n\n{text}", bool(secret_lines(words)))


def _senders(conn: Connection, rules: Rules, numbers: list[int], vendor: Vendor) -> frozenset[str]:
    """Return those who have written to these tickets for that vendor."""
    return frozenset(one for one in vendors.senders_of(conn, numbers) if vendor_of(one, rules) == vendor)


def _conversation(conn: Connection, desk: Desk, row: AnyRow, numbers: list[int], writing: Writing) -> Iterable[Said]:
    """Yield what was said until then: the customer's words on the customer's clock, ours on ours.

    The mail of the agent who wants it filed is none of it: its words stand for themselves.
    """
    customers = desk.rules.locale(desk.rules.tenant_by_id(row.tenant)).zone
    for one in vendors.spoken(conn, numbers, writing.written_at, without=writing.act):
        yield Said(one.text, one.at, desk.rules.partner.zone if one.by_us else customers, one.by_us)


def _veil(conn: Connection, desk: Desk, row: AnyRow, vendor: Vendor, numbers: list[int]) -> Veil:
    """Return what hides the customer of a ticket from a vendor, and our own addresses but the desk's."""
    rules = desk.rules
    # What was said while it was another's is in there as well.
    tenants = [one for one in rules.tenant if one.id in {row.tenant, *vendors.tenants_of(conn, numbers)}]
    names, addresses = vendors.people(conn, desk.partner, numbers)
    theirs = {one for one in addresses if not is_ours(one, rules) and vendor_of(one, rules) is None}
    contacts = [contact_of(tenant) for tenant in tenants]
    listed = (address for tenant in tenants for address in tenant.addresses)
    known = {canonical(one) for one in (*theirs, *listed, *(contact.address for contact in contacts)) if one}
    domains = {domain for tenant in tenants for domain in tenant.domains} | _domains(known, rules)
    customer = Customer(
        companies=tuple(name for tenant in tenants for name in (tenant.name, tenant.id)),
        people=tuple(sorted({*names, *(contact.name for contact in contacts)} - {""})),
        addresses=tuple(sorted(known)),
        domains=tuple(sorted(domains)),
    )
    own = (address for agent in rules.agent for address in agent.addresses)
    private = {*map(canonical, own), *map(canonical, (*rules.notify.addresses, *rules.digest.addresses))}
    desks = canonical(rules.partner.address)
    return Veil(customer, frozenset(vendor.hide), tuple(sorted(private - {desks})), rules.partner.address)


def _domains(addresses: Iterable[str], rules: Rules) -> frozenset[str]:
    """Return the domains of customers' addresses by which these are known: none of the public, and none of ours."""
    ours = {domain_of(one) for one in (rules.partner.address, *rules.partner.aliases)}
    return frozenset(map(domain_of, addresses)) - {"", *map(a_label, rules.public_domains), *ours}


def _told(fact: Fact, veil: Veil, clock: WallClock) -> CaseFact:
    said = f"{'we' if fact.by_us else 'the customer'}, {clock.day(fact.at.astimezone(clock.zone).date())}"
    return CaseFact(fact.what, veil.over(fact.value), said)


def _lower(what: What) -> str:
    """Return how a sentence names it: what is no abbreviation begins with a small letter."""
    return what if what[1].isupper() else f"{what[0].lower()}{what[1:]}"


def _subject(former: vendors.Thread, ticket: int, problem: str, veil: Veil) -> str:
    """Return the subject of a later mail of a case: that of the vendor's last one, as its program finds it by that."""
    if not former.subject:
        return f"Re: [{ticket}] {problem}"
    subject = veil.over(former.subject)
    return subject if is_reply_by_subject(Message(subject=subject)) else f"Re: {subject}"
