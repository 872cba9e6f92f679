"""Escalating a ticket by hand: the next tier gets it as a mail to answer, with a note, and whoever takes it has it."""

from __future__ import annotations

from collections.abc import Sequence

from mailbot.deciding.agents.team import by_relay, name_of
from mailbot.deciding.effects import TicketState
from mailbot.deciding.tiers import FIRST, SECOND, are_tiers, second_tier, tier_of
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.duty import Handing, hand_to
from mailbot.desk.refusing import RefusedError
from mailbot.rules import Agent, Severity
from mailbot.store import escalations, relays
from mailbot.store.columns import AnyRow


def escalate(work: Work) -> Done:
    """Hand the ticket to the second tier: it is nobody's until one of them takes it."""
    row = work.ticket()
    agents = _next_tier(work, row)
    names = " and ".join(one.name for one in agents)
    if row.tier == SECOND and not row.assignee:
        return Done(f"#{row.id} is with tier {SECOND} already: {names}", told=True)
    words = work.word("text").strip()
    work.change(row.id, {"assignee": "", "tier": SECOND}, reason=words, **{escalations.WORDS: bool(words)})
    last = relays.relayed_entry(work.conn, work.desk.partner, row.id, ()) if by_relay(work.desk.rules) else None
    if last is not None:
        urgent = row.severity == Severity.CRITICAL
        besides = relays.besides_of(work.conn, last)
        hand_to(work.conn, work.desk, agents, Handing(row.id, last, urgent=urgent, besides=besides), work.now)
    former = f"; {name_of(row.assignee, work.desk.rules)} had it" if row.assignee else ""
    return Done(f"#{row.id} is escalated to tier {SECOND}: {names}{former}", told=True)


def _next_tier(work: Work, row: AnyRow) -> Sequence[Agent]:
    """Return who gets it; raise RefusedError where nobody is above."""
    rules, asking = work.desk.rules, work.agent()
    if row.state == TicketState.CLOSED:
        raise RefusedError(f"#{row.id} is closed; #reopen opens it again")
    if not are_tiers(rules):
        raise RefusedError("all of you are of one tier; #assign gives it to a colleague")
    if max(tier_of(row.assignee, rules), tier_of(asking.id, rules) if asking else FIRST) >= SECOND:
        raise RefusedError(f"there is no tier above {SECOND}; #assign gives it to a colleague")
    agents = second_tier(rules, row.tenant)
    if not agents:
        raise RefusedError(f"nobody of tier {SECOND} gets mail of {work.customer(row.tenant)}")
    return agents
