"""Paging somebody of us about mailbot itself, by all of his pagers at once: nobody else will tell him."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailbot.deciding.alarms import Due
from mailbot.deciding.compose import UnwritableMail
from mailbot.desk import Desk
from mailbot.desk.mails.duty import on_watch, who_is_there
from mailbot.desk.mails.paging import queue_page
from mailbot.rules import Agent
from mailbot.store import alarms

_log = structlog.get_logger(__name__)


def alarmed(conn: Connection, desk: Desk, now: datetime) -> Sequence[Agent]:
    """Return who hears of it: whoever an outage reaches at this hour, anybody who is there where he has no pager.

    An answering service is none of them: it can do nothing about it.
    """
    team = [one for one in desk.rules.agent if not one.outsourced]
    called = [one for one in on_watch(conn, desk, team, now) if one.pager]
    return called or [one for one in who_is_there(conn, desk, team, now) if one.pager]


def alarm(conn: Connection, desk: Desk, due: Due, now: datetime) -> bool:
    """Page it and keep that it was; return whether there is somebody to page. Part of the caller's transaction."""
    agents = alarmed(conn, desk, now)
    for agent in agents:
        for number in range(1, len(agent.pager) + 1):
            key = f"{due.page.key}:{now.isoformat()}"
            try:
                queue_page(conn, desk, agent, number, due.page, now, key=key)
            except UnwritableMail as error:
                _log.warning("page-unwritable", agent=agent.id, pager=number, reason=str(error))
    if not agents:
        return False
    for one in due.alarms:
        if one.gone_at is None:
            alarms.keep(conn, desk.partner, one, now)
        else:
            alarms.forget(conn, desk.partner, one.trouble.part)
    _log.warning("alarm", text=due.page.text, over=due.page.over, agents=[agent.id for agent in agents])
    return True
