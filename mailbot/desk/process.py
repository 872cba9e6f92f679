"""One spooled message: read it, decide, and write down all that follows in one transaction.

Reading needs no database and is done first. Looking up the context, deciding and applying
the effects happen in one piece of work for the writer, so that the decision rests on what is
still true when it is written. The outgoing mail is part of the same transaction: either the
ticket, its entry and the answer are all there, or the message is still waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from mailbot.deciding.agents.direct import customers
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.agents.written import relay_tokens
from mailbot.deciding.content import told_text
from mailbot.deciding.context import Arrival
from mailbot.deciding.early import TakeIn
from mailbot.deciding.effects import (
    Answer,
    Answered,
    Assign,
    Close,
    Consequence,
    Decision,
    Duplicate,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    MarkBounced,
    MarkSent,
    NoticeKind,
    Notify,
    OpenTicket,
    PassOn,
    Place,
    Quarantine,
    Reason,
    Rise,
    Send,
)
from mailbot.deciding.listed import Acknowledge, AnswerOne, SendList, Show
from mailbot.deciding.ordered import Called, Do
from mailbot.deciding.policy import decide
from mailbot.deciding.questions import Alarm, Ask, Confirm, Disown, Learn
from mailbot.deciding.understanding import Understood
from mailbot.deciding.vendors.wrote import FromVendor
from mailbot.desk import Desk, pausing
from mailbot.desk.acts import awaiting, commanding, seeing
from mailbot.desk.acts.whose import of_another
from mailbot.desk.changing import changed_by
from mailbot.desk.lookup import (
    SENT_COPY,
    look_up,
    look_up_given,
    look_up_relayed,
    look_up_written,
    newly_titled,
    newly_written,
)
from mailbot.desk.mails import asking, relaying, returning, sharing, vendoranswers
from mailbot.desk.mails.outgoing import mails_of, queue
from mailbot.desk.refusing import RefusedError
from mailbot.desk.slowpatterns import note_slow_patterns
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message
from mailbot.store import answers, changes, outbox, quarantine, relayed, spool, team, tickets


@dataclass(frozen=True, slots=True)
class ReadArrival:
    """An arrival whose octets were read."""

    arrival: Arrival
    understood: Understood

    @property
    def message(self) -> Message:
        """Return the message; an empty one where it cannot be read."""
        return self.understood.message

    @property
    def fingerprint(self) -> str:
        """Return what tells it from other messages; the copy that its author kept is another than one that came in."""
        return (SENT_COPY if self.arrival.sent else "") + self.understood.fingerprint


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of one arrival, for the log line: ids are None where there is none."""

    arrival: int
    decision: Decision
    entry: int | None
    ticket: int | None


def process(conn: Connection, desk: Desk, item: ReadArrival, now: datetime) -> Processed:
    """Decide on one read arrival and write everything down; part of the caller's transaction."""
    if item.understood.cause:
        decision = _unreadable(item)
    else:
        note_slow_patterns(conn, desk, item.understood, now)
        context = look_up(conn, desk, item.understood, item.arrival, item.fingerprint, now)
        context = look_up_given(conn, desk, item.understood, item.arrival, context, now)
        if item.arrival.sent or agent_of(_author(item), desk.rules):
            context = look_up_written(conn, desk, item.understood, item.arrival, context)
        if relay_tokens(item.understood.clues):
            context = look_up_relayed(conn, desk, item.understood, context)
        for seen in (newly_written, newly_titled):
            item = replace(item, understood=seen(conn, desk, item.understood, item.arrival, context, now))
        decision = decide(item.understood, item.arrival, context, desk.rules, desk.keyring, now)
    decision = _once(conn, desk, item, decision)
    if not commanding.has_orders(decision):
        return _apply(conn, desk, item, decision, now)
    try:
        with conn.begin_nested():
            return _apply(conn, desk, item, decision, now)
    except RefusedError as refused:
        stopped = commanding.stopped(decision, refused, item.message.reply_text, desk.rules, now)
        return _apply(conn, desk, item, stopped, now)


def _once(conn: Connection, desk: Desk, item: ReadArrival, decision: Decision) -> Decision:
    """Return the decision; for another copy of what is kept apart already, that it is one: told and listed once."""
    if not isinstance(decision.place, Quarantine):
        return decision
    entry = quarantine.kept_apart(conn, desk.partner, item.fingerprint)
    if entry is None:
        return decision
    return Decision(
        Duplicate(entry), reasons=(Reason("duplicate.quarantine", "the same message was kept apart before"),)
    )


def _unreadable(item: ReadArrival) -> Decision:
    cause = item.understood.cause
    text = f"it cannot be read: {item.understood.detail or cause}"
    told = Notify(NoticeKind.QUARANTINED, text=text)
    quiet = item.arrival.history or item.arrival.silent
    return Decision(Quarantine(cause), () if quiet else (told,), (Reason(f"quarantine.{cause}", text),))


