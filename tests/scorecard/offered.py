"""Which of the starter articles are offered for the labelled support texts, and whether they are the right ones.

The right article for a text is the one of its playbook. For those of no playbook that are about a password or a PIN
of telephony it is named here; for all others none is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from mailbot import config
from mailbot.deciding.articles.matching import answering
from mailbot.deciding.understanding import classified
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.rules import Article, Playbook, Rules
from tests.scorecard.classified import Figure
from tests.scorecard.rows import Text, texts

SITE = '[site]\nfolder = "site"\naddress = "https://help.example"\n'
ABOUT = {
    Playbook.OUTBOUND_CALLS: "outgoing-calls",
    Playbook.VOICEMAIL_EMAIL: "voicemail-by-email",
    Playbook.CALLER_ID_NAME: "caller-name",
    Playbook.PHONE_REGISTRATION: "phone-offline",
    Playbook.PORT_IN: "bring-a-number",
    Playbook.PORT_OUT: "take-a-number-away",
}
PASSWORDS = frozenset({"dev-047", "dev-090", "dev-094", "dev-128", "dev-133", "dev-168", "dev-184"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What one text is offered, and the articles that are right."""

    name: str
    offered: tuple[str, ...]
    right: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Whether all that is offered is right; nothing is never wrong."""
        return set(self.offered) <= self.right


def with_starters() -> Rules:
    """Return the shipped rules with the starter articles."""
    with TemporaryDirectory() as folder:
        (Path(folder) / config.OPERATOR_FILE).write_text(SITE)
        copytree(config.starters_path(), Path(folder) / config.ARTICLES_FOLDER)
        return config.load(Path(folder))


def offers(found: Iterable[Text], rules: Rules) -> list[Offer]:
    """Return what each text is offered."""
    return [Offer(one.name, tuple(article.name for article in _offered(one, rules)), _right(one)) for one in found]


def _offered(one: Text, rules: Rules) -> tuple[Article, ...]:
    message = Message(subject=one.subject, text=one.body, reply_text=quoting.split(one.body).reply)
    return answering(message, classified(message, rules, None), rules, "en")


def _right(one: Text) -> frozenset[str]:
    if one.playbook:
        return frozenset({ABOUT[Playbook(one.playbook)]})
    return frozenset({"passwords-and-pins"} if one.name in PASSWORDS else ())


def figures_of(corpus: Path) -> list[Figure]:
    """Return how many of the articles that the texts are offered are right, and how many texts are offered theirs."""
    found = offers(texts(corpus), with_starters())
    offered, asked = [one for one in found if one.offered], [one for one in found if one.right]
    wrong = [f"{one.name}: {', '.join(one.offered)}" for one in offered if not one.is_right]
    without = [f"{one.name}: none, not {', '.join(one.right)}" for one in asked if not one.offered]
    if not found:
        return []
    return [
        Figure("articles offered, right", 1 - len(wrong) / max(len(offered), 1), 1.0, len(offered), wrong),
        Figure("articles that fit, offered", 1 - len(without) / max(len(asked), 1), 0.75, len(asked), without),
    ]
