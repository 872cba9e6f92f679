"""Links in our mails to agents that write a command for them (RFC 6068): tapped, sent, done.

A mail that such a link begins refers to no mail of ours, so the token is in the address that it goes to, or, where such
addresses do not reach us, in the line of reference, which stands below the words as a signature does. Whoever sends it
is looked at as with any reply to a relay (`relayed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mailbot.deciding.agents.commands.kinds import Called, Close, Command, Help, Note, Show, Take
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.deciding.agents.doing import is_done_by_mail
from mailbot.reading.model import Mailbox

_KINDS: tuple[type[Command], ...] = (Take, Close, Called, Note, Help)
_OF_NUMBERS: tuple[type[Command], ...] = (Show, Take, Close)
# What an agent goes on writing behind a word, with a space before it.
_WITH_WORDS = frozenset({Called, Note})
_LF, _CRLF = "\n", "\r\n"


@dataclass(frozen=True, slots=True)
class Tap:
    """A link: the word on it, what it begins the mail with ("#note "), and its `mailto:` address.

    That is "" as long as nobody is known to whom it goes.
    """

    label: str
    begins: str
    href: str = ""


def taps(to: Mailbox | None, us: str, token: str, subject: str, *, is_called: bool = False) -> tuple[Tap, ...]:
    """Return a link for each command that an agent needs at hand, in the order in which they are shown.

    `to` is our address with the token in it, None where none reaches us: then the mail goes to `us` and names the token
    itself. `subject` is that of the mail in which the links stand. Who `is_called` about an outage can say that he has
    seen it.
    """
    named = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    return tuple(
        Tap("OK" if kind is Ok else kind.word.capitalize(), begins, begun(to, us, token, named, begins))
        for kind in ((Ok, *_KINDS) if is_called else _KINDS)
        if is_done_by_mail(kind) and (begins := f"#{kind.word}" + (" " if kind in _WITH_WORDS else ""))
    )


def list_taps(to: Mailbox | None, us: str, token: str, subject: str, number: int) -> tuple[Tap, ...]:
    """Return the links for one number of a list."""
    return tuple(
        Tap(kind.word.capitalize(), begins, begun(to, us, token, f"Re: {subject}", begins))
        for kind in _OF_NUMBERS
        if (begins := f"{number} {kind.word}")
    )


def begun(to: Mailbox | None, us: str, token: str, subject: str, words: str) -> str:
    """Return the link that begins a mail to us with these words, and with the token where it is not in the address."""
    return mailto(to.address, subject, words) if to else mailto(us, subject, f"{words}\n\n-- \nRef: {token}")


def mailto(address: str, subject: str, body: str) -> str:
    """Return the link that begins a mail; everything that any program may take for something else is encoded.

    A line of `body` ends in CRLF. A space is never "+", which some programs leave standing, nor is the "+" of an
    address one, which others take for a space.
    """
    return f"mailto:{_encoded(address, '@')}?subject={_encoded(subject)}&body={_encoded(body.replace(_LF, _CRLF))}"


def _encoded(text: str, plain: str = "") -> str:
    return quote(text, safe=plain, errors="replace")
