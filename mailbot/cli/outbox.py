"""`outbox`: the mail that waits, left, or could not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common
from mailbot.cli.changes import hand_over
from mailbot.cli.contract import mail_object

if TYPE_CHECKING:
    from mailbot.store.views import MailView

Mails = Annotated[list[int] | None, typer.Argument(metavar="[ID...]", help="Numbers from `mailbot outbox list`.")]
All = Annotated[bool, typer.Option("--all", help="Every held mail.")]
_COLOURS = {"sent": "green", "failed": "red", "unclear": "red", "held": "yellow", "deferred": "yellow"}


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    outbox = typer.Typer(help="The mail that waits, left, or could not leave.", no_args_is_help=True)
    outbox.command("list", epilog="Example: [bold]mailbot outbox list --state held[/bold]")(list_)
    outbox.command("show", epilog="Example: [bold]mailbot outbox show 17 > mail.eml[/bold]")(show)
    outbox.command(epilog="Example: [bold]mailbot outbox release 17 18[/bold] or [bold]--all[/bold]")(release)
    outbox.command(epilog="Example: [bold]mailbot outbox drop 17[/bold]")(drop)
    outbox.command(epilog="Example: [bold]mailbot outbox retry 17[/bold]")(retry)
    app.add_typer(outbox, name="outbox")


def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option("--state", help="Only these: held, queued, sent, failed, unclear …")] = "",
    *,
    as_json: common.JsonOption = False,
) -> None:
    """List outgoing mails, newest first."""
    from mailbot.service.folder import looking
    from mailbot.store import queries
    from mailbot.store.outbox import OutboxState

    place = common.place(context)
    if state and state not in set(OutboxState):
        common.error(f"{state!r} is no state; there are: {', '.join(OutboxState)}")
        raise typer.Exit(common.EX_USAGE)
    rules = place.rules()
    with looking(place.folder) as conn:
        states = (OutboxState(state),) if state else ()
        mails = queries.outbox(conn, rules.partner.id, states=states, limit=200)
    if as_json:
        for mail in mails:
            common.print_json(mail_object(mail))
        return
    if not mails:
        common.out.print("No outgoing mail." if not state else f"No outgoing mail is {state}.")
        return
    columns = ("ID", "TICKET", "STATE", "KIND", "TO…", "THE RELAY SAID…")
    common.print_table(columns, [_row(mail) for mail in mails])


def _row(mail: MailView) -> tuple[str, ...]:
    colour = _COLOURS.get(str(mail.state), "default")
    return (
        str(mail.id),
        f"#{mail.ticket_id}" if mail.ticket_id else "",
        f"[{colour}]{mail.state}[/]",
        mail.kind,
        common.escape(mail.recipient),
        common.escape(mail.reply_text or ""),
    )


def show(context: typer.Context, number: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)]) -> None:
    """Print one outgoing mail as it leaves, octet for octet."""
    import sys

    from mailbot.service.folder import looking
    from mailbot.store import queries

    place = common.place(context)
    with looking(place.folder) as conn:
        if queries.mail(conn, place.rules().partner.id, number) is None:
            common.error(f"there is no outgoing mail {number}; see `mailbot outbox list`")
            raise typer.Exit(common.EX_DATAERR)
        sys.stdout.buffer.write(queries.mail_bytes(conn, number))


def release(context: typer.Context, mails: Mails = None, *, every: All = False) -> None:
    """Let held mails leave."""
    _some(mails, every)
    hand_over(context, {"verb": "release", "mails": mails or [], "all": every})


def drop(context: typer.Context, mails: Mails = None, *, every: All = False) -> None:
    """Take mails out of the outbox for good; they stay in the log as dropped."""
    _some(mails, every)
    hand_over(context, {"verb": "drop", "mails": mails or [], "all": every})


def retry(context: typer.Context, mails: Mails = None) -> None:
    """Send mails after all that failed, were too late, or may not have arrived; nothing stops them as late any more."""
    _some(mails, False)
    hand_over(context, {"verb": "retry", "mails": mails or []})


def _some(mails: list[int] | None, every: bool) -> None:
    if not mails and not every:
        common.error("say which mails: their numbers from `mailbot outbox list`, or --all")
        raise typer.Exit(common.EX_USAGE)
