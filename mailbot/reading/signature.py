"""Where a signature begins: the "-- " line, and what telephones add by themselves."""

from __future__ import annotations

import re

_DELIMITER = re.compile(r"^[ \t]*(?:--|—|–|__+|-- -|--=20)[ \t\xa0]*$")
_DEVICE = (
    r"(?:my |the )?(?:i-?(?:phone|pad|pod)|android|black ?berry|samsung|galaxy|htc|nokia|sony|xperia|huawei|xiaomi|redmi|oneplus|motorola|lg|pixel|mobile|phone|handy"
    r"|tablet|windows|outlook|yahoo|mail|gmail|smart ?phone|palm|treo|nexus|lumia|t-mobile|verizon|at&t|proton|fair ?phone|aol|web\.de|gmx|spark|airmail|mailbox"
    r"|nine|blue|k-9|fastmail|zoho|mi phone|honor|oppo|vivo|telefon|mobil|téléphone|portable|teléfono|celular|dispositivo|cellulare|telefono|telefoon|toestel)"
)
_MOBILE = re.compile(
    rf"(?i)^[ \t*_>-]*(?:sent|written|typed) (?:from|via|with|on|using|by)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:gesendet|verschickt|geschrieben|diese nachricht wurde) (?:von|mit|über|via|aus)\b[^\n]{{0,80}}$|^[ \t*_]*von (?:meinem|unterwegs|mein)[^\n]{{0,60}}gesendet[^\n]{{0,20}}$"
    rf"|^[ \t*_]*(?:envoyé|envoyée|envoyé à partir) (?:de|depuis|avec|à partir|via)\b[^\n]{{0,80}}$|^[ \t*_]*(?:enviado|enviada|mandado) (?:desde|de|do|pelo|con|via|através|a partir)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:inviato|spedito|scritto) (?:da|dal|con|tramite)\b[^\n]{{0,80}}$|^[ \t*_]*(?:verzonden|verstuurd|gestuurd) (?:vanaf|vanuit|van|met|via)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*(?:skickat|skickades|sendt|sent) (?:från|fra|med)\b[^\n]{{0,80}}$|^[ \t*_]*lähetetty\b[^\n]{{0,80}}$|^[ \t*_]*(?:wysłan[eoay]|wysłano) (?:z|ze|przez)\b[^\n]{{0,80}}$"
    rf"|^[ \t*_]*odesláno (?:z|ze)\b[^\n]{{0,80}}$|^[ \t*_]*(?:отправлено|послано|надіслано) (?:с|со|из|з|від)\b[^\n]{{0,80}}$|^[^\n]{{0,60}}(?:から送信|から送付)[^\n]{{0,20}}$"
    rf"|^[ \t]*(?:发自|來自|发送自|從我的|从我的|發自)[^\n]{{0,60}}$|^[^\n]{{0,60}}에서 보냄[^\n]{{0,10}}$|^[^\n]{{0,60}}(?:gönderildi|elküldve|küldve|sendt)[ .]*$|^[ \t]*trimis de pe[^\n]{{0,60}}$"
    rf"|^[ \t*_]*(?:(?:get|download|try) outlook|outlook (?:für|pour|para|per|voor|til|för|на|для)|(?:télécharge[rz]|obtenez|obtener|descargar|scarica|ottieni|download|hent|hämta|skaffa|obter) outlook)[^\n]{{0,120}}$"
    rf"|^[ \t*_]*(?:sent|gesendet|envoyé)[^\n]{{0,10}} {_DEVICE}[^\n]{{0,40}}$"
)
_MAX_LINES = 30


def is_delimiter(line: str) -> bool:
    """The line that parts text and signature (RFC 3676 section 4.3), trailing space lost or not."""
    return len(line) < 80 and bool(_DELIMITER.match(line))  # noqa: PLR2004 - longer rules part sections


def is_mobile(line: str) -> bool:
    """A whole line that a telephone or webmailer added."""
    return len(line) < 200 and bool(_MOBILE.match(line))  # noqa: PLR2004 - one line on a telephone


def signature_start(lines: list[str]) -> int | None:
    """Return the line where the signature of this text begins, None when there is none to be sure of."""
    end = len(lines)
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - _MAX_LINES), -1):
        if is_delimiter(lines[number]):
            end = number
    if end < len(lines):
        return end if any(line.strip() for line in lines[:end]) else None
    number = len(lines) - 1
    start = None
    while number >= 0 and len(lines) - number < 8:  # noqa: PLR2004 - device lines stand at the very end
        if is_mobile(lines[number]):
            start = number
        elif lines[number].strip() and start is None and len(lines[number]) > 60:  # noqa: PLR2004
            break
        number -= 1
    return start if start is not None and any(line.strip() for line in lines[:start]) else None
