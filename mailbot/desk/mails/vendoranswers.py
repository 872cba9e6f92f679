"""What vendors answer, for our own people: each answer as a mail in the thread of its ticket, never to the customer.

It goes to whose ticket it is, in his hours; where it is nobody's, or he is away, to all who may act for the customer,
whoever filed it among them at any hour that an outage reaches one of us.
It bears the token of a notice, so that nothing that is written in reply to it reaches the customer.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.handed import handed
from mailbot.deciding.agents.team import OURSELVES, agent_by_id, by_relay, may_act_for
from mailbot.deciding.compose import File
from mailbot.deciding.effects import Flag, NoticeKind, TicketState
from mailbot.deciding.returned import UNCLEAR, Refusal
from mailbot.deciding.tokens import Purpose
from mailbot.deciding.vendors.whose import name_of_vendor, name_of_writer, vendor_of
from mailbot.deciding.vendors.wrote import FromVendor
from mailbot.desk import Desk
from mailbot.desk.mails.asking import News, tell
from mailbot.desk.mails.duty import Handing, hand_straight, hand_to, is_away
from mailbot.desk.mails.sharing import reader_of, subject_of
from mailbot.desk.mails.teammail import URGENT_PRIORITY, TeamMail
from mailbot.reading.model import Mailbox, Message
from mailbot.render.vendors import VendorAnswerFacts
from mailbot.rules import Agent, Severity
from mailbot.store import acts, changes, relays, vendors
from mailbot.store.columns import AnyRow

_PRIORITY = 40


def note_answer(
    conn: Connection, desk: Desk, effect: FromVendor, message: Message, ticket: int, entry: int, now: datetime
) -> None:
    """Note that a vendor wrote about a ticket by that entry, and that our people are to get it."""
    row = acts.row(conn, desk.partner, ticket)
    if row is None:
        return
    is_its_case = row.vendor == effect.vendor
    news: dict[str, object] = {}
    if is_its_case and effect.case and not row.vendor_case:
        news["vendor_case"] = effect.case
    if is_its_case and row.vendor_since is not None and not effect.by_itself:
        news |= {"vendor": row.vendor, "vendor_since": None}
    if news:
        text = f"{name_of_vendor(effect.vendor, desk.rules)} {'answered' if 'vendor' in news else 'took it in'}"
        changes.set_case(conn, ticket, news, author=OURSELVES, reason=text, now=now)
    if not effect.by_itself:
        _hand_on(conn, desk, row, message, entry, now)


def _hand_on(conn: Connection, desk: Desk, row: AnyRow, message: Message, entry: int, now: datetime) -> None:
    if not by_relay(desk.rules):
        desk.tell(conn, NoticeKind.VENDOR, ticket_id=row.id, entry_id=entry, now=now)
        return
    urgent = row.severity == Severity.CRITICAL and row.state == TicketState.OPEN
    besides = relays.Besides(handed(message, desk.rules.limits.message_bytes))
    handing = Handing(row.id, entry, urgent, besides)
    holder = agent_by_id(row.assignee, desk.rules)
    if holder and not holder.outsourced and may_act_for(holder, row.tenant) and not is_away(conn, desk, holder, now):
        hand_straight(conn, desk, [holder], handing, now)
    else:
        team = [one for one in desk.rules.agent if may_act_for(one, row.tenant)]
        hand_to(conn, desk, team, handing, now)
        filed_by = vendors.filed_by(conn, row.id)
        waits = [one for one in team if one.id == filed_by and not relays.is_handed(conn, one.id, entry)]
        hand_straight(conn, desk, waits, handing, now)


def answer_mail(
    conn: Connection, desk: Desk, relay: relays.Relay, files: tuple[File, ...], agent: Agent, now: datetime
) -> TeamMail | None:
    """Return the mail that brings an agent what a vendor answered, None for any other message."""
    answer = vendors.answer(conn, relay.entry_id)
    if answer is None:
        return None
    address, ticket = agent.addresses[0], relay.ticket_id
    token = desk.token(Purpose.NOTICE, ticket, address, now)
    row = acts.row(conn, desk.partner, ticket)
    vendor = vendor_of(answer.from_address, desk.rules)
    name = name_of_writer(answer.from_address, desk.rules)
    return TeamMail(
        key=f"relay:{relay.id}",
        kind=vendors.ANSWERED,
        template="team-vendor",
        facts=VendorAnswerFacts(
            now=now,
            brand=desk.rules.partner.brand,
            token=token,
            subject=subject_of(conn, desk, ticket, address),
            ticket=ticket,
            vendor=name,
            id=vendor.id if vendor else "",
            sender=answer.from_name or answer.from_address,
            words=answer.words,
            at=answer.at,
            customer=reader_of(conn, desk, ticket),
            case=row.vendor_case if row is not None and vendor is not None and row.vendor == vendor.id else "",
            verified=Flag.UNVERIFIED not in answer.flags,
            files=tuple(file.name for file in files),
            country=desk.rules.partner.country,
        ),
        to=Mailbox(agent.name, address),
        token=token,
        mark=f"{relay.id:x}v",
        sender=f"{name} via {desk.rules.partner.brand}",
        answerable=True,
        ticket=ticket,
        entry=relay.entry_id,
        thread=ticket,
        files=files,
        priority=URGENT_PRIORITY if relay.urgent else _PRIORITY,
    )


def note_lost(conn: Connection, desk: Desk, outbox: int, refusal: Refusal, said: str, *, now: datetime) -> None:
    """Tell the agent who filed it that a mail to a vendor did not arrive; the ticket waits for no answer to it."""
    mail = vendors.to_a_vendor(conn, outbox)
    if mail is None or mail.ticket_id is None:
        return
    unclear = refusal is UNCLEAR
    row = acts.row(conn, desk.partner, mail.ticket_id)
    if row is not None and row.vendor_since is not None and not unclear:
        waits_no_more = {"vendor": "", "vendor_since": None}
        reason = f"the mail to {mail.recipient} did not arrive"
        changes.set_case(conn, mail.ticket_id, waits_no_more, author=OURSELVES, reason=reason, now=now)
    agent = agent_by_id(mail.author, desk.rules)
    if agent is None:
        return
    happened = "may not have arrived" if unclear else "did not arrive"
    told = (
        f"Your mail about #{mail.ticket_id} {happened} at {mail.recipient}: {refusal.why}.",
        *((f"The server's own words: {said}",) if said else ()),
        *(() if unclear else ("The ticket is filed with nobody; #vendor in reply to this mail files it again.",)),
    )
    title = f"Your mail to the vendor {happened}"
    news_for_him = News(refusal.why, told, title, ticket=mail.ticket_id)
    tell(conn, desk, agent, news_for_him, f"lost:{outbox}", f"{outbox:x}vb", now)
