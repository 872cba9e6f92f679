"""Looking at a folder from outside: what its store, daemon, rules and disk say, whichever of them are there."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from mailbot import config
from mailbot.errors import ConfigError, MailbotError, StoreBroken, StoreDamaged
from mailbot.rules import Rules
from mailbot.service.backup import LOG_MEMBER, last_backup
from mailbot.service.control import ask
from mailbot.service.folder import NoLogError, looking
from mailbot.service.live import Live
from mailbot.service.status import Disk, Seen
from mailbot.store import queries
from mailbot.store.standing import Standing, standing


def look_at(folder: Path, now: datetime) -> Seen:
    """Return all that can be seen of the desk in this folder at present; raise ConfigError where there is none."""
    live = _live(folder)
    # Secrets are not looked for: they are the daemon's, and whoever asks may not see them.
    # Where no rules.toml names any, all that `run` would need is looked for.
    rules, problems = config.inspect(folder, running=not (folder / config.OPERATOR_FILE).exists())
    if not folder.is_dir():
        raise ConfigError(problems)
    last = last_backup(folder)
    known, damage = None, ""
    try:
        known = _standing(folder, rules, live)
    except (StoreDamaged, StoreBroken) as error:
        damage = str(error)
    except (ValueError, TypeError, AttributeError) as error:
        damage = f"a row cannot be read ({error}); a running desk puts it aside within the hour"
    return Seen(
        now=now,
        disk=Disk.of(folder / LOG_MEMBER),
        rules=rules,
        standing=known,
        live=live,
        last_backup_at=last.made_at if last else None,
        damage=damage,
        mistakes=tuple(problem.file for problem in problems if not problem.warning),
    )


def _live(folder: Path) -> Live | None:
    try:
        said = ask(folder / "data", {"verb": "status"})
        return None if said is None else Live.from_json(json.loads(said))
    except (MailbotError, ValueError, KeyError, TypeError):
        # A daemon of another version, or one that does not answer any more, is as good as none.
        return None


def _standing(folder: Path, rules: Rules | None, live: Live | None) -> Standing | None:
    try:
        with looking(folder) as conn:
            known = rules.partner.id if rules else live.partner if live else next(iter(queries.partners(conn)), "")
            return standing(conn, known)
    except NoLogError:
        return None
