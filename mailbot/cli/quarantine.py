"""`quarantine`: messages that are kept apart, with the cause: unreadable, forged, looping."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common
from mailbot.cli.changes import Reason, hand_over_each
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.rules import Rules
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
    """List what is in quarantine, oldest first."""
    from mailbot.service.folder import looking
    from mailbot.store import queries

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder) as conn:
        kept = queries.quarantined(conn, rules.partner.id, limit=1_000)
    if as_json:
        for arrival in kept:
            common.print_json(common.row(arrival))
        return
    if not kept:
        common.out.print("Nothing is in quarantine.")
        return
    common.print_table(("ID", "ARRIVED", "CAUSE", "FROM…"), [_row(arrival, rules) for arrival in kept])


def _row(arrival: ArrivalView, rules: Rules) -> tuple[str, ...]:
    return (
        str(arrival.id),
        common.local(arrival.received_at, rules),
        f"[red]{common.escape(arrival.cause)}[/]",
        common.escape(arrival.from_address or "?"),
    )


def show(
    context: typer.Context,
    number: Number,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="The original message, octet for octet.")] = False,
) -> None:
    """Show one message in quarantine: where it came from, its cause, and the beginning of its text."""
    from mailbot.deciding.effects import UNCONFIRMED
    from mailbot.desk import border_of
    from mailbot.reading.message import read
    from mailbot.service.folder import looking
    from mailbot.store import queries, spool, team

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder) as conn:
        kept = {arrival.id: arrival for arrival in queries.quarantined(conn, rules.partner.id, limit=100_000)}
        arrival = kept.get(number)
        if arrival is None:
            common.error(f"no message {number} is in quarantine; see `mailbot quarantine list`")
            raise typer.Exit(common.EX_DATAERR)
        original = spool.raw_of(conn, number)
        asked = team.asked_about(conn, rules.partner.id, number) if arrival.cause == UNCONFIRMED else None
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
    common.out.print()
    if asked is not None:
        drop = common.command(f"quarantine drop {number}")
        address, asked_at = asked
        at = common.local(asked_at, rules)
        common.say(
            f"Next: {common.escape(address)} was asked at {at}, and a yes lets it go; {drop} if it is not theirs."
        )
        return
    common.say(f"Next: {common.command(f'quarantine retry {number}')} decides anew, say after you listed the sender.")


_FIRST_LINES = 12
_UNREADABLE = frozenset({"unreadable", "empty", "failed", "crashed"})


def retry(context: typer.Context, numbers: Numbers) -> None:
    """Decide on messages anew: after the sender was listed in rules.toml, or mailbot was mended."""
    hand_over_each(context, [{"verb": "retry-message", "message": number} for number in numbers])


def drop(context: typer.Context, numbers: Numbers, reason: Reason = "") -> None:
    """Be done with messages: no ticket, nobody is told of copies. They stay in the log."""
    hand_over_each(context, [{"verb": "drop-message", "message": number, "reason": reason} for number in numbers])
