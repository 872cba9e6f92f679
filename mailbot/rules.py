"""The typed form of rules.toml: what the operator decided, in the types that the code uses.

Values reach their final type when the file is read: "20h" is a timedelta, a zone name a
ZoneInfo, "09:00-17:30" a pair of times. Unknown keys are refused. Nothing here reads a
file; `mailbot.config` does, and turns every refusal into a line the operator can mend.
The defaults live in the shipped rules.toml, which names every key; a model's own default
is the same value, so that a rule is whole in tests, too.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator


class Severity(StrEnum):
    """The brief's four severities; the order of `SEVERITIES` is from worst to mildest."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Return 0 for the worst severity, growing as it gets milder."""
        return SEVERITIES.index(self)


SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.NORMAL, Severity.LOW)


class Playbook(StrEnum):
    """The brief's six common issues."""

    OUTBOUND_CALLS = "outbound_calls"
    VOICEMAIL_EMAIL = "voicemail_email"
    CALLER_ID_NAME = "caller_id_name"
    PHONE_REGISTRATION = "phone_registration"
    PORT_IN = "port_in"
    PORT_OUT = "port_out"


_UNITS_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = timedelta(days=366)
_LONGEST_SHOWN = 60


def parse_duration(value: object) -> object:
    """Return "90s", "15m", "4h", "3d", "2w" or a sum such as "1h 30m" as a timedelta of at most a year.

    Raise ValueError naming the accepted units; a bare number has none.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\s*(?:\d{1,9}\s*(?:min|[smhdw])\s*)+", value):
        raise ValueError(f'{_written(value)} is no duration; write "90s", "15m", "4h", "3d" or "1h 30m"')
    parts = re.findall(r"(\d+)\s*(min|[smhdw])", value)
    length = timedelta(seconds=sum(int(number) * _UNITS_SECONDS[unit] for number, unit in parts))
    if length > _LONGEST:
        raise ValueError(f"{_written(value)} is longer than a year")
    return length


def _written(value: object) -> str:
    """Return a value much as it stands in TOML, cut short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    text = str(value)
    text = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return f'"{text}"' if isinstance(value, str) else text


def parse_zone(value: object) -> object:
    """Return the IANA zone of that name; raise ValueError when there is none."""
    if isinstance(value, ZoneInfo):
        return value
    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError(f'{_written(value)} is no time zone; write one like "Europe/Berlin" or "America/New_York"')


class BusinessDay(BaseModel):
    """Promised durations may count business days; `days` of them make up the promise."""

    model_config = ConfigDict(frozen=True)

    days: int


def parse_promise(value: object) -> object:
    """Return "3 business days" as BusinessDay(3), "best effort" as None, else a duration."""
    if value is None or isinstance(value, BusinessDay):
        return value
    if isinstance(value, str):
        words = " ".join(value.lower().split())
        if words == "best effort":
            return None
        if found := re.fullmatch(r"(\d{1,3}) business days?", words):
            return BusinessDay(days=int(found[1]))
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, "3 business days" or "best effort"') from None


