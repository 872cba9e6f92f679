"""What comes again and again is one ticket with a count.

Of a machine (its own marks say so, or it is a known system) a message repeats the newest ticket that a machine at the
same address opened on the same topic (`topics`), if most of its words are the same: mail from a web form has one
subject and one sender for many people, and a copier for many papers, so what is to be answered elsewhere or brings
files repeats nothing, and neither does what reads worse than the ticket. Our people are told at first, then once an
hour while it goes on, when something else of the kind fails, and on recovery. When all that was wrong works again, and
the sender is genuine or listed as a system, the ticket is closed unless one of us has answered it. What comes back
within an hour of that opens it again; later, there is a new ticket.

Of a person the very same mail again within a day, to an open ticket, is one more message of it, if the sender is
genuine or known. Nothing repeats a ticket of somebody else, and no repetition changes what is owed to whom.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailbot.deciding.content import brings_files
from mailbot.deciding.context import Earlier, TicketFacts
from mailbot.deciding.effects import (
    Close,
    Consequence,
    Decision,
    EntryKind,
    JoinTicket,
    NoticeKind,
    Notify,
    Reason,
    Repetition,
    Rise,
    TicketState,
)
from mailbot.deciding.passedon import counted_words
from mailbot.deciding.situation import Situation
from mailbot.deciding.systems import recovery_words
from mailbot.deciding.threads import Join
from mailbot.deciding.topics import alike, key, same, tells_recovery, thing
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Verdict
from mailbot.rules import Severity

_TOLD_EVERY = timedelta(hours=1)
_BACK_WITHIN = timedelta(hours=1)
_ALIKE = 0.8
_SENT_TWICE_WITHIN = timedelta(days=1)
_MOST_AILING = 100


def first(at: Situation) -> Repetition:
    """Return how a ticket that this message opens stands to what will come again."""
    ill = at.by_machine and not _is_recovery(at)
    return Repetition(ailing=(_thing(at),) if ill else ())


def before(at: Situation) -> int | None:
    """Return the ticket that a machine opened on the same matter before, for a link."""
    earlier = at.context.earlier
    return earlier.ticket.id if earlier is not None and _is_same(at, earlier) else None


def resent(at: Situation, found: Join) -> Join:
    """Return the join of a person's message that was sent once more; `found` for all else."""
    earlier = at.context.earlier
    if earlier is None or at.by_machine or earlier.ticket.state is not TicketState.OPEN or brings_files(at.message):
        return found
    apart = at.now - earlier.ticket.opened_at > _SENT_TWICE_WITHIN or not same(at.message.subject, earlier.subject)
    if apart:
        return found
    believed = at.sender.verdict is Verdict.PASS or (at.sender.known and at.sender.verdict is Verdict.NONE)
    if not believed or not at.message.reply_text.strip() or not same(at.message.reply_text, earlier.text):
        return found
    reason = Reason("repeat.words", f"the same words as before from this address: #{earlier.ticket.id} once more")
    return Join(ticket=earlier.ticket, reasons=(reason,))


def again(at: Situation) -> Decision | None:
    """Return the decision on what a machine repeats; None if it is the first of its kind."""
    earlier = at.context.earlier
    if earlier is None or at.arrival.history or at.sender.verdict is Verdict.FAIL or not _is_same(at, earlier):
        return None
    ticket, well = earlier.ticket, _is_recovery(at)
    decided = _decided(at, ticket, well=well)
    if decided is None:
        return None
    return replace(decided, reasons=(*decided.reasons, Reason("answer.none", "no answer: a machine sent it")))


def _decided(at: Situation, ticket: TicketFacts, *, well: bool) -> Decision | None:
    if ticket.state is TicketState.OPEN:
        return _recovered(at, ticket) if well and ticket.repetition.ailing else _once_more(at, ticket)
    if well:
        reason = Reason("repeat.recovered", f"#{ticket.id} is about this, and closed: attached")
        told = Notify(NoticeKind.RECOVERED, text=f"#{ticket.id} was closed before.")
        return Decision(JoinTicket(ticket.id, EntryKind.AUTOMATIC, flags=at.flags()), (told,), (reason,))
    if ticket.closed_at is None or at.now - ticket.closed_at > _BACK_WITHIN:
        return None
    reason = Reason("repeat.back", f"#{ticket.id} was closed less than an hour ago: it is back")
    place = JoinTicket(
        ticket.id, EntryKind.AUTOMATIC, reopen=True, flags=at.flags(), repetition=_counted(at, ticket, told=True)
    )
    urgent = ticket.severity is Severity.CRITICAL
    return Decision(place, (Notify(NoticeKind.REOPENED, urgent=urgent),), (reason,))


