"""Whether customers know what they are promised, in words for whoever runs the desk."""

from __future__ import annotations

from collections.abc import Mapping

from mailbot.desk.mails import promising
from mailbot.rules import Rules
from mailbot.store.promised import Told


def in_short(rules: Rules, told: Mapping[tuple[str, str], Told]) -> tuple[str, str]:
    """Return how many customers know what they are promised now, and the next step, "" where all do."""
    if not told:
        return "no customer was told in writing yet what you promise", "`mailbot policy --send`"
    to_tell = {one.tenant.id for one in promising.untold(told, rules)}
    silent = {one.id for one in promising.unreachable(rules)}
    known = len(rules.tenant) - len(to_tell | silent)
    parts = [f"{known} of {len(rules.tenant)} customers know what you promise"]
    parts += [f"{len(to_tell)} not told since it changed"] if to_tell else []
    parts += [f"{len(silent)} without an address to write to"] if silent else []
    return ", ".join(parts), "`mailbot policy --send`" if to_tell or silent else ""
