"""`metrics` and `digest`: the figures of a week, and the weekly mail of them. Both work while the daemon runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common, looking, opening
from mailbot.cli.changes import hand_over
from mailbot.cli.help import add
from mailbot.figures import saying

if TYPE_CHECKING:
    from mailbot.figures.figures import Figures, Report
    from mailbot.figures.incidents import Lasted
    from mailbot.figures.votes import Said
    from mailbot.figures.weeks import Week
    from mailbot.render import Rendered
    from mailbot.rules import Rules

WeekOption = Annotated[
    str,
    typer.Option(
        "--week", metavar="WEEK", help="An ISO week such as 2026-W46, on the clock of partner.zone; or: last, this."
    ),
]
_BAR = "▏▎▍▌▋▊▉█"
_WIDEST_BAR = 30
_WIDEST_BESIDE_VOTES = 16
_MOST_NAMED = 12


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(
        app,
        metrics,
        "mailbot metrics  the last whole week",
        "mailbot metrics --week 2026-W46 --tenant acme",
        "mailbot metrics --week this --calendar",
        "mailbot metrics --csv > week.csv",
    )
    add(
        app,
        digest,
        "mailbot digest  how the weekly mail of the last week reads",
        "mailbot digest --week 2026-W46 --open  the same in your browser",
        "mailbot digest --tenant acme  the one that its people get (tenant.digest)",
        "mailbot digest --send-to me@partner.example",
    )


def metrics(
    context: typer.Context,
    week: WeekOption = "last",
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="One tenant's tickets only.")] = "",
    log: opening.LogOption = None,
    *,
    calendar: Annotated[bool, typer.Option("--calendar", help="Count day and night, not only open hours.")] = False,
    as_json: common.JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet; spans in seconds.")] = False,
) -> None:
    """Show a week's figures: tickets, first response, resolution, what is late, and how that compares."""
    from mailbot.figures import figures, plain
    from mailbot.store import casebook, incidents, surveys

    if as_json and as_csv:
        common.error("--json and --csv are two forms; leave out one")
        raise typer.Exit(common.EX_USAGE)
    with opening.the_log(context, log) as view:
        rules, zone = view.rules, view.rules.partner.zone
        if tenant and rules.tenant_by_id(tenant) is None:
            opening.no_tenant(tenant, rules)
        wanted = week_of(week, rules)
        setting = figures.Setting.of(rules, common.now(), by_calendar=calendar)
        since = figures.first_week(wanted).begins(zone)
        report = figures.report(casebook.cases(view.conn, view.partner, since, tenant=tenant or None), wanted, setting)
        said = surveys.said(view.conn, report.total.votes.of)
        span = (wanted.begins(zone), wanted.ends(zone))
        lasted = incidents.lasted(view.conn, view.partner, *span, tenant=tenant or None)
    if as_json:
        common.print_json(plain.as_object(report, setting, said, lasted))
    elif as_csv:
        sys.stdout.write(plain.as_csv(report))
    else:
        clock = "" if calendar else f"of support's time{saying.day_and_night(setting.day_and_night)}"
        _print(report, said, lasted, rules, clock or "day and night")


def digest(
    context: typer.Context,
    week: WeekOption = "last",
    send_to: Annotated[
        str, typer.Option("--send-to", metavar="ADDRESS", help="Mail it to one of you now, beside the usual ones.")
    ] = "",
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="The mail to this customer's people.")] = "",
    log: opening.LogOption = None,
    *,
    in_browser: Annotated[bool, typer.Option("--open", help="Show it in your browser.")] = False,
) -> None:
    """Preview the weekly mail, or send it to one of you. It goes by itself every week: see [digest] in rules.toml."""
    wanted = week_of(week, common.place(context).rules())
    if send_to and (tenant or log or in_browser):
        common.error("--send-to mails what you get every week; leave out --tenant, --log and --open")
        raise typer.Exit(common.EX_USAGE)
    if send_to:
        hand_over(context, {"verb": "digest", "week": str(wanted), "reader": send_to})
        return
    rendered = _rendered(context, wanted, tenant, log)
    if in_browser:
        import tempfile
        import webbrowser

        with tempfile.NamedTemporaryFile("w", suffix=".html", prefix="digest-", delete=False, encoding="utf-8") as page:
            page.write(rendered.html)
        if not webbrowser.open(Path(page.name).as_uri()):
            common.error("no browser could be opened; the file has the mail")
        common.out.print(page.name, soft_wrap=True)
        return
    common.out.print(f"[bold]Subject:[/] {common.escape(rendered.subject)}")
    common.out.print()
    sys.stdout.write(rendered.text)


def _rendered(context: typer.Context, week: Week, tenant: str, log: Path | None) -> Rendered:
    from mailbot.desk.learned import rules_with_learned
    from mailbot.desk.mails import customerweek
    from mailbot.desk.mails import digest as mails
    from mailbot.render import Templates, render

    place = common.place(context)
    templates = Templates(place.folder / "templates")
    with opening.the_log(context, log) as view:
        rules = view.rules
        listed = rules.tenant_by_id(tenant)
        if listed is not None:
            week_facts = customerweek.week_facts(view.conn, view.partner, rules, listed, week, common.now())
            return customerweek.rendered_for(templates, rules, listed, week_facts)
        if tenant:
            opening.no_tenant(tenant, rules)
        learned = rules_with_learned(view.conn, view.partner, rules)
        facts = mails.contents(view.conn, view.partner, learned, templates, week, common.now()).facts
    return render(templates, "team-digest", facts, "en", rules.partner.zone)


