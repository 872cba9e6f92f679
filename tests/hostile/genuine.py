"""Mails of agents as their programs write them, behind each border: all that may differ and yet be theirs.

Each is a reply to a relay that fits all rules but for what its name says. Its words are its own, so that what the
customer gets is told apart from what the others bring.
"""

# ruff: noqa: E501, S608 - a case is one line; statements of constants

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from html import escape
from itertools import count
from quopri import encodestring

from tests.hostile.borders import BORDERS, OURS, SUPPORT, Border, results
from tests.hostile.spoofs import BOB, DANA
from tests.hostile.staffed import IDN, SECOND
from tests.service.office import Sent

_number = count(1)


class Ends(StrEnum):
    """What is to become of a genuine mail."""

    SENT = "the customer gets the words, and nothing else"
    DONE = "its commands are done, and the customer gets nothing"
    BOTH = "both"
    ASKED = "asked back, and sent on yes"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply before it is written. `carriers` are where the token stands: address, ids, text; `quote` quotes the relay."""

    words: str
    sender: str = f"Dana Ortiz <{DANA}>"
    commands: str = ""
    found: str | None = field(default_factory=results)
    carriers: str = "address ids text"
    quote: Callable[[Sent], str] = lambda relay: _marked(
        "On Mon, Nov 23, 2026 at 10:00 AM Jane Roe · Acme Dental <support@harborvoice.example> wrote:", relay
    )
    encoding: str = "8bit"
    html: Callable[[str, Sent], str] | None = None
    fields: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: str = ""
    case: Callable[[str], str] = str
    agent: str = DANA
    ticket: int = 1001

    def written(self, border: Border, relay: Sent) -> bytes:
        """Return the reply to that relay as the border's mailbox shows it."""
        token = relay.message_id.partition(".")[0]
        domain = SUPPORT.partition("@")[2]
        to = f"support+{self.case(token)}@{domain}" if "address" in self.carriers else SUPPORT
        ids = self.case(relay.message_id) if "ids" in self.carriers else "unknown@elsewhere.example"
        quoted = self.quote(relay)
        if "text" not in self.carriers:
            quoted = "\n".join(line for line in quoted.splitlines() if "Ref:" not in line)
        text = "\n".join(filter(None, (self.commands, self.words, self.below))) + quoted
        kind, body = self._body(text, relay)
        head = border.head(
            self.found,
            [
                *self.above,
                f"From: {self.sender}",
                f"To: Jane Roe <{to}>",
                f"Subject: Re: {relay.mail['Subject']}",
                "Date: Mon, 23 Nov 2026 10:04:00 -0500",
                f"Message-ID: <genuine-{next(_number)}@phone.example>",
                f"In-Reply-To: <{ids}>",
                f"References: <notices.1001@{OURS}> <{ids}>",
                "MIME-Version: 1.0",
                *self.fields,
                *kind,
            ],
        )
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"

    def _body(self, text: str, relay: Sent) -> tuple[list[str], bytes]:
        if self.html is None:
            return self._coded(text, "plain")
        kind, marked_up = self._coded(self.html("\n".join(filter(None, (self.commands, self.words))), relay), "html")
        if self.encoding == "html alone":
            return kind, marked_up
        plain_kind, plain = self._coded(text, "plain")
        parts = [
            ("\n".join(head).encode() + b"\n\n" + octets) for head, octets in ((plain_kind, plain), (kind, marked_up))
        ]
        return ["Content-Type: multipart/alternative; boundary=b1"], b"".join(
            b"--b1\n" + part + b"\n" for part in parts
        ) + b"--b1--"

    def _coded(self, text: str, kind: str) -> tuple[list[str], bytes]:
        octets, coding = text.encode(), "8bit"
        if self.encoding == "base64":
            octets, coding = encodebytes(octets.replace(b"\n", b"\r\n")), "base64"
        elif self.encoding == "quoted-printable":
            octets, coding = encodestring(octets), "quoted-printable"
        return [f"Content-Type: text/{kind}; charset=utf-8", f"Content-Transfer-Encoding: {coding}"], octets


