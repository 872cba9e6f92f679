"""`check`, `run`, `reload`, `ingest` and `replay`: the desk itself, and mail that comes in by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from mailbot.cli import common
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.errors import Problem
    from mailbot.intake.files import StoredMessage
    from mailbot.rules import Rules
    from mailbot.service.ingest import Ingest
    from mailbot.store.queries import Tally

Day = Annotated[
    date | None,
    typer.Option("--since", parser=common.past_day, metavar="DAY", help="Take mail since this day as history."),
]

_NOBODY_ANSWERED = (
    "No customer would be answered. They are when they are listed under [[tenant]], or when your mail server vouches "
    "for their address: set provider or authserv_ids of your [[mailbox]]."
)


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(
        app,
        check,
        "mailbot check  looks at your files and your disk only",
        "mailbot check --connect  signs in everywhere and mails itself",
    )
    add(app, holidays, "mailbot holidays", "mailbot holidays --year 2027")
    add(app, run, "mailbot run", "mailbot -C /srv/desk run --since 2026-11-01")
    add(app, reload, "mailbot -C /srv/desk reload")
    add(
        app,
        ingest,
        "mailbot ingest inbox/ --answer",
        "mailbot -C /srv/desk ingest - --answer --sender jane@acme.example --recipient support@example.com < mail.eml",
    )
    add(app, replay, "mailbot replay last-month.mbox --rules rules.toml --into try.db --sent try/")


def check(
    context: typer.Context,
    *,
    connect: Annotated[bool, typer.Option("--connect", help="Sign in everywhere and mail ourselves.")] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Check everything that `run` would need; name all problems at once, each with its next step."""
    from mailbot.config import inspect
    from mailbot.render import Templates
    from mailbot.service import footing

    folder = common.place(context).folder
    rules, problems = inspect(folder, running=True, thorough=True)
    found = list(problems)
    found += Templates(folder / "templates").check()
    found += footing.findings(folder, rules) if folder.is_dir() else ()
    sound = rules is not None and not any(not problem.warning for problem in found)
    if sound and connect and rules is not None:
        found += _connected(folder, rules)
    if as_json:
        for problem in found:
            common.print_json(common.row(problem))
    else:
        common.complain(found)
    errors = sum(not problem.warning for problem in found)
    if errors:
        common.err.print(f"[bold red]{errors} to mend[/] before mailbot can run.")
        raise typer.Exit(common.EX_CONFIG)
    if not as_json:
        from mailbot.service.answering import at_length

        for line in at_length(rules) if rules else ():
            common.say(common.escape(line), to=common.err)
        more = "" if connect else f" Next: {common.command('check --connect')}, then {common.command('run')}."
        common.say(f"[green]The configuration is sound{_of_table(folder)}.[/]{more}", to=common.err)


def _of_table(folder: Path) -> str:
    """Return what is said of tenants.csv, "" where there is none."""
    from mailbot.config import TENANTS_FILE
    from mailbot.config.table import read_table

    rows = len(read_table(folder / TENANTS_FILE).rows)
    return f", with {rows} {'tenant' if rows == 1 else 'tenants'} of {TENANTS_FILE}" if rows else ""


def _connected(folder: Path, rules: Rules) -> tuple[Problem, ...]:
    """Sign in everywhere; say what works as it is found out, and at a terminal what is waited for meanwhile."""
    from mailbot.service.selftest import connect

    def say(text: str) -> None:
        common.say(common.escape(text), to=common.err)

    if not common.err.is_terminal:
        return connect(folder, rules, common.now, say)
    with common.err.status("connecting") as shown:
        return connect(
            folder, rules, common.now, say, under_way=lambda text: shown.update(f"[dim]{common.escape(text)}[/]")
        )