def week_of(written: str, rules: Rules) -> Week:
    """Return the week that is meant; leave with EX_USAGE for none, and for one that has not begun."""
    from mailbot.figures.weeks import Week

    present = Week.of(common.now(), rules.partner.zone)
    if written in {"this", "last"}:
        return present if written == "this" else present.back(1)
    try:
        wanted = Week.parse(written)
    except ValueError as error:
        common.error(f"--week: {error}; or: last, this")
        raise typer.Exit(common.EX_USAGE) from error
    if wanted > present:
        common.error(f"--week: {wanted} has not begun; this is {present}")
        raise typer.Exit(common.EX_USAGE)
    return wanted


def _print(report: Report, said: Sequence[Said], lasted: Sequence[Lasted], rules: Rules, clock: str) -> None:
    from mailbot.clocks.wall import WallClock
    from mailbot.render import digests

    week, total = report.week, report.total
    first, last = (f"{day:%a} {day.day} {day:%b}" for day in (week.monday, week.sunday))
    common.out.print(f"[bold]Week {week.number}[/], {first} to {last} {week.sunday.year}")
    common.out.print()
    columns = ("", "TICKETS", "FIRST RESPONSE", "IN TIME", "RESOLUTION", "IN TIME", "OPEN")
    common.print_table(columns, _rows(report, rules))
    common.out.print(f"[dim]Spans are averages, {clock}.[/]")
    common.out.print()
    for what, tickets in _named(total):
        common.say(f"{what}: {_numbers(tickets)}")
    share = total.after_hours
    if share.did:
        common.say(f"Opened after hours: {saying.share(share)} ({len(share.did)} of {len(share.of)})")
    if total.with_vendors.of:
        took, number = saying.average(total.with_vendors), len(total.with_vendors.of)
        among = "1 ticket" if number == 1 else f"{number} tickets"
        common.say(f"With vendors until they answered: {took} on average, in {among}")
    if total.votes.of or total.surveyed.of:
        number = len(total.votes.of)
        votes = f"{number} {'vote' if number == 1 else 'votes'}, {len(total.surveyed.of)} asked in the week"
        common.say(f"Satisfaction: {saying.satisfaction(total.votes)} ({votes})")
    for one in said:
        if one.words:
            common.say(f"#{one.ticket} {one.mark} of {saying.BEST}: {common.escape(' '.join(one.words.split()))}")
    for incident in lasted:
        common.say(common.escape(digests.incident(incident, WallClock.of(rules, common.now()))))
    common.out.print()
    _print_trend(report)


def _rows(report: Report, rules: Rules) -> Iterator[tuple[str, ...]]:
    yield "all", *_cells(report.total)
    yield "[dim]week before[/]", *(f"[dim]{cell}[/]" for cell in _cells(report.before))
    for severity, found in report.by_severity.items():
        colour = looking.SEVERITY_COLOURS.get(str(severity), "default")
        yield f"[{colour}]{severity}[/]", *_cells(found)
    for tenant, found in report.by_tenant.items():
        listed = rules.tenant_by_id(tenant)
        yield common.escape(listed.name if listed else tenant or "unknown senders"), *_cells(found)


def _cells(found: Figures) -> tuple[str, ...]:
    return (
        str(len(found.opened)),
        saying.average(found.first_response),
        saying.share(found.in_time),
        saying.average(found.resolution),
        saying.share(found.resolved_in_time),
        str(len(found.backlog)),
    )


def _named(found: Figures) -> Iterator[tuple[str, tuple[int, ...]]]:
    for what, tickets in (
        ("Late", found.in_time.did_not),
        ("Unanswered", found.unanswered),
        ("Closed without an answer", found.closed_unanswered),
        ("Solved by an article", found.self_served),
        ("Resolved late", found.resolved_in_time.did_not),
        ("Reopened", found.reopened),
    ):
        if tickets:
            yield what, tickets


def _numbers(tickets: tuple[int, ...]) -> str:
    more = f" and {len(tickets) - _MOST_NAMED} more (--json has all)" if len(tickets) > _MOST_NAMED else ""
    return ", ".join(f"#{ticket}" for ticket in tickets[:_MOST_NAMED]) + more


def _print_trend(report: Report) -> None:
    most = max(len(found.opened) for _, found in report.trend)
    if not most:
        return
    voted = any(found.votes.of for _, found in report.trend)
    rows = []
    for week, found in dropwhile(lambda one: not one[1].opened, report.trend):
        bar = _bar(len(found.opened), most, _WIDEST_BESIDE_VOTES if voted else _WIDEST_BAR)
        votes = (saying.satisfaction(found.votes),) if voted else ()
        shown = (saying.average(found.first_response), saying.share(found.in_time), *votes)
        rows.append((str(week), f"{len(found.opened)}", bar, *shown))
    columns = ("WEEK", "TICKETS", "", "FIRST RESPONSE", "IN TIME")
    common.print_table((*columns, "SATISFIED") if voted else columns, rows)


def _bar(number: int, most: int, widest: int) -> str:
    eighths = round(number * widest * len(_BAR) / most) if most else 0
    whole, rest = divmod(eighths, len(_BAR))
    return _BAR[-1] * whole + (_BAR[rest - 1] if rest else "")
