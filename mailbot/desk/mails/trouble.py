"""What mailbot could not do in a week: mail that did not leave, and when nobody looked for mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailbot.deciding.context import Source
from mailbot.figures.weeks import Week
from mailbot.render.rows import Need
from mailbot.rules import Rules
from mailbot.store import cursors, standing
from mailbot.store.outbox import OutboxState

_SHORT_GAP = timedelta(minutes=15)
_INSTANT = "%a %d %b %H:%M"
_UNSENT = {
    OutboxState.FAILED: "could not be delivered",
    OutboxState.EXPIRED: "came too late to be sent",
    OutboxState.UNCLEAR: "may have arrived or not",
}


def trouble(conn: Connection, partner: str, rules: Rules, week: Week, now: datetime) -> Iterator[Need]:
    """Yield what mailbot could not do in that week, up to `now`."""
    zone = rules.partner.zone
    since, until = week.begins(zone), min(week.ends(zone), now)
    for state, happened in _UNSENT.items():
        if number := standing.unsent(conn, partner, state, since, until):
            which = "1 mail to a customer" if number == 1 else f"{number} mails to customers"
            yield Need(f"{which} {happened}", command=f"mailbot outbox list --state {state}")
    for door, name in _doors(rules):
        for gap in _gaps(conn, partner, door, since, until):
            yield Need(f"nobody looked after {name} from {_at(gap.start_at, zone)} to {_at(gap.end_at, zone)}")


def _doors(rules: Rules) -> Iterator[tuple[str, str]]:
    """Yield the doors for mail that the rules name, each with what our people call it."""
    for mailbox in rules.mailbox:
        for folder in (*mailbox.folders, *filter(None, [mailbox.junk])):
            yield f"{mailbox.id}/{folder}", f"{mailbox.id}/{folder}"
    for source, where in ((Source.SMTP, rules.listen.smtp), (Source.LMTP, rules.listen.lmtp)):
        if where:
            yield source.value, f"the door for mail by {source.upper()}"


def _gaps(conn: Connection, partner: str, door: str, since: datetime, until: datetime) -> Iterator[cursors.Gap]:
    """Yield when a door was not watched, of those that matter; before it was first watched there was none."""
    first = cursors.first_watched_at(conn, partner, door)
    if first is not None and first < until:
        gaps = cursors.watch_gaps(conn, partner, door, max(since, first), until)
        yield from (gap for gap in gaps if gap.end_at - gap.start_at >= _SHORT_GAP)


def _at(at: datetime, zone: ZoneInfo) -> str:
    return format(at.astimezone(zone), _INSTANT)
