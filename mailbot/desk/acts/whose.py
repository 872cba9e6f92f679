"""Saying for whom a ticket is that stands there as somebody else's, such as one that an agent opened for a customer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mailbot.deciding.agents.copied import recipients_of
from mailbot.deciding.agents.team import is_ours, may_act_for
from mailbot.deciding.content import told_text
from mailbot.deciding.effects import PassedOn
from mailbot.deciding.tenants import listed_tenants
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message
from mailbot.rules import Rules
from mailbot.store import tickets


def requester(work: Work) -> Done:
    """Make it the ticket of whoever has that address, and of her tenant; answers go to her from then on.

    It waits for a yes in any case, and the question says who gets the answers, and their subject. One that belongs to
    another tenant, or in which people of another one take part, is refused: they would get what is meant for her.
    """
    row, address = work.ticket(), canonical(work.word("address"))
    rules, agent = work.desk.rules, work.agent()
    if not address or is_ours(address, rules):
        raise RefusedError(f"{address or 'nobody'} is no customer, but one of us")
    if address == row.requester:
        return Done(f"#{row.id} is {address}'s already")
    tenants = [one.id for one in listed_tenants(address, rules)]
    if agent is not None and tenants and not any(may_act_for(agent, one) for one in tenants):
        raise RefusedError(f"{address} is no customer of {agent.name}'s")
    tenant = tenants[0] if len(tenants) == 1 else row.tenant if row.tenant in tenants else None
    if not is_ours(row.requester, rules) and row.tenant != tenant:
        was = work.customer(row.tenant)
        raise RefusedError(
            f"#{row.id} is {was}'s, whose people have written in it; write to her with #new for {address}"
        )
    [facts] = tickets.facts(work.conn, work.desk.partner, [row.id])
    strangers = [one for one in recipients_of(facts, rules) if one != address and _is_of_another(one, tenant, rules)]
    if strangers:
        they = f"{' and '.join(strangers)}, at another customer,"
        raise RefusedError(f"{they} would get its answers as well; write to her with #new for {address}")
    if not work.confirmed:
        whose = f"a ticket of {address}, at {work.customer(tenant)}"
        others = [one for one in recipients_of(replace(facts, tenant=tenant), rules) if one != address]
        get = f"answers go to {' and '.join((address, *others))}, under “{row.subject}”"
        raise UnconfirmedError(f"it would make #{row.id} {whose}; {get}")
    columns: dict[str, Any] = {"requester": address, "requester_name": ""}
    if tenant != row.tenant:
        columns["tenant"] = tenant
    work.change(row.id, columns)
    return Done(f"#{row.id} is {address}'s", told=True)


def _is_of_another(address: str, tenant: str | None, rules: Rules) -> bool:
    """Return whether tenants list an address, and this one does not."""
    listing = listed_tenants(address, rules)
    return bool(listing) and all(one.id != tenant for one in listing)


def of_another(entry: tickets.NewEntry, passed_on: PassedOn, message: Message, ticket: int | None) -> tickets.NewEntry:
    """Return the entry of what an agent passes on, as its author's; no id of the agent's mail is told to anybody."""
    told = told_text(replace(message, text=passed_on.text, forwarded_text=""), ticket)
    return replace(
        entry,
        message_id=None,
        from_address=passed_on.address,
        from_name=passed_on.name,
        subject=passed_on.subject,
        text=told,
        reply_text=passed_on.text,
        author="",
    )
