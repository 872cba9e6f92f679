"""`rules try`: what a keyword would have changed in the mail that came."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.progress import Progress

from mailbot.cli import common
from mailbot.cli.help import add
from mailbot.cli.looking import SEVERITY_COLOURS
from mailbot.cli.opening import LogOption, no_tenant
from mailbot.errors import ConfigError, quoted

if TYPE_CHECKING:
    from mailbot.config.keywords import Addition
    from mailbot.deciding.trial import Effect, Known
    from mailbot.rules import Playbook, Rules, Severity
    from mailbot.service.trying import Changed, Looked

_DAYS = 90
_LISTED = 20
_MOST_KNOWN = 5
_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Past:
    """How far back to look: so much time, or since a day."""

    span: timedelta | None = None
    day: date | None = None

    def start(self, rules: Rules) -> datetime:
        """Return the instant at which it begins."""
        if self.day is not None:
            return datetime.combine(self.day, time.min, rules.partner.zone)
        return common.now() - (self.span or timedelta(days=_DAYS))


def past(text: str) -> Past:
    """Return "90d", "12w" or a day as it was typed; refuse all else."""
    from mailbot.rules.values import parse_duration

    if re.match(r"\s*\d{4}-", text):
        return Past(day=common.past_day(text))
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; or a day, like {common.now().date().isoformat()}") from None
    assert isinstance(span, timedelta)  # noqa: S101 - what the parser makes of text
    return Past(span)


def register(rules: typer.Typer) -> None:
    """Add the command."""
    add(
        rules,
        try_,
        'mailbot rules try "no dial tone" --severity critical',
        'mailbot rules try "fire drill" --severity critical --exclude  against it',
        'mailbot rules try "x-ray server" --severity critical --tenant acme  for one tenant',
        'mailbot rules try "bring our number" --playbook port_in --since 12w',
        name="try",
    )


def try_(  # noqa: PLR0913 - a parameter for each option
    context: typer.Context,
    phrase: Annotated[str, typer.Argument(metavar="PHRASE", help='Words that follow each other: "no dial tone".')],
    severity: Annotated[
        str, typer.Option("--severity", metavar="LEVEL", help="They make a mail critical, high, normal or low.")
    ] = "",
    playbook: Annotated[
        str, typer.Option("--playbook", metavar="ISSUE", help="They mean a common issue, such as port_in.")
    ] = "",
    *,
    exclude: Annotated[
        bool, typer.Option("--exclude", help="They speak against that instead, in their sentence.")
    ] = False,
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="For this tenant alone.")] = "",
    since: Annotated[
        Past | None,
        typer.Option("--since", metavar="90d|DAY", parser=past, help="How far back to look (default: 90d)."),
    ] = None,
    log: LogOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Try a keyword on past mail: which tickets would have been raised, and the line that adds it to rules.toml.

    With --tenant it is tried on the tickets of that tenant, as a word of its own.

    It changes nothing, and works while the desk runs. What you set by hand stays as you set it; mail that opened no
    ticket, such as spam, is not looked at.
    """
    from mailbot.config import load_with
    from mailbot.config.keywords import addition, list_for
    from mailbot.deciding.trial import Trial, known
    from mailbot.rules import Playbook, Severity
    from mailbot.service.trying import PastMail

    about = [one for one in (common.one_of(Severity, severity), common.one_of(Playbook, playbook)) if one]
    if not about:
        _refuse("say what these words are for: --severity critical, or --playbook port_in")
    place = common.place(context)
    rules = place.rules()
    if tenant and rules.tenant_by_id(tenant) is None:
        no_tenant(tenant, rules)
    _require_words(phrase)
    lists = {list_for(one, exclude=exclude): phrase for one in about}
    try:
        trial = Trial(rules, load_with(place.folder, lists, tenant))
    except ConfigError as error:
        [problem, *_] = error.problems
        _refuse(f"{quoted(phrase)}: {problem.text}" + (f"; {problem.hint}" if problem.hint else ""))
    additions = [addition(place.folder, name, phrase, tenant) for name in lists]
    asked = Asked(phrase, tuple(about), exclude, rules, (since or Past()).start(rules))
    mail = PastMail(place.folder, rules, asked.since, tenant=tenant, log=log)
    with Progress(console=common.err, transient=True, disable=as_json or not common.err.is_terminal) as bar:
        task = bar.add_task("Reading the log", total=None)

        def show(looked: Looked) -> None:
            bar.update(task, total=looked.total, completed=looked.tickets)

        changes = mail.changes(trial, show) if trial.differs else iter(())
        if as_json:
            for one in changes:
                common.print_json(_row(one))
            return
        seen = Seen.of(changes)
    if not exclude:
        kinds = {type(one) for one in about}
        _print_known(phrase, [one for one in known(phrase, rules) if type(one.about) in kinds])
    if not trial.differs:
        _print_without_effect(asked, additions)
        return
    _print(asked, mail.looked, seen)
    _print_additions(additions)


