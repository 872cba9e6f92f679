"""That an article solved it: what customers say who need nobody any more, and of which article they say it.

All of the newly written text, but for courtesies, must be one exact short phrase, alone or with the title of an article
that was offered, as the link under it begins a mail. Anything more is a message that somebody reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailbot.deciding.content import brings_files
from mailbot.deciding.settling.thanks import says_only
from mailbot.reading.model import Message
from mailbot.rules import Article

_MOST_CHARACTERS = 400
_SOLVED = re.compile(
    r"(?:(?:that|this|it|the article)(?: has| s)? (?:solved|fixed) (?:it|(?:the|my|our) (?:problem|issue?))"
    r"|(?:that|this|it|the article|your article) (?:worked|did the trick)|got it (?:working|to work)"
    r"|that did it|(?:problem |issue? )?(?:is )?solved)(?: for (?:me|us))?(?: now)?"
    r"|(?:das |es )?hat (?:geklappt|funktioniert)"
    r"|das hat (?:es|das problem|mein problem|unser problem) gelost|das war die losung"
    r"|(?:damit ist (?:es|das|das problem) |problem )?(?:gelost|erledigt)|hat sich erledigt"
    r"|(?:cela|ca|c)(?: a| est)? (?:resolu|regle)(?: (?:le|mon|notre) probleme)?|probleme (?:resolu|regle)"
    r"|(?:cela|ca|c) a (?:marche|fonctionne)"
    r"|(?:eso|esto)(?: lo)?(?: ha)? (?:soluciono|resolvio|solucionado|resu?lto)(?: (?:el|mi) problema)?"
    r"|(?:ya )?(?:esta )?(?:problema )?(?:resu?lto|solucionado)|(?:eso |ya )?funciono"
    r"|(?:isso |ja )?(?:funcionou|deu certo)"
    r"|(?:isso|isto) resolveu(?: (?:o|meu|o meu) problema)?|(?:problema )?resolvido"
)


def solved_by(message: Message, offered: Iterable[Article]) -> str | None:
    """Return the id of the article that its writer says has solved it, "" for one of them; None for no such words."""
    text = message.reply_text.strip()
    if not text or len(text) > _MOST_CHARACTERS or "?" in text or brings_files(message) or message.forwarded_text:
        return None
    for article in offered:
        rest = _without(text, article.title)
        if rest is not None and says_only(_SOLVED, message, rest):
            return article.id
    return "" if says_only(_SOLVED, message, text) else None


def _without(text: str, title: str) -> str | None:
    """Return a text without a title in it, wherever its lines were broken; None where it is not in it."""
    found = re.search(r"\s+".join(map(re.escape, title.split())), text, re.IGNORECASE) if title.strip() else None
    return f"{text[: found.start()]}\n{text[found.end() :]}" if found else None
