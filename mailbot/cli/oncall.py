"""`oncall`: who of you is called at night, now and in the weeks to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from mailbot.cli import common
from mailbot.cli.help import add


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, oncall, "mailbot oncall", "mailbot oncall --weeks 12", "mailbot oncall --json")


def oncall(
    context: typer.Context,
    *,
    weeks: Annotated[int, typer.Option(min=1, max=104, metavar="N", help="How many weeks to show.")] = 4,
    as_json: common.JsonOption = False,
) -> None:
    """Show whose turn it is to be called out of hours, and whose it will be."""
    from mailbot.deciding.agents.team import name_of
    from mailbot.deciding.duetimes import rota_of
    from mailbot.service.folder import looking
    from mailbot.store import absences

    place, now = common.place(context), common.now()
    rules = place.rules()
    away: dict[str, Any] = {}
    if place.log.exists():
        with looking(place.folder) as conn:
            spans = absences.present(conn, rules.partner.id, now)
            away = {one.agent: one.until for one in spans if one.ticket is None}
    rota = rota_of(rules)
    services = [one.id for one in rules.agent if one.outsourced]
    turns = list(rota.turns(now, now + timedelta(weeks=weeks)))
    if as_json:
        for turn in turns:
            common.print_json(
                {
                    "agent": turn.who,
                    "start_at": turn.start_at,
                    "end_at": turn.end_at,
                    "exceptional": turn.exceptional,
                    "outsourced": turn.who in services,
                    "ahead": [one for one in rota.ahead if not turn.exceptional],
                    "away_until": away.get(turn.who) if turn.start_at <= now else None,
                }
            )
        return
    if rota.ahead:
        first = " and ".join(name_of(one, rules) for one in rota.ahead)
        behind = "whoever's turn it is" if turns else "all of you who are not away"
        common.say(common.escape(f"Called first each night: {first}, an answering service; then {behind}.\n"))
    if rota.ahead and not turns:
        return
    if not turns:
        common.say(
            common.escape(
                "Nobody takes turns: an outage out of hours reaches everybody who is not away.\n"
                'Next: write rota = ["dana", "bob"] under [oncall] in rules.toml.'
            )
        )
        return
    shown = []
    for turn in turns:
        until = away.get(turn.who) if turn.start_at <= now else None
        remarks = ["now"] if turn.start_at <= now else []
        remarks += ["an exception"] if turn.exceptional else []
        remarks += ["an answering service"] if turn.who in services else []
        remarks += [f"away until {common.local(until, rules)}: the next is called"] if until else []
        shown.append(
            (
                common.local(turn.start_at, rules),
                common.local(turn.end_at, rules),
                common.escape(name_of(turn.who, rules)),
                common.escape(", ".join(remarks)),
            )
        )
    common.print_table(("FROM", "UNTIL", "WHO", "…"), shown)
