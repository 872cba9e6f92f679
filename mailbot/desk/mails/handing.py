"""When customers' mail reaches an agent: each message as a relay, or one list in place of many.

A relay leaves when it is due. Where several tickets have waited for the agent's hours, and where more than ten mails
would come in ten minutes, one list of all that waits stands for them; he has each message sent that he asks for. In a
burst what follows the list waits, and goes into the next one together, at ever longer intervals up to half an hour.
Mail that is critical leaves as a relay in any case, unless more than ten of them come: then a list follows each minute
at most.

While no mail can leave, what waits gathers, so that the end of the outage brings a list.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.bursts import Burst, told
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.listed import ListKind
from mailbot.desk import Desk
from mailbot.desk.mails import listing, mornings, relaying, unreached
from mailbot.desk.mails.teammail import URGENT_PRIORITY
from mailbot.desk.mails.telling import waits_for_relay
from mailbot.rules import Agent
from mailbot.store import cursors, relays

_MOST_PUT_OFF = 3
_MOST_IN_A_BURST = 10
_WITHIN = timedelta(minutes=10)
_PAUSE = timedelta(minutes=5)
_URGENT_PAUSE = timedelta(minutes=1)
_MOST_AT_ONCE = 40
_LIST_COUNTS = 10


def next_due_at(conn: Connection, desk: Desk) -> datetime | None:
    """Return when `hand_on` has something to do, None for nothing."""
    due_at = relays.next_due_at(conn, desk.partner)
    return None if due_at is None or waits_for_relay(conn, desk) else due_at


def hand_on(conn: Connection, desk: Desk, now: datetime) -> None:
    """Put what is due into the outbox, some mails at once; part of the caller's transaction."""
    if waits_for_relay(conn, desk):
        return
    written = 0
    for due in relays.due(conn, desk.partner, now):
        agent = agent_by_id(due.agent, desk.rules)
        if agent is None:
            relays.assign_all(conn, desk.partner, due, now, "")
        elif written < _MOST_AT_ONCE:
            written += _hand_on_to(conn, desk, agent, due, now)


def _hand_on_to(conn: Connection, desk: Desk, agent: Agent, due: relays.Due, now: datetime) -> int:
    """Put what is due to one agent into the outbox; return for how many mails that counts."""
    burst = Burst.from_text(cursors.fact(conn, desk.partner, _name(due)) or "")
    held_until = burst.due_at(now)
    if held_until > now:
        relays.put_off(conn, desk.partner, due, now, held_until)
        return 0
    if not _are_many(conn, desk, agent, due, now):
        for relay in relays.each(conn, desk.partner, due, now, due.count):
            relaying.hand_over(conn, desk, relay, agent, now)
        return due.count
    follows = burst.last_at is not None and now - burst.last_at <= 2 * burst.pause
    kind = ListKind.OPENING if due.put_off > _MOST_PUT_OFF and not follows else ListKind.BURST
    overnight = mornings.of_agent(conn, desk, agent, now) if kind is ListKind.OPENING else None
    try:
        key = listing.send_list(conn, desk, agent, kind, now, urgent=due.urgent, about=overnight)
    except UnwritableMail as error:
        unreached.note_unreachable(conn, desk, agent, error, now)
        key = ""
    relays.assign_all(conn, desk.partner, due, now, key)
    if kind is ListKind.BURST:
        burst = Burst(now, _URGENT_PAUSE) if due.urgent else told(burst, now, _PAUSE)
        cursors.set_fact(conn, desk.partner, _name(due), burst.to_text(), now)
    return _LIST_COUNTS


def _are_many(conn: Connection, desk: Desk, agent: Agent, due: relays.Due, now: datetime) -> bool:
    if due.put_off > _MOST_PUT_OFF or due.count > _MOST_IN_A_BURST:
        return True
    priority = URGENT_PRIORITY if due.urgent else relaying.PRIORITY
    lately = relays.brought_since(conn, desk.partner, agent.addresses[0], priority, now - _WITHIN)
    return due.count + lately > _MOST_IN_A_BURST


def _name(due: relays.Due) -> str:
    return f"burst.relays.{'urgent.' if due.urgent else ''}{due.agent}"
