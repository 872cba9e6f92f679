"""`close`, `reopen`, `note` and `set`: what an operator changes by hand. They work while the daemon runs."""

from __future__ import annotations

import getpass
import os
from typing import Annotated, Any

import typer

from mailbot.cli import common

Number = common.Number
Reason = Annotated[str, typer.Option("--reason", help="Why, for the log.")]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    app.command(epilog='Example: [bold]mailbot close 1042 --reason "solved by phone"[/bold]')(close)
    app.command(epilog="Example: [bold]mailbot reopen 1042[/bold]")(reopen)
    app.command(epilog='Example: [bold]mailbot note 1042 "Called Jane, firmware update tonight"[/bold]')(note)
    app.command("set", epilog="Example: [bold]mailbot set 1042 --tenant acme --severity high[/bold]")(set_)


def close(context: typer.Context, number: Number, reason: Reason = "") -> None:
    """Close a ticket. The customer is not told."""
    hand_over(context, {"verb": "close", "ticket": number, "reason": reason})


def reopen(context: typer.Context, number: Number, reason: Reason = "") -> None:
    """Open a closed ticket again."""
    hand_over(context, {"verb": "reopen", "ticket": number, "reason": reason})


def note(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(help="What to remember. The customer never sees it.")],
) -> None:
    """Add a note to a ticket."""
    hand_over(context, {"verb": "note", "ticket": number, "text": text})


def set_(
    context: typer.Context,
    number: Number,
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's id in rules.toml.")] = "",
    severity: Annotated[str, typer.Option("--severity", help="critical, high, normal or low.")] = "",
    *,
    spam: Annotated[bool, typer.Option("--spam", help="It is spam: close it and flag it.")] = False,
    reason: Reason = "",
) -> None:
    """Correct a ticket's tenant or severity, or call it spam; promised times follow."""
    from mailbot.rules import Severity

    common.one_of(Severity, severity)
    if not (tenant or severity or spam):
        common.error("say what to set: --tenant, --severity or --spam")
        raise typer.Exit(common.EX_USAGE)
    request = {"verb": "set", "ticket": number, "tenant": tenant, "severity": severity, "spam": spam, "reason": reason}
    hand_over(context, request)


def hand_over(context: typer.Context, request: dict[str, Any]) -> str:
    """Have the request done, by the daemon if one runs; print and return what was done."""
    from mailbot.service.folder import do, require_log

    place = common.place(context)
    if not place.log.exists():
        # Rules that are wrong may be why there is no log.
        place.rules()
        require_log(place.log)
    text = do(place.folder, {**request, "author": _author()}, common.now())
    common.out.print(common.escape(text))
    return text


def _author() -> str:
    """Return who asks, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In containers the user often has no name.
        return f"user {os.getuid()}"
