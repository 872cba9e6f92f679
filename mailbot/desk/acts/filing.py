"""Filing a ticket with a vendor, by mail as by the command line: what leaves the house is shown to an agent first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailbot.deciding.agents.team import name_of
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import TicketState
from mailbot.deciding.vendors.whose import vendor_by_id
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.casemail import CaseMail, Writing, case_mail
from mailbot.desk.refusing import RefusedError, UnconfirmedError
from mailbot.errors import quoted
from mailbot.rules import Vendor
from mailbot.rules.nearest import did_you_mean
from mailbot.store import outbox
from mailbot.store.columns import AnyRow

_CLOCKS_APART = timedelta(minutes=1)


def file(work: Work) -> Done:
    """File the ticket with a vendor, or send words to where it is filed; what goes is the same as what was shown.

    Raise UnconfirmedError with the mail, where it is the first of its case, or a line of the words looks like a
    password; that line stays behind whatever is answered. What a log that was lost may have sent is held.
    """
    row, vendor = work.ticket(), _vendor(work)
    if row.state == TicketState.CLOSED:
        raise RefusedError(f"#{row.id} is closed; #reopen opens it again")
    words, follows = work.word("text") or work.word("words"), row.vendor == vendor.id
    if follows and not words.strip():
        raise RefusedError(f"#{row.id} is filed with {vendor.name} already; write below what they are to be told")
    case = _written(work, row, vendor, words, follows=follows)
    if (case.secret or not follows) and not work.was_shown:
        why = "a line of yours looks like a password or a PIN, and stays behind" if case.secret else ""
        would = f"it would file #{row.id} with {vendor.name}" if not follows else f"it would go to {vendor.name}"
        raise UnconfirmedError("; ".join(filter(None, (would, why))), _shown(vendor, case))
    waits = {} if follows and row.vendor_since else {"vendor": vendor.id, "vendor_since": work.now}
    anew = {} if follows else {"vendor_case": ""}
    entry = work.change(row.id, {**waits, **anew}, reason=f"#vendor {vendor.id}", filed=vendor.id)
    held = bool(work.request.get("may_have_left"))
    number = outbox.queue(work.conn, work.desk.partner, replace(case.mail, entry_id=entry, held=held), work.now)
    if held:
        why = f"may have gone to {vendor.name} before the log was restored from a backup, and waits"
        return Done(f"#{row.id} {why}: `mailbot outbox release {number}` sends it", told=True)
    return Done(f"#{row.id} {'is filed with' if not follows else 'goes on with'} {vendor.name}")


def _vendor(work: Work) -> Vendor:
    wanted = work.word("vendor")
    vendor = vendor_by_id(wanted, work.desk.rules)
    if vendor is None:
        known = [one.id for one in work.desk.rules.vendor]
        hint = did_you_mean(wanted, known) or f"rules.toml lists: {', '.join(known) or 'none'}"
        raise RefusedError(f"no vendor has the id {quoted(wanted)}; {hint}")
    return vendor


def _written(work: Work, row: AnyRow, vendor: Vendor, words: str, *, follows: bool) -> CaseMail:
    # A mailbox dates an agent's mail by its own clock.
    written_at = (work.instant("written_at") or work.now) + _CLOCKS_APART
    by = name_of(work.word("agent"), work.desk.rules)
    writing = Writing(words, by, work.act, written_at, follows)
    try:
        return case_mail(work.conn, work.desk, row, vendor, writing, work.now)
    except UnwritableMail as error:
        raise RefusedError(f"no mail to {vendor.name} can be written: {error}") from error


def _shown(vendor: Vendor, case: CaseMail) -> tuple[str, str]:
    return f"This goes to {vendor.name} ({case.mail.recipient})", case.shown
