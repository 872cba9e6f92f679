"""Which version of our promises each customer's people were told last, and whether that mail reaches them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from mailbot.reading.model import BounceAction
from mailbot.store.cursors import set_fact
from mailbot.store.outbox import OutboxState
from mailbot.store.tables import FACT, OUTBOX

_TOLD = "policy:"
_LOST = (OutboxState.DROPPED, OutboxState.FAILED, OutboxState.EXPIRED)


class Fate(StrEnum):
    """What becomes of such a mail: it has left or will, it is held, or it came back or will never leave."""

    ARRIVES = "arrives"
    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Told:
    """What an address was told last: its version and facts, and those `before`, None for none.

    `mail` is its number in the outbox, and `times` counts the versions.
    """

    version: str
    facts: Mapping[str, str]
    before: Mapping[str, str] | None
    mail: int
    times: int
    fate: Fate = Fate.ARRIVES


def keep(conn: Connection, partner: str, tenant: str, address: str, new: Told, now: datetime) -> None:
    """Keep what that address of a tenant (its id) is told, in place of what it was told before."""
    kept = {name: value for name, value in asdict(new).items() if name != "fate"}
    set_fact(conn, partner, f"{_TOLD}{tenant}:{address}", json.dumps(kept), now)


def told(conn: Connection, partner: str) -> dict[tuple[str, str], Told]:
    """Return what each address was told last, by the id of its tenant and the address."""
    rows = conn.execute(
        select(FACT.c.name, FACT.c.value).where(FACT.c.partner == partner, FACT.c.name.between(_TOLD, f"{_TOLD[:-1]};"))
    )
    found: dict[tuple[str, str], Told] = {}
    for name, value in rows:
        tenant, _, address = name.removeprefix(_TOLD).partition(":")
        # Of a damaged row nothing is known: its customer stands in the list again, which is read before it is sent.
        with suppress(ValueError, TypeError):
            found[tenant, address] = Told(**json.loads(value))
    fates = _fates(conn, [one.mail for one in found.values()])
    return {whose: replace(one, fate=fates.get(one.mail, Fate.ARRIVES)) for whose, one in found.items()}


def mail_of(conn: Connection, partner: str, key: str) -> int:
    """Return the number of the mail of that key, which is in the outbox."""
    number: int = conn.execute(select(OUTBOX.c.id).where(OUTBOX.c.partner == partner, OUTBOX.c.key == key)).scalar_one()
    return number


def _fates(conn: Connection, mails: list[int]) -> dict[int, Fate]:
    """Return what becomes of these mails."""
    rows = conn.execute(select(OUTBOX.c.id, OUTBOX.c.state, OUTBOX.c.bounced).where(OUTBOX.c.id.in_(mails)))
    return {row.id: _fate(row.state, row.bounced) for row in rows}


def _fate(state: str, bounced: Mapping[str, str] | None) -> Fate:
    if state in _LOST or (bounced is not None and bounced["action"] == BounceAction.FAILED):
        return Fate.LOST
    return Fate.HELD if state == OutboxState.HELD else Fate.ARRIVES