def _refuse(text: str) -> NoReturn:
    common.error(text)
    raise typer.Exit(common.EX_USAGE)


def _require_words(phrase: str) -> None:
    from mailbot.deciding.trial import is_findable

    if not is_findable(phrase):
        _refuse(f"{quoted(phrase)} has no word in it that could stand in a mail")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tried: a phrase for, or against, a severity or a common issue or both."""

    phrase: str
    about: tuple[Severity | Playbook, ...]
    exclude: bool
    rules: Rules
    since: datetime

    def __str__(self) -> str:
        return " and ".join(f"[bold]{one}[/]" for one in self.about)


@dataclass(slots=True)
class Seen:
    """What would have been otherwise: how many tickets, and the newest of them.

    `woken` counts those that came outside opening hours and would have become critical, `told` those in them.
    """

    tickets: int = 0
    woken: int = 0
    woken_lately: int = 0
    told: int = 0
    spared: int = 0
    later: int = 0
    newest: deque[Changed] = field(default_factory=lambda: deque(maxlen=_LISTED))

    @classmethod
    def of(cls, changes: Iterable[Changed]) -> Seen:
        """Count them."""
        seen, lately = cls(), common.now() - _LATELY
        for one in changes:
            seen.tickets += 1
            seen.newest.append(one)
            effect = one.effect
            rises = effect.becomes == "critical" != effect.was
            seen.woken += rises and not one.in_hours
            seen.woken_lately += rises and not one.in_hours and one.at >= lately
            seen.told += rises and one.in_hours
            seen.spared += effect.was == "critical" != effect.becomes and not one.in_hours
            seen.later += effect.becomes.rank < effect.was.rank and one.severity.rank <= effect.becomes.rank
        return seen


def _print_known(phrase: str, found_by: list[Known]) -> None:
    if not found_by:
        return
    common.say(f"{common.escape(quoted(phrase))} is looked for already:")
    for one in found_by[:_MOST_KNOWN]:
        near = f"near words such as {quoted(one.scope)}" if one.scope else "by itself"
        common.say(common.escape(f"{one.rule} ({one.about}), {near}"), "  · ")
    if len(found_by) > _MOST_KNOWN:
        common.say(f"and {len(found_by) - _MOST_KNOWN} rules more", "  · ")
    common.out.print()


def _print_without_effect(asked: Asked, additions: list[Addition]) -> None:
    for one in additions:
        if one.known:
            file = "tenants.csv" if one.is_cell else "rules.toml"
            where = f"line {one.line} of {file}" if one.line else "the shipped rules.toml"
            common.say(f"{common.escape(quoted(asked.phrase))} is in {one.name} already: {where}.")
        elif one.name in asked.rules.uses_of_lists:
            common.say(f"{common.escape(quoted(asked.phrase))} is among the words of {one.name} already.")
        else:
            common.say(f'No rule of yours uses the words of {one.name}: write "@{one.name}" where they are to count.')


def _print(asked: Asked, looked: Looked, seen: Seen) -> None:
    since = asked.since.astimezone(asked.rules.partner.zone).strftime("%d %b %Y")
    if not looked.mails:
        common.say(f"There is no past mail since {since} to try it on.")
        common.say("`mailbot replay` reads mail that you have into a log of its own; --log FILE.db names it here.")
        common.out.print()
        return
    words = common.escape(quoted(asked.phrase))
    what = f"{words} {'against' if asked.exclude else 'for'} {asked}"
    title = (
        f"{what}, tried on {common.counted(looked.mails, 'mail')} since {since} and found in {looked.found or 'none'}"
    )
    if not seen.tickets:
        common.say(f"{title}: no ticket would have been otherwise.")
        common.out.print()
        return
    common.say(f"{title}: [bold]{common.counted(seen.tickets, 'ticket')}[/] would {_otherwise(asked)}.")
    common.out.print()
    rows = [_cells(one, asked.rules) for one in reversed(seen.newest)]
    common.print_table(("TICKET", "CAME", "WAS", "WOULD BE", "SUBJECT…"), rows)
    if seen.tickets > len(rows):
        common.say(f"[dim]The newest {len(rows)}; --json has all.[/]")
    if not all(one.in_hours for one in seen.newest):
        common.say("[dim]☾ outside opening hours[/]")
    common.out.print()
    if said := list(_meaning(asked, seen)):
        for line in said:
            common.say(line)
        common.out.print()


def _otherwise(asked: Asked) -> str:
    if len(asked.about) > 1:
        return "have been otherwise"
    return f"no longer have been {asked.about[0]}" if asked.exclude else f"have been {asked.about[0]}"


def _meaning(asked: Asked, seen: Seen) -> Iterator[str]:
    """Yield what it means for people."""
    if seen.woken or seen.told:
        is_longer = seen.woken and asked.since < common.now() - _LATELY
        lately = f", {seen.woken_lately:,} of them in the last {_LATELY.days} days" if is_longer else ""
        yield f"It would have woken you [bold]{_times(seen.woken)}[/] outside opening hours{lately}."
        if seen.told:
            yield f"In opening hours it would have told you at once: {_times(seen.told)}."
    elif not asked.exclude:
        for one in asked.about:
            if promised := _promise(one, asked.rules):
                yield promised
    if seen.later:
        yield f"{common.counted(seen.later, 'ticket')} of these got there later anyway."
    if seen.spared:
        yield f"It would have let you sleep {_times(seen.spared)}. See that none of these was a real one."


def _promise(about: Severity | Playbook, rules: Rules) -> str:
    from mailbot.config.effective import written

    table = next((table for severity, table in rules.severity.items() if severity is about), None)
    if table is None:
        return ""
    clock = "day and night" if table.clock == "always" else "in opening hours"
    return f"{str(about).capitalize()} promises an answer within {written(table.response).strip(chr(34))}, {clock}."


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _cells(one: Changed, rules: Rules) -> tuple[str, ...]:
    effect = one.effect
    return (
        f"#{one.ticket}",
        common.soon(one.at, rules) + ("" if one.in_hours else " [yellow]☾[/]"),
        _shown(effect, str(effect.was), effect.playbook_was),
        _shown(effect, str(effect.becomes), effect.playbook_becomes),
        common.escape(one.subject or "(no subject)"),
    )


def _shown(effect: Effect, severity: str, playbook: str | None) -> str:
    """Return what would have changed of a ticket: its severity, its common issue, or both."""
    parts = [f"[{SEVERITY_COLOURS.get(severity, 'default')}]{severity}[/]"] if effect.was != effect.becomes else []
    parts += [playbook or "none"] if effect.playbook_was != effect.playbook_becomes else []
    return ", ".join(parts)


def _print_additions(additions: list[Addition]) -> None:
    """Print the lines of rules.toml, or the cells of tenants.csv, that make it so, ready to be copied."""
    for one in additions:
        if one.is_cell:
            common.say(f"To have it so, write this into the column {one.name} of tenants.csv, line {one.line}:")
            _print_lines(one.text)
        elif one.line:
            common.say(f"To have it so, let line {one.line} of rules.toml be:")
            _print_lines(one.text)
    new = [one for one in additions if not one.line]
    if new and new[0].header:
        under = common.escape(new[0].under)
        common.say(f"To have it so, add this under {under}, line {new[0].header} of rules.toml:")
        _print_lines(*(one.text for one in new))
    elif new:
        common.say("To have it so, add this at the end of rules.toml:")
        _print_lines("[words]", *(one.text for one in new))


def _print_lines(*lines: str) -> None:
    common.out.print()
    for line in lines:
        common.out.print(f"    [cyan]{common.escape(line)}[/]", soft_wrap=True)
    common.out.print()


def _row(one: Changed) -> dict[str, Any]:
    effect = one.effect
    return {
        "ticket": one.ticket,
        "at": one.at,
        "subject": one.subject,
        "tenant": one.tenant,
        "was": {"severity": effect.was, "playbook": effect.playbook_was},
        "would_be": {"severity": effect.becomes, "playbook": effect.playbook_becomes},
        "words": one.words,
        "in_hours": one.in_hours,
        "severity": one.severity,
    }
