"""The weekly mail to the partner, and to customers who want theirs: once per week and reader, whatever happens.

It is due at the configured time on the partner's clock, and is about the last whole week then. What was not mailed
while the desk was down is mailed when it is up again, unless the next one is due. The outbox has one key per week and
reader, so that none goes twice; after a restore it waits for people, since it may have gone already. A desk that has
just been set up begins with its first whole week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.weekly import WEEKDAYS, Weekly
from mailbot.deciding.compose import File, UnwritableMail
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk, senders
from mailbot.desk.mails import customerweek
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.figures import figures, plain, summary
from mailbot.figures.cases import Case
from mailbot.figures.weeks import Week
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import DigestFacts, digests
from mailbot.render.rows import Need
from mailbot.rules import Rules
from mailbot.store import casebook, cursors, outbox, queries, standing
from mailbot.store.outbox import NewMail, OutboxState

_log = structlog.get_logger(__name__)

KIND = "digest"
"""What the outbox calls it, and the fact that holds the week that was mailed last."""
_PRIORITY = 70
_MOST_NEEDS = 5
_MOST_LINES = 7
_MOST_SENDERS = 5
_SHORT_GAP = timedelta(minutes=15)
_INSTANT = "%a %d %b %H:%M"
_UNSENT = {
    OutboxState.FAILED: "could not be delivered",
    OutboxState.EXPIRED: "came too late to be sent",
    OutboxState.UNCLEAR: "may have arrived or not",
}


def readers(rules: Rules) -> tuple[str, ...]:
    """Return who gets the mail."""
    return rules.digest.addresses or rules.notify.addresses


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `send` has something to do: `now` if it is due; None for never."""
    if not _is_wanted(desk.rules):
        return None
    schedule = _schedule(desk.rules)
    return now if _handled(conn, desk) != str(_week(schedule, now)) else schedule.next(now)


def send(conn: Connection, desk: Desk, now: datetime) -> None:
    """Put the mails of the last whole week into the outbox, if they are due; part of the caller's transaction."""
    if not _is_wanted(desk.rules):
        return
    schedule, handled = _schedule(desk.rules), _handled(conn, desk)
    week = _week(schedule, now)
    if handled == str(week):
        return
    if handled is not None:
        held = desk.restored_at is not None and schedule.last(now) <= desk.restored_at
        for mail in (*_mails(conn, desk, week, now), *customerweek.mails(conn, desk, week, now)):
            outbox.queue(conn, desk.partner, replace(mail, held=held, expires_at=schedule.next(now)), now)
    cursors.set_fact(conn, desk.partner, KIND, str(week), now)


def _is_wanted(rules: Rules) -> bool:
    return bool(readers(rules)) or any(tenant.digest for tenant in rules.tenant)


def _schedule(rules: Rules) -> Weekly:
    return Weekly(WEEKDAYS.index(rules.digest.day), rules.digest.at, rules.partner.zone)


def _week(schedule: Weekly, now: datetime) -> Week:
    """Return the week that the mail is about that was due last."""
    return Week.of(schedule.last(now), schedule.zone).back(1)


def _handled(conn: Connection, desk: Desk) -> str | None:
    return cursors.fact(conn, desk.partner, KIND)


def _mails(conn: Connection, desk: Desk, week: Week, now: datetime) -> Iterator[NewMail]:
    facts, table = contents(conn, desk.partner, desk.rules, week, now, place=desk.place)
    for reader in readers(desk.rules):
        try:
            yield digest_mail(desk, week, reader, facts, table, now)
        except UnwritableMail as error:
            _log.error("notice-unwritable", recipient=reader, reason=str(error), next_step="mend [digest]")


def send_one(conn: Connection, desk: Desk, week: Week, reader: str, now: datetime) -> None:
    """Put the mail about that week into the outbox for one reader who asked for it; raise UnwritableMail."""
    facts, table = contents(conn, desk.partner, desk.rules, week, now, place=desk.place)
    again = format(now.astimezone(UTC), "%Y%m%dt%H%M%S%f")
    outbox.queue(conn, desk.partner, digest_mail(desk, week, reader, facts, table, now, again), now)


def digest_mail(
    desk: Desk, week: Week, reader: str, facts: DigestFacts, table: str, now: datetime, again: str = ""
) -> NewMail:
    """Return the mail about that week for that reader, with the table as a file; raise UnwritableMail.

    `again` tells one that was asked for from all others, "" for the one that goes by the clock.
    """
    mail = TeamMail(
        key=f"{KIND}:{week}{again}:{canonical(reader)}",
        kind=KIND,
        template="team-digest",
        facts=facts,
        to=Mailbox("", reader),
        token=desk.token(Purpose.NOTICE, 0, reader, now),
        mark=f"{str(week).lower()}d{again}",
        files=(File(f"{week}.csv", "text/csv", table.encode()),),
        priority=_PRIORITY,
    )
    return team_mail(desk, mail, now)


