"""`quarantine`: messages that are kept apart, with the cause: unreadable, forged, looping."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli import common
from mailbot.cli.changes import Reason, hand_over_each
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.deciding.given import Given
    from mailbot.rules import Rules
    from mailbot.store.unconfirmed import Unconfirmed
    from mailbot.store.views import ArrivalView

Number = Annotated[
    int, typer.Argument(metavar="ID", parser=common.number, help="A number from `mailbot quarantine list`.")
]
Numbers = Annotated[
    list[int], typer.Argument(metavar="ID...", parser=common.number, help="Numbers from `mailbot quarantine list`.")
]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    quarantine = typer.Typer(
        cls=Group,
        help="Messages that are kept apart, with the cause: forged, unreadable, looping.",
        no_args_is_help=True,
        epilog="mailbot quarantine list\nmailbot quarantine show 17\nmailbot quarantine retry 17",
    )
    add(quarantine, list_, "mailbot quarantine list", name="list")
    add(quarantine, show, "mailbot quarantine show 17", "mailbot quarantine show 17 --raw > mail.eml")
    add(quarantine, retry, "mailbot quarantine retry 17")
    add(quarantine, drop, 'mailbot quarantine drop 17 --reason "phishing"')
    app.add_typer(quarantine, name="quarantine")


def list_(context: typer.Context, *, as_json: common.JsonOption = False) -> None:
    """List what is in quarantine, oldest first; what waits for a word of one of you by itself, with that word."""
    from mailbot.service.folder import looking
    from mailbot.store import queries
    from mailbot.store.unconfirmed import subjects, unconfirmed

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder) as conn:
        kept = queries.quarantined(conn, rules.partner.id, limit=1_000)
        own = subjects(conn, (arrival.entry_id for arrival in kept))
        waiting = {one.arrival: one for one in unconfirmed(conn, rules.partner.id)}
    if as_json:
        for arrival in kept:
            common.print_json(_object(arrival, own, waiting.get(arrival.id)))
        return
    if not kept:
        common.out.print("Nothing is in quarantine.")
        return
    others = [_row(arrival, own, rules) for arrival in kept if arrival.id not in waiting]
    if others:
        common.print_table(("ID", "ARRIVED", "CAUSE", "FROM…", "SUBJECT…"), others)
    if waiting:
        common.out.print(("\n" if others else "") + "[bold]Waiting for a word of one of you[/]")
        _print_waiting(tuple(waiting.values()), rules)


def _object(arrival: ArrivalView, own: dict[int, str], waits: Unconfirmed | None) -> dict[str, Any]:
    """Return one message with its subject, and what it waits for, ready for `print_json`."""
    subject = own.get(arrival.entry_id or 0, "")
    return {**common.row(arrival), "subject": subject, "waits": common.row(waits) if waits else None}


def _row(arrival: ArrivalView, own: dict[int, str], rules: Rules) -> tuple[str, ...]:
    return (
        str(arrival.id),
        common.soon(arrival.received_at, rules),
        f"[red]{common.escape(arrival.cause)}[/]",
        common.escape(arrival.from_address or "?"),
        common.escape(own.get(arrival.entry_id or 0, "")),
    )


def _print_waiting(waiting: Sequence[Unconfirmed], rules: Rules) -> None:
    from mailbot.desk import unconfirmed as words

    columns = ["ID", "TICKET", "SINCE", "NEEDS", "FROM", "SUBJECT…"]
    rows = [
        [
            str(one.arrival),
            f"#{one.ticket}" if one.ticket else "",
            common.soon(one.since, rules),
            one.needs,
            common.escape(_short(words.writer(one, rules))),
            common.escape(one.subject),
            common.escape(_short(words.beside_whom(one, rules))),
        ]
        for one in waiting
    ]
    crossed = any(row[-1] for row in rows)
    common.print_table([*columns, "BESIDE"] if crossed else columns, rows if crossed else [row[:-1] for row in rows])


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def show(
    context: typer.Context,
    number: Number,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="The original message, octet for octet.")] = False,
) -> None:
    """Show one message in quarantine: where it came from, its cause, and the beginning of its text."""
    from mailbot.desk import border_of
    from mailbot.reading.message import read
    from mailbot.service.folder import looking
    from mailbot.store import queries, spool
    from mailbot.store.given import given
    from mailbot.store.unconfirmed import unconfirmed

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder) as conn:
        kept = {arrival.id: arrival for arrival in queries.quarantined(conn, rules.partner.id, limit=100_000)}
        arrival = kept.get(number)
        if arrival is None:
            common.error(f"no message {number} is in quarantine; see `mailbot quarantine list`")
            raise typer.Exit(common.EX_DATAERR)
        original = spool.raw_of(conn, number)
        waits = next(iter(unconfirmed(conn, rules.partner.id, arrival=number)), None)
        other = given(conn, waits.beside.entry) if waits and waits.beside else None
    if raw:
        sys.stdout.buffer.write(original)
        return
    at = common.local(arrival.received_at, rules)
    common.say(f"[bold]{at}[/]  from {common.escape(arrival.from_address or '?')}")
    common.say(f"[red]{common.escape(arrival.cause)}[/] {common.escape(arrival.detail)}", "  ")
    for reason in arrival.reasons:
        common.say(f"[dim]{common.escape(reason['text'])}[/]", "  · ")
    if arrival.cause not in _UNREADABLE:
        message = read(original, border=border_of(rules, arrival.mailbox))
        common.say(common.escape(message.subject or "(no subject)"), "  ")
        for words in filter(None, (message.reply_text.strip(), message.forwarded_text.strip())):
            common.print_quoted("\n".join(words.splitlines()[:_FIRST_LINES]))
    if other is not None:
        _print_beside(other, rules)
    common.out.print()
    if waits is not None:
        _print_waits(waits, rules)
    else:
        retry = common.command(f"quarantine retry {number}")
        common.say(f"Next: {retry} decides anew, say after you listed the sender.")


def _print_beside(other: Given, rules: Rules) -> None:
    """Print the answer of another of us beside which a mail waits."""
    from mailbot.deciding.agents.team import giver_of

    who = giver_of(other.agent, rules, by_mail=not other.by_phone) or "the shared mailbox"
    how = "called the customer" if other.by_phone else "answered"
    common.say(common.escape(f"It waits beside this, by which {who} {how} on {common.local(other.at, rules)}:"), "  ")
    common.print_quoted("\n".join(other.words.strip().splitlines()[:_FIRST_LINES]))


def _print_waits(waits: Unconfirmed, rules: Rules) -> None:
    """Print what a mail is about that waits for a word of one of us, and what lets it go."""
    from mailbot.desk import unconfirmed as words

    if waits.ticket:
        common.say(common.escape(f"#{waits.ticket} {waits.subject}"), "Ticket: ")
    drop = common.command(f"quarantine drop {waits.arrival}")
    said = words.how_to_go_on(waits, rules, common.local(waits.asked_at, rules))
    common.say(f"{common.escape(said)}; {drop} if it is not theirs.", "Next: ")


_FIRST_LINES = 12
_LONGEST_NAME = 20
_UNREADABLE = frozenset({"unreadable", "empty", "failed", "crashed"})


def retry(context: typer.Context, numbers: Numbers) -> None:
    """Decide on messages anew: after the sender was listed in rules.toml, or mailbot was mended."""
    hand_over_each(context, [{"verb": "retry-message", "message": number} for number in numbers])


def drop(context: typer.Context, numbers: Numbers, reason: Reason = "") -> None:
    """Be done with messages: no ticket, nobody is told of copies. They stay in the log."""
    hand_over_each(context, [{"verb": "drop-message", "message": number, "reason": reason} for number in numbers])
