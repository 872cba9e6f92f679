"""That an article solved it: what customers say who need nobody any more, and of which article they say it.

All of the newly written text, but for courtesies, must be one exact short phrase, alone or with the title of an article
that was offered, as the link under it begins a mail. Anything more is a message that somebody reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailbot.deciding.content import brings_files
from mailbot.deciding.thanks import without_courtesies
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.model import Message
from mailbot.rules import Article

_MOST_CHARACTERS = 400
_SOLVED = re.compile(
    r"(?:(?:that|this|it|the article)(?: has| s)? (?:solved|fixed) (?:it|(?:the|my|our) (?:problem|issue))"
    r"|that did it|(?:problem |issue )?(?:is )?solved)(?: for (?:me|us))?(?: now)?"
    r"|das (?:hat|war) (?:es|das problem|mein problem|unser problem|die losung)(?: gelost)?"
    r"|(?:damit ist (?:es|das|das problem) |problem )?(?:gelost|erledigt)|hat sich erledigt"
    r"|(?:cela|ca|c)(?: a| est)? (?:resolu|regle)(?: (?:le|mon|notre) probleme)?|probleme (?:resolu|regle)"
    r"|(?:eso|esto)(?: lo)?(?: ha)? (?:soluciono|resolvio|solucionado|resuelto)(?: (?:el|mi) problema)?"
    r"|(?:problema )?(?:resuelto|solucionado)"
    r"|(?:isso|isto) resolveu(?: (?:o|meu|o meu) problema)?|(?:problema )?resolvido"
)


def solved_by(message: Message, offered: Iterable[Article]) -> str | None:
    """Return the id of the article that its writer says has solved it, "" for one of them; None for no such words."""
    text = message.reply_text.strip()
    if not text or len(text) > _MOST_CHARACTERS or "?" in text or brings_files(message) or message.forwarded_text:
        return None
    words = " ".join(comparable_words(clean(without_courtesies(message, text))))
    articles = tuple(offered)
    for article in articles:
        title = " ".join(comparable_words(clean(article.title)))
        if title and words.endswith(f" {title}") and _SOLVED.fullmatch(words.removesuffix(title).strip()):
            return article.id
    if not _SOLVED.fullmatch(words):
        return None
    return articles[0].id if len(articles) == 1 else ""
