"""`incident`: one trouble that many customers have, told to each of them, and what there is of it in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli import common, opening
from mailbot.cli.changes import As, agreed, hand_over
from mailbot.cli.help import Group, add

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from typer._click import Context

    from mailbot.deciding.incidents import Incident
    from mailbot.rules import Rules

_Yes = Annotated[bool, typer.Option("--yes", help="Send it without asking.")]
_Which = Annotated[
    int | None, typer.Option("--incident", metavar="N", parser=common.number, help="Which, where several last.")
]
_Tickets = Annotated[list[str], typer.Argument(metavar="TICKETS...", help="Their numbers: 1012-31 1040.")]
_Words = Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", help="What all are to read.")]


_NUMBER = re.compile(r"#?[1-9]\d*")
_BEFORE = {"add": ("--incident",), "update": ("--incident",), "resolve": ("--incident",), "show": ()}
"""What the number stands behind, for commands before which it may stand."""


class _Incidents(Group):
    """The family; the incident's number may stand before the command, as it does in mail: `incident 3 update …`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read what was typed."""
        match args:
            case [number, step, *words] if _NUMBER.fullmatch(number) and step in _BEFORE:
                args = [step, *_BEFORE[step], number, *words]
            case [number, step, *words] if _NUMBER.fullmatch(number) and step not in self.commands:
                # What is wrong is the command, and not the number before it.
                args = [step, *words]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    family = typer.Typer(
        cls=_Incidents,
        help="One trouble that many customers have: tell each of them alone, and your status page. "
        "Where several last, the number of the one that is meant may also come first: mailbot incident 3 update …",
        no_args_is_help=True,
        epilog='mailbot incident open "Outgoing calls fail" --tickets 1012-31\nmailbot incident list',
    )
    add(
        family,
        open_,
        'mailbot incident open "Outgoing calls fail" --tickets 1012-31 --as dana',
        'mailbot incident open "Voicemail is late" --text "The mail server is slow. We are on it." --yes',
        name="open",
    )
    add(family, add_, "mailbot incident add 1012-31 1040 --as dana", name="add")
    add(family, remove, "mailbot incident remove 1040")
    add(
        family,
        update,
        'mailbot incident update "The carrier has found the cause." --as dana',
        'mailbot incident update --incident 3 "The carrier has found the cause."  where several last',
    )
    add(family, resolve, "mailbot incident resolve", 'mailbot incident resolve "A route was wrong." --as dana')
    add(family, list_, "mailbot incident list", "mailbot incident list --all --json", name="list")
    add(family, show, "mailbot incident show 3")
    app.add_typer(family, name="incident")


def open_(
    context: typer.Context,
    title: Annotated[
        list[str] | None, typer.Argument(metavar="[TITLE...]", help="What is wrong, in a few words.")
    ] = None,
    tickets: Annotated[
        str, typer.Option("--tickets", metavar="N…", help='The tickets that are about it: "1012-31 1040".')
    ] = "",
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What else all are to read.")] = "",
    agent: As = "",
    *,
    confirmed: _Yes = False,
) -> None:
    """Open an incident: who wrote about it is told once, and new mail as it comes. You see first what goes to whom."""
    words = f"{' '.join(title or ())}\n{text}".strip()
    _ask_and_do(context, {"step": "open", "tickets": tickets, "text": words, "agent": agent}, confirmed=confirmed)


def add_(
    context: typer.Context, tickets: _Tickets, incident: _Which = None, agent: As = "", *, confirmed: _Yes = False
) -> None:
    """Take more tickets into an incident, and tell their customers that you know of it."""
    request = {"step": "add", "tickets": " ".join(tickets), "incident": incident, "agent": agent}
    _ask_and_do(context, request, confirmed=confirmed)


def remove(context: typer.Context, tickets: _Tickets, agent: As = "") -> None:
    """Say that tickets are about no incident after all. Nobody is told; undo takes it back."""
    hand_over(context, {"verb": "incident", "step": "remove", "tickets": " ".join(tickets), "agent": agent})


def update(
    context: typer.Context,
    words: _Words = None,
    incident: _Which = None,
    agent: As = "",
    *,
    confirmed: _Yes = False,
) -> None:
    """Tell all whom an incident concerns what is new, each alone. You see first what goes to whom."""
    request = {"step": "update", "text": " ".join(words or ()), "incident": incident, "agent": agent}
    _ask_and_do(context, request, confirmed=confirmed)


