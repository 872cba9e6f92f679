"""What the commands share: the operator's folder, exit codes, tables, JSON lines, complaints."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot.errors import quoted

if TYPE_CHECKING:
    from mailbot.errors import Problem
    from mailbot.rules import Rules

# The exit codes of sysexits(3).
EX_USAGE = 64
EX_DATAERR = 65
EX_NOINPUT = 66
EX_UNAVAILABLE = 69
EX_CANTCREAT = 73
EX_IOERR = 74
EX_TEMPFAIL = 75
EX_CONFIG = 78

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

FOLDER_VARIABLE = "MAILBOT_FOLDER"
"""The variable that names the folder where -C does not."""
_AT = ContextVar("at", default="")

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "-C",
        "--folder",
        metavar="DIR",
        envvar=FOLDER_VARIABLE,
        help=f"Your folder with rules.toml (default: ${FOLDER_VARIABLE}, else here).",
    ),
]


def number(text: str) -> int:
    """Return the number of "1042" or "#1042", as the tables print it."""
    digits = text.removeprefix("#")
    found = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not 1 <= found < 2**63:
        raise typer.BadParameter(f"{quoted(text)} is no number; write it like 1042")
    return found


# Of columns that give way, one that is wider than this takes no more from the others.
_ENOUGH = 40
_NO_END, _NARROWEST = 10_000, 20
_LATELY, _YEAR = timedelta(days=5), timedelta(days=300)
_BEWARE = {
    "authentication-failed": ("!", "may be forged"),
    "unverified": ("?", "sender not verified"),
    "encrypted": ("*", "encrypted, cannot be read here"),
}
"""What people must know of a ticket before they read on: a mark in lists, and what it means."""

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
MailboxOption = Annotated[
    str, typer.Option("--mailbox", metavar="ID", help="As if it came through this mailbox (default: the first).")
]


Number = Annotated[int, typer.Argument(metavar="N", parser=number, help="The ticket's number.")]
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Place:
    """The operator's folder and what lies where in it."""

    folder: Path

    @classmethod
    def of(cls, folder: Path | None) -> Place:
        """Return the place for `-C`; the current folder for None."""
        return cls((folder or Path()).resolve())

    @property
    def data(self) -> Path:
        """Where the log, the key, the lock and the control socket live."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The ticket log."""
        return self.data / "tickets.db"

    def rules(self) -> Rules:
        """Return the folder's rules over the shipped ones; raise ConfigError with every problem."""
        from mailbot.config import load

        return load(self.folder)


def place(context: typer.Context) -> Place:
    """Return the place that the global options chose."""
    found = context.obj
    assert isinstance(found, Place)  # noqa: S101 - set by the callback before any command runs
    return found


def typed_with(folder: Path | None) -> None:
    """Have commands that are printed name this folder as -C named it; where the variable did, they need no name."""
    named = folder is not None and str(folder) != os.environ.get(FOLDER_VARIABLE)
    _AT.set(_option(folder) if named else "")


def typeable(path: Path) -> str:
    """Return a path as it is short to type: from the home folder on, quoted where a shell would take it apart."""
    with suppress(RuntimeError, ValueError):
        return f"~/{shlex.quote(str(path.relative_to(Path.home())))}"
    return shlex.quote(str(path))


def command(words: str, *, folder: Path | None = None) -> str:
    """Return a command as it is to be typed, as markup; for the folder that was chosen unless another is named."""
    return f"[bold]{escape(f'{_program()}{_option(folder) or _AT.get()} {words}')}[/]"


def runnable(text: str) -> str:
    """Return a sentence whose commands, "`mailbot tickets`", can be typed as they stand."""
    return re.sub(r"`mailbot (?=[a-z])", lambda _: f"`{_program()}{_AT.get()} ", text)


def _program() -> str:
    """Return the name of the program, its path where no PATH leads to it."""
    started_as = Path(sys.argv[0])
    found = started_as.name != "mailbot" or shutil.which("mailbot")
    return "mailbot" if found else typeable(started_as)


def _option(folder: Path | None) -> str:
    return "" if folder is None else f" -C {typeable(folder)}"


def now() -> datetime:
    """Return the present instant, aware UTC."""
    return datetime.now(UTC)


