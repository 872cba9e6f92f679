"""Histories that nobody planned: whatever customers, colleagues, strangers and machines send, and in whatever order.

After each history the promises are looked up in the log and in what left, by rules that know
only who sent what, not how mailbot decides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.deciding.context import Source
from tests.service.office import CLOSED_AT, OPEN_AT, SUPPORT, Office, Sent, mail, office
from tests.service.test_peer_cases import bounce

TENANTS = {"acme-dental.example": "acme", "bolt.example": "bolt"}
NUMBERS_OF = {"acme": "555 0111", "bolt": "555 0122"}
PEOPLE = (
    "jane@acme-dental.example",
    "tom@acme-dental.example",
    "eva@bolt.example",
    "sam@elsewhere.example",
    "kim@elsewhere.example",
)
VICTIM = "victim@third-party.example"
TEXTS = (
    "How do I add an extension?",
    "All our phones are dead, nobody can call in or out!",
    "DOWN",
    "Please call +1 212 555 0142 about this.",
)
MACHINES: tuple[tuple[str, ...], ...] = (
    ("Auto-Submitted: auto-replied",),
    ("Precedence: bulk", "List-Id: <news.example>"),
    ("X-Auto-Response-Suppress: All",),
)
# How a reply names what it answers.
CARRIERS = ("to", "in-reply-to", "references", "subject", "text", "altered token", "token at another domain")


@dataclass(frozen=True)
class Step:
    """One thing that happens; numbers pick among what there is at that time."""

    kind: str
    who: str = PEOPLE[0]
    verdict: str = "pass"
    text: str = TEXTS[0]
    machine: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    pick: int = 0
    other: int = 0
    smtp: bool = False
    junk: bool = False
    minutes: int = 0


_MAILS = st.builds(
    Step,
    kind=st.sampled_from(["new", "new", "reply", "reply", "reply", "same id"]),
    who=st.sampled_from(PEOPLE),
    verdict=st.sampled_from(["pass", "pass", "pass", "", "fail"]),
    text=st.sampled_from(TEXTS),
    machine=st.sampled_from([(), (), (), (), *MACHINES]),
    carriers=st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=3, unique=True).map(tuple),
    pick=st.integers(0, 50),
    other=st.integers(0, 50),
    smtp=st.booleans(),
    junk=st.sampled_from([False, False, False, True]),
)
_OTHERS = st.builds(
    Step,
    kind=st.sampled_from(["copy", "bounce", "made-up bounce", "close", "wait", "wait"]),
    pick=st.integers(0, 50),
    minutes=st.sampled_from([1, 30, 240, 900, 4 * 1440, 9 * 1440]),
)
HISTORIES = st.lists(st.one_of(_MAILS, _MAILS, _MAILS, _OTHERS), min_size=10, max_size=45)


@dataclass
class Record:
    """One message that was sent to us, and what its sender is entitled to."""

    raw: bytes
    step: Step
    canaries: tuple[str, ...]
    entry: int | None = None


@dataclass
class World:
    """Everything that was sent, by message and by copy."""

    desk: Office
    records: list[Record] = field(default_factory=list)
    copies: int = 0
    bounced: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def play(self, step: Step) -> None:
        """Let one step happen."""
        match step.kind:
            case "wait":
                self.desk.let_pass(timedelta(minutes=step.minutes))
            case "close":
                tickets = self.desk.rows("SELECT id FROM ticket ORDER BY id")
                if tickets:
                    self.desk.do(verb="close", ticket=tickets[step.pick % len(tickets)][0])
            case "copy":
                if self.records:
                    self.copies += 1
                    record = self.records[step.pick % len(self.records)]
                    hop = b"Received: from elsewhere.example by mx.harborvoice.example; Mon, 23 Nov 2026 10:00:00 -0500"
                    self.desk.receive(hop + b"\r\n" + record.raw, mailbox="sales")
            case "bounce" | "made-up bounce":
                self._bounce(step)
            case _:
                self._mail(step)

    def _bounce(self, step: Step) -> None:
        if step.kind == "bounce" and self.desk.answers:
            answer = self.desk.answers[step.pick % len(self.desk.answers)]
            self.bounced.add(answer.message_id)
            raw = bounce(answer.message_id, answer.recipient, answer.raw)
        else:
            raw = bounce("made-up@harborvoice.example", VICTIM)
        self._record(raw, step, ())

    def _mail(self, step: Step) -> None:
        number = len(self.records)
        word = f"canary{number}x"
        canaries = (f"subject-{word}", f"name-{word}", f"text-{word}")
        ids, fields, to, subject, text = f"{word}@sender.example", [f"Reply-To: {VICTIM}"], SUPPORT, "", ""
        if step.kind == "same id" and self.records:
            before = re.search(rb"Message-ID: <([^>]+)>", self.records[step.pick % len(self.records)].raw)
            ids = before[1].decode() if before else ids
        if step.kind == "reply":
            more, to, subject, text = self._carried(step)
            fields += more
        raw = mail(
            f"{canaries[1]} <{step.who}>",
            f"{step.text} {text}\n{canaries[2]}",
            subject=f"{subject}{canaries[0]}",
            verdict=step.verdict,
            message_id=ids,
            fields=(*fields, *step.machine),
            replaces={"To": to, "Cc": VICTIM},
        )
        self._record(raw, step, canaries)

    def _carried(self, step: Step) -> tuple[list[str], str, str, str]:
        """Return fields, recipient, subject and text that name answers of ours, perhaps two different ones."""
        fields, to, subject, text = [], SUPPORT, "", ""
        for position, carrier in enumerate(step.carriers):
            answers = self.desk.answers
            if not answers:
                break
            answer = answers[(step.pick if position % 2 == 0 else step.other) % len(answers)]
            token = answer.message_id.partition(".")[0]
            match carrier:
                case "to":
                    to = SUPPORT.replace("@", f"+{token}@")
                case "in-reply-to":
                    fields.append(f"In-Reply-To: <{answer.message_id}>")
                case "references":
                    fields.append(f"References: <first@sender.example> <{answer.message_id}>")
                case "subject":
                    subject = f"Re: [#{self._ticket(answer)}] "
                case "text":
                    text = f"{answer.message_id} #{self._ticket(answer)}"
                case "altered token":
                    to = SUPPORT.replace("@", f"+{token[:-3]}aaa@")
                case _:
                    to = f"support+{token}@elsewhere.example"
        return fields, to, subject, text

    def _ticket(self, answer: Sent) -> int:
        return int(self.desk.one("SELECT ticket_id FROM outbox WHERE message_id = ?", answer.message_id))

    def _record(self, raw: bytes, step: Step, canaries: tuple[str, ...]) -> None:
        record = Record(raw, step, canaries)
        self.records.append(record)
        machine = step.kind in {"bounce", "made-up bounce"}
        source = Source.SMTP if step.smtp else Source.IMAP
        done = self.desk.receive(raw, reverse_path="" if machine else None, source=source, junk=step.junk)
        record.entry = done.entry


_EXAMPLES = (settings.default or settings()).max_examples


@settings(max_examples=_EXAMPLES // 25)
@given(history=HISTORIES, night=st.booleans())
def test_the_promises_hold_in_every_history(history: list[Step], *, night: bool) -> None:
    _play(history, night=night)


@pytest.mark.slow
@settings(max_examples=_EXAMPLES // 2)
@given(history=HISTORIES, night=st.booleans())
def test_the_promises_hold_in_many_histories(history: list[Step], *, night: bool) -> None:
    _play(history, night=night)


def _play(history: list[Step], *, night: bool) -> None:
    with (
        TemporaryDirectory() as folder,
        office(Path(folder), at=CLOSED_AT if night else OPEN_AT) as desk,
    ):
        world = World(desk)
        for step in history:
            world.play(step)
        desk.let_pass(timedelta(days=2))
        everything_is_in_one_place(world)
        tickets_hold_only_their_own_customers(world)
        answers_reach_only_who_may_have_them(world)
        answers_say_nothing_of_anybody(world)
        answers_are_few(world)
        bounces_change_what_they_return(world)
        everybody_of_ours_was_told(world)


def everything_is_in_one_place(world: World) -> None:
    """P3, P4: every arrival is done or in quarantine with its entry; entries are as many as distinct messages."""
    desk = world.desk
    assert desk.one("SELECT count(*) FROM arrival") == len(world.records) + world.copies
    assert desk.one("SELECT count(*) FROM arrival WHERE state NOT IN ('done', 'quarantined') OR entry_id IS NULL") == 0
    assert desk.one("SELECT count(DISTINCT fingerprint) FROM arrival") == len({record.raw for record in world.records})
    # A copy of what is in quarantine is judged anew: it may prove more by its way. Else it adds nothing.
    read = "state = 'done' AND entry_id NOT IN (SELECT entry_id FROM arrival WHERE state = 'quarantined')"
    done = desk.one(f"SELECT count(DISTINCT fingerprint) FROM arrival WHERE {read}")  # noqa: S608 - words of our own
    assert desk.one("SELECT count(*) FROM entry WHERE fingerprint IS NOT NULL") == done
    assert desk.one(f"SELECT count(DISTINCT entry_id) FROM arrival WHERE {read}") == done  # noqa: S608 - the same
    kept = desk.rows("SELECT fingerprint FROM arrival WHERE state = 'quarantined'")
    assert len(kept) == len(set(kept))
    for record in world.records:
        for canary in record.canaries[2:]:
            [(text, kind)] = desk.rows("SELECT text, kind FROM entry WHERE id = ?", record.entry)
            assert canary in text or kind == "note"


def home(address: str) -> str:
    """Return the tenant of an address, or the address itself where no tenant lists it."""
    return TENANTS.get(address.rpartition("@")[2], address)


def tickets_hold_only_their_own_customers(world: World) -> None:
    """P12, P13, P14: whatever was named, stolen or made up, no ticket holds mail of two customers; no forgery joins."""
    senders: dict[int, list[str]] = defaultdict(list)
    forged = {record.entry for record in world.records if record.step.verdict == "fail"}
    statement = (
        "SELECT id, ticket_id, from_address, flags FROM entry WHERE fingerprint IS NOT NULL AND kind != 'bounce'"
    )
    for entry, ticket, address, flags in world.desk.rows(statement + " AND ticket_id IS NOT NULL ORDER BY id"):
        if senders[ticket]:
            assert entry not in forged
            if address != senders[ticket][0]:
                assert "proposed-participant" in flags
        senders[ticket].append(address)
    for found in senders.values():
        assert len({home(address) for address in found}) == 1


def answers_reach_only_who_may_have_them(world: World) -> None:
    """P10: one recipient each, the verified or listed From of a person's mail, and the ticket's own requester."""
    by_entry = {record.entry: record.step for record in world.records}
    rows = world.desk.rows(
        "SELECT outbox.message_id, outbox.entry_id, ticket.requester FROM outbox JOIN ticket ON ticket.id = ticket_id "
        "WHERE audience = 'customer'"
    )
    decided = {message_id: (by_entry[entry], requester) for message_id, entry, requester in rows}
    for sent in world.desk.answers:
        step, requester = decided[sent.message_id]
        assert sent.recipient == step.who == requester
        assert step.verdict == "pass" or (step.verdict == "" and home(step.who) in NUMBERS_OF)
        assert not step.machine
        assert not step.junk
        assert sent.reverse_path == ""
        assert [box.addr_spec for box in sent.mail["To"].addresses] == [sent.recipient]
        assert sent.mail["Cc"] is None
        assert sent.mail["Auto-Submitted"] == "auto-replied"


def answers_say_nothing_of_anybody(world: World) -> None:
    """P10, P14, P15: no word of any sender, no address of anybody else, no other customer's emergency number."""
    for sent in world.desk.answers:
        whole = sent.raw.decode("ascii") + sent.text
        # Its In-Reply-To repeats an id of the sender's, as every answer does (RFC 5322 section 3.6.4).
        shown = re.sub(r"(?m)^(?:In-Reply-To|References):.*\n(?:[ \t].*\n)*", "", whole.replace("\r\n", "\n"))
        assert "canary" not in shown
        for address in (*PEOPLE, VICTIM, "team@"):
            assert address == sent.recipient or address not in shown
        for tenant, number in NUMBERS_OF.items():
            assert home(sent.recipient) == tenant or number not in shown


