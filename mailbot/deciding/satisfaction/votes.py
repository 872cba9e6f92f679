"""The vote in a reply to a survey: 1 to 5 in the first line of what was newly written, and the words beside it.

What is unmistakable is a vote, and nothing else: "4", "4/5", "5 - great", "four stars", "Rating: 5", and a greeting may
stand before it. "5 phones are broken", "1. The phone is dead", "5, 6 and 7 are dead" and "10" are none. A number in
words counts where it stands alone: "One, the phone is dead" is a list. Where the words in the line of a vote for 3 or
more read like trouble, nobody can tell which of both is meant, and it is none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from mailbot.deciding.content import brings_files
from mailbot.deciding.settling.thanks import is_only, is_polite, without_courtesies
from mailbot.deciding.signatures import Known, is_only_name, is_signature, without_signature
from mailbot.deciding.words import clean
from mailbot.reading.model import Message
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.signature import is_mobile

BEST = 5
LOW = 2
"""Who votes so much or less is not satisfied."""
_LONGEST_LINE = 2_000
_LONGEST = 20_000
_MOST_BEFORE = 3

_EN, _DE, _FR = "one two three four five", "eins zwei drei vier funf", ". deux trois quatre cinq"
_ES, _PT = "uno dos tres cuatro cinco", ". dois . quatro cinco"
_IN_WORDS = {
    word: mark for words in (_EN, _DE, _FR, _ES, _PT) for mark, word in enumerate(words.split(), 1) if word != "."
} | {"fuenf": 5}
_ARTICLES = dict.fromkeys("un una une um uma ein einen".split(), 1)
"""One, where it stands before a noun: alone it is an article, or no word at all ("Um, …")."""
_OUT_OF = r"\s*/\s*5|\s+(?:out )?of (?:5|five)|\s+von (?:5|funf|fuenf)|\s+sur (?:5|cinq)|\s+(?:de|sobre|em) (?:5|cinco)"
_STARS = r"[\s-]*(?:(?:stars?|sterne?n?|etoiles?|estrellas?|estrelas?)\b|[\u2605\u2b50\U0001f31f]+)"
_POINTS = r"\s+(?:points?|punkte?n?|puntos?|pontos?)\b"
# German "Note" and "eine 1" are what schools give, of which 1 is the best.
_LEAD = (
    r"(?:(?:my |our )?(?:rating|vote|score|answer|reply|satisfaction)(?: is| would be)?"
    r"|(?:i|we)(?:'d| would| will)? (?:give|rate|vote|say)"
    r"(?: (?:it|this|you|that|them|the service|your service))?(?: an?)?"
    r"|(?:i am|i'm|we are|we're) giving(?: (?:it|this|you|that|them))?(?: an?)?"
    r"|(?:it's |that's )?(?:definitely|clearly|an?)(?: an?)?(?: (?:solid|clear|strong))?|solid|strong|un"
    r"|(?:meine |unsere )?(?:bewertung|antwort|zufriedenheit)"
    r"|(?P<school>note|(?:ich|wir) (?:ver)?geb(?:en?)?(?: (?:euch|ihnen|dir))?)"
    r"|(?:ma|notre) note(?: est)?|(?:je|nous)(?: vous)? (?:donne|donnons|mets|mettons)(?: un)?|(?:ma )?reponse"
    r"|(?:mi |nuestra )?(?:voto|puntuacion|calificacion|valoracion|respuesta)(?: es)?"
    r"|(?:le|les|os) (?:doy|damos|pongo)(?: un)?"
    r"|(?:minha |nossa )?(?:nota|avaliacao|pontuacao|resposta)|(?:eu )?dou(?: (?:um|nota))?)"
)
_NUMBER = rf"(?P<digit>[1-5])(?!\d|\s?[%$\u20ac\u00a3\u00b0])|(?P<word>{'|'.join((*_IN_WORDS, *_ARTICLES))})\b"
_MARKS = r"[\s*_\"'()\[\]]*+"
_VOTE = re.compile(
    rf"{_MARKS}(?:{_LEAD}[\s:=-]++{_MARKS})?(?:{_NUMBER})"
    rf"(?:(?P<scale>{_OUT_OF})(?:{_STARS}|{_POINTS})?|(?P<stars>{_STARS})(?:{_OUT_OF})?|(?P<points>{_POINTS}))?(?P<after>.*)",
    re.DOTALL,
)
_GLYPHS = re.compile("([\u2605\u2b50\U0001f31f]{1,5})\u2606{0,4}")
_MORE_GLYPHS = re.compile("([\u2605\u2b50\U0001f31f]{2,5})\u2606{0,4}(?=\\s)")
_HEAD = re.compile(r"([^,!.:;]{1,60}(?:[,!.:;]+|\s[-\u2013\u2014]))\s+")
# A hyphen with a letter behind it belongs to a word ("5-line phone").
_PARTED = re.compile(r"(?:[!,;:\u2026]|\.{2,}|[-\u2013\u2014]+(?=\s|$)|[\u2013\u2014]|\()[!,;:.\u2026\s-]*")
_LEGEND = re.compile(r"=\s*")
_FULL_STOP = re.compile(r"[.)](?=\s|$)\s*")
# What is counted: "2. Leitung" is the second line, and no vote.
_COUNTED = re.compile(
    r"(?:leitung\w*|etage|stock\w*|og|ug|anschluss\w*|nebenstelle\w*|telefon\w*|gerate?|apparat|mal|anrufe?|filiale|buro"
    r"|abteilung|rufnummer|nummer|frage|problem|fehler|versuch|rechnung|mahnung|mitarbeiter\w*|platz|arbeitsplatz"
    r"|lines?|floor|phones?|extensions?|calls?|time|ticket|question|issue|handsets?|users?|lignes?|etage|postes?|fois"
    r"|appels?|lineas?|piso|extension|telefonos?|llamadas?|vez|linhas?|andar|ramal|ramais|telefones?|ligac\w+)\b"
)
_SAYS_WHY = re.compile(
    r"(?:because|unfortunately|thank\w*|from (?:me|us|my side)|weil|leider|danke|(?:von|fur) (?:mir|mich|uns)|parce qu"
    r"|malheureusement|merci|de (?:ma|notre) part|porque|lamentablemente|gracias|de mi parte|infelizmente|obrigad[oa]"
    r"|da minha parte)\b"
)
_HOW = (
    r"(?:(?:(?:very|really|absolutely|totally|so|extremely) )*(?:good|happy|satisfied|pleased|nice|helpful|quick|fast"
    r"|friendly|professional|excellent|perfect|great|super|outstanding|fantastic|amazing|awesome|bad|slow|poor"
    r"|disappoint\w+|unhappy|dissatisfied|terrible|awful|horrible)\b"
    r"|(?:(?:sehr|rundum|absolut|vollig|ganz) )*(?:gut\w*|zufrieden|nett\w*|schnell\w*"
    r"|freundlich\w*|top|super|prima|klasse"
    r"|toll\w*|schlecht\w*|langsam|enttauscht|unzufrieden)\b"
    r"|(?:(?:tres|vraiment) )*(?:bien|satisfait\w*|bon\w*|rapide|parfait|excellent\w*|mauvais\w*|lent\w*|decu\w*)\b"
    r"|(?:muy )*(?:bien|satisfech\w+|buen\w*|rapid\w+|amable\w*|excelente|mal\w?|lent\w+|decepcionad\w)\b"
    r"|(?:muito )*(?:bom|boa|bem|satisfeit\w+|rapid\w+|otim\w|excelente|mau|ruim|lent\w+|insatisfeit\w)\b)"
)
_SERVICE = (
    r"(?:(?:customer |tech )?(?:service|support|help)|job|work|team|response|experience|communication"
    r"|hilfe|arbeit|betreuung|beratung|leistung|reaktion|unterstutzung|kommunikation|travail|equipe|aide|accueil"
    r"|reactivite|suivi|servicio|atencion|trabajo|equipo|ayuda|respuesta|trato|atendimento|servico|trabalho|ajuda"
    r"|resposta|suporte)\b"
)
# "5 good handsets" counts them: what is good without a mark behind the number is the service, or nothing more is said.
_SAYS_HOW = re.compile(
    rf"{_HOW}(?:[\s)]*$|\s*[.,!;:(\u2026\u2013-]|(?: {_HOW})?(?: {_SERVICE})"
    r"|\s(?:with|about|and|but|for|overall|indeed|mit|und|aber|avec|et|mais|con|y|pero|com|e|mas)\b)"
)
_HOW_ALONE = re.compile(rf"{_HOW}(?: {_SERVICE})?")
# Beside a good vote it says that so many of something are bad: "5 slow phones".
_COMPLAINS = re.compile(
    r"(?:\w+ )?(?:bad|slow|poor|disappoint\w+|unhappy|dissatisfied|terrible|awful|horrible|schlecht\w*|langsam\w*"
    r"|enttauscht|unzufrieden|mauvais\w*|lent\w*|decu\w*|mal[oa]s?|decepcionad\w|mau|ruim|insatisfeit\w)\b"
)
_I_AM = re.compile(r"(?:i am|i'm|we are|we're|ich bin|wir sind|je suis|nous sommes|estoy|estamos|estou) ")
_GOES_ON = re.compile(r"(?:and|or|und|oder|et|ou|y|o|e|to|bis|a)\b")
_LATER_NUMBER = re.compile(r"(?m)(?:^|\s)[2-9]\s*[.):-]")
_LEADING_NUMBER = re.compile(r"^\W*(\d+)")
_LONGEST_PRAISE = 300
_NUMBER_ALONE = re.compile(r"(?m)^\W*[1-5]\W*$")
_IN_SUBJECT = re.compile(r"\?\s*([1-5])\s*$")
_TROUBLE = re.compile(
    r"\b(?:still (?:no|not|does|is|isn't|are|aren't|can|can't|cannot|have|has|dead|down|broken|waiting)"
    r"|(?:not|isn't|aren't|never) (?:working|fixed|solved|resolved|done)|(?:do|does|did)(?:n't| not) (?:work|ring"
    r"|register|connect)|broken|(?:is|are) (?:dead|down)|not yet|stopped working"
    r"|(?:please|pls) (?!keep|give|thank|tell|pass|say|continue|carry)|(?:can|could|would) you\b|call me"
    r"|(?:i|we) (?:want|need|would like)(?! to (?:thank|say))|(?:cancel|terminate) (?:my|our|the)\b|but now\b"
    r"|immer noch|noch immer|noch nicht|noch keine?"
    r"|(?:geht|gehen|funktioniert|funktionieren|klingelt|klingeln|lauft|laeuft) (?:\w+ )?nicht"
    r"|nicht (?:gelost|geloest|behoben|erledigt|geklart|geklaert)|kaputt|defekt|tot|rufen sie|bitte(?! weiter| so)"
    r"|(?:konnt|konntet) ihr|(?:konnen|konnten) sie|kannst du|(?:ich|wir) (?:mochten?|will|wollen|brauchen?)|kundig\w*"
    r"|aber jetzt\b"
    r"|toujours (?:pas|en panne)|(?:marchent?|fonctionnent?|sonnent?) (?:toujours |plus |encore )?(?:pas|plus)"
    r"|pas (?:encore )?(?:resolu|regle|repare)|en panne|rappel(?:ez|er)|svp|s'il vous plait"
    r"|(?:pouvez|pourriez)[ -]vous|merci de (?!votre|ton|vos)|mais maintenant"
    r"|siguen? (?:sin|\w+ndo(?:se)?)|todavia no|aun no|no (?:funcionan?|suenan?)"
    r"|no (?:esta|han|se ha) (?:\w+ )?(?:resuelto|solucionado|arreglado)|averiad[oa]s?|llamenme"
    r"|(?:pueden?|podrian?) (?:llamar|revisar|enviar|mirar)\w*|pero ahora|sin (?:linea|tono|telefonos?)"
    r"|ainda nao|continuam? sem|nao (?:funcionam?|tocam?)|nao (?:foi|esta) (?:resolvido|solucionado)"
    r"|avariad[oa]s?|liguem|por favor|mas agora|sem (?:linha|sinal))\b"
)
_NO_WORD = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody voted, 1 to 5, with what else was written, "" for nothing.

    The `comment` is without greetings, thanks and names around it; some of it may stand `beside` the vote, in its line.
    It may read like trouble, `troubled`; `begun` says that words stand in a mail which a link of ours began, and the
    vote in its subject alone.
    """

    mark: int
    comment: str = ""
    beside: bool = False
    troubled: bool = False
    begun: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """The vote of a line, and the words that stand beside it."""

    mark: int
    beside: str = ""


