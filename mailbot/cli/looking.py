"""`show` and `why`: what is in the log. They read only, and work while the daemon runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mailbot.cli import common, opening
from mailbot.cli.contract import ticket_object
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.figures.cases import Case
    from mailbot.rules import Rules
    from mailbot.store.cursors import Gap
    from mailbot.store.queries import TicketDetail, Why
    from mailbot.store.views import ArrivalView, EntryView, MailView, TicketView

SEVERITY_COLOURS = {"critical": "bold red", "high": "yellow", "normal": "default", "low": "dim"}
_QUOTED_LINES = 12
_Happened = tuple[datetime, int, int, Callable[[], None]]
_SIGN_OF_LIFE = timedelta(minutes=7)
_AT_ONCE = timedelta(hours=1)


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, show, "mailbot show 1042", "mailbot show 1042 --raw > mail.eml")
    add(
        app,
        why,
        "mailbot why 1042  a ticket",
        "mailbot why jane@acme.example --on 2026-11-20  a sender, that day",
        "mailbot why '<4f2@mail.acme.example>'  a Message-ID",
    )


def show(
    context: typer.Context,
    number: common.Number,
    log: opening.LogOption = None,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="The original messages, octet for octet, as an mbox.")] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Show one ticket: its messages, the mails that went out, and the reasons."""
    from mailbot.store import casebook, queries, spool

    with opening.the_log(context, log) as view:
        detail = queries.ticket(view.conn, view.partner, number)
        if detail is None:
            _no_ticket(number)
        if raw:
            # Copies of one message are one entry; the first that came stands for all.
            first = {arrival.entry_id: arrival for arrival in reversed(detail.arrivals)}
            ids = sorted(arrival.id for arrival in first.values())
            originals = [spool.raw_of(view.conn, arrival_id) for arrival_id in ids]
            _print_raw(originals)
        elif as_json:
            common.print_json(ticket_object(detail))
        else:
            case = casebook.case_of(view.conn, view.partner, number)
            _print_ticket(detail, queries.merged_into(view.conn, view.partner, number), case, view.rules)


def _no_ticket(number: int) -> NoReturn:
    common.error(f"there is no ticket #{number}; see `mailbot tickets`")
    raise typer.Exit(common.EX_DATAERR)


def _print_raw(originals: list[bytes]) -> None:
    """Print one message as it is; several as an mbox (mboxrd), so that they can be told apart."""
    if len(originals) == 1:
        sys.stdout.buffer.write(originals[0])
        return
    for original in originals:
        sys.stdout.buffer.write(b"From - Thu Jan  1 00:00:00 1970\n")
        sys.stdout.buffer.write(re.sub(rb"^(>*From )", rb">\1", original, flags=re.MULTILINE))
        # A From_ line counts only after an empty one.
        sys.stdout.buffer.write(b"\n" if original.endswith(b"\n") else b"\n\n")


def _print_ticket(detail: TicketDetail, merged: tuple[TicketDetail, ...], case: Case | None, rules: Rules) -> None:
    """Print a ticket; what was said in those that are merged into it stands in its place among the rest."""
    from mailbot.figures import saying

    ticket = detail.ticket
    colour = SEVERITY_COLOURS.get(str(ticket.severity), "default")
    name = rules.tenant_by_id(ticket.tenant)
    common.say(f"[bold]#{ticket.id}[/]  {common.escape(ticket.subject or '(no subject)')}")
    facts = [
        f"[{colour}]{ticket.severity}[/]",
        common.escape(name.name if name else ticket.tenant or "no tenant"),
        str(ticket.state),
        common.escape(f"{ticket.requester_name} <{ticket.requester}>".strip()),
    ]
    common.say(" · ".join(facts), "  ")
    has_it = f"{common.escape(opening.name_of(ticket.assignee, rules))} has it" if ticket.assignee else ""
    escalated = f"escalated to tier {ticket.tier}" if ticket.tier else ""
    if has_it or escalated:
        common.say(" · ".join(filter(None, (has_it, escalated))), "  ")
    if ticket.flags:
        common.out.print("  [yellow]" + ", ".join(ticket.flags) + "[/]")
    if ticket.times > 1:
        common.out.print(f"  it came {ticket.times} times")
    if ticket.linked_to:
        common.out.print(f"  see also #{ticket.linked_to}")
    _print_times(ticket, rules)
    if case is not None and (kept := list(saying.promises(case, common.now()))):
        common.say(" · ".join(kept), "  ")
    for one in merged:
        subject = common.escape(one.ticket.subject or "(no subject)")
        common.say(f"with #{one.ticket.id}, {subject}: {common.command(f'show {one.ticket.id}')}", "  ")
    happened: list[_Happened] = [
        *_said_in(merged, rules),
        *((entry.recorded_at, 0, entry.id, partial(_print_entry, entry, rules)) for entry in detail.entries),
        *((mail.created_at, 1, mail.id, partial(_print_mail, mail, rules)) for mail in detail.mails),
    ]
    for *_, print_it in sorted(happened, key=lambda one: one[:3]):
        print_it()


