"""What an answer brings besides the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.facts.asked import Asked
from mailbot.deciding.facts.papers import ALL_THERE, Papers
from mailbot.rules import Playbook

OF_OFFERS = ("offer.articles", "offer.asked")
"""The codes of the reasons that say what an answer offers and asks for, in words for agents."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Articles to read (their ids), the best first, what the customer is asked for, and which papers are missing.

    `about` is the common issue by which all that goes, None for none.
    """

    about: Playbook | None = None
    articles: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    papers: Papers = ALL_THERE


NOTHING = Offer()
