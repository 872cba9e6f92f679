"""`oncall`: who of you is called at night, now and in the weeks to come, by which ways, and whether these work."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli import common
from mailbot.cli.changes import author
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from mailbot.rules import Agent, Rules
    from mailbot.store.views import MailView

_WAIT_SECONDS = 40.0
_LOOK_SECONDS = 0.1
_OPEN = frozenset({"queued", "submitting"})
_RESULTS = {
    "sent": "[green]taken[/]",
    "deferred": "[red]not taken[/]",
    "failed": "[red]refused[/]",
    "unclear": "[yellow]no answer[/]",
    "expired": "[red]too late[/]",
}


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    family = typer.Typer(
        cls=Group,
        help="Who of you is called out of hours, now and in the weeks to come, and by which ways.",
        invoke_without_command=True,
        epilog="mailbot oncall\nmailbot oncall --weeks 12\nmailbot oncall --json\nmailbot oncall test",
    )
    family.callback()(oncall)
    add(
        family,
        ring,
        "mailbot oncall test  rings whoever is on call",
        "mailbot oncall test --agent dana",
        name="test",
    )
    app.add_typer(family, name="oncall")


def oncall(
    context: typer.Context,
    *,
    weeks: Annotated[int, typer.Option(min=1, max=104, metavar="N", help="How many weeks to show.")] = 4,
    as_json: common.JsonOption = False,
) -> None:
    """Show whose turn it is to be called out of hours, and whose it will be."""
    if context.invoked_subcommand is not None:
        return
    from mailbot.deciding.agents.team import agent_by_id, name_of
    from mailbot.deciding.duetimes import rota_of
    from mailbot.deciding.tiers import are_tiers, tier_of
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
            agent = agent_by_id(turn.who, rules)
            common.print_json(
                {
                    "agent": turn.who,
                    "start_at": turn.start_at,
                    "end_at": turn.end_at,
                    "exceptional": turn.exceptional,
                    "outsourced": turn.who in services,
                    "ahead": [one for one in rota.ahead if not turn.exceptional],
                    "away_until": away.get(turn.who) if turn.start_at <= now else None,
                    "ways": _ways(agent) if agent else [],
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
    shown = []
    for turn in turns:
        until = away.get(turn.who) if turn.start_at <= now else None
        remarks = ["now"] if turn.start_at <= now else []
        remarks += [f"tier {tier_of(turn.who, rules)}"] if are_tiers(rules) else []
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
    if shown:
        common.print_table(("FROM", "UNTIL", "WHO", "…"), shown)
    _print_ways(rules, {turn.who for turn in turns})


def _print_ways(rules: Rules, called: set[str]) -> None:
    """Print by which ways each of these is called, or everybody where nobody takes turns."""
    agents = [one for one in rules.agent if not called or one.id in called]
    if not agents:
        return
    common.out.print()
    for agent in agents:
        ways = ", then ".join(_ways(agent))
        common.say(f"{common.escape(agent.name)}: {common.escape(ways) or '[yellow]by mail alone, no pager[/]'}")
    if any(not one.pager for one in agents):
        common.say(common.escape("Next: [[agent.pager]] in rules.toml names a pager; a mail wakes nobody."))
    else:
        common.say(f"{common.command('oncall test')} tries each of them.")


def _ways(agent: Agent) -> list[str]:
    from mailbot.desk.mails.paging import way_of

    return [f"{way_of(pager)}{pager.mail and f' to {pager.mail}'}" for pager in agent.pager]


def ring(
    context: typer.Context,
    agent: Annotated[str, typer.Option("--agent", metavar="ID", help="Somebody else than whoever is on call.")] = "",
    *,
    as_json: common.JsonOption = False,
) -> None:
    """Ring whoever is on call now: a test page by each pager, and a mail. The running desk sends them."""
    from mailbot.service.control import ask

    place = common.place(context)
    rules = place.rules()
    answer = ask(place.data, {"verb": "ring", "agent": agent, "author": author()})
    if answer is None:
        text = f"no desk runs in {place.folder}: pages leave by it; start it with `mailbot run`, and try again"
        common.error(text)
        raise typer.Exit(common.EX_UNAVAILABLE)
    rung = json.loads(answer)
    found = _results(place, rules, [one["row"] for one in rung if one["row"] is not None])
    if as_json:
        for one in rung:
            mail = found.get(one["row"])
            said = {"state": mail.state if mail else "failed", "reason": mail.reply_text if mail else one["failed"]}
            common.print_json({name: one[name] for name in ("agent", "pager", "way")} | said)
    else:
        _print_results(rules, rung, found)
    if any(one["row"] is None or found[one["row"]].state != "sent" for one in rung):
        raise typer.Exit(common.EX_TEMPFAIL)


def _results(place: common.Place, rules: Rules, rows: Sequence[int]) -> dict[int, MailView]:
    """Wait until each of these rows has been tried, and return them as they stand then."""
    from mailbot.service.folder import looking
    from mailbot.store import queries

    until_s = time.monotonic() + _WAIT_SECONDS
    while True:
        with looking(place.folder) as conn:
            seen = {row: mail for row in rows if (mail := queries.mail(conn, rules.partner.id, row))}
        # What is queued once more was tried, and nobody answered.
        if all(mail.state not in _OPEN or mail.repeats for mail in seen.values()) or time.monotonic() > until_s:
            return seen
        time.sleep(_LOOK_SECONDS)


def _print_results(rules: Rules, rung: Sequence[dict[str, Any]], found: dict[int, MailView]) -> None:
    from mailbot.deciding.agents.team import name_of

    rows, steps = [], []
    for one in rung:
        mail = found.get(one["row"])
        state = str(mail.state) if mail else "failed"
        if mail and state in _OPEN:
            state = "unclear" if mail.repeats else state
        way = f"{one['way']} ({one['pager']})" if one["pager"] else "mail to their own address"
        why = (mail.reply_text if mail else one["failed"]) or ""
        rows.append(
            (
                common.escape(name_of(one["agent"], rules)),
                common.escape(way),
                _RESULTS.get(state, "[yellow]not tried yet[/]"),
                common.escape(why if state != "sent" or one["way"] != "mail" else f"the relay took it: {why}"),
            )
        )
        if state != "sent":
            steps.append(_next_step(one))
    common.print_table(("WHO", "BY", "RESULT", "WHY…"), rows)
    paged = {one["agent"] for one in rung if one["pager"]}
    steps += [
        f"{name_of(name, rules)} has no pager, and a mail wakes nobody: write [[agent.pager]] for them"
        for name in dict.fromkeys(one["agent"] for one in rung)
        if name not in paged
    ]
    for step in dict.fromkeys(steps):
        common.say(common.escape(common.runnable(f"Next: {step}.")))
    if not steps:
        common.say("Each was taken. Has it rung? Where it has not, look at the app or the telephone.")


def _next_step(one: dict[str, Any]) -> str:
    if one["way"] == "mail":
        return "`mailbot status` says how the relay is, `mailbot check --connect` tries it"
    which = f"[[agent.pager]] {one['pager']} of {one['agent']} in rules.toml"
    if one["way"] == "command":
        return f"mend the command of {which}, or the program itself, and try again"
    return f"mend webhook, form or secret of {which}, and try again"
