"""`agents`: who of you is who, and from which addresses they write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli import common
from mailbot.cli.changes import hand_over
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.rules import Hours, Rules


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    agents = typer.Typer(
        cls=Group,
        help="Who of you answers customers, from which addresses, and how each of them became theirs.",
        invoke_without_command=True,
        epilog="mailbot agents\nmailbot agents --json\nmailbot agents forget dana@private.example",
    )
    agents.callback()(list_)
    add(agents, forget, "mailbot agents forget dana@private.example")
    app.add_typer(agents, name="agents")


def list_(context: typer.Context, *, as_json: common.JsonOption = False) -> None:
    """List the agents' addresses."""
    if context.invoked_subcommand is not None:
        return
    from mailbot.deciding.agents.team import agent_by_id, why_never_his
    from mailbot.deciding.tiers import tier_of
    from mailbot.service.folder import looking
    from mailbot.store import absences, team

    place = common.place(context)
    rules = place.rules()
    learned: tuple[team.Learned, ...] = ()
    away: dict[str, datetime] = {}
    if place.log.exists():
        with looking(place.folder) as conn:
            learned = team.learned(conn, rules.partner.id)
            spans = absences.present(conn, rules.partner.id, common.now())
            away = {one.agent: one.until for one in reversed(spans) if one.ticket is None}
    rows: list[dict[str, Any]] = [
        {"agent": agent.id, "name": agent.name, "address": address, "source": "rules.toml", "at": None, "unused": ""}
        for agent in rules.agent
        for address in agent.addresses
    ]
    for one in learned:
        agent = agent_by_id(one.agent, rules)
        unused = why_never_his(one.address, agent, rules) if agent else "no agent has that id any more"
        name = agent.name if agent else one.agent
        rows.append(
            {"agent": one.agent, "name": name, "address": one.address, "source": "mail", "at": one.at, "unused": unused}
        )
    services = {agent.id for agent in rules.agent if agent.outsourced}
    for row in rows:
        row["tier"] = tier_of(str(row["agent"]), rules)
        row["away_until"] = away.get(str(row["agent"]))
        row["outsourced"] = row["agent"] in services
    if as_json:
        for row in rows:
            common.print_json(row)
        return
    if not rows:
        common.say(common.escape("No agents are listed. [[agent]] in rules.toml lists who of you answers customers."))
        return
    shown = [
        (
            common.escape(str(row["agent"])),
            common.escape(str(row["name"]) + _kind(row, rules)) + _away(row, rules),
            common.escape(str(row["address"])),
            "rules.toml" if row["at"] is None else f"added by mail, {common.local(row['at'], rules)}",
            f"[yellow]not used: {common.escape(str(row['unused']))}[/]" if row["unused"] else "",
        )
        for row in rows
    ]
    common.print_table(("ID", "NAME", "ADDRESS…", "FROM", "…"), shown)
    for agent in rules.agent:
        if agent.hours is not None:
            common.say(common.escape(f"{agent.name}'s own hours keep {_closed(agent.hours)}: mailbot holidays"))


def _kind(row: Mapping[str, Any], rules: Rules) -> str:
    """Return what sort of agent it is, behind the name."""
    from mailbot.deciding.tiers import are_tiers

    if row["outsourced"]:
        return ", an answering service"
    return f", tier {row['tier']}" if are_tiers(rules) else ""


def _closed(hours: Hours) -> str:
    """Return on which days nobody who keeps these hours works."""
    number = len(hours.closed)
    days = f"{number} closed {'day' if number == 1 else 'days'}" if number else ""
    kept = [f"the holidays of {hours.region}" if hours.region else "", days]
    return " and ".join(filter(None, kept)) or "no holidays"


def _away(row: Mapping[str, Any], rules: Rules) -> str:
    until = row["away_until"]
    return f" [yellow](away until {common.local(until, rules)})[/]" if until else ""


def forget(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address that was added by mail.")],
) -> None:
    """Count an address that was added by mail as theirs no longer. Those in rules.toml are changed there."""
    hand_over(context, {"verb": "forget-address", "address": address})
