"""`demo`: mailbot at work on a made-up mailbox; needs no account, network or server."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mailbot.cli import common
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.demo import Demo, Happening, Listed, Ordered, Scene

Into = Annotated[
    Path | None,
    typer.Option("--into", metavar="DIR", help="The folder to make (default: demo); an earlier demo is replaced."),
]

_FOLDER = "demo"
_COLOURS = {"critical": "bold red", "high": "yellow", "normal": "", "low": "dim"}
_ANSWERS = {
    "acknowledgement": "receipt",
    "after-hours": "after hours",
    "emergency": "emergency",
}
_EXPLAINED = ("hotel-phones-down", "forged", "vet-down", "bounce")
_CUSTOMER_WIDTH = 19
_RECIPIENT_WIDTH = 26


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, demo, "mailbot demo", "mailbot -C demo tickets  then look into it", "mailbot -C demo why 1001")


def demo(context: typer.Context, into: Into = None) -> None:
    """Play a night and a day at a made-up phone company, and show what mailbot made of its mail."""
    from mailbot.demo import Happening

    played = _prepared(common.place(context).folder, into)
    _say_first(played)
    happened: list[Happening] = []
    for scene, in_scene in played.play():
        _show_scene(scene, in_scene)
        happened += [one for one in in_scene if isinstance(one, Happening)]
    _show_tickets(played)
    _show_left_alone(happened)
    _show_reasons(happened)
    _show_mails(played, played.mails())
    _show_next(played, happened)


def _prepared(here: Path, into: Path | None) -> Demo:
    """Return the demo in its folder; one in the temporary folder where ./demo cannot be written."""
    from mailbot.demo import Demo

    folder = into.resolve() if into else here / _FOLDER
    try:
        try:
            return Demo(folder)
        except OSError:
            if into or folder.exists():
                raise
        folder = Path(tempfile.mkdtemp(prefix="mailbot-demo-"))
        return Demo(folder)
    except OSError as error:
        common.error(f"{folder} cannot be written: {error.strerror or error}; name another folder with --into DIR")
        raise typer.Exit(common.EX_UNAVAILABLE) from error


def _shown(folder: Path) -> str:
    """Return the folder as it is shortest to type from here."""
    try:
        return os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else str(folder)
    except OSError:
        return str(folder)


def _heading(text: str, aside: str = "") -> None:
    common.out.print()
    common.out.print(f"[bold]{common.escape(text)}[/]" + (f"  [dim]{common.escape(aside)}[/]" if aside else ""))


def _indented(shown: Table | Text, by: int = 2) -> None:
    common.out.print(Padding(shown, (0, 0, 0, by)))


def _columns(*names: str, wide: int, narrow: Mapping[int, int] | None = None) -> Table:
    """Return a table whose column `wide` takes what the others leave; `narrow` bounds the width of columns."""
    made = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for position, name in enumerate(names):
        ratio = 1 if position == wide else None
        most = (narrow or {}).get(position)
        made.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio, max_width=most)
    return made


def _say_first(played: Demo) -> None:
    partner = played.rules.partner
    common.out.print(
        f"[bold]{common.escape(partner.brand)}[/], a made-up phone company with {len(played.rules.tenant)} customers. "
        "The mail, the customers and the clock are made up; the rules, the mail door, the ticket log, "
        "the decisions and the answers are the real thing."
    )


def _show_scene(scene: Scene, happened: tuple[Happening | Ordered, ...]) -> None:
    from mailbot.demo import Ordered

    _heading(scene.title)
    shown = _columns("TIME", "FROM", "SUBJECT", "BECOMES", "ANSWER", wide=2)
    orders = [one for one in happened if isinstance(one, Ordered)]
    for one in happened:
        if isinstance(one, Ordered):
            continue
        sender = Text(one.sample.who)
        becomes, answer = _becomes(one), _answer(one)
        colour = "bold red" if answer == "emergency" else "dim" if answer == "none" else ""
        shown.add_row(f"{one.sample.at:%H:%M}", sender, Text(one.subject), becomes, Text(answer, style=colour))
    _indented(shown)
    for order in orders:
        _indented(Text(f"At {order.at:%H:%M} an agent types: mailbot {order.typed}"))
        _indented(Text(order.answer, style="dim"), by=4)


def _becomes(happening: Happening) -> Text:
    """Return in two words what became of a mail."""
    from mailbot.deciding.effects import Duplicate, EntryKind, FileEvent, JoinTicket, OpenTicket, Quarantine, Rise

    processed = happening.processed
    rise = next((effect for effect in processed.decision.consequences if isinstance(effect, Rise)), None)
    match processed.decision.place:
        case OpenTicket(severity=severity):
            return Text.assemble(f"#{processed.ticket} ", (str(severity), _COLOURS[severity]))
        case JoinTicket(ticket=ticket) if rise:
            return Text.assemble(f"#{ticket} → ", (str(rise.severity), _COLOURS[rise.severity]))
        case JoinTicket(ticket=ticket, kind=EntryKind.BOUNCE | EntryKind.AUTOMATIC):
            return Text(f"noted on #{ticket}")
        case JoinTicket(ticket=ticket):
            return Text(f"joins #{ticket}")
        case FileEvent():
            return Text("filed")
        case Quarantine():
            return Text("quarantined")
        case Duplicate():
            return Text("known already")


def _answer(happening: Happening) -> str:
    """Return the kind of answer that a mail drew, "none" for none."""
    from mailbot.deciding.effects import Answer

    answers = (one for one in happening.processed.decision.consequences if isinstance(one, Answer))
    return next(("known" if one.known else _ANSWERS[one.kind] for one in answers), "none")


def _show_tickets(played: Demo) -> None:
    _heading("The ticket log", "answer by: New York time")
    shown = _columns("#", "SEVERITY", "CUSTOMER", "STATE", "SUBJECT", "ANSWER BY", wide=4, narrow={2: _CUSTOMER_WIDTH})
    for ticket in played.tickets():
        tenant = played.rules.tenant_by_id(ticket.tenant)
        due = ticket.response_due_at
        by = due.astimezone(played.zone).strftime("%a %H:%M") if due else "best effort"
        shown.add_row(
            str(ticket.id),
            Text(str(ticket.severity), style=_COLOURS[ticket.severity]),
            Text(tenant.name if tenant else ticket.requester),
            str(ticket.state),
            Text.assemble((f"{common.beware(ticket.flags)} ".lstrip(), "yellow"), ticket.subject),
            "answered" if ticket.first_response_at else by,
        )
    _indented(shown)
    if legend := common.bewares(flag for ticket in played.tickets() for flag in ticket.flags):
        _indented(Text(legend))
    topics: dict[str, str] = {}
    for ticket in played.tickets():
        if ticket.playbook:
            topics[ticket.playbook] = f"{topics.get(ticket.playbook, ticket.playbook.replace('_', ' '))} #{ticket.id}"
    _indented(Text(f"Common issues recognised, with the steps to check: {', '.join(topics.values())}."))


def _show_left_alone(happened: list[Happening]) -> None:
    _heading("Not answered, on purpose")
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column()
    for one in happened:
        if why := one.why_no_answer:
            who = one.sample.who
            shown.add_row(Text(who[0].upper() + who[1:]), Text(why))
    _indented(shown)


def _show_reasons(happened: list[Happening]) -> None:
    _heading("Why", "every decision keeps its reasons")
    explained = {one.sample.file: one for one in reversed(happened)}
    for file in _EXPLAINED:
        one = explained[file]
        head = f"{one.sample.at:%a %H:%M} {one.sample.who}: {one.subject}"
        _indented(Text(head, no_wrap=True, overflow="ellipsis"))
        for reason in one.processed.decision.reasons:
            shown = Table.grid(padding=(0, 1))
            shown.add_row(Text("·", style="dim"), Text(reason.text))
            _indented(shown, by=4)


def _show_mails(played: Demo, mails: list[Listed]) -> None:
    from mailbot.deciding.tenants import listed_tenants

    _heading("Mail that left")
    shown = _columns("TIME", "TO", "SUBJECT", wide=2, narrow={1: _RECIPIENT_WIDTH})
    for mail in mails:
        if mail.for_team:
            continue
        colour = "bold red" if mail.kind == "emergency" else ""
        tenants = listed_tenants(mail.sent.recipient, played.rules)
        recipient = tenants[0].name if tenants else mail.sent.recipient
        shown.add_row(f"{mail.at:%a %H:%M}", Text(recipient), Text(mail.sent.subject, style=colour))
        if mail.returned:
            shown.add_row("", "", Text(f"came back: {mail.returned}", style="yellow"))
    _indented(shown)
    told = [mail for mail in mails if mail.kind == "notice"]
    addresses = " and ".join(sorted({mail.sent.recipient for mail in told}))
    common.out.print(f"  and {len(told)} notices to the team at {addresses}")
    for mail in mails:
        if mail.kind == "digest":
            common.out.print(f"  and on {mail.at:%a %H:%M} how the week was: {common.escape(mail.sent.subject)}")


def _show_next(played: Demo, happened: list[Happening]) -> None:
    from mailbot.demo.sent import INDEX
    from mailbot.demo.stage import RULES, SENT, SITE

    shown = Path(_shown(played.folder))
    folder = common.typeable(shown)
    ticket = next(one.processed.ticket for one in happened if one.sample.file == "vet-down")
    _heading("Look further")
    steps = (
        (common.escape(f"{folder}/{SENT}/{INDEX}"), "every mail as its recipient sees it: open it in a browser"),
        (
            common.escape(f"{folder}/{SITE}/index.html"),
            "the help pages and the status page, as your web server would show them",
        ),
        (common.command("tickets", folder=shown), "the log"),
        (common.command(f"why {ticket}", folder=shown), "all that happened with a ticket, and why"),
        (common.escape(f"{folder}/{RULES}"), "a complete configuration to start from"),
    )
    for what, text in steps:
        common.out.print(f"  [bold]{what}[/]", soft_wrap=True)
        common.out.print(f"      {common.escape(text)}", soft_wrap=True)
