"""What every request has: who asks, about which ticket, with what right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.readers import by_id
from mailbot.deciding.agents.team import agent_by_id, may_act_for
from mailbot.deciding.effects import EntryKind
from mailbot.desk import Desk
from mailbot.desk.nights import may_act
from mailbot.desk.refusing import RefusedError, Shown
from mailbot.errors import quoted
from mailbot.rules import Agent
from mailbot.rules.nearest import did_you_mean
from mailbot.store import acts, quarantine, tickets
from mailbot.store.columns import AnyRow

Request = Mapping[str, Any]
NUMBERS = range(1, 2**63)
"""What the log can number."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in one line, and further `lines`. One to be `told` is news to whoever asked for it by mail.

    `ticket` is the one that it was done to, where that need not be the ticket at hand; `incident` is its number, 0 for
    none.
    """

    text: str
    told: bool = False
    lines: tuple[str, ...] = ()
    ticket: int | None = None
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One request in the transaction in which it is done. All that one mail asks for is one `act`."""

    conn: Connection
    desk: Desk
    request: Request
    now: datetime
    act: int

    @property
    def clock(self) -> WallClock:
        """The clock of our own people."""
        return WallClock.of(self.desk.rules, self.now)

    @property
    def author(self) -> str:
        """Return who asks, for the log: the agent's id, else the name that was given."""
        return self.word("agent") or self.word("author") or "operator"

    @property
    def reason(self) -> str:
        """Return why, for the log."""
        return self.word("reason")

    @property
    def confirmed(self) -> bool:
        """Whether whoever asks was told what is at stake, and said yes."""
        return bool(self.request.get("confirmed"))

    @property
    def was_shown(self) -> bool:
        """Whether whoever asks has seen what would leave, and said yes; that a mail is his, is another question."""
        return self.confirmed and (self.request.get("arrival") is None or self.shown is not None)

    @property
    def shown(self) -> Shown | None:
        """What whoever said yes has seen, as it was noted then; None where he has seen nothing, or said no yes."""
        return self.shown_before if self.confirmed else None

    @property
    def shown_before(self) -> Shown | None:
        """What whoever asks was shown of it before, whether he said yes or not; None for nothing."""
        arrival = self.request.get("arrival")
        return self.request.get("shown") if arrival is None else quarantine.shown(self.conn, int(arrival))

    def word(self, name: str) -> str:
        """Return a value of the request, "" where it has none."""
        return str(self.request.get(name) or "")

    def instant(self, name: str) -> datetime | None:
        """Return an instant of the request, which ISO 8601 may say; None where it has none."""
        value = self.request.get(name) or None
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def day(self, name: str) -> date | None:
        """Return a day of the request, which ISO 8601 may say; None where it has none."""
        value = self.request.get(name) or None
        return date.fromisoformat(value) if isinstance(value, str) else value

    def agent(self) -> Agent | None:
        """Return the agent, or the reader of the weekly mail, who asks, None for an operator.

        Raise RefusedError for one who is not listed.
        """
        asking = self.word("agent")
        return (by_id(asking, self.desk.rules) or self.listed(asking)) if asking else None

    def listed(self, agent: str) -> Agent:
        """Return the agent of that id; raise RefusedError, with the nearest ids."""
        found = agent_by_id(agent, self.desk.rules)
        if found is None:
            ids = [one.id for one in self.desk.rules.agent]
            hint = did_you_mean(agent, ids) or f"rules.toml lists: {', '.join(ids) or 'none'}"
            raise RefusedError(f"no agent has the id {quoted(agent)}; {hint}")
        return found

    def customer(self, tenant: str | None) -> str:
        """Return a tenant's name, "nobody" for None."""
        found = self.desk.rules.tenant_by_id(tenant)
        return found.name if found else tenant or "nobody"

    def ticket(self, number: object = None) -> AnyRow:
        """Return the row of the ticket at hand, or of that number, which whoever asks may change.

        Raise RefusedError where there is none, or none that is his.
        """
        wanted = int(str(self.request.get("ticket") or 0)) if number is None else int(str(number))
        row = acts.row(self.conn, self.desk.partner, wanted) if wanted in NUMBERS else None
        agent = self.agent()
        if row is None:
            hint = "" if agent else "; see `mailbot tickets`"
            raise RefusedError(f"there is no ticket #{wanted}{hint}")
        if agent is not None and not self._is_his(agent, row):
            raise RefusedError(f"#{wanted} is not {agent.name}'s to change")
        return row

    def _is_his(self, agent: Agent, row: AnyRow) -> bool:
        is_its = agent.outsourced and may_act(self.conn, self.desk, agent, row.id, self.now)
        return is_its or may_act_for(agent, row.tenant)

    def change(self, ticket: int | None, columns: Mapping[str, Any], *, reason: str = "", **beside: object) -> int:
        """Set columns of a ticket's row, and return the entry that says so; `beside` is what else the act did."""
        entry = tickets.NewEntry(
            partner=self.desk.partner,
            kind=EntryKind.CHANGE,
            at=self.now,
            recorded_at=self.now,
            ticket_id=ticket,
            text=reason or self.reason,
            author=self.author,
            change=columns or None,
            decision={"act": self.act, **beside},
        )
        return tickets.append_entry(self.conn, entry)