def past_day(text: str) -> date:
    """Return a day as it was typed, "2026-11-23"; refuse what is none, and what nobody has seen yet."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{quoted(text)} is no day; write it like {now().date().isoformat()}") from None
    # Somewhere on earth tomorrow has begun.
    if day > now().date() + timedelta(days=1):
        raise typer.BadParameter(f"{day.isoformat()} is still to come")
    return day


def error(text: str) -> None:
    """Print one complaint on standard error."""
    say(f"[bold red]mailbot:[/] {escape(runnable(text))}", to=err)


def complain(problems: Iterable[Problem]) -> None:
    """Print every problem on standard error, warnings apart from errors, each with its next step."""
    for problem in problems:
        colour, label = ("yellow", "warning") if problem.warning else ("red", "error")
        where = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        key = f"{problem.key}: " if problem.key else ""
        text = f"{escape(where)}: [bold {colour}]{label}[/]: {escape(key)}{escape(runnable(problem.text))}"
        say(text, to=err)
        if problem.hint:
            say(f"[dim]{escape(runnable(problem.hint))}[/]", "    → ", to=err)


_NO_BREAK_SPACES = str.maketrans(dict.fromkeys("\xa0\u2007\u202f", " "))


def escape(text: str) -> str:
    """Return text that the terminal shows literally: no markup, no control or bidi characters, plain spaces."""
    from rich.markup import escape as escape_markup

    spaced = text.translate(_NO_BREAK_SPACES)
    shown = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in spaced)
    body = shown.rstrip("\\")
    # A backslash before a tag must be doubled, elsewhere not: a tag without effect makes both the same.
    last = "\\\\" * (len(shown) - len(body)) + "[none][/none]" if body != shown else ""
    return escape_markup(body) + last


def one_of(kind: type[Choice], word: str) -> Choice | None:
    """Return the choice of that name, None for ""; leave with EX_USAGE naming the choices for any other word."""
    if word and word not in set(kind):
        from mailbot.rules.nearest import did_you_mean

        near = did_you_mean(word, kind)
        error(f"{quoted(word)} is none of: {', '.join(kind)}" + (f"; {near}" if near else ""))
        raise typer.Exit(EX_USAGE)
    return kind(word) if word else None


def mailbox(wanted: str, rules: Rules) -> str:
    """Return the id of the mailbox that stored mail is taken to come from: the wanted one, for "" the first.

    Where no mailbox is configured it is "", the listener. Leave with EX_USAGE for an id that is not there.
    """
    ids = [one.id for one in rules.mailbox]
    if wanted and wanted not in ids:
        error(f"there is no mailbox {quoted(wanted)} in rules.toml; there are: {', '.join(ids) or 'none'}")
        raise typer.Exit(EX_USAGE)
    return wanted or next(iter(ids), "")


def exit_code(error: Exception) -> int:
    """Return the exit code for a failure that was raised on purpose; whatever may pass is EX_TEMPFAIL."""
    from mailbot.errors import ConfigError, NotFound, StoreBroken, StoreBusy, StoreDamaged

    if isinstance(error, StoreBusy):
        # Said at once: the rest takes a second to load.
        return EX_TEMPFAIL
    from mailbot.desk.operations import RefusedError
    from mailbot.service.archive import BadBackup
    from mailbot.service.folder import NoLogError
    from mailbot.service.replay import ReplayError
    from mailbot.service.restore import InTheWayError

    if isinstance(error, ConfigError):
        return EX_CONFIG
    if isinstance(error, ReplayError):
        return EX_CANTCREAT
    if isinstance(error, (RefusedError, NotFound, StoreDamaged, BadBackup, InTheWayError)):
        return EX_DATAERR
    if isinstance(error, StoreBroken):
        return EX_IOERR
    return EX_NOINPUT if isinstance(error, NoLogError) else EX_TEMPFAIL


def print_json(row: Mapping[str, Any]) -> None:
    """Print one object on one line; instants become ISO 8601 in UTC.

    What a terminal could obey or hide, control and bidirectional characters, is escaped as JSON allows.
    """
    text = json.dumps(row, ensure_ascii=False, default=_plain)
    sys.stdout.write("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a quiet table that fits the terminal: columns named with a trailing "…" give way, others do not.

    What another program reads is not cut. Cells are markup; what senders wrote must have gone through `escape`.
    """
    cells = [[Text.from_markup(cell, emoji=False) for cell in row] for row in rows]
    names = [column.rstrip("…") for column in columns]
    widths = [max(len(name), *(row[at].cell_len for row in cells)) for at, name in enumerate(names)]
    # Rich heeds ratios and least widths only in a table that is to fill the terminal.
    whole = sum(widths) + 2 * (len(widths) - 1)
    too_wide = whole > width()
    shown = Table(box=None, pad_edge=False, header_style="bold dim", expand=too_wide)
    for column, name, widest in zip(columns, names, widths, strict=True):
        shown.add_column(
            name,
            no_wrap=True,
            overflow="ellipsis",
            min_width=len(name) if name != column else widest,
            max_width=widest,
            ratio=min(widest, _ENOUGH) if name != column else None,
        )
    for row in cells:
        shown.add_row(*row)
    place = out if too_wide or whole <= out.width else Console(width=whole, highlight=False, emoji=False)
    place.print(shown)


