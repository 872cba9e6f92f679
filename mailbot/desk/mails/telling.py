"""Telling our own people what has gathered, in few mails.

The first thing that happens is told at once. What follows while the mail about it is still
fresh waits and goes into one mail together; as long as the burst lasts, the pause between two
mails doubles up to half an hour, so that a backlog of thousands makes a handful of mails.
Something urgent does not wait for a pause that others caused, only for one of its own kind.

While no mail can leave, one mail that tells is written and what follows gathers, so that the end of
the outage brings one more mail, and not all that would have been written meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from mailbot.clocks.bursts import Burst, told
from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.team import agent_of, name_of
from mailbot.deciding.classify import bare_subject
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.content import without_remarks
from mailbot.deciding.effects import AnswerKind, Flag, NoticeKind
from mailbot.deciding.paging import SENT_AS
from mailbot.deciding.passedon import own_and_forwarded, points
from mailbot.deciding.satisfaction import voted
from mailbot.desk import Desk
from mailbot.desk.mails import paging, returning, teammail, unreached
from mailbot.desk.mails.callbacks import DOUBTS, asked_for, first_line, listed_number, number_on_file
from mailbot.desk.mails.duty import are_all_away, is_away
from mailbot.reading.quotation.quoting import split
from mailbot.reading.text.telephone import compared_digits, to_call_back
from mailbot.render import CallBack, NoticeFacts, NoticeItem
from mailbot.rules import Agent, Tenant
from mailbot.store import conditions, cursors, given, notices, outbox, relays, standing, tickets, waits

_log = structlog.get_logger(__name__)

_MOST_ITEMS = 40
_EXCERPT_CHARACTERS = 800
_READ_CHARACTERS = 20_000
_MOST_NUMBERS = 3
_NEXT = {
    NoticeKind.FAILED_MAIL: "mailbot outbox list --state failed",
    NoticeKind.EXPIRED_MAIL: "mailbot outbox list --state expired",
    NoticeKind.UNCLEAR_MAIL: "mailbot outbox list --state unclear",
    NoticeKind.RELAY_DOWN: "mailbot check --connect",
    NoticeKind.RELAY_BACK: "mailbot outbox list",
    NoticeKind.RULES_REFUSED: "mailbot check",
    NoticeKind.FAILED_PAGE: "mailbot oncall test",
    NoticeKind.DAMAGED: "mailbot status",
    NoticeKind.RUN_OUT: "mailbot tickets --waiting",
}
_OF_A_MESSAGE = frozenset(
    {NoticeKind.NEW_TICKET, NoticeKind.REPLY, NoticeKind.RISE, NoticeKind.REOPENED, NoticeKind.PARTICIPANT}
)
_DONE_WITH = frozenset(
    {
        NoticeKind.RECOVERED,
        NoticeKind.THANKED,
        NoticeKind.SELF_SERVED,
        NoticeKind.VOTED,
        NoticeKind.DISSATISFIED,
    }
)
_UNSENT = {
    outbox.OutboxState.FAILED: (NoticeKind.FAILED_MAIL, "could not be delivered"),
    outbox.OutboxState.EXPIRED: (NoticeKind.EXPIRED_MAIL, "could not leave in time, and was not sent"),
    outbox.OutboxState.UNCLEAR: (NoticeKind.UNCLEAR_MAIL, "may have arrived or not, the relay did not say"),
}

_NOT_ARRIVED = frozenset({outbox.OutboxState.FAILED, outbox.OutboxState.EXPIRED})


def next_due_at(conn: Connection, desk: Desk, now: datetime) -> datetime | None:
    """Return when `tell` has something to do: at the latest `now` if it is due; None for nothing."""
    if not desk.rules.notify.addresses:
        return None
    urgent = notices.any_urgent(conn, desk.partner)
    if urgent is None or waits_for_relay(conn, desk):
        return None
    return _burst(conn, desk, urgent=urgent).due_at(now)


def tell(conn: Connection, desk: Desk, now: datetime) -> None:
    """Tell what is to be told at `now`; part of the caller's transaction."""
    if not desk.rules.notify.addresses:
        return
    pending = notices.pending_notices(conn, desk.partner, _MOST_ITEMS)
    if pending is None or waits_for_relay(conn, desk):
        return
    urgent = pending.notices[0].urgent
    burst = _burst(conn, desk, urgent=urgent)
    if burst.due_at(now) > now:
        return
    if not _tell(conn, desk, pending, now):
        return
    burst = told(burst, now, desk.rules.notify.group_for)
    cursors.set_fact(conn, desk.partner, _name(urgent=urgent), burst.to_text(), now)


