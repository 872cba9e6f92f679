"""What is wrong with values whose form is right: looked at whenever rules are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import regex

from mailbot.clocks.hours import holiday_names, is_holiday_name
from mailbot.config.merging import Finding, Merged
from mailbot.rules import Hours, PhraseRule, PlaybookRules, Rules, SeverityRules
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean

Entry = TypeVar("Entry", SeverityRules, PlaybookRules)


def findings_of_content(rules: Rules, merged: Merged) -> Iterator[Finding]:
    """Yield what is wrong with regions, holidays, and severity and playbook rules."""
    yield from _of_hours(rules.partner.hours, ("partner", "hours"))
    for index, tenant in enumerate(rules.tenant):
        place: Place = ("tenant", index, "hours")
        own = any((*place, key) in merged.origins for key in ("region", "not_holidays"))
        if tenant.hours is not None and own:
            yield from _of_hours(tenant.hours, place)
    for severity, promised in rules.severity.items():
        yield from _of_rules(promised.rule, ("severity", severity.value, "rule"))
    for playbook, issue in rules.playbook.items():
        yield from _of_rules(issue.rule, ("playbook", playbook.value, "rule"))


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
        if rule.regex:
            try:
                regex.compile(rule.regex)
            except regex.error as error:
                yield Finding((*here, "regex"), f"is no regular expression: {error}")


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