def vote_in(message: Message) -> Vote | None:
    """Return the vote in what was newly written, None where it is not sure that it is one.

    Where the first line is none, and names no other number, it is that of the subject, where a link of ours wrote it.
    """
    lines = clean(message.reply_text[:_LONGEST]).split("\n")
    written = "\n".join(line for line in lines if not is_quoted(line))
    found = _IN_SUBJECT.search(clean(message.subject[-_LONGEST_LINE:]))
    begun = int(found[1]) if found else None
    if not written.strip():
        return Vote(begun) if begun else None
    return _vote_written(written, message) or (_vote_begun(begun, written, message) if begun else None)


def says_how(message: Message) -> bool:
    """Return whether the newly written text says how good something is, beside courtesies, and nothing else."""
    text = message.reply_text.strip()
    if not text or len(text) > _LONGEST_PRAISE or "?" in text or brings_files(message) or message.forwarded_text:
        return False
    return is_only(lambda piece: _says_how(piece) and not _COMPLAINS.search(_folded(piece)), message, clean(text))


def _vote_begun(mark: int, written: str, message: Message) -> Vote | None:
    """Return the vote with which a link began a mail in which words stand before it, behind it, or in its place.

    No other number may stand where a vote does. Where trouble stands beside a good one, which of both is meant is not
    sure.
    """
    first, _ = _first_line(written, message)
    lines = [line.strip() for line in written.strip().split("\n")]
    numbers = {line for line in (first, *lines) if line.isdigit()} | set(_LEADING_NUMBER.findall(first))
    if numbers - {str(mark)} or _GOES_ON.match(_folded(first.lstrip(f"{mark} "))):
        return None
    comment = _unsigned("\n".join(line for line in lines if line != str(mark)), message)
    troubled, beside = reads_like_trouble(comment), str(mark) in first and first != str(mark)
    return None if troubled and beside and mark > LOW else Vote(mark, comment, beside, troubled, begun=True)


