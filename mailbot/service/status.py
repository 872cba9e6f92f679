"""How the desk is, part by part: green, yellow or red, in plain words, with the next step.

Three sources are put together: the store, which knows what waits and what was wrong when somebody last could
say so; a running daemon, which knows its threads; and the machine, with its disk and its clock. So it can be
asked while the daemon runs and while it does not, by `mailbot status` as by `/healthz`.

Red is what endangers mail: it does not come in, does not leave or is not decided on, or will not for long, or what is
promised in it is wrong. That is worth a call at night. Yellow is what needs somebody in working hours: single mails
that failed or could not be read, of which our people are told, rules that wait to be mended, a backup that is overdue.
Mail that was held on purpose, and forged mail kept apart, are no fault.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from mailbot.deciding.agents.team import by_relay
from mailbot.desk.mails.paging import way_of
from mailbot.desk.unconfirmed import in_short as waits_in_short
from mailbot.health import PartState
from mailbot.rules import SENT_MAIL, Rules
from mailbot.service import policy
from mailbot.service.answering import in_short
from mailbot.service.live import Live
from mailbot.store import conditions
from mailbot.store.outbox import OutboxState
from mailbot.store.standing import FolderStanding, Standing

_WAITS_TOO_LONG = timedelta(minutes=5)
_LEAVES_TOO_LATE = timedelta(hours=1)
_UNSEEN_TOO_LONG = timedelta(minutes=15)
_CLOCK_BACK = timedelta(minutes=1)
_BACKUP_TOO_OLD = timedelta(days=8)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """What the log takes, its write-ahead log beside it, and what is free where they lie, in octets."""

    log: int
    wal: int
    free: int

    @classmethod
    def of(cls, log: Path) -> Disk:
        """Look at the disk; a file that is not there takes nothing."""
        disk = os.statvfs(log.parent if log.parent.exists() else log.parent.parent)
        size, wal = (path.stat().st_size if path.exists() else 0 for path in (log, log.with_name(f"{log.name}-wal")))
        return cls(size, wal, disk.f_bavail * disk.f_frsize)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a judgement is made from. None: there is no log yet, no daemon, no backup known, no sound rules.

    `mistakes` holds for each mistake the file that it is in. `damage` is why the log that is there cannot be read, ""
    for one that can.
    """

    now: datetime
    disk: Disk
    rules: Rules | None
    standing: Standing | None
    live: Live | None
    last_backup_at: datetime | None = None
    mistakes: tuple[str, ...] = ()
    damage: str = ""


class Light(StrEnum):
    """What is shown for a part."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part: `text` says how it is, `next_step` what to do, `since` how long it has been in trouble.

    `waits` are lines with words of subjects, for who may read tickets.
    """

    part: str
    light: Light
    text: str
    next_step: str = ""
    since: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: tuple[str, ...] = ()


def judge(seen: Seen) -> tuple[PartStatus, ...]:
    """Return every part's status, in the order in which mail goes through them."""
    told = [_daemon(seen), _log(seen), *_mailboxes(seen), *_listener(seen)]
    if seen.standing is not None:
        told += [_processor(seen, seen.standing), _quarantine(seen, seen.standing)]
        told += [_relay(seen, seen.standing), _outbox(seen.standing), *_pagers(seen)]
    told += [*_agents(seen), *_policy(seen), *_site(seen), _rules(seen), _backup(seen), _clock(seen)]
    named = {status.part for status in told} | {conditions.PATTERNS}
    return (*told, *_other_conditions(seen, named))


def _green(part: str, text: str, facts: Mapping[str, Any] | None = None, next_step: str = "") -> PartStatus:
    return PartStatus(part, Light.GREEN, text, next_step, facts=facts or {})


def _yellow(
    part: str, text: str, next_step: str, since: datetime | None = None, facts: Mapping[str, Any] | None = None
) -> PartStatus:
    return PartStatus(part, Light.YELLOW, text, next_step, since, facts or {})


def _red(
    part: str, text: str, next_step: str, since: datetime | None = None, facts: Mapping[str, Any] | None = None
) -> PartStatus:
    return PartStatus(part, Light.RED, text, next_step, since, facts or {})


def _daemon(seen: Seen) -> PartStatus:
    live = seen.live
    if live is None:
        return _red("daemon", "does not run", "start it: `mailbot run`, or `systemctl start mailbot`")
    facts = {"pid": live.pid, "version": live.version, "started_at": live.started_at}
    hanging = [part.name for part in live.parts if part.overdue_seconds]
    if hanging:
        text = f"process {live.pid} hangs: {', '.join(hanging)}"
        return _red("daemon", text, "start it anew: `systemctl restart mailbot`", facts=facts)
    return _green("daemon", f"process {live.pid} runs since {_at(live.started_at, seen)}", facts=facts)