def answers_are_few(world: World) -> None:
    """P7, P10, P11: nothing leaves twice; once per ticket and closed period; at most three a day to an address."""
    ids = Counter(sent.message_id for sent in world.desk.sent)
    assert set(ids.values()) <= {1}
    rows = world.desk.rows(
        "SELECT ticket_id, period, kind, recipient FROM outbox WHERE audience = 'customer' AND period != ''"
    )
    assert set(Counter((ticket, period, kind) for ticket, period, kind, _ in rows).values()) <= {1}
    kinds = dict(world.desk.rows("SELECT message_id, kind FROM outbox"))
    for recipient in PEOPLE:
        usual = [sent.at for sent in world.desk.answers if sent.recipient == recipient]
        urgent = [
            sent.at
            for sent in world.desk.answers
            if sent.recipient == recipient and kinds[sent.message_id] == "emergency"
        ]
        for at in usual:
            within = [one for one in usual if at - timedelta(days=1) < one <= at]
            extra = [one for one in urgent if at - timedelta(days=1) < one <= at]
            assert len(within) - len(extra) <= 3
            # One emergency answer more for each closed period and for the opening hours: at most two of the first.
            assert len(within) <= 3 + 3


def bounces_change_what_they_return(world: World) -> None:
    """P9: exactly the mails that came back are marked, and no bounce opened a ticket."""
    marked = {one for (one,) in world.desk.rows("SELECT message_id FROM outbox WHERE bounced IS NOT NULL")}
    assert marked == world.bounced
    assert world.desk.one("SELECT count(*) FROM ticket WHERE requester LIKE 'mailer-daemon%'") == 0


