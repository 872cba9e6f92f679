"""What is changed in a log that comes back from a backup, before anybody may use it.

Since the backup was made, mail may have left and numbers may have been given that this log
knows nothing of. So nothing that waited to leave leaves by itself: mail of a kind that may go
twice (`may_repeat`: emergency answers, urgent notices) is held, other mail and pages are unclear, each
for people to judge. Notices that waited were most likely told, and are not told again. Numbers
of tickets, messages, mails and lists go on so far ahead that none is given a second time: a reply
token names a ticket, or a list, by its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, union, update

from mailbot.deciding.effects import EntryKind, Flag, NoticeKind, OpenTicket
from mailbot.rules import Severity
from mailbot.store import changes, cursors
from mailbot.store.cursors import Cursor
from mailbot.store.notices import add_notice
from mailbot.store.outbox import Audience, OutboxState
from mailbot.store.tables import ARRIVAL, CURSOR, NOTICE, OUTBOX, TICKET
from mailbot.store.tables import FACT as FACT_TABLE
from mailbot.store.tickets import FIRST_TICKET, NewEntry, append_entry, open_ticket

FACT = "restored"
"""Under this name `cursors.fact` says when the log was restored (ISO 8601); `restored_at` reads it."""

_SEEN = "seen since the restore: "
"""With "mailbox/folder" behind it, the fact that `note_seen` writes down: UIDVALIDITY and UID."""

# A desk for which this is not enough would need more than two hands a minute.
_TICKETS_A_DAY = 1000
_NUMBERS_A_DAY = 1_000_000
_PENDING = (OutboxState.QUEUED, OutboxState.DEFERRED, OutboxState.SUBMITTING)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done: mails that are held and unclear now, notices that are not told, the ticket that says so."""

    held: int
    unclear: int
    untold: int
    ticket: int


def restored_at(conn: Connection, partner: str) -> datetime | None:
    """When this log was last restored from a backup, None when it never was."""
    said = cursors.fact(conn, partner, FACT)
    return datetime.fromisoformat(said) if said else None


def note_seen(conn: Connection, partner: str, cursor: Cursor, now: datetime) -> None:
    """Note how far a folder reached when it was first looked through after a restore; from then on change nothing."""
    if cursor.reconciled_at is None or restored_at(conn, partner) is None:
        return
    name = f"{_SEEN}{cursor.mailbox}/{cursor.folder}"
    if cursors.fact(conn, partner, name) is None:
        cursors.set_fact(conn, partner, name, f"{cursor.uidvalidity} {cursor.last_uid}", now)


def came_later(conn: Connection, partner: str, mailbox: str, folder: str, uidvalidity: int | None, uid: int) -> bool:
    """Whether the folder did not hold this message yet when it was first looked through after the restore."""
    said = cursors.fact(conn, partner, f"{_SEEN}{mailbox}/{folder}")
    if said is None:
        return False
    known, reached = map(int, said.split())
    return uidvalidity == known and uid > reached


