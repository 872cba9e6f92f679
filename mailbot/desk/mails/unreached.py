"""One of us whom no mail reaches: those who are told learn of it, and whoever else may act gets what he did not get.

About a notice that fails nothing is noted, and no agent is handed a message a second time because of this.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailbot.deciding.agents.team import agent_by_id, may_act_for
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import NoticeKind
from mailbot.desk import Desk
from mailbot.desk.mails import dueweek, paging
from mailbot.desk.mails.duty import Handing, hand_to
from mailbot.rules import Agent
from mailbot.store import conditions, relays, tickets
from mailbot.store.outbox import OutboxState, UnsentMail, unsent

_log = structlog.get_logger(__name__)

_TOLD_AS = {OutboxState.FAILED: NoticeKind.FAILED_MAIL, OutboxState.EXPIRED: NoticeKind.EXPIRED_MAIL}


def note_unreachable(
    conn: Connection,
    desk: Desk,
    agent: Agent,
    error: UnwritableMail | str,
    now: datetime,
    relay: relays.Relay | None = None,
) -> None:
    """Note that no mail reaches the agent: in the log, for those who are told, and until one can be written again."""
    part, next_step = conditions.AGENT + agent.id, "mend the first of their addresses under [[agent]]"
    _log.error("notice-unwritable", recipient=agent.id, reason=str(error), next_step=next_step)
    known = conditions.of(conn, desk.partner, part)
    since, text = known.since if known else now, f"gets no customers' mail: {error}"
    conditions.put(conn, desk.partner, conditions.Condition(part, since, text, next_step, told=True))
    desk.tell(
        conn,
        NoticeKind.UNREACHABLE_AGENT,
        urgent=relay is not None and relay.urgent,
        text=f"{agent.name} cannot be written to: {error}. Next: {next_step}.",
        ticket_id=relay.ticket_id if relay else None,
        entry_id=relay.entry_id if relay else None,
        now=now,
    )


def tell_of_lost(
    conn: Connection, desk: Desk, agent: Agent, relay: relays.Relay, error: Exception, now: datetime
) -> None:
    """Note for those who are told that the agent did not get one message."""
    text = f"{agent.name} did not get a message of #{relay.ticket_id}: {error}. Next: mailbot show {relay.ticket_id}."
    # Not noted as one about the ticket: what cannot be read for a relay cannot be for a notice.
    desk.tell(conn, NoticeKind.UNREACHABLE_AGENT, urgent=relay.urgent, text=text, now=now)


def did_not_arrive(conn: Connection, desk: Desk, outbox: int, why: str, now: datetime) -> None:
    """Note that a mail did not arrive that was to bring one of us customers' messages, a page, or how the week was."""
    mail = unsent(conn, outbox)
    _tell_of_week(conn, desk, mail, why, now)
    paging.tell_of_unsent(conn, desk, mail, now, why)
    missed = relays.brought_by(conn, outbox)
    agent = agent_by_id(missed[0].agent, desk.rules) if missed else None
    if agent is None:
        return
    relays.assign(conn, [relay.id for relay in missed], "")
    note_unreachable(conn, desk, agent, why, now, missed[0] if len(missed) == 1 else None)
    for relay in missed:
        _hand_to_others(conn, desk, relay, now)


def _tell_of_week(conn: Connection, desk: Desk, mail: UnsentMail, why: str, now: datetime) -> None:
    if mail.kind != dueweek.KIND:
        return
    kind = _TOLD_AS.get(mail.state, NoticeKind.BOUNCED)
    text = (
        f"the weekly mail to {mail.recipient} did not arrive: {why}. Next: mend the address under [digest] or [notify]."
    )
    desk.tell(conn, kind, text=text, now=now)


def _hand_to_others(conn: Connection, desk: Desk, relay: relays.Relay, now: datetime) -> None:
    """Note that the others who may act are to get the message, but for who was to get it already."""
    [ticket] = tickets.facts(conn, desk.partner, [relay.ticket_id])
    had = relays.agents_of(conn, relay.entry_id)
    others = [one for one in desk.rules.agent if one.id not in had and may_act_for(one, ticket.tenant)]
    message = Handing(relay.ticket_id, relay.entry_id, relay.urgent, relay.besides)
    hand_to(conn, desk, others, message, now)
