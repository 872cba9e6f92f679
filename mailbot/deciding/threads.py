"""Which ticket a message continues, and what proves it.

A message joins a ticket only by something we or its sender's own earlier mail gave to its
sender: a reply token sealed for the From address, or an In-Reply-To/References id of a mail
that was exchanged with this very address. A subject tag, a ticket number or an id pasted
into the text proves nothing; it is shown to agents as a link. Two tokens that name different
tickets prove nothing either.

| proof | From | verdict | outcome |
|---|---|---|---|
| token | its owner | pass | join |
| token | its owner | none | join, unverified |
| id exchanged with From | | pass | join |
| id exchanged with From | known | none | join, unverified |
| token or id of another's, in a ticket into which one of us let From | | pass | join |
| token or id of a colleague at the same tenant, who opened the ticket | listed | pass | join as proposed participant |
| anything else that names a ticket | | | new ticket, linked for agents |

Nothing joins with verdict fail or without one clear sender. A closed ticket takes a message
within the reopening window; after it, a new ticket with a link. One that is merged into another of the same customer
(`Context.home`) stands for that one to those who take part in it, and for nobody else. The order of looking is the
recipient address, In-Reply-To, then References from the newest to the oldest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mailbot.deciding.context import Context, TicketFacts
from mailbot.deciding.effects import Flag, Reason, TicketState
from mailbot.deciding.partaking import has_left, takes_part
from mailbot.deciding.systems import recovery_words
from mailbot.deciding.tenants import listed_tenants
from mailbot.deciding.tokens import OF_CUSTOMERS, OF_LISTS, TOKEN, Keyring, Purpose, peek, peek_for, verify
from mailbot.deciding.topics import key, topic
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Envelope, Message, Verdict
from mailbot.rules import Rules

# Our own subjects say [1042]; people write #1042.
_NUMBER = re.compile(r"#(\d{4,9})\b|\[(\d{4,9})\]")
_REFERENCE_LINE = re.compile(r"(?m)^([ \t>|]*)Ref: ([A-Za-z2-7]{39})[ \t]*$")
_LOOKED_AT = 5_000
_LOOKED_AT_REFERENCES = 200_000
_MOST_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Clues:
    """What in a message may name a ticket: tokens by carrier, ids newest first, numbers as people write them.

    `topic` is the key of what its subject is about, by which what comes again is found. `text_tokens` stand in the line
    of reference at the end of our mails to our own people; a customer's is never looked for there, and one quoted
    deeper than another is what somebody wrote to us.
    """

    recipient_tokens: tuple[str, ...] = ()
    id_tokens: tuple[str, ...] = ()
    text_tokens: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    topic: str = ""

    @property
    def tickets(self) -> tuple[int, ...]:
        """Return every ticket number the clues name, unproven, for looking up their facts."""
        named = [peek(token) for token in (*self.recipient_tokens, *self.id_tokens, *self.text_tokens)]
        return tuple({number for number in (*named, *self.numbers) if number})

    @property
    def arrivals(self) -> tuple[int, ...]:
        """Return the arrivals that tokens of our questions name, unproven."""
        tokens = dict.fromkeys((*self.recipient_tokens, *self.id_tokens, *self.text_tokens))
        return tuple(filter(None, (peek_for(Purpose.CONFIRMATION, token) for token in tokens)))

    @property
    def listings(self) -> tuple[int, ...]:
        """Return the lists of ours that tokens name, unproven."""
        tokens = dict.fromkeys((*self.recipient_tokens, *self.id_tokens, *self.text_tokens))
        lists = (peek_for(purpose, token) for purpose in OF_LISTS for token in tokens)
        return tuple(filter(None, lists))


@dataclass(frozen=True, slots=True)
class Join:
    """The ticket to join (None: a new one) and how; `linked_to` is for agents only.

    `too_late` is the ticket that it continues provably, and that has been closed for too long.
    """

    ticket: TicketFacts | None = None
    reopen: bool = False
    flags: tuple[Flag, ...] = ()
    linked_to: int | None = None
    reasons: tuple[Reason, ...] = ()
    too_late: TicketFacts | None = None


def clues(message: Message, envelope: Envelope, rules: Rules) -> Clues:
    """Return what in this message may name a ticket."""
    ours = {canonical(address) for address in (rules.partner.address, *rules.partner.aliases)}
    reached = (
        *envelope.recipients,
        *message.delivered_to,
        *(box.address for box in (*message.to, *message.cc)),
    )
    ids = tuple(dict.fromkeys(id_ for id_ in (message.in_reply_to, *reversed(message.references)) if id_ is not None))
    return Clues(
        recipient_tokens=_first(tag for address in reached if (tag := _tag(address, ours))),
        id_tokens=_first(head for id_ in ids if TOKEN.fullmatch(head := id_.partition(".")[0].lower())),
        text_tokens=_first(_references(message.text[-_LOOKED_AT_REFERENCES:])),
        message_ids=ids,
        numbers=_numbers(message),
        topic=key(topic(message.subject, recovery_words(message, rules))),
    )


def _references(text: str) -> tuple[str, ...]:
    """Return the tokens of the lines of reference that are quoted least deeply."""
    found = [(len(re.findall(r"[>|]", marks)), token.lower()) for marks, token in _REFERENCE_LINE.findall(text)]
    least = min((depth for depth, _ in found), default=0)
    return tuple(token for depth, token in found if depth == least)


def _first(tokens: Iterable[str]) -> tuple[str, ...]:
    """Return the tokens without repetition, no more than anybody honest carries."""
    return tuple(islice(dict.fromkeys(tokens), _MOST_TOKENS))


def _numbers(message: Message) -> tuple[int, ...]:
    """Return what looks like a ticket's number in the subject and the new text: a link for agents, never a proof."""
    return numbers_in(f"{message.subject}\n{message.reply_text[:_LOOKED_AT]}")


