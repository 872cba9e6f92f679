"""Lists of tickets for one agent: what waits, by time left, numbered, and what was answered since his last list.

A list bears a token that is sealed for it and this agent, carried as a relay's is, so that what he answers finds the
tickets by their numbers in that very list, however old it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.agents.sighted import OPEN
from mailbot.deciding.agents.taps import Tap, begun, list_taps
from mailbot.deciding.agents.team import agent_of, giver_of, name_of
from mailbot.deciding.content import without_remarks
from mailbot.deciding.effects import TicketState
from mailbot.deciding.listed import ListKind
from mailbot.deciding.tiers import FIRST, tier_of
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.vendors.whose import name_of_vendor
from mailbot.desk import Desk, nights
from mailbot.desk.mails.callbacks import asked_for, number_on_file
from mailbot.desk.mails.teammail import URGENT_PRIORITY, TeamMail, team_mail
from mailbot.reading.model import Mailbox
from mailbot.render.lists import heading
from mailbot.render.waiting import Falling, GivenLine, ListFacts, ListLine, Overnight, Sighted, Turn
from mailbot.rules import Agent, Severity
from mailbot.store import bursts, listings
from mailbot.store.outbox import queue

KIND = "list"
"""The outbox kind of a list."""
# More would be cut off: Gmail shows some 100 kB of a mail.
_MOST_LINES = 25
_MOST_GIVEN = 20
# From closing to opening over a long weekend.
_LONGEST_PAST = timedelta(days=4)
_PRIORITY = 30


def send_list(
    conn: Connection,
    desk: Desk,
    agent: Agent,
    kind: ListKind,
    now: datetime,
    *,
    urgent: bool = False,
    falling: Mapping[int, Falling] | None = None,
    about: Overnight | Turn | Sighted | None = None,
) -> str:
    """Put a list into the outbox for the agent; return the mail's key. Raise UnwritableMail.

    One of what falls due is of those tickets alone, each with what that is; agents who have `taken` them are ids there.
    An answering service's are of those of its night alone. What it is `about` besides stands first, what happened
    overnight with the first numbers. One of what the radar sighted is of its tickets alone, and also those that are not
    listed have their numbers.
    """
    overnight = about if isinstance(about, Overnight) else None
    turn = about if isinstance(about, Turn) else None
    sighted = about if isinstance(about, Sighted) else None
    partner, address = desk.rules.partner, agent.addresses[0]
    since = _since(listings.last_at(conn, desk.partner, agent.id), now)
    only: Collection[int] | None = sighted.tickets if sighted else falling
    if only is None:
        only = nights.tickets_of(conn, desk, agent, now)
    found, count = listings.standing(conn, desk.partner, kind, agent.id, agent.tenants, now, _MOST_LINES, only)
    told = [one.ticket for one in overnight.outages] if overnight else []
    open_ones, _ = listings.standing(conn, desk.partner, ListKind.OPEN, agent.id, agent.tenants, now, len(told), told)
    of_night = {one.ticket: one for one in open_ones}
    count -= sum(one.ticket in told for one in found)
    found = _late_first(tuple(one for one in found if one.ticket not in told), now)
    nothing: tuple[tuple[listings.Given, ...], int] = ((), 0)
    is_short = only is not None or turn is not None
    given, given_count = (
        nothing if is_short else listings.given(conn, desk.partner, agent.tenants, since, _MOST_GIVEN, without=told)
    )
    listed = dict.fromkeys((*told, *(one.ticket for one in found), *(sighted.tickets if sighted else ())))
    kept = listings.keep(conn, desk.partner, agent.id, kind, listed, now)
    token = desk.token(Purpose.LIST, kept.id, address, now)
    lines = tuple(
        _with_falling(desk, agent, _line(desk, agent, number, one), (falling or {}).get(one.ticket))
        for number, one in enumerate(found, len(told) + 1)
    )
    more, to = count - len(found), desk.reply_to(token)
    subject = heading(lines, kind, more, now, about)

    def tapped(line: ListLine) -> ListLine:
        return replace(line, taps=list_taps(to, partner.address, token, subject, line.number))

    if overnight:
        numbered = (
            replace(
                one,
                number=number,
                line=tapped(_line(desk, agent, number, of_night[one.ticket])) if one.ticket in of_night else None,
            )
            for number, one in enumerate(overnight.outages, 1)
        )
        overnight = replace(overnight, outages=tuple(numbered))
    if sighted:
        bursts.list_of(conn, kept.id, sighted.burst)
        begins = begun(to, partner.address, token, f"Re: {subject}", OPEN)
        sighted = replace(sighted, opens=Tap("Open the incident", OPEN, begins))
    facts = ListFacts(
        now=now,
        brand=partner.brand,
        kind=kind,
        lines=tuple(map(tapped, lines)),
        token=token,
        given=tuple(_given(desk, agent, one) for one in given),
        since=since,
        more=more,
        more_given=given_count - len(given),
        country=partner.country,
        overnight=overnight,
        turn=turn,
        sighted=sighted,
    )
    mail = TeamMail(
        key=f"list:{kept.id}",
        kind=KIND,
        template="team-list",
        facts=facts,
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{kept.id:x}l",
        answerable=True,
        burst=sighted.burst if sighted else 0,
        priority=URGENT_PRIORITY if urgent else _PRIORITY,
    )
    queue(conn, desk.partner, team_mail(desk, mail, now), now)
    return mail.key


def _since(last_at: datetime | None, now: datetime) -> datetime:
    """Return from when on an agent is told what was answered: since his last list, within reason."""
    earliest = now - _LONGEST_PAST
    return earliest if last_at is None or last_at > now else max(last_at, earliest)


def _late_first(found: tuple[listings.Standing, ...], now: datetime) -> tuple[listings.Standing, ...]:
    """Return the tickets, critical ones first and then those that are late, also for who asked again."""
    return tuple(sorted(found, key=lambda one: (one.severity is not Severity.CRITICAL, not _is_late(one, now))))


def _is_late(one: listings.Standing, now: datetime) -> bool:
    return one.waiting_since is not None and one.due_at is not None and one.due_at <= now


def _line(desk: Desk, reader: Agent, number: int, one: listings.Standing) -> ListLine:
    words, _ = without_remarks(one.words)
    asks_for = asked_for((one.subject, words), one.flags, one.playbook, desk.rules)
    call = number_on_file(desk.rules.tenant_by_id(one.tenant)) if asks_for else None
    return ListLine(
        number=number,
        ticket=one.ticket,
        severity=one.severity,
        customer=one.sender_name or one.sender,
        tenant=_tenant(desk, one.tenant),
        subject=one.subject,
        words=words,
        waiting_since=one.waiting_since,
        due_at=one.due_at,
        holder=_name(desk, reader, one.assignee),
        escalated=one.escalated and tier_of(one.assignee, desk.rules) == FIRST,
        lost_by=_name(desk, reader, one.lost_by),
        seen_by=_name(desk, reader, one.seen_by),
        vendor=name_of_vendor(one.vendor, desk.rules),
        vendor_since=one.vendor_since,
        flags=one.flags,
        asks_for=asks_for,
        call_back=call.number if call else "",
        call_source=call.source if call else "",
    )


def _with_falling(desk: Desk, reader: Agent, line: ListLine, one: Falling | None) -> ListLine:
    """Return the line with what falls due of its ticket."""
    if one is None:
        return line
    taken = replace(one.taken, by=_name(desk, reader, one.taken.by)) if one.taken else None
    return replace(line, ends_at=one.ends_at, hears_by=one.hears_by, taken=taken)


def _given(desk: Desk, reader: Agent, one: listings.Given) -> GivenLine:
    agent = agent_of(one.sender, desk.rules)
    author = one.author or (agent.id if agent else "")
    name = "you" if author == reader.id else giver_of(author, desk.rules, by_mail=bool(one.sender))
    return GivenLine(
        ticket=one.ticket,
        customer=one.requester_name or one.requester,
        tenant=_tenant(desk, one.tenant),
        subject=one.subject,
        by=name or one.sender_name or one.sender,
        at=one.at,
        closed=one.state is TicketState.CLOSED,
    )


def _tenant(desk: Desk, tenant_id: str | None) -> str:
    tenant = desk.rules.tenant_by_id(tenant_id)
    return tenant.name if tenant else ""


def _name(desk: Desk, reader: Agent, agent_id: str) -> str:
    """Return how the reader calls an agent: "you" for himself, "" for nobody."""
    return "you" if agent_id == reader.id else name_of(agent_id, desk.rules)
