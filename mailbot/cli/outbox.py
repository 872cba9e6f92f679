"""`outbox`: the mail that waits, left, or could not leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common
from mailbot.cli.changes import hand_over
from mailbot.cli.contract import mail_object
from mailbot.cli.help import Group, add
from mailbot.cli.opening import LogOption
from mailbot.errors import quoted

if TYPE_CHECKING:
    from mailbot.desk.acts.releasing import Past
    from mailbot.rules import Rules
    from mailbot.store.views import MailView

Mails = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID...]", parser=common.number, help="Numbers from `mailbot outbox list`."),
]
All = Annotated[bool, typer.Option("--all", help="Every held mail.")]
_COLOURS = {"sent": "green", "failed": "red", "unclear": "red", "held": "yellow", "deferred": "yellow"}


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    outbox = typer.Typer(
        cls=Group,
        help="The mail that waits, left, or could not leave.",
        no_args_is_help=True,
        epilog="mailbot outbox list --state held\nmailbot outbox show 17\nmailbot outbox release 17",
    )
    add(outbox, list_, "mailbot outbox list", "mailbot outbox list --state held", name="list")
    add(
        outbox,
        show,
        "mailbot outbox show 17",
        "mailbot outbox show 17 --html mail.html",
        "mailbot outbox show 17 --raw > mail.eml",
    )
    add(outbox, release, "mailbot outbox release 17 18", "mailbot outbox release --all")
    add(outbox, drop, "mailbot outbox drop 17", "mailbot outbox drop --all")
    add(outbox, retry, "mailbot outbox retry 17")
    app.add_typer(outbox, name="outbox")


def list_(
    context: typer.Context,
    state: Annotated[
        str, typer.Option("--state", metavar="STATE", help="Only these: held, queued, sent, failed, unclear …")
    ] = "",
    log: LogOption = None,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """List outgoing mails, newest first."""
    from mailbot.service.folder import looking
    from mailbot.store import queries
    from mailbot.store.outbox import OutboxState

    place = common.place(context)
    if state and state not in set(OutboxState):
        common.error(f"{quoted(state)} is no state; there are: {', '.join(OutboxState)}")
        raise typer.Exit(common.EX_USAGE)
    rules = place.rules()
    with looking(place.folder, log) as conn:
        states = (OutboxState(state),) if state else ()
        mails = queries.outbox(conn, rules.partner.id, states=states, limit=200)
    if as_json:
        for mail in mails:
            common.print_json(mail_object(mail))
        return
    if not mails:
        common.out.print("No outgoing mail." if not state else f"No outgoing mail is {state}.")
        return
    columns = ("ID", "TICKET", "STATE", "KIND", "WRITTEN", "TO…")
    rows = [_row(mail, rules) for mail in mails]
    if any(said for *_, said in rows):
        common.print_table((*columns, "WHY…"), rows)
    else:
        common.print_table(columns, [row[:-1] for row in rows])


def _row(mail: MailView, rules: Rules) -> tuple[str, ...]:
    colour = _COLOURS.get(str(mail.state), "default")
    return (
        str(mail.id),
        f"#{mail.ticket_id}" if mail.ticket_id else "",
        f"[{colour}]{mail.state}[/]",
        mail.kind,
        common.soon(mail.created_at, rules),
        common.escape(mail.recipient),
        # Of a mail that left it is no news; `outbox show` has it.
        common.escape(mail.reply_text or "") if mail.state != "sent" else "",
    )


def show(
    context: typer.Context,
    number: Annotated[
        int, typer.Argument(metavar="ID", parser=common.number, help="A number from `mailbot outbox list`.")
    ],
    log: LogOption = None,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="The mail as it leaves, octet for octet.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write its HTML part there, for a browser.")
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Show one outgoing mail: to whom, what became of it, and what it says."""
    from mailbot.desk.acts import releasing
    from mailbot.service.folder import looking
    from mailbot.store import queries

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder, log) as conn:
        mail = queries.mail(conn, rules.partner.id, number)
        if mail is None:
            common.error(f"there is no outgoing mail {number}; see `mailbot outbox list`")
            raise typer.Exit(common.EX_DATAERR)
        octets = queries.mail_bytes(conn, number)
        past = releasing.past(conn, rules, mail, common.now())
    if html is not None:
        html.write_text(_part(octets, "html"), encoding="utf-8")
        common.out.print(f"{common.escape(str(html))} is written: open it in a browser", soft_wrap=True)
    elif raw:
        sys.stdout.buffer.write(octets)
    elif as_json:
        common.print_json(mail_object(mail))
    else:
        _print_mail(mail, octets, rules)
        for line in _next_steps(mail, past):
            common.say(line)