def numbers_in(text: str) -> tuple[int, ...]:
    """Return what looks like a ticket's number in a text, as our subjects or people write it."""
    found = _NUMBER.findall(text)
    return tuple(islice(dict.fromkeys(int(marked or bracketed) for marked, bracketed in found), _MOST_TOKENS))


def _tag(address: str, ours: set[str]) -> str:
    local, _, domain = address.rpartition("@")
    base, plus, tag = local.partition("+")
    if not plus or canonical(f"{base}@{domain}") not in ours:
        return ""
    return tag.lower() if TOKEN.fullmatch(tag.lower()) else ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the canonical From address ("" for no clear sender) and what is known of it.

    `known` is listed, or answered by one of us before; `listed` names a tenant in rules.toml.
    """

    address: str
    verdict: Verdict
    known: bool
    listed: bool
    tenant: str | None


def join(
    found: Clues,
    sender: Sender,
    context: Context,
    rules: Rules,
    keyring: Keyring,
    now: datetime,
) -> Join:
    """Return the ticket that this sender may continue, by the table in this module's docstring."""
    named = _first_named(found, context)
    if sender.verdict is Verdict.FAIL or not sender.address:
        return Join(linked_to=named)
    proven, reasons = _proven(found, sender, context, keyring, now)
    if proven is None:
        beside = None if reasons else _beside(found, sender, context, rules, keyring, now)
        return beside or Join(
            linked_to=named,
            reasons=(*reasons, *_link_reason(named)),
        )
    flags = () if sender.verdict is Verdict.PASS else (Flag.UNVERIFIED,)
    home = context.home(proven)
    into = _of_another(home, context)
    if into is None and home is not proven and not takes_part(sender.address, home, rules):
        into = home
    if into is not None:
        other = Reason("thread.merged", f"#{proven.id} is merged into #{into.id}, which is somebody else's: linked")
        return Join(linked_to=into.id, reasons=(*reasons, other))
    if has_left(sender.address, home, rules):
        gone = Reason("thread.left", f"#{home.id} has become another customer's since: linked")
        return Join(linked_to=home.id, reasons=(*reasons, gone))
    if home is not proven:
        reasons = (*reasons, Reason("thread.merged", f"#{proven.id} is merged into #{home.id}"))
    return _within_window(home, flags, reasons, rules, now)


def _of_another(home: TicketFacts, context: Context) -> TicketFacts | None:
    """Return the ticket of another customer with which one was merged, None for none.

    Whoever was let into one that became another customer's since is at home in his own.
    """
    into = context.ticket(home.merged_into) if home.merged_into is not None else None
    return None if into is None or home.requester in {into.requester, *into.writers} else into


def _proven(
    found: Clues, sender: Sender, context: Context, keyring: Keyring, now: datetime
) -> tuple[TicketFacts | None, tuple[Reason, ...]]:
    """Return the ticket proven for this very sender, or None, with the reasons."""
    by_recipient = _claimed(found.recipient_tokens, sender, keyring, now)
    by_id = _claimed(found.id_tokens, sender, keyring, now)
    if len(by_recipient) > 1 or (by_recipient and by_id and by_recipient[0] not in by_id):
        numbers = ", ".join(f"#{ticket}" for ticket in dict.fromkeys((*by_recipient, *by_id)))
        text = f"its reply tokens name {numbers}: none of them is believed"
        return None, (Reason("thread.tokens-disagree", text),)
    for ticket in (*by_recipient, *by_id):
        if facts := context.ticket(ticket):
            return facts, (Reason("thread.token", f"carries the reply token of #{ticket} for this address"),)
    for message_id in found.message_ids:
        for known in context.known_ids:
            if known.message_id != message_id or known.address != sender.address:
                continue
            facts = context.ticket(known.ticket)
            if facts is None or not (sender.verdict is Verdict.PASS or sender.known):
                continue
            text = f"answers a mail of #{known.ticket} that was exchanged with this address"
            return facts, (Reason("thread.reference", text),)
    return None, ()


