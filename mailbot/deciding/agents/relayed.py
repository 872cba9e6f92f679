"""Replies of agents to what we handed on to them: the only mail of theirs that reaches a customer.

Commands on the first lines are done, and the words below them are sent. What cannot be read stops all of the mail: the
agent is told line by line, and his "send" lets the words below them go.

A reply speaks as us to a customer, so three things must fit: From is a registered address of an agent, something proves
that From, and it bears the token of a relay that was sealed for that very agent, in the address it goes to, in the ids
that it refers to, or in the line of reference that its quotation holds. What lacks one of them is asked back, once, at
the agent's registered address: whoever reads mail there and answers is the agent.

| From | evidence | token | outcome |
|---|---|---|---|
| registered | pass | his own | sent to the customer |
| registered | none | his own | asked back |
| not registered | pass | an agent's | asked back at that agent's address |
| a customer's, or of an outage | pass or none | an agent's | an ordinary mail: she writes for herself |
| registered | pass or none | somebody else's | refused, all are told |
| registered or not | fail | any | kept apart (`unusual`) |

What fits is meant for the customer only if it is addressed so (`addressed`): a relay that he passes on to a colleague
bears the token, too, and is a note.

What is in it says what becomes of it then, but for what he is asked about:

| it holds | outcome |
|---|---|
| words, and files and pictures that surely go along | sent, and the commands above them are done |
| commands, and no words, files or pictures | done; the customer gets nothing |
| commands, and below them his name or a signature alone (`closing.is_only_name`) | the same |
| commands that keep words among us (#note, #called), and whatever else | done; the customer gets nothing |
| commands, and below them files or a picture without words | asked about; his yes sends these as well |
| commands, and below them what cannot go along | asked about; his yes does them alone |
| commands that a link began, and words below our line of reference that are more than his name | asked about |
| files or a picture without words, or no more than his name | asked about |
| a first line that is a command but for its "#" (`barewords`), such as "ok" to an outage at night | asked about |
| neither words nor files that can go along | never sent, whatever he says: he is told |

Two tokens that name different tickets are refused as well, and he is told. An agent who has no right to a customer's
mail cannot answer it. Nothing of a machine's is sent (`unusual` comes first). What is sent are the words that are
surely new, as he formatted them where that surely says the same: where lines of the relay stand among them, the
quotation was not recognised, and nothing is. His files go along. Who stands in To or Cc of his mail has it already
(`direct.reached`). Where an agent's own address stands in the words, or what he brings may tell more than he means
(`written`) or is too large, he is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailbot.deciding.agents.addressed import doubt_of_readers, is_to_others
from mailbot.deciding.agents.asking import SENT, asked, doing, refused, unread, unsent, who
from mailbot.deciding.agents.bearing import Borne, tokens_borne
from mailbot.deciding.agents.commands import (
    Moment,
    Orders,
    bare_command,
    done_lines,
    marked,
    parse,
    parse_message,
    transcript,
)
from mailbot.deciding.agents.copied import recipients_of
from mailbot.deciding.agents.crossing import crossing
from mailbot.deciding.agents.direct import customers, reached
from mailbot.deciding.agents.doing import consequences, given_away, possible, with_let_in
from mailbot.deciding.agents.lapsed import has_lapsed, kept
from mailbot.deciding.agents.leaving import Leaving, is_only_name, leaving, staying, typed_below
from mailbot.deciding.agents.machines import is_as_us, may_be_typed
from mailbot.deciding.agents.newwords import are_unclear, new_words
from mailbot.deciding.agents.nights import may_act_in
from mailbot.deciding.agents.paged import is_called_about
from mailbot.deciding.agents.readers import one_of_us
from mailbot.deciding.agents.team import agent_of, why_never_his
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import (
    Answered,
    Consequence,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    JoinTicket,
    Reason,
)
from mailbot.deciding.questions import Ask, Disown
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.vendors.naming import vendors_named
from mailbot.reading.model import Verdict
from mailbot.reading.quotation.writtenhtml import words_beside
from mailbot.reading.verdicts import outofoffice
from mailbot.rules import Agent

KEPT = ("note", "nobody but your own people gets it")
"""The word by which an agent keeps a mail that was to be sent, with what follows from it."""
_DONE = ("command", "what it looks like is done, and the customer gets nothing of that line")


def reply_to_relay(at: Situation) -> Decision | None:
    """Return the decision on an agent's reply to a relay, None for what bears no such token."""
    held = tuple(tokens_borne(at, Purpose.RELAY))
    if not held or at.sender.verdict is Verdict.FAIL or _is_a_customers(at, held):
        return None
    writer = agent_of(at.sender.address, at.rules)
    own = [one for one in held if writer is None or one.agent == writer]
    numbers = sorted({one.claim.ticket for one in own})
    if not own:
        # Whoever proves that he is one of us is told, too; nobody else learns what his mail set off.
        told = writer if at.sender.verdict is Verdict.PASS else None
        text = f"it bears the token of {held[0].agent.name}'s relay, and is from {who(at)}"
        return refused("foreign-token", text, told)
    if len(numbers) > 1 or (writer is None and len({one.agent.id for one in own}) > 1):
        return refused("tokens-disagree", _several(numbers), writer if at.sender.verdict is Verdict.PASS else None)
    agent, ticket = own[0].agent, at.context.ticket(numbers[0])
    if has_lapsed(at, agent, ticket):
        return kept(at, agent, ticket)
    if ticket is None or not may_act_in(at, agent, ticket):
        text = f"#{numbers[0]} is not {agent.name}'s to answer"
        return refused("no-right", text, agent, lines=(f"The customer got nothing: {text}.",))
    recipients = recipients_of(ticket, at.rules, at.context.relayed.copied)
    if writer is not None and recipients and customers(at.message, at.rules).issuperset(recipients):
        return reached(at, agent, ticket)
    if writer is not None and is_to_others(at, agent, ticket):
        return reached(at, agent, ticket)
    doubt = doubt_of_readers(at, agent, ticket)
    return judged(at, agent, ticket, doubt, (KEPT,) if doubt else ())