def tell_of_failed_mail(conn: Connection, mail: outbox.UnsentMail, *, desk: Desk, now: datetime) -> None:
    """Note that a customer's mail failed, expired or is in doubt, or that one of us did not get what others wait for.

    About notices no other notices are made.
    """
    if mail.kind in SENT_AS.values():
        paging.tell_of_unsent(conn, desk, mail, now)
        return
    if mail.audience is outbox.Audience.TEAM and mail.state in _NOT_ARRIVED:
        why = given.said_of(conn, mail.id) or _UNSENT[mail.state][1]
        unreached.did_not_arrive(conn, desk, mail.id, why, now)
    if mail.audience is outbox.Audience.TEAM or mail.state not in _UNSENT:
        return
    returning.tell_of_unsent(conn, desk, mail, now)
    kind, happened = _UNSENT[mail.state]
    text = (
        f"our {mail.kind} mail to {mail.recipient} {happened}: "
        f"`mailbot outbox show {mail.id}` prints it, `mailbot outbox retry {mail.id}` sends it after all"
    )
    # Who has an emergency waits for that mail.
    urgent = mail.kind == AnswerKind.EMERGENCY
    desk.tell(conn, kind, urgent=urgent, text=text, ticket_id=mail.ticket_id, now=now)


def tell_of_outage(
    conn: Connection, outage: conditions.Condition, over: standing.Delay | None, *, desk: Desk, now: datetime
) -> None:
    """Note that no mail leaves, if there is a second way to tell it; or, once it is `over`, what that did."""
    clock = WallClock.of(desk.rules, now)
    since = clock.instant(outage.since)
    if over is None:
        if desk.rules.relay.fallback.host:
            text = f"since {since} the relay takes no mail: {outage.reason}. Next: {outage.next_step}."
            desk.tell(conn, NoticeKind.RELAY_DOWN, urgent=True, text=text, now=now)
        return
    answers = f"{over.waited} {'mail' if over.waited == 1 else 'mails'} to customers waited, {over.expired} expired"
    text = f"no mail could leave from {since} to {clock.instant(now)} ({outage.reason}); {answers}."
    desk.tell(conn, NoticeKind.RELAY_BACK, urgent=True, text=text, now=now)


def waits_for_relay(conn: Connection, desk: Desk) -> bool:
    """Return whether a mail that tells waits already for a relay that takes none, and for no second one."""
    if desk.rules.relay.fallback.host or conditions.of(conn, desk.partner, conditions.RELAY) is None:
        return False
    return outbox.next_attempt_at(conn, desk.partner, audience=outbox.Audience.TEAM) is not None


def _name(*, urgent: bool) -> str:
    return "burst.urgent" if urgent else "burst.usual"


def _burst(conn: Connection, desk: Desk, *, urgent: bool) -> Burst:
    return Burst.from_text(cursors.fact(conn, desk.partner, _name(urgent=urgent)) or "")


def _tell(conn: Connection, desk: Desk, pending: notices.Pending, now: datetime) -> bool:
    """Put one mail about all that is pending into the outbox, for each address that is told; whether any was to be.

    An address that no mail can be written to is left out; what nobody can be told stays pending. Whoever is handed
    a customer's message as a relay is not told of it besides, nor is an agent of his own, nor one who is away of an
    outage that others hear of.
    """
    about = ((_spelled_out(conn, notice), notices.subject_of(conn, notice)) for notice in pending.notices)
    items = tuple((notice, item_of(desk, notice, subject)) for notice, subject in about)
    partner = desk.rules.partner
    facts = NoticeFacts(
        now=now,
        brand=partner.brand,
        items=tuple(item for _, item in items),
        more=pending.count - len(items),
        country=partner.country,
        place=desk.place,
    )
    key = f"notice:{pending.last_id:x}"
    write = partial(teammail.notice_mail, desk, key=key, urgent=pending.notices[0].urgent, now=now)
    is_told = is_tried = False
    for address in desk.rules.notify.addresses:
        agent = agent_of(address, desk.rules)
        his = tuple(one for one in items if agent is None or not _is_spared(conn, desk, agent, one, now))
        if not (his or facts.more):
            is_told = True
            continue
        is_tried = True
        try:
            mail = write(address, facts=replace(facts, items=tuple(item for _, item in his or items)))
        except UnwritableMail as error:
            _log.error("notice-unwritable", recipient=address, reason=str(error), next_step="mend notify.addresses")
            continue
        outbox.queue(conn, desk.partner, mail, now)
        is_told = True
    if is_told:
        notices.assign_notices(conn, desk.partner, pending.last_id, key)
    return is_tried


