"""Requests that are not done: what makes no sense, and what must be confirmed first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailbot.errors import MailbotError

TO_CONFIRM = "; to have it so, add --yes"
"""What stands on the command line behind what would be done."""


Shown = Mapping[str, Any]
"""What of a request was shown to whoever asks, in JSON: by that it is done when he says yes, or not at all."""


class RefusedError(MailbotError):
    """The request makes no sense; the text says why and what would. `shown` is None unless it waits for a yes."""

    def __init__(self, text: str, shown: Shown | None = None) -> None:
        super().__init__(text)
        self.shown = shown


class UnconfirmedError(RefusedError):
    """What is asked for is done only when it was confirmed; the text says what it would do.

    `shows` is a mail that would leave, what it is and its text; None for none. `follows` are further lines that say
    what a yes does. `about` tells the question from others in a list of mails, "" where nothing has to. `shown` says
    what a yes is to, None where the request itself says all of it.
    """

    def __init__(
        self,
        text: str,
        shows: tuple[str, str] | None = None,
        follows: tuple[str, ...] = (),
        *,
        about: str = "",
        shown: Shown | None = None,
    ) -> None:
        super().__init__(text, shown)
        self.shows = shows
        self.follows = follows
        self.about = about
