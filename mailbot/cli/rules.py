"""`rules`: whether your rules do what you want, on examples of your own and on the mail that you had."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.table import Table

from mailbot.cli import common, explaining, trying
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.deciding.examples import Confusion, Tested

_EX_MISSES = 1
_SHOWN = 68


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    rules = typer.Typer(
        cls=Group,
        help="Whether your rules do what you want: on examples of your own, and on the mail that you had.",
        no_args_is_help=True,
        epilog='mailbot rules test\nmailbot rules try "no dial tone" --severity critical',
    )
    add(
        rules,
        run_examples,
        "mailbot rules test  the examples in examples.toml",
        "mailbot rules test labelled.jsonl",
        "mailbot rules test --json | jq 'select(.right | not)'",
        name="test",
    )
    trying.register(rules)
    app.add_typer(rules, name="rules")


def run_examples(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Your examples (default: examples.toml in your folder)."),
    ] = None,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """Run examples of your own through the rules; show what is taken for what, and every miss with the words found.

    An example is a mail and the severity or the playbook that it is to get. With misses the exit code is 1, for a
    cron job or a pre-commit hook. A file that ends in .jsonl has one JSON object a line.
    """
    from mailbot.config.examples import EXAMPLES_FILE, load_examples
    from mailbot.deciding.examples import outcome

    place = common.place(context)
    path = file or place.folder / EXAMPLES_FILE
    if not path.is_file():
        _no_examples(path, EXAMPLES_FILE)
    rules = place.rules()
    examples = load_examples(path, [tenant.id for tenant in rules.tenant])
    if not examples:
        _no_examples(path, EXAMPLES_FILE)
    done = [(line, outcome(example, rules)) for line, example in examples]
    if as_json:
        for line, one in done:
            common.print_json(_row(line, one))
    else:
        _print(path, done)
    if not all(one.is_right for _, one in done):
        raise typer.Exit(_EX_MISSES)


def _no_examples(path: Path, name: str) -> NoReturn:
    from mailbot.config.examples import SAMPLE
    from mailbot.rules import Playbook, Severity
    from mailbot.rules.examples import NONE, NOT_CRITICAL

    what = "there are no examples in it" if path.is_file() else "no such file"
    common.error(f"{path}: {what}. Write mails of your customers into {name} in your folder, like these:")
    typer.echo(f"\n{SAMPLE}", err=True)
    common.say(
        f'Severities are {", ".join(Severity)} and "{NOT_CRITICAL}"; playbooks are {", ".join(Playbook)} and {NONE}. '
        "What is left out is not looked at.",
        to=common.err,
    )
    raise typer.Exit(common.EX_NOINPUT)


def _row(line: int, one: Tested) -> dict[str, Any]:
    return {
        "line": line,
        "subject": one.example.subject,
        "tenant": one.example.tenant,
        "wanted": {"severity": one.example.severity, "playbook": one.example.playbook},
        "found": {"severity": one.severity, "playbook": one.playbook},
        "right": one.is_right,
        **explaining.as_row(one.explanation),
    }


def _print(path: Path, done: list[tuple[int, Tested]]) -> None:
    from mailbot.deciding.examples import confusions
    from mailbot.rules import Playbook, Severity
    from mailbot.rules.examples import NONE, NOT_CRITICAL

    severities, playbooks = confusions(one for _, one in done)
    misses = [(line, one) for line, one in done if not one.is_right]
    for line, one in misses:
        _print_miss(path, line, one)
    if severities:
        _print_matrix("Severity", severities, [*map(str, Severity), NOT_CRITICAL])
    if playbooks:
        _print_matrix("Playbook", playbooks, [*map(str, Playbook), NONE])
    right = len(done) - len(misses)
    colour = "yellow" if misses else "green"
    common.say(
        f"[bold {colour}]{right} of {common.counted(len(done), 'example')} right ({_share(right, len(done))})[/]"
    )


def _print_miss(path: Path, line: int, one: Tested) -> None:
    wanted = [
        f"{wanted}, taken for [bold]{found}[/]"
        for wanted, found, right in (
            (one.example.severity, one.severity, one.severity_is_right),
            (one.example.playbook, one.playbook, one.playbook_is_right),
        )
        if not right
    ]
    common.say(f"[bold]{common.escape(f'{path.name}:{line}')}[/]  {'; '.join(wanted)}")
    common.say(common.escape(_in_short(one)), "  │ ")
    told = list(explaining.told(explaining.as_row(one.explanation)))
    for words in told or ["no rule found any of its words"]:
        common.say(f"[dim]{common.escape(words)}[/]", "    ")
    common.out.print()


def _in_short(one: Tested) -> str:
    """Return what an example says, on one line."""
    words = " ".join(f"{one.example.subject}\n{one.example.text}".split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN].rstrip()} …"


def _print_matrix(title: str, counted: Confusion, names: list[str]) -> None:
    """Print how often what was wanted, a row each, was taken for what, a column each."""
    from mailbot.deciding.examples import fits
    from mailbot.rules.examples import NOT_CRITICAL

    wanted = [name for name in names if any(name == row for row, _ in counted)]
    found = [name for name in names if any(name in pair for pair in counted) and name != NOT_CRITICAL]
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    table.add_column("wanted ↓ found →", no_wrap=True)
    for name in found:
        table.add_column(name.replace("_", "\n"), justify="right")
    for row in wanted:
        table.add_row(row, *(_cell(counted[row, name], right=fits(row, name)) for name in found))
    right = sum(count for (row, name), count in counted.items() if fits(row, name))
    common.say(f"[bold]{title}[/]: {right} of {counted.total()} right ({_share(right, counted.total())})")
    common.out.print(table)
    common.out.print()


def _cell(count: int, *, right: bool) -> str:
    if not count:
        return "[dim]·[/]"
    return f"[green]{count}[/]" if right else f"[bold red]{count}[/]"


def _share(right: int, of: int) -> str:
    """Return a share in per cent, all of them only where none is missing."""
    return f"{100 * right // of} %"
