"""Mails by which somebody who is no agent would speak as us or run a command, behind each border: made, not collected.

The forger knows everything: an agent's name and address, our form of mail, and a token that was stolen. What is not
said of one is usual: From is Dana's, the token is her own, valid, and stands in all three of its carriers.
"""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

from base64 import b32decode, b32encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import count

from mailbot.deciding.tokens import Purpose, issue
from tests.hostile.borders import BORDERS, OURS, SUPPORT, Border, results
from tests.service.office import KEYRING

DANA = "dana@harborvoice.example"
BOB = "bob@harborvoice.example"
JANE = "jane@acme-dental.example"
EVIL = "evil.example"
WORDS = "Please call our new number +1 900 555 0199 and read out your PIN."
_LATER, _PAST = date(2027, 6, 1), date(2026, 11, 1)
_number = count(1)


class Ends(StrEnum):
    """What becomes of a spoof; `ANYWHERE` stands for any place that people find."""

    ASKED = "asked back at the agent's registered address"
    APART = "kept apart, and nobody asked"
    ANYWHERE = "kept"


def token(purpose: Purpose = Purpose.RELAY, ticket: int = 1001, address: str = DANA, until: date = _LATER) -> str:
    """Return a token as the desk seals it."""
    return issue(KEYRING, purpose, ticket, address, until)


def _altered(ticket: int) -> str:
    """Return Dana's token with another ticket written into it."""
    octets = bytearray(b32decode(token().upper() + "="))
    octets[2:6] = ticket.to_bytes(4, "big")
    return b32encode(bytes(octets)).decode().rstrip("=").lower()


OWN = token()
TOKENS: dict[str, str] = {
    "no token": "",
    "expired": token(until=_PAST),
    "another agent's": token(address=BOB),
    "altered": _altered(1002),
    "a customer's": token(Purpose.CUSTOMER, address=JANE),
    "made for her as a customer": token(Purpose.CUSTOMER),
    "a notice's, of another agent": token(Purpose.NOTICE, address=BOB),
}


@dataclass(frozen=True, slots=True)
class Spoof:
    """One mail through the mailbox of `border`; `row` is the line of the threat model that it stands for."""

    row: str
    name: str
    border: Border
    raw: bytes
    ends: Ends = Ends.ANYWHERE
    to: str = ""

    def __str__(self) -> str:
        return f"{self.border.id} {self.row} {self.name}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it goes through a border."""

    sender: Sequence[str] = (f"From: Dana Ortiz <{DANA}>",)
    token: str = OWN
    text: str = WORDS
    fields: Sequence[str] = ()
    above: Sequence[str] = ()
    subject: str = "Re: A question"
    to: str = ""
    kind: Sequence[str] = field(default=())

    def behind(self, border: Border, found: str | None) -> bytes:
        """Return it as the mailbox shows it; `found` are the border's results."""
        local, _, domain = SUPPORT.partition("@")
        to = self.to or (f"{local}+{self.token}@{domain}" if self.token else SUPPORT)
        refers = [f"<{self.token}.1r@{OURS}>"] if self.token else []
        head = border.head(
            found,
            [
                *self.above,
                *self.sender,
                f"To: {to}",
                f"Subject: {self.subject}",
                "Date: Mon, 23 Nov 2026 09:59:00 -0500",
                f"Message-ID: <{next(_number)}@phone.example>",
                *(f"{name}: {one}" for one in refers for name in ("In-Reply-To", "References")),
                *self.fields,
                *self.kind,
            ],
        )
        ending = f"\n\n> A question\n>\n> Ref: {self.token}\n" if self.token and not self.kind else "\n"
        return ("\n".join(head) + f"\n\n{self.text}{ending}").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


_HOP = ("Received: from laptop by out.sender.example; Mon, 23 Nov 2026 06:59:00 -0800",)


