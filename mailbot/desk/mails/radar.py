"""The outage radar at work: whenever tickets were opened, the newest are looked at, and our people are told of a burst.

Of each burst they are told once, and again when half as many tenants more have come, ten minutes apart at least. It
goes on for as long as a ticket of it comes within the radar's time of the last. In hours it is told to whoever works,
at other times to who is on call; where nobody of ours acts for all customers by mail, a notice tells of it. Once one of
its tickets is about an incident, one of us knows, and nothing more is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.deciding.agents.team import by_relay
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.likeness import gist
from mailbot.deciding.listed import ListKind
from mailbot.deciding.radar import PAST, Burst, Sighting, burst
from mailbot.desk import Desk
from mailbot.desk.mails import listing, unreached
from mailbot.desk.mails.duty import Attendance, on_call, who_is_there, within_reach
from mailbot.render import matters
from mailbot.render.lists import sighting
from mailbot.render.waiting import Sighted
from mailbot.render.wording import Wording
from mailbot.rules import Agent
from mailbot.store import bursts, cursors

_NAME = "radar"
_APART = timedelta(minutes=10)
# What is older came in with a backlog: it stands in lists, and is no news.
_NEWS = timedelta(hours=4)


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `look` has something to do, None where fewer tenants are listed than would be told of."""
    if not _is_on(desk):
        return None
    if bursts.newest_ticket(conn, desk.partner) != _last(conn, desk):
        return now
    waiting = [one.told_at + _APART for one in _going_on(conn, desk, now) if _has_news(conn, one)]
    return min(waiting, default=None)


def look(conn: Connection, desk: Desk, now: datetime) -> None:
    """Look at the tickets that were opened since the last look, and tell of what is due."""
    if not _is_on(desk):
        return
    last, newest = _last(conn, desk), bursts.newest_ticket(conn, desk.partner)
    if newest != last:
        cursors.set_fact(conn, desk.partner, _NAME, str(newest), now)
    if last is not None and newest > last:
        _look(conn, desk, last, newest, now)
    for one in _going_on(conn, desk, now):
        if one.told_at + _APART <= now and _has_news(conn, one):
            _tell_again(conn, desk, one, now)


def _is_on(desk: Desk) -> bool:
    wanted = desk.rules.radar.tenants
    return 0 < wanted <= len(desk.rules.tenant)


def _last(conn: Connection, desk: Desk) -> int | None:
    """Return the newest ticket of the last look, None before the first, which looks at nothing that was there."""
    known = cursors.fact(conn, desk.partner, _NAME)
    return int(known) if known is not None and known.isdecimal() else None


def _look(conn: Connection, desk: Desk, last: int, newest: int, now: datetime) -> None:
    within = desk.rules.radar.within
    opened = bursts.opened(conn, desk.partner, newest, bursts.MOST_SEEN, near=(last, within))
    # To tell what a ticket is about takes far longer than to read it.
    if all(one.ticket <= last for one in opened):
        return
    seen = [_sighting(desk, one) for one in opened]
    new = [one for one in seen if one.ticket > last]
    taken: set[int] = set()
    for going in _going_on(conn, desk, now):
        taken.update(going.tickets, _take_in(conn, desk, going, new))
    seen = [one for one in seen if one.ticket not in taken]
    new = [one for one in new if one.ticket not in taken]
    found = burst(seen, desk.rules.radar.tenants, within, new=new)
    if found is None or now - found.seen[-1].at > _NEWS:
        return
    before = min(one.ticket for one in seen) - 1
    past = [_sighting(desk, one) for one in bursts.opened(conn, desk.partner, before, PAST)]
    if burst(seen, desk.rules.radar.tenants, within, past, new) is not None:
        _raise(conn, desk, found, now)


def _sighting(desk: Desk, one: bursts.Opened) -> Sighting:
    tenant = desk.rules.tenant_by_id(one.tenant)
    names = (*one.names, *((tenant.name,) if tenant else ()))
    return Sighting(one.ticket, one.tenant, one.at, gist(one.subject, one.text, one.playbook, names, one.rules))


def _going_on(conn: Connection, desk: Desk, now: datetime) -> list[bursts.Seen]:
    return bursts.going_on(conn, desk.partner, now - desk.rules.radar.within)


