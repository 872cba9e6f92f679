"""What a vendor writes about a case: it joins the ticket, and stays among ourselves.

| From | proof | verdict | outcome |
|---|---|---|---|
| a vendor's | the token that is sealed for it, or a mail of its own in the ticket | pass | joins, for our own people |
| a vendor's | the same | none | the same, unverified |
| a vendor's | neither | pass or none | an ordinary mail that is never answered automatically |
| anybody else's | a vendor's token | any | an ordinary mail |
| anybody's | any | fail | kept apart (`unusual`) |

That a case came in, and what else its program says by itself, calls nobody and ends no wait. A number in a subject
proves nothing.
"""

from __future__ import annotations

import re

from mailbot.deciding.context import TicketFacts
from mailbot.deciding.effects import Decision, EntryKind, Flag, JoinTicket, Reason
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose, verify
from mailbot.deciding.vendors.whose import vendor_of
from mailbot.deciding.vendors.wrote import FromVendor
from mailbot.reading.model import AutomaticKind, Message, Verdict
from mailbot.rules import Vendor

_LOOP_RECEIVED_FIELDS = 100
_READ = 4_000
_LONGEST_RECEIPT = 1_200
_CASE = re.compile(
    r"(?i)\b(?:case|ticket|incident|request|vorgang\w*|ticketnummer|dossier|demande|caso|incidencia|chamado|pedido)"
    r"(?: ?(?:id|no|nr|number|nummer|num[ée]ro|n[úu]mero|n[°º])\.?)?[ \t]*[:#=]?[ \t]*#?"
    r"(?P<number>(?:[A-Z]{1,6}-?)?\d{3,12})\b"
)
_RECEIPT = re.compile(
    r"(?i)\b(?:(?:we|we've) (?:have )?(?:now )?received|has been (?:received|created|opened|logged|registered)"
    r"|(?:was|is) (?:received|created|opened|logged|registered)|thank you for (?:contacting|your (?:mail|e-?mail"
    r"|request|message))"
    r"|haben (?:ihre|deine) .{0,40} erhalten|ist bei uns eingegangen|wurde (?:erstellt|angelegt|er[öo]ffnet)"
    r"|avons bien re[çc]u|a [ée]t[ée] (?:cr[ée]{2}e?|re[çc]u\w*|enregistr[ée]e?)|hemos recibido|ha sido (?:creado"
    r"|recibido|registrado)\w*"
    r"|recebemos|foi (?:criado|recebido|registado|registrado)\w*)\b"
)
_NO_ANSWERS = frozenset({AutomaticKind.BOUNCE, AutomaticKind.OWN})


def from_vendor(at: Situation) -> Decision | None:
    """Return the decision on a vendor's mail about a case, None for all else."""
    vendor, kind = vendor_of(at.sender.address, at.rules), at.message.automatic.kind
    if vendor is None or at.sender.verdict is Verdict.FAIL or kind in _NO_ANSWERS:
        return None
    if len(at.message.received) > _LOOP_RECEIVED_FIELDS or at.arrival.sent:
        return None
    ticket, why = _proven(at, vendor)
    if ticket is None:
        return None
    home = at.context.home(ticket)
    by_itself = kind is AutomaticKind.AUTO_REPLY or (kind is not None and is_receipt(at.message))
    flags = (
        *((Flag.UNVERIFIED,) if at.sender.verdict is not Verdict.PASS else ()),
        *((Flag.MACHINE,) if by_itself else ()),
    )
    reasons = [Reason("vendor", f"{vendor.name} writes about #{home.id}, and {why}: the customer does not see it")]
    if by_itself:
        reasons.append(Reason("vendor.by-itself", "its program wrote it: nobody is told"))
    place = JoinTicket(home.id, EntryKind.VENDOR, flags=flags, asks=False)
    effect = FromVendor(vendor.id, case_number(at.message, ticket.id), by_itself)
    return Decision(place, (effect,), tuple(reasons))


def _proven(at: Situation, vendor: Vendor) -> tuple[TicketFacts | None, str]:
    """Return the ticket that the mail provably is about, and what proves it; None where nothing does."""
    clues, today = at.clues, at.now.date()
    tokens = dict.fromkeys((*clues.recipient_tokens, *clues.id_tokens, *clues.text_tokens))
    claims = (verify(at.keyring, token, address, today) for token in tokens for address in vendor.addresses)
    named = {claim.ticket for claim in claims if claim is not None and claim.purpose is Purpose.VENDOR}
    if len(named) > 1:
        return None, ""
    for number in named:
        return at.context.ticket(number), "bears its token"
    for number, address in at.context.from_vendors:
        if vendor_of(address, at.rules) == vendor:
            return at.context.ticket(number), "goes on with a mail of its own"
    return None, ""


def case_number(message: Message, ours: int) -> str:
    """Return by which number a vendor calls its case, "" where none is told; never that of our own ticket."""
    for text in (message.subject, message.reply_text[:_READ]):
        for found in _CASE.finditer(text):
            if found["number"] != str(ours):
                return found["number"]
    return ""


def is_receipt(message: Message) -> bool:
    """Return whether a mail says that something came in, and little else."""
    said = message.reply_text.strip()
    return len(said) <= _LONGEST_RECEIPT and _RECEIPT.search(f"{message.subject}\n{said}") is not None