def holidays(
    context: typer.Context,
    year: Annotated[
        int | None,
        typer.Option(
            "--year", min=1900, max=2200, metavar="YEAR", help="Which year, such as 2027 (default: this one)."
        ),
    ] = None,
) -> None:
    """List the days on which support is closed, and agents with hours of their own do not work.

    These are public holidays of each region, and your own.
    """
    from mailbot.clocks.hours import holidays_of

    rules = common.place(context).rules()
    wanted = year or common.now().astimezone(rules.partner.zone).year
    calendars = [(rules.partner.brand or "Your own hours", rules.partner.hours)]
    calendars += [(tenant.name, tenant.hours) for tenant in rules.tenant if tenant.hours is not None]
    calendars += [(agent.name, agent.hours) for agent in rules.agent if agent.hours is not None]
    for name, hours in calendars:
        days = holidays_of(hours, wanted) | {day: "closed" for day in hours.closed if day.year == wanted}
        common.out.print(f"[bold]{common.escape(name)}[/]  {common.escape(hours.region or 'no region')}")
        for day, what in sorted(days.items()):
            common.out.print(f"  {day:%a %d %b %Y}  {common.escape(what)}")
        if not days:
            common.say(common.escape(_without_holidays(hours.region, wanted)), "  ")


def _without_holidays(region: str, year: int) -> str:
    """Return what is said of a calendar with no closed day in a year."""
    if region:
        return f"no public holiday of {region} is known or kept in {year}"
    return "open on every day of its week: name a region in [partner.hours] for public holidays"


class LogForm(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


def run(
    context: typer.Context,
    since: Day = None,
    log: Annotated[
        LogForm | None,
        typer.Option("--log", metavar="text|json", help="The log's form (default: text on a terminal, else json)."),
    ] = None,
) -> None:
    """Run the desk until it is told to stop (Ctrl-C or SIGTERM)."""
    from mailbot.store.lock import FolderLock

    place = common.place(context)
    if place.data.is_dir():
        # Who starts a second one by mistake is told at once: what follows takes a second or two.
        with FolderLock(place.data):
            pass
    from mailbot.config import inspect
    from mailbot.errors import ConfigError
    from mailbot.service import logs
    from mailbot.service.daemon import Daemon, serve
    from mailbot.service.metrics import Metrics

    rules, problems = inspect(place.folder, running=True)
    if rules is None:
        raise ConfigError(problems)
    common.complain(problems)
    metrics = Metrics()
    observer = metrics.observe if rules.operate.http else None
    with logs.in_background(people=None if log is None else log is LogForm.TEXT, observer=observer):
        serve(Daemon(place.folder, rules, since=since, metrics=metrics))


def reload(context: typer.Context) -> None:
    """Put changed rules and templates in force now. The desk notices them by itself within seconds, too."""
    from mailbot.service.control import ask

    folder = common.place(context).folder
    answered = ask(folder / "data", {"verb": "reload"})
    common.say(common.escape(common.runnable(answered or "no desk runs here; the next `mailbot run` reads them")))


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help=".eml files, mboxes, Maildirs, or - for standard input.")
    ],
    sender: Annotated[
        str | None, typer.Option("--sender", metavar="ADDRESS", help="The reverse-path, from an MTA's pipe.")
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", metavar="ADDRESS", help="A forward-path, from an MTA's pipe; may be repeated."),
    ] = None,
    *,
    answer: Annotated[bool, typer.Option("--answer", help="Answer and tell as if it had just come in.")] = False,
) -> None:
    """Take messages in by hand. Nobody is answered or told unless you say --answer."""
    from mailbot.errors import ConfigError
    from mailbot.service.ingest import Ingest

    envelope = (sender, tuple(recipient or ()))
    piped = paths == [Path("-")]
    try:
        with Ingest(common.place(context).folder, common.now, envelope, answer=answer) as taking:
            refused = [stored.path for stored in _stored(paths) if not _taken(taking, stored, quiet=piped)]
    except typer.Exit:
        raise
    except Exception as error:
        if not piped:
            raise
        # The MTA that pipes to us keeps the message and tries again; for any other code it would send it back.
        if isinstance(error, ConfigError):
            common.complain(error.problems)
        else:
            common.error(str(error) or type(error).__name__)
        raise typer.Exit(common.EX_TEMPFAIL) from error
    if refused:
        raise typer.Exit(common.EX_DATAERR)


