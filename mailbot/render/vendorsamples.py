"""Sample facts of mails to and about vendors, for the check of templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from mailbot.render.vendors import CaseFact, CaseFacts, VendorAnswerFacts

_NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_CASE = CaseFacts(
    now=_NOW,
    brand="Sample",
    token="t" * 39,
    reference="1042",
    problem="Outgoing calls do not work",
    facts=(CaseFact("Extension", "204", "the customer, Mon, Nov 23"), CaseFact("SIP code", "503", "we, Mon, Nov 23")),
    missing=("hang-up cause",),
    words="It fails.",
    by="Jo",
    account="account 1",
)
_LATER = replace(_CASE, follows=True, subject="Re: [1042] Outgoing calls do not work", case="4711")
_ANSWER = VendorAnswerFacts(
    now=_NOW,
    brand="Sample",
    token="t" * 39,
    subject="[1042] Sample subject",
    ticket=1042,
    vendor="Sample Carrier",
    id="carrier",
    sender="noc@carrier.example",
    words="It is mended.",
    at=_NOW,
)
_FULL = replace(_ANSWER, customer="Kim at Sample Ltd", case="4711", verified=False, files=("trace.pcap",))
VENDOR_SAMPLES: Mapping[str, tuple[CaseFacts | VendorAnswerFacts, ...]] = MappingProxyType(
    {"vendor-case": (_CASE, replace(_CASE, facts=(), missing=(), words="", by="", account=""), _LATER)}
    | {"team-vendor": (_ANSWER, _FULL)}
)
"""By the name of the mail; between them they walk the branches of its templates."""
