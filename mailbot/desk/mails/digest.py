"""The weekly mail to the partner, and to customers who want theirs: once per week and reader, whatever happens.

It is due at the configured time on the partner's clock, and is about the last whole week then. What was not mailed
while the desk was down is mailed when it is up again, unless the next one is due. The outbox has one key per week and
reader, so that none goes twice; after a restore it waits for people, since it may have gone already. A desk that has
just been set up begins with its first whole week.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.clocks.weekly import WEEKDAYS, Weekly
from mailbot.deciding.agents.readers import reader_of, readers
from mailbot.deciding.compose import File, UnwritableMail
from mailbot.deciding.listed import ListKind
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.learned import with_learned
from mailbot.desk.mails import customerweek, dueweek
from mailbot.desk.mails.askedalike import asked_alike, besides, finding_of
from mailbot.desk.mails.kept import waiting_mail
from mailbot.desk.mails.needing import Numbers, Offered, needing
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.desk.mails.trouble import trouble
from mailbot.desk.mails.voices import voices
from mailbot.figures import figures, plain, saying, summary
from mailbot.figures.weeks import Week
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Mailbox
from mailbot.render import DigestFacts, Templates, digests
from mailbot.render.tapping import tappable
from mailbot.rules import Rules
from mailbot.store import casebook, incidents, listings, outbox
from mailbot.store.outbox import NewMail

_log = structlog.get_logger(__name__)

_PRIORITY = 70
_MOST_LINES = 7


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `send` has something to do: `now` if it is due; None for never."""
    if not _is_wanted(desk.rules):
        return None
    schedule, known = _schedule(desk.rules), dueweek.course(conn, desk.partner)
    heeded = known.heeding(schedule, now)
    return now if heeded != known or heeded.is_due(dueweek.last_due(schedule, now)) else schedule.next(now)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the mails about a week say to the readers of that desk, found out before they are written."""

    desk: Desk
    week: Week
    contents: Contents


def look_ahead(conn: Connection, desk: Desk, now: datetime) -> Ahead | None:
    """Return what `send` would say at `now`, None where nothing is due.

    To find it out takes the longer the more there was in the week; whoever does it beforehand lets mail go on.
    """
    if not readers(desk.rules):
        return None
    schedule, week = _schedule(desk.rules), dueweek.last_due(_schedule(desk.rules), now)
    if not dueweek.course(conn, desk.partner).heeding(schedule, now).is_due(week):
        return None
    return Ahead(desk, week, _contents(conn, with_learned(conn, desk), week, now))


def send(conn: Connection, desk: Desk, now: datetime, ahead: Ahead | None = None) -> None:
    """Put the mails of the last whole week into the outbox, if they are due; part of the caller's transaction.

    What was found out `ahead` for this desk and week is not asked for again.
    """
    if not _is_wanted(desk.rules):
        return
    schedule, known = _schedule(desk.rules), dueweek.course(conn, desk.partner)
    course, week = known.heeding(schedule, now), dueweek.last_due(schedule, now)
    if course.is_due(week):
        known_ahead = ahead.contents if ahead and ahead.desk is desk and ahead.week == week else None
        desk = with_learned(conn, desk)
        held = desk.restored_at is not None and schedule.last(now) <= desk.restored_at
        marks = dueweek.marks(conn, desk.partner, week, schedule.zone)
        found = known_ahead or _contents(conn, desk, week, now)
        for mail in (*_mails(conn, desk, week, found, marks, now), *customerweek.mails(conn, desk, week, marks, now)):
            outbox.queue(conn, desk.partner, replace(mail, held=held, expires_at=schedule.next(now)), now)
        dueweek.note_written(conn, desk.partner, week, now)
        course = replace(course, last=week)
    if course != known:
        dueweek.keep(conn, desk.partner, course, now)


def _is_wanted(rules: Rules) -> bool:
    return bool(readers(rules)) or any(tenant.digest for tenant in rules.tenant)


def _schedule(rules: Rules) -> Weekly:
    return Weekly(WEEKDAYS.index(rules.digest.day), rules.digest.at, rules.partner.zone)


def _mails(
    conn: Connection, desk: Desk, week: Week, found: Contents, marks: Sequence[str], now: datetime
) -> Iterator[NewMail]:
    """Yield for each reader the first of that week's mails, by what marks their keys, that is still to be written."""
    for reader in readers(desk.rules):
        mark = dueweek.unwritten(conn, desk.partner, partial(_key, week, reader), marks)
        if mark is None:
            continue
        said = replace(found, facts=_corrected(found.facts)) if mark else found
        try:
            yield digest_mail(conn, desk, week, reader, said, now, mark)
        except UnwritableMail as error:
            _log.error("notice-unwritable", recipient=reader, reason=str(error), next_step="mend [digest]")


def _key(week: Week, reader: str, mark: str) -> str:
    return f"{dueweek.KIND}:{week}{mark}:{canonical(reader)}"


def _corrected(facts: DigestFacts) -> DigestFacts:
    """Return what the mail says to whom it was said wrongly before."""
    which, _, verdict = facts.subject.partition(": ")
    return replace(facts, subject=f"{which}, corrected: {verdict}", title=f"{facts.title} (corrected)")


