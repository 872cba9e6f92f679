"""The demo: a night and a day at a made-up phone company, played by the real parts.

Real are the rules, the SMTP door on loopback, the ticket log, deciding, the templates and the
courier. Made up are the customers, the clock, which follows the script, and the relay, which is a
folder. So what the demo shows is what mailbot does, and its folder can be looked into afterwards
with the same commands as any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot import config
from mailbot.deciding.context import Source
from mailbot.delivery.courier import Courier
from mailbot.delivery.submission import Submission
from mailbot.demo import stage
from mailbot.demo.script import SCENES, Order, Sample, Scene
from mailbot.demo.sent import Listed, Sent, SentFolder, write_index
from mailbot.desk.operations import perform
from mailbot.desk.process import Processed
from mailbot.desk.processor import Processor
from mailbot.desk.tick import next_due_at, tick
from mailbot.errors import MailbotError
from mailbot.intake.smtp import Listener
from mailbot.reading.message import read
from mailbot.render.public.folder import files
from mailbot.rules import Relay, Rules
from mailbot.service.folder import OpenFolder, looking, opened
from mailbot.service.publishing import publish
from mailbot.store import incidents, outbox, queries, spool
from mailbot.store.queries import TicketFilter
from mailbot.store.views import TicketView
from mailbot.worker import FAST, ReadingChild

__all__ = ["SCENES", "Demo", "Happening", "Listed", "Ordered", "Sample", "Scene"]

# The desk is there from Monday on: its weekly mail is about whole weeks.
_QUIET = timedelta(days=5)
_WHY_TOLD = {
    "notice": "so that whoever is on duty knows",
    "digest": "so that the partner knows how the week was",
    "reply": "news of the incident: each is told alone, in the thread of their own ticket",
    "survey": "an hour after the ticket was closed: how satisfied they are",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One sample mail with its subject, and what mailbot made of it."""

    sample: Sample
    subject: str
    processed: Processed

    @property
    def why_no_answer(self) -> str:
        """Return in one line why it drew no answer, "" if it drew one."""
        told: dict[str, list[str]] = {}
        for reason in self.processed.decision.reasons:
            told.setdefault(reason.code, []).append(reason.text)
        if "automatic" in told:
            return f"a machine sent it ({told['automatic'][0]})"
        return "; ".join((*told.get("answer.none", ()), *told.get("duplicate", ()))).removeprefix("no answer: ")


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was typed, behind "mailbot", and the line that it was answered with."""

    at: datetime
    typed: str
    answer: str


class Demo:
    """One run of the demo in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raise MailbotError when it is not ours to replace, OSError when it cannot be written."""
        stage.prepare(folder)
        self.folder = folder
        self.rules: Rules = config.load(folder)
        self._now = SCENES[0].samples[0].at.astimezone(UTC) - _QUIET
        self._sent = SentFolder(folder / stage.SENT)
        self._received = 0
        self._tickets: dict[str, int | None] = {}

    @property
    def zone(self) -> ZoneInfo:
        """Return the made-up partner's zone."""
        return self.rules.partner.zone

    def play(self) -> Iterator[tuple[Scene, tuple[Happening | Ordered, ...]]]:
        """Play the script; yield each scene with what happened in it, once it is over."""
        with opened(self.folder, self.rules) as here, closing(ReadingChild(FAST)) as reading:
            courier = Courier(here.database, [self._sent], here.desk.partner, lambda: self._now, lambda: 0.5)
            processor = Processor(here.database, lambda: here.desk, lambda: self._now, reading)
            listener = self._listener(here)
            listener.start()
            border = self._border(*listener.addresses[Source.SMTP])
            try:
                for scene in SCENES:
                    happened: list[Happening | Ordered] = []
                    steps: list[Sample | Order] = [*scene.samples, *scene.orders]
                    for one in sorted(steps, key=lambda one: one.at):
                        self._let_pass(here, courier, one.at)
                        if isinstance(one, Order):
                            happened.append(self._order(one, here))
                        else:
                            happened.append(self._receive(one, border, processor))
                        self._deliver(courier)
                    self._let_pass(here, courier, scene.until)
                    yield scene, tuple(happened)
                self._publish(here)
            finally:
                border.close()
                listener.stop()
        write_index(self.folder / stage.SENT, self.rules.partner.brand, self.mails())

    def tickets(self) -> tuple[TicketView, ...]:
        """Return the tickets of the log, oldest first."""
        with looking(self.folder) as conn:
            found = queries.tickets(conn, self.rules.partner.id, TicketFilter())
        return tuple(sorted(found, key=lambda ticket: ticket.id))

    def mails(self) -> list[Listed]:
        """Return the mails that left, in their order, with what the log knows of them."""
        with looking(self.folder) as conn:
            known = {mail.message_id: mail for mail in queries.outbox(conn, self.rules.partner.id)}
            reasons = {
                entry.id: entry.reasons
                for mail in known.values()
                if mail.ticket_id is not None
                for entry in queries.why_ticket(conn, self.rules.partner.id, mail.ticket_id).entries
            }
        listed = []
        for sent in self._sent.mails:
            mail = known[sent.message_id]
            told = reasons.get(mail.entry_id or 0, ())
            why = next(
                (reason["text"] for reason in told if reason["code"] == f"answer.{mail.kind}"),
                _WHY_TOLD.get(mail.kind, ""),
            )
            # RFC 3464 section 2.3.6: the kind of diagnostic stands before it, as in "smtp; 552 ...".
            returned = (mail.bounced or {}).get("diagnostic", "").rpartition("; ")[2]
            at = (mail.done_at or mail.created_at).astimezone(self.zone)
            listed.append(Listed(sent, at, mail.kind, mail.ticket_id, why, returned))
        return listed

    def _listener(self, here: OpenFolder) -> Listener:
        """Return the real door, on any free port so that the demo disturbs nobody."""
        door = self.rules.listen.model_copy(update={"smtp": "127.0.0.1:0"})
        writer, partner = here.database.writer, here.desk.partner
        return Listener(
            self.rules.model_copy(update={"listen": door}),
            lambda new: writer.submit(lambda conn: spool.accept(conn, partner, new, self._now)),
            lambda: self._now,
        )

    def _border(self, host: str, port: int) -> Submission:
        """Return the made-up partner's own mail server, which hands mail in at our door."""
        door = Relay(host=host, port=port, tls="none")
        return Submission(door, partial(config.read_secret, folder=self.folder), "mx.harborvoice.example")

    def _receive(self, sample: Sample, border: Submission, processor: Processor) -> Happening:
        raw = self._send(sample, border)
        happened = Happening(sample, read(raw).subject, self._processed(sample, processor))
        self._tickets[sample.file] = happened.processed.ticket
        return happened

    def _order(self, order: Order, here: OpenFolder) -> Ordered:
        """Have done what somebody types, who has seen what follows."""
        numbers = [str(self._tickets[file]) for file in order.tickets]
        request = {**order.request, "tickets": " ".join(numbers), "confirmed": True}
        answer = here.database.writer.write(lambda conn: perform(conn, here.desk, request, self._now))
        return Ordered(order.at, order.typed.format(tickets=f'"{" ".join(numbers)}"'), answer)

    def _publish(self, here: OpenFolder) -> None:
        """Write the public pages as the running desk would."""
        with here.database.read() as conn:
            known = incidents.history(conn, here.desk.partner)
        publish(self.folder / stage.SITE, files(here.desk.templates, self.rules, known, self._now).octets)

    def _send(self, sample: Sample, border: Submission) -> bytes:
        """Send one sample to our door; return its octets."""
        recipient, raw = self._filled_in(sample)
        self._received += 1
        (self.folder / stage.RECEIVED / f"{self._received:02d}-{sample.file}.eml").write_bytes(raw)
        border.submit(sample.reverse_path, recipient, raw)
        return raw

    def _filled_in(self, sample: Sample) -> tuple[str, bytes]:
        """Return the recipient and the octets of a sample; a reply goes where our answer asked for it."""
        raw = stage.sample(sample.file)
        if not sample.answers:
            return sample.recipient, raw
        answer = self._answer_to(sample.answers)
        text = answer.part("plain").rstrip("\n")
        reply_to = answer.mail["Reply-To"].addresses[0].addr_spec if sample.reverse_path else sample.recipient
        values = {
            "REPLY-TO": reply_to,
            "ANSWER-ID": answer.message_id,
            "ANSWER-SUBJECT": answer.subject,
            "ANSWER-TEXT": text,
            "QUOTED": "\n".join(f"> {line}".rstrip() for line in text.split("\n")),
        }
        for name, value in values.items():
            raw = raw.replace(f"@{name}@".encode(), value.replace("\n", "\r\n").encode())
        return reply_to, raw.replace(b"@ANSWER-WHOLE@", answer.raw)

    def _answer_to(self, file: str) -> Sent:
        """Return our last mail that answers the sample `file`."""
        ours = f"<{self._message_id_of(file)}>"
        return next(sent for sent in reversed(self._sent.mails) if sent.mail["In-Reply-To"] == ours)

    @staticmethod
    def _message_id_of(file: str) -> str:
        head = stage.sample(file).partition(b"\r\n\r\n")[0].decode("latin-1")
        line = next(line for line in head.split("\r\n") if line.lower().startswith("message-id:"))
        return line.partition(":")[2].strip(" <>")

    @staticmethod
    def _processed(sample: Sample, processor: Processor) -> Processed:
        """Return what became of the one mail that waits."""
        [processed] = processor.step()
        if processed is None:
            raise MailbotError(f"the sample mail {sample.file} could not be processed; this is a fault of mailbot")
        return processed

    def _let_pass(self, here: OpenFolder, courier: Courier, until: datetime) -> None:
        """Move the clock to `until`, doing on the way what falls due, each at its time."""
        while (due_at := self._next_due_at(here)) is not None and due_at <= until:
            self._now = max(self._now, due_at)
            here.database.writer.write(lambda conn: tick(conn, here.desk, self._now))
            self._deliver(courier)
        self._now = until.astimezone(UTC)

    def _next_due_at(self, here: OpenFolder) -> datetime | None:
        with here.database.read() as conn:
            due = (next_due_at(conn, here.desk, self._now), outbox.next_due_at(conn, here.desk.partner))
        return min((at for at in due if at is not None), default=None)

    @staticmethod
    def _deliver(courier: Courier) -> None:
        while courier.deliver_once():
            pass