def _vote_written(written: str, message: Message) -> Vote | None:
    first, rest = _first_line(written, message)
    line = _vote_in(first, message) if len(first) <= _LONGEST_LINE else None
    if line is None or _NUMBER_ALONE.search(rest):
        return None
    if line.mark == 1 and line.beside and _LATER_NUMBER.search(f"{line.beside}\n{rest}"):
        return None
    comment = "\n".join(filter(None, (line.beside, _unsigned(rest, message))))
    troubled = reads_like_trouble(comment)
    if troubled and line.beside and line.mark > LOW:
        return None
    return Vote(line.mark, comment, beside=bool(line.beside), troubled=troubled)


def reads_like_trouble(words: str) -> bool:
    """Return whether words ask for something, or say that something does not work."""
    return "?" in words or _TROUBLE.search(_NO_WORD.sub(" ", _folded(clean(words)))) is not None


def _first_line(written: str, message: Message) -> tuple[str, str]:
    """Return the first line that says anything, and what stands below it; stars alone say how many they are."""
    above, _, below = written.strip().partition("\n")
    if _GLYPHS.fullmatch(_without_pictures(above)):
        return above, below
    first, _, rest = without_courtesies(message, written).strip().partition("\n")
    return first.strip(), rest


def _unsigned(words: str, message: Message) -> str:
    """Return words without the courtesies around them, and without a signature below."""
    known = Known((message.sender.name,) if message.sender and message.sender.name else ())
    kept = "\n".join(line for line in words.split("\n") if not is_mobile(line))
    signs = is_only_name(kept.strip(), known) or is_signature(kept) or is_signature(without_courtesies(message, kept))
    said = "" if signs else without_signature(kept.strip(), known).text
    above, _, last = said.rpartition("\n\n")
    return without_courtesies(message, above if above and is_signature(last) else said).strip()


