"""A year of an invented desk, in a real log: tickets of two companies and of strangers, with all that a week brings.

They are answered or not, by mails that arrive or do not, and by calls that are taken back; closed, opened again,
merged, voted on; raised before an answer and after it; and some are begun by one of us.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from mailbot.deciding.effects import EntryKind, Flag, MarkBounced, OpenTicket, Reason, Rise, TicketState
from mailbot.rules import Severity
from mailbot.store import acts, answers, changes, counting, handling, outbox, tickets
from mailbot.store.given import REPLY
from mailbot.store.outbox import Audience, NewMail, OutboxState
from mailbot.store.tables import OUTBOX, TICKET

PARTNER = "harbor"
BEGINS = datetime(2025, 12, 15, tzinfo=UTC)
TENANTS = ("acme", "bolt", None)
SEVERITIES = tuple(Severity)
_MILD = (Severity.NORMAL, Severity.LOW)


def write_year(conn: Connection, number: int, seed: int) -> None:
    """Write so many tickets into the log, at whole minutes, in the order in which they were opened."""
    rng = random.Random(seed)
    numbers = itertools.count(1)
    before: int | None = None
    for opened_at in sorted(BEGINS + timedelta(minutes=rng.randrange(365 * 24 * 60)) for _ in range(number)):
        before = _Ticket(conn, rng, numbers, opened_at).write(before)


class _Ticket:
    """One ticket as it is written, entry by entry."""

    def __init__(self, conn: Connection, rng: random.Random, numbers: Iterator[int], opened_at: datetime) -> None:
        self.conn, self.rng, self.numbers = conn, rng, numbers
        self.at, self.closed = opened_at, False
        self.ours = rng.random() < 0.05
        self.id = tickets.open_ticket(conn, PARTNER, self._opening(), opened_at)
        self._append(EntryKind.AGENT if self.ours else EntryKind.CUSTOMER)

    def write(self, before: int | None) -> int:
        """Write what happens in it; it may become one with the ticket `before`. Return its number."""
        for _ in range(self.rng.randrange(7)):
            self.at = _after(self.rng, self.at, self.rng.choice((30, 600, 9000)))
            happens = self.rng.choice(
                (self._answer, self._mail, self._call, self._robot, self._close, self._ask, self._rise, self._set)
            )
            happens()
        if self.closed:
            self._survey(random.Random(self.id))
        if self.rng.random() < 0.06 and not self.closed and before is not None:
            self._merge(before)
        return self.id

    def _opening(self) -> OpenTicket:
        rng, opened_at = self.rng, self.at
        flags = rng.choices(((), (Flag.SPAM,), (Flag.MACHINE,), (Flag.HISTORY,), (Flag.UNVERIFIED,)), (80, 4, 6, 4, 6))
        return OpenTicket(
            tenant=rng.choice(TENANTS),
            severity=rng.choice(SEVERITIES),
            playbook=None,
            subject="A question",
            requester="jane@acme.example",
            requester_name="Jane",
            opened_at=opened_at,
            response_due_at=_after(rng, opened_at, 600) if rng.random() < 0.9 and not self.ours else None,
            resolution_due_at=_after(rng, opened_at, 6000) if rng.random() < 0.8 else None,
            flags=flags[0],
        )

    def _answer(self) -> None:
        """Answer past mailbot; sometimes it turns out to be about another ticket."""
        if self.rng.random() < 0.8:
            self._append(EntryKind.AGENT)
            return
        arrival, guess = next(self.numbers), Reason("thread.recipient", "the only open one")
        entry = self._append(EntryKind.AGENT, arrival_id=arrival, reasons=(guess,), author="sent")
        if self.rng.random() < 0.5:
            other = tickets.open_ticket(self.conn, PARTNER, self._opening(), self.at)
            for kind in (EntryKind.CUSTOMER, EntryKind.AGENT):
                taken = None if kind is EntryKind.CUSTOMER else arrival
                new = tickets.NewEntry(PARTNER, kind, self.at, self.at, other, arrival_id=taken)
                tickets.append_entry(self.conn, new)
            counting.restate(self.conn, entry, author="mailbot", reason="", now=self.at)

    def _mail(self) -> None:
        """Answer by mails of ours, which arrive, wait for a release, fail, or come back."""
        entry = self._append(EntryKind.AGENT)
        for to in ("jane@acme.example", "kim@acme.example")[: self.rng.choice((1, 1, 2))]:
            number = next(self.numbers)
            fate = self.rng.choice(("sent", "sent", "held", "released", "failed", "retried", "bounced", "delayed"))
            mail = NewMail(
                key=f"reply:{number}",
                kind=REPLY,
                audience=Audience.CUSTOMER,
                recipient=to,
                message_id=f"{number}@harbor.example",
                raw=b"Hello",
                ticket_id=self.id,
                entry_id=entry,
                held=fate in {"held", "released"},
            )
            row = outbox.queue(self.conn, PARTNER, mail, self.at)
            assert row is not None
            if fate in {"failed", "retried", "bounced", "delayed"}:
                state = OutboxState.FAILED if fate in {"failed", "retried"} else OutboxState.SENT
                self.conn.execute(update(OUTBOX).where(OUTBOX.c.id == row).values(state=state, next_attempt_at=None))
            if fate in {"bounced", "delayed"}:
                action = "failed" if fate == "bounced" else "delayed"
                answers.mark_bounced(self.conn, MarkBounced(row, action, "5.1.1", "no such user"), self.at)
            counting.restate(self.conn, entry, author="mailbot", reason="", now=self.at)
            if fate in {"released", "retried"}:
                late = _after(self.rng, self.at, 600)
                let_go = handling.release if fate == "released" else handling.retry
                let_go(self.conn, row, author="bob", reason="", now=late)

    def _call(self) -> None:
        """Note a call, sometimes with a close, and sometimes take it back."""
        act = acts.next_act(self.conn)
        self._append(EntryKind.AGENT, decision={"act": act}, author="bob")
        if self.rng.random() < 0.3:
            self._change({"state": TicketState.CLOSED, "closed_at": self.at}, {"act": act})
            self.closed = True
        if self.rng.random() < 0.5:
            self._take_back(act)

    def _take_back(self, act: int) -> None:
        done = acts.last_act(self.conn, PARTNER, "bob", self.at - timedelta(days=1), self.id)
        assert done is not None
        assert done.id == act
        before = acts.touched(self.conn, done, self.id).before
        kept = self.rng.random() < 0.2
        said: dict[str, object] = {"undoes": act, **({"kept": True} if kept else {})}
        self._change({} if kept else dict(before), said)
        self.closed = self._state() == TicketState.CLOSED

    def _robot(self) -> None:
        self._append(EntryKind.AUTOMATIC)

    def _close(self) -> None:
        if not self.closed:
            act = acts.next_act(self.conn)
            self._change({"state": TicketState.CLOSED, "closed_at": self.at}, {"act": act})
            self.closed = True
            if self.rng.random() < 0.2:
                self._take_back(act)

    def _survey(self, rng: random.Random) -> None:
        """Have the customer asked how satisfied they are, and often voting some days later, mostly with words."""
        at, mark = self.at + timedelta(hours=1), rng.randint(1, 5)
        if rng.random() < 0.7:
            changes.survey(self.conn, self.id, author="mailbot", reason="asked", now=at)
            at += timedelta(hours=rng.randrange(1, 200))
            text = f"{mark}\n\nI have {mark} things to say." if rng.random() < 0.7 else f"{mark}"
            vote = {"vote": mark, "voted_at": at, "waiting_since": tickets.waiting_since(self.conn, self.id)}
            if rng.random() < 0.8:
                new = tickets.NewEntry(PARTNER, EntryKind.CUSTOMER, at, at, self.id, text=text, change=vote)
                tickets.append_entry(self.conn, new)

    def _ask(self) -> None:
        if self.closed:
            changes.reopen(self.conn, self.id, author="jane@acme.example", reason="a new message", now=self.at)
            self.closed = False
        self._append(EntryKind.CUSTOMER)

    def _rise(self) -> None:
        """Have the customer's words raise it."""
        self._ask()
        rise = Rise(Severity.CRITICAL, _after(self.rng, self.at, 600), _after(self.rng, self.at, 6000))
        by = "jane@acme.example"
        changes.rise(self.conn, self.id, rise, author=by, reason="the customer's words", now=self.at, caused_by=by)

    def _set(self) -> None:
        """Have one of us say how severe it is; what that promises runs from the opening on."""
        opened_at = self.conn.execute(select(TICKET.c.opened_at).where(TICKET.c.id == self.id)).scalar_one()
        due, end = (_after(self.rng, opened_at, most) for most in (600, 6000))
        changes.set_severity(self.conn, self.id, self.rng.choice(_MILD), due, end, author="bob", reason="", now=self.at)

    def _merge(self, into: int) -> None:
        """Make it one with an older one of its customer's, or of another's, either way; none that was merged itself."""
        is_part = select(TICKET.c.id).where(TICKET.c.id == into, TICKET.c.merged_into.is_not(None))
        has_parts = select(TICKET.c.id).where(TICKET.c.merged_into == into)
        if self.conn.execute(is_part).first() is not None:
            return
        if self.rng.random() < 0.5 or self.conn.execute(has_parts).first() is not None:
            part, home = self.id, into
        else:
            part, home = into, self.id
        change = {"merged_into": home, "state": TicketState.CLOSED, "closed_at": self.at}
        new = tickets.NewEntry(PARTNER, EntryKind.CHANGE, self.at, self.at, part, author="bob", change=change)
        tickets.append_entry(self.conn, new)

    def _state(self) -> str:
        return str(self.conn.execute(select(TICKET.c.state).where(TICKET.c.id == self.id)).scalar_one())

    def _change(self, change: dict[str, object], decision: dict[str, object] | None) -> None:
        new = tickets.NewEntry(
            PARTNER, EntryKind.CHANGE, self.at, self.at, self.id, author="bob", change=change, decision=decision
        )
        tickets.append_entry(self.conn, new)

    def _append(self, kind: EntryKind, **more: object) -> int:
        new = tickets.NewEntry(PARTNER, kind, self.at, self.at, self.id, **more)  # type: ignore[arg-type]
        return tickets.append_entry(self.conn, new)


def _after(rng: random.Random, at: datetime, most: int) -> datetime:
    return at + timedelta(minutes=rng.randrange(1, most))