def _unproven() -> Iterator[tuple[str, str, Callable[[Border], tuple[str | None, Sequence[str]]], Ends]]:
    """Yield evidence that proves nothing about Dana's domain: row, name, the border's results and what is forged."""

    def said(text: str, *forged: str) -> Callable[[Border], tuple[str | None, Sequence[str]]]:
        return lambda border: (text, [one.format(field=border.field(results())) for one in forged])

    none, silent, failed = results("none"), results(None), results("fail")
    yield "H1", "no dmarc", said(none, *_HOP), Ends.ASKED
    yield "H1", "spf alone", said("spf=pass smtp.mailfrom=dana@harborvoice.example", *_HOP), Ends.ASKED
    yield "H1", "temperror", said(results("temperror"), *_HOP), Ends.ASKED
    yield "H1", "permerror", said(results("permerror"), *_HOP), Ends.ASKED
    yield "H2", "dmarc=fail", said(failed, *_HOP), Ends.APART
    yield "H2", "dmarc=fail, dkim=pass of a list", said(f"dkim=pass header.d={EVIL}; {failed}", *_HOP), Ends.APART
    yield "H2", "dmarc=fail and a forged pass", said(failed, *_HOP, "{field}"), Ends.APART
    foreign = f"Authentication-Results: mx.{EVIL}; {results()}"
    yield "H3", "pass of a foreign id", said(none, foreign, *_HOP), Ends.ASKED
    yield "H3", "pass of a foreign id, the border silent", said(silent, foreign, *_HOP), Ends.ASKED
    yield (
        "H3",
        "pass of our id with a suffix",
        said(none, f"Authentication-Results: mx.google.com.{EVIL}; {results()}"),
        Ends.ASKED,
    )
    yield "H4", "a forged field further down", said(none, *_HOP, "{field}"), Ends.ASKED
    yield "H4", "a forged field further down, the border silent", said(silent, *_HOP, "{field}"), Ends.ASKED
    yield "H4", "a forged field right below", said(none, "{field}"), Ends.ANYWHERE
    yield "H6", "pass in a comment", said(f"{silent} (dmarc=pass header.from={OURS})", *_HOP), Ends.ASKED
    quoted = f'{silent} reason="; dmarc=pass header.from={OURS}"'
    yield "H6", "pass in a quoted string", said(quoted, *_HOP), Ends.ASKED
    yield "H6", "pass of a look-alike", said(f"{silent}; x-dmarc=pass header.from={OURS}", *_HOP), Ends.ASKED
    yield "H6", "best guess pass", said(results("bestguesspass"), *_HOP), Ends.ASKED
    for domain in (EVIL, f"mail.{OURS}", f"{OURS}.{EVIL}", f"x{OURS}", "example"):
        yield "H7", f"pass of {domain}", said(results(of=domain), *_HOP), Ends.ASKED
    yield "H7", "dkim=pass of another", said(f"dkim=pass header.d={EVIL} header.i=@{EVIL}", *_HOP), Ends.ASKED
    yield "H7", "dkim=pass of a subdomain", said(f"dkim=pass header.i=@mail.{OURS}", *_HOP), Ends.ASKED
    arc = f"ARC-Authentication-Results: i=2; mx.google.com; {results()}"
    seal = f"ARC-Seal: i=2; a=rsa-sha256; cv=pass; d={EVIL}; s=1; b=AAAA"
    yield "H8", "ARC of an unknown sealer", said(none, seal, arc, *_HOP), Ends.ASKED
    yield (
        "H8",
        "ARC, and the border says arc=pass",
        said(f"arc=pass (i=2 dmarc=pass fromdomain={OURS}); {none}", seal, arc),
        Ends.ASKED,
    )
    internal = "X-MS-Exchange-Organization-AuthAs: Internal"
    yield "4.2", "a forged mark of Exchange", said(none, *_HOP, internal), Ends.ASKED
    yield "4.2", "a forged mark of Exchange, dmarc=fail", said(failed, *_HOP, internal), Ends.APART
    yield "4.2", "compauth alone", said(f"{none}; compauth=pass reason=130", *_HOP), Ends.ASKED


def _by_evidence(border: Border) -> Iterator[Spoof]:
    """Yield From forged as Dana's: with a stolen token, with none, and with another's."""
    for row, name, evidence, ends in _unproven():
        found, forged = evidence(border)
        letter = Letter(above=forged)
        yield Spoof(row, f"{name}, a stolen token", border, letter.behind(border, found), ends)
        order = Letter(above=forged, token="", text="#close", subject="Re: [1001] A question")
        wanted = Ends.APART if ends is Ends.APART else Ends.ANYWHERE
        yield Spoof(row, f"{name}, a command without a token", border, order.behind(border, found), wanted)
    if border.id != "milters":
        # Of several programs each writes its own field: such a border has to delete incoming ones with its id.
        forged_below = Letter(above=(border.field(results()),))
        yield Spoof("H4", "right below, the border without dmarc", border, forged_below.behind(border, results(None)))
    if border.id == "milters":
        field = border.field(results())
        for name, forged in {
            "a pass": (field,),
            "two of them": (field, field),
            "a pass and ARC": (f"ARC-{field}", field),
        }.items():
            letter = Letter(above=(*_HOP, *forged))
            yield Spoof("H5", f"forged {name}, none from the border", border, letter.behind(border, None), Ends.ASKED)


