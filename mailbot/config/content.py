"""What is wrong with values whose form is right: looked at whenever rules are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from mailbot.clocks.hours import holiday_names, is_holiday_name
from mailbot.config.merging import Finding, Merged
from mailbot.config.slowness import slow_on
from mailbot.deciding.patterns import SECONDS, NoPatternError, compiled
from mailbot.errors import quoted
from mailbot.rules import Hours, PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean

Entry = TypeVar("Entry", SeverityRules, PlaybookRules)


def findings_of_content(rules: Rules, merged: Merged, *, thorough: bool) -> Iterator[Finding]:
    """Yield what is wrong with regions, holidays, and severity and playbook rules.

    For who says `thorough`, slow expressions of the operator's own are looked for, too, which takes its time.
    """
    yield from _of_hours(rules.partner.hours, ("partner", "hours"))
    owners: list[tuple[Place, Hours | None]]
    owners = [(("tenant", index, "hours"), tenant.hours) for index, tenant in enumerate(rules.tenant)]
    owners += [(("agent", index, "hours"), agent.hours) for index, agent in enumerate(rules.agent)]
    for place, hours in owners:
        own = any((*place, key) in merged.origins for key in ("region", "not_holidays"))
        if hours is not None and own:
            yield from _of_hours(hours, place)
    for _, table, place in _tables(rules):
        yield from _of_rules(table.rule, place)
        for index, rule in enumerate(table.rule):
            if rule.regex and not rule.disabled:
                own = thorough and (*place, index, "regex") in merged.origins
                yield from _of_pattern(rule.regex, (*place, index, "regex"), is_timed=own)


def _tables(rules: Rules) -> Iterator[tuple[Severity | Playbook, SeverityRules | PlaybookRules, Place]]:
    """Yield all severities and common issues with the place of their rules."""
    for severity, promised in rules.severity.items():
        yield severity, promised, ("severity", severity.value, "rule")
    for playbook, issue in rules.playbook.items():
        yield playbook, issue, ("playbook", playbook.value, "rule")


def _of_hours(hours: Hours, place: Place) -> Iterator[Finding]:
    if not hours.region:
        return
    try:
        known = holiday_names(hours.region)
    except ValueError as error:
        yield Finding((*place, "region"), str(error))
        return
    for index, name in enumerate(hours.not_holidays):
        if not is_holiday_name(hours.region, name):
            hint = did_you_mean(name, known) or "`mailbot holidays` lists them"
            text = f'"{name}" is no public holiday in {hours.region}'
            yield Finding((*place, "not_holidays", index), text, hint, warning=True)


def _of_rules(rules: tuple[PhraseRule, ...], place: Place) -> Iterator[Finding]:
    names = [rule.id for rule in rules]
    for index, rule in enumerate(rules):
        here = (*place, index)
        if rule.id in names[:index]:
            yield Finding((*here, "id"), f'another rule here has the id "{rule.id}"', "give it one of its own")
        if rule.disabled and not (rule.state or rule.regex):
            hint = did_you_mean(rule.id, (name for name in names if name != rule.id)) or "it can go"
            yield Finding(here, "takes nothing away: no shipped rule has this id", hint, warning=True)


def _of_pattern(source: str, place: Place, *, is_timed: bool) -> Iterator[Finding]:
    try:
        compiled(source)
        text = slow_on(source) if is_timed else ""
    except NoPatternError as error:
        yield Finding(place, f"is no regular expression: {error}")
        return
    if text:
        said = f"is slow: it may take longer than {SECONDS} s, as on {quoted(text + '…')}"
        hint = "such mail is decided on without it; let no repetition hold another one, as in (a+)+"
        yield Finding(place, said, hint, warning=True)


def pattern_places(rules: Rules, merged: Merged) -> dict[tuple[Severity | Playbook, str], str]:
    """Return where the operator wrote the regex of each rule, by what the rule is about and its id."""
    return {
        (about, rule.id): f"{origin.file}:{origin.line}"
        for about, table, place in _tables(rules)
        for index, rule in enumerate(table.rule)
        if rule.regex and (origin := merged.origins.get((*place, index, "regex"))) is not None
    }


def drop_disabled(rules: Rules) -> Rules:
    """Return the rules without those that are disabled."""
    return rules.model_copy(
        update={
            "severity": {key: _enabled(entry) for key, entry in rules.severity.items()},
            "playbook": {key: _enabled(entry) for key, entry in rules.playbook.items()},
        }
    )


def _enabled(entry: Entry) -> Entry:
    return entry.model_copy(update={"rule": tuple(rule for rule in entry.rule if not rule.disabled)})
