"""What is asked first about a fault, found in a conversation: numbers dialled, times, extensions, causes, user names.

Precise before complete: what may be something else is left out, and stands among what is not known yet. The words are
English, German, French, Spanish and Portuguese. No fact comes from a line that speaks of a password or a PIN.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.deciding.facts.clocktimes import times_in
from mailbot.deciding.facts.passwords import speaks_of_secrets
from mailbot.deciding.words import clean
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.text.telephone import compared_digits, numbers_written
from mailbot.rules import Playbook

_LONGEST = 20_000
_LONGEST_LINE = 1_000


class What(StrEnum):
    """What a fact is; the value is how a mail names it."""

    DIALLED = "Number dialled"
    TIME = "Time"
    EXTENSION = "Extension"
    CAUSE = "Hang-up cause"
    CODE = "SIP code"
    USER = "User name"
    SERVER = "Server"
    ADDRESS = "Calling IP"
    DEVICE = "Phone"
    FIRMWARE = "Firmware"
    NUMBER = "Number concerned"
    BOX = "Voicemail box"
    SYNC = "CNAM sync status"


ASKED_FOR: dict[Playbook | None, tuple[What, ...]] = {
    Playbook.OUTBOUND_CALLS: (What.DIALLED, What.TIME, What.EXTENSION, What.CAUSE, What.CODE),
    Playbook.VOICEMAIL_EMAIL: (What.BOX, What.TIME),
    Playbook.CALLER_ID_NAME: (What.NUMBER, What.DIALLED, What.TIME, What.SYNC),
    Playbook.PHONE_REGISTRATION: (
        *(What.EXTENSION, What.USER, What.SERVER, What.ADDRESS),
        *(What.CODE, What.DEVICE, What.FIRMWARE),
    ),
    Playbook.PORT_IN: (What.NUMBER,),
    Playbook.PORT_OUT: (What.NUMBER,),
    None: (What.TIME, What.EXTENSION),
}
"""What the steps of each common issue lead to; None is for what is none of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the conversation: of one of us or of the customer, when, and on whose clock."""

    text: str
    at: datetime
    zone: ZoneInfo
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was said: what, in which words, by whom and when."""

    what: What
    value: str
    by_us: bool
    at: datetime


def facts_in(conversation: Iterable[Said]) -> tuple[Fact, ...]:
    """Return what is found in a conversation, each thing once, as it was said first; in the order of `What`."""
    found: dict[tuple[What, str], Fact] = {}
    for said in conversation:
        for what, value in _in_text(said):
            key = compared_digits(value) if what in {What.DIALLED, What.NUMBER} else value.casefold()
            found.setdefault((what, key), Fact(what, value, said.by_us, said.at))
    dialled = {key for what, key in found if what is What.DIALLED}
    kept = (fact for (what, key), fact in found.items() if what is not What.NUMBER or key not in dialled)
    return tuple(sorted(kept, key=lambda fact: list(What).index(fact.what)))


def missing(playbook: Playbook | None, found: Iterable[Fact]) -> tuple[What, ...]:
    """Return what is asked for of such an issue and was not found."""
    known = {fact.what for fact in found}
    return tuple(what for what in ASKED_FOR[playbook] if what not in known)


def _in_text(said: Said) -> Iterator[tuple[What, str]]:
    for line in clean(said.text[:_LONGEST]).split("\n"):
        if is_quoted(line) or speaks_of_secrets(line):
            continue
        shown = line[:_LONGEST_LINE]
        yield from _numbers(shown)
        for time in times_in(shown, said.at, said.zone):
            yield What.TIME, time
        yield from _of_a_phone(shown)
        yield from _of_a_network(shown)


# ---- Telephone numbers -------------------------------------------------------------------------------------------

