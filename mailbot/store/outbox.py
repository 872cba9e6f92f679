"""The outbox: one row per mail and recipient, written in the transaction of the decision that wants it.

    held ⇄ queued → submitting → sent | deferred (→ submitting) | failed | unclear
    held, queued, deferred, failed, unclear → dropped      queued, deferred → expired      unclear → sent

A row is marked `submitting`, with its Message-ID long recorded, before the first byte leaves.
Only one mail to a recipient is under way at a time, whoever claims, so that two keep their order.
Where nobody can know whether the relay took it (RFC 1047), mail that `may_repeat` goes once
more under the same Message-ID; other mail stays `unclear`, for people to see. A key makes
asking twice the same as asking once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, case, exists, func, or_, select, text, update

from mailbot.deciding.effects import AnswerKind
from mailbot.errors import NotFound, StoreDamaged, StoreError
from mailbot.store.columns import AnyRow
from mailbot.store.packing import compress, decompress
from mailbot.store.statements import AT_ONCE, Prepared, insert_unless_known, some, some_values
from mailbot.store.tables import ARRIVAL, OUTBOX


class OutboxState(StrEnum):
    """Where an outgoing mail stands."""

    HELD = "held"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCLEAR = "unclear"
    DROPPED = "dropped"
    EXPIRED = "expired"


class Audience(StrEnum):
    """Whom a mail is for; what is for a pager is no mail, and no relay gets it."""

    CUSTOMER = "customer"
    TEAM = "team"
    VENDOR = "vendor"
    PAGER = "pager"


_OF_MAIL = (Audience.CUSTOMER, Audience.TEAM, Audience.VENDOR)
FOUND_SENT = "it stands in our folder of sent mail, so the relay took it"
_NOT_SUBMITTING = "outgoing mail {} is not being submitted"


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail for the outbox, whole: `raw` are the octets that will be sent, under `message_id`.

    `key` makes it unique within the partner. `reverse_path` "" is the null one. Small
    `priority` goes first. From `expires_at` on it must not leave any more. `listed` says
    that the recipient belongs to a tenant, so that the mail does not count for the hourly caps.
    """

    key: str
    kind: str
    audience: Audience
    recipient: str
    message_id: str
    raw: bytes
    reverse_path: str = ""
    ticket_id: int | None = None
    entry_id: int | None = None
    held: bool = False
    may_repeat: bool = False
    priority: int = 50
    expires_at: datetime | None = None
    period: str = ""
    listed: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail to submit now; `attempts` counts this one, `first_attempt_at` is that of the first."""

    id: int
    ticket_id: int | None
    kind: str
    recipient: str
    reverse_path: str
    message_id: str
    packed: bytes
    attempts: int
    first_attempt_at: datetime
    priority: int

    @property
    def envelope(self) -> tuple[str, str]:
        """Its reverse-path and its recipient; raise StoreDamaged where the row holds no two texts any more."""
        held: tuple[Any, Any] = (self.reverse_path, self.recipient)
        if not all(isinstance(one, str) for one in held):
            raise StoreDamaged("the envelope of a stored mail is damaged")
        return held

    @property
    def raw(self) -> bytes:
        """The octets to send, unpacked anew each time; raise StoreDamaged where they cannot be."""
        return decompress(self.packed)


@dataclass(frozen=True, slots=True)
class UnsentMail:
    """A mail that will not leave by itself any more: failed, expired, or unclear whether it left (`state`)."""

    id: int
    ticket_id: int | None
    kind: str
    audience: Audience
    recipient: str
    message_id: str
    state: OutboxState


_QUEUE = Prepared(
    insert_unless_known(
        OUTBOX,
        without=("id", "first_attempt_at", "bounced", "done_at"),
        unique=("partner", "key"),
        returning="id",
    )
)
_ANSWERS = frozenset(AnswerKind)
# In the words of the partial indices, by which SQLite knows that it may use them.
PENDING = text("outbox.next_attempt_at IS NOT NULL")
# Said so that SQLite does not look for the instants, but goes by priority and stops at the first that is due.
_NOW = bindparam("now", type_=OUTBOX.c.next_attempt_at.type)
_DUE = func.coalesce(OUTBOX.c.next_attempt_at, _NOW) <= _NOW
_UNSENT = tuple(OUTBOX.c[name] for name in UnsentMail.__dataclass_fields__)
_CLAIMED = tuple(OUTBOX.c[name] for name in ClaimedMail.__dataclass_fields__)
_FOUND_SENT = select(ARRIVAL.c.id).where(
    text("arrival.message_id IS NOT NULL"),
    ARRIVAL.c.partner == OUTBOX.c.partner,
    ARRIVAL.c.message_id == OUTBOX.c.message_id,
    ARRIVAL.c.sent,
)
_EXPIRE = Prepared(
    update(OUTBOX)
    .where(
        OUTBOX.c.partner == bindparam("of"),
        PENDING,
        OUTBOX.c.expires_at <= _NOW,
    )
    .values(state=OutboxState.EXPIRED, next_attempt_at=None, done_at=_NOW)
    .returning(*_UNSENT)
)
_OTHER = OUTBOX.alias("other")
_UNDER_WAY = select(_OTHER.c.recipient).where(
    _OTHER.c.partner == bindparam("of"), _OTHER.c.state == OutboxState.SUBMITTING
)
_OLDER = exists().where(
    _OTHER.c.partner == OUTBOX.c.partner,
    _OTHER.c.recipient == OUTBOX.c.recipient,
    _OTHER.c.id < OUTBOX.c.id,
    _OTHER.c.next_attempt_at.is_not(None),
)
_FREE = (
    OUTBOX.c.partner == bindparam("of"),
    PENDING,
    OUTBOX.c.audience.in_([bindparam(f"audience_{number}") for number in range(len(_OF_MAIL))]),
    OUTBOX.c.recipient.not_in(_UNDER_WAY),
    or_(bindparam("may_overtake", type_=Boolean), ~_OLDER),
)
_NEXT = Prepared(
    select(OUTBOX.c.id, OUTBOX.c.recipient)
    .where(*_FREE, _DUE)
    .order_by(OUTBOX.c.priority, OUTBOX.c.id)
    .limit(bindparam("limit"))
)
_CLAIM = Prepared(
    update(OUTBOX)
    .where(OUTBOX.c.id.in_(some("mail", OUTBOX.c.id.type)))
    .values(
        state=OutboxState.SUBMITTING,
        next_attempt_at=None,
        attempts=OUTBOX.c.attempts + 1,
        first_attempt_at=func.coalesce(OUTBOX.c.first_attempt_at, _NOW),
    )
    .returning(*_CLAIMED)
)
_SUBMITTED = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("mail"), OUTBOX.c.state == OutboxState.SUBMITTING)
    .values(reply_text=bindparam("text", type_=OUTBOX.c.reply_text.type))
)
_DONE = Prepared(
    _SUBMITTED.values(
        state=bindparam("new_state"),
        done_at=_NOW,
        reply_code=bindparam("code"),
    )
)
_ATTEMPT = Prepared(select(OUTBOX.c.next_attempt_at).where(*_FREE).order_by(OUTBOX.c.next_attempt_at).limit(1))
_EXPIRY = Prepared(
    select(OUTBOX.c.expires_at)
    .where(OUTBOX.c.partner == bindparam("of"), PENDING, OUTBOX.c.expires_at.is_not(None))
    .order_by(OUTBOX.c.expires_at)
    .limit(1)
)


def queue(conn: Connection, partner: str, mail: NewMail, now: datetime) -> int | None:
    """Put a mail into the outbox and return its number; None, changing nothing, when its key is there already."""
    answer = mail.audience is Audience.CUSTOMER and mail.kind in _ANSWERS
    row = {
        "partner": partner,
        "key": mail.key,
        "ticket_id": mail.ticket_id,
        "entry_id": mail.entry_id,
        "kind": mail.kind,
        "audience": mail.audience,
        "recipient": mail.recipient,
        "recipient_domain": mail.recipient.rpartition("@")[2],
        "counted": answer and not mail.listed,
        "reverse_path": mail.reverse_path,
        "message_id": mail.message_id,
        "packed": compress(mail.raw),
        "state": OutboxState.HELD if mail.held else OutboxState.QUEUED,
        "attempts": 0,
        "next_attempt_at": None if mail.held else now,
        "expires_at": mail.expires_at,
        "may_repeat": mail.may_repeat,
        "repeats": 0,
        "priority": mail.priority,
        "reply_code": None,
        "reply_text": "",
        "period": mail.period,
        "created_at": now,
    }
    number: int | None = _QUEUE.scalar(conn, row)
    return number


def is_known(conn: Connection, partner: str, key: str) -> bool:
    """Return whether a mail with that key was ever put into the outbox."""
    return conn.execute(select(OUTBOX.c.id).where(OUTBOX.c.partner == partner, OUTBOX.c.key == key)).first() is not None


def expire(conn: Connection, partner: str, now: datetime) -> list[UnsentMail]:
    """Mark what waits and came too late as expired; return it."""
    return [_unsent(row) for row in _EXPIRE.rows(conn, {"of": partner, "now": now})]


def claim(
    conn: Connection, partner: str, now: datetime, limit: int = AT_ONCE, *, audience: Audience | None = None
) -> list[ClaimedMail]:
    """Mark what is due as being submitted and return it, most urgent first: one mail to a recipient, `limit` in all.

    At most AT_ONCE are claimed, none to a recipient to whom another one is being submitted, and for one audience only
    if that is given: else all that is mail. No page overtakes an older one to its pager. `expire` comes first.
    """
    chosen: dict[str, int] = {}
    for row in _NEXT.rows(conn, {**_free(partner, audience), "now": now, "limit": min(limit, AT_ONCE)}):
        chosen.setdefault(row.recipient, row.id)
    claimed = [
        ClaimedMail(*row)
        for values in some_values("mail", tuple(chosen.values()))
        for row in _CLAIM.rows(conn, {**values, "now": now})
    ]
    return sorted(claimed, key=lambda mail: (mail.priority, mail.id))


def _free(partner: str, audience: Audience | None) -> dict[str, object]:
    """Return the values of what says which mails may be claimed."""
    wanted = (audience,) * len(_OF_MAIL) if audience else _OF_MAIL
    which = {f"audience_{number}": one for number, one in enumerate(wanted)}
    return {"of": partner, "may_overtake": audience is not Audience.PAGER, **which}


def unsent(conn: Connection, outbox_id: int) -> UnsentMail:
    """Return what is to be said about a mail that did not leave; raise NotFound."""
    row = conn.execute(select(*_UNSENT).where(OUTBOX.c.id == outbox_id)).first()
    if row is None:
        raise NotFound(f"there is no outgoing mail {outbox_id}")
    return _unsent(row)


def _unsent(row: AnyRow) -> UnsentMail:
    values = row._asdict() | {"audience": Audience(row.audience), "state": OutboxState(row.state)}
    return UnsentMail(**values)


def mark_sent(conn: Connection, outbox_id: int, *, now: datetime, code: int | None = None, text: str = "") -> None:
    """Note that the relay took the mail."""
    _done(conn, outbox_id, OutboxState.SENT, now, code, text)


def mark_failed(conn: Connection, outbox_id: int, *, now: datetime, code: int | None = None, text: str = "") -> None:
    """Note that the mail will never be taken."""
    _done(conn, outbox_id, OutboxState.FAILED, now, code, text)


def mark_deferred(
    conn: Connection, outbox_id: int, next_attempt_at: datetime, *, code: int | None = None, text: str = ""
) -> None:
    """Note that the relay did not take the mail now, and when to try again."""
    _after_submitting(
        conn,
        outbox_id,
        state=OutboxState.DEFERRED,
        next_attempt_at=next_attempt_at,
        reply_code=code,
        reply_text=text,
    )


def mark_unclear(
    conn: Connection, outbox_id: int, *, now: datetime, again_at: datetime | None = None, text: str = ""
) -> OutboxState:
    """Note that nobody knows whether it was taken; return QUEUED if it goes once more (at `again_at`), else UNCLEAR.

    SENT is returned where our folder of sent mail holds it.
    """
    row = conn.execute(
        select(OUTBOX.c.may_repeat, OUTBOX.c.repeats, exists(_FOUND_SENT).label("found")).where(
            OUTBOX.c.id == outbox_id
        )
    ).first()
    if row is not None and row.found:
        _done(conn, outbox_id, OutboxState.SENT, now, None, FOUND_SENT)
        return OutboxState.SENT
    if row is not None and row.may_repeat and row.repeats == 0:
        _after_submitting(
            conn,
            outbox_id,
            state=OutboxState.QUEUED,
            repeats=1,
            next_attempt_at=again_at or now,
            reply_code=None,
            reply_text=text,
        )
        return OutboxState.QUEUED
    _done(conn, outbox_id, OutboxState.UNCLEAR, now, None, text)
    return OutboxState.UNCLEAR


def put_back(conn: Connection, outbox_id: int, next_attempt_at: datetime, *, text: str = "") -> None:
    """Undo a claim, because the relay as a whole could not be used: no attempt was made; expiry still holds."""
    _after_submitting(
        conn,
        outbox_id,
        state=case((OUTBOX.c.attempts > 1, OutboxState.DEFERRED.value), else_=OutboxState.QUEUED.value),
        attempts=OUTBOX.c.attempts - 1,
        first_attempt_at=case((OUTBOX.c.attempts > 1, OUTBOX.c.first_attempt_at), else_=None),
        next_attempt_at=next_attempt_at,
        reply_text=text,
    )


def next_due_at(conn: Connection, partner: str) -> datetime | None:
    """When something is to be done: a mail may be tried, or expires; None when none waits."""
    due = (next_attempt_at(conn, partner), next_expiry_at(conn, partner))
    return min((at for at in due if at is not None), default=None)


def next_attempt_at(conn: Connection, partner: str, *, audience: Audience | None = None) -> datetime | None:
    """When `claim` with the same arguments finds something; None when nothing waits for it."""
    at: datetime | None = _ATTEMPT.scalar(conn, _free(partner, audience))
    return at


def next_expiry_at(conn: Connection, partner: str) -> datetime | None:
    """When `expire` finds something; None when nothing that waits expires."""
    at: datetime | None = _EXPIRY.scalar(conn, {"of": partner})
    return at


def _done(conn: Connection, outbox_id: int, state: OutboxState, now: datetime, code: int | None, words: str) -> None:
    values = {"mail": outbox_id, "new_state": state, "now": now, "code": code, "text": words}
    if _DONE.change(conn, values) != 1:
        raise StoreError(_NOT_SUBMITTING.format(outbox_id))


def _after_submitting(conn: Connection, outbox_id: int, **values: object) -> None:
    statement = update(OUTBOX).where(OUTBOX.c.id == outbox_id, OUTBOX.c.state == OutboxState.SUBMITTING)
    if conn.execute(statement.values(**values)).rowcount != 1:
        raise StoreError(_NOT_SUBMITTING.format(outbox_id))
