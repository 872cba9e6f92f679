"""An answer that did not reach the customer comes back to the agent who wrote it: why, his words, and what to do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.nights import is_night
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import MarkBounced, NoticeKind
from mailbot.deciding.returned import EXPIRED, UNCLEAR, Refusal, refusal_of
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk, pausing
from mailbot.desk.lookup import home_of
from mailbot.desk.mails import unreached
from mailbot.desk.mails.sharing import reader_of, share_return, subject_of
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.desk.mails.vendoranswers import note_lost
from mailbot.reading.model import BounceAction, Mailbox
from mailbot.render.among import ReturnedFacts
from mailbot.rules import Agent
from mailbot.store import acts, answers, changes, clocks, counting, given, waits
from mailbot.store.outbox import OutboxState, UnsentMail, queue


def note_bounce(conn: Connection, desk: Desk, effect: MarkBounced, arrival: Arrival, now: datetime) -> None:
    """Note what a bounce says of a mail, and tell the agent whose answer it returns, or of the agent who got no relay.

    Of one that is only late nobody is told.
    """
    answers.mark_bounced(conn, effect, now)
    if effect.action == BounceAction.FAILED and not (arrival.history or arrival.silent):
        refusal = refusal_of(effect.status, effect.diagnostic)
        said = effect.diagnostic or effect.status
        _tell(conn, desk, effect.outbox, refusal, said, now)
        note_lost(conn, desk, effect.outbox, refusal, said, now=now)
        unreached.did_not_arrive(conn, desk, effect.outbox, said or refusal.why, now)


def tell_of_unsent(conn: Connection, desk: Desk, mail: UnsentMail, now: datetime) -> None:
    """Tell the agent whose answer failed, expired, or may not have left."""
    said = given.said_of(conn, mail.id)
    match mail.state:
        case OutboxState.FAILED:
            refusal = refusal_of("", said)
            _tell(conn, desk, mail.id, refusal, said, now)
            note_lost(conn, desk, mail.id, refusal, said, now=now)
        case OutboxState.EXPIRED:
            _tell(conn, desk, mail.id, EXPIRED, said, now)
        case OutboxState.UNCLEAR:
            _tell(conn, desk, mail.id, UNCLEAR, "", now)
            note_lost(conn, desk, mail.id, UNCLEAR, "", now=now)
        case _:
            pass


def _tell(conn: Connection, desk: Desk, outbox: int, refusal: Refusal, said: str, now: datetime) -> None:
    answer = given.answer_in(conn, outbox)
    if answer is None:
        return
    reopened = resumed = False
    if refusal is not UNCLEAR:
        resumed = _waits_no_longer(conn, desk, answer, now)
        reopened = not answer.of_wait and _unanswered(conn, desk, answer, now)
    agent = agent_by_id(answer.given.agent, desk.rules)
    if agent is not None and agent.outsourced and not is_night(desk.rules, now):
        _tell_us(conn, desk, answer, agent, refusal, now)
        return
    if agent is None:
        return
    ticket, address = answer.given.ticket, agent.addresses[0]
    token = desk.token(Purpose.NOTICE, ticket, address, now)
    mail = TeamMail(
        key=f"returned:{outbox}",
        kind="returned",
        template="team-returned",
        facts=ReturnedFacts(
            now=now,
            brand=desk.rules.partner.brand,
            token=token,
            subject=subject_of(conn, desk, ticket, address),
            reader=reader_of(conn, desk, ticket),
            recipient=answer.recipient,
            why=refusal.why,
            advice=refusal.advice,
            said=said,
            words=answer.given.words,
            unclear=refusal is UNCLEAR,
            reopened=reopened,
            resumed=resumed,
            of_wait=answer.of_wait,
            country=desk.rules.partner.country,
        ),
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{outbox:x}b",
        answerable=True,
        ticket=ticket,
        entry=answer.given.entry,
        thread=ticket,
    )
    is_news = queue(conn, desk.partner, team_mail(desk, mail, now), now) is not None
    if is_news and refusal is not UNCLEAR:
        share_return(conn, desk, answer.given, now)


def _tell_us(
    conn: Connection, desk: Desk, answer: given.Outgoing, agent: Agent, refusal: Refusal, now: datetime
) -> None:
    """Note for our own people that an answering service's answer did not arrive: its night is over."""
    text = f"{agent.name}'s answer did not arrive at {answer.recipient}: {refusal.why}"
    desk.tell(conn, NoticeKind.BOUNCED, text=text, ticket_id=answer.given.ticket, now=now)


def _waits_no_longer(conn: Connection, desk: Desk, answer: given.Outgoing, now: datetime) -> bool:
    """End the wait that the same mail began where its day reached nobody; return whether it is over."""
    home = home_of(conn, desk, answer.given.ticket)
    kind = waits.TOLD if answer.of_wait else given.REPLY
    if not counting.reaches_nobody(conn, answer.given.ticket, answer.given.entry, kind):
        return False
    waited = acts.waits_with(conn, answer.given.entry, home)
    if waited:
        pausing.end(conn, desk, home, now, author="mailbot", reason=f"the day did not arrive at {answer.recipient}")
    return waited


def _unanswered(conn: Connection, desk: Desk, answer: given.Outgoing, now: datetime) -> bool:
    """Note that the customer waits as before; return whether the ticket, which the same mail closed, is open again."""
    reason, home = f"the answer did not arrive at {answer.recipient}", home_of(conn, desk, answer.given.ticket)
    reopened = acts.closed_with(conn, answer.given.entry, home)
    if reopened:
        changes.reopen(conn, home, author="mailbot", reason=reason, now=now)
    ticket, entry = answer.given.ticket, answer.given.entry
    if entry in counting.counted(conn, [ticket]).void:
        counting.restate(conn, entry, author="mailbot", reason=reason, now=now)
        waiting = [home] if home != ticket else []
    else:
        waiting = [home, *clocks.within_of(conn, home, entry)]
    for one in waiting:
        changes.waits_again(conn, one, author="mailbot", reason=reason, now=now)
    return reopened
