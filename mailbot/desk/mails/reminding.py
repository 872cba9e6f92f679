"""Once more about a mail that waits for an agent's yes: he may have missed the question, and a customer waits for it.

The reminder repeats the question. It bears its token and its links, so that a word in answer to it does the same, and
comes in his hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.asking import OFFERED, UNREAD
from mailbot.deciding.questions import Ask
from mailbot.deciding.tokens import Purpose
from mailbot.desk import Desk
from mailbot.desk.mails.asking import KIND, asked_ticket, links
from mailbot.desk.mails.duty import on_duty_at, who_is_no_service
from mailbot.desk.mails.teammail import TeamMail, team_mail
from mailbot.reading.model import Mailbox
from mailbot.render import AskFacts
from mailbot.rules import Agent
from mailbot.store import quarantine, team
from mailbot.store.outbox import queue
from mailbot.store.team import Unanswered

_AFTER = timedelta(hours=4)


def next_due_at(conn: Connection, desk: Desk) -> datetime | None:
    """Return when `remind` has something to do, None for nothing."""
    return min((at for at, _, _ in _due(conn, desk)), default=None)


def remind(conn: Connection, desk: Desk, now: datetime) -> None:
    """Remind agents of what waits for their yes since some hours, each question once.

    An answering service is not: its night is over by then.
    """
    for at, question, agent in list(_due(conn, desk)):
        if at <= now:
            queue(conn, desk.partner, team_mail(desk, _mail(conn, desk, question, agent, now), now), now)


def _due(conn: Connection, desk: Desk) -> Iterator[tuple[datetime, Unanswered, Agent]]:
    asked = {address: agent for agent in who_is_no_service(desk.rules.agent) for address in agent.addresses}
    for question in team.unanswered(conn, desk.partner, asked):
        agent = asked[question.address]
        # Who has no hours to come is reminded at once: else he kept back the others for ever.
        yield on_duty_at(desk, agent, question.asked_at + _AFTER) or question.asked_at + _AFTER, question, agent


def _mail(conn: Connection, desk: Desk, question: Unanswered, agent: Agent, now: datetime) -> TeamMail:
    token = desk.token(Purpose.CONFIRMATION, question.arrival, question.address, now)
    asked_at = WallClock.of(desk.rules, now).instant(question.asked_at)
    why = f"You were asked about it on {asked_at}, and it waits for your word:"
    [waiting] = quarantine.asked_about(conn, desk.partner, [question.arrival])
    offered = sorted(code.removeprefix(OFFERED) for code in waiting.codes if code.startswith(OFFERED))
    unread = (why,) if UNREAD in waiting.codes else ()
    asked = Ask(agent.id, why, told=unread, words=tuple((word, "") for word in offered))
    facts = AskFacts(
        now=now,
        brand=desk.rules.partner.brand,
        why=why,
        token=token,
        told=(why, "", *_repeated(team.question(conn, desk.partner, question.arrival))),
        title="Your mail still waits",
        ticket=asked_ticket(conn, desk, question.ticket),
        links=links(desk, token, asked),
    )
    return TeamMail(
        key=f"again:{question.arrival}",
        kind=KIND,
        template="team-ask",
        facts=facts,
        to=Mailbox(agent.name, question.address),
        token=token,
        mark=f"{question.arrival:x}q.again",
        answerable=True,
        ticket=question.ticket,
        thread=question.ticket or 0,
    )


def _repeated(question: str) -> list[str]:
    """Return the lines of a question without its ticket and reference, which the reminder has itself."""
    paragraphs = question.strip().split("\n\n")
    return "\n\n".join(one for one in paragraphs if not one.startswith(("Ticket:  ", "Ref: "))).split("\n")