def _log(seen: Seen) -> PartStatus:
    disk = seen.disk
    facts = asdict(disk)
    least = seen.rules.limits.free_disk_bytes if seen.rules else 0
    if seen.damage:
        step = "stop the desk, then bring the last backup back: `mailbot restore FILE --replace`"
        return _red("log", f"it is damaged: {seen.damage.partition('; bring')[0]}", step, facts=facts)
    if seen.standing is None:
        return _red("log", "there is none yet", "the first `mailbot run` makes it", facts=facts)
    text = f"{disk.log / _MIB:,.1f} MiB, {disk.wal / _MIB:,.1f} MiB not yet merged, {disk.free // _MIB:,} MiB free"
    if disk.free < least:
        text = f"{disk.free // _MIB:,} MiB are free, less than limits.free_disk_bytes: no mail is taken in"
        return _red("log", text, "free some space; mail comes in again by itself", facts=facts)
    return _green("log", text, facts=facts)


def _mailboxes(seen: Seen) -> Iterator[PartStatus]:
    """Yield one status per folder that is or should be watched; of folders no longer in the rules none."""
    known = {f"{one.mailbox}/{one.folder}": one for one in (seen.standing.folders if seen.standing else ())}
    live = {state.name.removeprefix("imap "): state for state in _parts(seen) if state.name.startswith("imap ")}
    for name in _folder_names(seen.rules) if seen.rules else dict.fromkeys([*known, *live]):
        yield _mailbox(seen, name, known.get(name), live.get(name))
    for name, state in live.items():
        if name.endswith(f"/{SENT_MAIL}"):
            yield _sent_mail(seen, name, state)


def _mailbox(seen: Seen, name: str, known: FolderStanding | None, live: PartState | None) -> PartStatus:
    part = f"mailbox {name}"
    seen_at = known.seen_at if known else None
    last_mail_at = known.last_mail_at if known else None
    facts = {"seen_at": seen_at, "last_mail_at": last_mail_at, "failures": live.failures if live else None}
    last = f"last mail {_at(last_mail_at, seen)}" if last_mail_at else "no mail yet"
    if live is not None and live.trouble:
        text = f"cannot be read since {_at(live.since, seen)}: {live.trouble}"
        return _red(part, text, live.next_step or _CONNECT, live.since, facts)
    if live is None and known is not None and known.error:
        return _red(part, f"could not be read: {known.error}", _CONNECT, seen_at, facts)
    if seen_at is None:
        text = "was never read" if live is None else "is being opened"
        return _green(part, text, facts) if live else _red(part, text, _CONNECT, facts=facts)
    if live is not None and seen.now - seen_at > _UNSEEN_TOO_LONG:
        return _red(part, f"was last looked at {_at(seen_at, seen)}", _CONNECT, seen_at, facts)
    verb = "is watched" if live else "was watched"
    return _green(part, f"{verb}, last seen {_at(seen_at, seen)}, {last}", facts=facts)


def _sent_mail(seen: Seen, name: str, live: PartState) -> PartStatus:
    """Return how the folder of sent mail is whose name only the server knows."""
    if live.trouble:
        text = f"cannot be read since {_at(live.since, seen)}: {live.trouble}"
        return _red(f"mailbox {name}", text, live.next_step or _CONNECT, live.since)
    return _green(f"mailbox {name}", "what you answer from this mailbox is looked for")


_CONNECT = "`mailbot check --connect` signs in and says what to mend"


def _folder_names(rules: Rules) -> list[str]:
    names = [
        f"{box.id}/{folder}"
        for box in rules.mailbox
        for folder in (*box.folders, *filter(None, (box.junk, "" if box.sent == "auto" else box.sent)))
    ]
    return list(dict.fromkeys(names))


def _listener(seen: Seen) -> Iterator[PartStatus]:
    rules = seen.rules
    doors = {name: at for name, at in (("SMTP", rules.listen.smtp), ("LMTP", rules.listen.lmtp)) if at} if rules else {}
    live = next((state for state in _parts(seen) if state.name == "listener"), None)
    if not doors and live is None:
        return
    where = ", ".join(f"{name} on {at}" for name, at in doors.items()) or "open"
    if live is not None and live.trouble:
        yield _red("listener", live.trouble, live.next_step, live.since)
    elif live is None and seen.live is None:
        yield _red("listener", f"{where}: shut while the daemon does not run", "start the daemon")
    elif live is None:
        yield _red("listener", f"{where}: not open", "it opens with the next start of the daemon")
    else:
        yield _green("listener", where, facts={"ports": dict(seen.live.ports) if seen.live else {}})