# Of what rings whoever reads it ("call 020 …") it is told apart by who calls, and that it was tried.
_DIAL = re.compile(
    r"(?i)(?:\b(?:dial(?:l?ed|l?ing|s)?|calls(?: out)? to|(?:called|phoned|rang)|destination|called number"
    r"|(?:when|while|after|if|before|try|tried|trying)(?: \w+){0,2} (?:call|calling|ring|ringing|reach"
    r"|reaching)(?: out)?(?: to)?"
    r"|(?:can(?:no|')?t|cannot|can not|not|unable to|fails? to|failed to|we|i|users?|they"
    r"|nobody can)(?: \w+)? (?:call|ring|reach)"
    r"|anrufe? (?:an|zu|nach|bei)|angerufen|gew[äa]hlt(?:e|en)?|zielrufnummer|zielnummer|rufnummer gew[äa]hlt"
    r"|(?:wir|ich|kollegen) (?:w[äa]hlen?|rufen?|anrufen)|w[äa]hle(?: ich)?|rufen wir|rufe ich"
    r"|compos(?:ons?|[ée]|ant)|(?:nous|j'|je |on )appel(?:ons|le|[ée]|ant)|appels? (?:vers|au|sur)"
    r"|num[ée]ro (?:compos[ée]|appel[ée])"
    r"|marc(?:ar|amos|o|ado|ando)|llamadas? al?|(?:llamamos|llamando|llamar|llamo|llam[ée])(?: al?)?"
    r"|n[úu]mero (?:marcado|discado|chamado|de destino)|(?:ligamos|ligando|liguei|ao ligar|ligar)(?: para| ao?)?"
    r"|liga[çc](?:[ãa]o|[õo]es) para|disc(?:ar|amos|ado|ando)|chamadas? para)\b)"
    r"(?P<between>[^.!?\n]{0,30})$"
)
_TO_US = re.compile(
    r"(?i)\b(?:me|us|back|mich|uns|zur[üu]ck|rappel\w*|rückruf\w*|moi|nous|nos|noto|devolver|volta|from|von|depuis"
    r"|desde|my|our|meine?r?|unsere?r?|mon|ma|notre|mi|nuestr[oa]|meu|minha|nosso|nossa|on|unter|please|bitte)\b"
    r"|ll[áa]m(?:ame|eme|anos|enos)|lig(?:ue-me|ue-nos)|me lig|nos lig"
)
_FROM = re.compile(
    r"(?i)\b(?:calls?|anruf\w*|appels?|llamadas?|chamadas?|liga[çc]\w+) (?:from|von|de|depuis|desde"
    r"|do)\b[^.!?\n]{0,20}$"
)
_ON_TO = re.compile(r"(?i)^\s*(?:to|an|zu|nach|vers|au|al?|para|ao?)\s*$")
_DIALLED_BEFORE = re.compile(r"(?i)^[^.!?\n]{0,12}\b(?:w[äa]hlen?|w[äa]hlt|gew[äa]hlt|anrufen?|angerufen)\b")
_OWN = re.compile(
    r"(?i)\b(?:(?:our|my|the|this|these|main|office|company|business)(?: \w+){0,2} (?:numbers?|lines?|did)|dids?"
    r"|did number"
    r"|(?:unsere|meine|die)(?: \w+)? (?:ruf)?nummern?|rufnummern?|(?:notre|mon|le|nos|les)(?: \w+)? num[ée]ros?"
    r"|(?:nuestro|mi|el|nuestros|los)(?: \w+)? n[úu]meros?|(?:nosso|meu|o|nossos|os)(?: \w+)? n[úu]meros?"
    r"|port(?:ing|ed|ieren|er|ar|abilidad|abilit[ée])?)(?P<between>[^.!?\n]{0,25})$"
)
_CALL_US = re.compile(
    r"(?i)\b(?:call|reach|phone|ring|text|contact|erreich\w*|joindre|joignable|appelez|rappel\w*|ruf\w*"
    r"|ll[áa]m[ae]\w*|lig(?:ue|ar)\w*"
    r"|contact\w*)\b[^.!?\n]{0,30}\b(?:me|us|mich|uns|moi|nous|my|our|nos|at|on|unter|au|al|no|pelo)\b"
)
_TRIED = re.compile(r"(?i)\b(?:try|tried|trying) $")
_JOINED = re.compile(r"(?i)^[\s(]*(?:,|&|/|and|or|und|oder|et|ou|y|o|e)?[\s)]*$")