def everybody_of_ours_was_told(world: World) -> None:
    """Every ticket and every quarantined message is in a notice, every notice in a mail, and that mail has left."""
    desk = world.desk
    assert desk.rows("SELECT id FROM ticket WHERE id NOT IN (SELECT ticket_id FROM notice WHERE ticket_id > 0)") == []
    quarantined = desk.rows("SELECT entry_id FROM arrival WHERE state = 'quarantined'")
    assert set(quarantined) <= set(desk.rows("SELECT entry_id FROM notice"))
    assert desk.one("SELECT count(*) FROM notice WHERE outbox_key IS NULL") == 0
    assert desk.one("SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'expired')") == 0


@pytest.mark.parametrize(
    ("sender", "rises"),
    # A stranger raises three tickets a day, a listed customer as many as it takes.
    [("sam@elsewhere.example", 3), ("jane@acme-dental.example", 5)],
)
def test_strangers_cannot_raise_tickets_all_day(tmp_path: Path, sender: str, rises: int) -> None:
    with office(tmp_path) as desk:
        for number in range(5):
            desk.receive(mail(sender, f"Question {number}", message_id=f"q{number}@x.example"))
        for number in range(5):
            fields = (f"In-Reply-To: <q{number}@x.example>",)
            desk.receive(mail(sender, "DOWN", fields=fields, message_id=f"down{number}@x.example"))
        assert desk.one("SELECT count(*) FROM ticket") == 5
        assert desk.one("SELECT count(*) FROM ticket WHERE severity = 'critical'") == rises
        # Who is told is told of all of them.
        desk.let_pass(timedelta(hours=2))
        assert desk.one("SELECT count(*) FROM notice WHERE kind NOT IN ('runs-out', 'run-out')") == 5 + 5


