"""The hand-over when turns on call change: to whoever begins and whoever ends, once, with the outages that are open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks import rota
from mailbot.deciding.agents.team import agent_by_id, by_relay, name_of
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.duetimes import rota_of
from mailbot.deciding.listed import ListKind
from mailbot.desk import Desk
from mailbot.desk.mails import listing, unreached
from mailbot.render.waiting import Turn
from mailbot.store import cursors

_NAME = "oncall"
_A_MOMENT = timedelta(microseconds=1)


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `hand_over` has something to do, None where nobody takes turns."""
    turn = _present(desk, now)
    if turn is None:
        return None
    return turn.end_at if cursors.fact(conn, desk.partner, _NAME) == turn.who else now


def hand_over(conn: Connection, desk: Desk, now: datetime) -> None:
    """Tell both of whose turn has begun; of the first that is known nobody is told."""
    turn, before = _present(desk, now), cursors.fact(conn, desk.partner, _NAME)
    if turn is None or turn.who == before:
        return
    cursors.set_fact(conn, desk.partner, _NAME, turn.who, now)
    for reader in (turn.who, before) if before is not None and by_relay(desk.rules) else ():
        agent = agent_by_id(reader, desk.rules)
        if agent is None or agent.outsourced:
            continue
        told = Turn(
            "you" if reader == turn.who else name_of(turn.who, desk.rules),
            turn.end_at,
            "you" if reader == before else name_of(before or "", desk.rules),
        )
        try:
            listing.send_list(conn, desk, agent, ListKind.TURN, now, about=told)
        except UnwritableMail as error:
            unreached.note_unreachable(conn, desk, agent, error, now)


def _present(desk: Desk, now: datetime) -> rota.Turn | None:
    """Return whose turn it is."""
    return next(rota_of(desk.rules).turns(now, now + _A_MOMENT), None)