def _numbers(line: str) -> Iterator[tuple[What, str]]:
    what: What | None = None
    end, former = 0, ""
    for before, number in numbers_written(line):
        end = line.index(number, end) + len(number) if number in line[end:] else end
        if _ON_TO.match(before) and _FROM.search(former):
            what = What.DIALLED
        elif not _JOINED.match(before) or what is None:
            what = _of_number(before[-80:], line[end:])
        former = before
        if what is not None:
            yield what, " ".join(number.split())


def _of_number(before: str, after: str) -> What | None:
    """Return what a number is by the words around it on its line, None for what nothing tells surely."""
    sentence = re.split(r"[.!?;]\s", before)[-1]
    dial = _DIAL.search(sentence)
    is_dialled = dial is not None or _TRIED.search(sentence) or _DIALLED_BEFORE.match(after)
    if is_dialled and not _TO_US.search(dial[0] if dial else sentence):
        return What.DIALLED
    if _CALL_US.search(sentence):
        return None
    return What.NUMBER if _OWN.search(sentence) else None


# ---- Of a phone --------------------------------------------------------------------------------------------------

_EXTENSION = re.compile(
    r"(?i)\b(?:ext(?:ension)?s?|extn|durchwahl(?:en)?|nebenstellen?|nst|postes?|extensi[óo]n(?:es)?|internos?"
    r"|anexos?|ramal|ramais"
    r"|extens[ãa]o|extens[õo]es)\b[ .:#=-]*(?:(?:no|nr|number|nummer|num[ée]ro|n[úu]mero|n[º°]|is|ist|lautet|est|es"
    r"|[ée])[ .:#-]*)?"
    r"(?P<list>\d{2,6}(?:(?:, | ?/ ?| ?& ?| and | und | et | y | e | or | oder | ou | o )\d{2,6})*)"
    r"(?![\d.:/%h-]*\d| ?(?:%|minut|hour|stunden|heures|horas|days|tage|jours|d[íi]as|dias|euro?s?\b|users?\b"
    r"|times\b|people|phones))"
)
_AFTER_NUMBER = re.compile(r"(?i)\d{3}[-. )]{1,2}\d{4}[ ,]{1,2}(?:x|ext\.?) ?(\d{2,6})\b")
_BOX = re.compile(
    r"(?i)\b(?:voice ?mail(?: ?box(?:es)?)?|vm(?: box)?|mailbox|sprachbox|bo[îi]te vocale|messagerie(?: vocale)?"
    r"|buz[óo]n(?: de voz)?"
    r"|caixa (?:postal|de voz)|correio de voz)[ .:#]*(?:(?:box|no|nr|number|nummer|num[ée]ro|n[úu]mero|of|for|von"
    r"|de|du|do|da|extension|is|ist|est|es|[ée])[ .:#]*){0,2}"
    r"(\d{2,6})(?![\d.:/%h-]*\d| ?(?:%|messages|minut|days|nachrichten|mensaj|mensag|new\b|unread))"
)
_SYNC = re.compile(
    r"(?i)\b(?:cnam )?sync(?:[ -]?status)?(?: (?:is|says|shows|ist|est|es|[ée])|[:=])?[ \"'\u201c\u201e]*"
    r"(failed|pending|synced|in progress|rejected|success(?:ful)?)\b"
)
MAKERS = (
    "yealink|polycom|poly|grandstream|snom|gigaset|fanvil|mitel|aastra|panasonic|obihai|avaya|audiocodes|sangoma|htek"
    "|alcatel"
)
SOFTPHONES = "zoiper|linphone|microsip|groundwire|acrobits|bria|jitsi|x-lite"
"""Makers of telephones, and programs that are one, by names that say nothing else: alternatives of patterns."""
_DEVICE = re.compile(
    rf"\b(?:(?i:{MAKERS}|unify)"
    r"(?:[ -](?i:ip|vvx|maxwell|openstage|cp|ht|m2|m|n|sl|dect))?[ -]?(?:[A-Z]{0,4}-?\d{2,4}[A-Za-z]{0,3})"
    r"|(?i:cisco(?: ip phone| cp| spa| ata)?)[ -]?(?:SPA|CP-|ATA ?)?(?:[1-3]\d\d|5\d\d|[678][89]\d\d)[A-Z]{0,3}"
    rf"|(?i:{SOFTPHONES})(?: ?\d{{1,2}})?)\b"
)
_FIRMWARE = re.compile(
    r"(?i)\b(?:firmware|fw|mikrologiciel)(?:[ -]?version)?(?: (?:is|on|at|ist|est|es|[ée])\b"
    r"|[:=])?[ ]*v?(\d+(?:\.\d+){1,5}[a-z]?)\b"
)


