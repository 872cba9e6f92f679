"""The prose of bounces: forms that hosts write instead of, or beside, a machine-readable report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.reading.model import BounceAction

_MAX_PROSE = 20_000
_RETURNED = re.compile(
    r"(?im)^[ \t>*=_-]*(?:(?:below this line is|below is|included is|here follows|the (?:body|headers?|original) of|"
    r"this is a copy|a copy)\b"
    r"[^\n]{0,60}(?:message|mail|text|header)[^\n]{0,40}"
    r"|[ \t]*(?:the )?(?:original|returned|unsent|undelivered) (?:message|mail)[^\n]{0,60}"
    r"|[ \t]*(?:message|mail) headers? follows?[^\n]{0,20}"
    r"|(?:received|return-path|message-id|x-[a-z-]+):[^\n]*)$"
)
_SHORTEST = 20
_TEMPORARY = re.compile(
    r"(?i)will (?:be )?(?:retr|continue|keep|try)|has not (?:yet )?been (?:delivered|able)|delay(?:ed)?\b"
    r"|still trying|warning (?:only|message)"
    r"|not yet been|do not (?:need to )?(?:re-?send|resend)|delivery attempts will|queued for|wird weiter"
    r"|temporar(?:y|ily)"
)
_PERMANENT = re.compile(
    r"(?i)permanent|fatal|giving up|unknown|does ?n[o']t exist|no such|rejected|undeliverable"
    r"|could ?n[o']t be delivered|\b5\d\d[ -]\S|invalid"
    r"|not (?:be )?found|been disabled|unzustellbar|failed"
)
_CONVINCING = re.compile(
    r"(?i)(?:could|can) ?n(?:o|')t (?:be )?(?:deliver|sent)|undeliver|not (?:been )?deliver|delivery (?:to"
    r"|of|has|failed|attempt|error)"
    r"|(?:user|recipient|mailbox|address|account)s? ?(?:is |are )?(?:unknown|not found|unavailable|full"
    r"|disabled|rejected|does ?n[o']t exist|invalid)"
    r"|unknown (?:user|recipient|address|local)|no such (?:user|mailbox|recipient|address)|over quota"
    r"|quota exceeded|relay(?:ing)? denied"
    r"|has not been delivered|unable to deliver|(?:permanent|fatal) errors?|returned to sender"
    r"|not a valid (?:user|address|recipient|mailbox)|\b[45]\.\d\.\d{1,2}\b|\b55\d[ -]"
    r"|nicht zugestellt|unzustellbar|配信|不达|not reach|unrouteable|mail(?:box)? (?:is )?full"
)
_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b(?!\.)")
_REPLY = re.compile(r"(?m)(?:^|[\s:>(])([45]\d\d)[ -](?:#?[45]\.\d|[A-Za-z<])")
_SOMEBODY = re.compile(
    r"(?i)\b(?:i|i'm|i've|we|my|our|me|us|ich|wir|mein\w*|unser\w*|je|nous|yo|nosotros|please help|could you|can you)\b"
)
# How programs begin: Exim, Postfix, qmail, Exchange and the like.
_BY_PROGRAM = re.compile(
    r"(?i)\s{0,99}(?:[*=_-]{3,80}\s{1,9})?(?:this (?:message|e-?mail|mail|report) (?:was|has been|is) "
    r"(?:(?:created|generated|sent) )?auto(?:matically|mated)"
    r"|this is an auto(?:matically|matic|mated)(?: generated)? (?:message|e-?mail|mail|notification|notice|delivery)"
    r"|this is the (?:mail (?:system|delivery)|\S{1,60} (?:program|mail (?:system|server)))|hi\. this is the \S{1,60}"
    r"|diese (?:nachricht|e-?mail|mail) wurde automatisch|ce message a été (?:créé|généré) automatiquement"
    r"|este (?:mensaje|correo|e-?mail) (?:se ha|ha sido) (?:creado|generado) autom)"
)
_FIELD = re.compile(r"(?im)^[ \t>]{0,20}(?:received|return-path|from|to|subject|date|message-id):[ \t]")
_ADDRESS = r"<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{1,200})>?"
_NAMED = (
    re.compile(
        rf"(?im)^[ \t]*(?:to|recipient|address|user|mailbox|failed|account"
        rf"|the following address)s?[ \t]*(?:address)?[ \t]*[:=][ \t]*(?:\"[^\"\n]*\")?[ \t]*{_ADDRESS}"
    ),
    re.compile(rf"(?im)^[ \t]*(?:rcpt to|final-recipient|original-recipient)[ \t]*:[ \t]*(?:rfc822;)?[ \t]*{_ADDRESS}"),
    re.compile(rf"(?im)^[ \t]*{_ADDRESS}[ \t]*[:;.]?[ \t]*$"),
    re.compile(rf"(?im)^[ \t]*{_ADDRESS}[ \t]*(?:[:;(-]|\.\.\.)"),
    re.compile(
        rf"(?i)(?:deliver(?:y|ed)? (?:\w+ ){{0,4}}to|message (?:\w+ ){{0,4}}to|recipient|address|user|mailbox|account)"
        rf"(?:\s+(?:the following|address|is|was|for|recipients?)){{0,3}}[\s:'\"(]{{1,4}}{_ADDRESS}"
    ),
    re.compile(
        rf"(?i){_ADDRESS}['\")]?\s+(?:is|was|does|has|could|cannot|not|unknown|rejected|failed|user|no such|on )"
    ),
)


@dataclass(frozen=True, slots=True)
class Prose:
    """Addresses in message order; `convincing` says that the words are those of a bounce."""

    addresses: tuple[str, ...]
    action: BounceAction
    status: str | None
    diagnostic: str
    convincing: bool


def explanation(text: str) -> str:
    """Return what stands above the returned message, at most 20,000 characters."""
    text = text[:_MAX_PROSE]
    found = _RETURNED.search(text, _SHORTEST)
    return text[: found.start()] if found else text


def read_prose(text: str) -> Prose:
    """Read the explanation above the returned message; linear in the length."""
    head = explanation(text)
    addresses: list[str] = []
    for pattern in _NAMED:
        addresses = [found.rstrip(".").lower() for found in pattern.findall(head)]
        if addresses:
            break
    status = _STATUS.search(head)
    reply = _REPLY.search(head)
    temporary = (
        bool(_TEMPORARY.search(head)) and not (status and status[0][0] == "5") and not (reply and reply[1][0] == "5")
    )
    if status and status[0][0] == "4" and not _PERMANENT.search(head):
        temporary = True
    line = reply or status
    start = head.rfind("\n", 0, line.start() + 1) + 1 if line else 0
    return Prose(
        tuple(dict.fromkeys(addresses)),
        BounceAction.DELAYED if temporary else BounceAction.FAILED,
        status[0] if status else None,
        head[start:].split("\n", 1)[0].strip() if line else "",
        bool(_CONVINCING.search(head)),
    )


def reads_like_bounce(text: str) -> bool:
    """Whether prose alone is a program's: it says so, or nobody speaks and a mail or an address is there.

    Whoever writes to us about a bounce has its words below their own.
    """
    head = explanation(text)
    if not _CONVINCING.search(head):
        return False
    if _BY_PROGRAM.match(head):
        return True
    returned = len(head) < min(len(text), _MAX_PROSE) and bool(_FIELD.search(text[len(head) : _MAX_PROSE]))
    return (returned or bool(read_prose(text).addresses)) and not _SOMEBODY.search(head)
