"""The header sections that mail servers write: Google's, Microsoft's, and a Postfix with rspamd and OpenDMARC.

Each border stamps what it found out about From above what the sender wrote, in its own form and at its own place. What
`below` holds came in with the message, so it may be forged.
"""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

SUPPORT = "support@harborvoice.example"
OURS = "harborvoice.example"
_AT = "Mon, 23 Nov 2026 07:00:00 -0800"


@dataclass(frozen=True, slots=True)
class Border:
    """One way of stamping; `id` is the mailbox that reads such mail, `rules` its keys in rules.toml.

    `stamp` returns what the border writes above the message, given its results; `authserv` begins its field.
    """

    id: str
    rules: str
    authserv: str
    stamp: Callable[[str], Sequence[str]]
    trailer: tuple[str, ...] = ()

    def field(self, results: str) -> str:
        """Return a field as this border writes it; forged, where somebody else does."""
        return f"Authentication-Results: {self.authserv}{results}"

    def head(self, results: str | None, below: Sequence[str]) -> list[str]:
        """Return the whole header section: the border's lines with its results (None: it stamped nothing), then `below`.

        A message that comes in without any Received field is what puts a forged field next to the border's own.
        """
        return [*self.stamp("" if results is None else self.field(results)), *below, *self.trailer]


def _google(field: str) -> Sequence[str]:
    results = field.partition(": ")[2]
    stamped = (f"ARC-Authentication-Results: i=1; {results}",) if results else ()
    return (
        "Delivered-To: support@harborvoice.example",
        f"Received: by 2002:a05:7300:8ca4:b0:1a2:3c4d:5e6f with SMTP id k36csp1; {_AT} (PST)",
        "X-Received: by 2002:a05:620a:2a0b:b0:7c5:3b4e:1a2b with SMTP id af79cd13be357; Mon, 23 Nov 2026 07:00:00 -0800",
        "ARC-Seal: i=1; a=rsa-sha256; t=1795446000; cv=none; d=google.com; s=arc-20240605; b=AAAA",
        *stamped,
        "Return-Path: <bounce@sender.example>",
        f"Received: from out.sender.example (out.sender.example. [192.0.2.7]) by mx.google.com with ESMTPS; {_AT} (PST)",
        "Received-SPF: pass (google.com: domain of bounce@sender.example designates 192.0.2.7 as permitted sender)",
        *([field] if field else []),
    )


def _microsoft(field: str) -> Sequence[str]:
    return (
        f"Received: from DB1.eurprd04.prod.outlook.com by AM2.eurprd04.prod.outlook.com with HTTPS; {_AT}",
        f"Received: from AM3.eurprd04.prod.outlook.com by DB1.eurprd04.prod.outlook.com; {_AT}",
        f"Received: from AM3EUR04FT.eop-eur04.prod.protection.outlook.com by AM3.eurprd04.prod.outlook.com; {_AT}",
        *([field] if field else []),
        "Received-SPF: Pass (protection.outlook.com: domain of sender.example designates 192.0.2.7 as permitted sender)",
        f"Received: from out.sender.example (192.0.2.7) by AM3EUR04FT.mail.protection.outlook.com; {_AT}",
        "X-IncomingTopHeaderMarker: OriginalChecksum:0A1B;UpperCasedChecksum:2C3D;SizeAsReceived:1000;Count:12",
    )


def _milters(field: str) -> Sequence[str]:
    return (
        "Return-Path: <bounce@sender.example>",
        f"Received: from out.sender.example (out.sender.example [192.0.2.7]) by mx.harborvoice.example (Postfix); {_AT}",
        *([field] if field else []),
        "X-Rspamd-Server: mx",
        "X-Spamd-Result: default: False [-0.10 / 15.00]; MIME_GOOD(-0.10)[text/plain]; ASN(0.00)[asn:64496]",
    )


BORDERS = (
    Border("google", 'provider = "gmail"', "mx.google.com; ", _google),
    Border(
        "microsoft",
        'provider = "microsoft"',
        "",
        _microsoft,
        ("X-MS-Exchange-Organization-AuthSource: AM3.example", "X-MS-Exchange-Organization-AuthAs: Anonymous"),
    ),
    Border(
        "milters",
        'authserv_ids = ["mx.harborvoice.example"]\nreceived_above = 1',
        "mx.harborvoice.example; ",
        _milters,
    ),
)


def mailboxes() -> str:
    """Return the mailboxes of rules.toml, one behind each border."""
    return "".join(
        f'[[mailbox]]\nid = "{border.id}"\nhost = "imap.{border.id}.example"\n{border.rules}\n'
        f'sign_in = {{ user = "{SUPPORT}", password = {{ env = "MAIL_PASSWORD" }} }}\n'
        for border in BORDERS
    )


def results(
    dmarc: str | None = "pass",
    of: str = OURS,
    *,
    dkim: str = "",
    spf: str = "spf=pass smtp.mailfrom=bounce@sender.example",
) -> str:
    """Return what a border found out: `dmarc` about the domain `of` (None: it says nothing of it)."""
    said = f"dmarc={dmarc} (p=QUARANTINE sp=QUARANTINE dis=NONE) header.from={of}" if dmarc else ""
    return "; ".join(filter(None, (dkim, spf, said)))


def spread(cases: Sequence[Any]) -> list[Any]:
    """Return the cases as parameters: each kind behind one border, another one each time; behind the rest, slow."""
    numbers = {border.id: count() for border in BORDERS}
    turns = {border.id: turn for turn, border in enumerate(BORDERS)}
    return [
        pytest.param(
            case,
            id=str(case),
            marks=[] if next(numbers[case.border.id]) % len(BORDERS) == turns[case.border.id] else [pytest.mark.slow],
        )
        for case in cases
    ]
