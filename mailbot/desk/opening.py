"""What is begun for a customer on the server: by the very code that decides on an agent's mail to support@.

`new for jane@acme.example` is written down as such a mail of the agent's, and decided on at once. `for` says whose a
ticket is, or whose a mail is that an agent passed on and that waits for his word.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import TypeVar

from mailbot.deciding.agents.asking import WHOSE_OFFERED
from mailbot.deciding.agents.commands import kinds
from mailbot.deciding.agents.team import agent_of, is_ours, may_act_for
from mailbot.deciding.agents.unbidden import DOUBT
from mailbot.deciding.content import brought_along
from mailbot.deciding.context import Source
from mailbot.deciding.effects import Decision, OpenTicket, Send
from mailbot.deciding.questions import Ask
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import NUMBERS, Done, Work
from mailbot.desk.acts.typed import orders_of, typed
from mailbot.desk.process import ReadArrival, process
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.rules import Agent
from mailbot.store import acts, quarantine, spool, team
from mailbot.worker import HERE, Died, Task

T = TypeVar("T", kinds.New, kinds.For)
_MOST_SHOWN = 600


def new(work: Work) -> Done:
    """Open a ticket for a customer and send the `text` and `files` of the request under its `subject`.

    It is sent in the name of the agent who asks, or of the only one. Raise RefusedError for what cannot be,
    UnconfirmedError, with whom it would reach, what it would say, and what is doubtful, where nobody has said yes.
    """
    agent, command = _writer(work), _only(work, kinds.New)
    number = spool.accept(
        work.conn, work.desk.partner, spool.NewArrival(Source.FILE, work.now, _mail(work, agent, command)), work.now
    )
    decision, ticket = _decided(work, agent, number or 0)
    sent = next((one for one in decision.consequences if isinstance(one, Send)), None)
    if ticket is None or sent is None or not isinstance(decision.place, OpenTicket):
        why = next((one.why for one in decision.consequences if isinstance(one, Ask)), "it opens no ticket")
        raise RefusedError(why.removeprefix("#"))
    brought = brought_along(sent.files, len(sent.pictures))
    people = " and ".join(sent.recipients)
    if not work.confirmed:
        whose = work.customer(decision.place.tenant)
        under = f"under “{decision.place.subject}”, in the name of {agent.name}"
        doubts = "".join(f"; {reason.text}" for reason in decision.reasons if reason.code == DOUBT)
        raise UnconfirmedError(
            f"it would send to {people}, at {whose}, {under}{brought}: {_shown(sent.text, work.word('text'))}{doubts}"
        )
    return Done(f"#{ticket} is opened for {people}; your words go there{brought}")


def _shown(words: str, written: str) -> str:
    """Return the words that would leave, and that they are not all that were written if so."""
    said, whole = " ".join(words.split()), " ".join(written.split())
    shown = said if len(said) <= _MOST_SHOWN else f"{said[:_MOST_SHOWN].rstrip()} …"
    return f"“{shown}”" + (
        "" if said == whole else " (not all that you wrote: the rest reads as a quotation or signature)"
    )


def whose(work: Work) -> Done:
    """Make a ticket that customer's, or else the mail of that number that waits for an agent's word.

    A ticket comes first where both have the number.
    """
    number = int(str(work.request.get("ticket") or 0))
    if number in NUMBERS and acts.row(work.conn, work.desk.partner, number) is not None:
        return typed(work)
    [waiting] = quarantine.asked_about(work.conn, work.desk.partner, [number]) or [None]
    if waiting is None or not waiting.waits:
        raise RefusedError(
            f"there is no ticket #{number}, and no message {number} that waits for an agent's word; "
            "see `mailbot tickets` and `mailbot quarantine list`"
        )
    if not any(code.startswith(WHOSE_OFFERED) for code in waiting.codes):
        raise RefusedError(f"message {number} waits for another word: its agent was asked for it by mail")
    return _passed_on(work, number)


def _passed_on(work: Work, number: int) -> Done:
    """Have what an agent passed on be decided anew as that customer's, in his name."""
    command = _only(work, kinds.For)
    asked, _ = team.asked_about(work.conn, work.desk.partner, number) or ("", work.now)
    agent, asking = agent_of(asked, work.desk.rules), work.agent()
    tenants = listed_tenants(command.address, work.desk.rules)
    if agent is None or (asking is not None and asking != agent):
        raise RefusedError(f"message {number} waits for the word of {agent.name if agent else 'nobody any more'}")
    if is_ours(command.address, work.desk.rules):
        raise RefusedError(f"{command.address} is no customer, but one of us")
    if tenants and not any(may_act_for(agent, one.id) for one in tenants):
        raise RefusedError(f"{command.address} is no customer of {agent.name}'s")
    if not work.confirmed:
        at = tenants[0].name if tenants else "nobody"
        raise UnconfirmedError(f"it would make message {number} a ticket of {command.address}, at {at}")
    quarantine.confirm(work.conn, number, agent.id, word=str(command), now=work.now)
    return Done(f"message {number} becomes a ticket of {command.address}")


def _writer(work: Work) -> Agent:
    agents = [one for one in work.desk.rules.agent if not one.outsourced]
    agent = work.agent() or (agents[0] if len(agents) == 1 else None)
    if agent is None:
        raise RefusedError("say in whose name it is sent: --as AGENT" if agents else "list yourself as [[agent]] first")
    return agent


def _only(work: Work, kind: type[T]) -> T:
    """Return the one command of the request's line, which is of that kind."""
    command, *more = orders_of(work).commands
    if more or not isinstance(command, kind):
        raise RefusedError(f"{work.word('line').removeprefix('#')} says something else")
    return command


def _mail(work: Work, agent: Agent, command: kinds.New) -> bytes:
    """Return the mail to us in which the agent would have asked for it."""
    mail = EmailMessage()
    mail["From"] = agent.addresses[0]
    mail["To"] = work.desk.rules.partner.address
    mail["Subject"] = " ".join(work.word("subject").split())
    mail["Date"] = work.now
    mail.set_content(f"{command}\n\n{work.word('text')}\n")
    for file in work.request.get("files", ()):
        kind, _, subtype = str(file["type"]).partition("/")
        mail.add_attachment(b64decode(file["octets"]), maintype=kind, subtype=subtype, filename=str(file["name"]))
    mail["Message-ID"] = f"<{sha256(mail.as_bytes(policy=SMTP)).hexdigest()[:32]}.new@{work.desk.domain}>"
    octets = mail.as_bytes(policy=SMTP)
    limit = work.desk.rules.limits.message_bytes
    if len(octets) > limit:
        raise RefusedError(f"with its files it is larger than {limit} octets (limits.message_bytes)")
    return octets


def _decided(work: Work, agent: Agent, number: int) -> tuple[Decision, int | None]:
    """Decide on that arrival as on the agent's mail to which he has said yes."""
    desk = work.desk
    arrival = replace(spool.arrival(work.conn, number), confirmed_by=agent.id)
    task = Task(number, spool.raw_of(work.conn, number), arrival.envelope, desk.border(arrival.mailbox), None)
    [(_, outcome)] = HERE.read([task], desk.rules)
    if isinstance(outcome, Died):
        raise RefusedError(f"it cannot be read: {outcome.detail}")
    processed = process(work.conn, desk, ReadArrival(arrival, outcome), work.now)
    return processed.decision, processed.ticket
