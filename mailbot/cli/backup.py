"""`backup` and `restore`: the desk in one file, and the desk from one file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from mailbot.cli import common
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.service.archive import Manifest
    from mailbot.service.backup import Say

_MEGABYTE = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, backup, "mailbot -C /srv/desk backup /mnt/backups --keep 14")
    add(app, restore, "mailbot -C /srv/desk restore /mnt/backups/mailbot-backup-20261125-030000Z.tar.zst")


def backup(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A folder, or a new file's name.")],
    *,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, metavar="N", help="Keep the N newest in the folder.")
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Back the desk up into one file: log, token keys, rules and templates. It works while the daemon runs.

    Whoever reads the file reads your customers' mail: it is for your eyes only (0600). Encrypt it before it leaves
    the machine.
    """
    from mailbot.service.backup import LOG_MEMBER, make
    from mailbot.service.folder import NoLogError

    folder = common.place(context).folder
    if not (folder / LOG_MEMBER).is_file():
        raise NoLogError(f"there is no ticket log at {folder / LOG_MEMBER}: name your folder with -C DIR")
    with _progress() as say:
        made = make(folder, destination, common.now(), keep=keep or 0, say=say)
    if as_json:
        common.print_json(
            {"path": str(made.path), "octets": made.octets, "removed": [str(path) for path in made.removed]}
            | _object(made.manifest)
        )
        return
    common.out.print(f"[green]Backed up and read back:[/] {common.escape(str(made.path))}", soft_wrap=True)
    common.out.print(f"{_counts(made.manifest)}; {max(0.1, made.octets / _MEGABYTE):.1f} MB, {_files(made.manifest)}.")
    if made.removed:
        common.out.print(f"{len(made.removed)} older removed; {keep} are kept.")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup made by `mailbot backup`.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of what is in the folder, which is moved aside.")
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Bring a backup back. Nothing that waited in it leaves by itself: you say what is still to be sent.

    Answers to mail that came before the restore wait, too: it may have been answered already. So do those, except
    emergency answers, to what lies in a mailbox at the first look and is dated less than ten minutes later, as clocks
    differ. Other new mail is answered as usual.
    """
    from mailbot.service.restore import restore as restore_into

    if not file.is_file():
        common.error(f"{file}: no such file")
        raise typer.Exit(common.EX_NOINPUT)
    folder = common.place(context).folder
    with _progress() as say:
        done = restore_into(file, folder, common.now(), replace=replace, say=say)
    held, unclear, untold = (sum(getattr(one, name) for one in done.settled) for name in ("held", "unclear", "untold"))
    if as_json:
        aside = str(done.aside) if done.aside else None
        counts = {"held": held, "unclear": unclear, "untold": untold}
        common.print_json({"folder": str(folder), "aside": aside} | counts | _object(done.manifest))
        return
    made_at = f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    common.say(f"[green]Restored[/] {common.escape(str(folder))} as it was on {made_at}: {_counts(done.manifest)}.")
    if done.aside:
        common.say(f"What was there before lies in {common.escape(str(done.aside))}.")
    if held or unclear:
        common.say(
            f"{held} outgoing mails wait for you and {unclear} may have left since: look at "
            f"{common.command('outbox list')}, then [bold]release[/bold], [bold]retry[/bold] or [bold]drop[/bold] them."
        )
    common.say(
        f"Start it: {common.command('run')}. Mail that came since is taken in from the mailbox. Answers to what came "
        f"before now wait for you, as they may have been sent already: {common.command('outbox list --state held')}. "
        "So do those to mail of the first ten minutes that lies in a mailbox at the first look, as clocks differ: "
        "emergency answers to it leave. If mailbot moves handled mail (move_to), first move back "
        f"what came after {made_at}."
    )


def _counts(manifest: Manifest) -> str:
    names = {"tickets": "ticket", "entries": "entry", "messages": "raw"}
    return ", ".join(f"{name} {manifest.rows.get(table, 0)}" for name, table in names.items())


def _files(manifest: Manifest) -> str:
    number = len(manifest.members)
    return f"{number} files" if number > 1 else "the log alone"


def _object(manifest: Manifest) -> dict[str, object]:
    return {"made_at": manifest.made_at, "form": manifest.form, "rows": dict(manifest.rows)}


@contextlib.contextmanager
def _progress() -> Iterator[Say]:
    """Show each step with a bar of its own, on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=common.err, transient=True, disable=not common.err.is_terminal) as progress:
        bars: dict[str, TaskID] = {}

        def say(step: str, done: int, of: int) -> None:
            if step not in bars:
                bars[step] = progress.add_task(step, total=None)
            progress.update(bars[step], completed=done, total=of or 1)

        yield say
