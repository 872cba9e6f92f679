"""Replies of agents to a list of ours: what its numbers are to have done, and answers to several customers at once.

Who may is the same as with a relay (`relayed`): From, evidence and the token of that very list. Its numbers are those
of that list, however old it is; what bears no valid token is asked about first (`tokenless`).
Words below the orders never reach a customer: they are a note on the one ticket that is named. Only where a line says
so ("3 5 answer") do they go to the customers of its numbers, each in a mail of their own, and then always after the
agent was asked, with whom they reach and what they say. They leave as a reply to a relay does (`leaving`), with the
files that he attached, and without any quoted line: a list tells of many customers, and none may read of another. A
number whose ticket was merged means the one as which that goes on; answers to it go to its own customers, as those to
its relay do, and "show" sends its own message. All of a mail is done, or none of it; the agent is told line by line
what was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from mailbot.deciding.agents.asking import SENT, asked, who
from mailbot.deciding.agents.bearing import tokens_borne
from mailbot.deciding.agents.commands import (
    COMMANDS,
    OF_THE_WEEK,
    WEEKLY_HELP,
    Command,
    Moment,
    Orders,
    Problem,
    Step,
    Understood,
    kinds,
    parse_message,
    parse_numbered,
    transcript,
    without_orders,
)
from mailbot.deciding.agents.commands.onincident import OnIncident
from mailbot.deciding.agents.copied import recipients_of
from mailbot.deciding.agents.crossing import crossing
from mailbot.deciding.agents.doing import BELOW_WORDS, consequences, possible
from mailbot.deciding.agents.inline import copied_line
from mailbot.deciding.agents.leaving import Leaving, leaving
from mailbot.deciding.agents.newwords import are_unclear, new_words
from mailbot.deciding.agents.nights import may_act_in
from mailbot.deciding.agents.paged import as_note
from mailbot.deciding.agents.readers import one_of_us
from mailbot.deciding.agents.relayed import unproven
from mailbot.deciding.agents.replying import NAMED, not_for, unclear_words, unread, words_alone
from mailbot.deciding.agents.sighted import as_order
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.content import brought_along
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Consequence, Decision, EventKind, FileEvent, Reason
from mailbot.deciding.listed import AnswerOne, Listing, ListKind, Show
from mailbot.deciding.ordered import Called, Do
from mailbot.deciding.questions import Ask
from mailbot.deciding.settling.thanks import without_courtesies
from mailbot.deciding.signatures import Known, without_signature
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import OF_LISTS, Purpose
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Verdict
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.rules import Agent

_OF_OTHERS = frozenset({*OF_LISTS, Purpose.RELAY})
# What is asked for beside other things is told with these.
_HERE = ("here", "yes")
# Of a text, so many lines are looked through for orders that stand too low.
_MOST_LINES = 50


def reply_to_list(at: Situation) -> Decision | None:
    """Return the decision on an agent's reply to a list, None for what bears no such token."""
    return _reply(at, Purpose.LIST, agent_of(at.sender.address, at.rules))


def reply_to_digest(at: Situation) -> Decision | None:
    """Return the decision on a reply to the weekly mail, None for what bears no such token."""
    return _reply(at, Purpose.DIGEST, one_of_us(at.sender.address, at.rules))


def reply_to_page(at: Situation) -> Decision | None:
    """Return the decision on a reply to a page that says more than "ok", None for what bears no such token."""
    return _reply(at, Purpose.PAGE, agent_of(at.sender.address, at.rules))


def _reply(at: Situation, purpose: Purpose, writer: Agent | None) -> Decision | None:
    borne = tuple(tokens_borne(at, purpose))
    if not borne or at.sender.verdict is Verdict.FAIL:
        return None
    if writer is None and at.sender.listed:
        # Somebody passed the list on to a customer: she writes for herself.
        return None
    own = [one for one in borne if writer is None or one.agent == writer]
    if not own:
        told = writer if at.sender.verdict is Verdict.PASS else None
        what, whose = NAMED[purpose], borne[0].agent.name
        text = f"it bears the token of a {what} of {whose}'s, and is from {who(at)}"
        return not_for(
            purpose, "foreign-token", text, told, f"that {what} is {whose}'s, and acts on their replies alone"
        )
    if len({(one.agent.id, one.claim.ticket) for one in own}) > 1 or any(
        any(tokens_borne(at, other)) for other in _OF_OTHERS - {purpose}
    ):
        return not_for(purpose, "tokens-disagree", "its tokens name different lists, or a message beside one")
    agent = own[0].agent
    listing = next((one for one in at.context.listings if one.id == own[0].claim.ticket), None)
    if listing is None or listing.agent not in {agent.id, *map(canonical, agent.addresses)}:
        return not_for(purpose, "no-list", "the list that it answers is not known here", agent)
    return judged(at, writer, agent, listing)


