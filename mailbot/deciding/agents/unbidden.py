"""Mail of an agent to us that answers nothing of ours: commands, what he passes on, and what he begins himself.

Its From is proven and it bears no token, so all of it waits for one yes at his registered address. The question says
what would be done, command by command, and to whom words would go.

| it is | outcome |
|---|---|
| an outage, in words that read critical, without commands | a ticket at once: it must not wait for a yes |
| nothing but questions of his (#help) | answered, since the answer goes where the question would |
| nothing but commands that need no ticket (#away, #undo) | asked; yes does them |
| `#new for ADDRESS` above words | asked; yes opens a ticket for that customer, and sends the words |
| `#for ADDRESS` above a mail that he passes on | asked; yes makes that mail the customer's ticket |
| a mail that he passes on, whose author is told | the same is proposed; "ticket" makes it his own |
| about a ticket that its subject names, or an expired token | asked; yes does the commands and sends the words |
| what is passed on and reads critical | asked as well, and the others of us are told of it at once |
| anything else | asked; "ticket" makes it a ticket of his own, and a command says for whom it is |

Where nothing proves From it is an unknown person's mail, commands and all: a ticket, and nothing is done. What one who
is a customer as well writes without a command is a customer's, and so is what he writes in a ticket that he opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailbot.deciding.agents.asking import WHOSE_OFFERED, asked, doing, unsent
from mailbot.deciding.agents.bearing import tokens_expired
from mailbot.deciding.agents.commands import Command, Moment, Orders, Problem, kinds, parse_message, transcript
from mailbot.deciding.agents.commands.onincident import OnIncident
from mailbot.deciding.agents.direct import customers
from mailbot.deciding.agents.doing import consequences, possible
from mailbot.deciding.agents.leaving import leaving
from mailbot.deciding.agents.newwords import are_unclear, new_words
from mailbot.deciding.agents.nights import may_act_in, may_be_called
from mailbot.deciding.agents.relayed import KEPT, judged
from mailbot.deciding.agents.team import agent_of, is_ours, may_act_for
from mailbot.deciding.classify import bare_subject
from mailbot.deciding.context import Context, TicketFacts
from mailbot.deciding.effects import (
    Answer,
    Answered,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    NoticeKind,
    Notify,
    OpenTicket,
    PassedOn,
    Reason,
)
from mailbot.deciding.ordered import Do
from mailbot.deciding.questions import Alarm
from mailbot.deciding.situation import Situation
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.threads import Join, clues, numbers_in
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.understanding import Understood, classified, tenant_with_words
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Envelope, Mailbox, Message, Verdict
from mailbot.reading.quotation.forwarding import Original, original
from mailbot.rules import Agent, Severity

Open = Callable[[Situation, Join], Decision]
"""Opens a ticket for a message as for any customer's."""

_ASKING_ONLY = (kinds.Help, kinds.ListOpen, kinds.ListMine, kinds.Why)
_LONGEST_SHOWN = 2_000
_LONGEST_TOLD = 400
DOUBT = "unbidden.doubt"
"""The code of a reason that says what was doubtful of words or files which he has sent all the same."""
_WHOSE = Reason(f"{WHOSE_OFFERED}for", f'he can answer "{kinds.For.example}" as well: it is that customer\'s')
_OWN = ("ticket", "the same as yes")
_NEW = (kinds.New.example, "opens a ticket for that customer, and sends these words")


def unbidden(at: Situation, opened: Open) -> Decision | None:
    """Return the decision on an agent's mail that answers nothing of ours, None for all else."""
    agent = agent_of(at.sender.address, at.rules)
    if agent is None or at.by_machine or at.arrival.history or at.arrival.silent or customers(at.message, at.rules):
        return None
    confirmed = at.arrival.confirmed_by == agent.id
    if at.sender.verdict is Verdict.FAIL or (at.sender.verdict is not Verdict.PASS and not confirmed):
        return None
    if at.arrival.confirmed_as == "ticket" or at.join().ticket is not None:
        return None
    own = at.message.reply_text
    if confirmed and at.arrival.confirmed_as.startswith("#"):
        own = f"{at.arrival.confirmed_as}\n{own}"
    orders = parse_message(replace(at.message, reply_text=own), Moment.of(agent, at.rules, at.now))
    if not orders.steps and (at.urgent or at.sender.listed):
        return None
    return _Mail(at, agent, orders, opened, confirmed=confirmed).decided()