def _processor(seen: Seen, standing: Standing) -> PartStatus:
    counts = standing.counts
    oldest = counts.oldest_waiting_at
    facts = {"waiting": counts.waiting, "slow": counts.slow, "oldest_waiting_at": oldest}
    slots = ("processor", "slow processor")
    live = next((state for state in _parts(seen) if state.name in slots and state.trouble), None)
    if live is not None:
        return _red("processor", live.trouble, live.next_step, live.since, facts)
    if oldest is None:
        return _green("processor", "nothing waits to be decided on", facts=facts)
    text = f"{counts.waiting:,} wait to be decided on, the oldest since {_at(oldest, seen)}"
    if seen.now - oldest > _WAITS_TOO_LONG:
        return _red("processor", text, "is the daemon running? else see its log", oldest, facts)
    return _green("processor", text, facts=facts)


def _quarantine(seen: Seen, standing: Standing) -> PartStatus:
    number, waiting = standing.counts.quarantined, standing.unconfirmed
    facts = {"messages": number, "by_fault": standing.by_fault, "unconfirmed": waiting}
    if not number:
        return _green("quarantine", "empty", facts=facts)
    unread = f", {standing.by_fault:,} unread" if standing.by_fault else ""
    asked = f", {waiting:,} of them until an agent says so" if waiting else ""
    lit = Light.YELLOW if standing.by_fault else Light.GREEN
    waits = [waits_in_short(one, seen.rules, seen.now) for one in standing.awaited]
    waits += [f"and {waiting - len(waits):,} more"] if waiting > len(waits) else []
    text, look = f"{number:,} kept apart{unread}{asked}", "`mailbot quarantine list`"
    return PartStatus("quarantine", lit, text, look, facts=facts, waits=tuple(waits))


def _relay(seen: Seen, standing: Standing) -> PartStatus:
    oldest, last = standing.oldest_queued_at, standing.last_sent_at
    facts = {"queued": standing.queued, "oldest_queued_at": oldest, "last_accepted_at": last}
    live = next((state for state in _parts(seen) if state.name == "relay" and state.trouble), None)
    kept = next((one for one in standing.conditions if one.part == "relay"), None)
    for reason, step, since in (
        *([(kept.reason, kept.next_step, kept.since)] if kept else []),
        *([(live.trouble, live.next_step, live.since)] if live else []),
    ):
        text = f"in trouble since {_at(since, seen)}, {standing.queued:,} wait: {reason}"
        return _red("relay", text, step or _CONNECT, since, facts)
    took = f"last took a mail {_at(last, seen)}" if last else "has taken no mail yet"
    if oldest is None:
        return _green("relay", f"{took}; nothing waits", facts=facts)
    text = f"{took}; {standing.queued:,} wait, the oldest since {_at(oldest, seen)}"
    if seen.now - oldest > _LEAVES_TOO_LATE:
        step = "`mailbot outbox list --state deferred` says what the relay answered"
        return _red("relay", text, step, oldest, facts)
    return _green("relay", text, facts=facts)


def _outbox(standing: Standing) -> PartStatus:
    mails = standing.counts.outbox
    shown = (OutboxState.HELD, OutboxState.FAILED, OutboxState.UNCLEAR)
    facts = {str(state): mails[state] for state in shown}
    text = (
        ", ".join(f"{mails[state]:,} {state}" for state in shown if mails[state]) or "nothing held, failed or unclear"
    )
    for state in (OutboxState.FAILED, OutboxState.UNCLEAR):
        if mails[state]:
            step = f"`mailbot outbox list --state {state}`, then `outbox retry` or `outbox drop`"
            return _yellow("outbox", text, step, facts=facts)
    if mails[OutboxState.HELD]:
        step = "`mailbot outbox list --state held`, then `outbox release` or `outbox drop`"
        return _green("outbox", text, facts, step)
    return _green("outbox", text, facts=facts)


def _pagers(seen: Seen) -> Iterator[PartStatus]:
    """Yield how pages leave, where there are pagers that no relay serves. Who is not paged is still written to."""
    agents = seen.rules.agent if seen.rules else ()
    ways = {agent.id: found for agent in agents if (found := [way_of(one) for one in agent.pager if not one.mail])}
    if not ways:
        return
    live = next((state for state in _parts(seen) if state.name == conditions.PAGERS and state.trouble), None)
    if live is not None:
        text = f"a page did not leave, since {_at(live.since, seen)}: {live.trouble}"
        yield _yellow(conditions.PAGERS, text, live.next_step, live.since, {"agents": ways})
    else:
        text = ", ".join(f"{agent} by {' and '.join(found)}" for agent, found in ways.items())
        yield _green(conditions.PAGERS, text, {"agents": ways})