def judged(at: Situation, writer: Agent | None, agent: Agent, listing: Listing, doubt: str = "") -> Decision:
    """Return what becomes of a reply to that list, which its token or the agent's address ties to it.

    A `doubt` has him asked whatever else there is.
    """
    text = as_order(new_words(at.message, at.rules), listing)
    if are_unclear(text, at.message):
        return unclear_words(agent, listing)
    if listing.is_of_the_week:
        text = without_courtesies(at.message, text) or text
    moment = Moment.of(agent, at.rules, at.now)
    words = OF_THE_WEEK if listing.is_of_the_week else COMMANDS
    parsed = parse_message(replace(at.message, reply_text=text), moment, listing.tickets, words)
    if listing.is_of_the_week and parsed.steps:
        parsed = replace(parsed, below=_unsigned(at, agent, parsed.below))
    if not parsed.steps:
        noted = as_note(at, agent, listing) if listing.kind is ListKind.PAGE and text.strip() else None
        return noted or words_alone(agent, text, listing, _order_in(text, listing, moment, words))
    parsed = _with_words_below(parsed)
    kept, found = without_orders(parsed.text, moment, words)
    below = tuple(Problem(line, BELOW_WORDS) for line in found)
    read = possible(replace(parsed, below=kept), at, agent, in_list=True, of_ticket=False)
    tickets = {number: at.context.ticket(ticket) for number, ticket in listing.tickets.items()}
    reply = _Reply(at, writer, agent, read, tickets, listing, doubt)
    orders = reply.checked()
    if not below and not orders.problems:
        return reply.decided()
    whole = replace(orders, steps=(*orders.steps, *below))
    if orders.problems or not reply.answered:
        return unread(at, agent, whole, text, listing)
    told = transcript(replace(whole, as_text=kept.strip()), at.clock)
    return replace(reply, orders=replace(read, steps=tuple(reply.answered)), told=told).decided()


def _unsigned(at: Situation, agent: Agent, below: str) -> str:
    """Return what somebody wrote below his orders without a signature, "" for nothing else."""
    names = (at.message.sender.name if at.message.sender else "", agent.name)
    return without_courtesies(at.message, without_signature(below, Known(names)).text)


def _with_words_below(orders: Orders) -> Orders:
    """Return the orders; where one is about an incident, with the words below them as those of it."""
    about = [step for step in orders.understood if isinstance(step.command, OnIncident)]
    words = orders.text.strip()
    if len(about) != 1 or not words or not isinstance(about[0].command, OnIncident):
        return orders
    command = replace(about[0].command, text=f"{about[0].command.text}\n{words}".strip())
    steps = tuple(replace(step, command=command) if step is about[0] else step for step in orders.steps)
    return replace(orders, steps=steps, below="")


def _order_in(text: str, listing: Listing, moment: Moment, words: Mapping[str, type[Command]]) -> str:
    """Return the first line that would be an order if no words stood above it, "" for none."""
    found = (line for line in text.splitlines()[:_MOST_LINES] if not is_quoted(line))
    return next((_shown(line) for line in found if parse_numbered(line, listing.tickets, moment, words).understood), "")


