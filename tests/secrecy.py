"""What left in a test, searched for the addresses of our agents: nobody outside may learn one. Nor may a customer learn
of a vendor, or a vendor of a customer.

The desks of tests say whose addresses are to stay inside (`keep_inside`); whatever takes mail from a desk says what
left (`left`). When a test ends, `leaks` looks through all of it, and a fixture in conftest.py fails the test.

A mail is searched as it stands on the wire and as programs show it: its envelope, each field with encoded words and
parameters decoded, each part decoded by its transfer encoding, in any of the usual charsets, with entities, percent
encoding, soft hyphens and line breaks undone, attached messages and packed files as well.
"""

from __future__ import annotations

import html
import io
import re
import tomllib
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from urllib.parse import unquote

from mailbot.reading.fields.address import canonical

_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be")
_JOINED = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+|=\r?\n|<[^<>@]*>")
_MOST_PACKED = 1 << 22


@dataclass(frozen=True)
class Left:
    """One mail that left: to whom, from which reverse-path, and its octets."""

    recipient: str
    reverse_path: str
    raw: bytes


@dataclass
class Watch:
    """What is watched in one test: the agents' addresses, who else is one of us, the vendors', and what left.

    Of `vendors` and `customers` addresses and domains are named: neither side may learn those of the other.
    """

    agents: set[str] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)
    vendors: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    mails: list[Left] = field(default_factory=list)

    def keep_inside(self, agents: Iterable[str], ours: Iterable[str] = ()) -> None:
        """Say whose addresses nobody outside may learn, and who besides them is not outside."""
        self.agents.update(map(canonical, agents))
        self.ours.update(map(canonical, ours))

    def keep_apart(self, vendors: Iterable[str], customers: Iterable[str]) -> None:
        """Say by which addresses and domains vendors and customers are known."""
        self.vendors.update(map(str.casefold, vendors))
        self.customers.update(map(str.casefold, customers))

    def keep_inside_of(self, rules: str) -> None:
        """Say the same by the text of a rules.toml; one that cannot be read says nothing."""
        try:
            said = tomllib.loads(rules)
        except tomllib.TOMLDecodeError:
            return
        listed = [one for one in said.get("agent", ()) if isinstance(one, dict)]
        self.keep_inside(
            [address for one in listed for address in one.get("addresses", ())],
            [one for table in ("notify", "digest") for one in said.get(table, {}).get("addresses", ())],
        )
        places = ("addresses", "domains")
        vendors, customers = (
            [
                one
                for row in said.get(table, ())
                if isinstance(row, dict)
                for place in places
                for one in row.get(place, ())
            ]
            for table in ("vendor", "tenant")
        )
        self.keep_apart(vendors, customers)

    def left(self, recipients: Iterable[str], reverse_path: str, raw: bytes) -> None:
        """Say that a mail left."""
        self.mails += [Left(recipient, reverse_path, raw) for recipient in recipients]

    def leaks(self) -> list[str]:
        """Return which agent's address stands in which mail to somebody outside."""
        outside = [mail for mail in self.mails if canonical(mail.recipient) not in self.agents | self.ours]
        return [
            f"{address} stands in a mail to {mail.recipient} ({where}):\n{mail.raw.decode('utf-8', 'replace')[:2000]}"
            for mail in outside
            for secret in [self._kept_from(mail.recipient)]
            if secret
            for address, where in found_in(mail.raw, secret, mail.reverse_path)
        ]

    def _kept_from(self, recipient: str) -> set[str]:
        """Return what may not stand in a mail to somebody outside."""
        if not self.vendors:
            return self.agents
        address = canonical(recipient)
        if address not in self.vendors and address.rpartition("@")[2] not in self.vendors:
            return self.agents | self.vendors
        written_to = {canonical(mail.recipient) for mail in self.mails} - self.agents - self.ours
        customers = {one for one in written_to if not {one, one.rpartition("@")[2]} & self.vendors}
        return self.agents | self.customers | customers

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.agents.clear()
        self.ours.clear()
        self.vendors.clear()
        self.customers.clear()
        self.mails.clear()


WATCH = Watch()
"""The one of this process; its test runs alone in it."""


def found_in(raw: bytes, addresses: Iterable[str], reverse_path: str = "") -> list[tuple[str, str]]:
    """Return which of the addresses stand in a mail, each with the first place."""
    wanted = {form: address for address in addresses for form in _forms(address)}
    found: dict[str, str] = {}
    # Octets of ASCII are the same text in nearly every charset.
    first_places: dict[str, str] = {}
    for where, text in texts(raw, reverse_path):
        first_places.setdefault(text, where)
    for text, where in first_places.items():
        for seen in _as_seen(text):
            for form, address in wanted.items():
                if form in seen:
                    found.setdefault(address, where)
    return list(found.items())


def _forms(address: str) -> Iterator[str]:
    """Yield an address as it may be written: with the domain in A-labels, and in its own letters."""
    yield address.casefold()
    local, _, domain = address.rpartition("@")
    if "xn--" in domain:
        yield f"{local}@{domain.encode().decode('idna')}".casefold()


def _as_seen(text: str) -> Iterator[str]:
    """Yield a text as it stands and as programs show it, folded for comparing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    yield folded
    undone = unquote(html.unescape(html.unescape(folded)))
    yield undone
    yield _JOINED.sub("", undone)


def texts(raw: bytes, reverse_path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a mail with the place that it stands in."""
    yield "reverse-path", reverse_path
    yield "octets", raw.decode("utf-8", "replace")
    yield from _of_message(message_from_bytes(raw, policy=policy.compat32))
    for name, value in BytesHeaderParser(policy=policy.default).parsebytes(raw).items():
        yield name, str(value)


def _of_message(message: Message) -> Iterator[tuple[str, str]]:
    for part in message.walk():
        for name, value in part.items():
            yield name, _decoded(str(value))
        for name, value in part.get_params(failobj=[], header="content-type") or ():
            yield f"parameter {name}", _parameter(value)
        yield "file name", part.get_filename("") or ""
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from _of_octets(payload, part.get_content_charset("utf-8"))


def _of_octets(octets: bytes, charset: str) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((charset, *_CHARSETS)):
        try:
            yield "body", octets.decode(name, "replace")
        except LookupError:
            continue
    if zipfile.is_zipfile(io.BytesIO(octets)):
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            for one in packed.infolist():
                yield "packed file", one.filename
                if one.file_size <= _MOST_PACKED:
                    yield "packed file", packed.read(one).decode("utf-8", "replace")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        return value


def _parameter(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, tuple):
        return unquote(value[2], value[0] or "utf-8", "replace")
    return value