def _several(numbers: list[int]) -> str:
    """Return why a mail that bears the tokens of several relays is of none; they may be two agents' of one ticket."""
    if len(numbers) == 1:
        return "it quotes mails to several of you"
    named = " and ".join(f"#{number}" for number in numbers)
    return f"it quotes mails about {named}; reply to the one you mean, and quote nothing of the other"


def _recipients(at: Situation, ticket: TicketFacts, orders: Orders) -> tuple[str, ...]:
    """Return whom the words go to: not who has the agent's own mail already, unless all of them have."""
    recipients = with_let_in(recipients_of(given_away(ticket, orders), at.rules, at.context.relayed.copied), orders)
    has_it = customers(at.message, at.rules)
    return tuple(one for one in recipients if one not in has_it) or recipients


def _is_a_customers(at: Situation, held: tuple[Borne, ...]) -> bool:
    """Return whether what bears our relays' tokens is an ordinary mail: of a customer, or of an outage and not of ours.

    Agents who answer with us in copy quote their relay, and hers bears its token from then on.
    """
    if agent_of(at.sender.address, at.rules):
        return False
    named = filter(None, (at.context.ticket(one.claim.ticket) for one in held))
    wrote = any(at.sender.address in {ticket.requester, *ticket.writers} for ticket in named)
    return at.sender.known or wrote or (at.urgent and not at.arrival.confirmed_by and not is_as_us(at))


