"""Where a signature begins: the "-- " line, and what telephones add by themselves."""

from __future__ import annotations

import re

from mailbot.reading.quotation.quotemarks import visible

_DELIMITER = re.compile(r"^[ \t]*(?:--|__+|-- -|--=20)[ \t\xa0]*$")
_DEVICE = (
    r"(?:my |the )?(?:i-?(?:phon[eau]?|pad|pod)|android|black ?berry|samsung|galaxy|htc|nokia|sony|xperia|huawei"
    r"|xiaomi|redmi|oneplus|motorola|lg|pixel|mobile|phone|handy"
    r"|tablet|windows|outlook|yahoo|mail|gmail|smart ?phone|palm|treo|nexus|lumia|t-mobile|verizon|at&t"
    r"|proton|fair ?phone|aol|web\.de|gmx|spark|airmail|mailbox"
    r"|nine|blue|k-9|fastmail|zoho|mi phone|honor|oppo|vivo|telefon|mobil|téléphone|portable|teléfono"
    r"|celular|dispositivo|cellulare|telefono|telefoon|toestel)"
)
_MOBILE = re.compile(
    rf"(?i)^[ \t*_>-]*(?:sent|written|typed) (?:from|via|with|on|using|by)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:gesendet|verschickt|geschrieben|diese nachricht wurde) (?:von|mit|über|via"
    rf"|aus)\b[^\n]{{0,80}}$|^[ \t*_]*von (?:meinem|unterwegs|mein)[^\n]{{0,60}}gesendet[^\n]{{0,20}}$"
    rf"|^[ \t*_]*(?:envoyé|envoyée|envoyé à partir) (?:de|depuis|avec|à partir|via)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:enviado|enviada|mandado) (?:desde|de|do|pelo|con|via|através|a partir)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:inviato|spedito|scritto) (?:da|dal|con|tramite)\b[^\n]{{0,80}}$|^[ \t*_]*(?:verzonden"
    rf"|verstuurd|gestuurd) (?:vanaf|vanuit|van|met|via)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:skickat|skickades|sendt|sent) (?:från|fra|med)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*lähetetty\b[^\n]{{0,80}}$|^[ \t*_]*(?:wysłan[eoay]|wysłano) (?:z|ze|przez)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*odesláno (?:z|ze)\b[^\n]{{0,80}}$|^[ \t*_]*(?:отправлено|послано|надіслано) (?:с|со|из|з"
    rf"|від)\b[^\n]{{0,80}}$|^[^\n]{{0,60}}(?:から送信|から送付)[^\n]{{0,20}}$"
    rf"|^[ \t]*(?:发自|來自|发送自|從我的|从我的|發自)[^\n]{{0,60}}$|^[^\n]{{0,60}}에서 보냄[^\n]{{0,10}}$"
    rf"|^[^\n]{{0,60}}(?:gönderildi|elküldve|küldve|sendt)[ .]*$|^[ \t]*trimis de pe[^\n]{{0,60}}$"
    rf"|^[ \t*_]*(?:(?:get|download|try) outlook|outlook (?:für|pour|para|per|voor|til|för|na|a|для|на)"
    rf"|(?:télécharge[rz]|obten(?:ir|ez|er|ga)|obtén|descarg(?:ar|a|ue)|scarica|ottieni|download|hent|hämta|skaffa"
    rf"|obt(?:er|enha)(?: o)?|hol(?:en|e)? (?:sie|dir)(?: sich)?|pobierz|získa(?:jte|ť|t)?|stáhnout|stiahnuť|hanki"
    rf"|descarcă|dapatkan) outlook)[^\n]{{0,120}}$"
    rf"|^[ \t*_]*von (?:[\w-]+ ){{0,2}}{_DEVICE}[\w-]*(?: [\w-]+){{0,2}} gesendet[ .]*$"
    rf"|^[ \t*_]*(?:odoslané|odoslano|poslano|poslané|enviat|dikirim|dihantar|đã gửi|saadetud|išsiųsta"
    rf"|nosūtīts) [^\n]{{0,30}}{_DEVICE}[^\n]{{0,30}}$|^[^\n]{{0,10}}{_DEVICE}[\w-]{{0,10}} (?:küldve|elküldve)[ .]*$"
    rf"|^[ \t*_]*(?:sent|gesendet|envoyé)[^\n]{{0,10}} {_DEVICE}[^\n]{{0,40}}$"
)
_A_DEVICE = re.compile(rf"(?i)\b{_DEVICE}\b")
# The letter that trackers of opened mail (Streak, Mailtrack) leave on a line of its own.
_TRACKER = "\u1427"
_MAX_LINES = 30
_LONGEST_DEVICE_LINE = 160
_FOREIGN_LETTERS = re.compile(r"[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufaff]")
_DEVICE_NAME = re.compile(r"\b(?:iPhone|iPad|Android|Samsung|Galaxy|Huawei|Xiaomi|Outlook|BlackBerry)\b")
_MAX_FOOTER = 60
_SENTENCE = re.compile(r"(?i)\b(?:is|are|was|were|because|but|please|ist|est|es)\b|\?\s*$")
_RULE = re.compile(r"^[ \t>]*(?:[-_=*—–─━#~][ \t]?){8,}[ \t]*$")
_NOTICE = re.compile(
    r"(?i)\bconfidential|\bintended (?:only|solely|for)|\bdisclaimer|\b(?:swept|scanned|screened) (?:for|by)"
    r"|\bprivileged|\bvertraulich|\bconfidentiel|\bconfidencial|\bvertrouwelijk"
    r"|\briservat|\bdata protection act|\bmonitored"
)
_NOTICE_START = re.compile(
    r"(?i)^[ \t>*_]*(?:(?:this|the information (?:in|contained in) this|the contents? of this) (?:e-?mail"
    r"|message|communication|transmission)\b.{0,120}\b(?:confidential|intended|privileged|private)"
    r"|(?:confidentiality|legal) (?:notice|disclaimer)\b|disclaimer[ \t]*[:.-]"
    r"|diese (?:e-?mail|nachricht)\b.{0,120}\b(?:vertraulich|bestimmt)|(?:ce|cet"
    r"|le contenu de ce) (?:message|e-?mail|courriel)\b.{0,120}\bconfidentiel"
    r"|este (?:mensaje|correo|e-?mail)\b.{0,160}\bconfidencial|dit (?:bericht"
    r"|e-?mail)\b.{0,120}\bvertrouwelijk|esta mensagem\b.{0,160}\bconfidencia"
    r"|(?:the original of )?this (?:footnote|email message has been swept|e-?mail was (?:scanned|sent by)))"
)
_POSTSCRIPT = re.compile(r"(?i)^[ \t]*(?:p\.? ?p?\.? ?s\.?[:. ]|n\.?b\.?[: ]|post ?scriptum)[ \t]*\S")
_FEWEST_WORDS = 5
_LIST_FOOTER = re.compile(r"(?i)\bmailing list\b|\bunsubscribe\b|/listinfo/|\babmelden\b")