def _of_a_phone(line: str) -> Iterator[tuple[What, str]]:
    for found in _EXTENSION.finditer(line):
        for one in re.findall(r"\d+", found["list"]):
            yield What.EXTENSION, one
    for found in _AFTER_NUMBER.finditer(line):
        yield What.EXTENSION, found[1]
    for found in _BOX.finditer(line):
        yield What.BOX, found[1]
    for found in _SYNC.finditer(line):
        yield What.SYNC, found[1]
    for found in _DEVICE.finditer(line):
        yield What.DEVICE, found[0]
    for found in _FIRMWARE.finditer(line):
        yield What.FIRMWARE, found[1]


# ---- Of the network ----------------------------------------------------------------------------------------------

# ITU-T Q.850, as FreeSWITCH and others write its causes.
_CAUSES = """
    UNALLOCATED_NUMBER NO_ROUTE_TRANSIT_NET NO_ROUTE_DESTINATION NO_ROUTE CHANNEL_UNACCEPTABLE NORMAL_CLEARING
    USER_BUSY NO_USER_RESPONSE NO_ANSWER SUBSCRIBER_ABSENT CALL_REJECTED NUMBER_CHANGED EXCHANGE_ROUTING_ERROR
    USER_NOT_REGISTERED DESTINATION_OUT_OF_ORDER INVALID_NUMBER_FORMAT FACILITY_REJECTED NORMAL_UNSPECIFIED
    NORMAL_CIRCUIT_CONGESTION NETWORK_OUT_OF_ORDER NORMAL_TEMPORARY_FAILURE SWITCH_CONGESTION
    ACCESS_INFO_DISCARDED REQUESTED_CHAN_UNAVAIL FACILITY_NOT_SUBSCRIBED OUTGOING_CALL_BARRED INCOMING_CALL_BARRED
    BEARERCAPABILITY_NOTAUTH BEARERCAPABILITY_NOTAVAIL SERVICE_UNAVAILABLE CHAN_NOT_IMPLEMENTED
    FACILITY_NOT_IMPLEMENTED SERVICE_NOT_IMPLEMENTED INCOMPATIBLE_DESTINATION MANDATORY_IE_MISSING
    RECOVERY_ON_TIMER_EXPIRE PROTOCOL_ERROR ORIGINATOR_CANCEL GATEWAY_DOWN MEDIA_TIMEOUT PROGRESS_TIMEOUT
    ALLOTTED_TIMEOUT
    """.split()