def _print_mail(mail: MailView, octets: bytes, rules: Rules) -> None:
    subject = "" if _is_page(mail) else str(message_from_bytes(octets, policy=default)["Subject"])
    colour = _COLOURS.get(str(mail.state), "default")
    about = f" · ticket #{mail.ticket_id}" if mail.ticket_id else ""
    bounced = mail.bounced or {}
    facts = {
        "To": mail.recipient,
        "Subject": subject,
        "Written": common.local(mail.created_at, rules),
        "Next try": common.local(mail.next_attempt_at, rules),
        "Expires": common.local(mail.expires_at, rules) if mail.done_at is None else "",
        "Done": common.local(mail.done_at, rules),
        "Pager said" if _is_page(mail) else "Relay said": f"{mail.reply_code or ''} {mail.reply_text}".strip(),
        "Came back": " ".join(filter(None, (bounced.get("status"), bounced.get("diagnostic")))),
    }
    common.say(f"[bold]Mail {mail.id}[/]  {mail.kind}{about} · [{colour}]{mail.state}[/]")
    for name, value in facts.items():
        if value:
            common.say(common.escape(value), f"  {name:10} ")
    common.out.print()
    common.print_quoted(_page(octets) if _is_page(mail) else _part(octets, "plain"))


def _is_page(mail: MailView) -> bool:
    from mailbot.store.outbox import Audience

    return mail.audience == Audience.PAGER


def _page(octets: bytes) -> str:
    """Return what a page says."""
    from mailbot.deciding.paging import Page

    try:
        return Page.from_json(octets).text
    except ValueError:
        return ""


def _part(octets: bytes, kind: str) -> str:
    """Return the "plain" or "html" part of a mail of ours as text, "" where it has none."""
    body = message_from_bytes(octets, policy=default).get_body((kind,))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""


def _next_steps(mail: MailView, past: Past | None) -> Iterator[str]:
    """Yield what can be done with a mail that waits for people, or did not leave."""
    if _is_page(mail):
        return
    let_go = {"held": "release", "failed": "retry", "unclear": "retry", "expired": "retry"}.get(mail.state)
    if let_go is None:
        return
    drop = common.command(f"outbox drop {mail.id}")
    if past and past.pointless:
        yield f"\nWhat it says is past, and #{past.ticket.id} is closed: {drop}"
        return
    if past:
        yield "\nWhat it says is past: when it leaves, it is written anew for that moment."
    also = f" · {drop}" if mail.state != "expired" else ""
    yield ("" if past else "\n") + f"Next: {common.command(f'outbox {let_go} {mail.id}')}{also}"


def release(context: typer.Context, mails: Mails = None, *, every: All = False) -> None:
    """Let held mails leave. An answer whose promised time is past is written anew for the present."""
    _some(mails, every)
    hand_over(context, {"verb": "release", "mails": mails or [], "all": every})


def drop(context: typer.Context, mails: Mails = None, *, every: All = False) -> None:
    """Take mails out of the outbox for good; they stay in the log as dropped."""
    _some(mails, every)
    hand_over(context, {"verb": "drop", "mails": mails or [], "all": every})


def retry(context: typer.Context, mails: Mails = None) -> None:
    """Send mails after all that failed, were too late, or may not have arrived; answers as they are right now."""
    _some(mails, False)
    hand_over(context, {"verb": "retry", "mails": mails or []})


def _some(mails: list[int] | None, every: bool) -> None:
    if not mails and not every:
        common.error("say which mails: their numbers from `mailbot outbox list`, or --all")
        raise typer.Exit(common.EX_USAGE)
