"""What of the weekly mail its reader can act on: tickets by numbers, senders, kept mail, each with replies to tap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import Connection

from mailbot.config.check import is_address
from mailbot.deciding.agents.taps import Tap
from mailbot.deciding.agents.team import may_act_for
from mailbot.desk import senders
from mailbot.figures import summary
from mailbot.figures.cases import Case
from mailbot.figures.figures import Setting
from mailbot.reading.fields.address import domain_of
from mailbot.render import digests
from mailbot.render.notices import cut_short
from mailbot.render.rows import Line, Need
from mailbot.rules import Agent, Rules
from mailbot.store import queries
from mailbot.store.outbox import OutboxState

_MOST_NEEDS = 5
_MOST_WAITING = 7
_MOST_SENDERS = 5
_MOST_AGENTS = 2
_MOST_TENANTS = 3
_ALL_OF_THEM = 1_000
_LONGEST_SUBJECT = 60


@dataclass(slots=True)
class Numbers:
    """The numbers that tickets bear in one mail, in the order in which they are first named there."""

    _of: dict[int, int] = field(default_factory=dict)

    def of(self, ticket: int) -> int:
        """Return the number of that ticket."""
        return self._of.setdefault(ticket, len(self._of) + 1)

    @property
    def tickets(self) -> tuple[int, ...]:
        """The tickets in the order of their numbers, from 1."""
        return tuple(self._of)


@dataclass(frozen=True, slots=True)
class Offered:
    """What replies are offered, by whose rules, and on which numbers."""

    rules: Rules
    numbers: Numbers

    def numbered(self, lines: Iterable[Line], cases: Mapping[int, Case], *, closing: bool = False) -> tuple[Line, ...]:
        """Return the lines with their numbers, and with what to tap: why, or where wanted what ends or gives them."""
        return tuple(
            replace(line, place=number, taps=self._of_open(cases[line.ticket], number) if closing else _why(number))
            for line in lines
            for number in [self.numbers.of(line.ticket)]
        )

    def of_waiting(self, case: Case) -> tuple[Tap, ...]:
        """Return what to tap on a ticket that nobody has answered."""
        number = self.numbers.of(case.ticket)
        return (*(self._giving(case, number) or _close(number)), *_why(number))

    def of_sender(self, one: senders.Unlisted) -> tuple[Tap, ...]:
        """Return what to tap on somebody whom no customer lists: whose he may be, and why he is nobody's."""
        fits = [one.suggestion.tenant] if one.suggestion else [tenant.id for tenant in self.rules.tenant]
        offered = [(tenant, who) for tenant in fits if (who := self._addable(one.address, tenant))]
        if len(offered) > _MOST_TENANTS:
            # Whose is written behind it.
            adding = [Tap("Add to …", f"add {offered[0][1]} to ")]
        else:
            adding = [Tap(f"Add to {self._named(tenant)}", f"add {who} to {tenant}") for tenant, who in offered]
        return (*adding, *of_address(one.address))

    def _of_open(self, case: Case, number: int) -> tuple[Tap, ...]:
        return (*_close(number), *self._giving(case, number)[:1])

    def _giving(self, case: Case, number: int) -> tuple[Tap, ...]:
        agents = (one for one in self.rules.agent if may_act_for(one, case.tenant) and one.id != case.assignee)
        return tuple(
            Tap(f"Give to {self.called(one)}", f"{number} assign {one.id}") for one in islice(agents, _MOST_AGENTS)
        )

    def called(self, agent: Agent) -> str:
        """Return an agent's first name, all of it where others are called so, too."""
        first = agent.name.partition(" ")[0]
        return first if sum(one.name.partition(" ")[0] == first for one in self.rules.agent) == 1 else agent.name

    def _named(self, tenant_id: str) -> str:
        tenant = self.rules.tenant_by_id(tenant_id)
        return tenant.name or tenant.id if tenant else tenant_id

    def _addable(self, address: str, tenant: str) -> str:
        """Return the sender's domain, the address itself where others have it too, "" where neither can be added."""
        wanted = (domain_of(address), address)
        return next((who for who in wanted if not senders.refusal(who, tenant, self.rules)), "")


def _close(number: int) -> tuple[Tap, ...]:
    return (Tap("Close", f"{number} close"),)


def _why(number: int) -> tuple[Tap, ...]:
    return (Tap("Why", f"why {number}"),)


def of_address(address: str) -> tuple[Tap, ...]:
    """Return what to tap on somebody's mail: what became of it."""
    return (Tap("Why", f"why {address}"),) if is_address(address) else ()


