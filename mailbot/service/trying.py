"""Rules tried on the mail that is in the log: read only, beside a running desk, a few entries at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mailbot.clocks.hours import opening_hours
from mailbot.deciding.content import without_remarks
from mailbot.deciding.effects import EntryKind, Flag
from mailbot.deciding.passedon import own_and_forwarded, points
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.trial import Effect, Standing, Trial, Verdicts
from mailbot.errors import NotFound
from mailbot.reading.fields import headers
from mailbot.reading.model import Authentication, Mailbox, Message, Verdict
from mailbot.rules import Rules, Severity
from mailbot.service.backup import LOG_NAME
from mailbot.service.folder import require_log
from mailbot.store import queries, spool
from mailbot.store.database import Database, open_database
from mailbot.store.past import PastEntry, Wanted, count_tickets, entries_after


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket that would have been another one, by the first mail that would have changed it.

    `words` are the phrase as the mail has it, `in_hours` says that it came while you were open, and `severity`
    is what the ticket has become.
    """

    ticket: int
    at: datetime
    subject: str
    tenant: str | None
    effect: Effect
    words: str
    in_hours: bool
    severity: Severity


@dataclass(slots=True)
class Looked:
    """How far the search has come: tickets of `total`, mails since then, and those in which a phrase was `found`."""

    total: int = 0
    tickets: int = 0
    mails: int = 0
    found: int = 0


class PastMail:
    """The mail of a folder's log since some instant, of one tenant or of all."""

    def __init__(
        self, folder: Path, rules: Rules, since: datetime, *, tenant: str = "", log: Path | None = None
    ) -> None:
        self.looked = Looked()
        self._path = log or folder / "data" / LOG_NAME
        self._rules = rules
        self._since = since
        self._tenant = tenant or None

    def changes(self, trial: Trial, progress: Callable[[Looked], None]) -> Iterator[Changed]:
        """Yield the tickets that would have been others, by their numbers; raise NoLogError without a log."""
        require_log(self._path)
        hours = opening_hours(self._rules, None)
        with open_database(self._path, migrate=False, readonly=True) as database:
            wanted = self._wanted(database)
            for entry, effect, words in self._effects(database, wanted, trial, progress):
                yield Changed(
                    ticket=entry.ticket,
                    at=entry.at,
                    subject=entry.subject,
                    tenant=entry.tenant,
                    effect=effect,
                    words=words,
                    in_hours=hours.is_open(entry.at),
                    severity=entry.severity,
                )

    def _wanted(self, database: Database) -> Wanted:
        with database.read() as conn:
            partners = queries.partners(conn)
            partner = partners[0] if len(partners) == 1 else self._rules.partner.id
            wanted = Wanted(partner, self._since, self._tenant)
            self.looked.total = count_tickets(conn, wanted)
        return wanted

    def _effects(
        self, database: Database, wanted: Wanted, trial: Trial, progress: Callable[[Looked], None]
    ) -> Iterator[tuple[PastEntry, Effect, str]]:
        ticket = entry_id = 0
        standing, done = Standing(), False
        while True:
            with database.read() as conn:
                entries = entries_after(conn, wanted, ticket, entry_id)
            for entry in entries:
                if entry.ticket != ticket:
                    ticket, standing, done = entry.ticket, Standing(), False
                    self.looked.tickets += 1
                entry_id = entry.id
                effect = self._effect(database, entry, standing, trial)
                if effect is not None and not done:
                    done = True
                    yield entry, *effect
            progress(self.looked)
            if not entries:
                return

    def _effect(
        self, database: Database, entry: PastEntry, standing: Standing, trial: Trial
    ) -> tuple[Effect, str] | None:
        """Let the ticket take in an entry; return what it would have changed by the tried rules, None for nothing."""
        if entry.kind is EntryKind.CHANGE:
            standing.changed(entry.change or {})
            return None
        counts = standing.is_new or entry.kind is EntryKind.CUSTOMER
        verdicts = None
        if counts and entry.at >= self._since:
            self.looked.mails += 1
            verdicts = _verdicts(database, entry, trial, self._rules, opens=standing.is_new)
            self.looked.found += verdicts is not None
        effect = standing.effect(verdicts) if verdicts else None
        standing.is_new = False
        return (effect, verdicts.words) if effect and effect.is_any and verdicts else None


def _written(entry: PastEntry) -> tuple[str, str]:
    """Return the sender's own words, and what was forwarded if it counts: it is looked for only then."""
    (text, _), (own, _) = without_remarks(entry.text), without_remarks(entry.reply_text)
    return own_and_forwarded(text, own, entry.subject) if own != text and points(own) else (own, "")


def _whose_words(entry: PastEntry, rules: Rules) -> tuple[str, ...]:
    """Return the tenants whose own words count: those that list the sender, of several the ticket's alone."""
    ids = tuple(tenant.id for tenant in listed_tenants(entry.from_address, rules)) if entry.from_address else ()
    return (entry.tenant,) if entry.tenant in ids else ids


def _verdicts(database: Database, entry: PastEntry, trial: Trial, rules: Rules, *, opens: bool) -> Verdicts | None:
    """Return both verdicts on a mail as the desk reads it: a reply's subject counts only where it opens a ticket.

    What it answers stands only in its octets, and those are looked at only where a phrase is found.
    """
    tenants = _whose_words(entry, rules)
    failed = Flag.AUTHENTICATION_FAILED in entry.flags
    own, forwarded = _written(entry)
    message = Message(
        subject=entry.subject,
        reply_text=own,
        forwarded_text=forwarded,
        sender=Mailbox("", entry.from_address) if entry.from_address else None,
        authentication=Authentication(Verdict.FAIL if failed else Verdict.NONE),
    )
    found = trial.verdicts(message, tenants)
    if found is None or opens or entry.arrival_id is None:
        return found
    try:
        with database.read() as conn:
            section = headers.split(spool.raw_of(conn, entry.arrival_id))
    except NotFound:
        return found
    references = (*headers.answered(section), *headers.referred(section))
    if not references:
        return found
    return trial.verdicts(replace(message, references=references), tenants)
