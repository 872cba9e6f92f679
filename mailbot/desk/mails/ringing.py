"""Ringing for a trial: a page by each pager of somebody, and a mail to his address, whose results can be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.team import OURSELVES, agent_by_id
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.duetimes import rota_of
from mailbot.deciding.paging import Page, PageKind, cut
from mailbot.desk import Desk
from mailbot.desk.mails.duty import who_is_there
from mailbot.desk.mails.paging import queue_page, receiver, way_of, write_to
from mailbot.desk.refusing import RefusedError
from mailbot.errors import quoted
from mailbot.rules import Agent
from mailbot.rules.nearest import did_you_mean
from mailbot.store import handling, pages

TO_HIMSELF = 0
"""Stands for an agent's own address among his pagers, which count from 1."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A trial by one way: whose, by which pager of his, and the row of the outbox; `failed` says why there is none."""

    agent: str
    pager: int
    way: str
    row: int | None
    failed: str = ""


def who_rings(conn: Connection, desk: Desk, wanted: str, now: datetime) -> Sequence[Agent]:
    """Return the agent of that id, for "" whoever's turn it is, and all who are not away where nobody takes turns.

    Raise RefusedError where there is nobody.
    """
    agents = desk.rules.agent
    if wanted:
        found = agent_by_id(wanted, desk.rules)
        if found is None:
            known = [one.id for one in agents]
            raise RefusedError(f"there is no agent {quoted(wanted)}; {did_you_mean(wanted, known) or _LISTED}")
        return (found,)
    here = who_is_there(conn, desk, agents, now)
    order = rota_of(desk.rules).order_at(now)
    first = next((one for name in order for one in here if one.id == name), None)
    called = (first,) if first else here
    if not called:
        raise RefusedError("nobody can be called: no [[agent]] is listed in rules.toml")
    return called


_LISTED = "`mailbot agents` lists them"


def ring(conn: Connection, desk: Desk, agents: Sequence[Agent], now: datetime) -> tuple[Rung, ...]:
    """Queue a trial by each way of these agents, their own address last.

    An earlier one that still waits for the same pager is dropped: it would ring once more, and hold this one up.
    """
    return tuple(rung for agent in agents for rung in _ring(conn, desk, agent, now))


def _ring(conn: Connection, desk: Desk, agent: Agent, now: datetime) -> Iterator[Rung]:
    key = f"test:{now.timestamp():.6f}"
    for number, pager in enumerate(agent.pager, 1):
        text = f"Test by {desk.rules.partner.brand}: pager {number} of {agent.name} works. Nothing is wrong."
        page = Page(PageKind.TEST, cut(text), f"{desk.partner}.{key}.{agent.id}", now)
        _forget_earlier(conn, desk, pager.mail or receiver(agent, number), now)
        try:
            yield Rung(agent.id, number, way_of(pager), queue_page(conn, desk, agent, number, page, now, key=key))
        except UnwritableMail as error:
            yield Rung(agent.id, number, way_of(pager), None, str(error))
    for address in agent.addresses[:1]:
        text = f"Test by {desk.rules.partner.brand}: mail reaches {agent.name}. Nothing is wrong."
        page = Page(PageKind.TEST, cut(text), f"{desk.partner}.{key}.{agent.id}", now)
        _forget_earlier(conn, desk, address, now)
        try:
            yield Rung(agent.id, TO_HIMSELF, "mail", write_to(conn, desk, address, page, now, key=f"{key}:{agent.id}"))
        except UnwritableMail as error:
            yield Rung(agent.id, TO_HIMSELF, "mail", None, str(error))


def _forget_earlier(conn: Connection, desk: Desk, recipient: str, now: datetime) -> None:
    for row in pages.waiting_trials(conn, desk.partner, recipient, now):
        handling.drop(conn, row, author=OURSELVES, reason="it is tried anew", now=now)
