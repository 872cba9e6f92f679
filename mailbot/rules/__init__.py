"""The typed form of rules.toml: what the operator decided, in the types that the code uses.

Values reach their final type when the file is read: "20h" is a timedelta, a zone name a
ZoneInfo, "09:00-17:30" a pair of times. Unknown keys are refused. Nothing here reads a
file; `mailbot.config` does, and turns every refusal into a line the operator can mend.
The defaults live in the shipped rules.toml, which names every key; a model's own default
is the same value, so that a rule is whole in tests, too.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from mailbot.rules.recognising import (
    SEVERITIES,
    KnownPlaces,
    PhraseRule,
    Playbook,
    PlaybookRules,
    Severity,
    SeverityRules,
    Table,
    Use,
)
from mailbot.rules.values import (
    BusinessDay,
    Connections,
    Count,
    Days,
    Duration,
    Id,
    Interval,
    Language,
    Line,
    Names,
    NameServer,
    Period,
    Port,
    Spans,
    Switch,
    Zone,
)

__all__ = [
    "SENT_MAIL",
    "SEVERITIES",
    "Agent",
    "Answers",
    "BusinessDay",
    "Hours",
    "Language",
    "Limits",
    "Listener",
    "Mailbox",
    "Notify",
    "Operate",
    "Partner",
    "Period",
    "PhraseRule",
    "Playbook",
    "PlaybookRules",
    "Relay",
    "Retention",
    "Route",
    "Rules",
    "Secret",
    "Severity",
    "SeverityRules",
    "SignIn",
    "System",
    "Table",
    "Team",
    "Tenant",
    "Use",
    "Weekly",
]


class Secret(Table):
    """Where a secret is to be found; exactly one of the three. The secret itself is never here.

    `command` is run without a shell and prints the password or token as its first line.
    """

    env: str = ""
    file: str = ""
    command: str = ""

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if sum(map(bool, (self.env, self.file, self.command))) != 1:
            raise ValueError("name exactly one place: env, file or command")
        if self.env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.env):
            raise ValueError("env is the name of an environment variable, never the secret itself")
        return self


class SignIn(Table):
    """How to sign in to a server: `user` and either a password or an OAuth token (XOAUTH2)."""

    user: str = ""
    password: Secret | None = None
    token: Secret | None = None


class Weekly(Table):
    """Opening hours by weekday, in local time; several spans make breaks, an empty list is closed."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()

    def day(self, weekday: int) -> tuple[Period, ...]:
        """Return the spans of a weekday, 0 = Monday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[weekday]


def _office() -> Weekly:
    day = (Period(start=time(9), end=time(17, 30)),)
    return Weekly(mon=day, tue=day, wed=day, thu=day, fri=day)


class Hours(Table):
    """When support is open: weekly hours, minus public holidays of `region`, minus `closed` days.

    `region` is "US", "US-CA", "DE-BY" (ISO 3166, empty for none); `not_holidays` are names or
    dates of holidays on which you work after all.
    """

    week: Weekly = Field(default_factory=_office)
    region: Line = ""
    closed: Days = ()
    not_holidays: Names = ()


class Partner(Table):
    """The brand whose mailbox this is; what customers see of us.

    `address` is the support address that answers come from. `phone` is the support line in
    hours (optional). `emergency_number` is answered day and night. `signature` stands under
    automatic mail; it defaults to the brand's name.
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
    signature: str = ""
    hours: Hours = Field(default_factory=Hours)


