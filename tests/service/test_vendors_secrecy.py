"""Hundreds of invented conversations are filed with a vendor; the octets of each mail are searched for the customer."""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import Connection

from mailbot.deciding.effects import EntryKind, OpenTicket
from mailbot.rules import Playbook, Severity
from mailbot.store import tickets
from tests.secrecy import texts
from tests.service.office import RULES, Office, office
from tests.service.test_together import TEAM
from tests.service.test_vendors import VENDOR

_MANY = [range(60), pytest.param(range(60, 600), marks=pytest.mark.slow)]
_FIRMS = (
    "Acme Dental,Bücher & Söhne GmbH,Cabinet Lefèvre,Zénith SARL,Señor Taco,Padaria São João,O'Neill Law,Kwik-Fit 24"
    ",Müller Maschinenbau AG,Société Générale d'Ascenseurs,Phones Direct,The Red Door,Ångström Labs,Naïve Café"
).split(",")
_FIRST = "Jane José Zoë Günther Chloé Iñigo João Li Will May Åsa Ana".split()
_LAST = "Roe Ñandú Smith Müller-Weiß Lefèvre D'Souza Güttler Ångström Gonçalves Quintero Brontë Krähe".split()
_SAID = (
    "Since {at} our calls to {number} fail. This is {person} of {firm}.",
    "Extension {ext} of {firm} is dead, says {person}. User name: {user}, server: {host}",
    "{person} <{address}> wrote that {FIRM} cannot dial {number}, SIP 503.",
    "Hier {firm}: Anrufe an {number} brechen seit {at} Uhr ab. {person}, Durchwahl {ext}",
    "Ici {person}, de {firm} : les appels vers {number} échouent depuis {at}, poste {ext}.",
    "Soy {person} de {firm}: las llamadas al {number} no salen desde las {at}, extensión {ext}.",
    "Sou {person} da {firm}: as chamadas para {number} falham desde as {at}, ramal {ext}.",
    "Our PBX is {host} ({ip}), registrar: sip.{domain}. Password: hunter2\nsip:{user}@{host} gets 401 Unauthorized",
    "The PIN of {person} is 48210937. Her mailbox: {address}, or {mangled}",
    "{entities} at {firm} hears NO_ROUTE_DESTINATION. Write to {address} or call +1 617 555 0100.",
)
_SECRETS = ("hunter2", "48210937", "dana@harborvoice.example", "bob@harborvoice.example")


@dataclass(frozen=True)
class _Customer:
    """Somebody invented: by which he is known, in folded form, stands in `known`."""

    firm: str
    tenant: str
    domain: str
    person: str
    address: str
    known: frozenset[str]


@cache
def _tenants() -> str:
    rows = [
        f'[[tenant]]\nid = "t{number}-{_label(firm)}"\nname = "{firm}"\ndomains = ["{_label(firm)}.example"]\n'
        'zone = "Europe/Berlin"\n'
        for number, firm in enumerate(_FIRMS)
    ]
    return "".join(rows)


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in bare if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")


def _label(firm: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _folded(firm)).strip("-")


def _customer(rng: random.Random) -> _Customer:
    number = rng.randrange(len(_FIRMS))
    firm, first, last = _FIRMS[number], rng.choice(_FIRST), rng.choice(_LAST)
    label = _label(firm)
    domain = f"{label}.example" if rng.random() < 0.8 else "gmail.com"
    address = f"{re.sub('[^a-z]', '', _folded(first))}.{re.sub('[^a-z]', '', _folded(last))}@{domain}"
    tenant = f"t{number}-{label}" if domain != "gmail.com" or rng.random() < 0.5 else ""
    known = {_folded(address), _folded(f"{first} {last}"), f"{label}.example" if tenant else address}
    known |= {_folded(last)} | ({_folded(firm)} if tenant else set())
    return _Customer(firm, tenant, domain, f"{first} {last}", address, frozenset(known))


def _disguised(words: str, rng: random.Random) -> str:
    form = rng.choice([words, words.upper(), words.lower(), words.title()])
    if rng.random() < 0.3:
        form = unicodedata.normalize("NFD", form)
    if rng.random() < 0.2:
        place = rng.randrange(1, len(form))
        form = form[:place] + rng.choice("\u200b\u00ad\u2060") + form[place:]
    return form