def parse_time(value: object) -> object:
    """Return "09:00" as a time and "24:00" as midnight at the day's end (time.max)."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if value == "24:00":
        return time.max
    if isinstance(value, str) and (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value)):
        return time(int(found[1]), int(found[2]))
    raise ValueError(f'{_written(value)} is no time of day; write it like "09:00"')


class Period(BaseModel):
    """A span within one local day, `start` inclusive, `end` exclusive (time.max is midnight)."""

    model_config = ConfigDict(frozen=True)

    start: time
    end: time


def parse_period(value: object) -> object:
    """Return "09:00-17:30" as a Period; raise ValueError unless it starts before it ends."""
    if isinstance(value, Period):
        return value
    if not isinstance(value, str) or "-" not in value:
        raise ValueError(f'{_written(value)} is no span of time; write it like "09:00-17:30"')
    start, _, end = (part.strip() for part in value.partition("-"))
    span = Period.model_validate({"start": parse_time(start), "end": parse_time(end)})
    if span.start >= span.end:
        raise ValueError(f"{_written(value)} ends before it starts; write a span over midnight as two days")
    return span


def in_order(spans: tuple[Period, ...]) -> tuple[Period, ...]:
    """Return the spans of one day by their start; raise ValueError when two overlap."""
    ordered = tuple(sorted(spans, key=lambda span: span.start))
    for former, latter in pairwise(ordered):
        if latter.start < former.end:
            raise ValueError(f"two spans overlap at {latter.start:%H:%M}")
    return ordered


def parse_days(value: object) -> object:
    """Return days, "2026-12-24" or 2026-12-24, and ranges, "2026-12-24..2027-01-01", as their days in order."""
    if not isinstance(value, (list, tuple)):
        return value
    days: set[date] = set()
    for written in value:
        first, last = written, written
        if isinstance(written, str) and ".." in written:
            first, _, last = written.partition("..")
        start, end = _parse_day(first, written), _parse_day(last, written)
        if not start <= end <= start + _LONGEST:
            raise ValueError(f"{_written(written)} is no range of at most a year")
        days.update(start + timedelta(days=count) for count in range((end - start).days + 1))
    return tuple(sorted(days))


def _parse_day(value: object, written: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f'{_written(written)} is no day; write it like "2026-12-24", or many like "2026-12-24..2027-01-01"'
        ) from None


def parse_names(value: object) -> object:
    """Return names of holidays as they are, and dates as their ISO text."""
    if not isinstance(value, (list, tuple)):
        return value
    return tuple(name.isoformat() if isinstance(name, date) else name for name in value)


def on_one_line(text: str) -> str:
    """Return the text, outer spaces taken off; raise ValueError for line breaks and other control characters."""
    if not text.isprintable():
        raise ValueError("must stand on one line, without control characters")
    return text.strip()


def sluglike(text: str) -> str:
    """Return the id; raise ValueError unless it is fit for a command line, a log and a file name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise ValueError("an id is made of letters, digits, dots, dashes and underscores, at most 64")
    return text


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Promise = Annotated[timedelta | BusinessDay | None, BeforeValidator(parse_promise)]
Zone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]
Span = Annotated[Period, BeforeValidator(parse_period)]
Spans = Annotated[tuple[Span, ...], AfterValidator(in_order)]
Days = Annotated[tuple[date, ...], BeforeValidator(parse_days)]
Names = Annotated[tuple[str, ...], BeforeValidator(parse_names)]
Interval = Annotated[Duration, Field(gt=timedelta(0))]
Line = Annotated[str, AfterValidator(on_one_line)]
Id = Annotated[str, AfterValidator(sluglike)]
Switch = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0)]
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
Language = Literal["en", "de", "fr", "es", "pt"]


class Table(BaseModel):
    """Base of every table: frozen, unknown keys forbidden, no silent conversion from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


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
    """One business customer. None or empty means: as the partner's."""

    id: Id
    name: Line
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    zone: Zone | None = None
    language: Language | None = None
    hours: Hours | None = None
    emergency_number: Line = ""
    contact: Line = ""
    callback_number: Line = ""


class Mailbox(Table):
    """An IMAP mailbox to watch.

    `folders` are read; `junk` is looked at for listed tenants' mail only; `move_to`, if set,
    is where a message goes once its ticket is committed. `authserv_ids` name whose
    Authentication-Results count; `provider` presets them.
    """

    id: Id = "support"
    host: Line
    port: Port = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    sign_in: SignIn
    folders: tuple[str, ...] = ("INBOX",)
    junk: str = ""
    move_to: str = ""
    provider: Literal["", "gmail", "microsoft", "dovecot"] = ""
    authserv_ids: tuple[str, ...] = ()
    poll: Interval = timedelta(seconds=60)
    reconcile: Interval = timedelta(hours=6)


