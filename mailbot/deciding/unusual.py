"""What is no person's conversation with us: loops, bounces, automatic mail and our own, forgeries, spam, our notes."""

from __future__ import annotations

from mailbot.deciding.agents.machines import is_as_us
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.effects import (
    AnswerKind,
    Consequence,
    Decision,
    EntryKind,
    EventKind,
    FileEvent,
    Flag,
    JoinTicket,
    MarkBounced,
    NoticeKind,
    Notify,
    Quarantine,
    Reason,
)
from mailbot.deciding.situation import Situation
from mailbot.deciding.threads import noticed
from mailbot.reading.model import AutomaticKind, BounceAction, Verdict
from mailbot.reading.verdicts.outofoffice import BY_SUBJECT, BY_WORDS
from mailbot.rules import System

_LOOP_RECEIVED_FIELDS = 100

_FILED_KINDS = frozenset(
    {
        AutomaticKind.AUTO_REPLY,
        AutomaticKind.LIST,
        AutomaticKind.BULK,
        AutomaticKind.REPORT,
        AutomaticKind.CALENDAR,
    }
)


# Some customers write through a mailing list of their own, or say it in the answer to an invitation.
_MAY_BE_TYPED = frozenset({AutomaticKind.LIST, AutomaticKind.BULK, AutomaticKind.CALENDAR})


def unusual(at: Situation) -> Decision | None:
    """Return the decision on what is no person's conversation with us, None for all else."""
    kind = at.message.automatic.kind
    told = tuple(Reason("automatic", text) for text in at.message.automatic.reasons or ("a machine sent it",))
    if len(at.message.received) > _LOOP_RECEIVED_FIELDS:
        return _quarantined(at, "mail-loop", "it went through over 100 servers: a loop")
    if kind is AutomaticKind.BOUNCE:
        return _bounce(at, told)
    if kind is AutomaticKind.OWN and at.sender.verdict is Verdict.FAIL:
        return _quarantined(at, "authentication-failed", "it bears our own address, and From failed authentication")
    if kind is AutomaticKind.OWN:
        return None if is_as_us(at) else Decision(FileEvent(EventKind.OWN), reasons=told)
    if kind in _FILED_KINDS and at.system is None and not _may_be_an_outage(at):
        return _automatic(at, told)
    if at.sender.verdict is Verdict.FAIL and not at.sender.listed:
        return _quarantined(at, "authentication-failed", "From failed authentication")
    if at.system is not None:
        return _of_nothing(at.system)
    trusted = at.sender.listed or (at.sender.verdict is Verdict.PASS and agent_of(at.sender.address, at.rules))
    if at.message.spam.is_spam and not trusted and not at.urgent:
        reason = Reason("spam", f"the provider calls it spam ({at.message.spam.by})")
        return Decision(FileEvent(EventKind.SPAM), reasons=(reason,))
    return None


def _may_be_an_outage(at: Situation) -> bool:
    """Return whether what looks automatic reads critical, a tenant lists its sender, and a person may have typed it."""
    automatic = at.message.automatic
    by_words = bool(automatic.reasons) and {BY_SUBJECT, BY_WORDS}.issuperset(automatic.reasons)
    return at.urgent and at.sender.listed and (automatic.kind in _MAY_BE_TYPED or by_words)


def _of_nothing(system: System) -> Decision | None:
    """Return that mail of a known system is filed, if its rule opens nothing."""
    if system.opens != "nothing":
        return None
    reason = Reason("system.nothing", f"{system.name or system.id} wrote it, whose mail opens nothing here")
    return Decision(FileEvent(EventKind.AUTOMATIC), reasons=(reason,))


def _quarantined(at: Situation, cause: str, text: str) -> Decision:
    notice = Notify(NoticeKind.QUARANTINED, urgent=at.urgent, text=text)
    return Decision(
        Quarantine(cause),
        (notice,),
        (Reason(f"quarantine.{cause}", text),),
        at.classified.evidence,
    )


def _bounce(at: Situation, told: tuple[Reason, ...]) -> Decision:
    """Return where a bounce belongs. Only the id of a mail we sent ties it; words in it do not."""
    bounce, mail = at.message.bounce, at.context.bounced_mail
    if bounce is None or mail is None:
        untied = Reason("bounce.untied", "it returns no mail that we sent: filed, nothing changed")
        return Decision(FileEvent(EventKind.BOUNCE), reasons=(*told, untied))
    tied = Reason("bounce.tied", f"it is about our mail to {mail.recipient}: {bounce.action}")
    marked: tuple[Consequence, ...] = (MarkBounced(mail.outbox, bounce.action, bounce.status or "", bounce.diagnostic),)
    if mail.for_team:
        # Telling of it would make the next notice to the same address, and the next bounce.
        return Decision(FileEvent(EventKind.BOUNCE), marked, (*told, tied))
    if bounce.action is BounceAction.FAILED:
        text = f"our mail to {mail.recipient} came back: {bounce.diagnostic or bounce.status or ''}"
        # Who has an emergency waits for that mail.
        urgent = mail.kind == AnswerKind.EMERGENCY
        marked = (*marked, Notify(NoticeKind.BOUNCED, urgent=urgent, text=text.rstrip(": ")))
    if mail.ticket is None:
        return Decision(FileEvent(EventKind.BOUNCE), marked, (*told, tied))
    known = at.context.ticket(mail.ticket)
    number = at.context.home(known).id if known else mail.ticket
    return Decision(JoinTicket(number, EntryKind.BOUNCE), marked, (*told, tied))


def _automatic(at: Situation, told: tuple[Reason, ...]) -> Decision:
    found = at.join()
    if found.ticket is None:
        return Decision(FileEvent(EventKind.AUTOMATIC), reasons=told)
    attached = Reason("automatic.attached", "attached for the record; the ticket stays as it is")
    return Decision(
        JoinTicket(found.ticket.id, EntryKind.AUTOMATIC, flags=found.flags),
        reasons=(*told, *(r for r in found.reasons if r.code != "thread.reopen"), attached),
    )


def note_of_ours(at: Situation) -> Decision | None:
    """Return the decision on an answer to a notice of ours: a note, told to nobody. None for all else.

    Whoever is told about tickets may have a program that answers mail without saying so; if its
    answers made tickets, each would be told to it again.
    """
    number = noticed(at.clues, at.sender, at.keyring, at.now)
    if number is None:
        return None
    named = at.context.ticket(number)
    if named is None:
        text = "answers a notice of ours that is not about one ticket alone: filed, the customers do not see it"
        return Decision(FileEvent(EventKind.OWN), reasons=(Reason("note.filed", text),))
    ticket = at.context.home(named)
    text = f"answers our notice about #{ticket.id}: a note there, the customer does not see it"
    flags = () if at.sender.verdict is Verdict.PASS else (Flag.UNVERIFIED,)
    return Decision(JoinTicket(ticket.id, EntryKind.NOTE, flags=flags), reasons=(Reason("note", text),))