def _spelled_out(conn: Connection, notice: notices.Notice) -> notices.Notice:
    """Return a notice with the words of agents that only the ticket's log keeps: what it waited for."""
    if notice.kind is not NoticeKind.WAITED:
        return notice
    said = waits.ended_as(conn, notice.ticket_id or 0)
    return replace(notice, text=f"It {said}." if said else "Its day has come.")


def _is_spared(
    conn: Connection, desk: Desk, agent: Agent, told: tuple[notices.Notice, NoticeItem], now: datetime
) -> bool:
    """Return whether the agent is not told: he gets it otherwise, wrote the message, or is away and others hear."""
    notice, item = told
    if notice.kind is NoticeKind.DISSATISFIED:
        return agent in voted.team(desk.rules, _tenant_of(conn, desk, notice))
    if notice.entry_id is None or notice.kind not in {*_OF_A_MESSAGE, NoticeKind.PASSED_ON}:
        return False
    if agent_of(item.sender, desk.rules) == agent or _is_handed(conn, desk, agent, told, now):
        return True
    return notice.urgent and is_away(conn, desk, agent, now) and _others_hear(conn, desk, told, now)


def _others_hear(conn: Connection, desk: Desk, told: tuple[notices.Notice, NoticeItem], now: datetime) -> bool:
    """Return whether an outage reaches somebody who is not away: as a relay or an alarm, else as a notice.

    That its answer waits to be released is told by a notice alone.
    """
    notice, item = told
    alarmed = notice.kind is NoticeKind.PASSED_ON or relays.agents_of(conn, notice.entry_id or 0)
    if alarmed and item.held is None:
        return not are_all_away(conn, desk, _tenant_of(conn, desk, notice), now)
    readers = (agent_of(address, desk.rules) for address in desk.rules.notify.addresses)
    return any(one is None or not is_away(conn, desk, one, now) for one in readers)


def _tenant_of(conn: Connection, desk: Desk, notice: notices.Notice) -> str | None:
    return next((one.tenant for one in tickets.facts(conn, desk.partner, [notice.ticket_id or 0])), None)


def _is_handed(
    conn: Connection, desk: Desk, agent: Agent, told: tuple[notices.Notice, NoticeItem], now: datetime
) -> bool:
    """Return whether the agent gets the very message as a relay, and the notice says nothing else.

    A relay that waits for his return does not count while all are away: else nobody would know of it.
    """
    notice, item = told
    if notice.entry_id is None or notice.kind not in _OF_A_MESSAGE or item.held is not None:
        return False
    if not relays.is_handed(conn, agent.id, notice.entry_id):
        return False
    tenant = _tenant_of(conn, desk, notice)
    return not are_all_away(conn, desk, tenant, now) or relays.is_handed(conn, agent.id, notice.entry_id, by=now)


