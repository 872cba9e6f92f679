"""`senders`: who writes without being listed, and whose customers they are once you have said so."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common
from mailbot.cli.changes import author
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.desk.senders import Unlisted
    from mailbot.rules import Rules

Who = Annotated[
    str, typer.Argument(metavar="ADDRESS|DOMAIN", help="Somebody's address, or the domain of a whole company.")
]
_MOST_NAMED = 10


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    senders = typer.Typer(
        cls=Group,
        help="Who writes without being listed, whoever opened a ticket last first, and whose customer that may be.",
        invoke_without_command=True,
        epilog="mailbot senders\nmailbot senders --json | jq .address\nmailbot senders accept jane@acme.example acme",
    )
    senders.callback()(list_)
    add(
        senders,
        accept,
        "mailbot senders accept jane@acme.example acme  one person",
        "mailbot senders accept acme.example acme  everybody there",
    )
    add(senders, forget, "mailbot senders forget jane@acme.example")
    app.add_typer(senders, name="senders")


def list_(
    context: typer.Context,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many at most (default: 50).")
    ] = 50,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """List who writes without being listed."""
    if context.invoked_subcommand is not None:
        return
    from mailbot.desk.learned import rules_with_learned
    from mailbot.desk.senders import unlisted
    from mailbot.service.folder import looking

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder) as conn:
        rules = rules_with_learned(conn, rules.partner.id, rules)
        found = list(islice(unlisted(conn, rules.partner.id, rules), limit))
    if as_json:
        for one in found:
            common.print_json(common.row(one))
        return
    if not found:
        common.out.print("Everybody who writes is listed.")
        return
    columns = ("ADDRESS…", "OPEN", "LAST", "SUBJECT…", "SUGGESTED")
    common.print_table(columns, [_row(one, rules) for one in found])
    if legend := common.bewares(flag for one in found for flag in one.flags):
        common.out.print(f"[dim]{legend}[/]")
    if len(found) == limit:
        common.out.print(f"[dim]The first {limit}; --limit N shows more.[/]")
    for one in found:
        if one.suggestion is not None:
            common.out.print()
            words = f"senders accept {shlex.quote(one.address)} {one.suggestion.tenant}"
            common.say(f"Next: {common.command(words)}")
            break


def _row(one: Unlisted, rules: Rules) -> tuple[str, ...]:
    fits, beware = one.suggestion, common.beware(one.flags)
    return (
        common.escape(one.address),
        f"{one.open} of {one.tickets}",
        common.soon(one.last_at, rules),
        (f"[yellow]{beware}[/] " if beware else "") + common.escape(one.subject or "(no subject)"),
        f"{fits.tenant} [dim]({fits.because})[/]" if fits else "",
    )


def accept(
    context: typer.Context,
    who: Who,
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The id of the tenant that they write for.")],
) -> None:
    """Say whose customer somebody is; their open tickets that are nobody's follow, promised times too.

    It is kept in learned.toml beside rules.toml, and a running desk follows at once. Tickets that were given to a
    tenant by hand stay as they are.
    """
    from mailbot.service.accepting import accept as accept_sender

    place = common.place(context)
    done = accept_sender(place.folder, who, tenant, author=author(), now=common.now())
    how = "writes" if "@" in done.sender else "is a domain that writes"
    since = "from now on" if done.learned else "already"
    common.say(f"{common.escape(done.sender)} {how} for {done.tenant} {since}.")
    if done.assigned:
        common.say(f"{_tickets(done.assigned)} {'is' if len(done.assigned) == 1 else 'are'} {done.tenant}'s now.")
    for gone in done.left:
        common.say(f"{common.escape(gone)}.")
    if done.kept:
        stays = "stays another's" if len(done.kept) == 1 else "stay others'"
        more = common.command(f"set {done.kept[0]} --tenant {done.tenant}")
        common.say(f"{_tickets(done.kept)} {stays}, as somebody has said; {more} changes that.")
    _follows(done.not_in_force)


def forget(context: typer.Context, who: Who) -> None:
    """Take back that somebody was accepted. Their tickets keep their tenant."""
    from mailbot.service.accepting import forget as forget_sender

    done = forget_sender(common.place(context).folder, who, now=common.now())
    tenants = " and ".join(done.tenants)
    common.say(
        f"{common.escape(done.sender)} writes no longer for {common.escape(tenants)}; tickets keep their tenant."
    )
    _follows(done.not_in_force)


def _tickets(numbers: Sequence[int]) -> str:
    named = ", ".join(f"#{number}" for number in numbers[:_MOST_NAMED])
    return named + (f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else "")


def _follows(not_in_force: str) -> None:
    """Say why a running desk does not follow, and leave; a text of "" means that it does."""
    if not_in_force:
        common.error(f"it is kept in learned.toml, but the rules are {not_in_force}")
        raise typer.Exit(common.EX_DATAERR)
