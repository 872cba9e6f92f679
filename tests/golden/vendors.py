"""Mails to a vendor about a case, and the one that tells an agent of its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailbot.render import AskedTicket, AskFacts, Facts
from mailbot.render.vendors import CaseFact, CaseFacts, VendorAnswerFacts

_NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
_CASE = CaseFacts(
    now=_NOW,
    brand="Northwind Voice",
    token="t" * 39,
    reference="1042",
    problem="Outgoing calls do not work",
    facts=(
        CaseFact("Number dialled", "+1 212 555 0177", "the customer, Mon, Nov 23"),
        CaseFact("Time", "2026-11-23 09:15 (America/New_York)", "the customer, Mon, Nov 23"),
        CaseFact("Extension", "204", "the customer, Mon, Nov 23"),
        CaseFact("Hang-up cause", "NO_ROUTE_DESTINATION", "we, Mon, Nov 23"),
    ),
    missing=("SIP code",),
    words="Other customers reach that number; the customer has not since this morning.\n\nPlease look at the route.",
    by="Dana Ortiz",
    account="Northwind Voice, account 20417",
)
_LATER = replace(
    _CASE,
    subject="Re: [#4711] [1042] Outgoing calls do not work",
    words="It still fails, now with SIP 503.",
    case="4711",
    follows=True,
)
_ANSWER = VendorAnswerFacts(
    now=_NOW,
    brand="Northwind Voice",
    token="t" * 39,
    subject="[1042] Nobody can call out",
    ticket=1042,
    vendor="Carrier NOC",
    id="carrier",
    sender="Kim Lund",
    words="Hello,\n\nwe found a wrong route for +1 212 and mended it at 11:02. Please test.\n\nKim",
    at=_NOW,
    customer="Jo Müller at Contoso",
    case="4711",
    files=("trace.pcap",),
)
_SHOWN = AskFacts(
    _NOW,
    "Northwind Voice",
    "it would file #1042 with Carrier NOC; a line of yours looks like a password or a PIN, and stays behind",
    "#vendor\nPlease look.\nPassword: hunter2",
    "t" * 39,
    title="Please confirm",
    ticket=AskedTicket(1042, "Nobody can call out", "Jo Müller (jo@contoso.example) at Contoso"),
    doing=("#vendor: file the ticket with carrier",),
    links=(
        ("Yes", "mailto:support+t@northwind.example?subject=Re%3A%20yes&body=yes"),
        ("No, drop it", "mailto:support+t@northwind.example?subject=Re%3A%20no&body=no"),
    ),
    shows=(
        "This goes to Carrier NOC (noc@carrier.example)",
        (
            "Subject: [1042] Outgoing calls do not work\n\nHello,\n\nOutgoing calls do not work, with one of our "
            "customers."
            "\n\nWhat we know:\n- Extension: 204 (the customer, Mon, Nov 23)\n\nNot known yet: number dialled, time."
            "\n\nPlease look.\n[A line is left out here: it looks like a password or a PIN.]\n\nOur ticket: 1042"
        ),
    ),
)
CASES: dict[str, tuple[str, Facts, str, str]] = {
    "vendor-case": ("vendor-case", _CASE, "en", "America/New_York"),
    "vendor-later": ("vendor-case", _LATER, "en", "America/New_York"),
    "vendor-answer": ("team-vendor", _ANSWER, "en", "America/New_York"),
    "vendor-unverified": ("team-vendor", replace(_ANSWER, verified=False, case="", files=()), "en", "Europe/Berlin"),
    "ask-vendor": ("team-ask", _SHOWN, "en", "America/New_York"),
}
"""By the name of the file: the template, its facts, the language and the zone."""
