"""Incidents: one trouble that many customers have, what was said of it, and which tickets are about it.

That a ticket is about one is a column of its row, which an entry sets, so that it stands in its log and can be taken
back. What was said stays as it was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select, text, update

from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.deciding.incidents import Incident, OpenIncident, Told, Update, UpdateKind
from mailbot.figures.incidents import Lasted
from mailbot.rules import Playbook
from mailbot.store.statements import Prepared, by_no_index
from mailbot.store.tables import ENTRY, INCIDENT, INCIDENT_UPDATE, TICKET

_UNRESOLVED = text("incident.resolved_at IS NULL")
_MOST_TOLD = 12
ASKS = "asks"
"""What an answer's entry says beside, where it asks whether all is well again."""
_MOST_WORDS = 2_000
_CURRENT = Prepared(
    select(INCIDENT).where(_UNRESOLVED, INCIDENT.c.partner == bindparam("partner")).order_by(INCIDENT.c.id)
)

_last_said = (
    select(INCIDENT_UPDATE.c.at)
    .where(INCIDENT_UPDATE.c.incident_id == INCIDENT.c.id)
    .order_by(INCIDENT_UPDATE.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_SAID_OF = Prepared(
    select(INCIDENT.c.id, INCIDENT.c.opened_at, INCIDENT.c.reminded_at, _last_said.label("said_at"))
    .where(_UNRESOLVED, INCIDENT.c.partner == bindparam("partner"))
    .order_by(INCIDENT.c.id)
)
_NEWEST_WORD = Prepared(select(func.max(INCIDENT_UPDATE.c.id)))
_WAITING = Prepared(
    select(TICKET.c.id, TICKET.c.tenant, TICKET.c.requester)
    .where(
        TICKET.c.incident == bindparam("incident"),
        TICKET.c.partner == bindparam("partner"),
        TICKET.c.state == TicketState.OPEN,
    )
    .order_by(TICKET.c.id)
)


def open_incident(
    conn: Connection,
    partner: str,
    title: str,
    playbook: Playbook | None,
    *,
    words: str = "",
    author: str,
    now: datetime,
) -> int:
    """Write down a trouble that many have and return its number; `words` are what is said of it first."""
    row = {"partner": partner, "title": title, "playbook": playbook, "opened_at": now, "author": author}
    number: int = conn.execute(insert(INCIDENT).values(row).returning(INCIDENT.c.id)).scalar_one()
    _say(conn, partner, number, Update(now, UpdateKind.OPEN, words, author))
    return number


def say(conn: Connection, partner: str, number: int, words: str, *, author: str, now: datetime) -> None:
    """Write down what is said of an incident."""
    _say(conn, partner, number, Update(now, UpdateKind.UPDATE, words, author))


def resolve(conn: Connection, partner: str, number: int, *, words: str = "", author: str, now: datetime) -> None:
    """Write down that an incident is over."""
    conn.execute(update(INCIDENT).where(INCIDENT.c.id == number, INCIDENT.c.partner == partner).values(resolved_at=now))
    _say(conn, partner, number, Update(now, UpdateKind.RESOLVE, words, author))


def incident(conn: Connection, partner: str, number: int) -> Incident | None:
    """Return the incident of that number, None where there is none."""
    return next(iter(_incidents(conn, partner, INCIDENT.c.id == number)), None)


def current(conn: Connection, partner: str) -> tuple[Incident, ...]:
    """Return the incidents that last, by number."""
    return _with_updates(conn, _CURRENT.rows(conn, {"partner": partner}))


def history(
    conn: Connection, partner: str, since: datetime | None = None, until: datetime | None = None
) -> tuple[Incident, ...]:
    """Return the incidents that lasted at any time since then and before `until`, by number; None: of all times."""
    wanted: list[ColumnElement[bool]] = []
    if since is not None:
        wanted.append(or_(INCIDENT.c.resolved_at.is_(None), INCIDENT.c.resolved_at >= since))
    if until is not None:
        wanted.append(INCIDENT.c.opened_at < until)
    return _incidents(conn, partner, *wanted)


def newest_word(conn: Connection) -> int:
    """Return the number of what was said last of any incident, 0 for nothing; with each that begins or ends, it grows.

    So whoever knows the history until then need not read it again.
    """
    number: int | None = _NEWEST_WORD.scalar(conn, {})
    return number or 0


def of_ticket(conn: Connection, ticket: int) -> int | None:
    """Return the incident that a ticket is about, None for none."""
    number: int | None = conn.execute(select(TICKET.c.incident).where(TICKET.c.id == ticket)).scalar()
    return number


def tickets_of(conn: Connection, partner: str, number: int) -> tuple[int, ...]:
    """Return the tickets that are about an incident, by number, closed ones and those merged into others as well."""
    about = select(TICKET.c.id).where(TICKET.c.incident == number, TICKET.c.partner == partner)
    return tuple(conn.execute(about.order_by(TICKET.c.id)).scalars())


def lasted(
    conn: Connection, partner: str, since: datetime, until: datetime, tenant: str | None = None
) -> tuple[Lasted, ...]:
    """Return the incidents that lasted within that span, with their tickets; of one tenant, or of all.

    Of a tenant only those are told that concerned it.
    """
    found = history(conn, partner, since, until)
    about: dict[int, dict[int, str]] = {one.number: {} for one in found}
    columns = (TICKET.c.id, TICKET.c.incident, TICKET.c.tenant, TICKET.c.requester)
    theirs = (TICKET.c.incident.in_(list(about)), TICKET.c.incident.is_not(None))
    wanted = select(*columns).where(*theirs, by_no_index(TICKET.c.partner, partner))
    for row in conn.execute(wanted.order_by(TICKET.c.id)) if found else ():
        if tenant is None or row.tenant == tenant:
            about[row.incident][row.id] = row.tenant or row.requester
    return tuple(
        Lasted(one, tuple(about[one.number]), len(set(about[one.number].values())))
        for one in found
        if tenant is None or about[one.number]
    )


def matching(conn: Connection, partner: str) -> tuple[OpenIncident, ...]:
    """Return the incidents that last, with what customers first wrote in their newest tickets: few, and each is short.

    What a ticket was opened with by somebody of us, or a machine, is none of it.
    """
    return tuple(OpenIncident(one, told(conn, one.number)) for one in current(conn, partner))


@dataclass(frozen=True, slots=True)
class SaidOf:
    """When one of us last said something of an incident that lasts, and when our own people were reminded of it last.

    That is None where they were not.
    """

    number: int
    spoken_of_at: datetime
    reminded_at: datetime | None


def said_of(conn: Connection, partner: str) -> list[SaidOf]:
    """Return when something was said of the incidents that last, by number."""
    rows = _SAID_OF.rows(conn, {"partner": partner})
    return [SaidOf(row.id, row.said_at or row.opened_at, row.reminded_at) for row in rows]


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """How many open tickets, of how many customers, wait for our next word on an incident."""

    tickets: int
    customers: int


def waiting_for(conn: Connection, partner: str, number: int) -> WaitingFor:
    """Return what waits for our next word on an incident."""
    rows = _WAITING.rows(conn, {"partner": partner, "incident": number})
    return WaitingFor(len(rows), len({row.tenant or row.requester for row in rows}))


def note_reminded(conn: Connection, number: int, now: datetime) -> None:
    """Note that our own people were reminded of an incident of which nothing is said."""
    conn.execute(update(INCIDENT).where(INCIDENT.c.id == number).values(reminded_at=now))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands to the incident that it is about: whether it `lasts`, else whether we `asked` if all is well.

    We asked where our last answer in the ticket is that question. `asked_with` are its requester's other tickets that
    are open, that the same mail asked about, and in which he has not written since.
    """

    lasts: bool
    asked: bool = False
    asked_with: tuple[int, ...] = ()


def standing(conn: Connection, tickets: Iterable[int]) -> dict[int, Standing]:
    """Return how these tickets stand to their incidents, nothing for those that are about none."""
    if not (wanted := list(tickets)):
        return {}
    # A damaged row is emptied and given to another partner (`store.soundness`): nobody knows then that it lasts.
    same = (INCIDENT.c.id == TICKET.c.incident) & (INCIDENT.c.partner == TICKET.c.partner)
    about = select(TICKET.c.id, INCIDENT.c.resolved_at).join(INCIDENT, same)
    rows = conn.execute(about.where(TICKET.c.id.in_(wanted), TICKET.c.incident.is_not(None))).all()
    return {row.id: Standing(lasts=True) if row.resolved_at is None else _over(conn, row.id) for row in rows}


def _over(conn: Connection, ticket: int) -> Standing:
    act = _asked_by(conn, ticket)
    if act is None:
        return Standing(lasts=False)
    own, other = TICKET.alias(), TICKET
    same = [other.c[name] == own.c[name] for name in ("partner", "incident", "requester")]
    nobody_waits = (other.c.waiting_since.is_(None), other.c.waits_until.is_(None))
    beside = (own.c.id == ticket, other.c.id != ticket, other.c.state == TicketState.OPEN, *nobody_waits)
    found = conn.scalars(select(other.c.id).join(own, and_(*same)).where(*beside).order_by(other.c.id))
    return Standing(lasts=False, asked=True, asked_with=tuple(one for one in found if _asked_by(conn, one) == act))


def _asked_by(conn: Connection, ticket: int) -> int | None:
    """Return the act by which it was asked whether all is well, if that is our last answer in the ticket."""
    answers = select(ENTRY.c.decision).where(ENTRY.c.ticket_id == ticket, ENTRY.c.kind == EntryKind.AGENT)
    last = conn.execute(answers.order_by(ENTRY.c.id.desc()).limit(1)).scalar() or {}
    return last.get("act") if last.get(ASKS) else None


def _say(conn: Connection, partner: str, number: int, said: Update) -> None:
    row = {"partner": partner, "incident_id": number, "kind": said.kind, "at": said.at, "text": said.text}
    conn.execute(insert(INCIDENT_UPDATE).values({**row, "author": said.author}))


def _incidents(conn: Connection, partner: str, *where: ColumnElement[bool]) -> tuple[Incident, ...]:
    wanted = select(INCIDENT).where(INCIDENT.c.partner == partner, *where).order_by(INCIDENT.c.id)
    return _with_updates(conn, conn.execute(wanted).all())


def _with_updates(conn: Connection, rows: Iterable[Any]) -> tuple[Incident, ...]:
    found = {
        row.id: Incident(row.id, row.title, row.playbook and Playbook(row.playbook), row.opened_at, row.resolved_at)
        for row in rows
    }
    if not found:
        return ()
    updates: dict[int, list[Update]] = {}
    said = select(INCIDENT_UPDATE).where(INCIDENT_UPDATE.c.incident_id.in_(list(found))).order_by(INCIDENT_UPDATE.c.id)
    for row in conn.execute(said):
        one = Update(row.at, UpdateKind(row.kind), row.text, row.author)
        updates.setdefault(row.incident_id, []).append(one)
    return tuple(replace(one, updates=tuple(updates.get(number, ()))) for number, one in found.items())


def told(conn: Connection, number: int) -> tuple[Told, ...]:
    """Return the message that opened each of the newest tickets of an incident."""
    newest = select(TICKET.c.id).where(TICKET.c.incident == number).order_by(TICKET.c.id.desc()).limit(_MOST_TOLD)
    first = (
        select(func.min(ENTRY.c.id))
        .where(ENTRY.c.ticket_id.in_(newest), ENTRY.c.kind == EntryKind.CUSTOMER)
        .group_by(ENTRY.c.ticket_id)
    )
    words = func.substr(func.coalesce(ENTRY.c.reply_text, ENTRY.c.text), 1, _MOST_WORDS, type_=ENTRY.c.text.type)
    rows = conn.execute(
        select(ENTRY.c.subject, words, TICKET.c.playbook)
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket_id)
        .where(ENTRY.c.id.in_(first))
        .order_by(ENTRY.c.id)
    )
    return tuple(Told(subject, text_, playbook and Playbook(playbook)) for subject, text_, playbook in rows)
