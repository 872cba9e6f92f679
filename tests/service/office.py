"""A desk at work in this process: real rules, door, log and answers, with a clock and a relay of the test's own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache, cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from mailbot import config
from mailbot.deciding.context import Source
from mailbot.deciding.effects import EntryKind, OpenTicket
from mailbot.deciding.tokens import Keyring
from mailbot.delivery.courier import Courier, Reports
from mailbot.delivery.submission import Submission
from mailbot.delivery.transport import Accepted, Transport
from mailbot.desk import Desk, Provider
from mailbot.desk.mails.telling import tell_of_failed_mail, tell_of_outage
from mailbot.desk.operations import perform
from mailbot.desk.process import Processed
from mailbot.desk.processor import Processor
from mailbot.desk.tick import next_due_at, tick
from mailbot.errors import DeliveryFailure
from mailbot.intake.smtp import Listener
from mailbot.reading.model import Envelope
from mailbot.render import Templates
from mailbot.rules import Relay, Rules, Severity
from mailbot.service.backup import LOG_NAME
from mailbot.service.folder import OpenFolder
from mailbot.store import changes, outbox, spool, tickets
from mailbot.store.database import open_database
from mailbot.store.packing import decompress
from mailbot.worker import HERE, Reader
from tests.secrecy import WATCH

KEYRING = Keyring(1, {1: b"a key for one test".ljust(32)})
SUPPORT = "support@harborvoice.example"
BORDER = "mx.harborvoice.example"
# A Monday at 10:00 and the Saturday night before it, in New York.
OPEN_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 11, 22, 4, 40, tzinfo=UTC)

RULES = f"""[partner]
brand = "Harbor Voice"
address = "{SUPPORT}"
zone = "America/New_York"
emergency_number = "+1 212 555 0100"
[listen]
smtp = "127.0.0.1:0"
authserv_ids = ["{BORDER}"]
[notify]
addresses = ["team@harborvoice.example"]
[[tenant]]
id = "acme"
name = "Acme Dental"
domains = ["acme-dental.example"]
phone_numbers = ["+1 212 555 0142"]
emergency_number = "+1 212 555 0111"
[[tenant]]
id = "bolt"
name = "Bolt Logistics"
domains = ["bolt.example"]
emergency_number = "+1 212 555 0122"
"""


WARNS = re.compile(
    r"promised times? runs? out|was promised a time|\A\d+ promised times\Z"
    r"|run out of time or are escalated|tickets? (?:of yours )?(?:is|are) escalated"
)


@dataclass
class Sent:
    """One mail that left, and when."""

    at: datetime
    reverse_path: str
    recipient: str
    raw: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        """The mail as any program reads it."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        """Its Message-ID without the angle brackets."""
        return str(self.mail["Message-ID"]).strip("<>")

    @property
    def text(self) -> str:
        """Its plain text."""
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def is_warning(self) -> bool:
        """Whether it tells of promised times that run out, and of nothing else."""
        subject = str(self.mail["Subject"])
        return WARNS.search(subject) is not None

    @property
    def for_team(self) -> bool:
        """Whether it is for our own people."""
        return self.recipient.startswith("team@")


@dataclass
class Office:
    """The desk. `now` is its clock; `sent` is what left it; `refusing` maps a recipient to what the relay raises."""

    here: OpenFolder
    log: Path
    now: datetime
    sent: list[Sent] = field(default_factory=list)
    refusing: dict[str, DeliveryFailure] = field(default_factory=dict)
    door: Submission | None = None

    def __post_init__(self) -> None:
        self.processor = self.processor_with(HERE)
        self.courier = self.courier_over(self)

    def courier_over(self, transport: Transport) -> Courier:
        """Return what hands the desk's mail over to that."""
        return Courier(
            self.here.database,
            [transport],
            self.here.desk.partner,
            lambda: self.now,
            lambda: 0.5,
            reports=Reports(
                failed=lambda conn, mail: tell_of_failed_mail(conn, mail, desk=self.here.desk, now=self.now),
                outage=lambda conn, gone, over: tell_of_outage(conn, gone, over, desk=self.here.desk, now=self.now),
            ),
        )

    def processor_with(self, reader: Reader, *, slow: bool = False) -> Processor:
        """Return what processes the mail of one slot with that reader."""
        return Processor(self.here.database, lambda: self.here.desk, lambda: self.now, reader, slow=slow)

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Take a mail as a relay would."""
        if recipient in self.refusing:
            raise self.refusing[recipient]
        self.sent.append(Sent(self.now, reverse_path, recipient, raw))
        rules = self.here.desk.rules
        told = (*rules.notify.addresses, *rules.digest.addresses)
        WATCH.keep_inside((one for agent in rules.agent for one in agent.addresses), told)
        WATCH.keep_apart(
            (name for one in rules.vendor for name in (*one.addresses, *one.domains)),
            (name for one in rules.tenant for name in (*one.addresses, *one.domains)),
        )
        WATCH.left([recipient], reverse_path, raw)
        return Accepted(250, "taken")

    def rest(self) -> None:
        """Nothing to close between two mails."""

    def close(self) -> None:
        """Nothing to close."""

    def receive(self, raw: bytes, *, reverse_path: str | None = None, to: str = SUPPORT, **more: Any) -> Processed:
        """Take one mail, decide on it, and let what follows leave.

        Through the listener where there is one, with the From address as the usual reverse-path;
        else as IMAP finds it, without an envelope unless one is given.
        """
        self.accept(raw, reverse_path=reverse_path, to=to, **more)
        [processed] = self.processor.step()
        assert processed is not None, "mailbot itself failed on this mail"
        self.deliver()
        return processed

    def accept(self, raw: bytes, *, reverse_path: str | None = None, to: str = SUPPORT, **more: Any) -> None:
        """Take one mail as `receive` does, and leave it waiting."""
        if self.door is not None:
            path = _from(raw) if reverse_path is None else reverse_path
            self.door.submit(path, to, raw)
        else:
            new = spool.NewArrival(
                source=more.pop("source", Source.IMAP),
                received_at=more.pop("received_at", self.now),
                raw=raw,
                envelope=Envelope(reverse_path),
                **more,
            )
            self.here.database.writer.write(lambda conn: spool.accept(conn, self.here.desk.partner, new, self.now))

    def answer(self, ticket: int) -> None:
        """Have one of us answer a ticket: the entry that an agent's mail makes."""
        entry = tickets.NewEntry(self.here.desk.partner, EntryKind.AGENT, self.now, self.now, ticket, author="bob")
        self.here.database.writer.write(lambda conn: tickets.append_entry(conn, entry))

    def have_waiting(self, number: int, severity: Severity, within: timedelta, *, taken_by: str = "") -> None:
        """Have so many customers wait since now for an answer that is promised within that time.

        Each has a ticket and an entry in it, as far as the clocks go by them; to have a mail of each takes far longer.
        """

        def open_all(conn: Connection) -> None:
            partner, now = self.here.desk.partner, self.now
            for one in range(number):
                requester = f"p{one}@acme-dental.example"
                opening = OpenTicket("acme", severity, None, f"Q {one}", requester, "", now, now + within, None)
                ticket = tickets.open_ticket(conn, partner, opening, now)
                tickets.append_entry(conn, tickets.NewEntry(partner, EntryKind.CUSTOMER, now, now, ticket))
                if taken_by:
                    changes.set_assignee(conn, ticket, taken_by, author=taken_by, reason="", now=now)

        self.here.database.writer.write(open_all)

    def deliver(self) -> None:
        """Let everything leave that is due now."""
        while self.courier.deliver_once():
            pass

    def let_pass(self, span: timedelta) -> None:
        """Let time pass, doing what falls due on the way, each at its time."""
        until = self.now + span
        while (due_at := self._next_due_at()) is not None and due_at <= until:
            self.now = max(self.now, due_at)
            self.here.database.writer.write(lambda conn: tick(conn, self.here.desk, self.now))
            self.deliver()
        self.now = until

    def do(self, **request: Any) -> str:
        """Have a request done as the command line would."""
        return self.here.database.writer.write(lambda conn: perform(conn, self.here.desk, request, self.now))

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, by a reader that shares no code with mailbot."""
        with closing(sqlite3.connect(f"file:{self.log}?mode=ro", uri=True)) as log:
            return log.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Any:
        """Return the one value that a statement selects."""
        [[value]] = self.rows(statement, *values)
        return value

    def octets(self, audience: str) -> bytes:
        """Return the one mail of the outbox for that audience, as it leaves."""
        [(packed,)] = self.rows("SELECT packed FROM outbox WHERE audience = ?", audience)
        return decompress(packed)

    @property
    def answers(self) -> list[Sent]:
        """What left to customers."""
        return [sent for sent in self.sent if not sent.for_team]

    @property
    def notices(self) -> list[Sent]:
        """What left to our own people, without the weekly mail, and warnings of promised times."""
        told = (sent for sent in self.sent if sent.for_team and not sent.is_warning)
        return [sent for sent in told if not str(sent.mail["Subject"]).startswith("Week ")]

    def _next_due_at(self) -> datetime | None:
        with self.here.database.read() as conn:
            due = (next_due_at(conn, self.here.desk, self.now), outbox.next_due_at(conn, self.here.desk.partner))
        return min((at for at in due if at is not None), default=None)


def _from(raw: bytes) -> str:
    return str(message_from_bytes(raw)["From"] or "nobody@elsewhere.example").rpartition("<")[2].rstrip(">")


@contextmanager
def office(folder: Path, *, rules: str = RULES, at: datetime = OPEN_AT, listening: bool = False) -> Iterator[Office]:
    """Open a desk in that folder, where it goes on; `listening` puts the real SMTP listener in front of it."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(rules)
    log = folder / "data" / LOG_NAME
    if not log.exists():
        log.write_bytes(_empty_log())
    with ExitStack() as stack:
        chosen = config.load(folder) if _others_in(folder) else rules_of(rules)
        database = stack.enter_context(open_database(log))
        provider = Provider(plus_addressing=chosen.relay.plus_addressing == "yes")
        here = OpenFolder(Desk(chosen, KEYRING, _templates(), provider), database)
        desk = Office(here, log, at)
        if listening:
            desk.door = stack.enter_context(_listener(chosen, here, lambda: desk.now))
        yield desk


