"""Calling who is on call about an outage: by each of his pagers in turn, and then the next one, until one has seen it.

Who is called after the first gets the customer's newest message as the first one did. In the desk's hours everybody
hears of it who is not away, and nobody is paged. A page tells of all outages for which its reader is called; after it
the next one by the same pager waits a minute, so that several in one spell are one. Each step stands in the ticket's
log. What mailbot itself is late with keeps its distances: nobody is passed over who had no time to answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.agents.taps import begun
from mailbot.deciding.agents.team import by_relay
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.duetimes import is_called, of_step
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.pagewords import Outage, outages
from mailbot.deciding.paging import Page, PageKind
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.understanding import DOWN_WORD
from mailbot.desk import Desk
from mailbot.desk.mails.duty import Handing, hand_straight, on_call, who_is_there, within_reach
from mailbot.desk.mails.paging import queue_page, way_of
from mailbot.desk.mails.telling import item_of
from mailbot.reading.fields.address import domain_of
from mailbot.rules import Agent, Severity
from mailbot.store import acts, changes, due, notices, pages, relays
from mailbot.store.clocked import clocked
from mailbot.store.columns import AnyRow
from mailbot.store.due import Claim
from mailbot.store.merged import going_on_as

_PAUSE = timedelta(minutes=1)
_MOST_READ = 5
_LATE = timedelta(minutes=2)
_LONGEST_CALLED = timedelta(days=7)
_OK_LASTS = timedelta(days=7)

_log = structlog.get_logger(__name__)


def call(conn: Connection, desk: Desk, claims: Iterable[Claim], now: datetime) -> None:
    """Do these steps, or put off what comes too soon after another; part of the caller's transaction."""
    is_open = opening_hours(desk.rules, None).is_open(now)
    paged: dict[tuple[str, int], list[Claim]] = {}
    for claim in _undone(conn, desk, claims):
        until = _held_until(conn, claim)
        if until is not None and until > now:
            due.put_off(conn, [claim], until)
            continue
        due.done(conn, [claim], now)
        row = acts.row(conn, desk.partner, claim.ticket)
        if row is None:
            continue
        called = _called(conn, desk, row, claim, now)
        place, number = of_step(claim.due.share)
        if number == 0 and (place or is_open or any(one.outsourced for one in called)):
            _hand_on(conn, desk, row, claim, called, now, are_paged=bool(place) and not is_open)
        for agent in () if is_open else called:
            if len(agent.pager) > number:
                paged.setdefault((agent.id, number + 1), []).append(claim)
    for agent in desk.rules.agent:
        for number in range(1, len(agent.pager) + 1):
            if (agent.id, number) in paged:
                _page(conn, desk, agent, number, paged[agent.id, number], now)


def _undone(conn: Connection, desk: Desk, claims: Iterable[Claim]) -> Iterator[Claim]:
    """Yield the steps but for those that a log which was lost may have done: it tells whoever restored its backup."""
    for claim in claims:
        if desk.restored_at is not None and claim.due.promised_at <= desk.restored_at:
            due.done(conn, [claim], claim.due.promised_at)
        else:
            yield claim


def _held_until(conn: Connection, claim: Claim) -> datetime | None:
    """Return until when a step is to wait, since one before it was done late; None where none was."""
    done = due.done_steps(conn, claim)
    late = [at + (claim.due.promised_at - due_at) for due_at, at in done if at - due_at > _LATE]
    return max(late, default=None)


def _called(conn: Connection, desk: Desk, row: AnyRow, claim: Claim, now: datetime) -> Sequence[Agent]:
    """Return who is called in that step: all of ours who are there where none of us takes turns, and in hours."""
    team = [one for one in desk.rules.agent if may_be_called(one, row.tenant)]
    here = who_is_there(conn, desk, team, now)
    order = on_call(desk, within_reach(conn, desk, team, now), now)
    # Who is away is passed over, so the place may be behind the last: all were called, or none of ours takes turns.
    place, _ = of_step(claim.due.share)
    return order[place : place + 1] or (here if all(one.outsourced for one in order) else ())


def _hand_on(
    conn: Connection, desk: Desk, row: AnyRow, claim: Claim, called: Sequence[Agent], now: datetime, *, are_paged: bool
) -> None:
    """Hand the outage to those who have not got it, and note once that they are called, also where their page waits."""
    last = relays.relayed_entry(conn, desk.partner, row.id, ()) if by_relay(desk.rules) else None
    fresh = [one for one in called if last is not None and not relays.is_handed(conn, one.id, last)]
    paged = [one for one in called if are_paged and one.pager and _rests_until(conn, desk, one, 1, now) is None]
    if last is not None:
        paged = [one for one in paged if not relays.handed_since(conn, one.id, last, claim.due.promised_at)]
    named = [one for one in called if one in fresh or one in paged]
    if not named:
        return
    names = f"{' and '.join(one.name for one in named)} {'is' if len(named) == 1 else 'are'}"
    changes.remark(conn, row.id, author="mailbot", reason=f"nobody has seen it: {names} called", now=now)
    if last is not None:
        besides = relays.besides_of(conn, last)
        hand_straight(conn, desk, fresh, Handing(row.id, last, urgent=True, besides=besides), now)