def _claimed(tokens: tuple[str, ...], sender: Sender, keyring: Keyring, now: datetime) -> tuple[int, ...]:
    claims = [verify(keyring, token, sender.address, now.date()) for token in tokens]
    return tuple(dict.fromkeys(claim.ticket for claim in claims if claim and claim.purpose in OF_CUSTOMERS))


def noticed(found: Clues, sender: Sender, keyring: Keyring, now: datetime) -> int | None:
    """Return the ticket of the notice that one of us answers here, 0 for one about several; None for no such answer.

    The token of a notice is sealed for whom we told, so a forwarded one proves nothing.
    """
    if sender.verdict is Verdict.FAIL or not sender.address:
        return None
    for token in found.id_tokens:
        claim = verify(keyring, token, sender.address, now.date())
        if claim is not None and claim.purpose is Purpose.NOTICE:
            return claim.ticket
    return None


def _owned(token: str, party: str, ticket: int, keyring: Keyring, now: datetime) -> bool:
    claim = verify(keyring, token, party, now.date())
    return claim is not None and claim.purpose in OF_CUSTOMERS and claim.ticket == ticket


def _beside(
    found: Clues, sender: Sender, context: Context, rules: Rules, keyring: Keyring, now: datetime
) -> Join | None:
    """Return the join of a colleague: other address, same tenant, genuine; None if this is none."""
    if sender.verdict is not Verdict.PASS:
        return None
    ids = set(found.message_ids)
    by_reference = [known.ticket for known in context.known_ids if known.message_id in ids]
    by_token = [
        facts.id
        for token in (*found.recipient_tokens, *found.id_tokens)
        if (facts := context.ticket(peek(token) or 0))
        and any(_owned(token, party, facts.id, keyring, now) for party in facts.parties)
    ]
    for ticket in (*by_token, *by_reference):
        facts = context.ticket(ticket)
        facts = facts and context.home(facts)
        if facts and _of_another(facts, context):
            continue
        if facts and takes_part(sender.address, facts, rules):
            let_in = Reason("thread.participant", f"answers #{facts.id}, into which one of us let this address")
            return _within_window(facts, (), (let_in,), rules, now)
        if facts and sender.tenant and facts.tenant == sender.tenant and _opened_by(sender.tenant, facts, rules):
            reason = Reason(
                "thread.colleague",
                f"answers #{facts.id} of the same tenant from another address: "
                "shown, but not written to until you allow it",
            )
            return _within_window(facts, (Flag.PROPOSED_PARTICIPANT,), (reason,), rules, now)
    return None


def _opened_by(tenant: str, facts: TicketFacts, rules: Rules) -> bool:
    """Return whether that tenant lists the ticket's requester; a ticket may bear its label for a guess alone."""
    return tenant in {listed.id for listed in listed_tenants(facts.requester, rules)}


def _within_window(
    facts: TicketFacts,
    flags: tuple[Flag, ...],
    reasons: tuple[Reason, ...],
    rules: Rules,
    now: datetime,
) -> Join:
    if facts.state is TicketState.OPEN:
        return Join(ticket=facts, flags=flags, reasons=reasons)
    if facts.closed_at is not None and now - facts.closed_at <= rules.limits.reopen_within:
        reopened = Reason("thread.reopen", f"#{facts.id} was closed less than the reopening window ago")
        return Join(ticket=facts, reopen=True, flags=flags, reasons=(*reasons, reopened))
    late = Reason("thread.too-late", f"#{facts.id} has been closed for too long: a new ticket, linked")
    return Join(linked_to=facts.id, reasons=(*reasons, late), too_late=facts)


def _first_named(found: Clues, context: Context) -> int | None:
    known = {known.message_id: known.ticket for known in context.known_ids}
    named = (
        *(peek(token) for token in found.recipient_tokens),
        *(known.get(message_id) for message_id in found.message_ids),
        *(peek(token) for token in found.id_tokens),
        *found.numbers,
    )
    return next((number for number in named if number and context.ticket(number)), None)


def _link_reason(named: int | None) -> tuple[Reason, ...]:
    if named is None:
        return ()
    text = f"names #{named}, but nothing proves that this sender belongs to it: a new ticket, linked"
    return (Reason("thread.linked", text),)