def width(console: Console = out) -> int:
    """Return how wide lines may be: as the terminal, or as COLUMNS says; without end where a program reads them."""
    return console.width if console.is_terminal or os.environ.get("COLUMNS") else _NO_END


def say(markup: str, lead: str | Text = "", *, to: Console = out) -> None:
    """Print markup behind its lead; the lead is dim unless it is styled.

    At a terminal lines end between words and go on where the first one began. A path or a command that is wider
    than the terminal stays whole, so that it can be copied.
    """
    text = Text.from_markup(markup, emoji=False)
    wide = max(width(to) - len(lead), _NARROWEST)
    parts = [part for line in text.split(allow_blank=True) for part in line.divide(_ends(line, wide))]
    _print_behind(parts, lead, " " * len(lead), to)


def _ends(line: Text, wide: int) -> list[int]:
    """Return where to break a line so that it fits, between words and never within a command, in `…` or bold."""
    commands = [found.span() for found in re.finditer(r"`[^`]+`", line.plain)]
    commands += [(one.start, one.end) for one in line.spans if one.style == "bold"]
    spaces = (found.end() for found in re.finditer(r"\s+", line.plain))
    words = [0, *(at for at in spaces if not any(first < at < last for first, last in commands)), len(line)]
    ends = [0]
    for begin, end in pairwise(words):
        if begin > ends[-1] and cell_len(line.plain[ends[-1] : end].rstrip()) > wide:
            ends.append(begin)
    return ends[1:]


def counted(number: int, what: str) -> str:
    """Return "1 ticket" or "2,000 tickets"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def print_quoted(text: str) -> None:
    """Print text of a mail behind a bar; a line that is too long for the terminal goes on behind the bar."""
    bar = "  │ "
    for line in text.splitlines() or [""]:
        shown = Text.from_markup(escape(line), emoji=False)
        _print_behind(shown.wrap(out, max(width() - len(bar), _NARROWEST)) or [shown], bar, bar, out)


def _print_behind(parts: Iterable[Text], first: str | Text, further: str, to: Console) -> None:
    lead = first if isinstance(first, Text) else Text(first, "dim")
    for part in parts:
        part.rstrip()
        to.print(Text.assemble(lead, part), soft_wrap=True)
        lead = Text(further, "dim")


def beware(flags: Sequence[str]) -> str:
    """Return the mark of what people must know of a ticket, "" for nothing; `bewares` explains it."""
    return "".join(mark for flag, (mark, _) in _BEWARE.items() if flag in flags)


def bewares(flags: Iterable[str]) -> str:
    """Return what the marks beside tickets with these flags mean, "" where there is none."""
    here = set(flags)
    return " · ".join(f"{mark} {what}" for flag, (mark, what) in _BEWARE.items() if flag in here)


def local(at: datetime | None, rules: Rules) -> str:
    """Return an instant in the partner's zone, short, "" for None."""
    return at.astimezone(rules.partner.zone).strftime("%a %d %b %H:%M") if at else ""


def soon(at: datetime, rules: Rules) -> str:
    """Return an instant in the partner's zone for a narrow column: with its weekday where that says enough."""
    form = "%a %H:%M" if abs(at - now()) < _LATELY else "%d %b %H:%M" if abs(at - now()) < _YEAR else "%d %b %Y"
    return at.astimezone(rules.partner.zone).strftime(form)


def row(value: object) -> dict[str, Any]:
    """Return a frozen dataclass as a plain mapping, ready for `print_json`."""
    from dataclasses import asdict

    return asdict(value)  # type: ignore[call-overload,no-any-return]  # any dataclass instance
