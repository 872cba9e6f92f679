"""The one verdict on whether a machine sent a message, with every reason for it.

A message counts as automatic when any sign says so, because answering a machine starts loops and
not answering a person is caught by the agent who reads the ticket. The signs, strongest first:
our own mail coming back, delivery notices (RFC 3464), receipts and reports (RFC 8098, 5965, 7489,
8460), Auto-Submitted (RFC 3834 section 5) and what was used before it, out-of-office notes by their
words, reactions (an emoji and no words), answers to invitations (RFC 5546), mailing lists (RFC 2919, 2369),
bulk mail, senders that read no answers, and mail that has been going around. `Auto-Submitted: no` in any spelling is a
person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailbot.reading.fields.address import canonical
from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.model import Automatic, AutomaticKind, Border, Bounce, Mailbox
from mailbot.reading.parts.body import Body
from mailbot.reading.parts.structure import Part
from mailbot.reading.verdicts import outofoffice
from mailbot.reading.verdicts.reaction import is_reaction

FROM_US = "From is one of our own addresses"
"""The reason for which mail that a person writes from our mailbox counts as automatic where it comes back to it."""
SUPPRESSED = "X-Auto-Response-Suppress asks for no answer"
"""The reason for which mail counts as automatic that asks not to be answered by machines, as some persons' does."""

_COMMENT = re.compile(r"\([^()]*\)")
_MACHINE_LOCAL = re.compile(
    r"(?:no|not|do-?not|dont)[-_.+]?(?:reply|respond|answer|antwort\w*)|(?:mailer|mail)[-_.]?daemon|postmaster|nicht-?antworten"
    r"|no[-_.]?responder|ne-?pas-?repondre|noresponse|auto-?(?:reply|responder|mailer|notify|confirm)|bounces?(?![a-z])"
)
_REPLY_FIELDS = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-responder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-autoreply-domain",
    "x-vacation",
    "x-php-autoreply",
)
_LIST_FIELDS = (
    "list-id",
    "list-post",
    "mailing-list",
    "x-mailing-list",
    "list-archive",
    "x-mailman-version",
    "x-listname",
    "x-beenthere",
)
_BULK_FIELDS = (
    "list-unsubscribe",
    "x-campaign",
    "x-campaignid",
    "x-mailchimp-id",
    "x-csa-complaints",
    "feedback-id",
    "x-mailgun-tag",
)
# What Proton, Fastmail and Tencent's webmail write into the mail of persons: "1234:user:proton", "i5a9:Fastmail".
_PERSONS_FEEDBACK = re.compile(r"(?i)^\s*webmail:|:(?:user:proton|fastmail)\s*$")
_REPORT_TYPES = {"disposition-notification", "feedback-report", "tlsrpt"}
_REPORT_SUBJECT = re.compile(r"(?i)\breport domain:|\bdmarc (?:aggregate|failure|forensic) report")
_COMPLAINT = re.compile(
    r"(?i)^(?:complaint about message from|abuse report|email feedback report|fw: .{0,40}feedback report)\b"
)
_REPORT_FILE = re.compile(r"(?i)\.(?:zip|gz|xml)$")
_CALENDAR_ANSWER = re.compile(rb"(?im)^METHOD:[ \t]*(?:REPLY|COUNTER|DECLINECOUNTER|REFRESH)\b")
_LOOP_FIELDS = ("x-loop", "x-mailbot-loop")
_MANY_HOPS = 60
_LONGEST_VALUE = 1_000


@dataclass(slots=True)
class _Signs:
    """Kinds with their reasons, as they are found."""

    found: list[tuple[AutomaticKind, str]] = field(default_factory=list)

    def add(self, kind: AutomaticKind, reason: str) -> None:
        self.found.append((kind, reason))


