"""Saying by mail whose customer a sender is: from then on, and of the open tickets that are nobody's."""

from __future__ import annotations

from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.acts.steering import promises
from mailbot.desk.learned import rules_with_learned
from mailbot.desk.partaking import who_leaves
from mailbot.desk.refusing import RefusedError
from mailbot.desk.senders import is_undecided, normal, owners, refusal, theirs
from mailbot.rules import Severity
from mailbot.store import senders

_MOST_NAMED = 10


def add(work: Work) -> Done:
    """Count an address, or all at a domain, as the customer's, and give it the open tickets that are nobody's."""
    # One mail may say it of several.
    rules = rules_with_learned(work.conn, work.desk.partner, work.desk.rules)
    who, wanted = work.word("sender"), work.word("tenant")
    tenant = rules.tenant_by_id(wanted)
    why_not = refusal(who, wanted, rules, "add {who} to {tenant}")
    if why_not or tenant is None:
        raise RefusedError(why_not)
    sender = normal(who)
    already = bool(owners(sender, rules))
    # The weekly mail names who wrote; whom a reply makes a customer is one of these, and not anybody in the world.
    if not already and not senders.has_written(work.conn, work.desk.partner, sender):
        raise RefusedError(
            f"nobody has written from {sender} yet; `mailbot senders accept {sender} {tenant.id}` adds it all the same"
        )
    if not already:
        senders.add(work.conn, work.desk.partner, sender, tenant.id, work.now)
        work.change(None, {}, reason=f"{sender} writes for {tenant.name}", added=sender)
        rules = rules_with_learned(work.conn, work.desk.partner, work.desk.rules)
    gone: list[str] = []
    tickets = [one.id for one in theirs(work.conn, work.desk, sender, tenant) if is_undecided(one)]
    for number in tickets:
        row, left = work.ticket(number), who_leaves(work.conn, work.desk.partner, rules, number, tenant.id)
        gone += [f"#{number}: {left}"] if left else []
        columns = promises(work, row, Severity(row.severity), tenant.id)
        work.change(number, {"tenant": tenant.id, **columns}, reason=f"{sender} writes for {tenant.name}")
    who_writes = f"{sender} writes" if "@" in sender else f"all who write from {sender} write"
    said = f"{who_writes} for {tenant.name} {'already' if already else 'from now on'}"
    whole = f"{said}; {_named(tickets)} theirs" if tickets else said
    return Done("; ".join((whole, *gone)), told=True)


def _named(tickets: list[int]) -> str:
    """Return "#1041 and 2 more are"."""
    named = ", ".join(f"#{number}" for number in tickets[:_MOST_NAMED])
    more = f" and {len(tickets) - _MOST_NAMED} more" if len(tickets) > _MOST_NAMED else ""
    return f"{named}{more} {'is' if len(tickets) == 1 else 'are'}"