def _print_times(ticket: TicketView, rules: Rules) -> None:
    """Print what is promised, who waits, and what a ticket waits for."""
    due = common.local(ticket.response_due_at, rules)
    if due and ticket.first_response_at is None and ticket.state == "open":
        common.out.print(f"  answer promised by [bold]{due}[/]")
    if ticket.waiting_since and ticket.first_response_at and ticket.state == "open":
        common.out.print(f"  waits again since [bold]{common.local(ticket.waiting_since, rules)}[/]")
    if ticket.waits_until and ticket.state == "open":
        common.say(f"paused until {common.local(ticket.waits_until, rules)}: {common.escape(ticket.waits_for)}", "  ")
    if ticket.vendor:
        common.say(with_vendor(ticket, rules), "  ")
    if ticket.incident:
        common.say(f"about incident {ticket.incident}: {common.command(f'incident show {ticket.incident}')}", "  ")
    if ticket.surveyed_at:
        vote = f"voted [bold]{ticket.vote} of 5[/]" if ticket.vote else "did not vote yet"
        common.say(f"asked how satisfied, {common.local(ticket.surveyed_at, rules)}: {vote}", "  ")


def with_vendor(ticket: TicketView, rules: Rules) -> str:
    """Return with whom a ticket is filed, and for how long an answer has been owed: "with Carrier for 2 h 10 min"."""
    from mailbot.deciding.vendors.whose import name_of_vendor
    from mailbot.figures.saying import calendar

    name = common.escape(name_of_vendor(ticket.vendor, rules))
    case = f", their case {common.escape(ticket.vendor_case)}" if ticket.vendor_case else ""
    since = f" for [bold]{calendar(common.now() - ticket.vendor_since)}[/]" if ticket.vendor_since else ", who answered"
    return f"with {name}{since}{case}"


def _said_in(merged: tuple[TicketDetail, ...], rules: Rules) -> Iterator[_Happened]:
    """Yield what people said in these tickets, with what puts it in order, and what prints it."""
    for one in merged:
        for entry in one.entries:
            if entry.kind != "change":
                print_it = partial(_print_entry, entry, rules, reasons=False, of=f"  of #{one.ticket.id}")
                yield entry.recorded_at, 0, entry.id, print_it


def _print_entry(entry: EntryView, rules: Rules, *, reasons: bool = True, of: str = "") -> None:
    from mailbot.deciding.content import without_remarks
    from mailbot.deciding.effects import EntryKind
    from mailbot.deciding.passedon import own_and_forwarded

    who = entry.from_address or entry.author
    if entry.kind == EntryKind.CHANGE:
        at = common.local(entry.at, rules)
        common.out.print()
        common.say(f"[dim]{at}  {common.escape(_changed(entry, rules))} ({common.escape(who)})[/]")
        return
    common.out.print()
    late = entry.recorded_at - entry.at > _AT_ONCE
    since = f" [dim](in the log since {common.local(entry.recorded_at, rules)})[/]" if late else ""
    common.say(f"[bold]{common.local(entry.at, rules)}[/]{since}  {entry.kind}  {common.escape(who)}{of}")
    text, remarks = without_remarks(entry.text)
    words, forwarded = own_and_forwarded(text, without_remarks(entry.reply_text)[0], entry.subject)
    if words.strip() or not (forwarded or remarks):
        _print_words(words, entry)
    if forwarded:
        common.say("Forwarded:", "  ")
        _print_words(forwarded, entry)
    for remark in remarks.splitlines():
        common.say(common.escape(remark), "  ")
    if reasons:
        _print_reasons(entry.reasons)


def _print_words(words: str, entry: EntryView) -> None:
    lines = words.strip().splitlines()
    common.print_quoted("\n".join(lines[:_QUOTED_LINES]))
    if len(lines) > _QUOTED_LINES:
        whole = common.command(f"show {entry.ticket_id} --json")
        common.say(f"[dim]… {len(lines) - _QUOTED_LINES} more lines: {whole}[/]", "  │ ")


def _changed(entry: EntryView, rules: Rules) -> str:
    """Return what a change did, in a few words, and why where somebody said so."""
    from mailbot.deciding.agents.commands.command import with_instants
    from mailbot.deciding.changed import changed

    change = entry.change or {}
    if "opened_at" in change:
        return entry.text
    text = with_instants(entry.text, lambda at: common.local(at, rules))
    return ": ".join(filter(None, (changed(change, rules), text)))


