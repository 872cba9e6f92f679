"""What mailbot could not do in a week: mail that was late or did not arrive, outages, when nobody looked for mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.readers import readers
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.context import Source
from mailbot.desk.mails.dueweek import CUSTOMERS_KIND, KIND
from mailbot.desk.mails.paging import named
from mailbot.figures import saying
from mailbot.figures.weeks import Week
from mailbot.render.rows import Need
from mailbot.rules import Rules
from mailbot.store import conditions, cursors, standing
from mailbot.store.outbox import Audience, OutboxState

_SHORT_GAP = timedelta(minutes=15)
_LATE = timedelta(hours=1)
_LIST = "mailbot outbox list"
_UNSENT = {
    OutboxState.FAILED: "could not be delivered",
    OutboxState.EXPIRED: "came too late to be sent",
    OutboxState.UNCLEAR: "may have arrived or not",
}


def trouble(conn: Connection, partner: str, rules: Rules, week: Week, now: datetime) -> Iterator[Need]:
    """Yield what mailbot could not do in that week, up to `now`."""
    zone, clock = rules.partner.zone, WallClock.of(rules, now)
    since, until = week.begins(zone), min(week.ends(zone), now)
    yield from _of_mails(conn, partner, rules, since, until)
    for kind in (KIND, CUSTOMERS_KIND):
        for mail in standing.late(conn, partner, kind, since, until, _LATE):
            left = f"left on {clock.instant(mail.left_at)}, {saying.calendar(mail.by)} late"
            yield Need(f"the weekly mail to {_name(mail.recipient, rules)} {left}", command=_LIST)
    yield from map(Need, standing.outages(conn, partner, since, until))
    for one in conditions.current(conn, partner):
        if one.since < until:
            yield Need(f"{one.part}, since {clock.instant(one.since)}: {one.reason}", command="mailbot status")
    for door, name in _doors(rules):
        for gap in _gaps(conn, partner, door, since, until):
            yield Need(f"nobody looked after {name} from {clock.instant(gap.start_at)} to {clock.instant(gap.end_at)}")


def _of_mails(conn: Connection, partner: str, rules: Rules, since: datetime, until: datetime) -> Iterator[Need]:
    for state, happened in _UNSENT.items():
        command = f"{_LIST} --state {state}"
        if number := standing.unsent(conn, partner, state, since, until):
            yield Need(
                f"{_mails(number)} to {'a customer' if number == 1 else 'customers'} {happened}", command=command
            )
        for address, number in standing.unsent_to_team(conn, partner, state, since, until).items():
            yield Need(f"{_mails(number)} to {_name(address, rules)} {happened}", command=command)
        pages = standing.unsent_to_team(conn, partner, state, since, until, Audience.PAGER)
        for recipient, number in pages.items():
            what = "1 page" if number == 1 else f"{number} pages"
            yield Need(f"{what} to {named(rules, recipient)} {happened}", command="mailbot oncall test")
    for address in _own_people(rules):
        if number := standing.came_back(conn, partner, address, since, until):
            yield Need(f"{_mails(number)} to {_name(address, rules)} came back", command=_LIST)


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{number} mails"


def _own_people(rules: Rules) -> Iterable[str]:
    """Return each address that mail to our own people goes to."""
    return dict.fromkeys((*(agent.addresses[0] for agent in rules.agent), *readers(rules), *rules.notify.addresses))


def _name(address: str, rules: Rules) -> str:
    agent = agent_of(address, rules)
    return agent.name if agent else address


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