_RANK = (
    AutomaticKind.OWN,
    AutomaticKind.BOUNCE,
    AutomaticKind.REPORT,
    AutomaticKind.CALENDAR,
    AutomaticKind.AUTO_REPLY,
    AutomaticKind.LIST,
    AutomaticKind.BULK,
    AutomaticKind.AUTO_GENERATED,
)


def read_automatic(
    section: HeaderSection,
    root: Part,
    body: Body,
    reply_text: str,
    *,
    from_: tuple[Mailbox, ...],
    bounce: Bounce | None,
    reverse_path: str | None,
    border: Border,
) -> Automatic:
    """Return the verdict: the strongest kind found, and every reason."""
    signs = _Signs()
    _own(section, from_, border, signs)
    if bounce is not None:
        signs.add(AutomaticKind.BOUNCE, f"delivery notice: {bounce.action.value}")
    _reports(section, root, body, signs)
    _declared(section, signs)
    _calendar(body, signs)
    _lists(section, signs)
    _senders(section, from_, reverse_path, signs)
    reason = outofoffice.recognise(section.text("subject"), reply_text, replied="in-reply-to" in section)
    if reason:
        signs.add(AutomaticKind.AUTO_REPLY, reason)
    if is_reaction(root, reply_text, [box.name for box in from_]):
        signs.add(AutomaticKind.AUTO_REPLY, "a reaction, and no words")
    if not signs.found:
        return Automatic()
    kinds = {kind for kind, _ in signs.found}
    return Automatic(
        next(kind for kind in _RANK if kind in kinds), tuple(dict.fromkeys(reason for _, reason in signs.found))
    )


# A reply token and what tells one mail from the next: other programs at our domain write other ids.
_OWN_ID = re.compile(r"[a-z2-7]{39}\.[0-9a-z.]+")


def _own(section: HeaderSection, from_: tuple[Mailbox, ...], border: Border, signs: _Signs) -> None:
    for mailbox in from_:
        if canonical(mailbox.address) in border.own_addresses:
            signs.add(AutomaticKind.OWN, FROM_US)
    local_part, _, domain = section.first("message-id").strip().strip("<>").lower().rpartition("@")
    ours = border.own_domain and domain == border.own_domain.lower() and _OWN_ID.fullmatch(local_part)
    if ours and "auto-submitted" in section:
        signs.add(AutomaticKind.OWN, "Message-ID of ours, with Auto-Submitted")


def _reports(section: HeaderSection, root: Part, body: Body, signs: _Signs) -> None:
    """Receipts, abuse feedback, DMARC and TLS reports."""
    kind = root.parameters.get("report-type", "").lower()
    types = {part.type for part in body.machine} | {root.type}
    if kind in _REPORT_TYPES:
        signs.add(AutomaticKind.REPORT, f"multipart/report of type {kind}")
    for name in ("message/disposition-notification", "message/feedback-report"):
        if name in types:
            signs.add(AutomaticKind.REPORT, f"holds a {name} part")
    if any(attachment.type.startswith("application/tlsrpt") for attachment in body.attachments):
        signs.add(AutomaticKind.REPORT, "TLS report attached")
    if "message/rfc822" in types and _COMPLAINT.match(section.text("subject")):
        signs.add(AutomaticKind.REPORT, "complaint about a message, with that message")
    if _REPORT_SUBJECT.search(section.text("subject")) and (
        not body.attachments or any(_REPORT_FILE.search(one.name) or "zip" in one.type for one in body.attachments)
    ):
        signs.add(AutomaticKind.REPORT, "subject and file of a DMARC or TLS report")