def _by_token(border: Border) -> Iterator[Spoof]:
    """Yield what Dana's own program may have sent, with a token that does not fit: whoever has her mailbox has no more."""
    for name, wrong in TOKENS.items():
        letter = Letter(token=wrong, text=f"#close\n{WORDS}", subject="Re: [1001] A question")
        yield Spoof("H13", f"proven, {name}", border, letter.behind(border, results()))
        unproven = Letter(token=wrong, subject="Re: [1001] A question")
        yield Spoof("H13", f"unproven, {name}", border, unproven.behind(border, results("none")))
    two = Letter(
        fields=(f"References: <{token(ticket=1002)}.2r@{OURS}>",), text=f"{WORDS}\n\n> Ref: {token(ticket=1002)}"
    )
    yield Spoof("H14", "two of her tokens that disagree", border, two.behind(border, results()), Ends.APART)
    for name, where in {"address": "to", "ids": "fields", "text": "text"}.items():
        other = token(ticket=1002)
        given: dict[str, object] = {
            "to": f"support+{other}@{OURS}",
            "fields": (f"References: <{other}.2r@{OURS}>",),
            "text": f"{WORDS}\n\n> Ref: {other}",
        }
        letter = Letter(**{where: given[where]})  # type: ignore[arg-type] # one of the three
        yield Spoof("H14", f"another ticket's in the {name}", border, letter.behind(border, results()), Ends.APART)


def _by_identity(border: Border) -> Iterator[Spoof]:
    """Yield mail of somebody else, proven for his own domain, that looks like Dana's."""
    evil = results(of=EVIL)
    for name, sender in {
        "her address as the name": f'From: "{DANA}" <mallory@{EVIL}>',
        "her name": f"From: Dana Ortiz <mallory@{EVIL}>",
        "her address in an encoded word": f"From: =?utf-8?q?dana=40harborvoice.example?= <mallory@{EVIL}>",
        "her address in a comment": f"From: mallory@{EVIL} ({DANA})",
        "her address in a comment before": f"From: ({DANA}) mallory@{EVIL}",
        "two addresses": f"From: {DANA}, mallory@{EVIL}",
        "two addresses, hers last": f"From: mallory@{EVIL}, {DANA}",
        "a group": f"From: {DANA}: mallory@{EVIL};",
        "a group of her alone": f"From: us: {DANA};",
        "a route": f"From: <@{EVIL}:{DANA}>",
        "a second bracket": f"From: Dana <{DANA}> <mallory@{EVIL}>",
        "a percent": f"From: Dana <dana%harborvoice.example@{EVIL}>",
        "a NUL": f"From: Dana <{DANA}\x00@{EVIL}>",
        "a broken quote": f'From: "Dana <{DANA}> <mallory@{EVIL}>',
    }.items():
        yield Spoof("H9", name, border, Letter(sender=(sender,)).behind(border, evil))
    yield Spoof(
        "H9", "two From", border, Letter(sender=(f"From: {DANA}", f"From: mallory@{EVIL}")).behind(border, evil)
    )
    both = Letter(sender=(f"From: mallory@{EVIL}", f"From: {DANA}"))
    yield Spoof("H9", "two From, and a pass for hers", border, both.behind(border, results()))
    yield Spoof("H9", "no From", border, Letter(sender=(f"Sender: {DANA}",)).behind(border, results()))
    mallory = f"From: Mallory <mallory@{EVIL}>"
    for name in (
        "Sender",
        "Reply-To",
        "Resent-From",
        "Resent-Sender",
        "Return-Path",
        "X-Original-From",
        "Apparently-From",
    ):
        letter = Letter(sender=(mallory, f"{name}: Dana <{DANA}>"))
        yield Spoof("H10", f"her address in {name}", border, letter.behind(border, evil), Ends.ASKED)
    spaced = Letter(sender=(mallory, f"From : {DANA}", f" From: {DANA}"))
    yield Spoof("H10", "her address in what is no From", border, spaced.behind(border, evil))
    for name, domain in {
        "punycode": "xn--harborvice-0jg.example",
        "Cyrillic letters": "harb\u043ervoice.example",
        "full width": "ｈarborvoice.example",
        "a zero width space": "harbor\u200bvoice.example",
        "a hyphen": "harbor-voice.example",
        "a subdomain": f"mail.{OURS}",
        "another top": "harborvoice.test",
        "a longer one": f"{OURS}.{EVIL}",
    }.items():
        letter = Letter(sender=(f"From: Dana Ortiz <dana@{domain}>",))
        yield Spoof("H11", f"a look-alike domain: {name}", border, letter.behind(border, results(of=domain)))
    customer = Letter(sender=(f"From: Jane Roe <{JANE}>",), text=f"#close\n{WORDS}")
    proven = results(of="acme-dental.example")
    # She writes for herself: her own words are a message of hers, and no command.
    yield Spoof("H15", "a customer with an agent's token", border, customer.behind(border, proven))
    yield Spoof("H15", "a customer's command", border, Letter(
        sender=customer.sender, token=TOKENS["a customer's"], text="#close\n#severity critical").behind(border, proven))  # fmt: skip
    yield Spoof(
        "H15", "a forged customer with it", border, customer.behind(border, results("fail", "acme-dental.example"))
    )
    as_bob = Letter(sender=(f"From: Bob Lind <{BOB}>",))
    yield Spoof("4.3", "another agent with her token", border, as_bob.behind(border, results()), Ends.APART)
    yield Spoof(
        "4.3", "another agent unproven with her token", border, as_bob.behind(border, results("none")), Ends.APART
    )
    foreign = Letter(sender=(f"From: Mallory <mallory@{EVIL}>",))
    yield Spoof("4.3", "a stranger with her token", border, foreign.behind(border, evil), Ends.ASKED)
    yield Spoof(
        "4.3", "an unproven stranger with her token", border, foreign.behind(border, results("none", EVIL)), Ends.ASKED
    )
    yield Spoof(
        "4.3", "a failed stranger with her token", border, foreign.behind(border, results("fail", EVIL)), Ends.APART
    )
    unknown = Letter(sender=(f"From: Mallory <mallory@{EVIL}>",), token="", text=f"#close\n{WORDS}")
    yield Spoof("4.3", "an unproven stranger without one", border, unknown.behind(border, results("none", EVIL)))
    copied = Letter(token="", to=JANE, fields=(f"Cc: {SUPPORT}", "In-Reply-To: <q1@acme-dental.example>"))
    yield Spoof("4.3", "an unproven copy of an answer", border, copied.behind(border, results("none")))
    yield Spoof("4.3", "a failed copy of an answer", border, copied.behind(border, results("fail")), Ends.APART)
    ours = Letter(sender=(f"From: Harbor Voice <{SUPPORT}>",))
    yield Spoof("H31", "from the support address", border, ours.behind(border, results("none")))
    yield Spoof("H31", "from the support address, failed", border, ours.behind(border, results("fail")), Ends.APART)