@dataclass(frozen=True, slots=True)
class Genuine:
    """One genuine mail; `check` is what its commands are to have done: a statement and its value."""

    name: str
    border: Border
    reply: Reply
    ends: Ends = Ends.SENT
    check: tuple[str, object] | None = None
    yes: str = "yes"

    def __str__(self) -> str:
        return f"{self.border.id} {self.name}"


def _marked(line: str, relay: Sent) -> str:
    quoted = "\n".join(f"> {one}".rstrip() for one in relay.text.splitlines())
    return f"\n\n{line}\n{quoted}\n"


def _unmarked(*lines: str) -> Callable[[Sent], str]:
    return lambda relay: "\n\n" + "\n".join(lines) + f"\n\n{relay.text}"


_WHO = f"Jane Roe · Acme Dental <{SUPPORT}>"
_QUOTES: dict[str, Callable[[Sent], str]] = {
    "Gmail": lambda relay: _marked(f"On Mon, Nov 23, 2026 at 10:00 AM {_WHO} wrote:", relay),
    "Gmail, two lines": lambda relay: _marked(
        f"On Mon, Nov 23, 2026 at 10:00 AM Jane Roe · Acme Dental\n<{SUPPORT}> wrote:", relay
    ),
    "Gmail in German": lambda relay: _marked(f"Am Mo., 23. Nov. 2026 um 16:00 Uhr schrieb {_WHO}:", relay),
    "Gmail in French": lambda relay: _marked(f"Le lun. 23 nov. 2026 à 16:00, {_WHO} a écrit :", relay),
    "Gmail in Spanish": lambda relay: _marked(f"El lun, 23 nov 2026 a las 10:00, {_WHO} escribió:", relay),
    "Gmail in Portuguese": lambda relay: _marked(f"Em seg., 23 de nov. de 2026 às 10:00, {_WHO} escreveu:", relay),
    "Apple Mail": lambda relay: _marked("> On 23 Nov 2026, at 10:00, Jane Roe · Acme Dental wrote:\n>", relay),
    "Thunderbird": lambda relay: _marked("On 11/23/26 10:00 AM, Jane Roe · Acme Dental wrote:", relay),
    "Outlook": _unmarked(
        "________________________________",
        f"From: {_WHO}",
        "Sent: Monday, November 23, 2026 10:00 AM",
        f"To: Dana Ortiz <{DANA}>",
        "Subject: [1001] A question",
    ),
    "Outlook, in German": _unmarked(
        f"Von: {_WHO}",
        "Gesendet: Montag, 23. November 2026 16:00",
        f"An: Dana Ortiz <{DANA}>",
        "Betreff: [1001] A question",
    ),
    "Outlook, original message": _unmarked(
        "-----Original Message-----",
        f"From: {_WHO}",
        "Sent: Monday, November 23, 2026 10:00 AM",
        f"To: Dana Ortiz <{DANA}>",
        "Subject: [1001] A question",
    ),
    "nothing quoted": lambda _relay: "\n",
}


def _paragraphs(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))


_MARKUP: dict[str, Callable[[str, Sent], str]] = {
    "Gmail": lambda text, relay: (
        f'<div dir="ltr">{_paragraphs(text)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f'On Mon, Nov 23, 2026 at 10:00 AM Jane Roe wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{_paragraphs(relay.text)}</blockquote></div>'
    ),
    "Outlook": lambda text, relay: (
        f'<html><body><div style="font-family: Aptos">{_paragraphs(text)}</div><hr tabindex="-1" style="width:98%"><div id="divRplyFwdMsg" dir="ltr">'
        f"<b>From:</b> Jane Roe<br><b>Sent:</b> Monday, November 23, 2026 10:00 AM<br><b>To:</b> Dana<br><b>Subject:</b> A question</div><div>{_paragraphs(relay.text)}</div></body></html>"
    ),
    "Apple Mail": lambda text, relay: (
        f'<html><body style="overflow-wrap: break-word;">{_paragraphs(text)}<br><div><blockquote type="cite"><div>On 23 Nov 2026, at 10:00, Jane Roe wrote:</div>'
        f"{_paragraphs(relay.text)}</blockquote></div></body></html>"
    ),
    "Thunderbird": lambda text, relay: (
        f'<html><body>{_paragraphs(text)}<div class="moz-cite-prefix">On 11/23/26 10:00 AM, Jane Roe wrote:<br></div>'
        f'<blockquote type="cite" cite="mid:x">{_paragraphs(relay.text)}</blockquote></body></html>'
    ),
}


