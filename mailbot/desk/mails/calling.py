"""Calling the next who is on call, where nobody has answered an outage or taken its ticket since the one before.

He gets the customer's newest message as the first one did. In the desk's hours everybody hears of it who is not away.
Each step stands in the ticket's log.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.team import by_relay, may_act_for
from mailbot.desk import Desk
from mailbot.desk.mails.duty import Handing, hand_straight, on_call, who_is_there
from mailbot.store import acts, changes, due, relays
from mailbot.store.due import Claim


def call_next(conn: Connection, desk: Desk, claim: Claim, now: datetime) -> None:
    """Hand the outage to the next of those on call, to all who are there in hours."""
    due.done(conn, [claim], now)
    row = acts.row(conn, desk.partner, claim.ticket)
    last = relays.relayed_entry(conn, desk.partner, claim.ticket, ())
    if row is None or last is None or not by_relay(desk.rules):
        return
    team = [one for one in desk.rules.agent if may_act_for(one, row.tenant)]
    here = who_is_there(conn, desk, team, now)
    order = on_call(desk, here, now)
    # Who is away is passed over, so the place may be behind the last: all were called.
    called = order[claim.due.share : claim.due.share + 1] if order else here
    called = [one for one in called if not relays.is_handed(conn, one.id, last)]
    if not called:
        return
    names = " and ".join(one.name for one in called)
    changes.remark(conn, row.id, author="mailbot", reason=f"nobody has answered or taken it: {names} called", now=now)
    besides = relays.besides_of(conn, last)
    hand_straight(conn, desk, called, Handing(row.id, last, urgent=True, besides=besides), now)
