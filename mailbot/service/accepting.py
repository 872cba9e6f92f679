"""A sender is accepted as a tenant's, or forgotten: in learned.toml, in the rules in force, and in the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailbot import config
from mailbot.config import learning
from mailbot.desk.operations import RefusedError
from mailbot.desk.senders import normal, owners, refusal
from mailbot.errors import quoted
from mailbot.service.backup import LOG_MEMBER
from mailbot.service.control import ask
from mailbot.service.folder import do


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it: the sender as it is compared, and which open tickets are the tenant's now or stay another's.

    `learned` says that it was not known before, `not_in_force` why a running desk does not follow; `left` are in words
    those who take part in one of these tickets no longer.
    """

    sender: str
    tenant: str
    learned: bool
    assigned: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    not_in_force: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What came of it: the sender as it is compared, and the tenants that it was accepted for."""

    sender: str
    tenants: tuple[str, ...]
    not_in_force: str = ""


def accept(folder: Path, who: str, tenant: str, *, author: str, now: datetime) -> Accepted:
    """Remember that an address or a domain writes for a tenant, and give it the open tickets that are nobody's.

    Each step can be repeated: what was interrupted is done by asking again. Raise RefusedError with what would do,
    ConfigError where the rules cannot be used.
    """
    rules = config.load(folder)
    if why_not := refusal(who, tenant, rules):
        raise RefusedError(why_not)
    sender = normal(who)
    on = now.astimezone(rules.partner.zone).date()
    learned = not owners(sender, rules) and learning.remember(folder, tenant, _key(sender), sender, by=author, on=on)
    not_in_force = _reload(folder)
    if not (folder / LOG_MEMBER).exists():
        return Accepted(sender, tenant, learned)
    request = {"verb": "reassign", "sender": sender, "tenant": tenant, "author": author}
    told = json.loads(do(folder, request, now))
    assigned, kept, left = (tuple(told[name]) for name in ("assigned", "kept", "left"))
    return Accepted(sender, tenant, learned, assigned, kept, not_in_force, left)


def forget(folder: Path, who: str, *, now: datetime) -> Forgotten:
    """Take back that an address or a domain was accepted; its tickets stay whose they are.

    Raise RefusedError for one that was not.
    """
    sender = normal(who)
    if not sender:
        raise RefusedError(f"{quoted(who)} is neither a mail address nor a mail domain")
    tenants = learning.forget(folder, _key(sender), sender)
    if not tenants:
        if not (folder / LOG_MEMBER).exists():
            raise RefusedError(f"{sender} was not accepted")
        # What was added by mail is in the log.
        return Forgotten(sender, (do(folder, {"verb": "forget-sender", "sender": sender}, now),))
    return Forgotten(sender, tenants, _reload(folder))


def _key(sender: str) -> learning.Key:
    return "addresses" if "@" in sender else "domains"


def _reload(folder: Path) -> str:
    """Have a running desk follow at once; return why it does not, "" where it does or none runs."""
    try:
        ask(folder / "data", {"verb": "reload"})
    except RefusedError as error:
        return str(error)
    return ""
