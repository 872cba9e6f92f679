"""What one message says by itself, before the log is asked: its content and what it is about.

This is all that a sender's octets are put through at length, so it is what the reading child
does (`mailbot.worker`); the decision rests on its result and on what the log knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.deciding.agents.written import NOTHING as UNWRITTEN
from mailbot.deciding.agents.written import Written, may_be_sent_on, written_in
from mailbot.deciding.classify import Classification, classify, wants_critical
from mailbot.deciding.effects import Evidence
from mailbot.deciding.tenants import listed_tenants, tenant_of
from mailbot.deciding.threads import Clues, clues
from mailbot.errors import MessageError
from mailbot.reading.fields import headers
from mailbot.reading.fingerprint import fingerprint
from mailbot.reading.message import read
from mailbot.reading.model import Border, Envelope, Keys, Message
from mailbot.reading.quotation import quoting, saidbefore
from mailbot.rules import Rules, Severity, Tenant


@dataclass(frozen=True, slots=True)
class Understood:
    """One message understood, or why it cannot be: then `cause` names it as quarantine does and `detail` tells more.

    `clues` is what may name a ticket; `written` is what a reply to a relay brings beside its text.
    """

    fingerprint: str
    message: Message
    classified: Classification
    clues: Clues
    cause: str = ""
    detail: str = ""
    written: Written = UNWRITTEN


DOWN_WORD = "down-word"
"""As of which rule the word counts by which several phones are down (`answers.down_word`)."""
NOTHING = Classification(Severity.NORMAL, None)
"""What a message is about that nobody could read."""


def understand(raw: bytes, envelope: Envelope, border: Border, rules: Rules, keys: Keys | None = None) -> Understood:
    """Return what the message says; never raise for what a sender wrote, MemoryError where memory ends."""
    section = headers.split(raw)
    digest = fingerprint(raw, section)
    try:
        message = read(raw, envelope, border, section, keys=keys)
    except MessageError as error:
        return Understood(digest, Message(error=str(error)), NOTHING, Clues(), error.cause, error.detail)
    found = classified(message, rules, tenant_with_words(message, envelope, rules))
    clued = clues(message, envelope, rules)
    brings = written_in(raw, message, rules) if may_be_sent_on(message, clued, rules) else UNWRITTEN
    return Understood(digest, message, found, clued, written=brings)


def without_said(understood: Understood, said: Iterable[str], envelope: Envelope, rules: Rules) -> Understood:
    """Return the message without what was said before in its conversation, judged by what is left."""
    message = understood.message
    found = saidbefore.without_said(message.reply_text, said)
    if found is None:
        return understood
    parts = quoting.split(found[0])
    signature = "\n".join(filter(None, (parts.signature, message.signature)))
    message = replace(message, reply_text=parts.reply, quoted_text=found[1], signature=signature)
    about = classified(message, rules, tenant_with_words(message, envelope, rules))
    return replace(understood, message=message, classified=about)


def with_subject(understood: Understood, envelope: Envelope, rules: Rules) -> Understood:
    """Return a reply judged by its subject as well, as if it began the conversation; as it was, if that is no worse."""
    began = replace(understood.message, in_reply_to=None, references=())
    whose = tenant_with_words(began, envelope, rules)
    # The text was gone through in the reading child; again only where the few words of the subject could matter.
    if not _is_worse(classified(Message(subject=began.subject), rules, whose), understood.classified):
        return understood
    about = classified(began, rules, whose)
    return replace(understood, classified=about) if _is_worse(about, understood.classified) else understood


def _is_worse(one: Classification, other: Classification) -> bool:
    return one.severity.rank < other.severity.rank


def classified(message: Message, rules: Rules, tenant: Tenant | None) -> Classification:
    """Return what the message is about by the rules and the tenant's own words, None for nobody's.

    The down word makes it critical whatever else it says.
    """
    found = classify(message, rules, tenant)
    if not wants_critical(message, rules):
        return found
    word = Evidence(DOWN_WORD, "text", rules.answers.down_word)
    return replace(found, severity=Severity.CRITICAL, evidence=(word, *found.evidence))


def tenant_with_words(message: Message, envelope: Envelope, rules: Rules) -> Tenant | None:
    """Return the tenant whose own words count in this message: one that lists its sender. None for nobody's.

    Who only names a tenant gets none of its words: anybody could wake people by them. Where several list the sender
    and nothing says which is meant, an outage at any of them must not wait until somebody asks.
    """
    listed = listed_tenants(message.sender.address, rules) if message.sender else ()
    if not any(tenant.words for tenant in listed):
        return None
    match = tenant_of(message, envelope, rules)
    return worst_of(message, rules, match.among) if match.among else match.tenant


def worst_of(message: Message, rules: Rules, tenants: Iterable[Tenant]) -> Tenant | None:
    """Return the tenant by whose own words this message is worst, None where it is as bad by nobody's."""
    having = (None, *(tenant for tenant in tenants if tenant.words))
    return min(having, key=lambda tenant: classify(message, rules, tenant).severity.rank)
