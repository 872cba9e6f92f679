"""The tables as they are now; `migrations/` holds the way there, and a test shows that both meet.

Entries are the log and only ever grow: triggers refuse to change or remove one; all they let
pass is that its words are forgotten, as the operator's retention has it. A ticket's
row is a projection of its entries. Raw messages are kept once by their SHA-256, and what an
arrival said about itself stays as it came. Every row carries its partner, so that one store
can serve several. These classes stay inside `mailbot.store`; what others get are frozen
values, and the statements are SQLAlchemy Core on `__table__`. What comes from outside is
`Words`, our own names and digests are plain `Text`.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from mailbot.store.extras import SQLITE_EXTRAS
from mailbot.store.tables import bursts, incidents, mail, team, tickets
from mailbot.store.tables.row import NAMES, Row

__all__ = ["NAMES", "bursts", "incidents", "mail", "team", "tickets"]

for _statement in SQLITE_EXTRAS:
    event.listen(Row.metadata, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

METADATA = Row.metadata
RAW = METADATA.tables["raw"]
ARRIVAL = METADATA.tables["arrival"]
TICKET = METADATA.tables["ticket"]
ENTRY = METADATA.tables["entry"]
INCIDENT = METADATA.tables["incident"]
INCIDENT_UPDATE = METADATA.tables["incident_update"]
BURST = METADATA.tables["burst"]
DUE = METADATA.tables["due"]
PARTICIPANT = METADATA.tables["participant"]
OUTBOX = METADATA.tables["outbox"]
KNOWN_ID = METADATA.tables["known_id"]
AWAITED = METADATA.tables["awaited"]
NOTICE = METADATA.tables["notice"]
RELAY = METADATA.tables["relay"]
ABSENCE = METADATA.tables["absence"]
AGENT_ADDRESS = METADATA.tables["agent_address"]
LISTING = METADATA.tables["listing"]
LISTING_ITEM = METADATA.tables["listing_item"]
CURSOR = METADATA.tables["cursor"]
FACT = METADATA.tables["fact"]
WATCH = METADATA.tables["watch"]
EPOCH = METADATA.tables["epoch"]