def _apply(conn: Connection, desk: Desk, item: ReadArrival, decision: Decision, now: datetime) -> Processed:
    """Write down the decision: the place, the outgoing mail, the entry, what else follows."""
    place = decision.place
    match place:
        case Duplicate(entry=entry):
            _finish(conn, item, entry, decision)
            return Processed(item.arrival.id, decision, entry, None)
        case Quarantine():
            entry = _quarantine(conn, item, place, decision, now)
            ticket = None
        case FileEvent() | OpenTicket() | JoinTicket():
            ticket = _place(conn, desk, item, place, now)
            mails: tuple[outbox.NewMail, ...] = ()
            if ticket is not None:
                decision, mails = mails_of(conn, desk, item.arrival, item.message, ticket, decision, now)
            entry = tickets.append_entry(conn, _entry(conn, desk, item, ticket, decision, now))
            _finish(conn, item, entry, decision)
            _remember(conn, desk, item, decision, ticket, entry)
            awaiting.await_questions(conn, desk, item.message, place, entry, now)
            if ticket is not None:
                queue(conn, desk, mails, _within(place) or ticket, entry, now)
        case _:
            assert_never(place)
    commanding.do(conn, desk, decision, item.arrival, item.message, ticket, entry, now)
    for consequence in decision.consequences:
        _follow(conn, desk, item, consequence, ticket, entry, now)
    return Processed(item.arrival.id, decision, entry, ticket)


def _follow(
    conn: Connection,
    desk: Desk,
    item: ReadArrival,
    consequence: Consequence,
    ticket: int | None,
    entry: int,
    now: datetime,
) -> None:
    """Write down one thing that follows from the decision."""
    match consequence:
        case Rise():
            changes.rise(
                conn,
                _some(ticket),
                consequence,
                author=_author(item),
                reason="the customer's words",
                now=now,
                caused_by=_author(item),
            )
        case Assign():
            reason = "the customer said whom it is for"
            changes.assign(conn, _some(ticket), consequence, author=_author(item), reason=reason, now=now)
        case Answered():
            sharing.answered(conn, desk, _some(ticket), entry, consequence, now)
        case Close(reason=reason, solved_by=article, others=others):
            ended = (_some(ticket), *others)
            changes.close_all(conn, ended, author="mailbot", reason=reason, now=now, solved_by=article)
        case Notify(kind=kind, urgent=urgent, text=text):
            desk.tell(conn, kind, urgent=urgent, text=text, ticket_id=ticket, entry_id=entry, now=now)
        case MarkBounced():
            returning.note_bounce(conn, desk, consequence, item.arrival, now)
        case PassOn() | Ask() | Alarm() | Confirm() | Disown() | Learn() | TakeIn() | Acknowledge() | FromVendor():
            _agents(conn, desk, item, consequence, ticket, entry, now)
        case MarkSent(outbox=number):
            answers.mark_found_sent(conn, number, now)
        case Answer() | Send() | Do() | Called() | AnswerOne() | Show() | SendList():
            pass  # done above: mails are queued together with the entry that they answer
        case _:
            assert_never(consequence)


def _agents(
    conn: Connection,
    desk: Desk,
    item: ReadArrival,
    consequence: PassOn | Ask | Alarm | Confirm | Disown | Learn | TakeIn | Acknowledge | FromVendor,
    ticket: int | None,
    entry: int,
    now: datetime,
) -> None:
    """Write down what our agents get, are asked, or have said."""
    match consequence:
        case PassOn():
            relaying.pass_on(conn, desk, consequence, item.message, _some(ticket), entry, now)
        case FromVendor():
            vendoranswers.note_answer(conn, desk, consequence, item.message, _some(ticket), entry, now)
        case TakeIn():
            awaiting.take_in(conn, desk, consequence, _some(ticket), now)
        case Ask():
            asking.ask(conn, desk, consequence, item.arrival.id, now)
        case Alarm():
            asking.alarm(conn, desk, consequence, item.arrival.id, now)
        case Acknowledge():
            seeing.acknowledge(conn, desk, consequence, now)
        case Confirm(arrival=arrival, agent=agent, word=word):
            quarantine.confirm(conn, arrival, agent, word=word, now=now)
        case Learn(address=address, agent=agent):
            team.learn(conn, desk.partner, address, agent, now)
        case Disown(arrival=arrival, agent=agent, reason=reason):
            quarantine.disown(conn, arrival, agent, reason=reason, now=now)


def _within(place: Place) -> int | None:
    """Return the merged ticket in whose conversation with the customer it stands, None for the ticket's own."""
    return place.within if isinstance(place, JoinTicket) else None


def _some(ticket: int | None) -> int:
    if ticket is None:
        raise AssertionError("only a message with a ticket can raise one")
    return ticket


def _author(item: ReadArrival) -> str:
    return canonical(item.message.sender.address) if item.message.sender else ""


