"""What may be done to a ticket, alike by mail and on the command line; each leaves an entry with who, why and what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.running import joined
from mailbot.clocks.targets import moved, promised, runs_from
from mailbot.deciding.agents.team import by_relay, may_act_for, name_of
from mailbot.deciding.effects import Answered, EntryKind, Flag, TicketState
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.tiers import FIRST, tier_of
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.lookup import home_of
from mailbot.desk.mails.duty import Handing, hand_to
from mailbot.desk.mails.sharing import FIRST_ANSWER, share
from mailbot.desk.partaking import who_leaves
from mailbot.desk.pausing import ended
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.errors import quoted
from mailbot.reading.fields.address import canonical
from mailbot.rules import Agent, Playbook, Severity
from mailbot.rules.nearest import did_you_mean
from mailbot.store import absences, clocks, relays, tickets
from mailbot.store.changes import no_tier
from mailbot.store.clocked import silences
from mailbot.store.columns import AnyRow
from mailbot.store.waits import pauses


def close(work: Work) -> Done:
    """Close the ticket."""
    row = work.ticket()
    if row.state == TicketState.CLOSED:
        return Done(f"#{row.id} was closed already")
    work.change(row.id, {"state": TicketState.CLOSED, "closed_at": work.now, **ended(work.desk, row, work.now)})
    return Done(f"#{row.id} is closed")


def reopen(work: Work) -> Done:
    """Open the ticket again; it is no spam then. Who asks by mail is told: no mail of ours shows it otherwise."""
    row = work.ticket()
    spam = Flag.SPAM in row.flags
    unmarked = {"flags": [flag for flag in row.flags if flag != Flag.SPAM]} if spam else {}
    if row.waits_until is not None:
        work.change(row.id, {**ended(work.desk, row, work.now), **unmarked})
        return Done(f"#{row.id} waits no longer", told=True)
    if row.state == TicketState.OPEN and not spam:
        return Done(f"#{row.id} was open already", told=True)
    alone = {} if row.merged_into is None else {"merged_into": None}
    work.change(row.id, {"state": TicketState.OPEN, "closed_at": None, **alone, **unmarked, **no_tier(row)})
    return Done(f"#{row.id} is open again{', and no spam' if spam else ''}", told=True)


def note(work: Work) -> Done:
    """Keep words for our own people."""
    row, text = work.ticket(), work.word("text").strip()
    if not text:
        raise RefusedError("a note needs some text")
    entry = tickets.NewEntry(
        partner=work.desk.partner,
        kind=EntryKind.NOTE,
        at=work.now,
        recorded_at=work.now,
        ticket_id=row.id,
        text=text,
        reply_text=text,
        author=work.author,
    )
    tickets.append_entry(work.conn, entry)
    return Done(f"noted on #{row.id}; the customer does not see it")


def called(work: Work) -> Done:
    """Count a call with the customer as an answer, at its instant; it takes a ticket that is nobody's.

    One about a ticket that was merged into another stands in that, and stops the clocks of those who were answered.

    Raise RefusedError for one before the customer's message that opened the ticket.
    """
    agent, about = work.agent(), work.ticket(work.request.get("within"))
    row, at = work.ticket(home_of(work.conn, work.desk, about.id)), _called_at(work, about)
    text = work.word("text") or "answered by telephone"
    within = None if about.id == row.id else about.id
    spoke = Answered(agent.id if agent else "", within, (canonical(about.requester),))
    entry = tickets.NewEntry(
        partner=work.desk.partner,
        kind=EntryKind.AGENT,
        at=at,
        recorded_at=work.now,
        ticket_id=row.id,
        text=text,
        reply_text=text,
        author=work.author,
        change=clocks.left_running(work.conn, row.id, spoke) or None,
        decision={"act": work.act},
    )
    number = tickets.append_entry(work.conn, entry)
    clocks.stop_merged(work.conn, row.id, number, spoke, work.now, {"act": work.act})
    share(work.conn, work.desk, row.id, number, spoke.agent, work.now, spoke.within)
    if agent is not None and not row.assignee:
        work.change(row.id, {"assignee": agent.id}, reason=FIRST_ANSWER)
    return Done(f"your call counts as an answer to #{row.id}")


def _called_at(work: Work, row: AnyRow) -> datetime:
    """Return the instant of the call; people write it without seconds, so one in the minute of opening is after it."""
    at = work.instant("at") or work.now
    if at >= row.opened_at or relays.relayed_entry(work.conn, work.desk.partner, row.id, ()) is None:
        return at
    if at < row.opened_at.replace(second=0, microsecond=0):
        opened, call = work.clock.instant(row.opened_at), work.clock.instant(at)
        raise RefusedError(f"#{row.id} was opened on {opened}; the call must be later, but its time means {call}")
    opened_at: datetime = row.opened_at
    return opened_at


def take(work: Work) -> Done:
    """Give the ticket to the agent who asks."""
    agent = work.agent()
    if agent is None:
        raise RefusedError("say whose it is to be: --as AGENT")
    return _give(work, agent.id)


def assign(work: Work) -> Done:
    """Give the ticket to the agent who is named."""
    return _give(work, work.listed(work.word("to")).id)


def _give(work: Work, to: str) -> Done:
    row, agent = work.ticket(), work.listed(to)
    is_its = agent.outsourced and work.word("agent") == agent.id
    if not may_act_for(agent, row.tenant) and not is_its:
        raise RefusedError(f"{agent.name} gets no mail of {work.customer(row.tenant)}")
    if row.assignee == agent.id:
        return Done(f"{agent.name} has #{row.id} already")
    passed_on = row.assignee and tier_of(row.assignee, work.desk.rules) == agent.tier
    work.change(row.id, {"assignee": agent.id, **({} if passed_on or agent.tier > FIRST else no_tier(row))})
    former = f"; {name_of(row.assignee, work.desk.rules)} had it" if row.assignee else ""
    if work.request.get("agent") != agent.id:
        _hand_on(work, row, agent)
    until = absences.silent_until(work.conn, work.desk.partner, agent.id, row.id, work.now)
    if until is None or work.request.get("agent") == agent.id:
        return Done(f"{agent.name} has #{row.id}{former}")
    back = work.clock.until(until)
    return Done(f"{agent.name} has #{row.id}, and gets no mail of it until {back}{former}", told=True)


def _hand_on(work: Work, row: AnyRow, agent: Agent) -> None:
    """Note that the agent whose ticket it is gets the customer's last message, as a mail to answer, in his hours."""
    desk = work.desk
    last = relays.relayed_entry(work.conn, desk.partner, row.id, ()) if by_relay(desk.rules) else None
    if last is not None and row.state == TicketState.OPEN and not relays.is_under_way(work.conn, agent.id, last):
        besides = relays.besides_of(work.conn, last)
        hand_to(work.conn, desk, [agent], Handing(row.id, last, urgent=False, besides=besides), work.now)


