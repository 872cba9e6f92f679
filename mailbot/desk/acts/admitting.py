"""Who is let into a ticket: a colleague of whoever opened it, and anybody else once it was confirmed."""

from __future__ import annotations

from mailbot.deciding.agents.team import is_ours, may_act_for
from mailbot.deciding.partaking import takes_part
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.reading.fields.address import canonical
from mailbot.rules import Rules
from mailbot.store import participants, tickets


def allow(work: Work) -> Done:
    """Let an address into the ticket: it gets the answers from then on, and its mail joins."""
    row, address, rules = work.ticket(), canonical(work.word("address")), work.desk.rules
    [facts] = tickets.facts(work.conn, work.desk.partner, [row.id])
    if not address or is_ours(address, rules):
        raise RefusedError(f"{address or 'this'} is no customer's address")
    if takes_part(address, facts, rules):
        return Done(f"{address} takes part in #{row.id} already")
    agent, tenants = work.agent(), listed_tenants(address, rules)
    if agent is not None and tenants and not any(may_act_for(agent, one.id) for one in tenants):
        raise RefusedError(f"{address} is no customer of {agent.name}'s")
    # Whose a ticket is may be guessed, or said of what another customer opened.
    if not all(is_of(one, row.tenant, rules) for one in (address, row.requester)) and not work.confirmed:
        whose = " and ".join(one.name for one in tenants) or "no customer of ours"
        raise UnconfirmedError(
            f"it would let {address} ({whose}) read and write in #{row.id} of {work.customer(row.tenant)}, "
            f"which {row.requester} opened"
        )
    participants.let_in(work.conn, work.desk.partner, row.id, address, work.author, work.now)
    work.change(row.id, {}, let_in=[row.id, [address]])
    return Done(f"{address} takes part in #{row.id} from here on")


def is_of(address: str, tenant: str | None, rules: Rules) -> bool:
    """Return whether that tenant lists the address."""
    return tenant is not None and tenant in {one.id for one in listed_tenants(address, rules)}
