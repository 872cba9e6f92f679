"""The commands: parse arguments, call the floor that knows, print, choose the exit code.

Each family of commands is one file. Heavy imports happen inside the commands, so that
`mailbot --help` answers at once. Exit codes are those of sysexits(3), see `mailbot.cli.common`.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailbot import __version__
from mailbot.cli import (
    agents,
    articles,
    backup,
    changes,
    common,
    demo,
    figures,
    incidents,
    looking,
    oncall,
    operating,
    orders,
    outbox,
    policy,
    publishing,
    quarantine,
    reading,
    rules,
    senders,
    service,
    tickets,
)
from mailbot.cli.help import Group
from mailbot.errors import ConfigError, MailbotError


class _Mailbot(Group):
    """The program itself."""

    sections = {  # noqa: RUF012 - Typer makes one of these
        "To begin": ("demo", "check", "run"),
        "Every day": (
            "status",
            "tickets",
            "show",
            "why",
            "metrics",
            "digest",
            "articles",
            "senders",
            "agents",
            "oncall",
            "incident",
            "policy",
            "site",
            "outbox",
            "quarantine",
        ),
        "A ticket by hand": (
            "close",
            "reopen",
            "note",
            "set",
            "take",
            "ok",
            "assign",
            "escalate",
            "tenant",
            "severity",
            "playbook",
            "called",
            "wait",
            "vendor",
            "merge",
            "for",
            "new",
            "allow",
            "spam",
            "mute",
            "away",
            "undo",
        ),
        "Rules": ("rules", "reload", "holidays", "classify", "parse", "replay"),
        "The desk as a service": ("unit", "backup", "restore", "ingest"),
    }


app = typer.Typer(
    name="mailbot",
    cls=_Mailbot,
    help="An email-first support desk: it reads the support mailbox, keeps the tickets, answers, and tells you.\n\n"
    "What agents write into their mail (#take, #show) stands in docs/agents.md, beside what does the same here; a "
    "command's own --help says how it is written there.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="mailbot demo  an invented weekend, without an account\n"
    "mailbot -C ~/desk check  what is to be mended in that folder\n"
    "mailbot COMMAND --help  more about a command",
)

# What Typer exits with.
_WRONG_CALL = 2


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailbot {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    folder: common.FolderOption = None,
    version: Annotated[  # noqa: ARG001 - its callback has done it
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    from mailbot.service import logs

    logs.set_up(quiet=True)
    common.typed_with(folder)
    context.obj = common.Place.of(folder)


service.register(app)
tickets.register(app)
looking.register(app)
figures.register(app)
articles.register(app)
changes.register(app)
orders.register(app)
outbox.register(app)
quarantine.register(app)
senders.register(app)
agents.register(app)
oncall.register(app)
incidents.register(app)
policy.register(app)
publishing.register(app)
operating.register(app)
backup.register(app)
reading.register(app)
rules.register(app)
demo.register(app)


def main() -> None:
    """Run the command line; every failure raised on purpose becomes plain words and an exit code."""
    stdout = sys.stdout
    try:
        app()
    except ConfigError as error:
        common.complain(error.problems)
        sys.exit(common.EX_CONFIG)
    except (MailbotError, OSError) as error:
        common.error(str(error))
        sys.exit(common.exit_code(error))
    except SystemExit as end:
        # Typer replaces a standard output whose reader has gone, as in `mailbot tickets | head`: no failure.
        code = 0 if sys.stdout is not stdout else end.code
        sys.exit(common.EX_USAGE if code == _WRONG_CALL else code)
