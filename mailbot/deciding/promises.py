"""What we promise a customer, from the same rules as the answers: targets, hours, numbers, and 2 a.m. on a Sunday.

Of this only the targets, the hours, the numbers and the links make a version, so that nobody is written to about a
closed day, another wording or another language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from json import dumps
from zoneinfo import ZoneInfo

from mailbot.clocks.hours import OpeningHours, instant_of, opening_hours
from mailbot.clocks.targets import due_at
from mailbot.deciding.agents.nights import may_be_called
from mailbot.deciding.agents.team import by_relay
from mailbot.deciding.answers import emergency_number
from mailbot.deciding.tenants import contact_of
from mailbot.rules import SEVERITIES, Agent, BusinessDay, Hours, Rules, Severity, Tenant

Promised = timedelta | BusinessDay | None
"""What is promised for an answer or an end; None is as soon as we can."""

POLICY_MARK = "p"
"""What the Message-ID of the mail that tells of it has before its @."""
ALWAYS = " always"
"""What stands behind a promise that runs day and night, in what `told` says."""
_SUNDAY = 6
_TWO = time(2)
_DAY = timedelta(days=1)
_WEEK = 7
_MARK = 12
# In a week in which no clock of these days is changed.
_A_MONDAY = date(2026, 6, 1)


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised for a severity; it runs `day_and_night`, else in opening hours."""

    severity: Severity
    response: Promised
    resolution: Promised
    day_and_night: bool


@dataclass(frozen=True, slots=True)
class Night:
    """The coming Sunday at 2 a.m. by the reader's clock, in a week without holidays.

    `opens_at` is when we open next, `at` itself where we are open then, None for never. Who writes of an outage then is
    promised an answer by `answer_by`, None for no time.
    """

    at: datetime
    opens_at: datetime | None
    answer_by: datetime | None

    @property
    def is_open(self) -> bool:
        """Return whether we are open at that hour."""
        return self.opens_at == self.at


@dataclass(frozen=True, slots=True)
class Promises:
    """What one tenant is promised, or everybody.

    `hours` are kept in `zone`. `emergency_number` is answered day and night, `phone` in hours; either may be "". An
    outage that is written of out of hours is told to somebody at once where it is `alerted`, to whoever is `on_call`
    where there is a rota, and before that to an `answering_service` where there is one. After our answer we ask once
    after `reminds_after`, and the request closes after `closes_after` (zero: never); a reply within `reopens_within`
    opens it again.
    """

    targets: tuple[Target, ...]
    hours: Hours
    zone: ZoneInfo
    address: str
    phone: str
    emergency_number: str
    website: str
    status_page: str
    manual: str
    down_word: str
    alerted: bool
    on_call: bool
    answering_service: bool
    reminds_after: timedelta
    closes_after: timedelta
    reopens_within: timedelta

    @property
    def outage(self) -> Target:
        """Return what is promised for the worst severity."""
        return self.targets[0]


def promises(rules: Rules, tenant: Tenant | None) -> Promises:
    """Return what this tenant is promised, everybody for None."""
    partner, opening, called = rules.partner, opening_hours(rules, tenant), on_call(rules, tenant)
    return Promises(
        targets=tuple(_target(severity, rules, tenant) for severity in SEVERITIES),
        hours=opening.hours,
        zone=opening.zone,
        address=partner.address,
        phone=partner.phone,
        emergency_number=emergency_number(tenant, rules),
        website=partner.website,
        status_page=rules.status_page_url(tenant),
        manual=(tenant and tenant.manual) or partner.manual,
        down_word=rules.answers.down_word,
        alerted=bool(rules.notify.addresses) or by_relay(rules),
        on_call=bool(called),
        answering_service=any(agent.outsourced for agent in called),
        reminds_after=rules.clock.remind_after,
        closes_after=rules.clock.close_after,
        reopens_within=rules.limits.reopen_within,
    )


def _target(severity: Severity, rules: Rules, tenant: Tenant | None) -> Target:
    promise = rules.promise(severity, tenant)
    return Target(severity, promise.response, promise.resolution, promise.clock == "always")


def on_call(rules: Rules, tenant: Tenant | None) -> tuple[Agent, ...]:
    """Return whom an outage of this tenant's may call out of hours by the rota, as `desk.mails.duty` does."""
    if not by_relay(rules):
        return ()
    whose = tenant.id if tenant else None
    return tuple(agent for agent in rules.agent if agent.id in rules.oncall.rota and may_be_called(agent, whose))