class _Mail:
    """One such mail, with the commands in it; `confirmed` says that the agent has said yes to it."""

    def __init__(self, at: Situation, agent: Agent, orders: Orders, opened: Open, *, confirmed: bool) -> None:
        self._at = at
        self._agent = agent
        self._orders = orders
        self._opened = opened
        self._confirmed = confirmed
        self._passed_on = original(at.message.forwarded_text) if at.message.forwarded_text else None

    def decided(self) -> Decision:
        """Return what becomes of it."""
        orders = self._orders
        new = next((one for one in orders.commands if isinstance(one, kinds.New)), None)
        whose = next((one for one in orders.commands if isinstance(one, kinds.For)), None)
        if new and whose:
            return self._told("#new and #for cannot both be meant")
        if new:
            return self._new(new)
        if whose:
            return self._for(whose.address)
        if orders.commands and all(isinstance(command, _ASKING_ONLY) for command in orders.commands):
            return self._answered()
        ticket = self._named()
        if ticket is not None:
            return self._about(ticket)
        if orders.problems:
            return self._unread(orders)
        if orders.commands and not any(command.of_ticket for command in orders.commands):
            return self._of_no_ticket()
        if orders.steps:
            return self._told("it names no ticket: write its number into the subject, like [1042]")
        if self._passed_on and self._passed_on.address and not is_ours(self._passed_on.address, self._at.rules):
            return self._for(self._passed_on.address)
        return self._own()

    def _own(self) -> Decision:
        """Return that he is asked what is to become of it: a yes makes it a ticket of his own."""
        at = self._at
        if self._confirmed:
            return self._opened(at, Join())
        follows = ("it becomes a ticket of your own, as a customer's mail would",)
        why = "it answers no customer's message, and does not say whom it is for"
        text = at.message.text[:_LONGEST_SHOWN]
        return asked(
            self._agent,
            why,
            text=text,
            title="Shall this be a ticket?",
            doing=follows,
            words=(_OWN, _NEW),
            reasons=(_WHOSE,),
        )

    def _answered(self) -> Decision:
        """Return that he is told what he asks for: it goes where a question would."""
        orders = possible(self._orders, self._at, self._agent, of_ticket=False)
        if orders.problems:
            return self._unread(orders)
        told = tuple(consequences(orders, self._agent))
        return Decision(FileEvent(EventKind.OWN), told, (Reason("unbidden.asks", "it asks something of us"),))

    def _of_no_ticket(self) -> Decision:
        """Return that a yes does commands that need no ticket; words beside them are filed.

        Of one that is shown first anyway he is asked once, with what it shows.
        """
        orders = possible(self._orders, self._at, self._agent, of_ticket=False)
        if orders.problems:
            return self._unread(orders)
        shown = all(isinstance(one, OnIncident) and one.is_shown_first for one in orders.commands)
        if not (self._confirmed or shown):
            follows = doing(orders, self._at.clock, ())
            why, text = "it answers no mail of ours", self._at.message.reply_text[:_LONGEST_SHOWN]
            return asked(self._agent, why, text=text, title="Shall this be done?", doing=follows)
        done = tuple(consequences(orders, self._agent, confirmed=self._confirmed))
        return Decision(FileEvent(EventKind.OWN), done, (Reason("unbidden.command", "its commands need no ticket"),))

    def _named(self) -> TicketFacts | None:
        """Return the ticket that it is about, if it is the agent's to answer: by its subject, or an expired token."""
        expired = (one for one in tokens_expired(self._at, Purpose.RELAY) if one.agent == self._agent)
        numbers = (*numbers_in(self._at.message.subject), *(one.claim.ticket for one in expired))
        found = (self._at.context.ticket(number) for number in numbers)
        return next((one for one in found if one and may_act_in(self._at, self._agent, one)), None)

    def _about(self, ticket: TicketFacts) -> Decision:
        doubt = "it answers no customer's message, though it names her ticket"
        words = (KEPT, ("ticket", "it is about something else"))
        return judged(self._at, self._agent, ticket, doubt, words)

    def _new(self, command: kinds.New) -> Decision:
        at, agent, address = self._at, self._agent, command.address
        text = new_words(at.message, at.rules)
        words = parse_message(replace(at.message, reply_text=text), Moment.of(agent, at.rules, at.now)).text.strip()
        rest, tenants = self._others(kinds.New), listed_tenants(address, at.rules)
        tenant = tenants[0].id if len(tenants) == 1 else None
        leaves = leaving(at, agent, tenant, words)
        problem = self._problem(address)
        if not problem and numbers_in(at.message.subject):
            problem = "its subject names another ticket; write a mail of its own"
        elif not problem and not leaves.text:
            problem = "there are no words below it to send"
        elif not problem and are_unclear(leaves.text, at.message):
            problem = "your new words cannot be told from what you quote"
        if problem:
            return self._told(f"{command}: {problem}")
        if rest.problems:
            return self._unread(rest)
        subject = bare_subject(at.message.subject) or at.rules.partner.brand
        if not self._confirmed:
            whom = f"{address} ({tenants[0].name})" if tenants else f"{address}, whom no customer of yours lists"
            follows = (f"a ticket is opened for {whom}, under “{subject}”", *doing(rest, at.clock, (address,)))
            why = "; ".join(("it opens a ticket and writes to a customer", *leaves.doubts))
            return asked(agent, why, text=leaves.text, title=f"Send this to {address}?", doing=follows)
        place = OpenTicket(
            tenant=tenant,
            severity=Severity.NORMAL,
            playbook=None,
            subject=subject,
            requester=canonical(address),
            requester_name="",
            opened_at=at.arrival.received_at,
            response_due_at=None,
            resolution_due_at=None,
            kind=EntryKind.AGENT,
            topic=at.clues.topic,
            agent=agent.id,
        )
        sent = replace(leaves.to(agent, (canonical(address),)), subject=subject)
        done = consequences(rest, agent, confirmed=True)
        reason = Reason("unbidden.new", f"{agent.name} opens a ticket for {address}, and confirmed it")
        doubts = (Reason(DOUBT, doubt) for doubt in leaves.doubts)
        return Decision(place, (sent, Answered(agent.id), *done), (reason, *doubts))

    def _for(self, address: str) -> Decision:
        at, agent = self._at, self._agent
        rest, passed_on = self._others(kinds.For), self._passed_on
        if passed_on is None:
            return self._told(f"#for {address}: there is no forwarded mail below it")
        if problem := self._problem(address):
            return self._told(f"#for {address}: {problem}")
        if rest.problems:
            return self._unread(rest)
        theirs = self._theirs(address, passed_on)
        decided = self._opened(theirs, Join())
        place = decided.place
        if not isinstance(place, OpenTicket):
            return self._own()
        if not self._confirmed:
            tenant = at.rules.tenant_by_id(place.tenant)
            whom = f"{address} ({tenant.name})" if tenant else f"{address}, whom no customer of yours lists"
            own = ("your own words above it are a note",) if rest.text.strip() else ()
            mine = tuple(f"{step.written}: {step.command.does(at.clock)}" for step in rest.understood)
            follows = (
                f"it becomes a ticket of {whom}, {place.severity}, and whoever of you answers her gets it",
                f"answers to it are under “{place.subject}”",
                *own,
                *mine,
            )
            words = (("ticket", "it becomes a ticket of your own instead"),)
            why = "it passes on somebody else's mail"
            said = any(isinstance(one, kinds.For) for one in self._orders.commands)
            title = f"Shall this be a ticket of {address}?" if said else "Whose ticket is this?"
            question = asked(
                agent, why, text=passed_on.words, title=title, doing=follows, words=words, reasons=(_WHOSE,)
            )
            return replace(question, consequences=(*question.consequences, *self._alarm(place, whom, passed_on.words)))
        # Whom it says it is from stands above it only where that is somebody else.
        is_hers = canonical(passed_on.address) == canonical(address)
        told = passed_on.words if is_hers else at.message.forwarded_text
        what = PassedOn(place.requester_name, canonical(address), place.subject, told)
        kept = tuple(one for one in decided.consequences if not isinstance(one, Answer))
        done = tuple(consequences(rest, agent, confirmed=True))
        text = rest.text.strip()
        note = (Do(agent.id, "#note", "note", (("text", text),)),) if text else ()
        reason = Reason(
            "unbidden.for", f"{agent.name} passes it on, as {address}'s: a person is at it, nobody is answered"
        )
        place = replace(place, passed_on=what, agent=agent.id)
        reasons = tuple(one for one in decided.reasons if not one.code.startswith("answer."))
        return replace(decided, place=place, consequences=(*kept, *note, *done), reasons=(reason, *reasons))

    def _alarm(self, place: OpenTicket, whom: str, words: str) -> tuple[Notify | Alarm, ...]:
        """Return that all others of us are told at once of what is passed on, where it reads critical."""
        if place.severity is not Severity.CRITICAL:
            return ()
        name, rules = self._agent.name, self._at.rules
        of_whom = f"{name} passes on what reads critical, from {whom}"
        waits = f"It becomes a ticket once {name} says yes"
        first = words[:_LONGEST_TOLD] + ("…" if len(words) > _LONGEST_TOLD else "")
        says = f"“{place.subject}”: {first}"
        told = Notify(NoticeKind.PASSED_ON, urgent=True, text=f"{of_whom}. {waits}. {says}")
        known = [self._agent, *(agent_of(address, rules) for address in rules.notify.addresses)]
        agents = [one for one in rules.agent if may_act_for(one, place.tenant)]
        others = tuple(one.id for one in agents if one not in known)
        lines, title = (f"{of_whom}.", f"{waits}.", says), f"Critical: passed on by {name}"
        return (told, Alarm(tuple(one.id for one in agents), others, of_whom, lines, title))

    def _theirs(self, address: str, passed_on: Original) -> Situation:
        """Return the situation as if what is passed on had come from that address; nothing proves that it did."""
        at = self._at
        person = Mailbox(passed_on.name if canonical(passed_on.address) == canonical(address) else "", address)
        message = Message(
            subject=bare_subject(passed_on.subject or at.message.subject),
            from_=(person,),
            sender=person,
            date=at.message.date,
            text=passed_on.words,
            reply_text=passed_on.words,
            attachments=at.message.attachments,
        )
        envelope = Envelope(None, at.arrival.envelope.recipients)
        about = classified(message, at.rules, tenant_with_words(message, envelope, at.rules))
        understood = Understood("", message, about, clues(message, envelope, at.rules))
        arrival = replace(at.arrival, envelope=envelope)
        return Situation.of(understood, arrival, Context(), at.rules, at.keyring, at.now)

    def _others(self, kind: type[Command]) -> Orders:
        """Return the orders without that command; those that are not done by mail are problems."""
        steps = tuple(
            one for one in self._orders.steps if isinstance(one, Problem) or not isinstance(one.command, kind)
        )
        return possible(replace(self._orders, steps=steps), self._at, self._agent)

    def _problem(self, address: str) -> str:
        """Return why a ticket cannot be opened for that address, "" if it can."""
        tenants = listed_tenants(address, self._at.rules)
        if is_ours(address, self._at.rules):
            return "that is one of us"
        if tenants and not any(may_be_called(self._agent, one.id) for one in tenants):
            return "that is no customer of yours"
        if not tenants and self._agent.outsourced:
            return "no customer lists that address; give it to the team"
        return ""

    def _unread(self, orders: Orders) -> Decision:
        """Return that nothing is done, and that he is told line by line; "ticket" makes it a ticket of his own."""
        lines = transcript(replace(orders, as_text=""), self._at.clock)
        return self._unsent("not all of it could be read", lines)

    def _told(self, why: str) -> Decision:
        return self._unsent(why, (f"Nothing of your mail was done: {why}.",))

    def _unsent(self, why: str, lines: tuple[str, ...]) -> Decision:
        told = replace(unsent(self._agent, why), told=lines, text=self._at.message.reply_text[:2_000], title="Not done")
        return Decision(FileEvent(EventKind.OWN), (told,), (Reason("unbidden.unread", why),))
