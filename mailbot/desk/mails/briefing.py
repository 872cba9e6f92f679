"""What an agent needs to answer a customer's message, gathered from the log and the rules at the instant of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.commands import kinds
from mailbot.deciding.agents.copied import recipients_of
from mailbot.deciding.agents.readers import by_id
from mailbot.deciding.agents.taps import taps
from mailbot.deciding.agents.team import agent_of, author_in_words, giver_of, is_ours
from mailbot.deciding.content import without_names_of_files
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.duetimes import is_called
from mailbot.deciding.effects import NoticeKind, TicketState
from mailbot.deciding.tiers import FIRST, tier_of
from mailbot.desk import Desk
from mailbot.desk.mails.incidentmails import what_is_wrong
from mailbot.desk.mails.sharing import writer_of
from mailbot.desk.mails.telling import item_of, written
from mailbot.desk.nights import may_see
from mailbot.reading.fields.address import canonical, domain_of
from mailbot.reading.model import File
from mailbot.reading.quotation.forwarding import original
from mailbot.render import AnsweredBy, Attached, EscalatedBy, Former, NoticeItem, Person, Piece, RelayFacts
from mailbot.render.notices import relay_subject
from mailbot.render.wording import tel
from mailbot.rules import Rules, Tenant
from mailbot.rules.links import filled, pieces
from mailbot.store import counting, escalations, former, given, incidents, notices, relays, tickets
from mailbot.store.clocked import clocked
from mailbot.store.merged import going_on_as

_MOST_FORMER = 5
_EVER = datetime.min.replace(tzinfo=UTC)


def relay_facts(
    conn: Connection, desk: Desk, relay: relays.Relay, files: tuple[File, ...], token: str, now: datetime
) -> RelayFacts:
    """Return all that is told of the message, which brings `files`, to the agent for whom the token is sealed."""
    rules = desk.rules
    notice = notices.Notice(
        relay.id, relay.ticket_id, relay.entry_id, NoticeKind.REPLY, urgent=relay.urgent, text="", created_at=now
    )
    about = notices.subject_of(conn, notice)
    item = item_of(desk, notice, about, whole=True)
    tenant = rules.tenant_by_id(about.tenant)
    left = _left(relay, files)
    if files or left:
        item = replace(item, excerpt=without_names_of_files(item.excerpt))
    values = _values(relay.ticket_id, about, tenant, rules)
    merged = _merged(conn, desk, relay, now)
    known = [one.ticket for one in merged if one.ticket]
    earlier, of_tenant = former.former_tickets(conn, desk.partner, relay.ticket_id, _MOST_FORMER, known)
    reader = by_id(relay.agent, rules)
    is_service = reader is not None and reader.outsourced
    [ticket] = tickets.facts(conn, desk.partner, [relay.ticket_id])
    readers = _readers(ticket, relay, about, rules)
    incident, over = _incident(conn, desk, relay)
    return RelayFacts(
        now=now,
        brand=rules.partner.brand,
        item=item,
        token=token,
        country=rules.partner.country,
        answered=_answered(conn, desk, relay),
        escalated=_escalated(conn, desk, relay),
        incident=incident,
        incident_over=over,
        readers=readers,
        whose="" if readers else _whose(about, rules),
        asks_for=item.asks_for,
        call_back=item.call_back,
        dashboard="" if is_service else filled((tenant.dashboard if tenant else "") or rules.partner.dashboard, values),
        steps=tuple(_step(step, values) for step in item.steps),
        files=tuple(Attached(file.name, len(file.octets)) for file in files),
        left=left,
        merged=merged,
        receipt=about.receipt,
        former=() if is_service else tuple(_former(one, rules) for one in earlier),
        former_of_tenant=of_tenant,
        taps=taps(
            desk.reply_to(token),
            rules.partner.address,
            token,
            relay_subject(item),
            is_called=_is_called(conn, desk, relay, now),
        ),
    )


def _is_called(conn: Connection, desk: Desk, relay: relays.Relay, now: datetime) -> bool:
    """Return whether whoever gets it is called about an outage, and can say that he has seen it."""
    is_urgent = relay.urgent and not opening_hours(desk.rules, None).is_open(now)
    return is_urgent and any(map(is_called, clocked(conn, [relay.ticket_id])))


def _answered(conn: Connection, desk: Desk, relay: relays.Relay) -> AnsweredBy | None:
    """Return who answered the message since it came, for whoever gets it later: the last whose answer counts."""
    since = given.given_since(conn, relay.ticket_id, _EVER, after=relay.entry_id)
    void = counting.counted(conn, [relay.ticket_id]).void if since else frozenset()
    last = next((one for one in since if one.entry not in void), None)
    return AnsweredBy(writer_of(desk, last), last.at, last.by_phone) if last else None


def _escalated(conn: Connection, desk: Desk, relay: relays.Relay) -> EscalatedBy | None:
    """Return who escalated its ticket to the reader's tier, where nobody has taken it since."""
    done = escalations.untaken(conn, relay.ticket_id)
    if done is None or tier_of(relay.agent, desk.rules) == FIRST:
        return None
    return EscalatedBy(author_in_words(done.author, desk.rules), done.words)


