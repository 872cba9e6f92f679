"""What an agent's reply to a relay answers: the message and its mail, and what is known of him from earlier replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select, text

from mailbot.deciding.context import Relayed
from mailbot.deciding.effects import Decision, EntryKind, Send
from mailbot.store.relays import KIND, MOST_IDS, relayed_entry
from mailbot.store.rereading import read_back
from mailbot.store.tables import ENTRY, OUTBOX, RELAY

# What was newly written is kept where it is not all of the text.
_WORDS = func.coalesce(ENTRY.c.reply_text, ENTRY.c.text)
_MOST_SAID = 20
_MOST_ENDED = 5
_MOST_LEFT = 100
_LOOKED_AT = 5_000
_OF_LEFT = text("entry.decision LIKE '%\"left\"%'")


def handed_on(
    conn: Connection, partner: str, ticket_id: int, message_ids: Iterable[str], writers: Iterable[str]
) -> Relayed:
    """Return what a reply answers that refers to these mails of ours; `writers` are the addresses of who replies.

    Each agent got a mail of his own: it is the one that he refers to, else one that went to him.
    """
    ids, own = list(message_ids)[:MOST_IDS], list(writers)
    entry = relayed_entry(conn, partner, ticket_id, ids)
    asked = conn.execute(select(_WORDS).where(ENTRY.c.id == entry)).scalar() or ""
    packed = conn.execute(
        select(OUTBOX.c.packed)
        .where(OUTBOX.c.partner == partner, OUTBOX.c.ticket_id == ticket_id, OUTBOX.c.kind == KIND)
        .order_by(
            OUTBOX.c.message_id.in_(ids).desc(),
            (OUTBOX.c.entry_id == entry).desc(),
            OUTBOX.c.recipient.in_(own).desc(),
            OUTBOX.c.id.desc(),
        )
        .limit(1)
    ).scalar()
    said = conn.execute(
        select(ENTRY.c.text)
        .where(ENTRY.c.ticket_id == ticket_id, ENTRY.c.kind == EntryKind.CUSTOMER)
        .order_by(ENTRY.c.id.desc())
        .limit(_MOST_SAID)
    ).scalars()
    newest = select(func.max(ENTRY.c.id)).scalar_subquery()
    is_own = (
        ENTRY.c.partner == partner,
        ENTRY.c.kind == EntryKind.AGENT,
        ENTRY.c.from_address.in_(own),
        ENTRY.c.id > newest - _LOOKED_AT,
    )
    ended = conn.execute(select(_WORDS).where(*is_own).order_by(ENTRY.c.id.desc()).limit(_MOST_ENDED)).scalars()
    of_left = select(ENTRY.c.decision).where(*is_own, _OF_LEFT).order_by(ENTRY.c.id.desc()).limit(_MOST_LEFT)
    copied = conn.execute(
        select(RELAY.c.copied).where(RELAY.c.entry_id == entry).order_by(RELAY.c.id.desc()).limit(1)
    ).scalar()
    relay = read_back(packed)
    return Relayed(
        asked,
        relay.text,
        tuple(filter(None, said)),
        tuple(filter(None, ended)),
        frozenset(one.sha256 for one in relay.attachments),
        tuple(copied or ()),
        frozenset(digest for decision in conn.execute(of_left).scalars() for digest in decision.get("left", ())),
    )


def left_behind(decision: Decision) -> dict[str, Any] | None:
    """Return what the entry of an agent's reply says of pictures that stayed behind, None for nothing."""
    left = next((one.left for one in decision.consequences if isinstance(one, Send)), ())
    return {"left": list(left)} if left else None
