"""What a customer is promised, as facts and as words: for a mail, a web page, and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.clocks.closings import Closing, closings
from mailbot.deciding.promises import ALWAYS, Night, Promised, Promises, at_two_on_sunday, changed, promises, told
from mailbot.render.wording import Wording
from mailbot.rules import BusinessDay, Hours, Partner, Rules, Tenant
from mailbot.rules.values import parse_promise

_DAY = timedelta(days=1)
_MONTHS_TO_COME = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that is another one than was told last, by its name in `deciding.promises.told`; "" is none."""

    name: str
    now: str
    before: str


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The facts of what we promise; like those of an answer they have no field for words that anybody wrote.

    `name_zone` is whether the reader's zone is another than that of the hours. `closed` are the days to come on which
    we are closed, and `changes` what is other than the reader was told last, nothing where he was told nothing.
    `company` is the customer of ours of which it speaks, for who reads for several, else "".
    """

    now: datetime
    brand: str
    promised: Promises
    night: Night
    closed: tuple[Closing, ...] = ()
    changes: tuple[Change, ...] = ()
    name_zone: bool = False
    company: str = ""
    signature: str = ""
    website: str = ""
    country: str = "US"


def policy_facts(
    rules: Rules, tenant: Tenant | None, now: datetime, language: str, before: Mapping[str, str] | None = None
) -> PolicyFacts:
    """Return what this tenant is promised, everybody for None; `before` is what it was told last, None for nothing."""
    partner, locale, promised = rules.partner, rules.locale(tenant), promises(rules, tenant)
    today = now.astimezone(promised.zone).date()
    after = told(promised)
    return PolicyFacts(
        now=now.replace(second=0, microsecond=0),
        brand=partner.brand,
        promised=promised,
        night=at_two_on_sunday(rules, tenant, now),
        closed=tuple(closings(promised.hours, today, today + _MONTHS_TO_COME, language)),
        changes=() if before is None else tuple(_change(name, before, after) for name in changed(before, after)),
        name_zone=locale.zone != promised.zone,
        signature=partner.signature,
        website=partner.website,
        country=locale.country,
    )


def _change(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    return Change(name, after[name], before.get(name, ""))


def within(wording: Wording, length: Promised) -> str:
    """Return a promise in words: "within 15 minutes", "as soon as we can"."""
    if length is None:
        return wording.phrase("policy.best_effort", {})
    return wording.phrase("policy.within", {"length": _length(wording, length)})


def _length(wording: Wording, length: timedelta | BusinessDay) -> str:
    if isinstance(length, BusinessDay):
        key = "policy.business_day" if length.days == 1 else "policy.business_days"
        return wording.phrase(key, {"number": wording.number(length.days)})
    return wording.span(length)


def lasting(wording: Wording, length: timedelta) -> str:
    """Return how long we wait in words: in days where these are whole ones, "4 days"."""
    return wording.span(length, in_days=length % _DAY == timedelta())


def closing(wording: Wording, one: Closing) -> str:
    """Return closed days in words: "Thursday, November 26: Thanksgiving Day"."""
    first = wording.calendar_day(one.first)
    if one.last != one.first:
        return wording.phrase("policy.days", {"first": first, "last": wording.calendar_day(one.last)})
    return _labelled(wording, first, one.name) if one.name else first


def change(wording: Wording, one: Change, promised: Promises) -> str:
    """Return what is new in words: "Critical, first answer: within 15 minutes (so far: within 30 minutes)"."""
    severity, _, part = one.name.rpartition(".")
    if severity:
        what = f"{wording.phrase(f'policy.{severity}', {})}, {wording.phrase(f'policy.{part}', {})}"
        values = {"what": what, "now": _terms(wording, one.now), "before": _terms(wording, one.before)}
    elif one.name == "hours":
        lines = "; ".join(wording.hours(promised.hours))
        what = f"{wording.phrase('hours_label', {})} ({wording.zone_name(promised.zone)})"
        return _labelled(wording, what, lines or "–")
    else:
        values = {"what": wording.phrase(f"policy.{one.name}", {}), "now": one.now, "before": one.before}
    if one.now and not one.before:
        return _labelled(wording, values["what"], values["now"])
    return wording.phrase("policy.new_was" if one.now else "policy.gone", values)


def _labelled(wording: Wording, label: str, text: str) -> str:
    return f"{wording.phrase('labelled', {'label': label})} {text}"


def _terms(wording: Wording, told: str) -> str:
    """Return a promise in words that was written down by `deciding.promises.told`, "" for none."""
    if not told:
        return ""
    length, always = told.removesuffix(ALWAYS), told.endswith(ALWAYS)
    parsed = parse_promise(length)
    assert parsed is None or isinstance(parsed, (timedelta, BusinessDay))  # noqa: S101 - as `parse_promise` says
    clock = wording.phrase("policy.always" if always else "policy.business", {})
    return f"{within(wording, parsed)}, {clock}"


def samples(now: datetime) -> tuple[PolicyFacts, ...]:
    """Return facts that between them walk the branches of a template."""
    partner = Partner(
        brand="Sample",
        address="support@sample.example",
        zone=ZoneInfo("America/New_York"),
        phone="+1 202 555 0100",
        emergency_number="+1 202 555 0142",
        website="sample.example",
        status_page="https://status.sample.example",
        manual="https://manual.sample.example",
        hours=Hours(region="US", closed=(date(2026, 12, 24), date(2026, 12, 25))),
    )
    tenant = Tenant(id="sample", name="Sample Ltd", zone=ZoneInfo("Europe/Berlin"), country="DE")
    full = policy_facts(Rules(partner=partner), tenant, now, "en", {})
    watched = replace(full.promised, alerted=True, on_call=True, answering_service=True)
    never = replace(full.promised, reminds_after=timedelta(), closes_after=timedelta(), emergency_number="", phone="")
    return (
        replace(full, promised=watched, company="Sample Dental"),
        replace(full, changes=(), closed=(), promised=replace(never, status_page="", manual=""), website=""),
        replace(full, night=Night(full.night.at, full.night.at, None), promised=watched),
    )