def _others_in(folder: Path) -> bool:
    """Return whether anything beside rules.toml may have a say in the rules."""
    return not {path.name for path in folder.iterdir()} <= {"rules.toml", "data"}


@lru_cache(maxsize=4)
def rules_of(text: str) -> Rules:
    """Return the rules that this text makes alone; to read them and make them ready takes longer than most cases."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "rules.toml").write_text(text)
        return config.load(Path(folder))


@cache
def _templates() -> Templates:
    return Templates(None)


@cache
def _empty_log() -> bytes:
    """Return the file of a log without entries; making the tables takes longer than most cases."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / LOG_NAME
        open_database(path).close()
        return path.read_bytes()


@contextmanager
def _listener(rules: Rules, here: OpenFolder, now: Callable[[], datetime]) -> Iterator[Submission]:
    writer, partner = here.database.writer, here.desk.partner
    listener = Listener(rules, lambda new: writer.submit(lambda conn: spool.accept(conn, partner, new, now())), now)
    listener.start()
    host, port = listener.addresses[Source.SMTP]
    door = Submission(Relay(host=host, port=port, tls="none"), lambda _secret: "", BORDER)
    try:
        yield door
    finally:
        door.close()
        listener.stop()


def passed(sender: str, result: str = "pass") -> str:
    """Return the border's field that says the From domain was verified."""
    domain = sender.rpartition("@")[2].rstrip(">")
    return f"Authentication-Results: {BORDER}; dmarc={result} header.from={domain}"


def mail(
    sender: str,
    text: str | bytes,
    *,
    subject: str | bytes | None = "A question",
    verdict: str = "pass",
    message_id: str | None = None,
    fields: tuple[str, ...] = (),
    content_type: str = "",
    replaces: Mapping[str, str | None] | None = None,
) -> bytes:
    """Return a mail to support. `replaces` puts another From, To or Date in, or leaves it out (None)."""
    usual: dict[str, str | None] = {"From": sender, "To": SUPPORT, "Date": "Mon, 23 Nov 2026 09:58:00 -0500"}
    lines = [passed(sender, verdict)] if verdict else []
    lines += [f"{name}: {value}" for name, value in (usual | dict(replaces or {})).items() if value is not None]
    lines += [f"Message-ID: <{message_id}>"] if message_id else []
    lines += [*fields, *([f"Content-Type: {content_type}", "Content-Transfer-Encoding: 8bit"] if content_type else [])]
    head = "\r\n".join(lines).encode()
    if subject is not None:
        head += b"\r\nSubject: " + (subject.encode() if isinstance(subject, str) else subject)
    body = text.encode() if isinstance(text, str) else text
    return head + b"\r\n\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
