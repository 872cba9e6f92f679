"""`close`, `reopen`, `note` and `set`: what an operator changes by hand. They work while the daemon runs."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mailbot.cli import common
from mailbot.cli.help import add

Number = common.Number
Numbers = Annotated[list[int], typer.Argument(metavar="N...", parser=common.number, help="The tickets' numbers.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the log.")]

Yes = Annotated[bool, typer.Option("--yes", help="Also where another customer, or an outsider, is concerned.")]
As = Annotated[str, typer.Option("--as", metavar="AGENT", help="In whose name: an agent's id in rules.toml.")]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, close, 'mailbot close 1042 --reason "solved by phone"', "mailbot close 1042 1043 1044")
    add(app, reopen, "mailbot reopen 1042")
    add(app, note, 'mailbot note 1042 "Called Jane, firmware update tonight"')
    add(
        app,
        set_,
        "mailbot set 1042 --severity high",
        "mailbot set 1042 --tenant acme",
        "mailbot set 1042 --playbook port_in",
        "mailbot set 1042 --spam",
        name="set",
    )


def close(context: typer.Context, numbers: Numbers, reason: Reason = "", agent: As = "") -> None:
    """Close tickets. The customers are not told."""
    who = {"reason": reason, "agent": agent}
    hand_over_each(context, [{"verb": "close", "ticket": number, **who} for number in numbers])


def reopen(context: typer.Context, numbers: Numbers, reason: Reason = "", agent: As = "") -> None:
    """Open closed tickets again; one that waits for something waits no longer."""
    who = {"reason": reason, "agent": agent}
    hand_over_each(context, [{"verb": "reopen", "ticket": number, **who} for number in numbers])


def note(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to remember. The customer never sees it.")],
    agent: As = "",
) -> None:
    """Add a note to a ticket."""
    hand_over(context, {"verb": "note", "ticket": number, "text": text, "agent": agent})


def set_(
    context: typer.Context,
    number: Number,
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="The tenant's id in rules.toml.")] = "",
    severity: Annotated[str, typer.Option("--severity", metavar="LEVEL", help="critical, high, normal or low.")] = "",
    playbook: Annotated[str, typer.Option("--playbook", metavar="ISSUE", help="Which common issue it is.")] = "",
    *,
    spam: Annotated[bool, typer.Option("--spam", help="It is spam: close it and flag it.")] = False,
    confirmed: Yes = False,
    reason: Reason = "",
) -> None:
    """Correct a ticket's tenant, severity or common issue, or call it spam; promised times follow."""
    from mailbot.rules import Playbook, Severity

    common.one_of(Severity, severity)
    common.one_of(Playbook, playbook)
    if not (tenant or severity or playbook or spam):
        common.error("say what to set: --tenant, --severity, --playbook or --spam")
        raise typer.Exit(common.EX_USAGE)
    wanted = {"tenant": tenant, "severity": severity, "playbook": playbook, "spam": spam}
    hand_over(context, {"verb": "set", "ticket": number, **wanted, "confirmed": confirmed, "reason": reason})


def hand_over(context: typer.Context, request: dict[str, Any]) -> str:
    """Have the request done, by the daemon if one runs; print and return what was done."""
    from mailbot.service.folder import do, require_log

    place = common.place(context)
    if not place.log.exists():
        # Rules that are wrong may be why there is no log.
        place.rules()
        require_log(place.log)
    text = do(place.folder, {**request, "author": author()}, common.now())
    common.say(common.escape(common.runnable(text)))
    return text


def hand_over_each(context: typer.Context, requests: Sequence[dict[str, Any]]) -> None:
    """Have every request done; one that is refused keeps none of the others from it."""
    from mailbot.desk.operations import RefusedError
    from mailbot.errors import NotFound

    refused: Exception | None = None
    for request in requests:
        try:
            hand_over(context, request)
        except (RefusedError, NotFound) as error:
            refused = error
            common.error(str(error))
    if refused is not None:
        raise typer.Exit(common.exit_code(refused))


def agreed(question: str) -> bool:
    """Return what somebody answers; leave with EX_USAGE where nobody does."""
    try:
        return typer.confirm(question)
    except typer.Abort as error:
        common.error("nobody answers here; add --yes")
        raise typer.Exit(common.EX_USAGE) from error


def author() -> str:
    """Return who asks, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In containers the user often has no name.
        return f"user {os.getuid()}"
