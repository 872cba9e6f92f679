"""The log, opened for a command that only reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from mailbot.cli import common
from mailbot.errors import quoted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mailbot.rules import Rules

LogOption = Annotated[Path | None, typer.Option("--log", metavar="FILE.db", help="Another log, such as a replay's.")]
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class View:
    """An open log, whose it is, and the operator's rules for zones and names."""

    conn: Connection
    partner: str
    rules: Rules


@contextmanager
def the_log(context: typer.Context, log: Path | None) -> Iterator[View]:
    """Yield the log of the folder, or another one, to be read."""
    from mailbot.service.folder import looking
    from mailbot.store import queries

    place = common.place(context)
    rules = place.rules()
    with looking(place.folder, log) as conn:
        partners = queries.partners(conn)
        ours = rules.partner.id
        yield View(conn, partners[0] if len(partners) == 1 else ours, rules)


def no_tenant(wanted: str, rules: Rules) -> NoReturn:
    """Leave with EX_USAGE, naming the tenant that may have been meant."""
    from mailbot.rules.nearest import did_you_mean

    known = sorted(tenant.id for tenant in rules.tenant)
    more = f", and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    named = ", ".join(known[:_MOST_NAMED]) + more if known else "none"
    hint = did_you_mean(wanted, known) or f"there are: {named}"
    common.error(f"there is no tenant {quoted(wanted)} in rules.toml; {hint}")
    raise typer.Exit(common.EX_USAGE)


def name_of(agent: str, rules: Rules) -> str:
    """Return the name of the agent of that id; the id itself of one who is listed no longer."""
    from mailbot.deciding.agents import team

    return team.name_of(agent, rules)
