"""What `--help` prints: a page for people, made of what Typer knows of each command.

A command is described by its docstring and its options' help, and has examples: a line each, two
spaces before what it does. Groups list their commands in sections by use. What takes a value names it
(`--tenant ID`); Python's types are nobody's concern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

import typer
from rich.console import Group as Renderables
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from mailbot.cli import common
from mailbot.cli.bymail import said_by_mail

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_WIDEST = 100
_INDENT = (0, 0, 0, 2)


def add(
    app: typer.Typer, function: Callable[..., None], *examples: str, name: str | None = None
) -> Callable[..., None]:
    """Add a command with its examples, "mailbot show 1042  what it does"."""
    return app.command(name, cls=Command, epilog="\n".join(examples))(function)


class Command(TyperCommand):
    """A command whose usage line and help are ours."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read what was typed; say of -C where it stands."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "option_name", "") in {"-C", "--folder"}:
                _, _, words = ctx.command_path.partition(" ")
                common.error(f"-C stands before the command: mailbot -C DIR {words}")
                raise typer.Exit(common.EX_USAGE) from error
            raise

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return what stands after the command in its usage line."""
        return ["[OPTIONS]", *(_metavar(one) for one in _arguments(self, ctx))]

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - Click's signature
        """Print the page."""
        _print_page(self, ctx)


class Group(TyperGroup):
    """A group of commands; `sections` has them by use, in the order in which they are listed."""

    sections: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def collect_usage_pieces(self, ctx: Context) -> list[str]:  # noqa: ARG002 - Click's signature
        """Return what stands after the group in its usage line."""
        return ["[OPTIONS]", "COMMAND …"]

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - Click's signature
        """Print the page."""
        _print_page(self, ctx, self.sections or {"Commands": tuple(self.commands)})


def _print_page(
    command: TyperCommand | TyperGroup, ctx: Context, sections: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    program, _, words = ctx.command_path.partition(" ")
    where = " [-C DIR]" if words else ""
    usage = " ".join((program + where, words, *command.collect_usage_pieces(ctx))).replace("  ", " ")
    parts: list[RenderableType] = [Text.assemble(("Usage: ", "bold"), usage)]
    parts += [Padding(_prose(command.help or ""), _INDENT)]
    arguments = [(_metavar(one), one.help or "") for one in _arguments(command, ctx)]
    parts += _section("Arguments", arguments)
    for title, names in (sections or {}).items():
        inner = getattr(command, "commands", {})
        parts += _section(title, [(name, _in_short(inner[name].help or "")) for name in names])
    options = [(_option(one), _explained(one)) for one in _options(command, ctx)]
    parts += _section("Options", options)
    parts += [Text.assemble(("\nBy mail", "bold"), f"  {', '.join(said)}")] if (said := [*said_by_mail(words)]) else []
    parts += _examples(command.epilog or "")
    common.out.print(Renderables(*parts), width=min(common.out.width, _WIDEST))


def _arguments(command: TyperCommand | TyperGroup, ctx: Context) -> list[TyperArgument]:
    return [one for one in command.get_params(ctx) if isinstance(one, TyperArgument) and not one.hidden]


def _options(command: TyperCommand | TyperGroup, ctx: Context) -> list[TyperOption]:
    return [one for one in command.get_params(ctx) if isinstance(one, TyperOption) and not one.hidden]


def _metavar(parameter: TyperArgument | TyperOption) -> str:
    """Return what stands for the value, "" for a switch."""
    return "" if isinstance(parameter, TyperOption) and parameter.is_flag else parameter.metavar or ""


def _option(option: TyperOption) -> str:
    names = ", ".join(sorted((*option.opts, *option.secondary_opts), key=len))
    return f"{names} {_metavar(option)}".rstrip()


def _explained(option: TyperOption) -> str:
    return f"{option.help} (required)" if option.required else option.help or ""


def _prose(text: str) -> Text:
    """Return paragraphs that wrap where the terminal ends, whatever lines they were written in."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    return Text("\n" + "\n\n".join(filter(None, paragraphs)))


def _in_short(text: str) -> str:
    """Return the first sentence, up to a semicolon."""
    return re.split(r"[.;](?:\s|$)", " ".join(text.split()), maxsplit=1)[0]


def _section(title: str, rows: Iterable[tuple[str, str]]) -> list[RenderableType]:
    listed = Table.grid(padding=(0, 2))
    listed.add_column(no_wrap=True, style="cyan")
    listed.add_column()
    for name, what in rows:
        listed.add_row(name, what)
    return [Text(f"\n{title}", style="bold"), Padding(listed, _INDENT)] if listed.row_count else []


def _examples(lines: str) -> list[RenderableType]:
    if not lines:
        return []
    shown = []
    for line in lines.splitlines():
        typed, _, what = line.partition("  ")
        shown.append(Text.assemble((typed, "cyan"), (f"  {what}" if what else "", "dim")))
    return [Text("\nExamples", style="bold"), *(Padding(one, _INDENT) for one in shown)]
