"""A desk with all its doors between a real IMAP server and a relay that records, ready to be maltreated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.prove.checker import verdict
from tests.prove.journal import Door, Journal
from tests.prove.killable import KillableDesk
from tests.prove.traffic import Traffic
from tests.servers.daemon import NEVER_OPEN, rules_for
from tests.servers.dovecot import Dovecot, free_port
from tests.servers.dovecot import running as imap_server
from tests.servers.smtp import Relay

TEAM = "team@example.com"
_UNFINISHED = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'submitting', 'deferred')"
_UNTOLD = "SELECT count(*) FROM notice WHERE outbox_key IS NULL"


@dataclass
class Scene:
    """The desk, what is around it, and the journal of what was told."""

    desk: KillableDesk
    relay: Relay
    dovecot: Dovecot | None
    ports: dict[Door, int]
    journal: Journal = field(default_factory=Journal)

    def traffic(self, seed: int) -> Traffic:
        return Traffic(self.journal, self.ports, self.dovecot, seed)

    def settle(self, seconds: float = 120) -> None:
        """Wait until everything that was acknowledged is decided and everything has left."""
        self.desk.wait_for(self._has_all, "every acknowledged message to be decided", seconds)
        self.desk.wait_for(lambda: not self.desk.count(_UNFINISHED), "the outbox to empty", seconds)
        self.desk.wait_for(lambda: not self.desk.count(_UNTOLD), "our people to be told", seconds)
        self.desk.wait_for(lambda: not self.desk.count(_UNFINISHED), "the notices to leave", seconds)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was acknowledged is decided, our people are told, and everything has left."""
        return self._has_all() and not self.desk.count(_UNTOLD) and not self.desk.count(_UNFINISHED)

    def _has_all(self) -> bool:
        statement = "SELECT message_id FROM arrival WHERE message_id IS NOT NULL AND state IN ('done', 'quarantined')"
        found = {message_id for (message_id,) in self.desk.rows(statement)}
        waiting = self.desk.count("SELECT count(*) FROM arrival WHERE state IN ('waiting', 'slow')")
        return not waiting and self.journal.acknowledged <= found

    def broken(self) -> list[str]:
        """Return every broken promise."""
        return verdict(self.desk.log, self.journal, self.relay.mails, team=TEAM)

    def changed_by_restart(self) -> list[str]:
        """Return what another start changed, although nothing happened meanwhile."""
        before = (self._counts(), len(self.relay.mails))
        self.desk.stop()
        started = self.desk.said().count('"started"')
        self.desk.start()
        self.desk.wait_until_started(started + 1)
        self.settle()
        self.desk.stop()
        after = (self._counts(), len(self.relay.mails))
        return [] if before == after else [f"a restart changed {before} to {after}"]

    def _counts(self) -> dict[str, int]:
        tables = ("arrival", "entry", "ticket", "outbox", "raw", "notice")
        return {table: self.desk.count(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608


@contextmanager
def scene(folder: Path, *, with_imap: bool) -> Iterator[Scene]:
    """Set everything up; no daemon runs yet."""
    with ExitStack() as stack:
        dovecot = stack.enter_context(imap_server()) if with_imap else None
        relay = stack.enter_context(Relay())
        ports = {Door.SMTP: free_port(), Door.LMTP: free_port()}
        more = f'[listen]\nsmtp = "127.0.0.1:{ports[Door.SMTP]}"\nlmtp = "127.0.0.1:{ports[Door.LMTP]}"\n'
        more += f'[notify]\naddresses = ["{TEAM}"]\ngroup_for = "0s"\n'
        rules = rules_for(dovecot=dovecot, relay=relay, hours=NEVER_OPEN, more=more)
        environment = {"IMAP_PASSWORD": dovecot.password} if dovecot else {}
        desk = stack.enter_context(KillableDesk(folder, rules, environment))
        yield Scene(desk, relay, dovecot, ports)
