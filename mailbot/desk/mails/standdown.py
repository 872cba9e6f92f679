"""Standing down: who was paged about outages hears that nobody needs to be called about them any more.

That is once one of us has seen, taken or answered them all, so that no two work at the same. Each pager that was rung
in a spell is told while it is night and the ring is fresh, but for those of whoever did it: he knows. A receiver that
ends a page by it is told in any case, that it was seen and that it is over. What happened is looked for in each ticket
whose log has grown, whoever wrote to it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.agents.team import agent_by_id, name_of
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.duetimes import is_called
from mailbot.deciding.effects import TicketState
from mailbot.deciding.pagewords import seen
from mailbot.deciding.paging import Page, PageKind, takes_an_end
from mailbot.desk import Desk
from mailbot.desk.lookup import home_of
from mailbot.desk.mails.calling import spell_key, whose
from mailbot.desk.mails.paging import queue_page
from mailbot.desk.mails.seen import take_back
from mailbot.store import acts, pages
from mailbot.store.clocked import clocked
from mailbot.store.columns import AnyRow

_LONGEST_SPELL = timedelta(days=1)
_RINGS_WITHIN = timedelta(hours=1)

_log = structlog.get_logger(__name__)


def stand_down(conn: Connection, desk: Desk, tickets: Collection[int], now: datetime) -> None:
    """Tell who was paged about these tickets that nobody is called about them any more, as far as that is so."""
    rung = pages.rung_about(conn, tickets, now - _LONGEST_SPELL)
    if not rung:
        return
    standing = {one.ticket: one for one in clocked(conn, {one.ticket for one in rung})}
    answered = [one.ticket for one in rung if one.ticket not in standing or standing[one.ticket].asked_at is None]
    take_back(conn, desk, set(answered), now)
    for spell in sorted({one.spell for one in rung}):
        _end(conn, desk, spell, now)


def _end(conn: Connection, desk: Desk, spell: int, now: datetime) -> None:
    """Tell those who were paged in a spell that it is over, or seen, once that is so of all that it was about."""
    rung = pages.rung_in(conn, spell)
    since = dict(sorted(((one.ticket, one.at) for one in rung), key=lambda told: told[1]))
    standing = list(clocked(conn, {*since, *(home_of(conn, desk, ticket) for ticket in since)}))
    # Who is called about one of them anew must not read that they were seen to.
    if any(map(is_called, standing)):
        return
    waits = [one for one in standing if one.asked_at is not None and one.asked_at <= since.get(one.ticket, now)]
    rows = [row for ticket in since if (row := acts.row(conn, desk.partner, ticket)) is not None]
    is_over = not waits
    rings = now - max(since.values()) <= _RINGS_WITHIN and not opening_hours(desk.rules, None).is_open(now)
    for agent_id, number in dict.fromkeys((one.agent, one.pager) for one in rung):
        agent = agent_by_id(agent_id, desk.rules)
        if agent is None or len(agent.pager) < number:
            continue
        ends = takes_an_end(agent.pager[number - 1])
        # One may have become a customer's meanwhile for whom the agent is not called.
        his = [row for row in rows if may_be_called(agent, row.tenant)]
        is_his = {row.assignee or row.seen_by for row in rows} == {agent.id}
        if not ends and (is_his or not rings or not his):
            continue
        page = Page(
            kind=PageKind.SEEN,
            text=seen([whose(desk, row) for row in his] or ["An outage"], _news(desk, his or rows)),
            key=spell_key(desk, spell),
            at=now,
            over=is_over,
        )
        try:
            # What only rings says it once.
            queue_page(conn, desk, agent, number, page, now, key=f"{'over' if is_over and ends else 'seen'}:{spell}")
        except UnwritableMail as error:
            _log.warning("page-unwritable", agent=agent.id, pager=number, reason=str(error))


def _news(desk: Desk, rows: Collection[AnyRow]) -> str:
    """Return what became of outages, in a few words: by whom, where it was one."""
    told = {_of_one(desk, row) for row in rows}
    return told.pop() if len(told) == 1 else "seen to"


def _of_one(desk: Desk, row: AnyRow) -> str:
    if row.state == TicketState.CLOSED:
        return "closed"
    if row.waiting_since is None:
        return f"{name_of(row.assignee, desk.rules)} has answered" if row.assignee else "answered"
    if row.assignee:
        return f"{name_of(row.assignee, desk.rules)} has it"
    return f"{name_of(row.seen_by, desk.rules)} has seen it" if row.seen_by else "nobody needs to be called"
