"""Telling an agent by mail what became of a ticket, or of an address's mail, and why: what `mailbot why` tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.agents.commands.command import spoken, with_instants
from mailbot.deciding.agents.team import may_act_for
from mailbot.deciding.effects import EntryKind
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.asking import News, tell
from mailbot.desk.refusing import RefusedError
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent
from mailbot.store import queries, tickets
from mailbot.store.queries import Why
from mailbot.store.views import EntryView

_SPAN = timedelta(days=7)
_MOST_LINES = 60


def why(work: Work) -> Done:
    """Mail the agent the reasons: of the ticket at hand, or of what came from an address, on one day if it is named.

    Who asks for them `here`, beside other things, gets them with what is told of these.
    """
    agent, address = work.agent(), canonical(work.word("address"))
    if agent is None:
        raise RefusedError("on the server it is `mailbot why`")
    if address:
        _require_his(work, agent, address)
        start, end = _span(work)
        found, title = (
            queries.why_address(work.conn, work.desk.partner, address, start, end),
            f"What came from {address}",
        )
    elif work.request.get("ticket"):
        row = work.ticket()
        found, title = queries.why_ticket(work.conn, work.desk.partner, row.id), f"Why #{row.id} is as it is"
    else:
        raise RefusedError("say whose mail: #why jane@acme.example monday; or reply so to a customer's message")
    lines = tuple(_lines(work, agent, found))
    told = lines[-_MOST_LINES:] or ("Nothing came, and nothing left.",)
    more = (f"{len(lines) - _MOST_LINES} more lines stand above these.",) if len(lines) > _MOST_LINES else ()
    if work.word("here"):
        return Done(title, told=True, lines=(*more, *told))
    news = News(title, (*more, *told), title)
    tell(work.conn, work.desk, agent, news, f"why:{work.act}:{title}", f"{work.act:x}w", work.now)
    return Done("the reasons are on their way to you")


def _require_his(work: Work, agent: Agent, address: str) -> None:
    tenants = listed_tenants(address, work.desk.rules)
    if tenants and not any(may_act_for(agent, one.id) for one in tenants):
        raise RefusedError(f"{address} is no customer of {agent.name}'s")


def _span(work: Work) -> tuple[datetime, datetime]:
    """Return the day that is named, as two instants; the last seven days where none is."""
    day = work.day("day")
    if day is None:
        return work.now - _SPAN, work.now
    start = datetime.combine(day, time.min, work.desk.rules.partner.zone)
    return start, start + timedelta(days=1)


def _lines(work: Work, agent: Agent, found: Why) -> Iterator[str]:
    """Yield a line for each thing that happened, in the order of time; nothing of tickets that are not the agent's."""
    is_his = _of_his_tickets(work, agent, found)
    arrived = {one.entry_id: one for one in found.arrivals}
    zone = work.desk.rules.partner.zone
    happened: list[tuple[datetime, str]] = []
    for entry in found.entries:
        if is_his(entry.ticket_id):
            arrival = arrived.get(entry.id)
            reasons = "; ".join(reason["text"] for reason in (arrival.reasons if arrival else entry.reasons))
            happened.append((entry.at, ": ".join(filter(None, (_said(entry, zone), reasons)))))
    for mail in found.mails:
        if is_his(mail.ticket_id):
            relay = f" (the relay said: {mail.reply_text})" if mail.reply_text else ""
            happened.append((mail.created_at, f"{mail.kind} to {mail.recipient}: {mail.state}{relay}"))
    for at, text in sorted(happened, key=lambda one: one[0]):
        yield f"{at.astimezone(zone):%-d %b %H:%M}  {text}"


def _of_his_tickets(work: Work, agent: Agent, found: Why) -> Callable[[int | None], bool]:
    numbers = {entry.ticket_id for entry in found.entries} | {mail.ticket_id for mail in found.mails}
    facts = tickets.facts(work.conn, work.desk.partner, (number for number in numbers if number is not None))
    his = {one.id for one in facts if may_act_for(agent, one.tenant)}
    return lambda number: number in his or (number is None and not agent.tenants)


def _said(entry: EntryView, zone: ZoneInfo) -> str:
    """Return what an entry is, in a few words."""
    who = entry.from_address or entry.author
    if entry.kind == EntryKind.CHANGE:
        text = with_instants(entry.text, lambda at: spoken(at, zone))
        return f"{text or 'changed'} ({who})" if who else text
    return f"{entry.kind} {who}, {entry.subject}".rstrip(", ")