def _automatic(border: Border) -> Iterator[Spoof]:
    """Yield what Dana's program sends without her, proven and with her token (H16, H33 to H35)."""
    proven = results()
    for name, fields in {
        "an out-of-office note": ("Auto-Submitted: auto-replied",),
        "Auto-Submitted in odd case": ("auto-submitted: (x) Auto-Generated",),
        "Exchange's mark": ("X-Auto-Response-Suppress: All", "Auto-Submitted: auto-replied"),
        "X-Autoreply": ("X-Autoreply: yes",),
        "Precedence": ("Precedence: auto_reply",),
        "a list": ("List-Id: <team.harborvoice.example>", "List-Unsubscribe: <mailto:x@harborvoice.example>"),
    }.items():
        letter = Letter(fields=fields, text=f"I am away until Monday.\n{WORDS}", subject="Automatic reply: A question")
        yield Spoof("H16", name, border, letter.behind(border, proven))
    note = Letter(text="I am out of the office until Monday.", subject="Automatic reply: A question")
    yield Spoof("H16", "a note without any mark", border, note.behind(border, proven))
    status = "Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; dana@harborvoice.example\nAction: failed\nStatus: 5.1.1"
    for name, sender, report in (
        ("a bounce", f"MAILER-DAEMON@{OURS}", "delivery-status"),
        ("a receipt", DANA, "disposition-notification"),
    ):
        letter = Letter(
            sender=(f"From: {sender}",),
            kind=(f"Content-Type: multipart/report; report-type={report}; boundary=b",),
            text=f"--b\n\n{WORDS}\n--b\nContent-Type: message/{report}\n\n{status}\n--b--",
        )
        yield Spoof("H16", name, border, letter.behind(border, proven))
    meeting = Letter(
        kind=("Content-Type: text/calendar; method=REPLY",), text="BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"
    )
    yield Spoof("H16", "an answer to an invitation", border, meeting.behind(border, proven))


def spoofs() -> list[Spoof]:
    """Return all of them, behind every border."""
    kinds = (_by_evidence, _by_token, _by_identity, _automatic)
    return [spoof for border in BORDERS for kind in kinds for spoof in kind(border)]