def _as_written() -> Iterator[tuple[str, Reply]]:
    """Yield the ways in which programs write, quote and encode a reply."""
    for name, quote in _QUOTES.items():
        yield f"quoted by {name}", Reply(f"Please upload it under Sounds ({name}).", quote=quote)
    for name, html in _MARKUP.items():
        quote = _QUOTES[name]
        yield f"HTML of {name}", Reply(f"Please upload it, and look at HTML of {name}.", quote=quote, html=html)
        alone = Reply(f"Please upload it, only HTML of {name}.", html=html, encoding="html alone")
        yield f"only HTML of {name}", replace(alone, carriers="address ids text")
    for coding in ("base64", "quoted-printable"):
        yield f"in {coding}", Reply(f"Größe und Länge: bitte hochladen, {coding}.", encoding=coding)
    for carriers in ("address", "ids", "text", "address ids", "ids text"):
        yield f"the token in {carriers}", Reply(f"Please upload it, by {carriers}.", carriers=carriers)
    yield "a token in capitals", Reply("Please upload it, IN CAPITALS.", case=str.upper, carriers="address ids")
    yield "a telephone's line", Reply("Please upload it from your phone.", below="\nSent from my iPhone")
    yield "a signature", Reply("Please upload it, signed.", below=f"\n-- \nDana Ortiz\n+1 212 555 0190\n{DANA}")
    yield "many lines", Reply("Please do this:\n\n1. Open Settings.\n2. Choose Sounds.\n\nThen call me, many lines.")
    yield "a hash in the words", Reply("Please press #1 on the phone and upload it.")


def _as_sent() -> Iterator[tuple[str, Reply]]:
    """Yield the ways in which it is from an agent."""
    for name, sender in {
        "the bare address": DANA,
        "in capitals": "DANA@HARBORVOICE.EXAMPLE",
        "a name in quotes": f'"Ortiz, Dana" <{DANA}>',
        "an encoded name": f"=?utf-8?q?Dana_=C3=96rtiz?= <{DANA}>",
        "her address as her name": f'"{DANA}" <{DANA}>',
        "another name": f"Support night shift <{DANA}>",
    }.items():
        yield f"From: {name}", Reply(f"Please upload it, From is {name}.", sender=sender)
    yield (
        "her second address",
        Reply("Please upload it, from my second one.", sender=SECOND, found=results(of="mailbox.example")),
    )
    punycode = "b\u00fccher.example".encode("idna").decode()
    yield (
        "a domain in A-labels",
        Reply("Please upload it, from a third one.", sender=f"eva@{punycode}", found=results(of=punycode)),
    )
    yield (
        "a domain in its own letters",
        Reply("Please upload it, from a fourth one.", sender=IDN, found=results(of=punycode)),
    )
    aligned = f"dkim=pass header.d={OURS} header.s=s1; spf=fail smtp.mailfrom=x.example"
    yield "DKIM alone", Reply("Please upload it, signed by DKIM.", found=aligned)
    yield (
        "a forged field of somebody else below",
        Reply(
            "Please upload it, whatever stands below.",
            above=(
                "Received: from phone by out.sender.example; Mon, 23 Nov 2026 06:59:00 -0800",
                "Authentication-Results: mx.evil.example; dmarc=fail header.from=harborvoice.example",
            ),
        ),
    )
    yield "a spam mark", Reply("Please upload it, it is no spam.", fields=("X-Spam-Flag: YES",))
    yield (
        "a request for a receipt",
        Reply("Please upload it, and I know it.", fields=(f"Disposition-Notification-To: {DANA}", f"Reply-To: {DANA}")),
    )
    yield "another agent", Reply("Please add it under Phones.", sender=f"Bob Lind <{BOB}>", agent=BOB, ticket=1002)