class Listener(Table):
    """A door for mail by SMTP or LMTP; an empty `smtp` or `lmtp` keeps it shut ("127.0.0.1:2525")."""

    smtp: str = ""
    lmtp: str = ""
    recipients: tuple[str, ...] = ()
    trusted_relays: tuple[str, ...] = ("127.0.0.1", "::1")
    authserv_ids: tuple[str, ...] = ()
    max_recipients: Count = 50
    max_sessions: Count = 50
    timeout: Interval = timedelta(minutes=5)


class Relay(Table):
    """The server that takes our outgoing mail; without a `host` mail goes to the Maildir `maildir`.

    `plus_addressing` says whether support+token@ reaches us; "auto" uses what
    `mailbot check --connect` found out. `null_reverse_path` likewise for `<>`.
    """

    host: Line = ""
    port: Port = 587
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    sign_in: SignIn = Field(default_factory=SignIn)
    timeout: Interval = timedelta(seconds=60)
    final_reply_timeout: Interval = timedelta(minutes=10)
    maildir: str = "data/outgoing"
    plus_addressing: Literal["auto", "yes", "no"] = "auto"
    null_reverse_path: Literal["auto", "yes", "no"] = "auto"


class Notify(Table):
    """Who of us is told, and how a burst is grouped: the first at once, then one mail per `group_for`."""

    addresses: tuple[str, ...] = ()
    group_for: Duration = timedelta(minutes=1)


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
    """Sizes in octets and windows in time."""

    message_bytes: Count = 26_214_400
    reopen_within: Duration = timedelta(days=7)
    received_fields: Count = 50


class PhraseRule(Table):
    """One rule over a sentence: any of `state` (near any of `scope`, if given) and none of `unless`.

    A phrase is words that follow each other, whatever their case; `*` at a word's end stands
    for any ending. `regex` is for what words cannot say; it has 0.1 s.
    """

    id: Id
    state: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    regex: str = ""
    disabled: Switch = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.state or self.regex or self.disabled):
            raise ValueError("a rule needs `state`, words to look for, or `regex`")
        return self


class SeverityRules(Table):
    """What is promised for a severity, on which clock, and the rules that recognise it.

    `clock` is "always" (day and night) or "business". `resolution` None is best effort.
    `unless` holds for every rule here; `unless_anywhere` ("not urgent", "works again") takes
    the severity back wherever in the message it stands.
    """

    response: Promise
    resolution: Promise = None
    clock: Literal["always", "business"] = "business"
    unless: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    rule: tuple[PhraseRule, ...] = ()


class PlaybookRules(Table):
    """A common issue: its title for agents, the steps to check, and the rules that recognise it.

    `unless` and `unless_anywhere` are as with the severities.
    """

    title: Line
    steps: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    rule: tuple[PhraseRule, ...] = ()


def _severities() -> dict[Severity, SeverityRules]:
    return {
        Severity.CRITICAL: SeverityRules(response=timedelta(minutes=15), resolution=timedelta(hours=4), clock="always"),
        Severity.HIGH: SeverityRules(response=timedelta(hours=1), resolution=timedelta(hours=24)),
        Severity.NORMAL: SeverityRules(response=timedelta(hours=4), resolution=BusinessDay(days=3)),
        Severity.LOW: SeverityRules(response=BusinessDay(days=1)),
    }


class Rules(Table):
    """The whole of rules.toml: one partner."""

    partner: Partner = Field(default_factory=Partner)
    tenant: tuple[Tenant, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    listen: Listener = Field(default_factory=Listener)
    relay: Relay = Field(default_factory=Relay)
    notify: Notify = Field(default_factory=Notify)
    answers: Answers = Field(default_factory=Answers)
    limits: Limits = Field(default_factory=Limits)
    severity: dict[Severity, SeverityRules] = Field(default_factory=_severities)
    playbook: dict[Playbook, PlaybookRules] = Field(default_factory=dict)
    public_domains: tuple[str, ...] = ()

    def tenant_by_id(self, tenant_id: str | None) -> Tenant | None:
        """Return the tenant of that id, None for None or an id no longer listed."""
        return next((tenant for tenant in self.tenant if tenant.id == tenant_id), None)