def _declared(section: HeaderSection, signs: _Signs) -> None:
    """What the sending program says of itself."""
    for value in section.all("auto-submitted")[:5]:
        word = _without_comments(value).split(";")[0].strip().strip('"').lower()
        if word.split(" ")[0] in ("no", ""):
            continue
        replied = word.startswith("auto-replied")
        signs.add(AutomaticKind.AUTO_REPLY if replied else AutomaticKind.AUTO_GENERATED, f"Auto-Submitted: {word[:40]}")
    for name in _REPLY_FIELDS:
        if name in section and section.first(name).strip().lower() not in ("no", "false", "0"):
            signs.add(AutomaticKind.AUTO_REPLY, f"{name} field")
    _precedence(section, signs)
    suppressed = section.first("x-auto-response-suppress").lower()
    if re.search(r"\b(?:all|oof|autoreply)\b", suppressed):
        signs.add(AutomaticKind.AUTO_GENERATED, SUPPRESSED)
    if "x-autogenerated" in section or "x-auto-generated" in section or "x-fc-machinegenerated" in section:
        signs.add(AutomaticKind.AUTO_GENERATED, "marked as generated")
    if section.first("delivered-to").strip().lower() == "autoresponder":
        signs.add(AutomaticKind.AUTO_REPLY, "Delivered-To: Autoresponder")


def _without_comments(value: str) -> str:
    """Return a field's value without its comments, which may stand in each other (RFC 5322 section 3.2.2)."""
    value = value[:_LONGEST_VALUE]
    while (bare := _COMMENT.sub(" ", value)) != value:
        value = bare
    return value


def _precedence(section: HeaderSection, signs: _Signs) -> None:
    """What programs wrote before RFC 3834."""
    for name in ("precedence", "x-precedence"):
        word = section.first(name).strip().lower()
        if word.replace("-", "_").startswith("auto_reply"):
            signs.add(AutomaticKind.AUTO_REPLY, f"{name}: {word[:20]}")
        elif word in ("bulk", "junk"):
            signs.add(AutomaticKind.BULK, f"{name}: {word}")
        elif word == "list":
            signs.add(AutomaticKind.LIST, f"{name}: list")


def _calendar(body: Body, signs: _Signs) -> None:
    for part in body.calendar[:10]:
        method = part.parameters.get("method", "").upper()
        if method in ("REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH") or _CALENDAR_ANSWER.search(
            part.octets()[:20_000]
        ):
            signs.add(AutomaticKind.CALENDAR, "answer to an invitation")


def _lists(section: HeaderSection, signs: _Signs) -> None:
    for name in _LIST_FIELDS:
        if name in section:
            signs.add(AutomaticKind.LIST, f"{name} field")
    sender = canonical(section.first("sender"))
    if sender.startswith("owner-") or re.match(r"[^@]+-(?:owner|bounces|admin)(?:\+[^@]*)?@", sender):
        signs.add(AutomaticKind.LIST, "Sender is a list's owner")
    for name in _BULK_FIELDS:
        if name in section and not (name == "feedback-id" and _PERSONS_FEEDBACK.search(section.first(name)[:500])):
            signs.add(AutomaticKind.BULK, f"{name} field")


def _senders(section: HeaderSection, from_: tuple[Mailbox, ...], reverse_path: str | None, signs: _Signs) -> None:
    """Senders that read no answers, and mail that goes around."""
    for mailbox in from_[:5]:
        local = mailbox.address.partition("@")[0].lower()
        if _MACHINE_LOCAL.match(local) or re.search(r"(?:^|[-_.+])(?:no|donot)-?reply$", local):
            signs.add(AutomaticKind.AUTO_GENERATED, "From is an address that reads no answers")
    if reverse_path == "":
        signs.add(AutomaticKind.AUTO_GENERATED, "null reverse-path")
    elif reverse_path and re.match(r"(?:mailer-daemon|owner-|[^@]+-request@|[^@]+-owner@)", reverse_path.lower()):
        signs.add(AutomaticKind.AUTO_GENERATED, "reverse-path of a program")
    for name in _LOOP_FIELDS:
        if name in section:
            signs.add(AutomaticKind.AUTO_GENERATED, f"{name} field")
    if section.count("received") >= _MANY_HOPS:
        signs.add(AutomaticKind.AUTO_GENERATED, f"{section.count('received')} Received fields: it is going around")