def _agents(seen: Seen) -> Iterator[PartStatus]:
    """Yield how customers' mail reaches our own people."""
    if seen.rules is not None:
        text, facts = in_short(seen.rules), {agent.id: list(agent.tenants) for agent in seen.rules.agent}
        yield _green("agents", text, facts={"by_relay": by_relay(seen.rules), "agents": facts})


def _policy(seen: Seen) -> Iterator[PartStatus]:
    """Yield whether customers know what they are promised: never urgent, and nothing without customers."""
    if seen.rules is not None and seen.rules.tenant and seen.standing is not None:
        text, step = policy.in_short(seen.rules, seen.standing.told)
        yield _green("policy", text, next_step=step)


def _site(seen: Seen) -> Iterator[PartStatus]:
    """Yield whether the public pages are as they should be; no mail waits for them."""
    site = seen.rules.site if seen.rules else None
    live = next((state for state in _parts(seen) if state.name == "site" and state.trouble), None)
    if live is not None:
        yield _yellow("site", f"since {_at(live.since, seen)}: {live.trouble}", live.next_step, live.since)
    elif site is not None and site.folder:
        yield _green("site", f"public pages in {site.folder}" + (f", at {site.address}" if site.address else ""))


def _rules(seen: Seen) -> PartStatus:
    facts = {"in_force_since": seen.live.rules_at if seen.live else None, "mistakes": len(seen.mistakes)}
    told = seen.standing.conditions if seen.standing else ()
    kept = next((one for one in told if one.part == "rules"), None)
    # With mistakes a desk that runs goes on; one that does not run cannot be started.
    lit = _yellow if seen.live else _red
    if seen.mistakes or seen.rules is None:
        stay = f"; those of {_at(seen.live.rules_at, seen)} stay in force" if seen.live else ""
        wrong = ", ".join(f"{file} has {number} to mend" for file, number in Counter(seen.mistakes).items())
        text = f"{wrong}{stay}"
        return lit("rules", text, "`mailbot check` names each with its line", facts=facts)
    live = next((state for state in _parts(seen) if state.name == "rules" and state.trouble), None)
    if live is not None:
        return lit("rules", live.trouble, live.next_step or "`mailbot check`", live.since, facts)
    if kept is not None:
        return lit("rules", kept.reason, kept.next_step or "`mailbot check`", kept.since, facts)
    slow = next((one for one in told if one.part == conditions.PATTERNS), None)
    if slow is not None:
        return _yellow("rules", slow.reason, slow.next_step, slow.since, facts)
    if seen.live is None:
        # Secrets are not looked for here, so that more may be wrong.
        text = "sound as far as they can be looked at from here"
        return _green("rules", text, facts, "`mailbot check` looks at all that `run` needs")
    return _green("rules", f"in force since {_at(seen.live.rules_at, seen)}", facts=facts)


def _backup(seen: Seen) -> PartStatus:
    at = seen.last_backup_at
    facts = {"made_at": at}
    text = f"the last one is of {_at(at, seen)}" if at else "none is known yet"
    step = "`mailbot backup DEST`, and let a timer do it every night"
    # Before the first message there is nothing to lose.
    since = at or (seen.standing.first_arrival_at if seen.standing else None)
    if since is not None and seen.now - since > _BACKUP_TOO_OLD:
        return _yellow("backup", text, step, since, facts)
    return _green("backup", text, facts, "" if at else step)


def _clock(seen: Seen) -> PartStatus:
    newest = seen.standing.newest_at if seen.standing else None
    if newest is not None and newest - seen.now > _CLOCK_BACK:
        text = f"says {_at(seen.now, seen)}, but something was recorded {_at(newest, seen)}"
        return _red("clock", text, "see that the machine keeps its time: `timedatectl`", newest)
    return _green("clock", f"{_at(seen.now, seen)}")


def _other_conditions(seen: Seen, named: Iterable[str]) -> Iterator[PartStatus]:
    """Yield what is known to be wrong with parts that have no line of their own."""
    for one in seen.standing.conditions if seen.standing else ():
        if one.part not in named:
            # The second relay carries no customer's mail; what one agent lacks others have, and those who are told; and
            # what is damaged is out of the way.
            mild = one.part in {conditions.FALLBACK, conditions.DAMAGE} or one.part.startswith(conditions.AGENT)
            lit = _yellow if mild else _red
            yield lit(one.part, f"since {_at(one.since, seen)}: {one.reason}", one.next_step, one.since)


def _parts(seen: Seen) -> tuple[PartState, ...]:
    return seen.live.parts if seen.live else ()


def _at(at: datetime, seen: Seen) -> str:
    """Return an instant in the partner's zone: today's by its time, others by their day as well."""
    zone = seen.rules.partner.zone if seen.rules else UTC
    there, today = at.astimezone(zone), seen.now.astimezone(zone)
    return there.strftime("%H:%M" if there.date() == today.date() else "%d %b %H:%M")