def _incident(conn: Connection, desk: Desk, relay: relays.Relay) -> tuple[str, datetime | None]:
    """Return the incident that its ticket is about, "3, Calls fail", and since when it is over; "" for none."""
    number = incidents.of_ticket(conn, relay.ticket_id)
    found = incidents.incident(conn, desk.partner, number) if number else None
    if found is None:
        return "", None
    what = what_is_wrong(desk, found.title, found.playbook, desk.rules.locale(None))
    return f"{found.number}, {what}", found.resolved_at


def _merged(conn: Connection, desk: Desk, relay: relays.Relay, now: datetime) -> tuple[NoticeItem, ...]:
    """Return the last questions of the tickets that were merged into it, as far as they are the agent's to see."""
    agent = by_id(relay.agent, desk.rules)
    items = []
    for one in going_on_as(conn, desk.partner, relay.ticket_id)[-_MOST_FORMER:]:
        entry = relays.relayed_entry(conn, desk.partner, one.id, ())
        facts = tickets.facts(conn, desk.partner, [one.id]) if entry is not None and agent is not None else ()
        if entry is not None and agent is not None and all(may_see(conn, desk, agent, part, now) for part in facts):
            notice = notices.Notice(relay.id, one.id, entry, NoticeKind.REPLY, urgent=False, text="", created_at=now)
            items.append(item_of(desk, notice, notices.subject_of(conn, notice)))
    return tuple(items)


def _left(relay: relays.Relay, files: tuple[File, ...]) -> tuple[Attached, ...]:
    """Return the files of the message that do not come along."""
    brought = {file.name for file in files}
    return tuple(Attached(one.name, one.size) for one in relay.besides.files if one.name not in brought)


def _readers(ticket: TicketFacts, relay: relays.Relay, about: notices.Subject, rules: Rules) -> tuple[Person, ...]:
    names = {canonical(about.requester): about.requester_name, canonical(about.from_address): about.from_name}
    readers = recipients_of(ticket, rules, relay.besides.copied)
    return tuple(Person(names.get(canonical(address), ""), address) for address in readers)


def _whose(about: notices.Subject, rules: Rules) -> str:
    """Return the command that makes what one of us reported a customer's: hers from whom he passes it on."""
    if agent_of(about.from_address, rules) is None:
        return ""
    _, forwarded = written(about)
    address = original(forwarded).address if forwarded else ""
    return f"#for {address}" if address and not is_ours(address, rules) else kinds.For.example


def _values(ticket: int, about: notices.Subject, tenant: Tenant | None, rules: Rules) -> Mapping[str, str]:
    """Return what may be filled into links."""
    country = rules.locale(tenant).country
    phone = tenant.phone_numbers[0] if tenant and tenant.phone_numbers else ""
    return {
        "tenant": tenant.id if tenant else "",
        "phone": tel(phone, country).removeprefix("tel:"),
        "ticket": str(ticket),
        "playbook": about.playbook or "",
        "address": canonical(about.from_address),
        "domain": domain_of(about.from_address) if about.from_address else "",
    }


def _step(step: str, values: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return a step with its links, a bare one as it is filled in; one that cannot be is words alone."""
    return tuple(
        Piece(link if text == pattern and link else text, link)
        for text, pattern in pieces(step)
        for link in [filled(pattern, values)]
    )


def _former(ticket: former.FormerTicket, rules: Rules) -> Former:
    """Return an earlier ticket as it is told; an agent who is listed no longer is named by his id."""
    names: dict[str, None] = {}
    for address, author in ticket.answered:
        agent = agent_of(address, rules)
        names[agent.name if agent else giver_of(author, rules, by_mail=bool(address))] = None
    names.pop("", None)
    return Former(ticket.id, ticket.subject, ticket.state is TicketState.OPEN, ticket.updated_at, tuple(names))