def readers(tenant: Tenant) -> tuple[str, ...]:
    """Return the addresses at which a tenant is told what it is promised.

    That of its contact, else of those who get its weekly mail, else the first that it writes from; () for none known.
    """
    contact = contact_of(tenant).address
    return (contact,) if contact else tenant.digest or tenant.addresses[:1]


def at_two_on_sunday(rules: Rules, tenant: Tenant | None, now: datetime) -> Night:
    """Return how we can be reached in the night to come from a Saturday to a Sunday."""
    zone = rules.locale(tenant).zone
    today = now.astimezone(zone).date()
    sunday = today + _DAY * ((_SUNDAY - today.weekday()) % _WEEK)
    # Where the clock jumps over 2 a.m. that night, it is the one after.
    nights = (instant_of(sunday + _DAY * _WEEK * later, _TWO, zone) for later in range(3))
    at = next(one for one in nights if one.astimezone(zone).time() == _TWO)
    opening = usual(opening_hours(rules, tenant))
    promise = rules.promise(Severity.CRITICAL, tenant)
    return Night(at, opening.next_opening(at), due_at(promise.response, promise.clock, at, opening))


def usual(opening: OpeningHours) -> OpeningHours:
    """Return the opening hours of weeks without holidays and closed days."""
    return OpeningHours(opening.hours.model_copy(update={"region": "", "closed": ()}), opening.zone)


def ends_while_closed(rules: Rules, tenant: Tenant | None, severity: Severity) -> bool:
    """Return whether an answer may be promised for a time, in a week without holidays, at which our own desk is closed.

    Whoever is on call is then to give it. At the instant of opening we are there.
    """
    promise, desk = rules.promise(severity, tenant), usual(opening_hours(rules, None))
    opening = usual(opening_hours(rules, tenant))
    for closes in _closings(desk):
        night = desk.closed_period(closes)
        # Nobody who writes later in the night is promised an answer sooner.
        due = due_at(promise.response, promise.clock, closes, opening) if night else None
        if night and due and (night.end_at is None or due < night.end_at):
            return True
    return False


def _closings(opening: OpeningHours) -> Iterator[datetime]:
    """Yield when each span of a week ends; of a desk that never opens, when the week begins."""
    for day in range(_WEEK):
        for span in opening.hours.week.day(day):
            ends = (1, time.min) if span.end == time.max else (0, span.end)
            yield instant_of(_A_MONDAY + _DAY * (day + ends[0]), ends[1], opening.zone)
    if opening.hours.week.is_empty():
        yield instant_of(_A_MONDAY, time.min, opening.zone)


def told(promised: Promises) -> dict[str, str]:
    """Return by name what makes a version, in words that do not change with a language or a release."""
    terms = {
        f"{target.severity}.{name}": written(length) + (ALWAYS if target.day_and_night else "")
        for target in promised.targets
        for name, length in (("response", target.response), ("resolution", target.resolution))
    }
    week = promised.hours.week
    spans = (",".join(f"{span.start:%H:%M}-{_end(span.end)}" for span in week.day(day)) for day in range(_WEEK))
    return terms | {
        "hours": ";".join(spans),
        "zone": promised.zone.key,
        "address": promised.address,
        "phone": promised.phone,
        "emergency_number": promised.emergency_number,
        "website": promised.website,
        "status_page": promised.status_page,
        "manual": promised.manual,
    }


def _end(end: time) -> str:
    return "24:00" if end == time.max else f"{end:%H:%M}"


def written(length: Promised) -> str:
    """Return a promise as rules.toml may say it: "900s", "3 business days", "best effort"."""
    match length:
        case None:
            return "best effort"
        case BusinessDay(days=days):
            return f"{days} business days"
        case timedelta():
            return f"{int(length.total_seconds())}s"


def version(facts: Mapping[str, str]) -> str:
    """Return the version of what is told, a few letters that are the same for the same facts."""
    return sha256(dumps(dict(facts), sort_keys=True).encode()).hexdigest()[:_MARK]


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the facts that are other ones now, in the order in which they are told.

    The hours and their zone are one; what an earlier mailbot did not tell of is not news where there is nothing of it.
    """
    found = [name for name, value in after.items() if before.get(name, "") != value]
    if "zone" in found:
        found = [name for name in found if name not in {"hours", "zone"}]
        found.insert(next((at for at, name in enumerate(found) if "." not in name), len(found)), "hours")
    return tuple(found)