def test_a_flood_of_strangers_is_kept_whole_and_answered_within_the_caps(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        for number in range(90):
            sender = f"person{number}@domain{number % 6}.example"
            desk.receive(mail(sender, f"Question {number}", message_id=f"q{number}@x.example"))
        for number in range(12):
            sender = f"person{number}@acme-dental.example"
            desk.receive(mail(sender, f"Question {number}", message_id=f"a{number}@x.example"))
        assert desk.one("SELECT count(*) FROM ticket") == 102
        per_domain = Counter(sent.recipient.rpartition("@")[2] for sent in desk.answers)
        assert per_domain.pop("acme-dental.example") == 12
        assert max(per_domain.values()) == 10
        assert sum(per_domain.values()) == 60
        before = len(desk.notices)
        desk.let_pass(timedelta(hours=4))
        assert 1 <= len(desk.notices) - before <= 13
        assert desk.one("SELECT count(*) FROM notice WHERE outbox_key IS NULL") == 0


def test_a_phone_number_in_the_text_labels_a_ticket_but_tells_its_writer_nothing(tmp_path: Path) -> None:
    with office(tmp_path, at=CLOSED_AT) as desk:
        stranger = "sam@elsewhere.example"
        text = "All our phones are dead at +1 212 555 0142!"
        done = desk.receive(mail(stranger, text, message_id="q@x.example"))
        assert desk.one("SELECT tenant FROM ticket WHERE id = ?", done.ticket) == "acme"
        [answer] = desk.answers
        assert "555 0100" in answer.text
        assert "555 0111" not in answer.text
        desk.receive(mail("jane@acme-dental.example", text, message_id="j@x.example"))
        assert "555 0111" in desk.answers[-1].text


def test_answers_that_bounce_and_are_answered_by_robots_end_by_themselves(tmp_path: Path) -> None:
    """Two desks that answer each other: ours stays silent, whatever the other one forgets to say of itself."""
    with office(tmp_path, at=CLOSED_AT) as desk:
        robot = "desk@elsewhere.example"
        subject, text = "Your ticket", "Thank you for your mail. We have opened ticket 4711."
        desk.receive(mail(robot, text, subject=subject, message_id="r0@x.example"))
        for turn in range(1, 30):
            fields = (f"In-Reply-To: <{desk.answers[-1].message_id}>",)
            desk.receive(mail(robot, f"{text} {turn}", subject=subject, fields=fields, message_id=f"r{turn}@x.example"))
        assert len(desk.answers) == 1
        for turn in range(30, 60):
            desk.receive(mail(robot, f"{text} {turn}", subject=subject, message_id=f"r{turn}@x.example"))
        assert len(desk.answers) == 3
        assert desk.one("SELECT count(*) FROM entry WHERE kind = 'customer'") == 60


def test_a_customer_is_not_drawn_into_the_ticket_of_a_stranger_who_names_its_phone_number(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        stranger, jane = "sam@elsewhere.example", "jane@acme-dental.example"
        lure = desk.receive(mail(stranger, "Please call +1 212 555 0142.", message_id="lure@x.example"))
        # What the stranger got is forwarded to Jane, who answers it.
        fields = (f"In-Reply-To: <{desk.answers[0].message_id}>", "References: <lure@x.example>")
        reply = desk.receive(mail(jane, "Our alarm code is 4711.", fields=fields, message_id="reply@x.example"))
        assert reply.ticket != lure.ticket
        assert desk.one("SELECT linked_to FROM ticket WHERE id = ?", reply.ticket) == lure.ticket


class TestAnswersToNotices:
    """What our people, or their programs, send back to a notice makes no ticket and reaches no customer."""

    TEAM = "team@harborvoice.example"

    def told(self, desk: Office) -> tuple[int, Sent]:
        """Let Jane ask; return her ticket and the notice about it."""
        done = desk.receive(mail("jane@acme-dental.example", TEXTS[0], message_id="q@acme-dental.example"))
        desk.let_pass(timedelta(minutes=1))
        assert done.ticket is not None
        return done.ticket, desk.notices[-1]

    @pytest.mark.parametrize("verdict", ["pass", ""])
    def test_it_is_a_note_on_the_ticket(self, tmp_path: Path, verdict: str) -> None:
        with office(tmp_path) as desk:
            ticket, notice = self.told(desk)
            desk.do(verb="close", ticket=ticket)
            fields = (f"In-Reply-To: <{notice.message_id}>",)
            done = desk.receive(mail(self.TEAM, "I have called her. DOWN", fields=fields, verdict=verdict))
            assert done.ticket == ticket
            [(kind, flags)] = desk.rows("SELECT kind, flags FROM entry WHERE id = ?", done.entry)
            assert (kind, "unverified" in flags) == ("note", verdict == "")
            [row] = desk.rows("SELECT state, severity FROM ticket")
            assert row == ("closed", "normal")
            desk.let_pass(timedelta(hours=2))
            assert (len(desk.answers), len(desk.notices)) == (1, 1)

    def test_a_program_that_answers_every_notice_cannot_start_a_loop(self, tmp_path: Path) -> None:
        with office(tmp_path) as desk:
            self.told(desk)
            for turn in range(10):
                fields = (f"In-Reply-To: <{desk.notices[-1].message_id}>",)
                desk.receive(mail(self.TEAM, f"Thank you, we are looking into it. {turn}", fields=fields))
                desk.let_pass(timedelta(hours=1))
            assert desk.one("SELECT count(*) FROM ticket") == 1
            assert len(desk.notices) == 1

    def test_a_notice_in_other_hands_opens_nothing(self, tmp_path: Path) -> None:
        with office(tmp_path) as desk:
            ticket, notice = self.told(desk)
            fields = (f"In-Reply-To: <{notice.message_id}>",)
            for sender, verdict in (("jane@acme-dental.example", "pass"), ("sam@elsewhere.example", "pass")):
                done = desk.receive(mail(sender, "Hello", fields=fields, verdict=verdict))
                assert done.ticket not in {ticket, None}
            forged = desk.receive(mail(self.TEAM, "Hello", fields=fields, verdict="fail"))
            assert forged.ticket is None