def judged(
    at: Situation, agent: Agent, ticket: TicketFacts, doubt: str = "", words: tuple[tuple[str, str], ...] = ()
) -> Decision:
    """Return what becomes of the words of a mail about that ticket that this agent's token proves, or asks about.

    A `doubt` has him asked whatever else there is, and the question offers these further `words`. One that was merged
    into another keeps its readers: they alone were named to him. All else is of the ticket as which it goes on.
    """
    home = at.context.home(ticket)
    below = typed_below(at, agent, home.tenant)
    text = "\n".join(filter(None, (new_words(at.message, at.rules), below)))
    if are_unclear(text, at.message):
        return refused("words-unclear", "your new words cannot be told from what you quote", agent, ticket)
    moment = Moment.of(agent, at.rules, at.now)
    confirmed = at.arrival.confirmed_by == agent.id
    is_called = is_called_about(at, home)
    text = _meant(at, agent, text, moment, is_called=is_called)
    orders = possible(parse_message(replace(at.message, reply_text=text), moment), at, agent)
    if confirmed and at.arrival.confirmed_as == KEPT[0]:
        return _kept(at, agent, ticket, orders)
    if orders.problems and not (confirmed and orders.as_text):
        lines = transcript(orders, at.clock)
        if not orders.as_text:
            return unread(agent, text, ticket, lines)
        return asked(agent, "not all of it could be read", text=text, ticket=ticket, told=lines)
    if orders.problems:
        orders = Orders(below=orders.as_text)
    is_named = is_only_name(at, agent, home.tenant, orders.text)
    leaves = leaving(at, agent, home.tenant, orders.text)
    if is_named and orders.steps:
        orders = replace(orders, below="")
        leaves = leaves if leaves.pictures else leaving(at, agent, home.tenant, "")
    if not (orders.steps or leaves.text or leaves.files):
        return _nothing(agent, ticket, home, "; ".join(staying(at, text, leaves)))
    is_private = _is_private(orders, leaves)
    bare = "" if orders.steps else bare_command(text, moment, is_called=is_called)
    if is_private:
        doubts = () if is_named or _keeps_all(orders) else tuple(staying(at, text, leaves))
    else:
        doubts = (*_doubts_of_words(leaves, is_bare=bool(bare), is_named=is_named, below=bool(below)), *leaves.doubts)
        named = " and ".join(vendors_named((leaves.text, leaves.html), home.vendor, at.rules))
        doubts = (*doubts, *([f"it names {named}, of whom the customer knows nothing"] if named else ()))
    foreign = unproven(at, agent_of(at.sender.address, at.rules))
    why = "" if confirmed else "; ".join(filter(None, (doubt, *(foreign or doubts))))
    crossed = None if is_private else crossing(at, agent, ticket)
    if not why and crossed is None:
        proof = "the agent confirmed it" if confirmed else "From is proven, and the token is this agent's"
        return _done(at, agent, ticket, orders, leaves, proof)
    brought = (0, 0) if is_private else (len(leaves.files), len(leaves.pictures))
    follows = doing(orders, at.clock, _recipients(at, ticket, orders), *brought)
    why = "; ".join(filter(None, (why, "another of you has answered meanwhile" if crossed else "")))
    shown = text if orders.steps else leaves.text
    words = (
        words
        or (_for_a_command(at, agent, text, moment, is_called=is_called) if bare else ())
        or _addable(at, agent)
        or _keeping(orders, leaves)
    )
    title = "" if crossed or (foreign and not doubt) else "Shall this be done?" if is_private else SENT
    return asked(agent, why, text=shown, title=title, ticket=ticket, doing=follows, words=words, beside=crossed)


def _meant(at: Situation, agent: Agent, text: str, moment: Moment, *, is_called: bool) -> str:
    """Return the text as its writer means it: with the mark of a command in front where he has said so."""
    is_command = at.arrival.confirmed_by == agent.id and at.arrival.confirmed_as == _DONE[0]
    return (is_command and marked(text, moment, is_called=is_called)) or text


def _for_a_command(
    at: Situation, agent: Agent, text: str, moment: Moment, *, is_called: bool
) -> tuple[tuple[str, str], ...]:
    """Return the words that are offered for a text which seems meant as a command: to do it where that can be.

    What may touch others is confirmed once it is known whom: written anew, with its mark.
    """
    orders = possible(parse(marked(text, moment, is_called=is_called), moment), at, agent)
    is_plain = orders.understood and not orders.problems and not any(command.care for command in orders.commands)
    return (_DONE, KEPT) if is_plain else (KEPT,)