def _vote_in(line: str, message: Message) -> _Line | None:
    """Return the vote of a line, before which somebody may be greeted or thanked."""
    found = _vote_at_start(line, message)
    for _ in range(_MOST_BEFORE):
        head = _HEAD.match(line)
        if found is not None or head is None or not (is_polite(message, head[1]) or _says_how(head[1])):
            break
        line = line[head.end() :]
        found = _vote_at_start(line, message)
    return found


def _says_how(words: str) -> bool:
    """Return whether words say how satisfied somebody is, and nothing else: "Very satisfied:"."""
    said = _I_AM.sub("", _folded(words).strip(" ,!.:;-\u2013\u2014"), count=1)
    return _HOW_ALONE.fullmatch(said) is not None


def _vote_at_start(line: str, message: Message) -> _Line | None:
    bare = _without_pictures(line)
    if glyphs := _GLYPHS.fullmatch(bare):
        return _Line(len(glyphs[1])) if len(bare) <= BEST else None
    if glyphs := _MORE_GLYPHS.match(bare):
        words = bare[glyphs.end() :].strip(" -\u2013\u2014:,")
        return _Line(len(glyphs[1]), words) if len(glyphs[0]) <= BEST else None
    found = _VOTE.fullmatch(_folded(bare))
    if found is None or ((found["word"] in _ARTICLES or found["school"]) and not _has_unit(found)):
        return None
    mark = int(found["digit"]) if found["digit"] else (_IN_WORDS | _ARTICLES)[found["word"]]
    after = bare[found.start("after") :]
    if len(after.strip(" \t.!*_\"'()[]")) == 0:
        return _Line(mark)
    beside = _beside(after, mark, found, message)
    return None if beside is None else _Line(mark, beside)