def _is_same(at: Situation, earlier: Earlier) -> bool:
    """Return whether a machine writes here what a machine wrote before."""
    if not (at.by_machine and earlier.ticket.by_machine):
        return False
    elsewhere = any(canonical(mailbox.address) != at.sender.address for mailbox in at.message.reply_to)
    if elsewhere or brings_files(at.message):
        return False
    if at.system is not None:
        return True
    if at.classified.severity.rank < earlier.ticket.severity.rank:
        return False
    return alike(counted_words(at.message), earlier.text) >= _ALIKE


def _is_recovery(at: Situation) -> bool:
    return tells_recovery(at.message.subject, recovery_words(at.message, at.rules))


def _thing(at: Situation) -> str:
    return key(thing(at.message.subject, recovery_words(at.message, at.rules)))


def _counted(at: Situation, ticket: TicketFacts, *, told: bool) -> Repetition:
    """Return the repetition with this message counted; `told` says that our people are told of it."""
    before = ticket.repetition
    ailing = dict.fromkeys((*before.ailing, _thing(at)))
    return Repetition(before.times + 1, at.now if told else before.told_at, tuple(ailing)[:_MOST_AILING])


def _once_more(at: Situation, ticket: TicketFacts) -> Decision:
    """Return the decision on one message more about what is wrong already."""
    effects = _told_of_it(at, ticket)
    counted = _counted(at, ticket, told=bool(effects))
    reason = Reason("repeat", f"the same again from this address: #{ticket.id}, number {counted.times}")
    place = JoinTicket(ticket.id, EntryKind.AUTOMATIC, flags=at.flags(), repetition=counted)
    return Decision(place, effects, (reason,))


def _told_of_it(at: Situation, ticket: TicketFacts) -> tuple[Consequence, ...]:
    """Return what one message more is worth: nothing for as long as our people know it all."""
    if at.system is not None and at.severity.rank < ticket.severity.rank:
        tenant = at.rules.tenant_by_id(ticket.tenant)
        urgent = at.severity is Severity.CRITICAL
        return (Rise(at.severity, *at.promises(at.severity, tenant)), Notify(NoticeKind.RISE, urgent=urgent))
    if _thing(at) not in ticket.repetition.ailing:
        text = "It is about something else of the same kind."
        return (Notify(NoticeKind.REPEATED, urgent=ticket.severity is Severity.CRITICAL, text=text),)
    if at.now - (ticket.repetition.told_at or ticket.opened_at) >= _TOLD_EVERY:
        text = f"It has come {ticket.repetition.times + 1} times in {span(at.now - ticket.opened_at)}."
        urgent = ticket.severity is Severity.CRITICAL and not ticket.answered
        return (Notify(NoticeKind.REPEATED, urgent=urgent, text=text),)
    return ()


def _recovered(at: Situation, ticket: TicketFacts) -> Decision:
    """Return the decision on a message that says that something works again."""
    well = _thing(at)
    left = tuple(one for one in ticket.repetition.ailing if one != well)
    times = ticket.repetition.times
    reason = Reason("repeat.recovered", f"it says that something of #{ticket.id} works again")
    place = JoinTicket(ticket.id, EntryKind.AUTOMATIC, flags=at.flags(), repetition=Repetition(times, at.now, left))
    effects: tuple[Consequence, ...] = ()
    if left:
        others = "one other thing is" if len(left) == 1 else f"{len(left)} other things are"
        became = f"{others} still not well"
    elif len(ticket.repetition.ailing) >= _MOST_AILING or not (at.system or at.sender.verdict is Verdict.PASS):
        became = f"nothing proves that all is well, #{ticket.id} stays open"
    elif ticket.answered:
        became = f"#{ticket.id} stays open, since one of you has answered it"
    else:
        became = f"#{ticket.id} is closed; `mailbot reopen {ticket.id}` opens it again"
        effects = (Close("the system says that it works again"),)
    lasted = span(at.now - ticket.opened_at) + (f" and {times} messages" if times > 1 else "")
    told = Notify(NoticeKind.RECOVERED, text=f"After {lasted}: {became}.")
    return Decision(place, (*effects, told), (reason,))


def span(lasted: timedelta) -> str:
    """Return a length of time as people say it: "3 hours"."""
    minutes = max(1, round(lasted.total_seconds() / 60))
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = round(minutes / size)
            return f"{count} {word}" + ("s" if count > 1 else "")
    raise AssertionError(minutes)
