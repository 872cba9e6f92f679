"""What a sender passes on: when the words of somebody else count as if the sender had written them.

A customer who forwards a colleague's outage report with nothing but "FYI" reports that outage, so the forwarded text
counts for severity where there are no own words, or only such as point to it ("please see below"). An alarm too many
costs a look, one too few a customer. As soon as the own words say anything else ("is this bill real?", "solved since")
they alone count, and the subject. Own words point if each of them, greeting and farewell apart, is of a small
vocabulary; what is unknown says something. Whoever wrote what is forwarded is never taken for the sender.
"""

from __future__ import annotations

import re

from mailbot.deciding import courtesies
from mailbot.deciding.words import clean, comparable_words, compared
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.reading.quotation.forwarding import says_forwarded

_MOST_CHARACTERS = 600
_MOST_WORDS = 25
_MOST_NAMES = 3
_MOST_GREETED = 4
_MOST_IN_SIGNATURE = 8
_FEWEST_DIGITS = 7
_REACHED = re.compile(r"(?i)@|www\.|https?://|\|")
_TITLE = re.compile(r"(?i)\b(mr|mrs|ms|dr|hr|fr|prof|sr|sra)\.")
_GREETING = re.compile(rf"{courtesies.GREETING}\b.*")
_FAREWELL = re.compile(
    r"(?:many thanks|thanks|thank you|thx|cheers|(?:vielen |besten )?dank|danke|merci|gracias|obrigad[oa]|grazie"
    rf"|bedankt|{courtesies.FAREWELL})(?: [^ ]+){{0,4}}"
)
_POINTING = compared(
    """
    a about above advise an and any anyone as asap assist at attached attachment below by can care check client
    colleague colleagues could customer discussed do e email for forward forwarded forwarding from fya fyi handle
    have help i in info information into is it its kindly know let look mail me message my note of office on one our
    pass passing please pls promised read received got report reported requested see sending someone staff take team
    that the these this to urgent urgently us user we what will with would you your yours anbei anschauen ansehen
    bearbeitung beigefugt besprochen bitte dank darum das dem den der die dies diese dieses dir euch eure erledigung
    hier hilfe helfen ich ihnen ihr ihre info k kannst kenntnis kenntnisnahme kollege kollegen kollegin konnen konnt
    konnten konntet kummern kunde kunden leite mal mit nachricht prufen prufung s sie siehe u um uns unten unser
    unsere unserem unserer von vom weiter weitergeleitet weiterleitung wie wir z zu zur aider bien ce cette ci
    collegue de dessous il je joint la le les merci message nous par peux plait pour pouvez regarder s svp te
    transfere transmets un une verifier veuillez voir votre vous vouloir abajo adjunto ayudar cliente companera
    companero conocimiento el ellos esta este favor informacion los mensaje mirar para podria podrian por puede
    pueden reenvio revisar su tu ver abaixo ajudar anexo colega encaminho informacao esta mensagem o olhar os pode
    podem poderia segue seu sua verificar allegato bijlage conoscenza hieronder onder per sotto ter vedi zie
    """
)


def points(own: str, name: str = "") -> bool:
    """Return whether these own words say nothing but that there is something below; `name` is the sender's."""
    if len(own) > _MOST_CHARACTERS:
        return False
    said: list[tuple[str, ...]] = []
    last = ""
    for line in _TITLE.sub(r"\1", own).splitlines():
        if _FAREWELL.fullmatch(" ".join(comparable_words(clean(line)))):
            break
        if _is_of_signature(line):
            continue
        pieces = [piece for piece in re.split(r"[,.!?:;]", line) if comparable_words(clean(piece))]
        said += [tuple(comparable_words(clean(piece))) for piece in pieces]
        last = pieces[-1] if pieces else last
    if said and len(said[0]) <= _MOST_GREETED and _GREETING.fullmatch(" ".join(said[0])):
        del said[0]
    if len(said) > 1 and len(said[-1]) <= _MOST_NAMES and all(word[:1].isupper() for word in last.split()):
        del said[-1]
    words = [word for piece in said for word in piece]
    return len(words) <= _MOST_WORDS and _POINTING.union(comparable_words(clean(name))).issuperset(words)


def _is_of_signature(line: str) -> bool:
    """Whether the line is an address, a number, or a few words that are all written like names."""
    words = [word for word in line.split() if word[:1].isalpha()]
    if len(words) > _MOST_IN_SIGNATURE or line.rstrip().endswith((".", "!", "?")):
        return False
    digits = sum(map(str.isdigit, line))
    if _REACHED.search(line) or (digits >= _FEWEST_DIGITS and len(words) <= _MOST_NAMES):
        return True
    return len(words) > 1 and all(word[0].isupper() for word in words)


def forwarded_words(message: Message) -> str:
    """Return the forwarded text that counts as if the sender had written it, "" for none."""
    return message.forwarded_text if message.forwarded_text and _says_nothing(message) else ""


def _says_nothing(message: Message) -> bool:
    return points(message.reply_text, message.sender.name if message.sender else "")


def counted_words(message: Message) -> str:
    """Return all words of the text that count."""
    return "\n\n".join(filter(None, (message.reply_text, forwarded_words(message))))


def own_and_forwarded(text: str, reply: str, subject: str) -> tuple[str, str]:
    """Return the sender's own words of an entry, and what was passed on in it.

    `reply` is what was newly written, the same as `text` where that is not known apart.
    """
    parts = quoting.split(text, forwarded=says_forwarded(subject))
    return (parts.reply if reply == text and parts.forwarded else reply), parts.forwarded
