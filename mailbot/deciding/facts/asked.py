"""What a customer is asked about a common issue because it is not said yet.

Here it is the other way round than for vendors (`found`): who has said something, however loosely, is not asked for it
again. So "since this morning" is a time, and "every phone" is an extension. What only we can see, a hang-up cause for
instance, nobody is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.deciding.facts.found import MAKERS, SOFTPHONES, Said, What, facts_in
from mailbot.deciding.facts.passwords import folded
from mailbot.deciding.signatures import unsigned
from mailbot.deciding.words import clean
from mailbot.reading.model import Message
from mailbot.reading.text.telephone import numbers_written
from mailbot.rules import Playbook

_LONGEST = 5_000


class Asked(StrEnum):
    """One thing to ask; the value is the name of its phrase."""

    DIALLED = "dialled"
    TRIED = "tried"
    EXTENSION = "extension"
    DEVICE = "device"
    BOX = "box"
    MAIL_TO = "mail_to"
    LEFT = "left"
    CALLING = "calling"
    TESTED = "tested"
    MODEL = "model"
    SINCE = "since"
    COMING = "coming"
    LEAVING = "leaving"


_ASKED: dict[Playbook, tuple[Asked, ...]] = {
    Playbook.OUTBOUND_CALLS: (Asked.DIALLED, Asked.TRIED, Asked.EXTENSION, Asked.DEVICE),
    Playbook.VOICEMAIL_EMAIL: (Asked.BOX, Asked.MAIL_TO, Asked.LEFT),
    Playbook.CALLER_ID_NAME: (Asked.CALLING, Asked.TESTED),
    Playbook.PHONE_REGISTRATION: (Asked.EXTENSION, Asked.MODEL, Asked.SINCE),
    Playbook.PORT_IN: (Asked.COMING,),
    Playbook.PORT_OUT: (Asked.LEAVING,),
}

# All of these are for texts without case and accents. Of a place, French "depuis" and Spanish "desde" say from where;
# German "hier" is no yesterday, and "immer noch" no always.
_PLACE = (
    r"(?:(?:mon|ma|mes|notre|nos|l|le|la|les|une?|mi|el|los|las|nuestr[oa]s?|una?|o|a|os|as"
    r"|meu|minha|noss[oa]|uma?)[ '])?"
    r"(?:poste|telephone|app|ordinateur|pc|mobile|portable|bureau|accueil|fixe|standard|site|iphone|softphone|exterieur"
    r"|ici|extension|telefon|aplicacion|ordenador|computador|movil|celular|oficina|escritorio|recepc|ramal|fijo|fixo"
    r"|centralita|casa|linea|linha|fuera|fora|aqui|interno)"
)
_WHEN = re.compile(
    r"\b(?:today|tonight|yesterday|this (?:morning|afternoon|evening|week)|last (?:night|week|month)|since|ago|always"
    r"|every (?:call|time)|all (?:calls|the time)"
    r"|for (?:a|an|one|two|three|some|several|\d+) (?:minute|hour|day|week)s?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|o'?clock|\d{1,2} ?[ap]m|\d{1,2}[:h]\d\d"
    r"|heute|gestern|seit|(?<!noch )immer(?! noch)|jedes mal|jeder anruf|diese woche|letzte (?:nacht|woche)"
    r"|\d{1,2} ?uhr|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    rf"|aujourd'?hui|depuis (?!{_PLACE})|(?:avant[- ]?|\w+e |d')hier|hier (?:matin|soir|apres|a \d|vers)"
    r"|ce (?:matin|soir)|(?<!pas )toujours(?! (?:pas|rien|aucun))|chaque (?:fois|appel)|lundi|mardi|mercredi|jeudi"
    rf"|vendredi|samedi|dimanche|hoy|ayer|desde (?!{_PLACE})|siempre|cada (?:vez|llamada)|lunes|martes|miercoles|jueves"
    r"|viernes|sabado|domingo|hoje|ontem|sempre|toda vez|cada chamada|(?:segunda|terca|quarta|quinta|sexta)[- ]feira"
    r"|(?:na|nesta|esta|desde|ate) (?:segunda|terca|quarta|quinta|sexta)(?! (?:linha|vez|chamada|tentativa)))\b"
)
_WHICH_PHONES = re.compile(
    r"\b(?:(?:all|every)(?: of)?(?: our| the)? (?:phone|extension|user|desk|handset)s?"
    r"|(?:box|ext|extension|nst|nebenstelle|durchwahl|poste|ramal|interno)\.? ?#?\d+|nobody|no ?one|everybody|everyone"
    r"|alle (?:telefone|nebenstellen|apparate)|niemand|keiner|tous (?:les|nos) (?:postes|telephones)|personne ne"
    r"|plus personne|tod[oa]s (?:los|las|nuestr[oa]s) (?:telefonos|extensiones)|nadie|todos os (?:telefones|ramais)"
    r"|ninguem)\b"
)
_DESK_OR_APP = re.compile(
    r"\b(?:desk ?phones?|desk sets?|handsets?|soft ?phones?|apps?|web ?phone|browser|dect|cordless|laptop|computer|pc"
    r"|tisch(?:telefon|apparat)\w*|schnurlos\w*|rechner|telephone de bureau|application|ordinateur"
    r"|telefono de mesa|aplicacion|ordenador|telefone de mesa|aplicativo|computador)\b"
)
_MAKE = re.compile(
    rf"\b(?:{MAKERS}|{SOFTPHONES}|cisco|siemens"
    r"|(?:t|vvx|spa|cp|w|d|gxp|grp|ht)-?\d{2,4}[a-z]{0,2}|[67]9\d\d[a-z]?)\b"
)
_ANY_NUMBER = re.compile(
    r"\b(?:(?:any|every|all|no) (?:\w+ )?numbers?|anywhere|alle (?:\w+ )?nummern|keine (?:\w+ )?nummer|nirgends?\w*"
    r"|aucun numero|tous les numeros|ningun numero|todos los numeros|nenhum numero|todos os numeros)\b"
)
_ON_WHICH_WE_CALL = re.compile(
    r"\b(?:(?:call|reach|phone|ring|text) (?:me|us)|call ?back|ruckruf|erreich\w*|zuruckrufen|rappel\w*|joindre"
    r"|llam\w*(?:me|nos)|ligue\w*|me ligar)\b"
)
_MAIL = re.compile(r"[^\s@]@[^\s@]")


def asked_for(playbook: Playbook | None, message: Message, at: datetime, zone: ZoneInfo) -> tuple[Asked, ...]:
    """Return what to ask the writer of a message about such an issue, in its order; nothing for None.

    It came `at` an instant, and was written by somebody of that zone. The numbers and hours of a signature are no
    answer; an address in it is one to which messages may go.
    """
    if playbook is None:
        return ()
    whole = f"{message.subject}\n{message.reply_text}"[:_LONGEST]
    name = message.sender.name if message.sender else ""
    text = f"{message.subject}\n{unsigned(message.reply_text, name)}"[:_LONGEST]
    said = folded(clean(text))
    found = {fact.what for fact in facts_in([Said(text, at, zone)])}
    return tuple(
        asked
        for asked in _ASKED[playbook]
        if not _IS_SAID[asked](found, said, whole if asked is Asked.MAIL_TO else text)
    )


def _time(found: set[What], said: str, _text: str) -> bool:
    return What.TIME in found or _WHEN.search(said) is not None


def _extension(found: set[What], said: str, _text: str) -> bool:
    return not found.isdisjoint({What.EXTENSION, What.BOX}) or _WHICH_PHONES.search(said) is not None


def _dialled(found: set[What], said: str, text: str) -> bool:
    return What.DIALLED in found or _ANY_NUMBER.search(said) is not None or _number(found, said, text)


def _number(found: set[What], _said: str, text: str) -> bool:
    if not found.isdisjoint({What.DIALLED, What.NUMBER}):
        return True
    lines = (line for line in text.split("\n") if not _ON_WHICH_WE_CALL.search(folded(line)))
    return any(True for line in lines for _ in numbers_written(line))


def _device(found: set[What], said: str, _text: str) -> bool:
    return What.DEVICE in found or _DESK_OR_APP.search(said) is not None or _MAKE.search(said) is not None


def _mail(_found: set[What], _said: str, text: str) -> bool:
    return _MAIL.search(text) is not None


_IS_SAID: dict[Asked, Callable[[set[What], str, str], bool]] = {
    Asked.DIALLED: _dialled,
    Asked.TRIED: _time,
    Asked.EXTENSION: _extension,
    Asked.DEVICE: _device,
    Asked.BOX: _extension,
    Asked.MAIL_TO: _mail,
    Asked.LEFT: _time,
    Asked.CALLING: _number,
    Asked.TESTED: _time,
    Asked.MODEL: _device,
    Asked.SINCE: _time,
    Asked.COMING: _number,
    Asked.LEAVING: _number,
}
