"""The lines by which mail programs introduce what they quote, in the languages they speak.

Three families: the attribution ("On <date> <name> wrote:", one to four lines, ending in a colon),
the separator ("-----Original Message-----", with or without words), and the block of header lines
that Outlook and webmailers copy. Each is told by its structure first; words only confirm.
All patterns look at one line, or a few joined, of limited length.
"""

from __future__ import annotations

import re

MAX_LINE = 1_000
_NO_WORDS = " \t>*_|"
_MAX_BLOCK = 14
_KINDS = ("from", "when", "subject", "other")
# Direction marks that right-to-left programs and Windows 8 Mail put between words.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MAX_ATTRIBUTION = 700
_MAX_ATTRIBUTION_LINES = 4

_WROTE = re.compile(
    r"(?i)\b(?:wrote|writes|schrieb|schreibt|geschrieben|a écrit|écrit|écrivait|escribi[oó]|escribe"
    r"|ha scritto|scrive|scritto|schreef|geschreven"
    r"|skrev|skriver|kirjoitti|kirjoittaa|napisał\(?a?\)?|napisała?|pisze|napsal\(?a?\)?|napísala?|escreveu"
    r"|a scris|írta|ezt írta|yazdı|написала?"
    r"|пише|пишет|писала?|έγραψε|viết|đã viết|menulis|ha escrit|je napisao|said|rašė|kirjutas|napisana)\b"
    r"|写道|寫道|写到|のメッセージ|は書きました|さんが書|に書きました|작성:|님이 작성|のメール|כתב|כתבה|كتب|กล่าวว่า|เขียน"
)
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\b(?:19|20)\d\d\b|\d年|\d년")
_WHO = re.compile(r"[^\s<>@]+@[^\s<>@]+|\[mailto:|<[^<>\s]+>", re.IGNORECASE)
_OPENING = re.compile(
    r"(?i)^[ >*_]*(?:on|le|am|el|il|op|den|på|dne|dnia|w dniu|em|no dia|a|pe|vào|kl|at|in message"
    r"|il giorno|от|u|ti|to|lør|søn|man|tir|ons|tor|fre"
    r"|mon|tue|wed|thu|fri|sat|sun|date|\d{1,4})\b|^[ >*_]*\d|^[ >*_]*在|^[ >*_]*于"
)
_TIME_AND_ADDRESS = re.compile(
    r"\d{1,2}[:.]\d{2}.{0,200}<[^<>\s]+@[^<>\s]+>|<[^<>\s]+@[^<>\s]+>.{0,200}\d{1,2}[:.]\d{2}"
    r"|^\d{4}[-/]\d{1,2}[-/]\d{1,2}.{0,120}<[^<>\s]+@[^<>\s]+>"
)