def _take_in(conn: Connection, desk: Desk, going: bursts.Seen, new: Sequence[Sighting]) -> set[int]:
    """Take the new tickets of the same trouble into a burst that goes on; return which those are."""
    known = Burst(tuple(_seen_of(conn, desk, going.tickets[-bursts.MOST_SEEN :])))
    more = [one for one in new if known.seen and known.takes_in(one)]
    if more:
        last_at = max(going.last_at, *(one.at for one in more))
        bursts.take_in(conn, going.id, (*going.tickets, *(one.ticket for one in more)), last_at)
    return {one.ticket for one in more}


def _seen_of(conn: Connection, desk: Desk, tickets: Sequence[int]) -> list[Sighting]:
    """Return these tickets of a burst as the radar sees them, by time, without those that no longer count."""
    found = [_sighting(desk, each) for each in bursts.opened_of(conn, desk.partner, tickets)]
    return sorted(found, key=lambda each: (each.at, each.ticket))


def _raise(conn: Connection, desk: Desk, found: Burst, now: datetime) -> None:
    title = matters.title(found.matter, _wording(desk))
    tickets = tuple(one.ticket for one in found.seen)
    number = bursts.raise_burst(conn, desk.partner, title, tickets, len(found.tenants), found.seen[-1].at, now)
    _tell(conn, desk, _sighted(desk, number, found, title, now), now)


def _has_news(conn: Connection, one: bursts.Seen) -> bool:
    """Return whether half as many tenants more have come since our people were told, who know of no incident."""
    tenants = bursts.tenants_of(conn, one.tickets)
    return 2 * tenants >= 3 * one.told and not bursts.is_known(conn, one.tickets)


def _tell_again(conn: Connection, desk: Desk, one: bursts.Seen, now: datetime) -> None:
    """Tell of a burst that has grown, unless of what it grew by too much is spam, or merged, by now."""
    found = Burst(tuple(_seen_of(conn, desk, one.tickets)))
    bursts.told(conn, one.id, bursts.tenants_of(conn, one.tickets), now)
    if 2 * len(found.tenants) >= 3 * one.told:
        _tell(conn, desk, replace(_sighted(desk, one.id, found, one.title, now), told_before=one.told), now)


def _wording(desk: Desk) -> Wording:
    locale = desk.rules.locale(None)
    return desk.templates.wording(locale.language, locale.country, locale.zone)


def _sighted(desk: Desk, number: int, found: Burst, title: str, now: datetime) -> Sighted:
    """Return what is told of a burst, with what customers would read of an incident about it that is opened now."""
    ours, tickets = _wording(desk), tuple(one.ticket for one in found.seen)
    known = ours.phrase("incident.known", {"at": ours.moment(now, now, "at")})
    reads = f"{known} {title}. {ours.phrase('incident.wait', {})}"
    return Sighted(number, tickets, len(found.tenants), found.lasted, found.common, title, reads)


def _tell(conn: Connection, desk: Desk, sighted: Sighted, now: datetime) -> None:
    """Tell whoever is to hear of it, by a list or by a notice."""
    readers = _readers(conn, desk, now)
    for agent in readers:
        try:
            listing.send_list(conn, desk, agent, ListKind.RADAR, now, urgent=True, about=sighted)
        except UnwritableMail as error:
            unreached.note_unreachable(conn, desk, agent, error, now)
    if not readers:
        numbers = ", ".join(f"#{one}" for one in sighted.tickets)
        command = f'mailbot incident open "{sighted.title}" --tickets {",".join(map(str, sighted.tickets))}'
        text = f"{sighting(sighted)}. The tickets: {numbers}. If it is an incident: `{command}`."
        desk.tell(conn, NoticeKind.RADAR, urgent=True, text=text, now=now)


def _readers(conn: Connection, desk: Desk, now: datetime) -> Sequence[Agent]:
    """Return who hears of it: of those who act for all customers whoever works, else who is there."""
    if not by_relay(desk.rules):
        return ()
    team = [one for one in desk.rules.agent if not one.outsourced and not one.tenants]
    if called := on_call(desk, within_reach(conn, desk, team, now), now):
        return called[:1]
    attendance = Attendance.at(conn, desk, now)
    return [one for one in team if attendance.hears(one, 0)] or who_is_there(conn, desk, team, now)
