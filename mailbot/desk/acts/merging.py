"""Tickets that become one: never so that a customer's words reach another customer.

Tickets of one customer become one: whoever wrote to either gets the answers, and what comes to the one joins the other.
A vendor's case goes along, and an outage that one of us has seen stays seen.
Where two customers are concerned it is a mark for our own people, made only when it was confirmed: nobody gets anything
of the other ticket, and what comes to the closed one opens a ticket of its own, linked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import TicketState
from mailbot.desk.acts.admitting import is_of
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.acts.steering import promises
from mailbot.desk.pausing import ended
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.rules import Rules, Severity
from mailbot.store import participants, tickets
from mailbot.store.columns import AnyRow


def merge(work: Work) -> Done:
    """Make the ticket one with another."""
    row, other = work.ticket(), work.ticket(work.word("into"))
    if row.id == other.id:
        raise RefusedError(f"#{row.id} cannot be merged with itself")
    for one in (row, other):
        if one.merged_into is not None:
            raise RefusedError(f"#{one.id} is merged into #{one.merged_into} already")
    source, target = tickets.facts(work.conn, work.desk.partner, sorted([row.id, other.id]))
    if source.id != row.id:
        source, target = target, source
    is_one_customers = _of_one_customer(source, target, work.desk.rules)
    if not is_one_customers and not work.confirmed:
        raise UnconfirmedError(
            f"it would merge #{row.id} of {work.customer(row.tenant)} ({row.requester}) into #{other.id} of "
            f"{work.customer(other.tenant)} ({other.requester}); neither gets anything of the other"
        )
    closing = {} if row.state == TicketState.CLOSED else {"state": TicketState.CLOSED, "closed_at": work.now}
    entering = _entering(source, target, work.desk.rules) if is_one_customers else []
    for address in entering:
        participants.let_in(work.conn, work.desk.partner, other.id, address, work.author, work.now)
    moved, taken_over = _case(row, other) if is_one_customers else ({}, {})
    work.change(row.id, {"merged_into": other.id, **closing, **ended(work.desk, row, work.now), **moved})
    severity = Severity(row.severity)
    is_worse = row.state == TicketState.OPEN and severity.rank < Severity(other.severity).rank
    waits = row.waiting_since if is_one_customers else None
    since = min(filter(None, (waits, other.waiting_since)), default=None)
    raised = dict(promises(work, other, severity, other.tenant, since)) if is_one_customers and is_worse else {}
    if waits is not None:
        raised = {**raised, "waiting_since": since}
    if waits is not None and is_worse and row.seen_at is not None and row.seen_at >= waits:
        raised = {**raised, "seen_by": row.seen_by, "seen_at": row.seen_at}
    raised |= taken_over
    work.change(other.id, raised, reason=f"#{row.id} is merged into it", let_in=[other.id, entering])
    comes = "joins it" if is_one_customers else "opens a ticket of its own"
    return Done(f"#{row.id} is merged into #{other.id}; what comes to #{row.id} {comes}", told=True)


def _case(row: AnyRow, other: AnyRow) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what becomes of a vendor's case of the ticket, and of the one that it goes on as: it moves there.

    Where both are filed each stays with its own, and nothing is owed for the first any more.
    """
    if not row.vendor:
        return {}, {}
    if other.vendor:
        return {"vendor": row.vendor, "vendor_since": None} if row.vendor_since else {}, {}
    case = {"vendor": row.vendor, "vendor_since": row.vendor_since, "vendor_case": row.vendor_case}
    return {"vendor": "", "vendor_since": None, "vendor_case": ""}, case


def _of_one_customer(source: TicketFacts, target: TicketFacts, rules: Rules) -> bool:
    """Return whether one customer opened both: the same address, or two that one tenant lists, whose tickets both are.

    A ticket may bear a tenant's label for a guess alone.
    """
    if source.tenant != target.tenant:
        return False
    return source.requester == target.requester or all(
        source.tenant is not None and is_of(one.requester, one.tenant, rules) for one in (source, target)
    )


def _entering(source: TicketFacts, target: TicketFacts, rules: Rules) -> list[str]:
    """Return who of the one ticket gets the answers of the other from then on."""
    wrote = {source.requester, *source.writers} - {target.requester, *target.writers, ""}
    return sorted(one for one in wrote if is_of(one, target.tenant, rules) and not is_ours(one, rules))