_FROM = (
    "from|von|de|da|van|från|fra|lähettäjä|od|от|від|kimden|gönderen"
    "|发件人|发送人|寄件者|寄件人|差出人|送信者|보낸 ?사람|보낸이"
    "|expéditeur|remitente"
    "|mittente|feladó|de la|από|afzender|nadawca|odesílatel|отправитель|от кого|מאת|من|จาก|từ|dari|avsender"
    "|afsender|d['’]e|desde|remetente"
)
_WHENS = (
    "sent|date|gesendet|datum|envoyé(?: le)?|date d['’]envoi|enviado(?: el| em)?|enviada(?: em)?|fecha"
    "|inviato|data|verzonden|skickat|sendt|lähetetty|wysłano|wysłane"
    "|odesláno|отправлено|дата|надіслано|gönderilme(?: tarihi)?|gönderildi|tarih"
    "|发送时间|发送日期|日期|寄件日期|送信日時|日時"
    "|보낸 ?날짜|날짜|dato|päivämäärä"
    "|sendt dato|elküldve|dátum|trimis|ημερομηνία|στάλθηκε|נשלח|תאריך|تاريخ|تم الإرسال|ngày|tanggal|dikirim"
    "|päiväys|när|quando|fecha de envío"
)
_SUBJECTS = (
    "subject|betreff|objet|asunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|тема|konu|主题|主旨|標題|件名|제목"
    "|assunto|tárgy|subiect|θέμα|נושא|الموضوع|chủ đề|subyek|perihal|re|betr"
)
_OTHERS = (
    "to|an|à|a|para|aan|till|til|vastaanottaja|do|komu|кому|kime|alıcı|收件人|收件者|宛先|받는 ?사람|destinataire"
    "|destinatario|cc|bcc|kopie|copie|copia|kopia|kopi|copy"
    "|抄送|副本|참조|копия|reply-to|organization|newsgroups|importance|priority|wichtigkeit|sent by|cc to|címzett"
    "|către|προς|אל|עותק|bilgi|kopio|dw|udw|إلى|đến|kepada|conversation|message-id|in-reply-to|mailed-by"
    "|antwort an|antworten an|répondre à"
)
_FIELD = re.compile(
    rf"(?i)^[ \t>|*_]*(?:(?P<from>{_FROM})|(?P<when>{_WHENS})|(?P<subject>{_SUBJECTS})"
    rf"|(?P<other>{_OTHERS}))[ \t*_]*[:：][ \t*_]*(?P<value>.*)$"
)
_DASHES = re.compile(
    r"^[ \t>*]*(?:-{3,}|_{3,}|={3,}|\*{3,}|—{2,}|–{2,}|_-"
    r"|<)[ \t]*(?P<words>[^-_=*\n]{2,60}?)[ \t]*:?[ \t]*(?:-{3,}|_{3,}|={3,}|\*{3,}|—{2,}|–{2,}|>)[ \t*]*$"
)
_DASHES_AND_MORE = re.compile(r"^[ \t>*]*-{5,}[ \t]*(?P<words>[^-_=*\n]{2,60}?)[ \t]*-{5,}[^-\s]")
_DASHED_ATTRIBUTION = re.compile(r"^[ \t>]*-{3,}[ \t]*\S.{5,250}?[ \t]*-{3,}[ \t]*$")
_RULE = re.compile(r"^[ \t>]*(?:[-_=*—–─━][ \t]?){5,}[ \t]*$")
_ORIGINAL = re.compile(
    r"(?i)origin|ursprüng|ursprungl|oorspronkelijk|oprindelig|opprinnelig|alkuperäinen|původní|исходное"
    r"|оригинал|oryginaln|eredeti|原始|元の|원본|message d['’]origine"
    r"|reply message|original|özgün|orijinal|πρωτότυπ|הודעה מקורית|рідне|tin gốc"
)
_FORWARDED = re.compile(
    r"(?i)forwarded|weitergeleitet|transféré|réexpédié|reenviado|inoltrato|doorgestuurd|vidarebefordrat"
    r"|videresendt|välitetty|przekazan|přeposlan|пересыл|пересла|перенаправ"
    r"|iletilen|转发|轉寄|転送|전달|encaminhad|redirecionad|továbbított|προωθημ"
)
_FORWARD_LINE = re.compile(
    r"(?i)^[ \t>]*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|begin doorgestuurd bericht|início da mensagem (?:encaminhada"
    r"|reencaminhada)|vidarebefordrat (?:brev|mejl)|start på videresendt (?:besked|melding)"
    r"|válito välitetty viesti|początek przekazywanej wiadomości|начало переадресованного (?:письма"
    r"|сообщения)|転送されたメッセージ|下面是被转发的邮件|轉寄的郵件|전달된 메시지)[ \t]*[:：]?[ \t]*$"
)
_MARKER = re.compile(
    r"(?i)^[ \t>#*=_-]*(?:please )?(?:(?:type|write|enter) your )?(?:reply|antwort|antworten|répondre"
    r"|réponse|responda|rispondi|answer)[^\n]{0,60}"
    r"(?:above|oberhalb|über|au[- ]dessus|arriba|sopra|boven|encima|acima)[^\n]{0,60}(?:line|linie|zeile"
    r"|ligne|línea|linea|linha|riga|lijn|text|email|mail)[^\n]{0,40}$"
)


def is_quoted(line: str) -> bool:
    """A line that starts with the usual quote mark."""
    start = line[:40].lstrip(" \t")
    return start.startswith(">") and not start.startswith(">>>>>>> ")


def visible(line: str) -> str:
    """Return the line, cut to a sensible length, without direction marks."""
    line = line[:MAX_LINE]
    return line if line.isascii() else _INVISIBLE.sub("", line).replace("\xa0", " ")


def attribution_start(lines: list[str], end: int, *, before_quote: bool) -> int | None:
    """Return the first line of the attribution that ends at line `end`, None when it is none.

    `before_quote` says that a run of quoted lines follows: then less proof is needed.
    """
    last = visible(lines[end]).rstrip(" \t*_")
    if (
        not last.endswith((":", "："))
        and not (before_quote and _WROTE.search(last[-40:]))
        and not _closes_address(last)
    ):
        return None
    joined, best = "", None
    for start in range(end, max(-1, end - _MAX_ATTRIBUTION_LINES), -1):
        line = lines[start]
        if (
            not line.strip()
            or len(line) > _MAX_ATTRIBUTION
            or (start < end and is_quoted(line) != is_quoted(lines[end]))
        ):
            break
        joined = f"{visible(line).strip(' >*_')} {joined}".strip()
        if len(joined) > _MAX_ATTRIBUTION:
            break
        if _is_attribution(joined, before_quote=before_quote):
            if _OPENING.match(visible(line)) and _WHEN.search(line):
                return start
            best = start if best is None else best
    return best


def _closes_address(line: str) -> bool:
    """Gmail once ended its line with the address: `2012/3/16 Ann <ann@example.org>`."""
    return line.endswith(">") and bool(re.match(r"[ >*_]*\d{4}[-/]\d{1,2}[-/]\d{1,2}\b", line))


