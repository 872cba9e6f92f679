"""What templates may say of an offer: articles to read, and what the customer is asked for, each by a phrase's name."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.taps import mailto


@dataclass(frozen=True, slots=True)
class ArticleLink:
    """An article of the operator's, and where it is read."""

    title: str
    href: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What an answer brings besides the receipt; it is empty where it brings nothing.

    `note`, `intro` and `items` are names of phrases: what holds for such an issue, and the list of what is asked for.
    `form` is the link to the form of a letter of authorisation; `form_attached` says that it goes with the mail.
    `solved_to` is the address to which the link under an article begins a mail, "" where none reaches us.
    """

    note: str = ""
    intro: str = ""
    items: tuple[str, ...] = ()
    form: str = ""
    form_attached: bool = False
    articles: tuple[ArticleLink, ...] = ()
    solved_to: str = ""


NO_OFFER = OfferFacts()


def solved_link(offer: OfferFacts, article: ArticleLink, words: str) -> str:
    """Return the link that begins a reply which says, in these words, that the article solved it."""
    return mailto(offer.solved_to, f"Re: {words}", f"{words}: {article.title}")