def contents(
    conn: Connection, partner: str, rules: Rules, week: Week, now: datetime, *, place: str = ""
) -> tuple[DigestFacts, str]:
    """Return what the mail about that week says at `now`, and its figures as a table (CSV).

    `place` is where its reader types commands, "" for anywhere.
    """
    zone = rules.partner.zone
    cases = casebook.cases(conn, partner, figures.first_week(week).begins(zone))
    setting = figures.Setting(lambda tenant: opening_hours(rules, rules.tenant_by_id(tenant)), zone, now)
    report = figures.report(cases, week, setting)
    names = {tenant.id: tenant.name or tenant.id for tenant in rules.tenant}
    oldest = summary.oldest_open(cases, now, _MOST_LINES)
    few = len(report.total.opened) < summary.FEW
    unlisted = _unlisted(conn, partner, rules)
    facts = DigestFacts(
        now=now,
        brand=rules.partner.brand,
        subject=digests.subject(report),
        title=digests.title(week),
        headline=digests.headline(report),
        rows=digests.rows(report),
        needs=_needs(conn, partner, cases, names, unlisted, now),
        tickets=digests.each(cases, names, report.total) if few else (),
        trend=digests.trend(report),
        customers=() if few else digests.customers(report, names),
        severities=() if few else digests.severities(report),
        late=()
        if few
        else tuple(digests.line_of_late(case, names) for case in summary.late(cases, report)[:_MOST_LINES]),
        oldest=tuple(digests.line_of_open(case, place, names, now) for place, case in enumerate(oldest, 1)),
        senders=unlisted,
        issues=tuple(map(digests.same_issue, summary.same_issues(cases, report))),
        trouble=tuple(_trouble(conn, partner, week, zone, now)),
        monthly=summary.tickets_a_month(report) if summary.wants_a_helpdesk(report) else 0,
        country=rules.partner.country,
        place=place,
    )
    return facts, plain.as_csv(report)


def _needs(
    conn: Connection,
    partner: str,
    cases: Iterable[Case],
    names: Mapping[str, str],
    unlisted: tuple[Need, ...],
    now: datetime,
) -> tuple[Need, ...]:
    """Return the few things that need the partner: customers who wait first, then mail that waits for a word."""
    waiting = [
        Need(f"{line.who}: {line.subject or 'no subject'} (#{line.ticket}, {line.aside})", grave=True)
        for line in (digests.line_of_overdue(one, 0, names) for one in summary.overdue(cases, now))
    ]
    others = [*_kept(conn, partner)]
    if unlisted:
        who = "1 sender is" if len(unlisted) == 1 else f"{len(unlisted)} senders are"
        others.append(Need(f"{who} nobody's customer yet", command="mailbot senders"))
    room = max(_MOST_NEEDS - len(others), 1)
    if len(waiting) > room:
        more = len(waiting) - room + 1
        waiting = [*waiting[: room - 1], Need(f"{more} more wait beyond what was promised", command="mailbot tickets")]
    return (*waiting, *others)[:_MOST_NEEDS]


def _kept(conn: Connection, partner: str) -> Iterator[Need]:
    counts = queries.counts(conn, partner)
    if number := counts.outbox[OutboxState.HELD]:
        waits = "1 mail waits" if number == 1 else f"{number} mails wait"
        yield Need(f"{waits} for you to release", command="mailbot outbox list --state held")
    if number := counts.quarantined:
        are = "1 message is" if number == 1 else f"{number} messages are"
        yield Need(f"{are} kept apart", command="mailbot quarantine list")


def _unlisted(conn: Connection, partner: str, rules: Rules) -> tuple[Need, ...]:
    """Return people whom no tenant lists and who have an open ticket, with what makes them somebody's."""
    return tuple(map(_sender, islice(senders.unlisted_waiting(conn, partner, rules), _MOST_SENDERS)))


def _sender(one: senders.Unlisted) -> Need:
    fits = one.suggestion
    tenant = fits.tenant if fits else "TENANT"
    maybe = f", perhaps of {fits.tenant}" if fits else ""
    return Need(f"{one.address}{maybe} (#{one.last_ticket})", command=f"mailbot senders accept {one.address} {tenant}")


def _trouble(conn: Connection, partner: str, week: Week, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Yield what mailbot could not do in that week: mail that did not leave, and when it did not look."""
    since, until = week.begins(zone), min(week.ends(zone), now)
    for state, happened in _UNSENT.items():
        if number := standing.unsent(conn, partner, state, since, until):
            which = "1 mail to a customer" if number == 1 else f"{number} mails to customers"
            yield f"{which} {happened}: mailbot outbox list --state {state}"
    for mailbox in cursors.watched_mailboxes(conn, partner):
        for gap in cursors.watch_gaps(conn, partner, mailbox, since, until):
            if gap.end_at - gap.start_at >= _SHORT_GAP:
                first, last = (format(at.astimezone(zone), _INSTANT) for at in (gap.start_at, gap.end_at))
                yield f"nobody looked after {mailbox or 'the door for mail'} from {first} to {last}"