_CAUSE = re.compile(r"\b(?:" + "|".join(sorted(_CAUSES, key=len, reverse=True)) + r")\b")
_CAUSE_NUMBER = re.compile(
    r"(?i)\b(?:(?:hang-?up|release|disconnect|q\.?850)[ _-]?(?:cause|code)|cause[ _-]code|cause de (?:fin"
    r"|raccrochage)|causa de (?:colgado|desligamento|libera\w+)"
    r"|trenngrund|ausl[öo]segrund)(?: (?:is|was|ist|war|est|es|[ée]|no|nr))?[ :=#\"']*(1[01]\d|12[0-7]"
    r"|[1-9]\d?)\b(?![.:]\d)"
)
# RFC 3261 section 21 and the registry that it began.
_CODES = frozenset(
    """
    400 401 402 403 404 405 406 407 408 410 412 413 414 415 416 420 421 422 423 424 428 429 430 433 436 437 438
    439 440 469 470 480 481 482 483 484 485 486 487 488 489 491 493 494 500 501 502 503 504 505 513 555 580 600
    603 604 606 607 608
    """.split()
)
_SIP_CODE = re.compile(
    r"(?i)\bsip(?:/2\.0)?[ :-]*(?:(?:response|error|status|reason|fehler|fehlercode|erreur|c[óo]digo|erro"
    r"|cause)[ :-]*)?(?:code)?[ :=#-]*([4-6]\d\d)\b(?!\.\d|\d)"
)
_SIP_PHRASE = re.compile(
    r"(?i)\b([4-6]\d\d)[ :/-]{1,3}[\"'(]?(?:forbidden|unauthori[sz]ed|not found|busy here|busy everywhere"
    r"|request time-?out|temporarily unavailable"
    r"|service unavailable|proxy authentication required|not acceptable here|not acceptable|declined?"
    r"|server internal error|bad gateway"
    r"|server time-?out|request terminated|address incomplete|loop detected|too many hops|bad request"
    r"|interval too brief|ambiguous)\b"
)
_ERROR_CODE = re.compile(
    r"(?i)\b(?:error|fehler(?:code)?|erreur|erro|code|c[óo]digo|status"
    r"|response)(?: code)?[ :=#\"']*([4-6]\d\d)\b(?![.:]?\d|%)"
)
_OF_CALLS = re.compile(
    r"(?i)\b(?:calls?|calling|dial\w*|registe?r\w*|unregistered|phones?|extensions?|sip|anruf\w*|telefon\w*"
    r"|w[äa]hl\w*|registrier\w*|nebenstelle"
    r"|appel\w*|t[ée]l[ée]phone\w*|poste|enregistr\w*|llam\w*|tel[ée]fono\w*|registr\w*|lig\w*|chamad\w*"
    r"|telefone\w*|ramal)\b"
)
_OF_THE_WEB = re.compile(
    r"(?i)https?\b|\bweb|browser|page|seite|p[áa]gina|portal|dashboard|login|url|e-?mail|smtp|imap"
)
_HOST = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3}"
_IS = r"[ \t]*(?:(?:is|was|ist|lautet|est|es|[ée])\b|[:=]+)[ \t\"'<]*"
_URI = re.compile(rf"(?i)\bsips?:(?P<user>[\w.+%-]{{1,64}})@(?P<host>{_HOST})(?![\w-])")
_SERVER = re.compile(
    rf"(?i)(?<!mail )(?<!smtp )(?<!imap )(?<!dns )\b(?:(?:sip|voip|pbx)[ -]?(?:server|proxy|domain|domäne|host"
    rf"|registrar)|registrar|outbound proxy|proxy|server|serveur(?: sip)?|servidor(?: sip)?)"
    rf"(?:(?:[ -]?(?:address|name|adresse))?{_IS}|[ \t]+)(?P<host>{_HOST})(?::\d{{2,5}})?(?![\w@-]|\.\w)"
)
_USER = re.compile(
    rf"(?i)\b(?<!unknown )(?<!such )(?P<label>(?:sip |auth(?:entication)? ?)?user[ -]?(?:name|id)"
    rf"|auth(?:entication)?[ -]?(?:id|name|user)"
    rf"|(?:sip )?user|sip[ -]?(?:account|id|login)|login|account"
    rf"|(?:sip-?)?benutzer(?:name)?|anmeldename|nom d.utilisateur|utilisateur|identifiant|(?:nombre de )?usuario"
    rf"|(?:nome de )?(?:usu[áa]rio|utilizador))"
    rf"(?P<is>{_IS})(?P<user>[\w.+-]{{2,64}}(?:@[\w.-]{{3,80}})?)"
)
_PLAIN_LABEL = re.compile(r"(?i)user[ -]?(?:name|id)|auth|benutzername|anmeldename|nom d|nombre|nome")
_LIKE_A_USER = re.compile(r"[\d@_]")
_V4 = re.compile(r"(?<![\w.@/-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w@-]|\.\d|/\d)")
_V6 = re.compile(r"(?i)(?<![\w.:])((?:[0-9a-f]{1,4}:){2,7}(?::|[0-9a-f]{1,4})(?:[0-9a-f:]{0,30}))(?![\w:])")
_NO_CALLER = re.compile(
    r"(?i)\b(?:firmware|version|fw|v|release|build|server|serveur|servidor|proxy|registrar|dns|gateway|netmask"
    r"|subnet|mask"
    r"|router|ntp|local|lan|lokale?|interne?)\b[^,;]{0,25}$|[\[(/]$"
)
_CALLER = re.compile(
    r"(?i)\b(?:ip|ips|ip-?adress\w*|public|wan|internet|address|adresse|direcci[óo]n|endere[çc]o)\b[^;]{0,40}$"
    r"|\b(?:calling|calls?|registers?|registering|anruf\w*) from $"
)
# What mail servers write is about mail.
_OF_MAIL = re.compile(
    r"(?i)\b(?:received|helo|smtp|spf|dkim|relay|spam\w*|mail ?server|rcpt|mx\d*|mailhost)\b|\bsaid: ?\d|\bhost \S+\["
)
_PRIVATE = tuple(
    map(
        ipaddress.IPv4Network,
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 169.254.0.0/16 0.0.0.0/8 224.0.0.0/3".split(),
    )
)


