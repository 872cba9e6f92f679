"""Who is let into a ticket, and tickets that become one: never so that a customer's words reach another customer.

Tickets of one customer become one: whoever wrote to either gets the answers, and what comes to the one joins the other.
Where two customers are concerned it is a mark for our own people, made only when it was confirmed: nobody gets anything
of the other ticket, and what comes to the closed one opens a ticket of its own, linked.
"""

from __future__ import annotations

from mailbot.deciding.agents.team import is_ours
from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import TicketState
from mailbot.deciding.partaking import takes_part
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.acts.steering import promises
from mailbot.desk.pausing import ended
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.reading.fields.address import canonical
from mailbot.rules import Rules, Severity
from mailbot.store import participants, tickets


def allow(work: Work) -> Done:
    """Let an address into the ticket: it gets the answers from then on, and its mail joins."""
    row, address, rules = work.ticket(), canonical(work.word("address")), work.desk.rules
    [facts] = tickets.facts(work.conn, work.desk.partner, [row.id])
    if not address or is_ours(address, rules):
        raise RefusedError(f"{address or 'this'} is no customer's address")
    if takes_part(address, facts, rules):
        return Done(f"{address} takes part in #{row.id} already")
    if not _is_of(address, row.tenant, rules) and not work.confirmed:
        whose = " and ".join(one.name for one in listed_tenants(address, rules)) or "no customer of ours"
        raise UnconfirmedError(
            f"it would let {address} ({whose}) read and write in #{row.id} of {work.customer(row.tenant)}"
        )
    participants.let_in(work.conn, work.desk.partner, row.id, address, work.author, work.now)
    work.change(row.id, {}, let_in=[row.id, [address]])
    return Done(f"{address} takes part in #{row.id} from here on")


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
    joined = _of_one_customer(source, target, work.desk.rules)
    if not joined and not work.confirmed:
        raise UnconfirmedError(
            f"it would merge #{row.id} of {work.customer(row.tenant)} ({row.requester}) into #{other.id} of "
            f"{work.customer(other.tenant)} ({other.requester}); neither gets anything of the other"
        )
    closing = {} if row.state == TicketState.CLOSED else {"state": TicketState.CLOSED, "closed_at": work.now}
    entering = _entering(source, target, work.desk.rules) if joined else []
    for address in entering:
        participants.let_in(work.conn, work.desk.partner, other.id, address, work.author, work.now)
    work.change(row.id, {"merged_into": other.id, **closing, **ended(work.desk, row, work.now)})
    worse = joined and row.state == TicketState.OPEN and Severity(row.severity).rank < Severity(other.severity).rank
    raised = dict(promises(work, other, Severity(row.severity), other.tenant)) if worse else {}
    if joined and row.waiting_since is not None:
        since = min(row.waiting_since, other.waiting_since or row.waiting_since)
        raised = {**raised, "waiting_since": since}
    work.change(other.id, raised, reason=f"#{row.id} is merged into it", let_in=[other.id, entering])
    comes = "joins it" if joined else "opens a ticket of its own"
    return Done(f"#{row.id} is merged into #{other.id}; what comes to #{row.id} {comes}", told=True)


def _of_one_customer(source: TicketFacts, target: TicketFacts, rules: Rules) -> bool:
    """Return whether one customer opened both: the same address, or two that one tenant lists, whose tickets both are.

    A ticket may bear a tenant's label for a guess alone.
    """
    if source.tenant != target.tenant:
        return False
    return source.requester == target.requester or all(
        source.tenant is not None and _is_of(one.requester, one.tenant, rules) for one in (source, target)
    )


def _entering(source: TicketFacts, target: TicketFacts, rules: Rules) -> list[str]:
    """Return who of the one ticket gets the answers of the other from then on."""
    wrote = {source.requester, *source.writers} - {target.requester, *target.writers, ""}
    return sorted(one for one in wrote if _is_of(one, target.tenant, rules) and not is_ours(one, rules))


def _is_of(address: str, tenant: str | None, rules: Rules) -> bool:
    return tenant is not None and tenant in {one.id for one in listed_tenants(address, rules)}
