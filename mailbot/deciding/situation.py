"""Everything that one decision looks at, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.clocks.hours import opening_hours
from mailbot.clocks.targets import promised
from mailbot.clocks.wall import WallClock
from mailbot.deciding import content
from mailbot.deciding.agents.written import Written
from mailbot.deciding.classify import Classification
from mailbot.deciding.context import Arrival, Context
from mailbot.deciding.effects import Flag, Reason
from mailbot.deciding.systems import system_of
from mailbot.deciding.tenants import TenantMatch, listed_tenants, tenant_of
from mailbot.deciding.threads import Clues, Join, Sender, join
from mailbot.deciding.tokens import Keyring
from mailbot.deciding.understanding import Understood
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Message, Verdict
from mailbot.rules import Rules, Severity, System, Tenant


@dataclass(frozen=True, slots=True)
class Situation:
    """One message, what the log knows, and what the rules say, at one instant.

    `system` is the known system that wrote it, None for all else. `written` is what a reply to a relay brings.
    """

    message: Message
    arrival: Arrival
    context: Context
    rules: Rules
    keyring: Keyring
    now: datetime
    match: TenantMatch
    sender: Sender
    classified: Classification
    clues: Clues
    system: System | None
    written: Written

    @classmethod
    def of(
        cls,
        understood: Understood,
        arrival: Arrival,
        context: Context,
        rules: Rules,
        keyring: Keyring,
        now: datetime,
    ) -> Situation:
        """Return what is the case with a message that was read."""
        message = understood.message
        match = tenant_of(message, arrival.envelope, rules)
        sender = Sender(
            address=canonical(message.sender.address) if message.sender else "",
            verdict=message.authentication.verdict,
            known=match.listed or context.answered_by_human,
            listed=match.listed,
            tenant=match.tenant.id if match.tenant and match.listed else None,
        )
        system = system_of(message, rules)
        if system is not None and system.tenant is not None:
            reason = Reason("tenant.system", f"its rule says that it is {system.tenant}'s")
            match = TenantMatch(rules.tenant_by_id(system.tenant), listed=False, reasons=(reason,), guessed=True)
        return cls(
            message,
            arrival,
            context,
            rules,
            keyring,
            now,
            match,
            sender,
            understood.classified,
            understood.clues,
            system,
            understood.written,
        )

    @property
    def urgent(self) -> bool:
        """Return whether the words alone read critical; what a known system makes, its rule says."""
        if self.system is not None:
            return self.system.opens == "critical"
        return self.classified.severity is Severity.CRITICAL

    @property
    def severity(self) -> Severity:
        """Return how severe a ticket of this message is."""
        if self.system is not None:
            return Severity.CRITICAL if self.system.opens == "critical" else Severity.NORMAL
        return self.classified.severity

    @property
    def by_machine(self) -> bool:
        """Return whether no person wrote it: by its own marks, or since a known system did."""
        return self.message.automatic.kind is not None or self.system is not None

    def join(self) -> Join:
        """Return the ticket that this message provably continues."""
        return join(self.clues, self.sender, self.context, self.rules, self.keyring, self.now)

    def terms(self, tenant: Tenant | None) -> Tenant | None:
        """Return the ticket's tenant if its hours and emergency number may be told to this sender, else None.

        They may to its listed addresses and to who writes to its own address of ours, not to who
        names its phone number in the text, and not to somebody unlisted whose ticket was labelled so.
        """
        listed = self.sender.listed and tenant in listed_tenants(self.sender.address, self.rules)
        return tenant if listed or (tenant == self.match.tenant and not self.match.guessed) else None

    def promises(
        self, severity: Severity, tenant: Tenant | None, since: datetime | None = None
    ) -> tuple[datetime | None, datetime | None]:
        """Return by when an answer and the end are promised, on this tenant's clock, from the arrival on or `since`."""
        opening = opening_hours(self.rules, tenant)
        return promised(self.rules.promise(severity, tenant), since or self.arrival.received_at, opening)

    @property
    def clock(self) -> WallClock:
        """The clock of our own people."""
        return WallClock.of(self.rules, self.now)

    def flags(self) -> tuple[Flag, ...]:
        """Return what agents must know of this message."""
        verdict = self.sender.verdict
        applies = {
            Flag.UNCLEAR_SENDER: not self.sender.address,
            Flag.AUTHENTICATION_FAILED: verdict is Verdict.FAIL,
            Flag.UNVERIFIED: verdict is Verdict.NONE,
            Flag.FROM_JUNK: self.arrival.junk,
            Flag.SPAM: self.message.spam.is_spam,
            Flag.MACHINE: self.by_machine,
            Flag.ENCRYPTED: bool(self.message.protection.encrypted),
            Flag.UNREADABLE: content.lacks_words(self.message),
            Flag.OVERSIZE: bool(self.arrival.oversize),
            Flag.HISTORY: self.arrival.history,
        }
        return tuple(flag for flag, yes in applies.items() if yes)
