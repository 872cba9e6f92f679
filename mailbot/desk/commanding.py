"""Doing what agents write in their mail: by the same requests that the command line makes, all of them or none.

What is refused stops all of the mail, and its writer is told why. What must be confirmed is asked back, and the mail is
decided anew when he says yes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.effects import UNCONFIRMED, Called, Decision, Do, EntryKind, JoinTicket, Quarantine, Reason
from mailbot.deciding.questions import Ask
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.requests import Done, RefusedError, Request, UnconfirmedError, Work
from mailbot.desk.steering import called
from mailbot.desk.teammail import TeamMail, team_mail
from mailbot.desk.verbs import STEERING
from mailbot.reading.model import Mailbox
from mailbot.render import AskFacts
from mailbot.store.outbox import queue


def has_orders(decision: Decision) -> bool:
    """Return whether a decision does what an agent wrote."""
    return any(isinstance(effect, (Do, Called)) for effect in decision.consequences)


def do(
    conn: Connection, desk: Desk, decision: Decision, arrival: int, ticket: int | None, entry: int, now: datetime
) -> None:
    """Do what an agent's mail, which became that entry, asks for, and tell him what is news to him.

    Raise RefusedError for what cannot be done.
    """

    def asked(step: Callable[[Work], Done], request: Request, agent: str) -> Done:
        return step(Work(conn, desk, {**request, "ticket": ticket, "agent": agent}, now, entry))

    news: list[str] = []
    agent = ""
    for effect in decision.consequences:
        match effect:
            case Do():
                request = {"reason": effect.written, **dict(effect.values)}
                done = asked(STEERING[effect.verb], request, effect.agent)
                news += [f"{effect.written}: {done.text}."] if done.told else []
            case Called():
                asked(called, {"at": effect.at.isoformat(), "text": effect.text}, effect.agent)
            case _:
                continue
        agent = effect.agent
    if news:
        _tell(conn, desk, agent, tuple(news), arrival, now)


def stopped(decision: Decision, refused: RefusedError, text: str) -> Decision:
    """Return what becomes of a mail whose commands were refused, or wait for a yes: none of it is done or sent."""
    agent = next(effect.agent for effect in decision.consequences if isinstance(effect, (Do, Called)))
    if isinstance(refused, UnconfirmedError):
        why = str(refused)
        number = decision.place.ticket if isinstance(decision.place, JoinTicket) else None
        asked = Ask(agent, why, text, title="Please confirm", ticket=number)
        return Decision(Quarantine(UNCONFIRMED), (asked,), (Reason("command.unconfirmed", why),))
    unsent = (f"Nothing of your mail was done, and the customer got nothing: {refused}.",)
    asked = Ask(agent, str(refused), text, confirmable=False, told=unsent, title="Not done")
    reasons = (Reason("command.refused", str(refused)),)
    place = decision.place
    if isinstance(place, JoinTicket):
        place = replace(place, kind=EntryKind.NOTE)
    return Decision(place, (asked,), reasons)


def _tell(conn: Connection, desk: Desk, agent_id: str, news: tuple[str, ...], arrival: int, now: datetime) -> None:
    """Tell an agent what became of his commands."""
    agent = agent_by_id(agent_id, desk.rules)
    if agent is None:
        return
    address = agent.addresses[0]
    token = desk.token(Purpose.NOTICE, 0, address, now)
    facts = AskFacts(now=now, brand=desk.rules.partner.brand, why=news[0], told=news, title="What was done")
    mail = TeamMail(
        key=f"done:{arrival}",
        kind="ask",
        template="team-ask",
        facts=facts,
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{arrival:x}d",
    )
    queue(conn, desk.partner, team_mail(desk, mail, now), now)
