"""Commands in mail that went past us, to customers: they have read them, so the writer is told, in one line.

| the mail | its commands |
|---|---|
| a reply to a relay, to all whom it would go to, From proven, his own token | are done |
| the same, passed on to others of us alone | are done, and nothing is told: no customer has read them |
| from an agent's address, with us in copy | not done: a reply to what he is told, which has his token, does them |
| from the shared mailbox, which names no agent | the same, for whoever wrote it, or for all of whom it may be |

Where From alone would do them, whoever can write in an agent's name to a customer could close her ticket. A note that
the customer has read is none any more, and what is only nearly a command is told as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailbot.deciding.agents.commands import Moment, Orders, Problem, kinds, parse_message
from mailbot.deciding.agents.commands.escalating import Escalate
from mailbot.deciding.agents.doing import consequences, possible
from mailbot.deciding.agents.machines import may_be_typed
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.agents.team import may_act_for
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Consequence, Decision, Reason
from mailbot.deciding.questions import Ask
from mailbot.deciding.situation import Situation
from mailbot.reading.model import Verdict
from mailbot.rules import Agent

_MOST_SHOWN = 3
_NO_MORE = (kinds.Note, kinds.Called, Escalate)


def with_seen(
    decided: Decision,
    at: Situation,
    ticket: TicketFacts | None,
    recipients: Iterable[str],
    writer: Agent | None,
    *,
    by_token: bool,
    by_customer: bool = True,
) -> Decision:
    """Return the decision on a mail that those recipients have, with what becomes of the commands in it.

    None are others of us alone. `by_token` says that it bears the token of the writer's relay, `by_customer` that a
    customer is among the recipients, and not somebody else.
    """
    words = replace(at.message, reply_text=new_words(at.message, at.rules))
    orders = possible(parse_message(words, Moment.of(writer, at.rules, at.now)), at, writer)
    seen = [one.written for one in orders.steps if not isinstance(one, Problem) or one.nearest][:_MOST_SHOWN]
    if not seen:
        return decided
    recipients = sorted(recipients)
    done = _done(at, writer, orders, outside=bool(recipients)) if by_token and writer else ()
    code = "command.seen-done" if done else "command.seen"
    readers = " and ".join(recipients[:_MOST_SHOWN]) or "others of us"
    reason = Reason(code, f"{readers} can read its commands, which are {'done' if done else 'not done'}")
    decided = replace(decided, consequences=(*decided.consequences, *done), reasons=(*decided.reasons, reason))
    if done and not recipients:
        return decided
    if writer and ticket and not may_act_for(writer, ticket.tenant):
        ticket = None
    line = _line(seen, recipients, done=bool(done), proven=_is_proven(at), ticket=ticket)
    title = "The customer has read your command" if by_customer else "Others have read your command"
    told = tuple(_told(agent, line, title, ticket) for agent in _writers(at, ticket, writer))
    return replace(decided, consequences=(*decided.consequences, *told))


def _done(at: Situation, writer: Agent, orders: Orders, *, outside: bool) -> tuple[Consequence, ...]:
    proven = at.sender.verdict is Verdict.PASS and not may_be_typed(at)
    if not proven or (outside and any(isinstance(command, _NO_MORE) for command in orders.commands)):
        return ()
    # What others of us have read is no word to the customer, as of a wait.
    return tuple(consequences(orders if outside else replace(orders, below=""), writer))


def _is_proven(at: Situation) -> bool:
    return at.arrival.sent or at.sender.verdict is Verdict.PASS


def _writers(at: Situation, ticket: TicketFacts | None, writer: Agent | None) -> Iterable[Agent]:
    """Return who is told: the writer, or all who may have written it."""
    if writer is not None:
        return (writer,)
    return (agent for agent in at.rules.agent if may_act_for(agent, ticket.tenant if ticket else None))


def _line(seen: list[str], recipients: list[str], *, done: bool, proven: bool, ticket: TicketFacts | None) -> str:
    written = " and ".join(f"“{one}”" for one in seen)
    readers = " and ".join(recipients[:_MOST_SHOWN]) or "Whom you wrote to"
    read = f"{readers} {'has' if len(recipients) == 1 else 'have'} read {written}: the mail went to them directly."
    if done:
        return f"{read} It was done all the same."
    doubt = "" if proven else ", since nothing proves that it was yours"
    again = "; reply to this mail with it, and it is" if ticket else ""
    return f"{read} It was not done{doubt}{again}."


def _told(agent: Agent, line: str, title: str, ticket: TicketFacts | None) -> Ask:
    return Ask(agent.id, line, confirmable=False, told=(line,), title=title, ticket=ticket.id if ticket else None)