def send_one(conn: Connection, desk: Desk, week: Week, reader: str, now: datetime) -> None:
    """Put the mail about that week into the outbox for one reader who asked for it; raise UnwritableMail."""
    desk = with_learned(conn, desk)
    found = _contents(conn, desk, week, now)
    again = format(now.astimezone(UTC), "%Y%m%dt%H%M%S%f")
    outbox.queue(conn, desk.partner, digest_mail(conn, desk, week, reader, found, now, again), now)


def digest_mail(
    conn: Connection, desk: Desk, week: Week, reader: str, found: Contents, now: datetime, again: str = ""
) -> NewMail:
    """Return the mail about that week for that reader, with the table as a file; raise UnwritableMail.

    Replies of who gets it every week act on its numbers, now and later; those of others do not. `again` tells one that
    was asked for from all others, "" for the one that goes by the clock.
    """
    facts, acts = found.facts, reader_of(reader, desk.rules) is not None
    token = desk.token(Purpose.NOTICE, 0, reader, now)
    if acts:
        kept = listings.keep(conn, desk.partner, canonical(reader), ListKind.DIGEST, found.tickets, now)
        token = desk.token(Purpose.DIGEST, kept.id, reader, now)
        facts = tappable(facts, desk.reply_to(token), desk.rules.partner.address, token)
    mail = TeamMail(
        key=_key(week, reader, again),
        kind=dueweek.KIND,
        template="team-digest",
        facts=facts,
        to=Mailbox("", reader),
        token=token,
        mark=f"{str(week).lower()}d{again}",
        answerable=acts,
        files=(File(f"{week}.csv", "text/csv", found.table.encode()),),
        priority=_PRIORITY,
    )
    return team_mail(desk, mail, now)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the mail about a week says, its figures as a table (CSV), and the tickets in the order of their numbers."""

    facts: DigestFacts
    table: str
    tickets: tuple[int, ...]


def contents(
    conn: Connection, partner: str, rules: Rules, templates: Templates, week: Week, now: datetime, *, place: str = ""
) -> Contents:
    """Return what the mail about that week says at `now`; `place` is where its reader types commands, "" for anywhere.

    Its links lead nowhere yet (`tappable`).
    """
    zone = rules.partner.zone
    cases = casebook.cases(conn, partner, figures.first_week(week).begins(zone))
    setting = figures.Setting.of(rules, now)
    report = figures.report(cases, week, setting)
    names = {tenant.id: tenant.name or tenant.id for tenant in rules.tenant}
    by_number = {case.ticket: case for case in cases}
    offered = Offered(rules, Numbers())
    found = needing(conn, partner, offered, cases, names, setting)
    older = sum(one.case.opened_at < week.begins(zone) for one in summary.overdue(cases, setting))
    few = len(report.total.opened) < summary.FEW
    above = set(offered.numbers.tickets)
    late = () if few else tuple(case for case in summary.late(cases, report) if case.ticket not in above)
    oldest = summary.oldest_open((case for case in cases if case.ticket not in above), now, _MOST_LINES)
    kept, more_kept = waiting_mail(conn, rules)
    alike = asked_alike(conn, partner, rules, week.begins(zone), week.ends(zone))
    facts = DigestFacts(
        now=now,
        brand=rules.partner.brand,
        subject=digests.subject(report, older),
        title=digests.title(week),
        headline=digests.headline(report, older),
        rows=digests.rows(report),
        needs=found.needs,
        waiting=found.waiting,
        tickets=offered.numbered(digests.each(cases, names, report.total), by_number) if few else (),
        trend=digests.trend(report),
        customers=() if few else digests.customers(report, names),
        severities=() if few else digests.severities(report),
        late=offered.numbered((digests.line_of_late(case, names) for case in late[:_MOST_LINES]), by_number),
        more_late=max(len(late) - _MOST_LINES, 0),
        week=str(week),
        besides=bool(above),
        oldest=offered.numbered(
            (digests.line_of_open(case, 0, names, now) for case in oldest), by_number, closing=True
        ),
        said=voices(conn, offered, by_number, report, names),
        votes=digests.votes(report),
        senders=found.senders if len(found.senders) > 1 else (),
        incidents=incidents_of(conn, partner, rules, week, now),
        issues=besides(alike),
        finding=finding_of(alike, rules, templates, week),
        trouble=tuple(trouble(conn, partner, rules, week, now)),
        kept=kept,
        more_kept=more_kept,
        monthly=summary.tickets_a_month(report) if summary.wants_a_helpdesk(report) else 0,
        country=rules.partner.country,
        place=place,
        day_and_night=saying.day_and_night(setting.day_and_night),
    )
    return Contents(facts, plain.as_csv(report), offered.numbers.tickets)


def _contents(conn: Connection, desk: Desk, week: Week, now: datetime) -> Contents:
    return contents(conn, desk.partner, desk.rules, desk.templates, week, now, place=desk.place)


def incidents_of(conn: Connection, partner: str, rules: Rules, week: Week, now: datetime) -> tuple[str, ...]:
    """Return the incidents that lasted in that week, a line each."""
    zone, clock = rules.partner.zone, WallClock.of(rules, now)
    lasted = incidents.lasted(conn, partner, week.begins(zone), week.ends(zone))
    return tuple(digests.incident(one, clock) for one in lasted)
