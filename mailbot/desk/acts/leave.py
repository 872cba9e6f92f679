"""Agents who want no mail for a while: of one ticket, or of any customer."""

from __future__ import annotations

from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.duty import on_duty_at
from mailbot.desk.refusing import RefusedError
from mailbot.store import absences, relays


def mute(work: Work) -> Done:
    """Send the agent nothing more of the ticket until then."""
    row = work.ticket()
    until = _silence(work, row.id)
    return Done(f"#{row.id} sends you nothing until {until}")


def away(work: Work) -> Done:
    """Send the agent no customers' mail until then."""
    return Done(f"you get no customers' mail until {_silence(work, None)}; #undo takes it back", told=True)


def _silence(work: Work, ticket: int | None) -> str:
    """Begin a span in the place of one that runs; return its end as people say it."""
    agent, until = work.agent(), work.instant("until")
    if agent is None:
        raise RefusedError("say who it is: --as AGENT")
    if until is None or until <= work.now:
        raise RefusedError("it must end in the time to come")
    running = absences.present(work.conn, work.desk.partner, work.now, agent.id)
    replaced = [one for one in running if one.ticket == ticket]
    for one in replaced:
        absences.end(work.conn, one.id, work.now)
    relays.put_off_until(work.conn, work.desk.partner, agent.id, ticket, on_duty_at(work.desk, agent, until) or until)
    begun = absences.begin(work.conn, work.desk.partner, agent.id, ticket, work.now, until)
    work.change(ticket, {}, begun=begun, ended=[[one.id, one.until.isoformat()] for one in replaced])
    return work.clock.until(until)
