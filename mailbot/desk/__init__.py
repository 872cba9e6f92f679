"""The support desk: everything a running mailbot is made of, and the mails it writes to customers by itself.

A `Desk` does not change between messages: rules, token keys, templates, and what is known of
the provider. Its mails are composed here and become outbox rows with their final Message-ID,
so that what is stored is what leaves, octet for octet.

Each mail is for one recipient and carries that recipient's own reply token, in the Message-ID
always and in Reply-To where the provider takes sub-addresses (RFC 5233). Automatic mail has
the null reverse-path (RFC 3834 section 3.3), or the support address where the relay refuses
`<>`. Message-ID, boundary and host names show the partner's domain and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.deciding.context import OUTSIDE, Arrival, Source
from mailbot.deciding.effects import AnswerKind, NoticeKind
from mailbot.deciding.tokens import TOKEN, Keyring, Purpose, issue, verify
from mailbot.reading.fields.address import canonical, domain_of
from mailbot.reading.fields.messageid import is_safe
from mailbot.reading.model import Border, Mailbox
from mailbot.render import Templates
from mailbot.rules import Rules
from mailbot.store import notices

_log = structlog.get_logger(__name__)

_TOKEN_LASTS = timedelta(days=400)
_CLOCKS_APART = timedelta(minutes=10)

# Providers whose Authentication-Results are known by their id (RFC 8601 section 2.2).
_PROVIDER_IDS = {"gmail": ("mx.google.com",)}
_ONE_FIELD = frozenset({"gmail", "microsoft"})


@dataclass(frozen=True, slots=True)
class Provider:
    """What the mailbox's provider and the relay are known to take; found by `check --connect`."""

    plus_addressing: bool = False
    null_reverse_path: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """One partner's desk, ready to process messages. `restored_at` is when its log last came back from a backup.

    `place` is where its people type commands, "/srv/desk on desk1", "" where nobody does.
    """

    rules: Rules
    keyring: Keyring
    templates: Templates
    provider: Provider = Provider()
    restored_at: datetime | None = None
    place: str = ""

    @property
    def partner(self) -> str:
        """Return the id that every row carries."""
        return self.rules.partner.id

    @property
    def domain(self) -> str:
        """Return the domain of our own Message-IDs."""
        return domain_of(self.rules.partner.address)

    def border(self, mailbox: str) -> Border:
        """Return whose verdicts count for mail that came through this mailbox ("" is a listener)."""
        return border_of(self.rules, mailbox)

    def verifies_dkim(self, mailbox: str) -> bool:
        """Return whether signatures of mail that came through this mailbox are ours to verify."""
        return verifies_dkim(self.rules, mailbox)

    def may_have_answered(self, arrival: Arrival, kind: AnswerKind, *, seen: bool) -> bool:
        """Whether a log that was lost may have sent this kind of answer: the mail came before ours was restored.

        A mailbox dates its mail by the server's clock, which may be ahead of ours. So what a folder held when it was
        first `seen` after the restore may be a little older than it is dated; for that doubt alone no emergency
        answer waits, as one may go twice.
        """
        if self.restored_at is None:
            return False
        dated_by_others = arrival.source is Source.IMAP and seen and kind is not AnswerKind.EMERGENCY
        return arrival.received_at < self.restored_at + (_CLOCKS_APART if dated_by_others else timedelta(0))

    def tell(
        self,
        conn: Connection,
        kind: NoticeKind,
        *,
        urgent: bool = False,
        text: str = "",
        ticket_id: int | None = None,
        entry_id: int | None = None,
        incident: int | None = None,
        now: datetime,
    ) -> None:
        """Note something that our own people are to be told; where nobody is named to be told, nothing is kept."""
        if self.rules.notify.addresses:
            about = {"ticket_id": ticket_id, "entry_id": entry_id, "incident": incident}
            notices.add_notice(conn, self.partner, kind, urgent=urgent, text=text, **about, now=now)

    def automatic_reverse_path(self) -> str:
        """Return the reverse-path of automatic mail: null, or our address where null is refused."""
        return "" if self.provider.null_reverse_path else self.rules.partner.address

    def _ourselves(self) -> Mailbox:
        return Mailbox(self.rules.partner.brand, self.rules.partner.address)

    def token(
        self, purpose: Purpose, ticket: int, address: str, now: datetime, *, lasts: timedelta = _TOKEN_LASTS
    ) -> str:
        """Return a token for that purpose and ticket, sealed for the address."""
        return issue(self.keyring, purpose, ticket, address, (now + lasts).date())

    def message_id(self, head: str, mark: str) -> str:
        """Return a Message-ID of ours: `head` is the recipient's token if there is one, `mark` tells it from others."""
        return f"{head}.{mark}@{self.domain}"

    def may_refer(self, message_id: str, recipient: str) -> bool:
        """Return whether a mail to this recipient may name that id: it holds no token, or one that is theirs."""
        head = message_id.partition(".")[0]
        is_theirs = not TOKEN.fullmatch(head) or verify(self.keyring, head, recipient, date.min) is not None
        return is_theirs and is_safe(message_id)

    def reply_to(self, token: str) -> Mailbox | None:
        """Return our address with the token in it, None where such addresses do not reach us."""
        if not self.provider.plus_addressing:
            return None
        local_part, _, domain = self.rules.partner.address.rpartition("@")
        return replace(self._ourselves(), address=f"{local_part}+{token}@{domain}")


def log_problem(problem: str) -> None:
    """Say in the log why a template of the operator's was not used; "" is no problem."""
    if problem:
        _log.error("template-failed", problem=problem)


def border_of(rules: Rules, mailbox: str = "") -> Border:
    """Return whose verdicts count for mail that came through this mailbox ("" is a listener), nobody's for OUTSIDE."""
    partner = rules.partner
    own = frozenset(canonical(address) for address in (partner.address, *partner.aliases) if address)
    own_domain = domain_of(partner.address) if partner.address else ""
    if mailbox == OUTSIDE:
        return Border(own_addresses=own, own_domain=own_domain)
    watched = next((box for box in rules.mailbox if box.id == mailbox), None)
    if watched is None:
        return Border(
            authserv_ids=rules.listen.authserv_ids,
            own_addresses=own,
            own_domain=own_domain,
            received_above=rules.listen.received_above,
        )
    return Border(
        authserv_ids=watched.authserv_ids or _PROVIDER_IDS.get(watched.provider, ()),
        microsoft=watched.provider == "microsoft",
        received_above=watched.received_above,
        one_field=watched.provider in _ONE_FIELD,
        own_addresses=own,
        own_domain=own_domain,
    )


def verifies_dkim(rules: Rules, mailbox: str) -> bool:
    """Return whether signatures are verified of what came through this mailbox: where nobody vouches for senders."""
    border = border_of(rules, mailbox)
    return rules.dkim.verify and not border.authserv_ids and not border.microsoft
