"""What an agent writes in reply to a mail of ours that is no relay: commands are done, and words stay among us.

| From | evidence | token of a notice | outcome |
|---|---|---|---|
| registered | pass | his own | commands are done; words are a note; he is told both, and that no customer got them |
| registered | none | his own | commands wait for his yes at his registered address; words are an unverified note |
| the support address | any | any | as of who got it, with none: he is told, and asked, at his registered address |
| registered | as above | his own, of no ticket | the same for commands that need none (#undo); words are filed |
| anything else | | | none of this (`unusual.note_of_ours`, or an ordinary mail) |
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.asking import asked, doing, refused, unread, who
from mailbot.deciding.agents.bearing import tokens_borne
from mailbot.deciding.agents.commands import Moment, Orders, done_lines, marked, parse_message, transcript
from mailbot.deciding.agents.commands.kinds import Reopen
from mailbot.deciding.agents.doing import consequences, possible
from mailbot.deciding.agents.lapsed import kept
from mailbot.deciding.agents.machines import is_as_us, may_be_typed
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.agents.nights import may_act_in
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Consequence,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    Reason,
)
from mailbot.deciding.questions import Ask
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.reading.model import Verdict
from mailbot.rules import Agent


def reply_to_notice(at: Situation) -> Decision | None:
    """Return the decision on an agent's reply to a notice of ours, None for all else."""
    writer = agent_of(at.sender.address, at.rules)
    held = tuple(tokens_borne(at, Purpose.NOTICE))
    if writer is None and held and is_as_us(at):
        writer = held[0].agent
    borne = next((one for one in held if one.agent == writer), None)
    if writer is None or borne is None or at.sender.verdict is Verdict.FAIL:
        return None
    named = at.context.ticket(borne.claim.ticket)
    if named is None:
        orders = _orders(at, writer, of_ticket=False)
        if orders.commands and not any(command.of_ticket for command in orders.commands):
            return _of_no_ticket(at, writer, orders)
        text = "it answers a mail of ours that is not about one ticket alone: filed, and its writer is told"
        return Decision(FileEvent(EventKind.OWN), (_kept(writer, None, ()),), (Reason("note.filed", text),))
    if writer.outsourced and not may_act_in(at, writer, named):
        return kept(at, writer, named)
    if not may_act_in(at, writer, named):
        return refused("no-right", f"#{at.context.home(named).id} is not {writer.name}'s to see", writer)
    return _judged(at, writer, named)


def _orders(at: Situation, agent: Agent, *, of_ticket: bool) -> Orders:
    text, moment = new_words(at.message, at.rules), Moment.of(agent, at.rules, at.now)
    if text.strip().partition("\n")[0].rstrip(" .!").casefold() == Reopen.word:
        # A mail of ours offers that word.
        text = marked(text, moment) or text
    read = parse_message(replace(at.message, reply_text=text), moment)
    return possible(read, at, agent, of_ticket=of_ticket)


def _of_no_ticket(at: Situation, agent: Agent, orders: Orders) -> Decision:
    """Return that commands are done that need no ticket, once it is proven that they are his."""
    confirmed = at.arrival.confirmed_by == agent.id
    if not confirmed and (why := _unproven(at, agent)):
        text, follows = new_words(at.message, at.rules), doing(orders, at.clock, ())
        return asked(agent, why, text=text, doing=follows)
    reasons = tuple(Reason("relay.command", f"{step.named} is done") for step in orders.understood)
    done: tuple[Consequence, ...] = tuple(consequences(orders, agent, confirmed=confirmed))
    if orders.text.strip():
        done = (*done, _kept(agent, None, done_lines(orders, at.clock)))
    return Decision(FileEvent(EventKind.OWN), done, reasons)


def _judged(at: Situation, agent: Agent, named: TicketFacts) -> Decision:
    text, orders = new_words(at.message, at.rules), _orders(at, agent, of_ticket=True)
    ticket, within = at.context.home_and_within(named)
    confirmed = at.arrival.confirmed_by == agent.id
    if orders.problems and not (confirmed and orders.as_text):
        lines = transcript(orders, at.clock)
        if not orders.as_text:
            return unread(agent, text, ticket, lines)
        return asked(agent, "not all of it could be read", text=text, ticket=ticket, told=lines)
    if orders.problems:
        orders = Orders(below=orders.as_text)
    why = "" if confirmed else _unproven(at, agent)
    if orders.steps and why:
        follows = doing(orders, at.clock, ())
        return asked(agent, why, text=text, ticket=ticket, doing=follows)
    reasons = [Reason("note", f"{agent.name} answers a mail of ours about #{ticket.id}: the customer does not see it")]
    reasons += [Reason("relay.command", f"{step.named} is done") for step in orders.understood]
    # His words are no word to the customer, as of a wait.
    commands = replace(orders, below="")
    done: tuple[Consequence, ...] = tuple(
        consequences(commands, agent, confirmed=confirmed, within=within, ticket=ticket.id)
    )
    if orders.text.strip() or not orders.steps:
        done = (*done, _kept(agent, ticket, done_lines(orders, at.clock)))
    flags = (Flag.UNVERIFIED,) if why else ()
    return Decision(JoinTicket(ticket.id, EntryKind.NOTE, flags=flags, agent=agent.id), done, tuple(reasons))


def _unproven(at: Situation, agent: Agent) -> str:
    """Return what keeps the mail from being his beyond doubt, "" where it is."""
    if agent_of(at.sender.address, at.rules) != agent:
        return f"it came from {who(at)}, which is not known as yours"
    if at.sender.verdict is not Verdict.PASS or may_be_typed(at):
        return "nothing proves that it comes from your address"
    return ""


def _kept(agent: Agent, ticket: TicketFacts | None, done: tuple[str, ...]) -> Ask:
    """Return that the agent is told what was done, a line for each command, and what became of his words."""
    kept = f"Kept as a note in #{ticket.id}" if ticket else "Nothing was done with it"
    if done:
        kept = f"Your words are kept as a note in #{ticket.id}" if ticket else "Your words are filed"
    how = "To answer a customer, reply to the customer's own message"
    again = "; #show in reply to this mail sends it to you again" if ticket else ""
    line = f"{kept}; the customer got nothing. {how}{again}."
    told = (*done, "", line) if done else (line,)
    title = "Done, and a note" if done else "Only a note"
    number = ticket.id if ticket else None
    return Ask(agent.id, "it answers a mail of mine", confirmable=False, told=told, title=title, ticket=number)