def _page(conn: Connection, desk: Desk, agent: Agent, number: int, claims: Sequence[Claim], now: datetime) -> None:
    """Page an agent by one of his pagers about what that one has not told him yet, or put it off for a minute."""
    rung = pages.rung_for(conn, desk.partner, agent.id, now - _LONGEST_CALLED)
    fresh = [claim for claim in claims if not _is_told(claim, number, rung)]
    if not fresh:
        return
    rests_until = _rests_until(conn, desk, agent, number, now)
    if rests_until is not None:
        due.put_off(conn, fresh, rests_until)
        return
    called = _still_called(conn, agent, rung)
    spell = min((one.spell for one in called), default=None)
    tickets = list(dict.fromkeys([*(claim.ticket for claim in fresh), *(one.ticket for one in called)]))
    listing, spell = pages.keep(conn, desk.partner, agent.id, number, tickets, spell, now)
    token = desk.token(Purpose.PAGE, listing, agent.addresses[0], now, lasts=_OK_LASTS)
    pager = agent.pager[number - 1]
    try:
        queue_page(
            conn,
            desk,
            agent,
            number,
            _written(conn, desk, spell, tickets, token, now),
            now,
            key=str(listing),
            token=token,
            ticket=tickets[0] if len(tickets) == 1 else None,
        )
    except UnwritableMail as error:
        _log.warning("page-unwritable", agent=agent.id, pager=number, reason=str(error))
        reason = f"{agent.name} cannot be paged by {way_of(pager)}: {error}"
    else:
        reason = f"{agent.name} was paged by {way_of(pager)}"
    for claim in fresh:
        changes.remark(conn, claim.ticket, author="mailbot", reason=reason, now=now)


def _is_told(claim: Claim, number: int, rung: Sequence[pages.Rung]) -> bool:
    """Return whether the pager has told of the ticket in that spell of calls."""
    return any(one.pager == number and one.ticket == claim.ticket and one.at >= claim.due.about for one in rung)


def _rests_until(conn: Connection, desk: Desk, agent: Agent, number: int, now: datetime) -> datetime | None:
    """Return until when that pager of the agent's is not to ring again, None where it may ring now."""
    last = pages.last_at(conn, desk.partner, agent.id, number)
    return last + _PAUSE if last is not None and last <= now < last + _PAUSE else None


def _still_called(conn: Connection, agent: Agent, rung: Sequence[pages.Rung]) -> list[pages.Rung]:
    """Return what an agent was paged about by any of his pagers, and is called about still."""
    called = (one for one in clocked(conn, {one.ticket for one in rung}) if is_called(one))
    asked_at = {one.ticket: one.asked_at for one in called if may_be_called(agent, one.tenant)}
    return [one for one in rung if (since := asked_at.get(one.ticket)) is not None and since <= one.at]


def _written(conn: Connection, desk: Desk, spell: int, tickets: Sequence[int], token: str, now: datetime) -> Page:
    return Page(
        kind=PageKind.OUTAGE,
        text=outages(_told(conn, desk, tickets, now)),
        key=spell_key(desk, spell),
        at=now,
        ok=begun(desk.reply_to(token), desk.rules.partner.address, token, "ok", "ok"),
    )


def spell_key(desk: Desk, spell: int) -> str:
    """Return what all pages of a spell bear."""
    return f"{desk.partner}.outage.{spell}"


def _told(conn: Connection, desk: Desk, tickets: Sequence[int], now: datetime) -> list[Outage]:
    """Return what a page tells of these: first, in its words, one of the newest whose customer can be called."""
    newest = [(ticket, _outage(conn, desk, ticket, now)) for ticket in tickets[:_MOST_READ]]
    first, said = next(((ticket, one) for ticket, one in newest if one.number), newest[0])
    return [said, *(_named(conn, desk, ticket) for ticket in tickets if ticket != first)]


def _outage(conn: Connection, desk: Desk, ticket: int, now: datetime) -> Outage:
    last = relays.relayed_entry(conn, desk.partner, ticket, ())
    notice = notices.Notice(0, ticket, last, NoticeKind.REPLY, urgent=True, text="", created_at=now)
    item = item_of(desk, notice, notices.subject_of(conn, notice))
    call = next(iter(item.call), item.call_back)
    row = acts.row(conn, desk.partner, ticket)
    return Outage(whose(desk, row), _words(conn, desk, ticket), call.number if call else "")


def _named(conn: Connection, desk: Desk, ticket: int) -> Outage:
    """Return whose a ticket is, which is all that a page tells of one behind the first."""
    return Outage(whose(desk, acts.row(conn, desk.partner, ticket)), "")


def whose(desk: Desk, row: AnyRow | None) -> str:
    """Return whose a ticket is, for a page: the customer by name, for nobody's the domain that it is from."""
    if row is None:
        return "a customer"
    tenant = desk.rules.tenant_by_id(row.tenant)
    return (tenant.name if tenant else domain_of(row.requester)) or f"#{row.id}"


def _words(conn: Connection, desk: Desk, ticket: int) -> str:
    """Return the words of the rule by which a ticket is critical; the plainest where there are several."""
    rules = {DOWN_WORD, *(rule.id for rule in desk.rules.severity[Severity.CRITICAL].rule)}
    evidence = pages.evidence(conn, [ticket, *(one.id for one in going_on_as(conn, desk.partner, ticket))])
    found = [one["words"] for one in evidence if one["rule"] in rules and one["where"] != "regex"]
    return max(found, key=lambda words: ("…" not in words, len(words.split()), len(words)), default="critical")