_STATE = "SELECT state FROM ticket WHERE id = 1001"


def _ordered(border: Border) -> Iterator[Genuine]:
    """Yield commands, alone and above words."""
    state, severity = _STATE, "SELECT severity FROM ticket WHERE id = 1001"
    yield Genuine("#close alone", border, Reply("", commands="#close"), Ends.DONE, (state, "closed"))
    yield Genuine("#Close: alone", border, Reply("", commands="#CLOSE"), Ends.DONE, (state, "closed"))
    yield Genuine(
        "#close and words", border, Reply("It works again, closed.", commands="#close"), Ends.BOTH, (state, "closed")
    )
    yield Genuine("#severity alone", border, Reply("", commands="#severity high"), Ends.DONE, (severity, "high"))
    both = Reply("We look into it, high.", commands="#severity high\n#close")
    yield Genuine("two commands and words", border, both, Ends.BOTH, (severity, "high"))
    note = f"she is in a hurry, says {border.id}"
    noted = f"SELECT count(*) FROM entry WHERE ticket_id = 1001 AND reply_text LIKE '%{note}%'"
    yield Genuine("#note", border, Reply("", commands=f"#note {note}"), Ends.DONE, (noted, 1))
    called = f"we spoke, says {border.id}"
    yield Genuine(
        "#called",
        border,
        Reply("", commands=f"#called {called}"),
        Ends.DONE,
        (f"SELECT count(*) FROM entry WHERE kind = 'agent' AND text = '{called}'", 1),
    )
    html = Reply("It works again, HTML.", commands="#close", html=_MARKUP["Gmail"])
    yield Genuine("#close in HTML", border, html, Ends.BOTH, (state, "closed"))


def _asked_back(border: Border) -> Iterator[Genuine]:
    """Yield what lacks something, and is the agent's all the same: he says so."""
    for yes in ("yes", "Yes.", "ok", "Ja", "oui", "Sí", "sim", "send"):
        reply = Reply(f"Please upload it, unproven, {yes}", found=results("none"))
        yield Genuine(f"unproven, {yes}", border, reply, Ends.ASKED, yes=yes)
    for name, found in {
        "temperror": results("temperror"),
        "the border silent": results(None),
        "spf alone": "spf=pass",
    }.items():
        yield Genuine(name, border, Reply(f"Please upload it, {name}.", found=found), Ends.ASKED)
    for sender in ("dana@private.example", "Dana <d.ortiz@work.example>"):
        domain = sender.rpartition("@")[2].strip(">")
        reply = Reply(f"Please upload it, from {domain}.", sender=sender, found=results(of=domain))
        yield Genuine(f"from {sender}", border, reply, Ends.ASKED)
    unregistered = Reply(
        "Please upload it, neither proven nor known.",
        sender="dana@private.example",
        found=results("none", "private.example"),
    )
    yield Genuine("neither proven nor registered", border, unregistered, Ends.ASKED)
    order = Reply("It works again, unproven.", commands="#close", found=results("none"))
    yield Genuine("#close, unproven", border, order, Ends.ASKED, (_STATE, "closed"))
    bare = Reply("Please upload it, without a token.", carriers="none", quote=lambda _relay: "\n")
    yield Genuine("no token, the number in the subject", border, bare, Ends.ASKED)
    closing = replace(bare, words="It works again, without a token.", commands="#close")
    yield Genuine("#close and words without a token", border, closing, Ends.ASKED, (_STATE, "closed"))
    text = Reply("#1 priority for us: please upload it.")
    yield Genuine("words that look like a command", border, text, Ends.ASKED, yes="send")


def genuine() -> list[Genuine]:
    """Return all of them, behind every border."""
    found = []
    for border in BORDERS:
        for name, reply in (*_as_written(), *_as_sent()):
            found.append(Genuine(name, border, reply))
        found += [*_ordered(border), *_asked_back(border)]
    return found