def _print_mail(mail: MailView, rules: Rules) -> None:
    common.out.print()
    colour = "green" if mail.state == "sent" else "yellow"
    at = common.local(mail.created_at, rules)
    text = f"[bold]{at}[/]  → {mail.kind} to {common.escape(mail.recipient)}: [{colour}]{mail.state}[/]"
    common.say(text)
    if mail.reply_text:
        common.say(f"[dim]the relay said: {common.escape(mail.reply_text)}[/]", "  ")


def _print_reasons(reasons: Iterable[Mapping[str, str]]) -> None:
    for reason in reasons:
        common.say(f"[dim]{common.escape(reason['text'])}[/]", "  · ")


def why(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="MESSAGE-ID|N|ADDRESS", help="A message, a ticket, or a sender.")],
    on: Annotated[
        date | None, typer.Option("--on", parser=common.past_day, metavar="DAY", help="For an address: this day.")
    ] = None,
    log: opening.LogOption = None,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """Explain: when it arrived, what was decided and why, what left and what the relay replied."""
    from mailbot.reading.fields.address import canonical
    from mailbot.store import queries

    with opening.the_log(context, log) as view:
        asked = what.strip().strip("<>")
        number = int(asked.lstrip("#")) if re.fullmatch(r"#?[0-9]{1,18}", asked) else None
        if number is not None:
            found = queries.why_ticket(view.conn, view.partner, number)
        else:
            found = queries.why_message(view.conn, view.partner, asked)
        span = _day(on, view.rules)
        if not _holds_anything(found) and "@" in asked:
            found = queries.why_address(view.conn, view.partner, canonical(asked), *span)
        if number is not None and not _holds_anything(found):
            _no_ticket(number)
        if as_json:
            common.print_json({key: [common.row(one) for one in rows] for key, rows in _parts(found)})
            return
        if not _holds_anything(found):
            _print_nothing(what.strip(), span, view)
            return
        _print_why(found, view.rules)


def _parts(found: Why) -> tuple[tuple[str, Any], ...]:
    return (("arrivals", found.arrivals), ("entries", found.entries), ("mails", found.mails))


def _holds_anything(found: Why) -> bool:
    return any(rows for _, rows in _parts(found))


def _day(day: date | None, rules: Rules) -> tuple[datetime, datetime]:
    """Return that local day as two instants; the last seven days for None."""
    zone = rules.partner.zone
    if day is None:
        return common.now() - timedelta(days=7), common.now()
    start = datetime.combine(day, time.min, zone)
    if start > common.now():
        common.error(f"{day} is still to come")
        raise typer.Exit(common.EX_USAGE)
    return start, min(datetime.combine(day + timedelta(days=1), time.min, zone), common.now())


def _print_nothing(asked: str, span: tuple[datetime, datetime], view: opening.View) -> None:
    """Say that nothing came, and whether we were there to see it. What stands in <> or without @ is a Message-ID."""
    from mailbot.store import cursors

    start, end = (common.local(at, view.rules) for at in span)
    if asked.startswith("<") or "@" not in asked:
        common.say(f"No message has the Message-ID {common.escape(asked)}.")
    else:
        common.say(f"Nothing arrived from {common.escape(asked)} between {start} and {end}.")
    watched = cursors.watched_mailboxes(view.conn, view.partner)
    if not watched:
        common.out.print("No mailbox has been watched yet.")
    for mailbox in watched:
        gaps = [gap for gap in cursors.watch_gaps(view.conn, view.partner, mailbox, *span) if not _is_fresh(gap)]
        if not gaps:
            common.out.print(f"{common.escape(mailbox)} was watched all the time.")
        for gap in gaps:
            since, until = common.local(gap.start_at, view.rules), common.local(gap.end_at, view.rules)
            common.out.print(f"[yellow]{common.escape(mailbox)} was not watched from {since} to {until}.[/]")


def _is_fresh(gap: Gap) -> bool:
    """Return whether this is only the time since the last sign of life, which a watcher gives every few minutes."""
    return gap.end_at >= common.now() - timedelta(seconds=10) and gap.end_at - gap.start_at < _SIGN_OF_LIFE


def _print_why(found: Why, rules: Rules) -> None:
    for arrival in found.arrivals:
        _print_arrival(arrival, rules)
    told = {arrival.entry_id for arrival in found.arrivals}
    for entry in found.entries:
        _print_entry(entry, rules, reasons=entry.id not in told)
    for mail in found.mails:
        _print_mail(mail, rules)


def _print_arrival(arrival: ArrivalView, rules: Rules) -> None:
    where = f"{arrival.source} {arrival.mailbox} {arrival.folder}".strip()
    at = common.local(arrival.received_at, rules)
    text = f"[bold]{at}[/]  arrived by {common.escape(where)} from {common.escape(arrival.from_address or '?')}"
    common.say(text)
    if arrival.cause:
        common.say(f"[red]quarantined: {common.escape(arrival.cause)} {common.escape(arrival.detail)}[/]", "  ")
    _print_reasons(arrival.reasons)