@dataclass(frozen=True, slots=True)
class Needing:
    """The few things that need the reader, tickets that wait beside these, and senders who are nobody's customers."""

    needs: tuple[Need, ...]
    waiting: tuple[Line, ...]
    senders: tuple[Need, ...]


def needing(
    conn: Connection, partner: str, offered: Offered, cases: Sequence[Case], names: Mapping[str, str], setting: Setting
) -> Needing:
    """Return what needs the reader: customers who wait first, then mail that waits for a word, then senders."""
    unlisted = tuple(islice(senders.unlisted_waiting(conn, partner, offered.rules), _MOST_SENDERS))
    people = tuple(_sender(one, offered) for one in unlisted)
    others = (*_held(conn, partner), *_kept_apart(conn, partner), *_nobodys(people))
    overdue = summary.overdue(cases, setting)
    room = _MOST_NEEDS - len(others)
    shown = overdue if len(overdue) <= room else overdue[: room - 1]
    first = tuple(_waiting(one, offered, names) for one in shown)
    more = overdue[len(shown) :]
    lines = (digests.line_of_overdue(one, 0, names) for one in more[:_MOST_WAITING])
    waiting = offered.numbered(lines, {case.ticket: case for case in cases}, closing=True)
    return Needing((*first, *_more(len(more), waiting, offered), *others), waiting, people)


def _waiting(one: summary.Overdue, offered: Offered, names: Mapping[str, str]) -> Need:
    line = digests.line_of_overdue(one, offered.numbers.of(one.case.ticket), names)
    subject = cut_short(line.subject, _LONGEST_SUBJECT) or "no subject"
    text = f"{line.who}: {subject} (#{line.ticket}, {line.aside})"
    return Need(text, grave=True, place=line.place, taps=offered.of_waiting(one.case))


def _more(number: int, waiting: Sequence[Line], offered: Offered) -> Iterator[Need]:
    """Yield that more customers wait, as one thing: those that have a number can be given to somebody at once."""
    if not number:
        return
    first, last = waiting[0].place, waiting[-1].place
    some = f"{first}" if first == last else f"{first}-{last}"
    agents = (one for one in offered.rules.agent if not (one.tenants or one.outsourced))
    give = tuple(Tap(f"Give {some} to {offered.called(one)}", f"{some} assign {one.id}") for one in islice(agents, 1))
    rest = "" if number == len(waiting) else f" and {number - len(waiting)} besides"
    waits = "more waits" if number == 1 else "more wait"
    text = f"{number} {waits} longer than promised: {some} below{rest}"
    yield Need(text, grave=True, command="mailbot tickets" if rest else "", taps=give or (Tap("Why", f"{some} why"),))


def _held(conn: Connection, partner: str) -> Iterator[Need]:
    held = queries.outbox(conn, partner, (OutboxState.HELD,), limit=_ALL_OF_THEM)
    if held:
        waits = "1 mail waits" if len(held) == 1 else f"{len(held)} mails wait"
        last = f"{'' if len(held) == 1 else 'the last '}to {held[0].recipient}"
        text = f"{waits} for you to release, {last}"
        yield Need(text, command="mailbot outbox list --state held", taps=of_address(held[0].recipient))


def _kept_apart(conn: Connection, partner: str) -> Iterator[Need]:
    kept = queries.quarantined(conn, partner, limit=_ALL_OF_THEM)
    if kept:
        are = "1 message is" if len(kept) == 1 else f"{len(kept)} messages are"
        sender = kept[-1].from_address
        of = f", {'' if len(kept) == 1 else 'the last '}from {sender}" if sender else ""
        yield Need(f"{are} kept apart{of}", command="mailbot quarantine list", taps=of_address(sender))


def _nobodys(people: Sequence[Need]) -> Iterator[Need]:
    if len(people) == 1:
        yield replace(people[0], text=f"{people[0].text} is listed with no customer yet")
    elif people:
        yield replace(
            people[0], text=f"{len(people)} senders are listed with no customer yet, the last: {people[0].text}"
        )


def _sender(one: senders.Unlisted, offered: Offered) -> Need:
    taps = offered.of_sender(one)
    tenant = one.suggestion.tenant if one.suggestion else "TENANT"
    command = "" if len(taps) > 1 else f"mailbot senders accept {one.address} {tenant}"
    return Need(f"{one.address} (#{one.last_ticket})", command=command, taps=taps)
