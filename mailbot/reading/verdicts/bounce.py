"""Delivery status notifications: which address failed, how badly, and which of our mails it was.

First the report that RFC 3464 defines, read by ourselves. Where a host writes only prose, and only
once sender, return path or subject say that this is a bounce at all, flufl.bounce and our own
forms of such prose are tried: on other mail they would find bounces that are none. Returned
messages are never searched for addresses, because spam quoted in a bounce is full of them.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass, field

import flufl.bounce
from flufl.bounce import _scan

from mailbot.reading.fields import headers, messageid
from mailbot.reading.fields.address import canonical
from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.model import Bounce, BounceAction
from mailbot.reading.parts.body import Body
from mailbot.reading.parts.structure import Part
from mailbot.reading.quotation.forwarding import says_forwarded
from mailbot.reading.verdicts.bouncetext import explanation, read_prose, reads_like_bounce

# It logs a traceback for each damaged message.
_scan.log.disabled = True

_DAEMON = re.compile(
    r"(?i)^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|maildelivery|mail-?delivery[\w.-]*|mmdf"
    r"|root|post_?office"
    r"|bounces?|delivery|maier-daemon|mailerdaemon|uucp|postoffice|smtpd?|vpopmail|qmail[\w-]*|amavis(?:d"
    r"|d-new)?|symail"
    r"|microsoftexchange[0-9a-f]{10,}|majordomo|systems?|smtp32|internet\.?mail|e?mail-?system|administrator)@?"
)
_DAEMON_NAME = re.compile(
    r"(?i)mail(?:er)? ?-?(?:delivery )?(?:daemon|(?:sub)?system)|mail delivery|postmaster|system administrator"
    r"|delivery (?:status|service|sub|system)"
)
_SUBJECT = re.compile(
    r"(?i)undeliver|delivery (?:status )?(?:notification|failure|report|has failed|problem|failed|error"
    r"|status|delayed|warning|attempt)"
    r"|failure notice|returned (?:mail|to sender|e-?mail)|return(?:ed)? mail|mail (?:delivery )?(?:failed"
    r"|failure|error|system error|returned)"
    r"|(?:could|can) ?not (?:be )?deliver|nondeliverable|non[- ]?(?:delivery|deliverable|recapit|remis)"
    r"|unzustellbar|nicht zustell"
    r"|(?:e-?mail|message) (?:status|delivery)|warning: (?:could not send|message|mail)|delayed mail"
    r"|mail warning|bounce"
    r"|user unknown|unknown user|mailbox (?:full|unavailable)|no such (?:user|address)|mensaje no|correo no|non remis"
    r"|échec|impossible de (?:remettre|distribuer)|mancata consegna|konnte nicht|配信|不達|届|エラー|退信|无法|返回"
    r"|возвращен|недостав"
    r"|niedoręcz|niemożliw|onbestelbaar|problem with|don'?t know|delivery:|address .{0,40}(?:unknown|change)"
    r"|message not delivered"
)
_ADDR = re.compile(r"[^\s<>,;:()\"\[\]]{1,200}@[^\s<>,;:()\"\[\]]{1,200}")
_CUT = "...@"
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_MAX_REPORT = 1 << 18
_MAX_GROUPS = 500
_MAX_FLUFL = 1 << 20
_MANY_DELIMITERS = 500
_CHALLENGE = re.compile(
    r"(?i)not pre-?approved|requires? (?:a )?confirmation"
    r"|to prove (?:that )?you are (?:a )?(?:human|person)|challenge[- ]response"
)
# In a diagnostic it is said by hosts that refuse: whoever means to get through may ask to be put on it.
_ASKS_FOR_LISTING = re.compile(r"(?i)whitelist")
_ACTIONS = {
    "failed": BounceAction.FAILED,
    "failure": BounceAction.FAILED,
    "delayed": BounceAction.DELAYED,
    "delivered": BounceAction.DELIVERED,
    "relayed": BounceAction.DELIVERED,
    "expanded": BounceAction.DELIVERED,
}
_SEVERITY = (BounceAction.FAILED, BounceAction.DELAYED, BounceAction.DELIVERED)


@dataclass(slots=True)
class Report:
    """What was found so far: (address, action, status) in message order, and the diagnostic."""

    outcomes: list[tuple[str, BounceAction, str | None]] = field(default_factory=list)
    status: str | None = None
    action: BounceAction | None = None
    diagnostic: str = ""


def read_bounce(raw: bytes, root: Part, section: HeaderSection, body: Body, reverse_path: str | None) -> Bounce | None:
    """Return what a delivery status notification says, None for any other mail; never raises."""
    report = _machine_report(root, body)
    if report is None and not _looks_like_bounce(root, section, body, reverse_path):
        return None
    report = report or Report()
    prose = read_prose(body.text)
    if not report.outcomes:
        known, told = _prose_addresses(raw, section, body, prose.addresses)
        action = report.action or told or prose.action
        report.outcomes = [(one, action, None) for one in known]
    if _is_challenge(report.diagnostic, section.text("subject")):
        return None
    if not report.outcomes and not prose.convincing and report.action is None and not _is_certain(root, section):
        return None
    actions = [action for _, action, _ in report.outcomes] or [report.action or prose.action]
    worst = next(action for action in _SEVERITY if action in actions)
    wanted = [outcome for outcome in report.outcomes if outcome[1] is worst]
    return Bounce(
        recipients=tuple(dict.fromkeys(address for address, _, _ in wanted)),
        action=worst,
        status=next((status for _, _, status in wanted if status), report.status) or prose.status,
        original_message_id=_original_id(body, section),
        diagnostic=(report.diagnostic or prose.diagnostic)[:500],
    )


def _looks_like_bounce(root: Part, section: HeaderSection, body: Body, reverse_path: str | None) -> bool:
    """Whether sender, return path or subject say so; two weak signs or one strong."""
    if _is_certain(root, section):
        return True
    sender = section.text("from")[:500]
    address = _ADDR.search(sender)
    daemon = bool(_DAEMON.match(address[0] if address else sender)) or bool(_DAEMON_NAME.search(sender))
    nobody = reverse_path == ""
    if daemon or nobody:
        return True
    # A customer who writes about a bounce has such a subject, too; programs neither answer mails nor pass them on.
    subject = section.text("subject")[:500]
    if "in-reply-to" in section or "references" in section or says_forwarded(subject):
        return False
    return bool(_SUBJECT.search(subject)) and reads_like_bounce(body.text)


def _is_challenge(diagnostic: str, subject: str) -> bool:
    """Whether this is a challenge dressed up as a notice: the address works, and a person could answer."""
    return any(_CHALLENGE.search(text) for text in (diagnostic, subject)) or bool(_ASKS_FOR_LISTING.search(subject))


def _is_certain(root: Part, section: HeaderSection) -> bool:
    report_type = root.parameters.get("report-type", "").lower()
    return "x-failed-recipients" in section or (root.type, report_type) == ("multipart/report", "delivery-status")


def _machine_report(root: Part, body: Body) -> Report | None:
    """Read the message/delivery-status parts; also where the type is wrong but the fields are there."""
    parts = [
        part for part in body.machine if part.type in ("message/delivery-status", "message/global-delivery-status")
    ]
    texts = [part.octets()[:_MAX_REPORT] for part in parts]
    if not texts and root.type.startswith("multipart/"):
        texts = [
            leaf.octets()[:_MAX_REPORT]
            for leaf in root.children
            if not leaf.children and re.match(rb"(?i)\s*reporting-mta:", leaf.body[:200])
        ]
    if not texts:
        return None
    report = Report()
    for text in texts:
        _read_groups(text, report)
    return report


def _read_groups(text: bytes, report: Report) -> None:
    """Read the per-recipient groups (RFC 3464 section 2.3)."""
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for group in re.split(rb"\n[ \t]*\n", text.lstrip(b"\n"))[:_MAX_GROUPS]:
        fields = headers.split(group.lstrip(b"\n") + b"\n\n")
        action = _ACTIONS.get(fields.first("action").lower().split(" ")[0].strip(";()"))
        status = _status(fields.first("status"))
        address = _recipient(fields)
        if action is None and status and address:
            action = BounceAction.DELAYED if status.startswith("4") else BounceAction.FAILED
        report.action = report.action or action
        report.status = report.status or status
        report.diagnostic = report.diagnostic or fields.first("diagnostic-code")
        if address and action:
            report.outcomes.append((address, action, status or _status(fields.first("diagnostic-code"))))


def _status(value: str) -> str | None:
    found = _STATUS.search(value[:1_000])
    return found[0] if found else None


def _recipient(fields: HeaderSection) -> str:
    """Return the address as we wrote it: the original recipient, else the final one; empty when there is none.

    One that was cut short for privacy, as in `ann...@example.com`, is none (RFC 5321 section 4.1.2).
    """
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = fields.first(name)
        kind, semicolon, rest = value.partition(";")
        text = (rest if semicolon else kind).strip().strip("<>\"' ")
        if name == "original-recipient" and "+" in text:
            text = _XTEXT.sub(lambda code: chr(int(code[1], 16)), text)
        if "@" in text and kind.strip().lower() not in ("x-unix", "system"):
            found = _ADDR.search(text)
            if found and _CUT not in found[0]:
                return canonical(found[0])
    return ""


def _prose_addresses(
    raw: bytes, section: HeaderSection, body: Body, prose: tuple[str, ...]
) -> tuple[list[str], BounceAction | None]:
    """Return the failed addresses that headers or prose name, and what flufl.bounce makes of them."""
    named = [canonical(found) for found in _ADDR.findall(section.first("x-failed-recipients")[:10_000])]
    if named:
        return list(dict.fromkeys(named)), None
    found, action = _flufl(raw)
    found = found or [canonical(one) for one in prose]
    lowered, told = body.text.lower(), explanation(body.text).lower()
    # What stands in the returned message only is somebody else's.
    found = [one for one in found if one in told or one not in lowered]
    ours = {
        canonical(one)
        for name in ("to", "delivered-to", "return-path")
        for one in _ADDR.findall(section.first(name)[:2_000])
    }
    kept = [one for one in dict.fromkeys(found) if (one not in ours or one in prose) and ".." not in one]
    return sorted(kept, key=lambda one: lowered.find(one) if one in lowered else len(lowered)), action


def _flufl(raw: bytes) -> tuple[list[str], BounceAction | None]:
    """Ask flufl.bounce; it raises on damaged messages."""
    if len(raw) > _MAX_FLUFL or raw.count(b"\n--") > _MANY_DELIMITERS:
        # The standard parser's time grows with the square of the number of parts.
        raw = raw[:100_000]
        if raw.count(b"\n--") > _MANY_DELIMITERS:
            return [], None
    try:
        temporary, permanent = flufl.bounce.all_failures(email.message_from_bytes(raw))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, there is no answer
        return [], None
    found = [address.decode("utf-8", "replace") for address in sorted(permanent or temporary)]
    addresses = [canonical(address) for address in found if _ADDR.fullmatch(address.strip("<>"))]
    if not addresses:
        return [], None
    return addresses, BounceAction.FAILED if permanent else BounceAction.DELAYED


def _original_id(body: Body, section: HeaderSection) -> str | None:
    """Return the Message-ID of the returned message, from its header section or the bounce's own references."""
    for part in body.machine:
        if part.type in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
            found = messageid.message_id(headers.split(part.octets()[:100_000].lstrip()).first("message-id"))
            if found:
                return found
    quoted = re.search(r"(?im)^[ >\t]*message-id:\s*(<[^<>\s]{3,400}>)", body.text)
    if quoted:
        return messageid.message_id(quoted[1])
    references = messageid.message_ids(section.first("references")) or messageid.message_ids(
        section.first("in-reply-to")
    )
    return references[-1] if references else None
