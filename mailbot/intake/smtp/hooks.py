"""What aiosmtpd asks of us during a session: which extensions there are, whose mail is taken, and for whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Dialogue

from mailbot.deciding.agents.team import is_desk
from mailbot.deciding.context import Source
from mailbot.intake.border import Visitor
from mailbot.intake.octets import Allowance, Incoming
from mailbot.intake.room import Shortage
from mailbot.intake.smtp.doorkeeper import Doorkeeper, Guest
from mailbot.intake.smtp.replies import NO_ROOM
from mailbot.reading.model import Envelope
from mailbot.rules import Rules

Store = Callable[[Source, Visitor, Envelope, Incoming], Awaitable[str]]
"""Takes door, client, envelope and message; returns the reply to them."""


class Hooks:
    """The answers, and what all sessions share."""

    def __init__(
        self,
        rules: Rules,
        doorkeeper: Doorkeeper,
        shortage: Callable[[int], Shortage | None],
        store: Store,
        allowance: Allowance,
        *,
        folder: Path | None,
    ) -> None:
        """Take mail for our own while there is no `shortage`; large messages are kept in the folder until stored."""
        self.doorkeeper = doorkeeper
        self.store = store
        self.allowance = allowance
        self.folder = folder
        self._shortage = shortage
        self.use(rules)

    def use(self, rules: Rules) -> None:
        """Put these rules in force."""
        self.rules = rules
        self.domain = rules.partner.address.rpartition("@")[2] or "localhost"
        self.doorkeeper.listen = rules.listen

    def __dir__(self) -> list[str]:
        """Return what aiosmtpd looks for in us, which it does for each session anew."""
        return ["handle_EHLO", "handle_MAIL", "handle_RCPT"]

    async def handle_EHLO(
        self, server: SMTP, session: Dialogue, transaction: Transaction, host: str, replies: list[str]
    ) -> list[str]:
        """Return the extensions: PIPELINING and enhanced status codes, which LMTP must have, and no HELP."""
        session.host_name = host
        # aiosmtpd ends its list with HELP; one reply in one piece, so that no line is taken for a reply of its own.
        return ["\r\n".join([*replies[:-1], "250-PIPELINING", "250 ENHANCEDSTATUSCODES"])]

    async def handle_MAIL(
        self, server: Guest, session: Dialogue, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        """Begin a transaction, while there is room for a message of the size that is announced (RFC 1870)."""
        announced = next((int(option[5:]) for option in options if option.startswith("SIZE=")), 0)
        if self._shortage(announced) is not None:
            return NO_ROOM
        if not self.doorkeeper.may_send(server.visitor):
            return "450 4.7.1 Too many messages in a minute, please try again later"
        transaction.mail_from = address
        transaction.mail_options.extend(options)
        return "250 2.1.0 Sender is heard"

    async def handle_RCPT(
        self, server: SMTP, session: Dialogue, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        """Take a recipient that is ours, up to the limit."""
        if not is_desk(address, self.rules):
            return "550 5.1.1 There is no such mailbox here"
        if len(transaction.rcpt_tos) >= self.rules.listen.max_recipients:
            return "452 4.5.3 Too many recipients, please send the rest separately"
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient is ours"
