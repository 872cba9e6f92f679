"""Mail that waits for somebody at the server, as the weekly mail names it: each with what is typed to look at it.

No reply to the weekly mail lets any of it go. Mail that is held reaches a customer, and nobody who only reads of it has
seen what it says; what an agent is asked about is his to say; and what failed authentication is decided on anew once
its sender is listed, which is done on the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from mailbot.desk.unconfirmed import why_it_waits, writer
from mailbot.render.notices import cut_short
from mailbot.render.rows import Waits
from mailbot.rules import Rules
from mailbot.store import queries
from mailbot.store.outbox import OutboxState
from mailbot.store.rereading import read_back_mail
from mailbot.store.unconfirmed import subjects, unconfirmed
from mailbot.store.views import ArrivalView, MailView

_MOST = 7
_ALL_OF_THEM = 1_000
_LONGEST = 68
"""A line of a mail holds so much beside its indent and is not broken."""


def waiting_mail(conn: Connection, rules: Rules) -> tuple[tuple[Waits, ...], int]:
    """Return the mails that wait at the server, those to customers first, and how many more there are."""
    partner = rules.partner.id
    held = queries.outbox(conn, partner, (OutboxState.HELD,), limit=_ALL_OF_THEM)
    kept = queries.quarantined(conn, partner, limit=_ALL_OF_THEM)
    shown = tuple(islice((*(_held(conn, one) for one in held[:_MOST]), *_kept(conn, rules, kept[:_MOST])), _MOST))
    return shown, len(held) + len(kept) - len(shown)


def _held(conn: Connection, mail: MailView) -> Waits:
    about = f", about #{mail.ticket_id}" if mail.ticket_id else ""
    subject = _short(read_back_mail(conn, mail.id).subject)
    return Waits(f"to {mail.recipient}{about}", subject, "held for you to release", f"mailbot outbox show {mail.id}")


def _kept(conn: Connection, rules: Rules, kept: tuple[ArrivalView, ...]) -> Iterator[Waits]:
    of_agents = {one.arrival: one for one in unconfirmed(conn, rules.partner.id)}
    own = subjects(conn, (arrival.entry_id for arrival in kept))
    for arrival in kept:
        command = f"mailbot quarantine show {arrival.id}"
        if one := of_agents.get(arrival.id):
            about = f", about #{one.ticket}" if one.ticket else ""
            who, subject, why = f"of {writer(one, rules)}{about}", one.subject, why_it_waits(one, rules)
        else:
            who, subject = f"from {arrival.from_address or '?'}", own.get(arrival.entry_id or 0, "")
            why = arrival.reasons[0]["text"] if arrival.reasons else arrival.cause
        yield Waits(who, _short(subject), _short(why), command)


def _short(words: str) -> str:
    return cut_short(words, _LONGEST)
