"""What follows from the commands in an agent's reply to a relay: effects on its ticket, or why there are none yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date

from mailbot.deciding.agents.commands import COMMANDS, Orders, Problem, Step, command_below, kinds
from mailbot.deciding.agents.commands.adding import Add
from mailbot.deciding.agents.commands.command import written
from mailbot.deciding.agents.commands.escalating import Escalate
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.deciding.agents.commands.leave import Away, Mute
from mailbot.deciding.agents.commands.onincident import OnIncident
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.deciding.agents.nights import may_ever, refusal
from mailbot.deciding.agents.outward import for_others
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.listed import ListKind, SendList, Show
from mailbot.deciding.ordered import Called, Do, Value
from mailbot.deciding.questions import Ask
from mailbot.deciding.situation import Situation
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent

_VERBS: Mapping[type[Command], str] = {
    kinds.Close: "close",
    kinds.Reopen: "reopen",
    kinds.Take: "take",
    Ok: "ok",
    kinds.Assign: "assign",
    Escalate: "escalate",
    kinds.SetSeverity: "set",
    kinds.SetTenant: "set",
    kinds.SetPlaybook: "set",
    kinds.MarkSpam: "set",
    kinds.Wait: "wait",
    kinds.Merge: "merge",
    kinds.Allow: "allow",
    Mute: "mute",
    Away: "away",
    kinds.For: "for",
    kinds.Why: "why",
    ToVendor: "vendor",
    OnIncident: "incident",
    Add: "add",
    kinds.Undo: "undo",
}
BELOW_WORDS = "it stands below your words; commands stand above all else"
# In a request these words say who asks, about which ticket, and why.
_NAMED_OTHERWISE = {"agent": "to", "ticket": "into", "reason": "waits_for"}
_LISTS: Mapping[type[Command], ListKind] = {kinds.ListOpen: ListKind.OPEN, kinds.ListMine: ListKind.MINE}
_KEEPING = (kinds.Note, kinds.Called, Escalate)
_DONE_BY_MAIL = (*_VERBS, *_LISTS, kinds.Note, kinds.Called, kinds.Show, kinds.Help)


def is_done_by_mail(kind: type[Command]) -> bool:
    """Return whether that command is done where an agent writes it in a mail."""
    return kind in _DONE_BY_MAIL


def possible(
    orders: Orders, at: Situation, agent: Agent | None, *, in_list: bool = False, of_ticket: bool = True
) -> Orders:
    """Return the orders, with a problem for each command that is done on the server only, and for one below words.

    So is one that is not the agent's to give, None being an unknown one of us; that of a mail about no ticket is not
    `of_ticket`. One that answers several customers stands in a reply to a list alone.

    Many expect commands there, too, and in a mail that a link of ours began, what is written first may stand above its
    command: words that were to be a note would go to the customer.
    """
    below = command_below(orders.text)
    misplaced = (Problem(below, BELOW_WORDS),) if below else ()
    possible = (_possible(step, in_list=in_list) for step in orders.steps)
    orders = replace(orders, steps=(*(_allowed(step, at, agent, of_ticket=of_ticket) for step in possible), *misplaced))
    return orders if agent is None else for_others(at, agent, orders)


def _allowed(step: Step, at: Situation, agent: Agent | None, *, of_ticket: bool) -> Step:
    if isinstance(step, Problem) or isinstance(step.command, kinds.Answer):
        return step
    why = refusal(type(step.command), agent, at.rules, at.now, of_ticket=of_ticket)
    return Problem(step.written, why) if why else step


def _possible(step: Step, *, in_list: bool) -> Step:
    if isinstance(step, Problem) or isinstance(step.command, _DONE_BY_MAIL):
        return step
    if isinstance(step.command, kinds.Answer):
        return step if in_list else Problem(step.written, "here your words go to the customer as they stand")
    if isinstance(step.command, kinds.New):
        return Problem(step.written, "it stands in a mail of its own to support, not in a reply about another ticket")
    return Problem(step.written, "this is done on the server only, so far; `mailbot --help` has it there")


def consequences(
    orders: Orders,
    agent: Agent,
    *,
    confirmed: bool = False,
    within: int | None = None,
    ticket: int | None = None,
    answered: bool = False,
) -> Iterator[Do | Called | Show | SendList | Ask]:
    """Yield what the commands do, in their order; `confirmed` says that the agent was asked back about the mail.

    He writes about the customer `within` the ticket of that number, which was merged into the one at hand; None for
    that one's own. What he is told bears the `ticket` of that number, so that his answer to it is a note there.
    A customer who is `answered` in the same mail, if only with a file, reads in that for how long a ticket waits.
    """
    yield from _kept(orders, agent, ticket)
    for command in orders.commands:
        if isinstance(command, kinds.Called):
            text = "\n".join(filter(None, (command.text, orders.text.strip())))
            yield Called(agent.id, command.at, text, within=within)
        elif isinstance(command, Escalate):
            words = "\n".join(filter(None, (command.text, orders.text.strip())))
            yield Do(agent.id, f"#{command.word}", _VERBS[Escalate], (("text", words),), command=command)
        elif isinstance(command, kinds.Help):
            named = (*_DONE_BY_MAIL, kinds.New, kinds.Answer)
            told = tuple(
                f"{kind.example}: {kind.summary}"
                for kind in COMMANDS.values()
                if kind in named and may_ever(kind, agent)
            )
            yield Ask(
                agent.id, "you asked for it", confirmable=False, told=told, title="What you can write", ticket=ticket
            )
        elif isinstance(command, kinds.Show):
            yield Show(agent.id, str(command))
        elif isinstance(command, kinds.ListOpen | kinds.ListMine):
            yield SendList(agent.id, str(command), _LISTS[type(command)])
        elif not isinstance(command, kinds.Note):
            values: dict[str, Value] = dict(_values(command)) | ({"confirmed": "yes"} if confirmed else {})
            if isinstance(command, kinds.Wait) and (answered or orders.text.strip()):
                values["written"] = "yes"
            # What an agent wants others to read stands in no line that names the command.
            bare = replace(command, text="") if isinstance(command, ToVendor | OnIncident) else command
            yield Do(agent.id, str(bare).strip(), _VERBS[type(command)], tuple(values.items()), command=command)


def _kept(orders: Orders, agent: Agent, ticket: int | None) -> Iterator[Ask]:
    """Yield that an agent is told where more than a line was kept: he may have meant some for the customer."""
    words = "\n".join(one.text for one in orders.commands if isinstance(one, _KEEPING))
    if len([line for line in words.splitlines() if line.strip()]) > 1:
        line = "All that you wrote is kept among yourselves: the customer got nothing of it."
        yield Ask(agent.id, "it is a note", confirmable=False, told=(line,), title="Kept as a note", ticket=ticket)


def _values(command: Command) -> Iterator[tuple[str, Value]]:
    """Yield the values of the request that does it."""
    if isinstance(command, kinds.MarkSpam):
        yield "spam", "yes"
    for field in fields(command):
        value = getattr(command, field.name)
        yield _NAMED_OTHERWISE.get(field.name, field.name), value if isinstance(value, date) else written(value)


def given_away(ticket: TicketFacts, orders: Orders) -> TicketFacts:
    """Return the ticket as that of the customer to whom the same mail gives it."""
    tenants = [command.tenant for command in orders.commands if isinstance(command, kinds.SetTenant)]
    return replace(ticket, tenant=tenants[-1]) if tenants else ticket


def with_let_in(recipients: tuple[str, ...], orders: Orders) -> tuple[str, ...]:
    """Return whom an answer goes to: the recipients, and whom the same mail lets into the ticket."""
    let_in = (canonical(command.address) for command in orders.commands if isinstance(command, kinds.Allow))
    return tuple(dict.fromkeys((*recipients, *let_in)))