# Without slots, for what is found out once.
@dataclass(frozen=True)
class _Reply:
    """One reply: who wrote it (None: not known), as whom, what was read, and the ticket of each number of the list.

    None is a ticket that is there no more. A `doubt` has its writer asked whatever else there is. `told` are the lines
    of what could not be read: of such a reply only the answers are sent, once its writer has said "send".
    """

    at: Situation
    writer: Agent | None
    agent: Agent
    orders: Orders
    tickets: Mapping[int, TicketFacts | None]
    listing: Listing
    doubt: str = ""
    told: tuple[str, ...] = ()

    def checked(self) -> Orders:
        """Return the orders, with a problem for each that cannot be meant or is not the agent's to give."""
        steps = tuple(map(self._checked, self.orders.steps))
        more: list[Step] = []
        words, answered = self.orders.text, self.answered
        named = {step.number for step in self.orders.understood if step.number is not None}
        if answered and not self._leaves.text:
            more.append(Problem(answered[0].written, "it needs the words that are to be sent, on the lines below"))
        elif answered and (line := copied_line(self._leaves.text, self.listing.text)):
            more.append(Problem(_shown(line), "it is a line of my list, which no customer may read"))
        elif words and not answered and len(named) != 1:
            text = "it is not clear which number these words are for; on a line of its own each"
            more.append(Problem(_shown(words), text, f"{min(named, default=3)} note …"))
        return replace(self.orders, steps=(*steps, *more))

    def _checked(self, step: Step) -> Step:
        if isinstance(step, Problem):
            return step
        if step.number is None:
            if step.command == kinds.Why():
                return Problem(step.written, "it needs the number that is meant, or an address", "why 1")
            return step
        ticket = self.tickets[step.number]
        if ticket is None or not may_act_in(self.at, self.agent, ticket):
            return Problem(step.written, f"number {step.number} is not yours to act for any more")
        if isinstance(step.command, kinds.Answer) and not recipients_of(ticket, self.at.rules):
            return Problem(step.written, f"nobody but ourselves has written to #{ticket.id}")
        return step

    @cached_property
    def answered(self) -> list[Understood]:
        """The orders that send his words to a customer."""
        return [step for step in self.orders.understood if isinstance(step.command, kinds.Answer)]

    @cached_property
    def _leaves(self) -> Leaving:
        """Return what of the words all whom they reach may read."""
        named = filter(None, (self.tickets[step.number or 0] for step in self.answered))
        tenants = {self.at.context.home(ticket).tenant for ticket in named}
        return leaving(self.at, self.agent, tenants.pop() if len(tenants) == 1 else None, self.orders.text)

    def decided(self) -> Decision:
        """Return that all of it is done, or what the agent is asked first."""
        at = self.at
        answered = [self._ticket(step) for step in self.answered]
        words = self._leaves.text if answered else self.orders.text.strip()
        if at.arrival.confirmed_by == self.agent.id:
            why: tuple[str, ...] = ()
            told: tuple[str, ...] = ()
        else:
            told = self.told
            why = (*unproven(at, self.writer), *self._doubts()) if answered else unproven(at, self.writer)
            why = ("not all of it could be read", *why) if told else why
            why = (self.doubt, *why) if self.doubt else why
        crossings = [given for one in answered if (given := crossing(at, self.agent, one)) is not None]
        crossed = min(crossings, key=lambda given: given.entry, default=None)
        if crossed:
            why = (*why, f"another of you has answered #{crossed.ticket} meanwhile")
        if why:
            doing = tuple(self._lines(words))
            told = (*told, "", '"send" does this:', *doing) if told else ()
            title = "" if crossed or unproven(at, self.writer) else SENT if answered else "Shall this be done?"
            return asked(self.agent, "; ".join(why), text=words, title=title, told=told, doing=doing, beside=crossed)
        reasons = [Reason("list.reply", f"{self.agent.name} answers a list")]
        reasons += [Reason("list.order", f"{step.named} is done") for step in self.orders.understood]
        return Decision(FileEvent(EventKind.OWN), tuple(self._effects(words)), tuple(reasons))

    def _doubts(self) -> Iterator[str]:
        """Yield why the agent is asked before customers get his words; answers to several always wait for a yes."""
        yield "answers from a list are sent only after you have seen whom they reach"
        yield from self._leaves.doubts

    def _lines(self, words: str) -> Iterator[str]:
        """Yield what a yes does, a line for each order."""
        brought = brought_along(self._leaves.files, len(self._leaves.pictures))
        for step in self.orders.understood:
            if isinstance(step.command, kinds.Answer):
                yield f"{_order(step)}: your words go to {self._readers(step)}{brought}"
            else:
                whose = f" ({self._whose(step)})" if step.number is not None else ""
                yield f"{_order(step)}: {step.command.does(self.at.clock)}{whose}"
        if words and not self.answered:
            yield "your words stay among us, as a note"

    def _readers(self, step: Understood) -> str:
        ticket = self._ticket(step)
        home, within = self.at.context.home_and_within(ticket)
        tenant = self.at.rules.tenant_by_id(home.tenant)
        people = " and ".join(self._recipients(step)) or "nobody else"
        number = f"#{ticket.id}, merged into #{home.id}" if within else f"#{ticket.id}"
        return f"{people} at {tenant.name} ({number})" if tenant else f"{people} ({number})"

    def _whose(self, step: Understood) -> str:
        home, within = self.at.context.home_and_within(self._ticket(step))
        tenant = self.at.rules.tenant_by_id(home.tenant)
        number = f"#{within}, merged into #{home.id}" if within else f"#{home.id}"
        return f"{number}, {tenant.name if tenant else home.requester}"

    def _recipients(self, step: Understood) -> tuple[str, ...]:
        """Return whom the words reach by that order: in tickets that became one nobody gets them twice."""
        context, ticket = self.at.context, self._ticket(step)
        before = (self._ticket(one) for one in takewhile(lambda one: one is not step, self.answered))
        same = (one for one in before if context.home(one) is context.home(ticket))
        have_it = {address for one in same for address in recipients_of(one, self.at.rules)}
        return tuple(one for one in recipients_of(ticket, self.at.rules) if one not in have_it)

    def _ticket(self, step: Understood) -> TicketFacts:
        ticket = self.tickets[step.number or 0]
        if ticket is None:
            raise AssertionError("a number without a ticket is a problem")
        return ticket

    def _effects(self, words: str) -> Iterator[Consequence]:
        for step in self.orders.understood:
            yield from self._effect(step, words)
        if words and not self.answered:
            first = next(step for step in self.orders.understood if step.number is not None)
            home, within = self.at.context.home_and_within(self._ticket(first))
            yield Do(self.agent.id, f"{first.number} note", "note", (("text", words),), home.id, within=within)

    def _effect(self, step: Understood, words: str) -> Iterator[Consequence]:
        """Yield what one order does, to the ticket of its number."""
        agent, command, number = self.agent.id, step.command, step.number
        if self.listing.is_of_the_week and isinstance(command, kinds.Help):
            yield Ask(agent, "you asked for it", confirmable=False, told=WEEKLY_HELP, title="What you can write")
        elif number is None:
            confirmed = self.at.arrival.confirmed_by == agent
            for effect in consequences(Orders((step,)), self.agent, confirmed=confirmed):
                if isinstance(effect, Do) and self.listing.is_of_the_week:
                    yield replace(effect, written=step.written, values=(*effect.values, _HERE))
                else:
                    yield effect
        else:
            yield from self._effect_on(number, step, words)

    def _effect_on(self, number: int, step: Understood, words: str) -> Iterator[Consequence]:
        agent, command = self.agent.id, step.command
        home, within = self.at.context.home_and_within(self._ticket(step))
        match command:
            case kinds.Answer():
                leaves, recipients = self._leaves, self._recipients(step)
                answer = AnswerOne(
                    agent, _order(step), home.id, words, recipients, leaves.html, leaves.pictures, leaves.files, within
                )
                yield from (answer,) if recipients else ()
            case kinds.Note(text=text):
                yield Do(agent, f"{number} note", "note", (("text", text),), home.id, within=within)
            case _:
                confirmed = self.at.arrival.confirmed_by == agent
                for effect in consequences(Orders((step,)), self.agent, confirmed=confirmed, within=within):
                    if isinstance(effect, Do):
                        done = replace(effect, ticket=home.id, within=within, written=_order(step))
                        yield replace(done, values=(*effect.values, _HERE))
                    elif isinstance(effect, Show):
                        yield replace(effect, ticket=within or home.id, written=_order(step))
                    elif isinstance(effect, Called):
                        yield replace(effect, ticket=home.id)
                    else:
                        yield effect


def _order(step: Understood) -> str:
    """Return "3 close"."""
    return f"{step.number} {str(step.command).lstrip('#')}" if step.number is not None else step.written


def _shown(words: str) -> str:
    line = words.split("\n", 1)[0].strip()
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004 - a line
