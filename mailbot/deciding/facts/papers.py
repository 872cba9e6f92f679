"""The three papers that bring a number over: which of them a message brings, by the names and types of its files.

Names are read and never repeated. What is in a file nobody looks at, so "scan.pdf" may be any of them: then the
customer is told so, and no form is sent for what may be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailbot.deciding.facts.passwords import folded
from mailbot.reading.model import Message, Role

_LONGEST = 20_000


class Paper(StrEnum):
    """One of the papers; the value is the name of its phrase."""

    LOA = "loa"
    BILL = "bill"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers that are not there for sure; they `may_be` among files whose names say nothing."""

    missing: tuple[Paper, ...] = ()
    may_be: bool = False

    @property
    def needs_form(self) -> bool:
        """Whether the customer is to get the form of the letter of authorisation."""
        return Paper.LOA in self.missing and not self.may_be


ALL_THERE = Papers()

# On names without case and accents, in which what parts words is a space.
_NAMED = {
    Paper.LOA: re.compile(
        r"\b(?:loa|letters? of (?:auth\w*|agency)|authori[sz]ation|vollmacht|portierungs(?:auftrag|formular|vollmacht)"
        r"|mandat\w*|(?:lettre|carta) d\w* autori\w*|autorizacion|autorisation|autorizacao|procuracao)\b"
    ),
    Paper.BILL: re.compile(
        r"\b(?:bill|bills|billing|invoices?|statement|\w*rechnung\w*|factures?|facturas?|faturas?|inv)\b"
    ),
    Paper.ACCOUNT: re.compile(
        r"\b(?:accounts?|csr|customer (?:service )?record|kundendaten|kundenkonto|kundennummer|compte|cuenta|conta"
        r"|customer (?:number|info\w*))\b"
    ),
}
_BLANK = re.compile(
    r"\b(?:template|blank|unsigned|empty|vorlage|leer|muster|vierge|modele|plantilla|en blanco"
    r"|modelo|em branco|sample)\b"
)
_ACCOUNT_SAID = re.compile(
    r"\b(?:account|acct|customer|kunden|konto|client|compte|cliente|cuenta|conta)[ -]?"
    r"(?:no|nr|number|nummer|numero|id|#)?"
    r"\.?\s*(?:is|ist|est|es|e|:|=|#)\s*[a-z]{0,4}[\W_]?\d(?:[ -]?\d){2}"
    r"|\b(?:numero|n[or.°]+) (?:de|do|da)? ?(?:client\w*|compte|cuenta|conta)\b\D{0,10}\d{3}"
)
_NO_PAPERS = ("audio/", "video/", "text/calendar", "text/vcard", "text/x-vcard", "message/")


def papers_of(message: Message) -> Papers:
    """Return which of the three papers a message lacks, as far as its files and its words tell."""
    names = [re.sub(r"[\W_]+", " ", folded(name)) for name in _names(message)]
    there = {paper for paper in Paper for name in names if _NAMED[paper].search(name) and not _BLANK.search(name)}
    unknown = [name for name in names if not any(named.search(name) for named in _NAMED.values())]
    if _ACCOUNT_SAID.search(folded(message.reply_text[:_LONGEST])):
        there.add(Paper.ACCOUNT)
    missing = tuple(paper for paper in Paper if paper not in there)
    return Papers(missing, may_be=bool(missing and unknown))


def _names(message: Message) -> Iterator[str]:
    """Yield the names of the files that may be papers, those packed in others among them."""
    for one in message.attachments:
        if one.role in {Role.FILE, Role.PACKED} and not one.type.startswith(_NO_PAPERS):
            yield from one.inside or (one.name,)
