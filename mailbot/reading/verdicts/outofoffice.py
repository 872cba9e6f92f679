"""Out-of-office notes and challenges that carry no mark, told by subject and words together.

Neither the subject nor the text alone decides, because people write "is out of the office" to
each other and answer such notes: a subject of such a note that is the whole subject or stands before another one
counts ("Automatic reply: phones", not "Automatic reply for missed calls"), any other only when the text itself speaks
in the first person of being away, and asks for nothing that is done to telephones.
"""

from __future__ import annotations

import re

BY_SUBJECT = "subject of an automatic answer"
BY_WORDS = "subject and words of an out-of-office note"
"""Reasons that rest on words alone."""

_MAX_TEXT = 4_000
_REPLY_PREFIX = re.compile(r"(?i)^\s*(?:(?:re|aw|sv|antw|odp|vs|rif|res)\s*(?:\[\d+\])?\s*:\s*)+")
_SUBJECT = re.compile(
    r"(?i)^(?:auto(?:matic|mated)?(?:[- ]?(?:reply|response|antwort|matische))?(?:\s*[:)]|\s+-\s)|automati(?:c|sche"
    r"|que|co|ca|sk|skt|scher?)\s*"
    r"(?:reply|response|antwort|antwoord|réponse|svar)\b|auto[- ]?(?:reply|response|responder|antwort"
    r"|svar)\b|autom(?:\.|atische) (?:antwort|abwesenheit)"
    r"|out[- ]of[- ](?:the )?office|(?:i am |i'm )?(?:currently )?(?:out of|away from) (?:the "
    r"|my )?(?:office|desk|mail|e-?mail)|on (?:vacation|holiday|leave)\b"
    r"|vacation (?:reply|response|notice|message)|away (?:message|notice)|holiday (?:notice|reply)"
    r"|abwesenheit|abwesend|nicht im (?:büro|haus)|ich bin (?:im urlaub|nicht|bis|vom|abwesend|außer)"
    r"|urlaub(?:snotiz|svertretung|sbenachrichtigung)?\b"
    r"|afwezig|niet aanwezig|buiten kantoor|automatisch antwoord"
    r"|réponse automatique|absence(?: (?:du|de|jusqu)|\s*(?::|$))|(?:je suis )?absent|en congé"
    r"|message d'absence|absent du bureau"
    r"|respuesta autom|fuera de (?:la )?oficina|ausente|ausencia|de vacaciones|contestador"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente|assenza|in ferie"
    r"|resposta autom|fora do escrit|ausência|em férias|férias\b"
    r"|automaattinen vastaus|poissa|autosvar|fravær|frånvaro|ikke til stede|borte fra kontoret"
    r"|på semester|på ferie"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|nieobecno|poza biurem|autoodpowied|automatická odpov"
    r"|mimo kancel|nepřítomnost"
    r"|автоответ|автоматический ответ|нет на месте|в отпуске|отсутств|автоматична відповідь"
    r"|otomatik yanıt|ofis dışında|自動(?:応答|返信)"
    r"|自动(?:回复|答复)|自動回覆|不在(?:通知|のお知らせ|連絡)|자동 ?(?:회신|응답)|부재)"
)
_ANYWHERE = re.compile(
    r"(?i)\((?:automatic|auto) (?:response|reply)\)\s*$|\[auto-?reply\]|\bis out of the office\b"
    r"|\(out of office\)\s*$|^out:\s"
)
_AWAY = re.compile(
    r"(?i)\bi(?: am|'m| will be|'ll be)(?: [\w./]+){0,5} (?:away|out of|on (?:vacation|holiday|leave|annual"
    r"|maternity|paternity|sick)|absent|unavailable|not in the)\b"
    r"|\bout of (?:the )?office (?:until|till|from|on|for|between|with|and|this|today|tomorrow)"
    r"|\bmy return\b|\bwhen i (?:return|get back)\b|\bi will (?:return|be back|respond|reply)\b|\b(?:limited"
    r"|no) access to (?:my )?e-?mail"
    r"|ich bin(?: [\w./]+){0,5} (?:nicht|im urlaub|abwesend|außer haus|verreist|wieder|erst)|nicht im (?:büro"
    r"|haus)|nach meiner rückkehr|im urlaub|ihre (?:e-?mail|nachricht) wird nicht weiter"
    r"|ik ben(?: [\w./]+){0,5} (?:afwezig|niet|met vakantie|op vakantie|weer)|je suis(?: [\w./]+){0,5} (?:absent"
    r"|en congé|en vacances|en déplacement)|de retour le|serai (?:absent|de retour)"
    r"|estoy(?: [\w./]+){0,4} (?:fuera|de vacaciones|ausente)|estaré (?:fuera|ausente|de vuelta)"
    r"|sono(?: [\w./]+){0,4} (?:fuori|assente|in ferie)|sarò (?:fuori|assente)"
    r"|estou(?: [\w./]+){0,4} (?:fora|de férias|ausente)|estarei (?:fora|ausente|de férias)"
    r"|jag är(?: [\w./]+){0,4} (?:borta|på|ledig|åter)|jeg er(?: [\w./]+){0,4} (?:på ferie|ikke|borte|tilbage"
    r"|tilbake)"
    r"|olen(?: [\w./]+){0,4} (?:lomalla|poissa|matkoilla)|jestem(?: [\w./]+){0,4} (?:nieobecn|na urlopie|poza)"
    r"|będę nieobecn|jsem(?: [\w./]+){0,4} (?:mimo|na dovolené|nepřítom)"
    r"|я (?:в отпуске|буду|отсутств|нахожусь)|меня не будет|в отпуске|ofis dışında|izinde(?:yim)?|不在にして"
    r"|休暇(?:中|を)|休假|外出|부재중|휴가"
)
# People who will be away have something done to their telephones; their notes of absence ask for no such thing.
_ASKS = re.compile(
    r"(?i)\bhow (?:do|can|should) i\b[^.!?]{0,200}\?|\bwie (?:kann|stelle|richte|leite|ändere) ich\b[^.!?]{0,200}\?"
    r"|\bcomment (?:puis|faire)\b[^.!?]{0,200}\?|\bcómo (?:puedo|hago)\b[^.!?]{0,200}\?"
    r"|\bcomo (?:posso|faço)\b[^.!?]{0,200}\?"
    r"|\b(?:please|(?:can|could|would|will) you(?: please)?) "
    r"(?:re-?route|route|forward|divert|redirect|send|set|switch|change|record|turn|enable|activate)\b[^.!?]{0,60}"
    r"\b(?:calls?|phones?|ext(?:ension)?|lines?|greetings?|voice ?mail|numbers?|it on)\b"
    r"|\b(?:bitte (?:leiten|stellen|schalten|ändern)|könn(?:t)?en sie)\b[^.!?]{0,60}"
    r"(?:anrufe|durchwahl|nebenstelle|ansage|rufnummer)[^.!?]{0,60}"
    r"\b(?:um|ab|weiter|ein|ändern|\w{2,9}(?:leiten|stellen|schalten))\b"
    r"|\b(?:merci de|pou(?:vez|rriez)-vous) (?:renvoyer|transférer|dévier|changer)\b[^.!?]{0,60}"
    r"(?:appels|poste|ligne|annonce)"
    r"|\b(?:por favor,?|pueden?|podrían?|podem|poderiam?) "
    r"(?:desv|redirij|redirig|cambi|mud|encaminh|alter|transf)\w*\b[^.!?]{0,60}"
    r"(?:llamadas|extensión|número|chamadas|ramal|saudação)"
)
_CHALLENGE = re.compile(
    r"(?i)(?:protected by|using) (?:\w+ ){0,3}(?:bluebottle|boxbe|spam ?arrest|mailblocks"
    r"|earthlink spamblocker|active spam killer|tmda|choicemail|qurb|mailinblack)"
    r"|(?:click|follow|visit) (?:\w+ ){0,4}(?:link|url|below)(?: \S+){0,12} (?:allowed list|approved senders"
    r"|guest list|white ?list|deliver(?:ed)? your (?:message|e-?mail))"
    r"|not pre-?approved|requires? confirmation\b.{0,60}whitelist|whitelist\.aspx"
    r"|\bprove (?:that )?you(?:'re| are) (?:a )?(?:human|person)"
    r"|(?:reply to|confirm) this (?:message|e-?mail)(?: \S+){0,10} (?:white ?list|allowed|release your|deliver your)"
    r"|added to (?:\w+ ){0,4}(?:white ?list|approved senders|allowed list|guest list)"
)
_BEFORE_ANOTHER = re.compile(
    r"(?i)[^\w\s]|(?:re|aw|fwd?|from|von|de|da|di)\b|(?:to|auf|zu|à|a|alla) (?:your|ihre|votre|su|sua|tua)\b"
)
_GONE = re.compile(
    r"(?i)\b(?:out of (?:the |my )?office|on (?:vacation|holidays?|(?:\w+ )?leave)|i(?: am|'m) (?:currently )?away"
    r"|(?:limited|no|without) access to (?:my )?e-?mails?|nicht im (?:büro|haus)|im urlaub|abwesend|absente?"
    r"|en (?:congé|vacances)|fuera de (?:la )?oficina|ausente|de (?:vacaciones|férias)|fora do escritório|in ferie"
    r"|fuori (?:sede|ufficio)|afwezig|op vakantie)\b"
)
_FORMULA = re.compile(
    r"(?i)\b(?:thanks?(?: you)?(?: very much)? for your (?:e-?mail|message|mail)|(?:in|for) urgent|in an emergency"
    r"|my return|(?:besten|herzlichen|vielen) dank für (?:ihre|deine)|in dringenden|meiner rückkehr"
    r"|merci (?:de|pour) (?:votre|ton)|en cas d'urgence|mon retour"
    r"|gracias por (?:su|tu)|en caso de urgencia|mi regreso"
    r"|obrigad[oa] (?:pela|por) sua"
    r"|em caso de urgência|meu regresso|grazie per|in caso di urgenza|bedankt voor|in dringende)\b"
)
# One of these is in whatever the pattern of challenges finds; looking for them takes a tenth of the time.
_IN_CHALLENGES = ("protected by", "using", "list", "prove", "deliver", "allowed", "release")


