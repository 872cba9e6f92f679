"""The rows of the store as frozen values, for whoever reads: the command line, most of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from mailbot.deciding.effects import EntryKind, TicketState
from mailbot.rules import Severity
from mailbot.store.columns import AnyRow
from mailbot.store.outbox import OutboxState
from mailbot.store.spool import ArrivalState
from mailbot.store.tables import ARRIVAL, ENTRY, OUTBOX, RAW, TICKET


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as it stands; what opened it came so many `times`."""

    id: int
    tenant: str | None
    state: TicketState
    severity: Severity
    playbook: str | None
    subject: str
    requester: str
    requester_name: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    response_due_at: datetime | None
    resolution_due_at: datetime | None
    first_response_at: datetime | None
    waiting_since: datetime | None
    assignee: str
    tier: int | None
    waits_for: str
    waits_until: datetime | None
    vendor: str
    vendor_since: datetime | None
    vendor_case: str
    incident: int | None
    surveyed_at: datetime | None
    vote: int | None
    voted_at: datetime | None
    linked_to: int | None
    flags: tuple[str, ...]
    entries: int
    times: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the log; reasons, evidence, change and decision as JSON tells them."""

    id: int
    ticket_id: int | None
    kind: EntryKind
    event: str | None
    at: datetime
    recorded_at: datetime
    arrival_id: int | None
    message_id: str | None
    fingerprint: str | None
    from_address: str
    from_name: str
    subject: str
    text: str
    reply_text: str
    author: str
    flags: tuple[str, ...]
    reasons: tuple[dict[str, str], ...]
    evidence: tuple[dict[str, str], ...]
    change: dict[str, Any] | None
    decision: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class MailView:
    """An outgoing mail without its octets."""

    id: int
    key: str
    ticket_id: int | None
    entry_id: int | None
    kind: str
    audience: str
    recipient: str
    reverse_path: str
    message_id: str
    state: OutboxState
    attempts: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    expires_at: datetime | None
    may_repeat: bool
    repeats: int
    priority: int
    reply_code: int | None
    reply_text: str
    bounced: dict[str, str] | None
    period: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """A delivery and what became of it; `size` in octets."""

    id: int
    source: str
    mailbox: str
    folder: str
    uidvalidity: int | None
    uid: int | None
    reverse_path: str | None
    recipients: tuple[str, ...]
    received_at: datetime
    accepted_at: datetime
    junk: bool
    history: bool
    silent: bool
    oversize: int
    raw_sha256: str
    state: ArrivalState
    cause: str
    detail: str
    entry_id: int | None
    fingerprint: str | None
    message_id: str | None
    from_address: str
    reasons: tuple[dict[str, str], ...]
    moved_at: datetime | None
    size: int


def _columns(view: type, table: Any) -> tuple[ColumnElement[Any], ...]:  # noqa: ANN401 - any table
    return tuple(table.c[name] for name in view.__dataclass_fields__ if name in table.c)  # type: ignore[attr-defined]


TICKET_COLUMNS = _columns(TicketView, TICKET)
ENTRY_COLUMNS = _columns(EntryView, ENTRY)
MAIL_COLUMNS = _columns(MailView, OUTBOX)
ARRIVAL_COLUMNS = (*_columns(ArrivalView, ARRIVAL), RAW.c.size)


def ticket_view(row: AnyRow) -> TicketView:
    """Read a row of TICKET_COLUMNS."""
    values = row._asdict()
    values |= {
        "state": TicketState(row.state),
        "severity": Severity(row.severity),
        "flags": tuple(row.flags),
    }
    return TicketView(**values)


def entry_view(row: AnyRow) -> EntryView:
    """Read a row of ENTRY_COLUMNS."""
    values = row._asdict()
    values |= {
        "kind": EntryKind(row.kind),
        "reply_text": row.text if row.reply_text is None else row.reply_text,
        "flags": tuple(row.flags),
        "reasons": tuple(row.reasons),
        "evidence": tuple(row.evidence),
    }
    return EntryView(**values)


def mail_view(row: AnyRow) -> MailView:
    """Read a row of MAIL_COLUMNS."""
    return MailView(**(row._asdict() | {"state": OutboxState(row.state)}))


def arrival_view(row: AnyRow) -> ArrivalView:
    """Read a row of ARRIVAL_COLUMNS."""
    values = row._asdict()
    values |= {
        "recipients": tuple(row.recipients),
        "state": ArrivalState(row.state),
        "reasons": tuple(row.reasons or ()),
    }
    return ArrivalView(**values)
