"""Doing what agents write in their mail: by the same requests that the command line makes, all of them or none.

What is refused stops all of the mail, and its writer is told why. What must be confirmed is asked back, and the mail is
decided anew when he says yes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents import nights
from mailbot.deciding.agents.asking import COMMANDED
from mailbot.deciding.agents.commands import kinds
from mailbot.deciding.agents.readers import by_id
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.context import Arrival
from mailbot.deciding.effects import (
    UNCONFIRMED,
    Answered,
    AnswerKind,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    JoinTicket,
    OpenTicket,
    Quarantine,
    Reason,
    Send,
)
from mailbot.deciding.listed import AnswerOne, SendList, Show
from mailbot.deciding.ordered import Called, Do
from mailbot.deciding.questions import Ask
from mailbot.desk import Desk
from mailbot.desk.acts import listed
from mailbot.desk.acts.requests import Done, Request, Work
from mailbot.desk.acts.steering import called
from mailbot.desk.acts.verbs import STEERING
from mailbot.desk.mails.asking import News, tell
from mailbot.desk.mails.outgoing import may_have_answered
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.reading.model import Message
from mailbot.render.notices import cut_short
from mailbot.rules import Rules
from mailbot.store import team

_LONGEST_NAMED = 70
_ORDERS = (Do, Called, AnswerOne, Show, SendList, Send)


def has_orders(decision: Decision) -> bool:
    """Return whether a decision does, or sends, what an agent wrote."""
    return any(isinstance(effect, _ORDERS) for effect in decision.consequences)


def do(
    conn: Connection,
    desk: Desk,
    decision: Decision,
    arrival: Arrival,
    message: Message,
    ticket: int | None,
    entry: int,
    now: datetime,
) -> None:
    """Do what an agent's mail, which became that entry, asks for, and tell him what is news to him.

    What a reply to a list had done is, line by line.

    Raise RefusedError for what cannot be done.
    """

    def asked(step: Callable[[Work], Done], request: Request, effect: Do | Called) -> Done:
        _require_allowed(desk, effect, now)
        of_list = {"ticket": ticket if effect.ticket is None else effect.ticket, "agent": effect.agent}
        of_mail = {
            "written_at": arrival.received_at,
            "arrival": arrival.id,
            "may_have_left": may_have_answered(conn, desk, arrival, AnswerKind.ACKNOWLEDGEMENT),
        }
        return step(Work(conn, desk, {**of_mail, **request, **of_list}, now, entry))

    news: list[str] = []
    agent, about, incident = "", ticket, 0
    for effect in decision.consequences:
        match effect:
            case Do():
                request = {"reason": effect.written, **dict(effect.values)}
                done = asked(STEERING[effect.verb], request, effect)
                about, incident = about or done.ticket, done.incident or incident
                # Of a list's the number as well: "1 take".
                words = effect.written.split(" ")[: 1 if effect.ticket is None else 2]
                merged = f" (#{effect.within}, merged into #{effect.ticket})" if effect.within else ""
                whose = "" if effect.ticket is None or done.lines else _whose(conn, desk, effect.ticket)
                line = f"{' '.join(words)}{merged}: {done.text}{whose}."
                news += [line, *done.lines] if done.told or effect.ticket else []
            case Called():
                done = asked(called, {"at": effect.at, "text": effect.text, "within": effect.within}, effect)
                news += [f"{done.text}."] if effect.ticket is not None else []
            case Show():
                _require_allowed(desk, effect, now)
                done = listed.show(conn, desk, replace(effect, ticket=effect.ticket or ticket), now)
                news += [f"{effect.written}: {done.text}."] if done.told or effect.ticket is not None else []
            case AnswerOne():
                news.append(f"{effect.written}: {listed.answer(conn, desk, effect, arrival, message, now)}.")
            case SendList():
                _require_allowed(desk, effect, now)
                listed.send(conn, desk, effect, now)
            case _:
                continue
        agent = effect.agent
    if news:
        told = News(news[0], tuple(news), "What was done", ticket=about, incident=incident)
        _tell(conn, desk, agent, told, arrival.id, now)


_COMMAND_OF = {Called: kinds.Called, Show: kinds.Show, SendList: kinds.ListOpen}


def _require_allowed(desk: Desk, effect: Do | Called | Show | SendList, now: datetime) -> None:
    """Raise RefusedError for what an answering service may not have done, whatever mail asks for it."""
    kind = type(effect.command or kinds.Note("")) if isinstance(effect, Do) else _COMMAND_OF[type(effect)]
    if why := nights.refusal(kind, agent_by_id(effect.agent, desk.rules), desk.rules, now):
        raise RefusedError(why)


def _whose(conn: Connection, desk: Desk, ticket: int) -> str:
    """Return whose the ticket is and what it is about, in parentheses: a number of a list is easily mistaken."""
    named = team.named(conn, desk.partner, ticket)
    if named is None:
        return ""
    tenant = desk.rules.tenant_by_id(named.tenant)
    whose = tenant.name if tenant else named.requester_name or named.requester
    return f" ({cut_short(', '.join(filter(None, (whose, named.subject))), _LONGEST_NAMED)})"


def stopped(decision: Decision, refused: RefusedError, text: str, rules: Rules, now: datetime) -> Decision:
    """Return what becomes of a mail that was refused, or waits for a yes: none of it is done or sent.

    No ticket is opened: that is what it asked for.
    """
    effects = decision.consequences
    agent = next(effect.agent for effect in effects if isinstance(effect, _ORDERS))
    if _went_past_us(decision):
        return _not_done(decision, agent, refused)
    if isinstance(refused, UnconfirmedError):
        why = str(refused)
        number = decision.place.ticket if isinstance(decision.place, JoinTicket) else None
        follows = (*_follows(decision, WallClock.of(rules, now)), *refused.follows)
        title = f"Please confirm: {refused.about}" if refused.about else "Please confirm"
        asked = Ask(agent, why, text, title=title, ticket=number, doing=follows, shows=refused.shows)
        return Decision(Quarantine(UNCONFIRMED, refused.shown), (asked,), (Reason(COMMANDED, why),))
    writes = isinstance(decision.place, JoinTicket) or any(isinstance(one, (Send, AnswerOne)) for one in effects)
    unsent = (f"Nothing of your mail was done{', and the customer got nothing' if writes else ''}: {refused}.",)
    number = decision.place.ticket if isinstance(decision.place, JoinTicket) else None
    asked = Ask(agent, str(refused), text, confirmable=False, told=unsent, title="Not done", ticket=number)
    reasons = (Reason("command.refused", str(refused)),)
    place = decision.place
    if isinstance(place, JoinTicket):
        place = replace(place, kind=EntryKind.NOTE)
    elif isinstance(place, OpenTicket):
        place = FileEvent(EventKind.OWN)
    return Decision(place, (asked,), reasons)


def _went_past_us(decision: Decision) -> bool:
    """Return whether the customer has the mail already: it stays an answer, whatever becomes of its commands."""
    kinds = {type(effect) for effect in decision.consequences}
    return Answered in kinds and Send not in kinds and isinstance(decision.place, JoinTicket)


def _not_done(decision: Decision, agent: str, refused: RefusedError) -> Decision:
    number = decision.place.ticket if isinstance(decision.place, JoinTicket) else None
    line = f"The customer has your answer with the commands in it; nothing of these was done: {refused}."
    told = Ask(agent, str(refused), confirmable=False, told=(line,), title="Not done", ticket=number)
    kept = tuple(one for one in decision.consequences if not isinstance(one, (*_ORDERS, Ask)))
    return replace(
        decision,
        consequences=(*kept, told),
        reasons=(*decision.reasons, Reason("command.refused", str(refused))),
    )


def _follows(decision: Decision, clock: WallClock) -> Iterator[str]:
    """Yield what a yes to what a decision does has done, and to whom it sends words."""
    for effect in decision.consequences:
        if isinstance(effect, Do):
            command = effect.command
            yield f"#{command.word}: {command.does(clock)}" if command else f"{effect.written} is done"
        elif isinstance(effect, Send):
            yield f"your words go to {' and '.join(effect.recipients)}"


def _tell(conn: Connection, desk: Desk, agent_id: str, news: News, arrival: int, now: datetime) -> None:
    """Tell an agent what became of his commands, in the thread of what they were about."""
    agent = by_id(agent_id, desk.rules)
    if agent is not None:
        tell(conn, desk, agent, news, f"done:{arrival}", f"{arrival:x}d", now)
