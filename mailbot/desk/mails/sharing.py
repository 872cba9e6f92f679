"""Several of us behind one address: whose a ticket is, and what the others are told of an answer to it.

Everybody who was handed the question gets the answer as one small mail in the conversation of his relays, in his
hours. It bears the token of a notice, so that nothing that is written in reply to it reaches the customer.
"""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy

from sqlalchemy import Connection

from mailbot.deciding.agents.nights import is_night
from mailbot.deciding.agents.team import agent_by_id, giver_of
from mailbot.deciding.effects import Answered
from mailbot.deciding.given import Given
from mailbot.deciding.returned import refusal_of
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.duty import due_at
from mailbot.desk.mails.teammail import TeamMail
from mailbot.desk.nights import may_see
from mailbot.reading.model import Mailbox
from mailbot.render import ToldFacts
from mailbot.rules import Agent
from mailbot.store import changes, clocks, counting, given, relays, team, tickets

FIRST_ANSWER = "answered first"
"""The reason in the log for which a ticket that was nobody's is an agent's."""
KIND = "told"
"""The outbox kind of a mail that tells an agent what another answered."""
_PRIORITY = 45


def answered(conn: Connection, desk: Desk, ticket: int, entry: int, effect: Answered, now: datetime) -> None:
    """Write down that an agent answered by that entry: the ticket is his, and the others are told."""
    clocks.stop_merged(conn, ticket, entry, effect, now)
    if counting.is_held(conn, ticket, entry):
        counting.restate(conn, entry, author="mailbot", reason="the answer waits for a release", now=now)
    giver = agent_by_id(effect.agent, desk.rules)
    if effect.agent and not (giver and giver.outsourced and not is_night(desk.rules, now)):
        changes.take(conn, ticket, effect.agent, reason=FIRST_ANSWER, now=now)
    share(conn, desk, ticket, entry, effect.agent, now, effect.within)


def share(
    conn: Connection, desk: Desk, ticket: int, entry: int, agent: str, now: datetime, within: int | None = None
) -> None:
    """Note that the others who were handed the question are to be told of that answer, each in his hours, and back.

    Where nobody knows who of us answered, all of them are, unless there is only one.
    """
    [facts] = tickets.facts(conn, desk.partner, [ticket])
    handed = given.handed_to(conn, ticket) | (given.handed_to(conn, within) if within else frozenset())
    for other in desk.rules.agent:
        is_himself = other.id == agent or len(desk.rules.agent) == 1
        if other.id in handed and not is_himself and may_see(conn, desk, other, facts, now):
            at = now if other.outsourced else due_at(conn, desk, other, ticket, now)
            relays.add(conn, desk.partner, other.id, ticket_id=ticket, entry_id=entry, urgent=False, due_at=at)


def share_return(conn: Connection, desk: Desk, answer: Given, now: datetime) -> None:
    """Note that whoever was told of that answer is to be told that it did not arrive, each in his hours.

    Whoever is still to be told of it hears both at once.
    """
    told = relays.told_of(conn, answer.entry)
    for other in desk.rules.agent:
        if (
            other.id in told - {answer.agent}
            and not other.outsourced
            and not relays.is_under_way(conn, other.id, answer.entry)
        ):
            at = due_at(conn, desk, other, answer.ticket, now)
            relays.add(
                conn, desk.partner, other.id, ticket_id=answer.ticket, entry_id=answer.entry, urgent=False, due_at=at
            )


def told_mail(
    conn: Connection, desk: Desk, relay: relays.Relay, answer: Given, agent: Agent, now: datetime
) -> TeamMail:
    """Return the mail that tells an agent what another answered, or that what he was told of did not arrive."""
    address = agent.addresses[0]
    token = desk.token(Purpose.NOTICE, answer.ticket, address, now)
    [facts] = tickets.facts(conn, desk.partner, [answer.ticket])
    mails = given.lost_mails(conn, answer.ticket, answer.entry)
    lost = tuple((address, refusal_of(status, said).why) for address, status, said in mails)
    return TeamMail(
        key=f"relay:{relay.id}",
        kind=KIND,
        template="team-told",
        facts=ToldFacts(
            now=now,
            brand=desk.rules.partner.brand,
            token=token,
            subject=subject_of(conn, desk, answer.ticket, address),
            by=writer_of(desk, answer),
            reader=reader_of(conn, desk, answer.ticket),
            words=answer.words,
            by_phone=answer.by_phone,
            at=answer.at,
            closed=facts.closed_at is not None,
            lost=lost,
            again=bool(lost) and agent.id in relays.told_of(conn, answer.entry),
            waits=facts.waiting_since is not None,
            country=desk.rules.partner.country,
        ),
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{relay.id:x}t",
        answerable=True,
        ticket=answer.ticket,
        entry=answer.entry,
        thread=answer.ticket,
        may_repeat=False,
        priority=_PRIORITY,
    )


def writer_of(desk: Desk, answer: Given) -> str:
    """Return who gave an answer, as a sentence begins; that nobody knows which of us where that is so."""
    who = giver_of(answer.agent, desk.rules, by_mail=not answer.by_phone) or "somebody, from the shared mailbox,"
    return f"{who[0].upper()}{who[1:]}"


def reader_of(conn: Connection, desk: Desk, ticket: int) -> str:
    """Return who opened a ticket, by name if there is one, and for whom: "Jane Roe at Acme Dental"."""
    named = team.named(conn, desk.partner, ticket)
    if named is None:
        return ""
    tenant = desk.rules.tenant_by_id(named.tenant)
    person = named.requester_name or named.requester
    return f"{person} at {tenant.name}" if tenant else person


def subject_of(conn: Connection, desk: Desk, ticket: int, address: str) -> str:
    """Return the subject of the agent's last relay of a ticket, by which mail programs keep the two together."""
    raw = relays.last_relay(conn, desk.partner, ticket, address)
    if raw is not None:
        return str(message_from_bytes(raw, policy=policy.default)["Subject"])
    named = team.named(conn, desk.partner, ticket)
    return f"[{ticket}] {named.subject if named else ''}".rstrip()
