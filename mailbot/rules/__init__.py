"""The typed form of rules.toml: what the operator decided, in the types that the code uses.

Values reach their final type when the file is read: "20h" is a timedelta, a zone name a
ZoneInfo, "09:00-17:30" a pair of times. Unknown keys are refused. Nothing here reads a
file; `mailbot.config` does, and turns every refusal into a line the operator can mend.
The defaults live in the shipped rules.toml, which names every key; a model's own default
is the same value, so that a rule is whole in tests, too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, PrivateAttr

from mailbot.rules.articles import Article
from mailbot.rules.doors import SENT_MAIL, Dkim, Listener, Mailbox, Relay, Route, Secret, SignIn, WebAddress
from mailbot.rules.hours import Hours, Weekly
from mailbot.rules.people import Agent, Digest, Locale, Notify, OnCall, Pager, Partner, System, Team, Tenant
from mailbot.rules.porting import Form, PortIn
from mailbot.rules.publishing import Site, article_page, status_page
from mailbot.rules.radar import Radar
from mailbot.rules.recognising import (
    SEVERITIES,
    Caution,
    KnownPlaces,
    PhraseRule,
    Playbook,
    PlaybookRules,
    Severity,
    SeverityRules,
    Table,
    Use,
)
from mailbot.rules.surveys import Survey
from mailbot.rules.values import BusinessDay, Count, Duration, Hundredths, Id, Interval, Period, Switch
from mailbot.rules.vendors import Vendor

__all__ = [
    "SENT_MAIL",
    "SEVERITIES",
    "Agent",
    "Answers",
    "Article",
    "BusinessDay",
    "Clock",
    "Hours",
    "Limits",
    "Listener",
    "Locale",
    "Mailbox",
    "Notify",
    "OnCall",
    "Pager",
    "Partner",
    "Period",
    "PhraseRule",
    "Playbook",
    "PlaybookRules",
    "Radar",
    "Relay",
    "Route",
    "Rules",
    "Secret",
    "Severity",
    "SeverityRules",
    "SignIn",
    "Site",
    "Survey",
    "System",
    "Table",
    "Tenant",
    "Use",
    "Vendor",
    "WebAddress",
    "Weekly",
]


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


class Clock(Table):
    """What happens by the clock: at which hundredths of a promised time we are warned, and what ends by itself.

    What is critical or high and was taken, but is not solved after so long in our hours, is escalated to the next tier.
    After our answer the customer is reminded, and the ticket closes, once nothing came for so long; 0 is never.
    """

    warn_at: Hundredths = (50, 80)
    escalate_after: Duration = timedelta(minutes=15)
    remind_after: Duration = timedelta(days=4)
    close_after: Duration = timedelta(days=7)


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
    oncall: OnCall = Field(default_factory=OnCall)
    vendor: tuple[Vendor, ...] = ()
    system: tuple[System, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    listen: Listener = Field(default_factory=Listener)
    dkim: Dkim = Field(default_factory=Dkim)
    relay: Relay = Field(default_factory=Relay)
    notify: Notify = Field(default_factory=Notify)
    digest: Digest = Field(default_factory=Digest)
    answers: Answers = Field(default_factory=Answers)
    site: Site = Field(default_factory=Site)
    port_in: PortIn = Field(default_factory=PortIn)
    clock: Clock = Field(default_factory=Clock)
    survey: Survey | None = None
    radar: Radar = Field(default_factory=Radar)
    limits: Limits = Field(default_factory=Limits)
    operate: Operate = Field(default_factory=Operate)
    retention: Retention = Field(default_factory=Retention)
    severity: dict[Severity, SeverityRules] = Field(default_factory=_severities)
    playbook: dict[Playbook, PlaybookRules] = Field(default_factory=dict)
    caution: Caution = Field(default_factory=Caution)
    words: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
    public_domains: tuple[str, ...] = ()

    _form: Form | None = PrivateAttr(default=None)
    _articles: tuple[Article, ...] = PrivateAttr(default=())

    @property
    def articles(self) -> tuple[Article, ...]:
        """Return the articles in the folder beside rules.toml, drafts among them, by id."""
        return self._articles

    def with_articles(self, articles: tuple[Article, ...]) -> Self:
        """Return the same rules with these articles."""
        rules = self.model_copy()
        rules._articles = articles  # noqa: SLF001 - a copy made here
        return rules

    @property
    def form(self) -> Form | None:
        """Return the form of the letter of authorisation that goes with mails, None where it is no file."""
        return self._form

    def with_form(self, form: Form | None) -> Self:
        """Return the same rules with this form."""
        rules = self.model_copy()
        rules._form = form  # noqa: SLF001 - a copy made here
        return rules

    def tenant_by_id(self, tenant_id: str | None) -> Tenant | None:
        """Return the tenant of that id, None for None or an id no longer listed."""
        return next((tenant for tenant in self.tenant if tenant.id == tenant_id), None)

    def promise(self, severity: Severity, tenant: Tenant | None) -> SeverityRules:
        """Return what is promised for a severity to this tenant, to all for None."""
        shared = self.severity[severity]
        agreed = tenant.severity.get(severity) if tenant else None
        if agreed is None:
            return shared
        return shared.model_copy(update={name: getattr(agreed, name) for name in agreed.model_fields_set})

    def locale(self, tenant: Tenant | None) -> Locale:
        """Return how people of this tenant are written to, None: nobody's; what it leaves open is ours."""
        partner = self.partner
        return Locale(
            (tenant and tenant.language) or partner.language,
            (tenant and tenant.country) or partner.country,
            (tenant and tenant.zone) or partner.zone,
        )

    def status_page_url(self, tenant: Tenant | None = None, language: str = "") -> str:
        """Return the page on which people of this tenant see how the service is, everybody for None; "" for none.

        It is the one that the operator names, else the site's own, in their language where none is given.
        """
        own = self.site.page(status_page(language or self.locale(tenant).language))
        return (tenant and tenant.status_page) or self.partner.status_page or own

    def article_url(self, article: Article) -> str:
        """Return where customers read an article: its link, or its page of the site; "" for nowhere."""
        return article.link or self.site.page(article_page(article.language, article.name))