def _said(one: _Customer, rng: random.Random) -> str:
    values = {
        "at": f"{rng.randrange(7, 19)}:{rng.randrange(10, 60)}",
        "number": f"+1 212 555 0{rng.randrange(100, 200)}",
        "ext": str(rng.randrange(100, 999)),
        "ip": f"203.0.113.{rng.randrange(1, 255)}",
        "person": _disguised(one.person, rng),
        "firm": _disguised(one.firm, rng),
        "FIRM": one.firm.upper(),
        "user": f"{_label(one.firm)}_{rng.randrange(100, 999)}",
        "host": f"{_label(one.firm)}.pbx.example",
        "domain": one.domain if one.domain != "gmail.com" else "sip.example",
        "address": _disguised(one.address, rng),
        "mangled": one.address.replace("@", " (at) "),
        "entities": "".join(f"&#{ord(letter)};" for letter in one.person),
    }
    return "\n".join(said.format_map(values) for said in rng.sample(_SAID, rng.randrange(1, 5)))


def _conversation(conn: Connection, desk: Office, one: _Customer, rng: random.Random) -> int:
    """Log a ticket of his with some messages and notes, and return its number."""
    opening = OpenTicket(
        tenant=one.tenant or None,
        severity=Severity.NORMAL,
        playbook=rng.choice([None, *Playbook]),
        subject=_disguised(f"{one.firm} cannot call", rng),
        requester=one.address,
        requester_name=one.person,
        opened_at=desk.now,
        response_due_at=None,
        resolution_due_at=None,
    )
    number = tickets.open_ticket(conn, "partner", opening, desk.now)
    for _ in range(rng.randrange(1, 4)):
        ours = rng.random() < 0.4
        entry = tickets.NewEntry(
            partner="partner",
            kind=rng.choice([EntryKind.AGENT, EntryKind.NOTE]) if ours else EntryKind.CUSTOMER,
            at=desk.now,
            recorded_at=desk.now,
            ticket_id=number,
            from_address="" if ours else one.address,
            from_name="" if ours else one.person,
            text=_said(one, rng),
            author="dana" if ours else "",
        )
        tickets.append_entry(conn, entry)
    return number


def _seen(raw: bytes) -> Iterator[str]:
    """Yield all that a mail says, as it stands and as programs and careful readers see it."""
    # Octets of ASCII are the same text in nearly every charset.
    for text in {text for _, text in texts(raw)}:
        folded = _folded(html.unescape(html.unescape(unquote(text))))
        yield _folded(text)
        yield folded
        yield re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", folded))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM + VENDOR + _tenants()) as opened:
        yield opened


@pytest.mark.parametrize("seeds", _MANY, ids=["some", "many"])
def test_of_hundreds_of_conversations_no_mail_to_a_vendor_names_the_customer(desk: Office, seeds: range) -> None:
    facts = 0
    for seed in seeds:
        rng = random.Random(seed)
        one = _customer(rng)
        number = desk.here.database.writer.write(partial(_conversation, desk=desk, one=one, rng=rng))
        words = f"{_said(one, rng)}\nPlease look into it. – {_disguised(one.person, rng)} of {one.firm}"
        desk.do(verb="vendor", ticket=number, vendor="carrier", text=words, agent="dana", confirmed=True)
        more = f"{one.person} ({one.address}) says: {_said(one, rng)}"
        desk.do(verb="vendor", ticket=number, vendor="carrier", text=more, agent="dana", confirmed=True)
        desk.deliver()
        mails = [sent for sent in desk.sent if sent.recipient == "noc@carrier.example"]
        assert len(mails) == 2, (seed, "two mails were to leave")
        desk.sent.clear()
        facts += sum(line.startswith("- ") for sent in mails for line in sent.text.splitlines())
        for sent in mails:
            seen = list(_seen(sent.raw))
            named = {word for word in (*one.known, *_SECRETS) for text in seen if word in text}
            assert named == set(), (seed, one, sent.text)
        desk.now += timedelta(minutes=2)
    assert facts > len(seeds), "where nothing is told, nothing is hidden"
