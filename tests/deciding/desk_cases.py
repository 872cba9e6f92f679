"""A small invented desk for tests of decisions: one partner, two tenants, and mail from whomever a test needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.deciding.context import Arrival, Context, Source, TicketFacts
from mailbot.deciding.effects import TicketState
from mailbot.deciding.tokens import Keyring, Purpose, issue
from mailbot.reading.model import Authentication, Envelope, Mailbox, Message, Verdict
from mailbot.rules import Answers, Hours, Partner, PhraseRule, Rules, Severity, SeverityRules, Tenant, Weekly

KEYS = Keyring(2, {1: b"an older key".ljust(32), 2: b"the present key".ljust(32)})
NEW_YORK = ZoneInfo("America/New_York")
# A Monday at 10:00 and the Saturday night before it, in New York.
OPEN_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 11, 22, 4, 40, tzinfo=UTC)

SUPPORT = "support@harborvoice.example"
JANE = "jane@acme-dental.example"
COLLEAGUE = "tom@acme-dental.example"
OTHER_TENANT = "eva@bolt.example"
STRANGER = "someone@elsewhere.example"

_DAY = Weekly.model_validate(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:30",)))
_CRITICAL = PhraseRule(id="down", state=("down", "dead"))
_SEVERITIES = Rules().severity


def rules(**changes: Any) -> Rules:
    """Return the desk's rules; keywords replace whole tables."""
    critical = _SEVERITIES[Severity.CRITICAL].model_copy(update={"rule": (_CRITICAL,)})
    tables: dict[str, Any] = {
        "partner": Partner(
            brand="Harbor Voice",
            address=SUPPORT,
            zone=NEW_YORK,
            emergency_number="+1 212 555 0100",
            hours=Hours(week=_DAY),
        ),
        "tenant": (
            Tenant(
                id="acme",
                name="Acme Dental",
                domains=("acme-dental.example",),
                emergency_number="+1 212 555 0111",
                phone_numbers=("+1 212 555 0142",),
                recipients=("acme@harborvoice.example",),
            ),
            Tenant(id="bolt", name="Bolt Logistics", domains=("bolt.example",), language="de"),
        ),
        "severity": {**_SEVERITIES, Severity.CRITICAL: critical},
    }
    return Rules.model_validate({**tables, **changes})


def no_severity_rules() -> dict[Severity, SeverityRules]:
    """Return the brief's targets without any rule that recognises anything."""
    return dict(_SEVERITIES)


def answers(**changes: Any) -> Rules:
    """Return the desk's rules with other [answers]."""
    return rules(answers=Answers.model_validate(changes))


def mail(sender: str | None = JANE, text: str = "A question.", verdict: str = "pass", **fields: Any) -> Message:
    """Return a message as read; `sender` None is an unclear one."""
    box = Mailbox("", sender) if sender else None
    return Message(
        from_=(box,) if box else (),
        sender=box,
        to=fields.pop("to", (Mailbox("", SUPPORT),)),
        text=text,
        reply_text=text,
        message_id=fields.pop("message_id", "first@acme-dental.example"),
        authentication=Authentication(Verdict(verdict)),
        **fields,
    )


def arrival(received_at: datetime = OPEN_AT, **fields: Any) -> Arrival:
    """Return how that message came."""
    envelope = fields.pop("envelope", Envelope("someone@example.net"))
    return Arrival(id=7, source=fields.pop("source", Source.IMAP), received_at=received_at, envelope=envelope, **fields)


def ticket(number: int = 1001, **fields: Any) -> TicketFacts:
    """Return an open normal ticket of Jane's at Acme."""
    facts = TicketFacts(
        id=number,
        state=TicketState.OPEN,
        severity=Severity.NORMAL,
        tenant="acme",
        requester=JANE,
        opened_at=CLOSED_AT,
        closed_at=None,
        parties=frozenset({JANE}),
    )
    return replace(facts, **fields)


def token(number: int = 1001, address: str = JANE, purpose: Purpose = Purpose.CUSTOMER, days: int = 400) -> str:
    """Return the reply token that we gave this address for that ticket."""
    day = OPEN_AT.date().toordinal() + days
    return issue(KEYS, purpose, number, address, OPEN_AT.date().fromordinal(day))


def context(**fields: Any) -> Context:
    """Return what the log knows."""
    return Context(**fields)