def _taken(taking: Ingest, stored: StoredMessage, *, quiet: bool) -> bool:
    """Take one message in and say what became of it; return False for one that cannot ever be taken."""
    from mailbot.desk.operations import RefusedError

    try:
        result = taking.take(stored)
    except RefusedError as error:
        common.error(f"{stored.path}: {error}")
        return False
    if not quiet:
        common.out.print(f"{common.escape(stored.path)}  {common.escape(result)}", soft_wrap=True)
    return True


def _stored(paths: list[Path]) -> Iterable[StoredMessage]:
    from mailbot.intake.files import StoredMessage, messages_in

    if paths == [Path("-")]:
        return [StoredMessage("-", sys.stdin.buffer.read(), None, None)]
    for path in paths:
        if not path.exists():
            common.error(f"{path}: no such file or folder")
            raise typer.Exit(common.EX_NOINPUT)
    return messages_in(paths)


def replay(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="Past mail: .eml files, mboxes, Maildirs, folders.")
    ],
    rules: Annotated[Path, typer.Option("--rules", metavar="FILE", help="The rules.toml to try.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="FILE.db", help="The new log; look into it with `tickets --log`.")
    ],
    sent: Annotated[Path, typer.Option("--sent", metavar="DIR", help="An empty folder for the mails it would send.")],
    mailbox: common.MailboxOption = "",
) -> None:
    """Show what mailbot would have done with past mail. Nothing is really sent."""
    from mailbot.config import OPERATOR_FILE, load
    from mailbot.deciding.effects import AnswerKind
    from mailbot.render import Templates
    from mailbot.service.replay import Replay, SentFolder

    for source in sources:
        if not source.exists():
            common.error(f"{source}: no such file or folder")
            raise typer.Exit(common.EX_NOINPUT)
    loaded = load(rules)
    through = common.mailbox(mailbox, loaded)
    folder = SentFolder(sent)
    past = Replay(loaded, Templates(rules.resolve().parent / "templates"), into, folder, through)
    done = 0
    with Progress(console=common.err, transient=True, disable=not common.err.is_terminal) as progress:
        bar = progress.add_task("Replaying", total=None)
        for path in past.run(sources):
            done += 1
            progress.update(bar, advance=1, description=f"Replaying {Path(path).name[-40:]}")
    tally = _print_outcome(done, into, sent, loaded.partner.id)
    if tally.tickets and tally.mails.keys().isdisjoint(AnswerKind):
        common.say(common.escape(_NOBODY_ANSWERED))
    elif loaded.answers.outgoing == "hold":
        common.say('In a run the answers among them would wait for you: your rules say outgoing = "hold".')
    desk = rules.parent if rules.name == OPERATOR_FILE else None
    common.say(f"Look at them: {common.command(f'tickets --log {common.typeable(into)}', folder=desk)}")


def _print_outcome(messages: int, into: Path, sent: Path, partner: str) -> Tally:
    """Say what became of past mail: tickets by severity, mails by kind."""
    from mailbot.rules import Severity
    from mailbot.service.folder import looking
    from mailbot.store import queries

    with looking(into.parent, into) as conn:
        tally = queries.tally(conn, partner)
    severities = _counted({name: tally.tickets[name] for name in Severity if name in tally.tickets})
    common.say(common.escape(f"Messages replayed into {into}: {messages}"))
    common.say(f"Tickets opened: {sum(tally.tickets.values())}{severities}")
    common.say(common.escape(f"Mails written to {sent}: {sum(tally.mails.values())}{_counted(tally.mails)}"))
    return tally


def _counted(counts: Mapping[str, int]) -> str:
    """Return " (1 critical, 3 normal)", "" for nothing."""
    return f" ({', '.join(f'{count} {name}' for name, count in counts.items())})" if counts else ""