def settle(conn: Connection, made_at: datetime, now: datetime, *, last_ticket: int = 0) -> tuple[Settled, ...]:
    """Make the log of a backup of `made_at` safe to go on with, for each partner in it.

    `last_ticket` is the last number that is known to have been given since, 0 when nothing is known.
    """
    days = max(0, (now - made_at) // timedelta(days=1)) + 1
    _skip_numbers(conn, days)
    highest = conn.execute(select(func.max(TICKET.c.id))).scalar() or FIRST_TICKET
    last = max(highest + days * _TICKETS_A_DAY, last_ticket)
    named = union(*(select(table.c.partner) for table in (TICKET, ARRIVAL, OUTBOX, CURSOR)))
    partners = sorted(conn.execute(named).scalars())
    return tuple(_settle(conn, partner, made_at, now, last - last % 1000 + 1000) for partner in partners)


def _settle(conn: Connection, partner: str, made_at: datetime, now: datetime, first_ticket: int) -> Settled:
    held, unclear = _keep_mail(conn, partner, made_at, now)
    untold = _drop_notices(conn, partner, now)
    conn.execute(update(CURSOR).where(CURSOR.c.partner == partner).values(reconciled_at=None))
    conn.execute(delete(FACT_TABLE).where(FACT_TABLE.c.partner == partner, FACT_TABLE.c.name.startswith(_SEEN)))
    cursors.set_fact(conn, partner, FACT, now.isoformat(), now)
    ticket = _tell(conn, partner, made_at, now, Settled(held, unclear, untold, first_ticket))
    return Settled(held, unclear, untold, ticket)


def _skip_numbers(conn: Connection, days: int) -> None:
    for name in ("arrival", "entry", "outbox", "notice", "listing"):
        values = {"name": name, "gap": days * _NUMBERS_A_DAY}
        conn.exec_driver_sql(
            "INSERT INTO sqlite_sequence (name, seq) SELECT :name, 0"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)",
            values,
        )
        conn.exec_driver_sql("UPDATE sqlite_sequence SET seq = seq + :gap WHERE name = :name", values)


def _keep_mail(conn: Connection, partner: str, made_at: datetime, now: datetime) -> tuple[int, int]:
    """Stop what waited to leave; return how many mails are held, and how many unclear."""
    words = f"restored from the backup of {_shown(made_at)}: it may have left since"
    ours = OUTBOX.c.partner == partner
    held_before = (ours, OUTBOX.c.state == OutboxState.HELD)
    conn.execute(update(OUTBOX).where(*held_before).values(reply_text=words))
    stopped = update(OUTBOX).where(ours, OUTBOX.c.state.in_(_PENDING))
    held = conn.execute(
        stopped.where(OUTBOX.c.may_repeat, OUTBOX.c.audience != Audience.PAGER).values(
            state=OutboxState.HELD, next_attempt_at=None, reply_text=words, repeats=1
        )
    ).rowcount
    unclear = conn.execute(
        stopped.values(state=OutboxState.UNCLEAR, next_attempt_at=None, reply_text=words, done_at=now)
    ).rowcount
    return held, unclear


def _drop_notices(conn: Connection, partner: str, now: datetime) -> int:
    waiting = update(NOTICE).where(NOTICE.c.partner == partner, NOTICE.c.outbox_key.is_(None))
    return conn.execute(waiting.values(outbox_key=f"restored:{now.isoformat()}")).rowcount


def _tell(conn: Connection, partner: str, made_at: datetime, now: datetime, settled: Settled) -> int:
    """Open and close the ticket that marks the place in the log, and have our people told; return its number."""
    subject = f"Restored from the backup of {_shown(made_at)}"
    opening = OpenTicket(
        tenant=None,
        severity=Severity.LOW,
        playbook=None,
        subject=subject,
        requester="",
        requester_name="",
        opened_at=now,
        response_due_at=None,
        resolution_due_at=None,
        flags=(Flag.HISTORY,),
    )
    ticket = open_ticket(conn, partner, opening, now, reason="restored", at_least=settled.ticket)
    text = (
        f"{subject}. Nothing that waited then leaves by itself: {settled.held} mails are held, {settled.unclear} "
        f"may have left (mailbot outbox list). {settled.untold} notices that waited are not told again. "
        "Mail that came since is taken in anew from the mailbox, under new ticket numbers from here on; "
        "answers to what came before the restore wait for you, because it may have been answered already "
        "(mailbot outbox list --state held)."
    )
    append_entry(
        conn,
        NewEntry(
            partner=partner,
            kind=EntryKind.NOTE,
            at=now,
            recorded_at=now,
            ticket_id=ticket,
            text=text,
            reply_text=text,
            author="mailbot",
        ),
    )
    changes.close(conn, ticket, author="mailbot", reason="restored", now=now)
    add_notice(conn, partner, NoticeKind.RESTORED, text=text, ticket_id=ticket, now=now)
    return ticket


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
