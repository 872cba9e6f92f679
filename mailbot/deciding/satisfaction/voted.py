"""What becomes of a reply to a survey: a vote is counted once, reopens nothing, and owes nobody an answer.

| the mail | outcome |
|---|---|
| from the person asked, to the survey's own mail, an unmistakable vote, the first | counted |
| the same, of `LOW` or less | counted, and our people are told at once, with a way to open the ticket again |
| the same, with words | counted, and our people are told |
| the same, with words that read like trouble, a question or a file | counted, and goes on as any reply |
| the same, a second one | kept and told, and not counted |
| words that say how good it was, and no digit | no vote; kept, and our people are told |
| from a machine, from somebody else, to another mail, or not sure to be a vote | no vote |
| about a ticket that goes on as another, which is open | no vote: that one is not solved yet |

The survey's own mail is told by its token: in the address that a reply or one of its links goes to; where such
addresses do not reach us, in the mail that is answered, or in the line of reference that a link wrote. The token is
sealed for the person asked. A later mail of the conversation has the survey among its references, and is no answer to
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mailbot.deciding.agents.team import by_relay, may_act_for
from mailbot.deciding.content import brings_files
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Consequence, Decision, Flag, JoinTicket, NoticeKind, Notify, Reason, TicketState
from mailbot.deciding.questions import Ask
from mailbot.deciding.satisfaction.votes import BEST, LOW, Vote, says_how, vote_in
from mailbot.deciding.situation import Situation
from mailbot.deciding.threads import Join, join
from mailbot.deciding.tokens import Purpose, verify
from mailbot.rules import Agent, Rules

REOPEN = "reopen"


def voted(at: Situation, go_on: Callable[[Situation, Join, TicketFacts], Decision]) -> Decision | None:
    """Return the decision on a vote, None for all else; `go_on` is what becomes of a reply."""
    tokens = tuple(_tokens(at))
    if len(tokens) != 1 or at.by_machine or at.arrival.history:
        return None
    clues = replace(at.clues, recipient_tokens=tokens, id_tokens=(), message_ids=())
    found = join(clues, at.sender, at.context, at.rules, at.keyring, at.now)
    ticket, vote = found.ticket or found.too_late, vote_in(at.message)
    if ticket is None or not _is_about(at, tokens[0], ticket):
        return None
    flags = tuple(dict.fromkeys((*found.flags, *at.flags())))
    if vote is None and not at.classified.evidence and says_how(at.message):
        place = JoinTicket(ticket.id, flags=flags, asks=False)
        reason = Reason("vote.words", f"it says how #{ticket.id} was solved, and nothing else: no digit, no vote")
        return Decision(
            place, (Notify(NoticeKind.VOTED, text="There is no digit in it, so it is no vote."),), (reason,)
        )
    # A later mail may bear the subject of the first: what it says is new.
    if vote is None or _may_be_trouble(at, vote) or (vote.begun and ticket.vote is not None):
        return None
    counted = None if ticket.vote is not None else vote.mark
    if vote.troubled or at.classified.evidence or brings_files(at.message) or at.message.forwarded_text:
        if found.ticket is None:
            return None
        decided = go_on(at, found, found.ticket)
        if not isinstance(decided.place, JoinTicket):
            return decided
        return replace(
            decided,
            place=replace(decided.place, vote=counted),
            reasons=(_reason(ticket, vote), *decided.reasons),
        )
    place = JoinTicket(ticket.id, flags=flags, asks=False, vote=counted)
    reasons = (_reason(ticket, vote), Reason("answer.none", "a vote needs no answer"))
    return Decision(place, tuple(_told(at, ticket, vote)), reasons)


def team(rules: Rules, tenant: str | None) -> tuple[Agent, ...]:
    """Return the agents who get a mail of a bad vote: who may act for the customer, and is no answering service."""
    if not by_relay(rules):
        return ()
    return tuple(one for one in rules.agent if may_act_for(one, tenant) and not one.outsourced)


def _tokens(at: Situation) -> Iterator[str]:
    """Yield the tokens of surveys of this sender's by which a mail is an answer to them, and to nothing else."""
    clues = at.clues
    if clues.recipient_tokens:
        named = clues.recipient_tokens
    elif clues.message_ids:
        named = (clues.message_ids[0].partition(".")[0].lower(),)
    else:
        named = clues.text_tokens
    for token in dict.fromkeys(named):
        claim = verify(at.keyring, token, at.sender.address, at.now.date())
        if claim is None or claim.purpose is not Purpose.SURVEY:
            return
        yield token


def _is_about(at: Situation, token: str, ticket: TicketFacts) -> bool:
    """Return whether that ticket is the one that was asked about, or what it became, and has ended."""
    if ticket.state is TicketState.CLOSED:
        return True
    claim = verify(at.keyring, token, at.sender.address, at.now.date())
    return claim is not None and claim.ticket == ticket.id


def _may_be_trouble(at: Situation, vote: Vote) -> bool:
    """Return whether the line of a good vote has words in which a rule found something: "5 - no dial tone"."""
    return bool(at.classified.evidence) and vote.beside and vote.mark > LOW


def _reason(ticket: TicketFacts, vote: Vote) -> Reason:
    if ticket.vote is not None:
        text = f"it votes {vote.mark} of {BEST} for #{ticket.id}, which has its vote: {ticket.vote} counts"
        return Reason("vote.second", text)
    return Reason("vote", f"it votes {vote.mark} of {BEST} for how #{ticket.id} was solved")


def _told(at: Situation, ticket: TicketFacts, vote: Vote) -> Iterator[Consequence]:
    if ticket.vote is not None:
        text = f"A second vote, {vote.mark} of {BEST}, does not count; the first was {ticket.vote}."
        yield Notify(NoticeKind.VOTED, text=text)
    elif vote.mark <= LOW:
        opens = f"`mailbot reopen {ticket.id}` opens #{ticket.id} again."
        yield Notify(NoticeKind.DISSATISFIED, urgent=True, text=f"The vote is {vote.mark} of {BEST}. {opens}")
        for agent in team(at.rules, ticket.tenant):
            yield _alarm(at, agent, ticket, vote)
    elif vote.comment:
        yield Notify(NoticeKind.VOTED, text=f"The vote is {vote.mark} of {BEST}.")


def _alarm(at: Situation, agent: Agent, ticket: TicketFacts, vote: Vote) -> Ask:
    sender, tenant = at.message.sender, at.rules.tenant_by_id(ticket.tenant)
    name = (sender and sender.name) or at.sender.address
    who = f"{name} at {tenant.name}" if tenant else name
    doubt = " Nothing proves who wrote this." if Flag.UNVERIFIED in at.flags() else ""
    return Ask(
        agent.id,
        f"{who} votes {vote.mark} of {BEST}",
        confirmable=False,
        told=(
            f"{who} votes {vote.mark} of {BEST} for how #{ticket.id} was solved.{doubt}",
            f'To open the ticket again, reply to this mail with "{REOPEN}". The customer gets nothing by that.',
            'To answer them, reply with "#show": it sends you their message, and a reply to that one reaches them.',
        ),
        title=f"Not satisfied: {vote.mark} of {BEST}",
        ticket=ticket.id,
        shows=(f"{name} wrote", vote.comment) if vote.comment else None,
        orders=(REOPEN,),
    )