def _keeping(orders: Orders, leaves: Leaving) -> tuple[tuple[str, str], ...]:
    """Return the word that has commands done alone, where files or pictures without words stand below them."""
    return (KEPT,) if orders.steps and not _is_private(orders, leaves) and not words_beside(leaves.text) else ()


def _is_private(orders: Orders, leaves: Leaving) -> bool:
    """Return whether nothing of a mail with commands is for the customer."""
    return bool(orders.steps) and (_keeps_all(orders) or not (leaves.text or leaves.files))


def _keeps_all(orders: Orders) -> bool:
    """Return whether a command keeps all of the mail among our own people."""
    return any(command.private for command in orders.commands)


def _doubts_of_words(leaves: Leaving, *, is_bare: bool, is_named: bool, below: bool) -> Iterator[str]:
    """Yield what keeps words from being an answer beyond doubt.

    They are a command without its mark, only his name, or stand `below` our line of reference, as a signature would.
    """
    if below:
        yield 'words stand below "Ref: …", where your program puts a signature'
    if is_bare:
        yield "it looks like a command, and without its # it is words for the customer"
    if is_named and not (leaves.files or leaves.pictures):
        yield "it says no more than your name"


def _nothing(agent: Agent, ticket: TicketFacts, home: TicketFacts, stays: str) -> Decision:
    """Return that a mail is a note that has nothing to send, and that its writer is told; `stays` is what it has."""
    why = f"it has no words of yours; {stays}" if stays else "it says nothing new"
    told = Reason("relay.empty", f"{why}: nothing is sent to the customer")
    return Decision(JoinTicket(home.id, EntryKind.NOTE), (unsent(agent, why, ticket),), (told,))


def _addable(at: Situation, agent: Agent) -> tuple[tuple[str, str], ...]:
    """Return the word by which one of our own adds the address that this is from, if it is proven and may be his."""
    proven = at.sender.verdict is Verdict.PASS and not at.sender.known and not agent.outsourced
    if not proven or agent_of(at.sender.address, at.rules) or why_never_his(at.sender.address, agent, at.rules):
        return ()
    return (("add", f"yes, and {at.sender.address} counts as yours from now on"),)


def unproven(at: Situation, writer: Agent | None) -> tuple[str, ...]:
    """Return what keeps the mail from being that writer's beyond doubt, nothing where it is; None is not known."""
    if writer is None:
        return (f"it came from {who(at)}, which is not known as yours",)
    if at.sender.verdict is not Verdict.PASS:
        return ("nothing proves that it comes from your address",)
    if may_be_typed(at):
        return ("it asks not to be answered by machines, as mail of machines does",)
    if outofoffice.may_be(at.message.reply_text):
        return ("it reads like an out-of-office note",)
    return ()


def correction(at: Situation) -> Decision | None:
    """Return the decision on words that an agent writes in answer to a question of ours, None for all else.

    They are no reply to a customer's message, so they are always shown back first, as they would be sent.
    """
    own = next((one for one in tokens_borne(at, Purpose.CONFIRMATION) if one.agent.id == _writer(at)), None)
    if own is None or at.sender.verdict is Verdict.FAIL:
        return None
    before = at.context.asked_about(own.claim.ticket)
    ticket = at.context.ticket(before.ticket) if before and before.ticket else None
    if before is None or ticket is None or not may_act_in(at, own.agent, ticket):
        said = Reason("confirmation.none", "it says neither yes nor no: what was asked about waits on")
        told = unsent(own.agent, "it answers a question of mine, and says neither yes nor no")
        return Decision(FileEvent(EventKind.OWN), (told,), (said,))
    if before.waits and not (new_words(at.message, at.rules) or at.written.brought):
        said = Reason("confirmation.empty", "it says nothing: what was asked about waits on")
        told = unsent(own.agent, "it says nothing; what I asked you about waits on for your word", ticket)
        return Decision(FileEvent(EventKind.OWN), (told,), (said,))
    decided = judged(at, own.agent, ticket, "you wrote it in answer to a question of mine")
    if not before.waits or not isinstance(decided.place, JoinTicket):
        return decided
    instead = Disown(before.arrival, own.agent.id, "the agent wrote it anew")
    return replace(decided, consequences=(*decided.consequences, instead))


