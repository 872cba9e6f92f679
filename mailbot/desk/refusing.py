"""Requests that are not done: what makes no sense, and what must be confirmed first."""

from __future__ import annotations

from mailbot.errors import MailbotError

TO_CONFIRM = "; to have it so, add --yes"
"""What stands on the command line behind what would be done."""


class RefusedError(MailbotError):
    """The request makes no sense; the text says why and what would."""


class UnconfirmedError(RefusedError):
    """What is asked for is done only when it was confirmed; the text says what it would do.

    `shows` is a mail that would leave, what it is and its text; None for none. `follows` are further lines that say
    what a yes does. `about` tells the question from others in a list of mails, "" where nothing has to.
    """

    def __init__(
        self, text: str, shows: tuple[str, str] | None = None, follows: tuple[str, ...] = (), *, about: str = ""
    ) -> None:
        super().__init__(text)
        self.shows = shows
        self.follows = follows
        self.about = about