def recognise(subject: str, text: str, *, replied: bool) -> str:
    """Return why this is an automatic note, empty when it is none.

    `text` is the newly written text; `replied` says that the mail answers another one, which
    programs do and people do as well.
    """
    text = text[:_MAX_TEXT]
    bare = _REPLY_PREFIX.sub("", subject[:300])
    answered = bare != subject[:300].strip()
    if _is_challenge(text):
        return "asks the sender to prove being a person"
    at_start = _SUBJECT.search(bare)
    if at_start and not answered and _is_unmistakable(at_start[0], bare[at_start.end() :].strip()):
        return BY_SUBJECT
    if at_start and not answered and (not text.strip() or (_AWAY.search(text) and not _ASKS.search(text))):
        return BY_WORDS
    if _ANYWHERE.search(bare) and _AWAY.search(text[:600]) and (not answered or not replied):
        return BY_WORDS
    return ""


def may_be(text: str) -> bool:
    """Return whether a text may be such a note whatever its subject: it speaks of being gone, and in their formulas.

    People write so as well: good for asking, no more.
    """
    text = text[:_MAX_TEXT]
    return bool(_GONE.search(text) and _FORMULA.search(text) and not _ASKS.search(text))


def _is_challenge(text: str) -> bool:
    folded = text.casefold()
    return any(words in folded for words in _IN_CHALLENGES) and bool(_CHALLENGE.search(text))


def _is_unmistakable(start: str, rest: str) -> bool:
    """Return whether a subject names an automatic answer and then, at most, what that answers."""
    named = re.search(r"(?i)auto|réponse auto|respuesta auto|自動|自动|자동|автоответ|автомат|otomatik", start)
    return bool(named) and (start.rstrip()[-1:] in (":", ")", "-") or not rest or bool(_BEFORE_ANOTHER.match(rest)))