def _writer(at: Situation) -> str:
    """Return the id of the one of us from whose address it is, "" for nobody's."""
    agent = one_of_us(at.sender.address, at.rules)
    return agent.id if agent else ""


def _kept(at: Situation, agent: Agent, ticket: TicketFacts, orders: Orders) -> Decision:
    """Return that the words stay among us, and that the commands above them are done if all of them could be read."""
    kept = Reason("relay.note", f"{agent.name} keeps it for our own people")
    place = JoinTicket(at.context.home(ticket).id, EntryKind.NOTE, agent=agent.id)
    if orders.problems or not orders.steps:
        return Decision(place, reasons=(kept,))
    # His words are no word to the customer, as of a wait.
    done = _commands_done(at, agent, ticket, replace(orders, below=""))
    lines = done_lines(orders, at.clock)
    told = (*lines, "", f"Your words are kept as a note in #{place.ticket}; the customer got none of them.")
    to_him = Ask(agent.id, "he keeps it", confirmable=False, told=told, title="Done, and a note", ticket=place.ticket)
    return Decision(place, (*done, to_him), (kept, *_reasons(orders)))


def _reasons(orders: Orders) -> Iterator[Reason]:
    return (Reason("relay.command", f"{step.named} is done") for step in orders.understood)


def _commands_done(
    at: Situation, agent: Agent, ticket: TicketFacts, orders: Orders, *, answered: bool = False
) -> tuple[Consequence, ...]:
    """Return what the commands do, and that he is told where that is done in another ticket than the one he named."""
    home, within = at.context.home_and_within(ticket)
    confirmed = at.arrival.confirmed_by == agent.id
    done: tuple[Consequence, ...] = tuple(
        consequences(orders, agent, confirmed=confirmed, within=within, ticket=home.id, answered=answered)
    )
    if not within or not any(command.of_ticket for command in orders.commands):
        return done
    line = f"#{ticket.id} is merged into #{home.id}, so your commands were done there."
    return (*done, Ask(agent.id, line, confirmable=False, told=(line,), title="Done in another ticket", ticket=home.id))


def _done(at: Situation, agent: Agent, ticket: TicketFacts, orders: Orders, leaves: Leaving, why: str) -> Decision:
    """Return that the commands are done and the words are sent, unless all of them are for our own people."""
    reasons = [Reason("relay.reply", f"{agent.name} answers #{ticket.id}: {why}"), *_reasons(orders)]
    home, within = at.context.home_and_within(ticket)
    is_private, recipients = _is_private(orders, leaves), _recipients(at, ticket, orders)
    done = _commands_done(at, agent, ticket, orders, answered=not is_private and bool(recipients))
    if is_private:
        reasons.append(Reason("relay.private", "the customer gets nothing of it"))
        return Decision(JoinTicket(home.id, EntryKind.NOTE, agent=agent.id), done, tuple(reasons))
    if not recipients:
        reasons.append(Reason("relay.nobody", "one of us opened the ticket, and no customer wrote to it: a note"))
        why = f"nobody but ourselves has written to #{ticket.id}; your words are a note there"
        told = unsent(agent, why, ticket)
        if lines := done_lines(orders, at.clock):
            told = replace(told, told=(*lines, "", f"The customer got nothing: {why}."), title="Done, and a note")
        return Decision(JoinTicket(home.id, EntryKind.NOTE, agent=agent.id), (*done, told), tuple(reasons))
    number = len(leaves.files)
    brought = f" and {number} {'file' if number == 1 else 'files'}" if number else ""
    reasons.append(Reason("relay.sent", f"the words{brought} are sent to the customer, and nothing else of the mail"))
    place = JoinTicket(home.id, EntryKind.AGENT, agent=agent.id, within=within)
    sent = replace(leaves.to(agent, recipients), within=within)
    return Decision(place, (sent, Answered(agent.id, within, recipients), *done), tuple(reasons))
