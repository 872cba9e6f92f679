"""`tickets`: the list of what is open, and of what was. It reads only, and works while the daemon runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common
from mailbot.cli.contract import ticket_object
from mailbot.cli.help import add
from mailbot.cli.looking import SEVERITY_COLOURS
from mailbot.cli.opening import LogOption, name_of, no_tenant, the_log
from mailbot.errors import quoted

if TYPE_CHECKING:
    from mailbot.rules import Rules
    from mailbot.store.views import TicketView


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        tickets,
        "mailbot tickets",
        "mailbot tickets --state open --tenant acme",
        'mailbot tickets --search "voicemail"',
        "mailbot tickets --waiting --assignee dana",
        "mailbot tickets --json | jq .subject",
    )


def tickets(  # noqa: PLR0913 - a parameter for each option
    context: typer.Context,
    search: Annotated[str, typer.Option("--search", metavar="WORDS", help="Words to look for in the messages.")] = "",
    state: Annotated[str, typer.Option("--state", metavar="STATE", help="open or closed.")] = "",
    severity: Annotated[str, typer.Option("--severity", metavar="LEVEL", help="critical, high, normal or low.")] = "",
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="A tenant's id in rules.toml.")] = "",
    assignee: Annotated[
        str, typer.Option("--assignee", metavar="AGENT", help='Whose: an agent\'s id in rules.toml, or "nobody".')
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="How many at most (default: 50).")
    ] = 50,
    log: LogOption = None,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those in which a customer waits for you.")] = False,
    as_json: common.JsonOption = False,
) -> None:
    """List tickets, the most urgent first: critical, overdue, by when an answer is promised; closed ones last.

    With --search, what fits best comes first.
    """
    from mailbot.deciding.effects import TicketState
    from mailbot.rules import Severity
    from mailbot.store import queries

    wanted = queries.TicketFilter(
        state=common.one_of(TicketState, state),
        severity=common.one_of(Severity, severity),
        tenant=tenant or None,
        search=search,
        waiting=waiting,
        assignee=assignee,
        limit=limit,
        urgent_at=common.now(),
    )
    with the_log(context, log) as view:
        if assignee:
            _known_agent(assignee, view.rules)
        found = queries.tickets(view.conn, view.partner, wanted)
        if not found and tenant and view.rules.tenant_by_id(tenant) is None:
            no_tenant(tenant, view.rules)
        if as_json:
            for ticket in found:
                if detail := queries.ticket(view.conn, view.partner, ticket.id):
                    common.print_json(ticket_object(detail))
            return
    if not found:
        narrowed = any((search, state, severity, tenant, waiting, assignee))
        common.out.print("No ticket matches." if narrowed else "No tickets yet.")
        return
    had = any(ticket.assignee or ticket.tier for ticket in found)
    columns = ("TICKET", "SEVERITY", "ANSWER BY", *(["AGENT"] if had else []), "CUSTOMER…", "SUBJECT…")
    common.print_table(columns, [_row(ticket, view.rules, had=had) for ticket in found])
    if legend := common.bewares(flag for ticket in found for flag in ticket.flags):
        common.out.print(f"[dim]{legend}[/]")
    if len(found) == limit:
        common.out.print(f"[dim]The first {limit}; --limit N shows more.[/]")


def _known_agent(wanted: str, rules: Rules) -> None:
    """Leave with EX_USAGE, naming the agent that may have been meant, if there is none of that id."""
    from mailbot.rules.nearest import did_you_mean
    from mailbot.store.queries import NOBODY

    known = [*(agent.id for agent in rules.agent), NOBODY]
    if wanted not in known:
        hint = did_you_mean(wanted, known) or f"there are: {', '.join(known)}"
        common.error(f"no [[agent]] in rules.toml has the id {quoted(wanted)}; {hint}")
        raise typer.Exit(common.EX_USAGE)


def _row(ticket: TicketView, rules: Rules, *, had: bool) -> tuple[str, ...]:
    """Return what stands in one line; with who is to go on, where any of the list is `had` by somebody, or a tier."""
    colour = SEVERITY_COLOURS.get(str(ticket.severity), "default")
    tenant = rules.tenant_by_id(ticket.tenant)
    beware = common.beware(ticket.flags)
    return (
        f"#{ticket.id}",
        f"[{colour}]{ticket.severity}[/]",
        _answer_by(ticket, rules),
        *(
            [common.escape(name_of(ticket.assignee, rules)) or (f"tier {ticket.tier}" if ticket.tier else "")]
            if had
            else []
        ),
        common.escape(tenant.name if tenant else ticket.tenant or ticket.requester or "?"),
        (f"[yellow]{beware}[/] " if beware else "")
        + _with_vendor(ticket, rules)
        + (f"{ticket.times}× " if ticket.times > 1 else "")
        + common.escape(ticket.subject or "(no subject)"),
    )


def _with_vendor(ticket: TicketView, rules: Rules) -> str:
    """Return with whom an open ticket is filed that owes an answer, "" for nobody."""
    from mailbot.deciding.vendors.whose import name_of_vendor

    owes = ticket.vendor_since is not None and ticket.state != "closed"
    return f"[dim]with {common.escape(name_of_vendor(ticket.vendor, rules))}:[/] " if owes else ""


def _answer_by(ticket: TicketView, rules: Rules) -> str:
    """Return by when an open ticket is to be answered, since when one waits again, or that nobody does."""
    if ticket.state == "closed":
        return "[dim]closed[/]"
    if ticket.waits_until:
        return f"[dim]paused, {common.soon(ticket.waits_until, rules)}[/]"
    if ticket.first_response_at:
        return f"since {common.soon(ticket.waiting_since, rules)}" if ticket.waiting_since else "answered"
    if ticket.response_due_at is None:
        return "best effort"
    due = common.soon(ticket.response_due_at, rules)
    return f"[red]{due}[/]" if ticket.response_due_at <= common.now() else due