def resolve(
    context: typer.Context,
    words: _Words = None,
    incident: _Which = None,
    agent: As = "",
    *,
    confirmed: _Yes = False,
) -> None:
    """End an incident, and ask all whom it concerns whether all is well again. You see first what goes to whom."""
    request = {"step": "resolve", "text": " ".join(words or ()), "incident": incident, "agent": agent}
    _ask_and_do(context, request, confirmed=confirmed)


def _ask_and_do(context: typer.Context, request: Mapping[str, Any], *, confirmed: bool) -> None:
    """Have it done with a yes; without one, show what would go to whom, and ask."""
    from mailbot.desk.refusing import TO_CONFIRM, RefusedError

    wanted: dict[str, Any] = {"verb": "incident", **request}
    if not confirmed:
        try:
            hand_over(context, wanted)
        except RefusedError as refused:
            if refused.shown is None:
                raise
            wanted["shown"] = refused.shown
            common.say(common.escape(str(refused).replace(TO_CONFIRM, ":")))
        else:
            return
        if not agreed("Send it?"):
            raise typer.Exit(1)
    hand_over(context, {**wanted, "confirmed": True})


def list_(
    context: typer.Context,
    log: opening.LogOption = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    as_json: common.JsonOption = False,
) -> None:
    """List the incidents that last, or all."""
    from mailbot.store import incidents

    with opening.the_log(context, log) as view:
        found = (incidents.history if every else incidents.current)(view.conn, view.partner)
        if as_json:
            for one in found:
                common.print_json(_object(view.conn, view.partner, one))
            return
        rows = [_row(one, len(incidents.tickets_of(view.conn, view.partner, one.number)), view.rules) for one in found]
    if not rows:
        common.say("No incident yet." if every else "No incident lasts.")
        return
    common.print_table(("N", "WHAT…", "SINCE", "STATE", "TICKETS"), rows)


def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N", parser=common.number, help="The incident's number.")],
    log: opening.LogOption = None,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """Show what was said of an incident, by whom, and which tickets are about it."""
    from mailbot.deciding.agents.team import author_in_words
    from mailbot.store import incidents

    with opening.the_log(context, log) as view:
        found = incidents.incident(view.conn, view.partner, number)
        if found is None:
            common.error(f"there is no incident {number}; see `mailbot incident list --all`")
            raise typer.Exit(common.EX_DATAERR)
        if as_json:
            common.print_json(_object(view.conn, view.partner, found))
            return
        tickets = incidents.tickets_of(view.conn, view.partner, number)
        common.say(f"[bold]Incident {number}[/]  {common.escape(_title(found))} · {_state(found, view.rules)}")
        for one in found.updates:
            who = common.escape(author_in_words(one.author, view.rules))
            common.say(f"[bold]{common.local(one.at, view.rules)}[/]  {one.kind}, by {who}")
            if one.text:
                common.print_quoted(one.text)
        common.say(f"{common.counted(len(tickets), 'ticket')}: {' '.join(f'#{one}' for one in tickets)}".rstrip(": "))


def _row(found: Incident, tickets: int, rules: Rules) -> tuple[str, ...]:
    since = common.local(found.opened_at, rules)
    return str(found.number), common.escape(_title(found)), since, _state(found, rules), str(tickets)


def _state(found: Incident, rules: Rules) -> str:
    """Return whether it is over, and of one that lasts that nobody of us has said anything for a day or more."""
    from mailbot.deciding.incidents.forgotten import silent_for
    from mailbot.figures import saying

    if found.resolved_at:
        return f"over since {common.local(found.resolved_at, rules)}"
    silent = silent_for(found, common.now())
    return f"lasts; nothing said for {saying.days(silent)}" if silent else "lasts"


def _title(found: Incident) -> str:
    return found.title or str(found.playbook or "")


def _object(conn: Connection, partner: str, found: Incident) -> dict[str, Any]:
    from mailbot.store import incidents

    return {
        "number": found.number,
        "title": found.title,
        "playbook": found.playbook,
        "state": found.state,
        "opened_at": found.opened_at,
        "resolved_at": found.resolved_at,
        "updates": [{"at": one.at, "kind": one.kind, "text": one.text, "author": one.author} for one in found.updates],
        "tickets": list(incidents.tickets_of(conn, partner, found.number)),
    }