def _is_attribution(joined: str, *, before_quote: bool) -> bool:
    when, who = bool(_WHEN.search(joined)), bool(_WHO.search(joined))
    if _TIME_AND_ADDRESS.search(joined) and (before_quote or joined.endswith((":", "：", ">"))):
        return True
    wrote = bool(_WROTE.search(joined))
    if wrote and (when or who):
        return True
    return before_quote and ((wrote and len(joined) < 200) or (when and who))  # noqa: PLR2004 - a name and a verb


def is_separator(lines: list[str], number: int) -> bool:
    """`-----Original Message-----` and its like: known words, or a header block below."""
    line = visible(lines[number])
    fused = _DASHES_AND_MORE.match(line) if line.lstrip(" >*").startswith("-----") else None
    if fused and (_ORIGINAL.search(fused["words"]) or _FORWARDED.search(fused["words"])):
        return True
    if _DASHED_ATTRIBUTION.match(line) and _WROTE.search(line) and _WHEN.search(line):
        return True
    if len(line) > 120:  # noqa: PLR2004 - no program writes longer ones
        return False
    if _FORWARD_LINE.match(line):
        return True
    words = _DASHES.match(line)
    if words:
        inner = words["words"].strip()
        if len(inner.split()) <= 6 and (_ORIGINAL.search(inner) or _FORWARDED.search(inner)):  # noqa: PLR2004
            return True
        return header_block(lines, number + 1) is not None
    return bool(_RULE.match(line)) and header_block(lines, number + 1, below_rule=True) is not None


def is_forwarding(line: str) -> bool:
    """`---------- Forwarded message ---------` and its like: a line that says that what is below was forwarded."""
    line = visible(line)
    found = _DASHES.match(line) or (_DASHES_AND_MORE.match(line) if line.lstrip(" >*").startswith("-----") else None)
    return bool(_FORWARD_LINE.match(line)) or bool(found and _FORWARDED.search(found["words"]))


def is_marker(line: str) -> bool:
    """The line that help desks put above their mail: reply above this line."""
    return len(line) < 160 and bool(_MARKER.match(line))  # noqa: PLR2004 - a sentence, not a paragraph


def header_block(lines: list[str], start: int, *, below_rule: bool = False) -> int | None:
    """Return the number of the first line of a copied header block at or right below `start`, else None.

    A block needs From and Subject, or From with an address and a date: callers' own lists such as
    "From: 555-0100, To: 555-0101" are no header block.
    """
    number, skipped = start, 0
    while number < len(lines) and not lines[number].strip(_NO_WORDS) and skipped < 3:  # noqa: PLR2004 - empty lines below a rule
        number, skipped = number + 1, skipped + 1
    if number >= len(lines) or not is_field(lines[number]):
        return None
    return number if _is_header(_fields(lines, number), below_rule=below_rule) else None


def field_of(line: str) -> tuple[str, str] | None:
    """Return the kind ("from", "subject", …) and the value of a line of a header block, None for other lines."""
    found = _FIELD.match(visible(line))
    return None if found is None else (next(kind for kind in _KINDS if found[kind]), found["value"].strip())


def _fields(lines: list[str], first: int) -> dict[str, str]:
    """Return the first value of each kind of field in the lines that follow each other."""
    kinds: dict[str, str] = {}
    folded = 0
    for position in range(first, min(first + _MAX_BLOCK, len(lines))):
        line = visible(lines[position])
        found = _FIELD.match(line)
        if found is not None:
            kinds.setdefault(next(kind for kind in _KINDS if found[kind]), found["value"])
        elif line.strip(_NO_WORDS):
            folded += 1
            if folded > 3:  # noqa: PLR2004 - long lists of recipients
                break
        elif position + 1 >= len(lines) or not is_field(lines[position + 1]):
            break
    return kinds


def _is_header(kinds: dict[str, str], *, below_rule: bool) -> bool:
    if "from" not in kinds:
        return False
    sender, when = kinds["from"], kinds.get("when", "")
    dated = bool(re.search(r"\d", when))
    if "subject" in kinds and (dated or "other" in kinds):
        return True
    if _WHO.search(sender) and (dated or below_rule):
        return True
    if dated and (below_rule or "@" in kinds.get("other", "")):
        return True
    # Windows 8 Mail: names without addresses, a long date, no subject.
    named = bool(re.search(r"[^\W\d_]{2}", sender)) and bool(re.search(r"(?:19|20)\d\d", when))
    return named and "other" in kinds


def block_end(lines: list[str], start: int) -> int:
    """Return the number of the first line below the header block that begins at `start`."""
    number = start
    while number < len(lines) and (not lines[number].strip(_NO_WORDS) or is_field(lines[number])):
        number += 1
    return number


def is_field(line: str) -> bool:
    """Whether the line looks like one line of a copied header block."""
    return bool(_FIELD.match(visible(line)))