def item_of(desk: Desk, notice: notices.Notice, about: notices.Subject, *, whole: bool = False) -> NoticeItem:
    """Return what is told of a notice; the words of its message are cut short unless they are wanted `whole`."""
    tenant = desk.rules.tenant_by_id(about.tenant)
    playbook = desk.rules.playbook.get(about.playbook) if about.playbook else None
    words = _excerpt(about, _READ_CHARACTERS)
    asks_for = ""
    if about.from_address:
        asks_for = asked_for((about.subject, words), about.flags, about.playbook, desk.rules)
    # What is done for whoever asks waits for the call; where nobody waits, nothing is to be checked.
    playbook = None if asks_for or notice.kind in _DONE_WITH else playbook
    return NoticeItem(
        kind=notice.kind,
        text=notice.text,
        ticket=notice.ticket_id,
        incident=notice.incident,
        tenant=tenant.name if tenant else "",
        severity=about.severity,
        playbook=playbook.title if playbook else "",
        steps=playbook.steps if playbook else (),
        subject=_their_subject(notice, about),
        sender=about.from_address,
        sender_name=about.from_name,
        verified=None if not about.from_address else DOUBTS.isdisjoint(about.flags),
        excerpt=words if whole else _excerpt(about, _EXCERPT_CHARACTERS),
        # A number that stands in such a message is the writer's, whoever that is.
        call=() if asks_for or notice.kind is NoticeKind.VENDOR else _call_backs(desk, tenant, about),
        asks_for=asks_for,
        call_back=number_on_file(tenant) if asks_for else None,
        held=about.held_mail,
        reasons=about.reasons,
        promised_at=None if notice.kind in _DONE_WITH else about.response_due_at,
        received_at=about.at or notice.created_at,
        flags=about.flags,
        command=_command(notice, about),
        assignee=name_of(about.assignee, desk.rules),
    )


def _their_subject(notice: notices.Notice, about: notices.Subject) -> str:
    """Return the subject of the message; that of its ticket where it answers a mail of ours, which has our words."""
    answers_ours = bare_subject(about.subject).startswith(f"[{notice.ticket_id}]")
    return about.ticket_subject if answers_ours or not about.subject else about.subject


def _excerpt(about: notices.Subject, most: int) -> str:
    """Return the beginning of the sender's words, or of what is passed on without, and all that is remarked on it."""
    words, forwarded = written(about)
    _, remarks = without_remarks(about.text)
    if forwarded and points(words, about.from_name):
        words = "\n\n".join(filter(None, (words.strip(), f"Forwarded:\n{forwarded}")))
    return "\n\n".join(filter(None, (words.strip()[:most], remarks)))


def written(about: notices.Subject) -> tuple[str, str]:
    """Return the sender's own words, and what was forwarded."""
    text, _ = without_remarks(about.text)
    reply, _ = without_remarks(about.reply_text)
    return own_and_forwarded(text[:_READ_CHARACTERS], reply[:_READ_CHARACTERS], about.subject)


def _call_backs(desk: Desk, tenant: Tenant | None, about: notices.Subject) -> tuple[CallBack, ...]:
    """Return whom to call: the tenant's call-back number, then what the message gives, else the tenant's first line.

    Its lines come last, for they may be what is down. Numbers of ours are none. A message whose
    From failed authentication gives none: it would lead to the forger.
    """
    found = [*listed_number(tenant)]
    if Flag.AUTHENTICATION_FAILED not in about.flags:
        own, forwarded = written(about)
        signature = split(about.text[:_READ_CHARACTERS], forwarded=bool(forwarded)).signature
        found += [CallBack(number, "in the message") for number in to_call_back(own, signature)]
        if points(own, about.from_name):
            found += [CallBack(number, "in the forwarded message") for number in to_call_back(forwarded, "")]
    found = found or [*first_line(tenant)]
    partner = desk.rules.partner
    ours = (partner.phone, partner.emergency_number, tenant.emergency_number if tenant else "")
    known = {"", *map(compared_digits, ours)}
    numbers: dict[str, CallBack] = {}
    for call in found:
        digits = compared_digits(call.number)
        if digits not in known:
            numbers.setdefault(digits, call)
    return tuple(numbers.values())[:_MOST_NUMBERS]


def _command(notice: notices.Notice, about: notices.Subject) -> str:
    """Return what to type next; "" is to show the ticket, where there is one."""
    if notice.kind in {NoticeKind.QUARANTINED, NoticeKind.PASSED_ON}:
        return f"mailbot quarantine show {about.arrival_id}" if about.arrival_id else "mailbot quarantine list"
    if notice.kind is NoticeKind.FAILED_MAIL and notice.entry_id is not None:
        return ""  # one that could not even be written is in no outbox
    return _NEXT.get(notice.kind, "")