def is_delimiter(line: str) -> bool:
    """The line that parts text and signature (RFC 3676 section 4.3), trailing space lost or not."""
    return len(line) < 80 and bool(_DELIMITER.match(line))  # noqa: PLR2004 - longer rules part sections


def is_mobile(line: str) -> bool:
    """A whole line that a telephone, webmailer or tracker added, and no sentence that begins like one."""
    line = visible(line)
    if line.strip() == _TRACKER:
        return True
    if len(line) > _LONGEST_DEVICE_LINE or not (_MOBILE.match(line) or _names_device(line)):
        return False
    return not _SENTENCE.search(line)


def _names_device(line: str) -> bool:
    """A few words in another script around the name of a device: the same line in languages not listed."""
    foreign = _FOREIGN_LETTERS.search(line)
    return bool(foreign and _DEVICE_NAME.search(line)) and len(line.split()) <= 6  # noqa: PLR2004 - a few words


def signature_start(lines: list[str], *, alone: bool = True) -> int | None:
    """Return the line where the signature of this text begins, None when there is none to be sure of.

    `alone` says that there are no other own words: then the signature cannot be everything.
    """
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    starts = [
        start
        for start in (_delimiter(lines, last), _device(lines, last), _footer(lines, last))
        if start is not None and (not alone or any(line.strip() for line in lines[:start]))
    ]
    return min(starts) if starts else None


def _delimiter(lines: list[str], last: int) -> int | None:
    """The topmost delimiter of the last lines; None where something is written below it."""
    found = None
    for number in range(last - 1, max(-1, last - 1 - _MAX_LINES), -1):
        if is_delimiter(lines[number]) and number + 1 < last:
            found = number
    below = [] if found is None else lines[found + 1 : last]
    return (
        None if any(map(_POSTSCRIPT.match, below)) or (found is not None and _goes_on(lines[found], below)) else found
    )


def _goes_on(delimiter: str, below: list[str]) -> bool:
    """Whether a rule, other than that of RFC 3676, only parts two paragraphs: sentences follow that are no notice."""
    if delimiter.rstrip("\r\n") == "-- ":
        return False
    return any(len(line.split()) >= _FEWEST_WORDS and _SENTENCE.search(line) for line in below) and not any(
        _NOTICE.search(line) or _LIST_FOOTER.search(line) or _tells_of_device(line) for line in below
    )


def _tells_of_device(line: str) -> bool:
    """Whether a telephone says what it is, also in a whole sentence: K-9 asks to excuse its brevity."""
    line = visible(line)
    return len(line) <= _LONGEST_DEVICE_LINE and bool(_MOBILE.match(line) and _A_DEVICE.search(line))


def _device(lines: list[str], last: int) -> int | None:
    """Lines of a telephone at the very end."""
    found = None
    for number in range(last - 1, max(-1, last - 7), -1):
        if is_mobile(lines[number]):
            found = number
        elif lines[number].strip() and found is None and len(lines[number]) > 60:  # noqa: PLR2004 - a paragraph
            break
    return found


def _footer(lines: list[str], last: int) -> int | None:
    """A legal notice or mailing-list footer that runs to the end, with the rule above it."""
    for number in range(max(0, last - _MAX_FOOTER), last):
        line = visible(lines[number])
        if _RULE.match(line):
            if _all_notices(lines[number + 1 : last]):
                return number
        elif _NOTICE_START.match(line) and not any(_RULE.match(visible(one)) for one in lines[number:last]):
            return number
    return None


def _all_notices(lines: list[str]) -> bool:
    """Whether each section between rules is a notice, and there is one at all."""
    sections: list[list[str]] = [[]]
    for line in lines:
        if _RULE.match(visible(line)):
            sections.append([])
        elif line.strip():
            sections[-1].append(visible(line))
    worded = [" ".join(section) for section in sections if section]
    return bool(worded) and all(_NOTICE.search(text) or _LIST_FOOTER.search(text) for text in worded)