def _of_a_network(line: str) -> Iterator[tuple[What, str]]:
    for found in _CAUSE.finditer(line):
        yield What.CAUSE, found[0]
    for found in _CAUSE_NUMBER.finditer(line):
        yield What.CAUSE, found[1]
    yield from ((What.CODE, code) for code in dict.fromkeys(_codes(line)))
    servers = [found["host"].rstrip(".") for found in _SERVER.finditer(line)]
    for found in _URI.finditer(line):
        yield What.USER, found["user"]
        servers.append(found["host"].rstrip("."))
    yield from ((What.SERVER, server) for server in servers)
    for found in _USER.finditer(line):
        user = found["user"].rstrip(".-")
        is_surely = _PLAIN_LABEL.search(found["label"]) and found["is"].strip().strip("\"'<") in {":", "=", "::"}
        if is_surely or (_LIKE_A_USER.search(user) and not _OF_THE_WEB.search(line[: found.start()])):
            yield What.USER, user
    for found in (*_V4.finditer(line), *_V6.finditer(line)):
        if found[1] not in servers and not _OF_MAIL.search(line) and _is_caller(found[1], line[: found.start()]):
            yield What.ADDRESS, found[1]


def _codes(line: str) -> Iterator[str]:
    found = [*_SIP_CODE.findall(line), *_SIP_PHRASE.findall(line)]
    if _OF_CALLS.search(line) and not _OF_THE_WEB.search(line):
        found += _ERROR_CODE.findall(line)
    return (code for code in found if code in _CODES)


def _is_caller(written: str, before: str) -> bool:
    """Return whether it is an address that calls may come from: a valid one, and none of a network of one's own."""
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    is_named = _CALLER.search(before) is not None and not _NO_CALLER.search(before)
    if isinstance(address, ipaddress.IPv6Address):
        return is_named and not (address.is_link_local or address.is_loopback)
    return is_named and not any(address in network for network in _PRIVATE)