def set_(work: Work) -> Done:
    """Change the tenant, the severity, the playbook, or call it spam; several at once are fine."""
    row = work.ticket()
    severity, playbook = _wanted(work)
    done: list[str] = []
    columns: dict[str, Any] = {}
    gone = ""
    if tenant := work.word("tenant"):
        gone = who_leaves(work.conn, work.desk.partner, work.desk.rules, row.id, tenant)
        _may_be_of(work, row, tenant, gone)
        columns["tenant"] = tenant
        done.append(f"belongs to {tenant}")
    if severity:
        done.append(f"is {severity}")
    if tenant or severity:
        columns |= promises(work, row, severity or Severity(row.severity), tenant or row.tenant)
    agent = work.agent()
    if severity and agent and agent.outsourced and severity.rank > Severity(row.severity).rank:
        raise RefusedError(f"#{row.id} is {row.severity}; an answering service only raises that")
    if playbook:
        columns["playbook"] = playbook
        done.append(f"is taken for {work.desk.rules.playbook[playbook].title}")
    if work.request.get("spam"):
        flags = list(dict.fromkeys([*row.flags, Flag.SPAM.value]))
        columns |= {"state": TicketState.CLOSED, "closed_at": work.now, "flags": flags}
        columns |= ended(work.desk, row, work.now)
        done.append("is spam and closed")
    if not done:
        raise RefusedError("say what to set: --tenant, --severity, --playbook or --spam")
    if news := {name: value for name, value in columns.items() if value != getattr(row, name)}:
        work.change(row.id, news)
    return Done("; ".join(filter(None, (f"#{row.id} {' and '.join(done)}", gone))), told=bool(gone))


def _wanted(work: Work) -> tuple[Severity | None, Playbook | None]:
    severity, playbook = work.word("severity"), work.word("playbook")
    if severity and severity not in set(Severity):
        raise RefusedError(f"{quoted(severity)} is no severity: critical, high, normal or low")
    if playbook and playbook not in set(Playbook):
        hint = did_you_mean(playbook, Playbook) or f"there are: {', '.join(Playbook)}"
        raise RefusedError(f"{quoted(playbook)} is no common issue; {hint}")
    return (Severity(severity) if severity else None, Playbook(playbook) if playbook else None)


def _may_be_of(work: Work, row: AnyRow, tenant: str, gone: str) -> None:
    """Raise RefusedError for no tenant of the agent's, UnconfirmedError for another customer than it was.

    The latter says who would be `gone`.
    """
    agent = work.agent()
    mine = [one.id for one in work.desk.rules.tenant if agent is None or may_act_for(agent, one.id)]
    if tenant not in mine:
        known = ", ".join(sorted(mine)) or "none yet"
        raise RefusedError(f"no tenant has the id {quoted(tenant)}; rules.toml lists: {known}")
    if row.tenant not in {None, tenant} and not work.confirmed:
        now = work.customer(row.tenant)
        would = f"it would make #{row.id} a ticket of {work.customer(tenant)} (now {now})"
        listing = {one.id for one in listed_tenants(row.requester, work.desk.rules)}
        stays = f"answers still go to {row.requester}, who opened it" if listing and tenant not in listing else ""
        raise UnconfirmedError("; ".join(filter(None, (would, stays, gone))))


def promises(
    work: Work, row: AnyRow, severity: Severity, tenant: str | None, waiting_since: datetime | None = None
) -> Mapping[str, datetime | str | None]:
    """Return the columns of a severity, and of what it promises by the tenant's hours.

    An answer is promised from when the customer asked who waits, `waiting_since` if that is earlier than the ticket's
    own; where nobody waits it stays what was promised when he got it. The end is promised from the opening on.
    """
    rules = work.desk.rules
    owner = rules.tenant_by_id(tenant)
    opening, promise = opening_hours(rules, owner), rules.promise(severity, owner)
    asked_at = runs_from(row.opened_at, row.first_response_at, waiting_since or row.waiting_since)
    response = row.response_due_at if asked_at is None else promised(promise, asked_at, opening)[0]
    _, resolution = promised(promise, row.opened_at, opening)
    for since, until in pauses(work.conn, row.id, row.waits_until):
        if asked_at is not None and until > asked_at:
            response = moved(response, promise.clock, max(since, asked_at), until, opening)
    silent = silences(work.conn, row.id)
    for since, until in joined((*pauses(work.conn, row.id, row.waits_until), *silent)):
        resolution = moved(resolution, promise.clock, since, until, opening)
    return {"severity": severity, "response_due_at": response, "resolution_due_at": resolution}