def _has_unit(found: re.Match[str]) -> bool:
    """Return whether a number says of how many it is, or of what: a school's mark does neither."""
    return bool(found["scale"] or found["stars"] or (found["points"] and found["digit"]))


def _beside(after: str, mark: int, found: re.Match[str], message: Message) -> str | None:
    """Return the words behind a number, None where they make it something else than a vote."""
    if is_polite(message, after):
        return after.strip(" .,;:!*_-\u2013\u2014()")
    after = after.lstrip("*_\"')]")
    is_plain, is_free = bool(found["scale"] or found["stars"]), bool(found["stars"])
    begun = _begun(after.lstrip(), may_be_list=mark == 1 and not is_plain)
    words = after.lstrip()[begun:]
    folded = _folded(words)
    if not begun and not (after[:1].isspace() and (is_free or _SAYS_WHY.match(folded) or _SAYS_HOW.match(folded))):
        return None
    if not begun and mark > LOW and not is_plain and _COMPLAINS.match(folded):
        return None
    is_list = found["word"] is not None and not is_plain
    if is_list or folded[:1].isdigit() or _GOES_ON.match(folded) or _is_number(words.partition(" ")[0]):
        return None
    return words.strip().rstrip(")")


def _begun(after: str, *, may_be_list: bool) -> int:
    """Return how much of what stands behind a number parts it from the words that follow, 0 where nothing does.

    "1." may begin a list, "2. Leitung" is the second of them, and behind "=" stands what the number means.
    """
    if parted := _PARTED.match(after):
        return parted.end()
    if (legend := _LEGEND.match(after)) and _HOW_ALONE.match(_folded(after[legend.end() :])):
        return legend.end()
    stop = None if may_be_list else _FULL_STOP.match(after)
    return stop.end() if stop and not _COUNTED.match(_folded(after[stop.end() :])) else 0


def _is_number(word: str) -> bool:
    """Return whether a word is a number of ours; French "très" is none, which is Spanish "tres" without its accent."""
    bare = word.strip(".,;:").casefold()
    return _folded(bare) in _IN_WORDS and bare != "tr\u00e8s"


def _folded(text: str) -> str:
    """Return a text of as many characters without case and accents."""
    return "".join(unicodedata.normalize("NFD", one)[0].lower()[:1] or one for one in text)


def _without_pictures(line: str) -> str:
    """Return the line without emoji and what makes one of a digit; stars stay."""
    return "".join(one for one in line if not _is_picture(one) or one in "\u2605\u2b50\U0001f31f\u2606").strip()


def _is_picture(one: str) -> bool:
    return unicodedata.category(one) in {"So", "Sk", "Me"} or "\ufe00" <= one <= "\ufe0f"