def _place(conn: Connection, desk: Desk, item: ReadArrival, place: Place, now: datetime) -> int | None:
    """Return the ticket that holds the message, opened or reopened as decided; None for an event."""
    match place:
        case OpenTicket():
            ticket = tickets.open_ticket(conn, desk.partner, place, now)
            if item.arrival.history:
                changes.close(conn, ticket, author="mailbot", reason="past mail", now=item.arrival.received_at)
            return ticket
        case JoinTicket(ticket=ticket, reopen=reopen, flags=flags):
            if reopen:
                changes.reopen(conn, ticket, author=_author(item), reason="a new message", now=now, waits=False)
            if place.kind is EntryKind.CUSTOMER and place.asks and not item.arrival.history:
                pausing.end(conn, desk, ticket, now, author=_author(item), reason="a new message")
            if Flag.ENCRYPTED in flags:
                reason = "a message that cannot be read here"
                changes.add_flags(conn, ticket, (Flag.ENCRYPTED,), author=_author(item), reason=reason, now=now)
            return ticket
        case _:
            return None


def _entry(
    conn: Connection, desk: Desk, item: ReadArrival, ticket: int | None, decision: Decision, now: datetime
) -> tickets.NewEntry:
    message, place = item.message, decision.place
    kind, event, author = EntryKind.CUSTOMER, None, ""
    flags: tuple[Flag, ...] = ()
    if isinstance(place, (OpenTicket, JoinTicket)):
        kind, flags = place.kind, place.flags
        author = place.agent
    elif isinstance(place, FileEvent):
        kind, flags, event = _EVENT_ENTRY[place.kind], place.flags, place.kind
    sender = message.sender or (message.from_[0] if message.from_ else None)
    entry = tickets.NewEntry(
        partner=desk.partner,
        kind=kind,
        at=item.arrival.received_at,
        recorded_at=now,
        ticket_id=ticket,
        event=event,
        arrival_id=item.arrival.id,
        message_id=message.message_id,
        fingerprint=item.fingerprint,
        from_address=sender.address if sender else "",
        from_name=sender.name if sender else "",
        subject=message.subject,
        text=told_text(message, ticket),
        reply_text=message.reply_text,
        author=author,
        flags=flags,
        reasons=decision.reasons,
        evidence=decision.evidence,
        change=changed_by(conn, desk, item.arrival, decision, ticket),
        decision=relayed.left_behind(decision),
    )
    passed_on = place.passed_on if isinstance(place, OpenTicket) else None
    return entry if passed_on is None else of_another(entry, passed_on, message, ticket)


_EVENT_ENTRY = {
    EventKind.AGENT: EntryKind.AGENT,
    EventKind.AUTOMATIC: EntryKind.AUTOMATIC,
    EventKind.BOUNCE: EntryKind.BOUNCE,
    EventKind.OWN: EntryKind.AUTOMATIC,
    EventKind.SPAM: EntryKind.CUSTOMER,
    EventKind.THANKS: EntryKind.CUSTOMER,
}


def _finish(conn: Connection, item: ReadArrival, entry: int, decision: Decision) -> None:
    spool.finish(
        conn,
        item.arrival.id,
        entry=entry,
        fingerprint=item.fingerprint,
        message_id=item.message.message_id,
        from_address=_author(item),
        reasons=decision.reasons,
    )


def _quarantine(conn: Connection, item: ReadArrival, place: Quarantine, decision: Decision, now: datetime) -> int:
    return quarantine.quarantine(
        conn,
        item.arrival.id,
        place.cause,
        item.understood.detail,
        now=now,
        fingerprint=item.fingerprint,
        message_id=item.message.message_id,
        from_address=_author(item),
        subject=item.message.subject,
        reasons=decision.reasons,
        shown=place.shown,
    )


def _remember(
    conn: Connection, desk: Desk, item: ReadArrival, decision: Decision, ticket: int | None, entry: int
) -> None:
    """Note the message's own id, so that its sender's next mail finds the ticket by it; an agent's, so that hers does.

    Not of a note of ours, of a machine's answer, or of a colleague: an id of his would prove him
    a party of the ticket before anybody allowed it.
    """
    place, message_id = decision.place, item.message.message_id
    if ticket is None or not message_id:
        return
    outgoing = isinstance(place, (OpenTicket, JoinTicket)) and place.kind is EntryKind.AGENT
    if isinstance(place, OpenTicket) and place.passed_on is not None:
        return
    if outgoing:
        addresses = customers(item.message, desk.rules)
    elif isinstance(place, JoinTicket) and (
        place.kind is not EntryKind.CUSTOMER or Flag.PROPOSED_PARTICIPANT in place.flags
    ):
        return
    else:
        addresses = frozenset(filter(None, [_author(item)]))
    for address in sorted(addresses):
        tickets.remember_id(
            conn,
            desk.partner,
            message_id,
            ticket_id=_within(place) or ticket,
            address=address,
            outgoing=outgoing,
            entry_id=entry,
        )
