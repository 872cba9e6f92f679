"""Every failure that mailbot itself raises, and whether trying again can help.

Three questions decide where an error belongs: is the operator's configuration wrong
(`ConfigError`: all problems at once), is one message unreadable for good (`MessageError`:
it is quarantined and the next one goes on), or did handing a mail over fail
(`DeliveryFailure`: permanent or transient, by the reply code of RFC 5321 section 4.2.1)?
"""

from __future__ import annotations

from dataclasses import dataclass


def quoted(text: str) -> str:
    """Return what somebody wrote as our sentences quote it: in double quotes, what cannot be seen as an escape."""
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return f'"{"".join(shown)}"'


class MailbotError(Exception):
    """Base of all errors raised on purpose; its text is fit for the operator's eyes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration, said so that the operator can mend it.

    `line` counts from 1 and is None where no single line is to blame (a missing table, say).
    `hint` is the next step in plain words, or empty. A `warning` does not stop a start.
    """

    file: str
    key: str
    text: str
    line: int | None = None
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        """Return `file:line: key: text (hint)`, the form editors can jump to."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}:{key} {self.text}{hint}"


class ConfigError(MailbotError):
    """The configuration cannot be used; `problems` holds every reason, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep all problems; the text lists them one a line."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class MessageError(MailbotError):
    """One message cannot be read, for good; `cause` is its fixed quarantine name."""

    def __init__(self, cause: str, detail: str = "") -> None:
        """Keep the cause, such as `unreadable`, and a detail for the operator."""
        super().__init__(f"{cause}: {detail}" if detail else cause)
        self.cause = cause
        self.detail = detail


class DeliveryFailure(MailbotError):
    """A mail could not be handed to the relay; `code` is its reply code, or None if none came."""

    def __init__(self, diagnostic: str, code: int | None = None) -> None:
        """Keep the relay's own words for the operator."""
        super().__init__(diagnostic)
        self.diagnostic = diagnostic
        self.code = code


class PermanentFailure(DeliveryFailure):
    """The relay refused this recipient or mail for good (5yz)."""


class TransientFailure(DeliveryFailure):
    """Trying later may help (4yz, connection trouble); the mail stays queued."""


class SlowDown(TransientFailure):
    """The relay asks for patience: too much mail at a time, or a quota is used up. No mail is to blame."""


class RelayUnusable(TransientFailure):
    """The relay as a whole cannot be used now (sign-in refused, certificate wrong): no mail is to blame."""

    def __init__(self, diagnostic: str, code: int | None = None, *, refused_us: bool = False) -> None:
        """`refused_us` says that it did not let us sign in, so that trying often could lock the account."""
        super().__init__(diagnostic, code)
        self.refused_us = refused_us


class UnclearResult(DeliveryFailure):
    """The mail was handed over but no final reply came: it may or may not have been taken (RFC 1047)."""


class StoreBusy(MailbotError):
    """Another process has the folder, or reads one of its mailboxes."""


class StoreError(MailbotError):
    """The store cannot do what was asked; nothing of it was written."""


class StoreBroken(StoreError):
    """The database could not be trusted any more (an I/O error, say): end, check the file, start again."""


class StoreUnavailable(StoreError):
    """Nothing can be written at present, and nothing was; trying again later may succeed."""

    next_step = ""


class StoreFull(StoreUnavailable):
    """There is no room on the disk."""

    next_step = "free some space"


class StoreLocked(StoreUnavailable):
    """Another program keeps the database locked."""

    next_step = "end the program that has tickets.db open for writing"


class StoreDamaged(StoreError):
    """Stored octets are not those that were stored: their digest differs, or the file makes no sense any more."""


class NotFound(StoreError):
    """There is no ticket, mail or arrival of that number."""
