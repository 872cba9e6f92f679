"""Whether all is well again: the answer of a customer whom we have asked just that once an incident was over.

A yes is short and says nothing else: each of its words stands in the few here of one language, beside courtesies. "Call
back", "not yet" and "5 phones work" are no yes; what is neither a yes nor a no is a reply like any other.
"""

from __future__ import annotations

import re
from itertools import islice

from mailbot.deciding.content import brings_files
from mailbot.deciding.settling.thanks import is_only, without_thanks
from mailbot.deciding.words import clean, comparable_words, compared, sentences
from mailbot.reading.model import Message

_YES = compared("yes yep yeah yup ja jo jep jawohl oui ouais si sim")
_WELL = tuple(
    (compared(said), compared(beside))
    for said, beside in (
        (
            """
            works work working well good fine ok okay normal running resolved solved fixed perfect perfectly great up
            back restored
            """,
            """
            yes yep yeah it its s that this all everything the our my phone phones calls line lines we things is are re
            seems seem looks look now again to in order and for us here has been have very just side on end service
            as before usual confirmed
            """,
        ),
        (
            """
            geht gehen funktioniert funktionieren gut bestens lauft laufen klappt klappen ok okay passt ordnung
            erledigt behoben gelost prima super wunderbar perfekt einwandfrei problemlos
            wiederhergestellt bestatigt
            """,
            """
            ja jo jep alles es ist sind wieder jetzt nun bei uns mir die das telefone telefon anrufe in sehr auch wie
            gewohnt vorher und normal soweit hier
            """,
        ),
        (
            """
            marche marchent fonctionne fonctionnent bon bien ordre ok parfait resolu regle nickel impeccable va retabli
            retablie retablis
            """,
            """
            oui ouais tout ca c est cela a nouveau de maintenant chez nous les appels telephones rentre dans l tres pour
            le la ligne lignes service est sont semble desormais en et comme avant
            """,
        ),
        (
            "funciona funcionan funcionar bien resuelto solucionado ok perfecto orden arreglado correcto",
            """
            si todo ya vuelve a de nuevo esta estan otra vez ahora muy las llamadas los telefonos en por aqui nuestra
            parte como antes y
            """,
        ),
        (
            """
            funciona funcionam funcionando funcionar bem certo resolvido ok perfeito ordem normal voltou voltaram
            """,
            """
            sim tudo esta ta ja de novo agora muito as chamadas os telefones em por aqui conosco nos como antes e
            a ao
            """,
        ),
    )
)
_NO = compared("""
    no nope not still nein nicht noch immer kein keine non pas toujours
    nothing nichts nix rien nada continua continuam negative negativ negativo
    aucun encore todavia aun sigue siguen nao ainda
    """)
_NO_TROUBLE = compared("problem problems issue issues worries trouble more probleme problema problemas souci soucis")
# In words as they are compared.
_IT_IS = re.compile(r"(?:it|all|that|everything) (?:is|dos)|they (?:are|do)|we (?:are|do)|(?:das )?ist es|das tut es")
_NONE_LEFT = re.compile(
    r"(?:(?:we have|there are) )?no (?:more (?:problems?|issus?|trouble)|problems|issus)"
    r"(?: (?:any ?more|any longer|now|here))*"
    r"|keine? (?:weiteren? )?(?:probleme?|storung(?:en)?) mehr|keine (?:weiteren )?(?:probleme|storungen)"
    r"|(?:plus|plus aucun|aucun)(?: de)? (?:probleme|souci)s?(?: chez nous)?"
    r"|(?:ya )?(?:sin|ningun|no hay)(?: mas)? problemas?|(?:ja )?sem(?: mais)? problemas|nenhum problema"
)
# An English question is one by its order of words, with no question mark as well.
_QUESTION = re.compile(r"(?:is|are|has|have) (?:it|this|that|all|everything|the|our|my|we|us|phones?|lines?|calls?)\b")
_SENTENCES = 2
_FIRST = 8
_MOST_CHARACTERS = 300


def is_well(message: Message) -> bool:
    """Return whether the newly written text says that all is well again, and nothing else."""
    text = message.reply_text.strip()
    if not text or len(text) > _MOST_CHARACTERS or "?" in text or brings_files(message) or message.forwarded_text:
        return False
    return is_only(lambda piece: _is_yes(comparable_words(clean(piece))), message, text)


def is_not_well(message: Message) -> bool:
    """Return whether one of the first sentences begins with a no: "No, still nothing", "Yes, but not …"."""
    begun = (sentence.words[:_FIRST] for sentence in islice(sentences(message.reply_text), _SENTENCES))
    return any(
        word in _NO and not _NO_TROUBLE.intersection(words[place + 1 : place + 2])
        for words in begun
        for place, word in enumerate(words)
    )


def _is_yes(words: tuple[str, ...]) -> bool:
    words = without_thanks(words)
    if len(words) > 1 and words[0] in _YES:
        words = without_thanks(words[1:])
    said = " ".join(words)
    if said in _YES or _IT_IS.fullmatch(said) or _NONE_LEFT.fullmatch(said):
        return True
    if _QUESTION.match(said):
        return False
    return any(not well.isdisjoint(words) and (well | beside).issuperset(words) for well, beside in _WELL)
