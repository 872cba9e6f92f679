"""What our own people are told of a message besides its words: that it cannot be read, what it holds.

None of it goes to a customer, and none of it counts for severity: it is said in the reasons, and in the text of the
entry in square brackets behind what the sender wrote.
"""

from __future__ import annotations

from mailbot.deciding.effects import Reason
from mailbot.reading.model import Message


def reasons(message: Message) -> tuple[Reason, ...]:
    """Return what is notable about the message's form, a sentence for each."""
    return tuple(Reason(f"content.{code}", text) for code, text in _notable(message))


def told_text(message: Message, ticket: int | None) -> str:
    """Return the text of the message's entry: what a reader sees, and what cannot be seen here."""
    return "\n\n".join(filter(None, (message.text, _why_unreadable(message, ticket))))


def _notable(message: Message) -> list[tuple[str, str]]:
    protection = message.protection
    found: list[tuple[str, str]] = []
    if protection.encrypted:
        found.append(("encrypted", f"it is encrypted ({protection.encrypted}) and cannot be read here"))
    elif protection.unreadable:
        found.append(("unreadable", "its words are wrapped in a way that cannot be read here"))
    if protection.signed:
        found.append(("signed", f"it is signed ({protection.signed}); signatures are not checked here"))
    return found


def _why_unreadable(message: Message, ticket: int | None) -> str:
    """Return the sentence that stands where the words would be, "" where they can be read."""
    protection = message.protection
    if not protection.encrypted and not protection.unreadable:
        return ""
    how = f"encrypted ({protection.encrypted})" if protection.encrypted else "wrapped in its signature"
    where = f": `mailbot show {ticket} --raw` prints it" if ticket is not None else ""
    return f"[This mail is {how} and cannot be read here. The original is kept as it came{where}.]"
