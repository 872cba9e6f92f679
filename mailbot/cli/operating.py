"""`unit` and `status`: mailbot as a service, and how it is."""

from __future__ import annotations

import getpass
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from mailbot.cli import common
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.service.status import PartStatus

User = Annotated[
    str, typer.Option("--user", metavar="NAME", help="Who the service runs as (default: the owner of the folder).")
]


_WIDEST_PART = 28


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(
        app,
        status,
        "mailbot -C /srv/desk status  exit code 69: something is red, else 0",
        "mailbot -C /srv/desk status --json",
    )
    add(app, unit, "mailbot -C /srv/desk unit --user mailbot > /etc/systemd/system/mailbot.service")


def status(context: typer.Context, *, as_json: common.JsonOption = False) -> None:
    """Show how the desk is, part by part, and what to do where something is wrong; it need not run."""
    from mailbot.service.seeing import look_at
    from mailbot.service.status import judge

    folder = common.place(context).folder
    if not folder.is_dir():
        common.error(f"{folder}: there is no such folder; name the folder with your rules.toml")
        raise typer.Exit(common.EX_CONFIG)
    statuses = judge(look_at(folder, common.now()))
    if as_json:
        for one in statuses:
            common.print_json(common.row(one))
    else:
        print_board(statuses)
    if any(one.light == "red" for one in statuses):
        raise typer.Exit(common.EX_UNAVAILABLE)


def print_board(statuses: Sequence[PartStatus], to: Console = common.out) -> None:
    """Print each part's light, name and state, then what to do; sentences are broken, names and commands never."""
    wide = min(_WIDEST_PART, max(len(one.part) for one in statuses))
    for one in statuses:
        light = one.light.upper() if one.light == "red" else one.light
        lead = Text.assemble((f"{light:<6} ", one.light), (f"{one.part:<{wide}}", "bold"), "  ")
        common.say(common.escape(common.runnable(one.text)), lead, to=to)
        for wait in one.waits:
            common.say(common.escape(wait), f"{'':<{wide + 7}}· ", to=to)
        if one.next_step:
            common.say(common.escape(common.runnable(one.next_step)), f"{'':<{wide + 7}}→ ", to=to)


def unit(context: typer.Context, user: User = "") -> None:
    """Print a systemd unit for this folder: with a watchdog, and shut into what it needs."""
    from mailbot.service import unit as units

    place = common.place(context)
    service = units.Service(place.folder, user or _owner(place.folder), _program())
    if doubt := _doubt(service.user):
        common.say(f"[yellow]warning:[/] {common.escape(doubt)}", to=common.err)
    # Not print_table or rich: it is written into a file as it is.
    sys.stdout.write(units.unit(service, place.rules()))


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return getpass.getuser()


def _doubt(user: str) -> str:
    """Return what speaks against running the service as that user, "" for nothing."""
    if user == "root":
        return (
            "the service would run as root, who may do more than a desk needs: make a user for it "
            "(useradd --system mailbot), give it the folder (chown -R mailbot), and print the unit anew"
        )
    try:
        pwd.getpwnam(user)
    except KeyError:
        return f"there is no user {user} on this machine: make one (useradd --system {user}) before you start the unit"
    return ""


def _program() -> Path:
    """Return the program beside this Python; systemd needs its whole path, and no link into somebody's home."""
    program = Path(sys.executable).absolute().parent / "mailbot"
    return program if program.exists() else Path(sys.argv[0]).absolute()
