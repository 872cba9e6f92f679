"""Messages that say thanks and nothing else, and courtesies around what is said.

All of the newly written text must be exact short phrases: at least one of thanks, and beside it only greetings, that
all is well now, good wishes, a closing, and the writer's name at the end. A question, an attachment or any other word
makes it a message like others: one that is taken for thanks goes unread. A thumb or folded hands alone, as mail
programs send for a reaction, are thanks, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mailbot.deciding import courtesies
from mailbot.deciding.content import brings_files
from mailbot.deciding.signatures import Known, above_signature
from mailbot.deciding.words import clean, comparable_words
from mailbot.reading.model import Message

_MOST_CHARACTERS = 300
_MOST_LINES = 50
_MOST_IN_THANKS = 4
_REACTIONS = frozenset("\U0001f44d\U0001f64f\u2764\U0001f60a\U0001f642\U0001f44c\U0001f389\u2705")
_SKIN_AND_FORM = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\\s]")
# Commas part phrases here ("Great, thanks, Jane").
_PARTS = re.compile(r"[.!,;:\n\u2013\u2014]+|\s-\s")
# One name behind a greeting.
_TITLE_STOP = re.compile(r"\b(M|Mrs?|Ms|Dr|Prof|Sra?)\.(?=\s)")
_NAME = re.compile(r"[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+")


def _either(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


_HELP = r"(?:help|reply|response|answer|support|update|info|information|effort|time|patience)"
_HILFE = r"(?:hilfe|antwort|ruckmeldung|unterstutzung|info|information|muhe)"
_AIDE = r"(?:aide|reponse|retour|soutien|information)"
_AYUDA = r"(?:ayuda|respue?sta|apoyo|informacion|atencion)"
_AJUDA = r"(?:ajuda|resposta|retorno|apoio|informacao|atencao)"
_THANKS = _either(
    (
        r"(?:ok |okay |great |perfect )?(?:many |big |again )?(?:thanks|thank you|thx|ty)"
        r"(?: (?:so|very) much| a lot| a million| again| all)?"
        rf"(?: for (?:all )?(?:your|the)(?: (?:quick|fast|great|kind|prompt|swift))? {_HELP})?"
        r"(?: for (?:asking|checking(?: in)?|letting (?:me|us) know|(?:fixing|sorting) (?:it|this|that)(?: out)?))?"
    ),
    rf"(?:much|very much) appreciated|(?:i |we )?appreciate (?:it|your {_HELP}|the {_HELP})|cheers",
    (
        r"(?:super |ok |perfekt |alles klar )?(?:vielen |herzlichen |besten |tausend )?danke?"
        r"(?: (?:schon|sehr|vielmals|nochmals))?"
        rf"(?: fur (?:die|ihre|eure|deine)(?: (?:schnelle|rasche|prompte|tolle))? {_HILFE})?"
    ),
    (
        r"(?:ok |parfait |super )?(?:un grand |mille )?mercis?(?: (?:beaucoup|bien|infiniment|a vous|encore))?"
        rf"(?: pour (?:votre|ton|l)(?: rapide)? {_AIDE}(?: rapide)?)?"
    ),
    (
        r"(?:ok |perfecto )?(?:muchas |mil )?gracias(?: de nue?vo| a usted(?:es)?)?"
        rf"(?: por (?:su|tu|la)(?: rapida)? {_AYUDA})?"
    ),
    rf"(?:ok |perfeito )?(?:muito )?obrigad[oa](?: mais uma vez)?(?: pel[ao](?: sua)?(?: rapida)? {_AJUDA})?",
)
_GREETING = re.compile(courtesies.GREETING)
_FAREWELL = re.compile(rf"(?:{courtesies.FAREWELL}) ")
_TITLED = re.compile(rf"(?:{courtesies.GREETING} )?{courtesies.TITLE}")
_ALL_OF_YOU = re.compile(courtesies.ALL_OF_YOU)
_BESIDE = _either(
    rf"{courtesies.GREETING}(?: {courtesies.ALL_OF_YOU})*|madame|monsieur|messieurs|mesdames",
    courtesies.FAREWELL,
    r"ok|okay|great|perfect|awesome|excellent|wonderful|brilliant|super|got it|will do|noted|you too|same to you",
    (
        r"(?:it |that |this |everything |all )?"
        r"(?:works|is working|is fixed|is solved|fixed it|solved it|did it|worked|is good|good)"
        r"(?: (?:now|again|fine|perfectly))*"
    ),
    r"solved|fixed|resolved|all set|problem solved",
    r"perfekt|prima|toll|klasse|alles klar|alles gut|passt",
    r"(?:es |jetzt )?(?:geht|funktioniert|lauft)(?: (?:wieder|jetzt|alles))*",
    r"parfait|genial|c est bon|(?:ca|tout) (?:marche|fonctionne)(?: (?:bien|maintenant|a nouveau))*",
    r"perfecto|genial|estupendo|ya (?:funciona|esta)|todo (?:bien|funciona)",
    r"perfeito|otimo|ja funciona|tudo (?:bem|certo)",
    r"(?:and )?(?:have a|enjoy (?:your|the))(?: (?:nice|good|great|lovely))? (?:day|evening|weekend|week)",
    r"(?:einen )?schone[nrs]? (?:tag|abend|wochenende|woche|feierabend)(?: noch)?",
    r"bonne (?:journee|soiree|semaine)|bon week ?end|bom (?:dia|fim de semana)",
    r"(?:que? tenga )?(?:un )?bue?n (?:dia|fin de semana)",
)


def is_thanks(message: Message) -> bool:
    """Return whether the newly written text says thanks and nothing else."""
    text = _above_signature(message, message.reply_text.strip())
    passes_on = brings_files(message) or message.forwarded_text
    if not text or len(text) > _MOST_CHARACTERS or "?" in text or passes_on:
        return False
    pieces = _pieces(text)
    thanks = any(_says(_THANKS, piece) for piece in pieces) or any(map(_reacts, text.splitlines()))
    return thanks and _is_polite(pieces, message)


def _reacts(line: str) -> bool:
    """Return whether a line is nothing but a thumb or the like."""
    bare = _SKIN_AND_FORM.sub("", line)
    return bool(bare) and set(bare) <= _REACTIONS


def says_only(phrases: re.Pattern[str], message: Message, text: str) -> bool:
    """Return whether a text of that message's writer says one of these phrases, and beside it only courtesies.

    Phrases are in words as they are compared.
    """
    return is_only(lambda piece: _says_beside_thanks(phrases, piece), message, text)


def without_thanks(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words without thanks at their beginning or end: "Solved thanks" is one phrase."""
    for count in range(min(len(words) - 1, _MOST_IN_THANKS), 0, -1):
        if _THANKS.fullmatch(" ".join(words[-count:])):
            return without_thanks(words[:-count])
        if _THANKS.fullmatch(" ".join(words[:count])):
            return without_thanks(words[count:])
    return words


