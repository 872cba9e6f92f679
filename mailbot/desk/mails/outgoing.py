"""The mails to customers that a decision wants: written, and put into the outbox in the transaction of the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import Answer, AnswerKind, Decision, NoticeKind, Notify, Reason, Send
from mailbot.deciding.questions import Ask
from mailbot.desk import Desk
from mailbot.desk.mails import relaying
from mailbot.desk.mails.answering import answer_mail
from mailbot.desk.mails.waitwords import with_day
from mailbot.desk.refusing import RefusedError
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message
from mailbot.store import outbox, restoring, tickets


def mails_of(
    conn: Connection,
    desk: Desk,
    arrival: Arrival,
    message: Message,
    ticket: int,
    decision: Decision,
    now: datetime,
) -> tuple[Decision, tuple[outbox.NewMail, ...]]:
    """Return what is to be written to customers as mails, and the decision with what could not be written.

    Raise RefusedError where nothing of an agent's answer can be.
    """
    mails: list[outbox.NewMail] = []
    in_doubt = False
    for consequence in decision.consequences:
        try:
            match consequence:
                case Answer(kind=kind):
                    held = may_have_answered(conn, desk, arrival, kind)
                    in_doubt |= held
                    mails.append(answer_mail(desk, consequence, ticket, arrival, message, now, held=held))
                case Send():
                    said = with_day(conn, desk, consequence, decision, ticket, now)
                    # May wait, where an emergency answer may not: an agent who reads it can tell.
                    held = may_have_answered(conn, desk, arrival, AnswerKind.ACKNOWLEDGEMENT)
                    in_doubt |= held
                    mails += _replies(conn, desk, said, ticket, arrival, message, now, held=held)
                    decision = _with_unwritten(decision, consequence, ticket)
                case _:
                    pass
        except UnwritableMail as error:
            text = f"the answer could not be written: {error}"
            decision = replace(
                decision,
                consequences=(*decision.consequences, Notify(NoticeKind.FAILED_MAIL, text=text)),
                reasons=(*decision.reasons, Reason("answer.unwritable", text)),
            )
    # Whatever else is told about this message names its held answer, too.
    if any(mail.held for mail in mails) and not any(isinstance(one, Notify) for one in decision.consequences):
        urgent = any(mail.kind == AnswerKind.EMERGENCY for mail in mails)
        decision = replace(decision, consequences=(*decision.consequences, Notify(NoticeKind.HELD, urgent=urgent)))
    if mails and in_doubt:
        text = "it waits for you: it came before the log was restored, or just then, and may have been answered already"
        decision = replace(decision, reasons=(*decision.reasons, Reason("answer.restored", text)))
    return decision, tuple(mails)


def _replies(
    conn: Connection,
    desk: Desk,
    effect: Send,
    ticket: int,
    arrival: Arrival,
    message: Message,
    now: datetime,
    *,
    held: bool,
) -> tuple[outbox.NewMail, ...]:
    try:
        return relaying.reply_mails(conn, desk, effect, ticket, arrival.id, message, now, held=held)
    except UnwritableMail as error:
        raise RefusedError(f"{error}; {_INSTEAD}") from error


def _with_unwritten(decision: Decision, effect: Send, ticket: int) -> Decision:
    """Return the decision; where some recipients cannot be written to, that its writer is told of them."""
    unwritable = relaying.unwritable_of(effect.recipients)
    if not unwritable:
        return decision
    why = f"no mail can be sent to {' and '.join(unwritable)}"
    others = " and ".join(one for one in effect.recipients if one not in unwritable)
    told = (f"Your answer goes to {others}, but {why}: {_INSTEAD}.",)
    asked = Ask(effect.agent, why, effect.text, confirmable=False, told=told, title="Not sent to all", ticket=ticket)
    return replace(
        decision,
        consequences=(*decision.consequences, asked),
        reasons=(*decision.reasons, Reason("answer.unwritable", why)),
    )


_INSTEAD = "call them, or ask for another address of theirs"


def may_have_answered(conn: Connection, desk: Desk, arrival: Arrival, kind: AnswerKind) -> bool:
    """Return whether a log that was lost may have sent this kind of answer to that arrival."""
    if desk.restored_at is None:
        return False
    seen = arrival.uid is None or not restoring.came_later(
        conn, desk.partner, arrival.mailbox, arrival.folder, arrival.uidvalidity, arrival.uid
    )
    return desk.may_have_answered(arrival, kind, seen=seen)


def queue(
    conn: Connection,
    desk: Desk,
    mails: tuple[outbox.NewMail, ...],
    ticket: int,
    entry: int,
    now: datetime,
) -> None:
    """Put the mails into the outbox; the recipient's next mail finds that ticket by the id of this one."""
    for mail in mails:
        row = outbox.queue(conn, desk.partner, replace(mail, entry_id=entry), now)
        if row is not None:
            tickets.remember_id(
                conn,
                desk.partner,
                mail.message_id,
                ticket_id=ticket,
                address=canonical(mail.recipient),
                outgoing=True,
                outbox_id=row,
            )
