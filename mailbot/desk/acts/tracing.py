"""Telling an agent by mail what became of a ticket, or of an address's mail, and why: what `mailbot why` tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import groupby

from mailbot.deciding.agents.commands.command import with_days, with_instants
from mailbot.deciding.agents.team import OURSELVES, agent_by_id, agent_of, author_in_words, may_act_for
from mailbot.deciding.changed import changed, without_commands
from mailbot.deciding.effects import AnswerKind, EntryKind
from mailbot.deciding.plainly import because, begun
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.asking import KIND, News, tell
from mailbot.desk.refusing import RefusedError
from mailbot.reading.fields.address import canonical
from mailbot.render import Day, Happening
from mailbot.render.lists import glimpse
from mailbot.rules import Agent
from mailbot.store import queries, relays, tickets, waits
from mailbot.store.outbox import OutboxState
from mailbot.store.queries import Why
from mailbot.store.views import EntryView

_SPAN = timedelta(days=7)
_MOST = 40
_ABOUT = "This is what happened, and why."


def why(work: Work) -> Done:
    """Mail the agent the reasons: of the ticket at hand, or of what came from an address, on one day if it is named.

    Who asks for them `here`, beside other things, gets them with what is told of these.
    """
    agent, address = work.agent(), canonical(work.word("address"))
    about: int | None = None
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
        about = work.ticket().id
        found, title = queries.why_ticket(work.conn, work.desk.partner, about), f"Why #{about} is as it is"
    else:
        raise RefusedError("say whose mail: #why jane@acme.example monday; or reply so to a customer's message")
    happened = sorted(_happened(work, agent, found), key=lambda one: one[0])
    days = tuple(_days(work, happened[-_MOST:]))
    before = len(happened) - _MOST
    more = (f"{before} more things happened before these.",) if before > 0 else ()
    told = more or (() if days else ("Nothing came, and nothing left.",))
    if work.word("here"):
        return Done(title, told=True, lines=(*told, *_flat(days)))
    news = News(title, told or (_ABOUT,), "Why it is as it is" if about else title, ticket=about, days=days)
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


def _happened(work: Work, agent: Agent, found: Why) -> Iterator[tuple[datetime, Happening]]:
    """Yield what happened and when; nothing of tickets that are not the agent's."""
    is_his = _of_his_tickets(work, agent, found)
    rules = work.desk.rules
    arrived = {one.entry_id: one for one in found.arrivals}
    for entry in found.entries:
        if is_his(entry.ticket_id) and "opened_at" not in (entry.change or {}):
            arrival = arrived.get(entry.id)
            why = because(arrival.reasons if arrival else entry.reasons, entry.evidence, rules)
            what = _said(work, entry)
            if what or why:
                yield entry.at, Happening(work.clock.time(entry.at), begun(what or "a mail of ours came"), why)
    sent: dict[tuple[str, OutboxState, datetime, str], list[str]] = {}
    for mail in found.mails:
        if is_his(mail.ticket_id) and (mail.kind, mail.state) != (KIND, OutboxState.SENT):
            # A message that left to three of us is one line.
            minute = mail.created_at.replace(second=0, microsecond=0)
            said = mail.reply_text if mail.state is not OutboxState.SENT else ""
            reader = agent_of(mail.recipient, rules)
            alike = sent.setdefault((mail.kind, mail.state, minute, said), [])
            alike.append(reader.name if reader else mail.recipient)
    for (kind, state, at, said), readers in sent.items():
        # Within its minute what left stands below what it left for.
        shown = at + timedelta(seconds=59)
        yield shown, Happening(work.clock.time(at), begun(_went(kind, readers, state, said)))


def _days(work: Work, happened: Iterable[tuple[datetime, Happening]]) -> Iterator[Day]:
    zone = work.clock.zone
    for day, of_day in groupby(happened, key=lambda one: one[0].astimezone(zone).date()):
        yield Day(work.clock.day(day), tuple(one for _, one in of_day))


def _flat(days: Iterable[Day]) -> Iterator[str]:
    """Yield a line for each day, thing and reason, for a mail that tells of other things, too."""
    for day in days:
        yield f"{day.day}:"
        for one in day.happened:
            yield " ".join((one.time, f"{one.what}.", *one.because))


def _of_his_tickets(work: Work, agent: Agent, found: Why) -> Callable[[int | None], bool]:
    numbers = {entry.ticket_id for entry in found.entries} | {mail.ticket_id for mail in found.mails}
    facts = tickets.facts(work.conn, work.desk.partner, (number for number in numbers if number is not None))
    his = {one.id for one in facts if may_act_for(agent, one.tenant)}
    return lambda number: number in his or (number is None and not agent.tenants)


_DID = {
    EntryKind.CUSTOMER: "wrote",
    EntryKind.AGENT: "answered",
    EntryKind.NOTE: "noted",
    EntryKind.AUTOMATIC: "wrote by machine",
    EntryKind.VENDOR: "wrote for a vendor",
    EntryKind.BOUNCE: "returned a mail of ours",
}


def _said(work: Work, entry: EntryView) -> str:
    """Return what an entry is, in a few words; "" for commands alone, for their changes are told."""
    rules = work.desk.rules
    author = author_in_words(entry.author, rules)
    if entry.kind == EntryKind.CHANGE:
        text = with_days(with_instants(entry.text, work.clock.until), work.clock.day)
        what = text if text.startswith("#") else ": ".join(filter(None, (changed(entry.change or {}, rules), text)))
        of_us = author and author != OURSELVES and "@" not in author and not what.startswith(author)
        return f"{author}: {what or 'changed'}" if of_us else what or "changed"
    agent = agent_of(entry.from_address, rules) or agent_by_id(entry.author, rules)
    sender = f"{entry.from_name} ({entry.from_address})" if entry.from_name else entry.from_address
    who = agent.name if agent else sender or author or "somebody"
    # The subject of what answers a mail of ours is ours.
    about = glimpse(without_commands(entry.reply_text)) if agent else entry.subject
    if agent and entry.kind == EntryKind.NOTE and not about:
        return ""
    return f"{who} {_DID[entry.kind]}: {about}" if about else f"{who} {_DID[entry.kind]}"


_SENT = {
    AnswerKind.ACKNOWLEDGEMENT: "the receipt",
    AnswerKind.AFTER_HOURS: "the after-hours answer",
    AnswerKind.EMERGENCY: "the emergency answer",
    waits.TOLD: "the day until which it waits",
    relays.KIND: "the customer's message",
    "reply": "the answer",
    "told": "news of the answer",
    "ask": "a question",
    "returned": "an answer that came back",
    "list": "a list",
    "notice": "a notice",
    "week": "the weekly mail",
    "digest": "the weekly mail",
}
_STANDS = {
    OutboxState.HELD: "is held",
    OutboxState.QUEUED: "is about to leave",
    OutboxState.SUBMITTING: "is leaving",
    OutboxState.SENT: "left",
    OutboxState.DEFERRED: "is tried again",
    OutboxState.FAILED: "was refused",
    OutboxState.UNCLEAR: "left, or not: nobody knows",
    OutboxState.DROPPED: "was dropped",
    OutboxState.EXPIRED: "was too late and stayed",
}


def _went(kind: str, readers: Iterable[str], state: OutboxState, said: str) -> str:
    """Return what became of mails of ours, in a few words; `said` is what the server that sends them did."""
    relay = f" (the server that sends our mail said: {said})" if said else ""
    return f"{_SENT.get(kind, kind)} to {' and '.join(dict.fromkeys(readers))} {_STANDS[state]}{relay}"