def is_only(says_so: Callable[[str], bool], message: Message, text: str) -> bool:
    """Return whether a text of that message's writer says what is asked for, and beside it only courtesies."""
    pieces = _pieces(_above_signature(message, text))
    others = [piece for piece in pieces if not says_so(piece)]
    return len(others) < len(pieces) and _is_polite(others, message)


def _above_signature(message: Message, text: str) -> str:
    """Return what a message's sender wrote down to his name, without what else a signature tells."""
    return above_signature(text, Known((message.sender.name,))) if message.sender and message.sender.name else text


def without_courtesies(message: Message, text: str) -> str:
    """Return what its sender wrote without the lines above and below it that greet, thank, wish well or sign."""
    lines = text.splitlines()
    above = _courtesies(lines, message)
    below = _courtesies(lines[above:][::-1], message)
    return "\n".join(lines[above : len(lines) - below])


def _courtesies(lines: Sequence[str], message: Message) -> int:
    """Return how many of the first lines are courtesies; what has too many of them is none."""
    polite = (len(line) <= _MOST_CHARACTERS and is_polite(message, line) for line in lines[:_MOST_LINES])
    return next((number for number, is_one in enumerate(polite) if not is_one), min(len(lines), _MOST_LINES))


def is_polite(message: Message, line: str) -> bool:
    """Return whether a line greets, thanks, wishes well or signs, and says nothing else; so does an empty one."""
    return _is_polite(_pieces(line), message)


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in _PARTS.split(_TITLE_STOP.sub(r"\1", text)) if any(map(str.isalnum, piece))]


def _is_polite(pieces: Sequence[str], message: Message) -> bool:
    """Return whether none of the pieces asks or says anything; the last may be the writer's name."""
    last = len(pieces) - 1
    return all(
        _says(_THANKS, piece) or _says(_BESIDE, piece) or _greets(piece) or (place == last and _is_name(piece, message))
        for place, piece in enumerate(pieces)
    )


def _greets(piece: str) -> bool:
    """Return whether somebody is greeted by a name: "Hi Dana", "Guten Tag Frau Berg", "Hello Northwind team"."""
    words = piece.split()
    while len(words) > 1 and _says(_ALL_OF_YOU, words[-1]):
        words.pop()
    greetings = ((_GREETING, _TITLED), (_TITLED,))
    for patterns in greetings:
        if len(words) == 1 or not _NAME.fullmatch(words.pop()):
            return False
        if any(_says(greeting, " ".join(words)) for greeting in patterns):
            return True
    return False


def _is_name(piece: str, message: Message) -> bool:
    """Return whether a text's last piece is its writer's name, with or without a farewell before it: "LG Jane"."""
    sender = message.sender
    names = comparable_words(clean(f"{sender.name} {sender.address.partition('@')[0]}")) if sender else ()
    said = " ".join(comparable_words(clean(piece)))
    farewell = _FAREWELL.match(said)
    words = said[farewell.end() :] if farewell else said
    return set(words.split()) <= set(names)


def _says_beside_thanks(phrases: re.Pattern[str], piece: str) -> bool:
    return phrases.fullmatch(" ".join(without_thanks(comparable_words(clean(piece))))) is not None


def _says(phrases: re.Pattern[str], piece: str) -> bool:
    return phrases.fullmatch(" ".join(comparable_words(clean(piece)))) is not None
