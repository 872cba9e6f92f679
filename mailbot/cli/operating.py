"""`unit` and `status`: mailbot as a service, and how it is."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli import common

User = Annotated[
    str, typer.Option("--user", metavar="NAME", help="Who the service runs as (default: the owner of the folder).")
]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    app.command(epilog="Example: [bold]mailbot -C /srv/desk unit > /etc/systemd/system/mailbot.service[/bold]")(unit)


def unit(context: typer.Context, user: User = "") -> None:
    """Print a systemd unit for this folder: with a watchdog, and shut into what it needs."""
    from mailbot.service import unit as units

    place = common.place(context)
    service = units.Service(place.folder, user or _owner(place.folder), _program())
    # Not print_table or rich: it is written into a file as it is.
    sys.stdout.write(units.unit(service, place.rules()))


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return getpass.getuser()


def _program() -> Path:
    """Return the program beside this Python; systemd needs its whole path, and no link into somebody's home."""
    program = Path(sys.executable).absolute().parent / "mailbot"
    return program if program.exists() else Path(sys.argv[0]).absolute()