class Tenant(Table):
    """One business customer. None or empty means: as the partner's.

    `words` are phrases that the shared lists of these names hold besides, in the mail of its people.
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
    words: dict[Id, tuple[str, ...]] = Field(default_factory=dict)


class Agent(Table):
    """One of us who answers customers: the addresses that he writes from, the first being where mail goes to him.

    `tenants` are the ids of those whose mail is his; none named are all. `hours` are when mail may reach him that can
    wait, None for the partner's.
    """

    id: Id
    name: Line
    addresses: tuple[str, ...] = ()
    tenants: tuple[Id, ...] = ()
    hours: Hours | None = None


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


SENT_MAIL = "sent mail"
"""How a folder of sent mail is called whose name only its server knows."""


class Mailbox(Table):
    """An IMAP mailbox to watch.

    `folders` are read; `junk` is looked at for listed tenants' mail only; in `sent` stands what our own people write
    from this mailbox ("auto" is the folder that the server marks as such, "" looks at none). `move_to`, if set, is
    where a message goes once its ticket is committed. `authserv_ids` name whose
    Authentication-Results count; `provider` presets them. `received_above` is how many
    Received fields the border writes above its own, None where it removes forged ones itself.
    """

    id: Id = "support"
    host: Line
    port: Port = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    sign_in: SignIn
    folders: tuple[str, ...] = ("INBOX",)
    junk: str = ""
    sent: str = "auto"
    move_to: str = ""
    provider: Literal["", "gmail", "microsoft", "dovecot"] = ""
    authserv_ids: tuple[str, ...] = ()
    received_above: Count | None = None
    poll: Interval = timedelta(seconds=60)
    reconcile: Interval = timedelta(hours=6)


class Listener(Table):
    """A door for mail by SMTP or LMTP; an empty `smtp` or `lmtp` keeps it shut ("127.0.0.1:2525")."""

    smtp: str = ""
    lmtp: str = ""
    recipients: tuple[str, ...] = ()
    trusted_relays: tuple[str, ...] = ("127.0.0.1", "::1")
    authserv_ids: tuple[str, ...] = ()
    received_above: Count | None = None
    max_recipients: Count = 50
    max_sessions: Count = 200
    max_sessions_per_client: Count = 20
    max_messages_a_minute: Count = 60
    max_errors: Count = 20
    timeout: Interval = timedelta(minutes=5)


class Dkim(Table):
    """Whether signatures of mail for which nobody vouches are verified, and whom to ask for their keys.

    `nameservers` are IP addresses, each alone or with a port; none are the machine's own.
    """

    verify: Switch = True
    nameservers: tuple[NameServer, ...] = ()


class Route(Table):
    """A server that takes mail by SMTP submission."""

    host: Line = ""
    port: Port = 587
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    sign_in: SignIn = Field(default_factory=SignIn)
    timeout: Interval = timedelta(seconds=60)
    final_reply_timeout: Interval = timedelta(minutes=10)


class Relay(Route):
    """The server that takes our outgoing mail; without a `host` mail goes to the Maildir `maildir`.

    `connections` is how many mails are handed over side by side. `fallback` takes mail to our own
    people, and no other, while the relay takes none. `plus_addressing` says whether support+token@
    reaches us; "auto" uses what `mailbot check --connect` found out. `null_reverse_path` likewise for `<>`.
    """

    connections: Connections = 4
    fallback: Route = Field(default_factory=Route)
    maildir: str = "data/outgoing"
    plus_addressing: Literal["auto", "yes", "no"] = "auto"
    null_reverse_path: Literal["auto", "yes", "no"] = "auto"


class Notify(Table):
    """Who of us is told, and how a burst is grouped: the first at once, then one mail per `group_for`."""

    addresses: tuple[str, ...] = ()
    group_for: Duration = timedelta(minutes=1)


class Operate(Table):
    """For whoever runs mailbot: `http` serves /healthz and /metrics, on this machine only ("127.0.0.1:9464")."""

    http: str = ""


class Retention(Table):
    """How many days what is done with is kept, each counted from its own instant; 0 is for ever.

    `messages` are the octets as they came, `entries` the words of closed tickets and of events, `mails` the octets
    that left, `quarantine` what is kept apart before it is dropped. That something was there stays known.
    """

    messages: Count = 3650
    entries: Count = 3650
    mails: Count = 3650
    quarantine: Count = 365


class Answers(Table):
    """Automatic answers to customers and their caps; `outgoing = "hold"` keeps them for `outbox release`."""

    outgoing: Literal["send", "hold"] = "send"
    acknowledge: Switch = True
    after_hours: Switch = True
    max_age: Interval = timedelta(hours=2)
    per_address_a_day: Count = 3
    per_unknown_domain_an_hour: Count = 10
    unknown_senders_an_hour: Count = 60
    down_word: str = "DOWN"
    down_a_day: Count = 3


class Limits(Table):
    """Sizes in octets and windows in time; while the disk or the queue is beyond its limit, no mail comes in."""

    message_bytes: Count = 26_214_400
    free_disk_bytes: Count = 268_435_456
    waiting_messages: Count = 10_000
    reopen_within: Duration = timedelta(days=7)
    received_fields: Count = 50


def _severities() -> dict[Severity, SeverityRules]:
    return {
        Severity.CRITICAL: SeverityRules(response=timedelta(minutes=15), resolution=timedelta(hours=4), clock="always"),
        Severity.HIGH: SeverityRules(response=timedelta(hours=1), resolution=timedelta(hours=24)),
        Severity.NORMAL: SeverityRules(response=timedelta(hours=4), resolution=BusinessDay(days=3)),
        Severity.LOW: SeverityRules(response=BusinessDay(days=1)),
    }


class Rules(KnownPlaces):
    """The whole of rules.toml: one partner.

    `words` are lists that rules share by name; in rules that were loaded they stand spelled out in each rule.
    """

    partner: Partner = Field(default_factory=Partner)
    tenant: tuple[Tenant, ...] = ()
    agent: tuple[Agent, ...] = ()
    team: Team = Field(default_factory=Team)
    system: tuple[System, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    listen: Listener = Field(default_factory=Listener)
    dkim: Dkim = Field(default_factory=Dkim)
    relay: Relay = Field(default_factory=Relay)
    notify: Notify = Field(default_factory=Notify)
    answers: Answers = Field(default_factory=Answers)
    limits: Limits = Field(default_factory=Limits)
    operate: Operate = Field(default_factory=Operate)
    retention: Retention = Field(default_factory=Retention)
    severity: dict[Severity, SeverityRules] = Field(default_factory=_severities)
    playbook: dict[Playbook, PlaybookRules] = Field(default_factory=dict)
    words: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    public_domains: tuple[str, ...] = ()

    def tenant_by_id(self, tenant_id: str | None) -> Tenant | None:
        """Return the tenant of that id, None for None or an id no longer listed."""
        return next((tenant for tenant in self.tenant if tenant.id == tenant_id), None)
