"""Telling an agent by mail what became of a ticket, or of an address's mail, and why: what `mailbot why` tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from mailbot.deciding.agents.commands.command import with_instants
from mailbot.deciding.agents.team import OURSELVES, agent_by_id, agent_of, author_in_words, may_act_for
from mailbot.deciding.effects import AnswerKind, EntryKind
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.asking import News, tell
from mailbot.desk.refusing import RefusedError
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent, Rules
from mailbot.store import queries, relays, tickets, waits
from mailbot.store.outbox import OutboxState
from mailbot.store.queries import Why
from mailbot.store.views import EntryView, MailView

_SPAN = timedelta(days=7)
_MOST_LINES = 60


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
    lines = tuple(_lines(work, agent, found))
    told = lines[-_MOST_LINES:] or ("Nothing came, and nothing left.",)
    more = (f"{len(lines) - _MOST_LINES} more lines stand above these.",) if len(lines) > _MOST_LINES else ()
    if work.word("here"):
        return Done(title, told=True, lines=(*more, *told))
    news = News(title, (*more, *told), "Why it is as it is" if about else title, ticket=about)
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
    """Yield a line for each thing that happened, in the order of time; nothing of tickets that are not the agent's.

    A line with the day stands above those of each day, and one with the reasons below what has any.
    """
    is_his = _of_his_tickets(work, agent, found)
    arrived = {one.entry_id: one for one in found.arrivals}
    happened: list[tuple[datetime, str, str]] = []
    for entry in found.entries:
        if is_his(entry.ticket_id):
            arrival = arrived.get(entry.id)
            reasons = arrival.reasons if arrival else entry.reasons
            happened.append((entry.at, _said(work, entry), _because(reasons)))
    his_mails = (mail for mail in found.mails if is_his(mail.ticket_id))
    happened += [(mail.created_at, _went(mail, work.desk.rules), "") for mail in his_mails]
    day: date | None = None
    for at, text, because in sorted(happened, key=lambda one: one[0]):
        local = at.astimezone(work.desk.rules.partner.zone)
        if local.date() != day:
            day = local.date()
            yield f"{work.clock.day(day)}:"
        yield f"{work.clock.time(at)} {text}"
        if because:
            yield f"Why: {because}."


def _of_his_tickets(work: Work, agent: Agent, found: Why) -> Callable[[int | None], bool]:
    numbers = {entry.ticket_id for entry in found.entries} | {mail.ticket_id for mail in found.mails}
    facts = tickets.facts(work.conn, work.desk.partner, (number for number in numbers if number is not None))
    his = {one.id for one in facts if may_act_for(agent, one.tenant)}
    return lambda number: number in his or (number is None and not agent.tenants)


_PROVEN = {"pass": "its sender is proven", "none": "nothing proves its sender", "fail": "its sender is not who it says"}


def _because(reasons: Iterable[Mapping[str, str]]) -> str:
    """Return reasons in words; whether the sender is proven stands before the marks that show it."""
    marks: list[str] = []
    proven, others = "", []
    for reason in reasons:
        code, _, verdict = reason["code"].partition(".")
        if code == "authentication" and verdict in _PROVEN:
            proven = _PROVEN[verdict]
            marks.append(reason["text"])
        else:
            others.append(reason["text"])
    return "; ".join([f"{proven} ({', '.join(marks)})", *others] if proven else others)


_DID = {
    EntryKind.CUSTOMER: "wrote",
    EntryKind.AGENT: "answered",
    EntryKind.NOTE: "noted",
    EntryKind.AUTOMATIC: "wrote by machine",
    EntryKind.BOUNCE: "returned a mail of ours",
}


def _said(work: Work, entry: EntryView) -> str:
    """Return what an entry is, in a few words."""
    rules = work.desk.rules
    author = author_in_words(entry.author, rules)
    if entry.kind == EntryKind.CHANGE:
        text = with_instants(entry.text, work.clock.until) or "changed"
        return f"{text} ({author})" if author and author != OURSELVES else text
    agent = agent_of(entry.from_address, rules) or agent_by_id(entry.author, rules)
    sender = f"{entry.from_name} ({entry.from_address})" if entry.from_name else entry.from_address
    who = agent.name if agent else sender or author or "somebody"
    return f"{who} {_DID[entry.kind]}: {entry.subject}" if entry.subject else f"{who} {_DID[entry.kind]}"


_SENT = {
    AnswerKind.ACKNOWLEDGEMENT: "the receipt",
    AnswerKind.AFTER_HOURS: "the after-hours answer",
    AnswerKind.EMERGENCY: "the emergency answer",
    waits.TOLD: "the day until which it waits",
    relays.KIND: "the customer's message",
    "reply": "the answer",
    "told": "what was sent",
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


def _went(mail: MailView, rules: Rules) -> str:
    """Return what became of a mail of ours, in a few words."""
    agent = agent_of(mail.recipient, rules)
    told = mail.reply_text if mail.state is not OutboxState.SENT else ""
    relay = f" (the server that sends our mail said: {told})" if told else ""
    to = agent.name if agent else mail.recipient
    return f"{_SENT.get(mail.kind, mail.kind)} to {to} {_STANDS[mail.state]}{relay}"
