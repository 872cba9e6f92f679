"""Who is who: the partner, the tenants, our own people, and systems that write by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from mailbot.rules.doors import Secret, WebAddress
from mailbot.rules.hours import Hours
from mailbot.rules.links import LinkPattern, PageAddress
from mailbot.rules.recognising import Severity, Table, Terms
from mailbot.rules.values import Day, Duration, Id, Interval, Language, Line, TimeOfDay, Zone


class Partner(Table):
    """The brand whose mailbox this is; what customers see of us.

    `address` is the support address that answers come from. `phone` is the support line in
    hours (optional). `emergency_number` is answered day and night. `signature` stands under
    automatic mail; it defaults to the brand's name. `dashboard` is where agents look at a customer. `status_page` and
    `manual` are pages for customers.
    """

    id: Id = "partner"
    brand: Line = ""
    address: Line = ""
    aliases: tuple[str, ...] = ()
    zone: Zone = ZoneInfo("UTC")
    language: Language = "en"
    country: Line = "US"
    phone: Line = ""
    emergency_number: Line = ""
    website: Line = ""
    status_page: PageAddress = ""
    manual: PageAddress = ""
    dashboard: LinkPattern = ""
    signature: str = ""
    hours: Hours = Field(default_factory=Hours)


class Tenant(Table):
    """One business customer. None or empty means: as the partner's.

    `digest` are the addresses there that get a weekly mail of its figures. `contact` may hold a mail address
    ("Dana Smith <dana@acme.example>"), to which what is promised goes (`deciding.promises.readers`).
    `words` are phrases that the shared lists of these names hold besides, in the mail of its people. `severity` is what
    is promised to it in another way than to all.
    """

    id: Id
    name: Line
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    zone: Zone | None = None
    language: Language | None = None
    country: Line = ""
    hours: Hours | None = None
    emergency_number: Line = ""
    contact: Line = ""
    callback_number: Line = ""
    digest: tuple[str, ...] = ()
    status_page: PageAddress = ""
    manual: PageAddress = ""
    dashboard: LinkPattern = ""
    words: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    severity: dict[Severity, Terms] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locale:
    """How somebody is written to: in which language, how his country writes numbers, and on whose clock."""

    language: str
    country: str
    zone: ZoneInfo


Form = Literal["plain", "ntfy", "slack", "pagerduty"]
"""The kinds of receivers that a page can be posted to."""


class Pager(Table):
    """One way in which an agent is paged: exactly one of `mail`, `webhook` and `command`.

    `mail` is an address, such as that of a text message gateway. `webhook` is where a page is posted to, in the `form`
    of its receiver; `secret` signs it (Standard Webhooks), or is what that receiver asks for: a token of ntfy's, the
    integration key of PagerDuty. `command` is a program and its arguments, run without a shell.
    """

    mail: Line = ""
    webhook: WebAddress | None = None
    form: Form = "plain"
    secret: Secret | None = None
    command: tuple[str, ...] = ()


class Agent(Table):
    """One of us who answers customers: the addresses that he writes from, the first being where mail goes to him.

    `tenants` are the ids of those whose mail is his; none named are all. `hours` are when mail may reach him that can
    wait, None for the partner's; they are kept in `zone`, None for the partner's. `pager` are the ways in which he is
    paged, tried in their order. One that is `outsourced` is an answering service: it is called out of our hours, and
    acts in what it was called for until we open. In the second `tier` he hears of what the first cannot solve.
    """

    id: Id
    name: Line
    addresses: tuple[str, ...] = ()
    tenants: tuple[Id, ...] = ()
    tier: Literal[1, 2] = 1
    hours: Hours | None = None
    zone: Zone | None = None
    outsourced: bool = False
    pager: tuple[Pager, ...] = ()


_LONGEST = timedelta(days=366)


class Exceptional(Table):
    """Days on which an agent (his id) is on call in another's place, `first` and `last` among them; at most a year."""

    agent: Id
    first: Day
    last: Day

    @model_validator(mode="after")
    def _is_a_while(self) -> Self:
        if self.last < self.first:
            raise ValueError("it ends before it begins; write first before last")
        if self.last - self.first > _LONGEST:
            raise ValueError("it lasts longer than a year; change the rota instead")
        return self


class OnCall(Table):
    """Who is called out of hours: ids of agents who take turns of a week, from the day `since` at `change_at` on.

    Nobody named: whoever is not away. Who answers nothing for `next_after` has the next of them called; until then the
    next of his own pagers is tried each `next_pager`. An answering service (`Agent.outsourced`) takes no turn: it is
    called first each night, and whoever's turn it is after it.
    """

    rota: tuple[Id, ...] = ()
    since: Day = date(2026, 1, 5)
    change_at: TimeOfDay = time(9)
    next_after: Interval = timedelta(minutes=10)
    next_pager: Interval = timedelta(minutes=3)
    exception: tuple[Exceptional, ...] = ()


class Team(Table):
    """How agents answer: from the shared "mailbox" with their own program, or by replying to a "relay" of each mail.

    "auto" is by relay where agents are listed and something proves who writes to us.
    """

    answer: Literal["auto", "mailbox", "relay"] = "auto"


class System(Table):
    """A program whose mail is no customer's: a monitor, a phone system, a backup. The first that fits counts.

    It fits mail from one of `addresses` or `domains` with any of `words` in the subject or the text, when there are
    words. `opens` says what such mail makes; what comes again on the same subject is counted in one ticket.
    `recovered` are further words by which its subjects say that something works again.
    """

    id: Id
    name: Line = ""
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    opens: Literal["nothing", "ticket", "critical"] = "ticket"
    tenant: Id | None = None
    recovered: tuple[str, ...] = ()


class Notify(Table):
    """Who of us is told, and how a burst is grouped: the first at once, then one mail per `group_for`."""

    addresses: tuple[str, ...] = ()
    group_for: Duration = timedelta(minutes=1)


class Digest(Table):
    """The weekly mail of figures: who gets it, and when on the partner's clock.

    With nobody named, those get it who are told (`Notify`).
    """

    addresses: tuple[str, ...] = ()
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: TimeOfDay = time(8)
