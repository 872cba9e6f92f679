"""Whatever an agent's reply is made of, what is private to us leaves only after the agent was asked."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from functools import cache
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot import config
from mailbot.deciding.agents.leaving import Leaving, leaving
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.context import Arrival, Context, Relayed, Source
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Keyring, Purpose, issue
from mailbot.deciding.understanding import understand
from mailbot.reading.model import Border, Envelope
from mailbot.rules import Rules

KEYRING = Keyring(1, {1: b"a key for one test".ljust(32)})
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AGENT = "dana@harborvoice.example"
NUMBER = "+1 212 555 0190"
ASKED = "Can we keep our numbers?\nAnd when does the technician come?\nThanks, Jane"
OURS = "1. Ask which of the numbers are to be kept and which are not."
ABOUT = "Call:       +1 212 555 0142 (a line of Acme Dental)"
BESIDE = "They never pay their bills in time, be careful with promises."
TOKEN = issue(KEYRING, Purpose.RELAY, 1001, AGENT, NOW.date().replace(year=2027))
RELAY = f"A reply to this mail goes to Jane.\n\n> {ASKED}\n\n{ABOUT}\n\n{OURS}\n\n{BESIDE}\n\nRef: {TOKEN}".replace(
    ASKED, ASKED.replace("\n", "\n> ")
)
SECRETS = (AGENT, NUMBER, "2125550190", OURS[3:], ABOUT[10:], BESIDE, TOKEN, "40.7128 N", "Dana-Private")


RULES = f"""[partner]
brand = "Harbor Voice"
address = "support@harborvoice.example"
phone = "+1 617 555 0100"
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{AGENT}"]
[[tenant]]
id = "acme"
name = "Acme Dental"
domains = ["acme-dental.example"]
"""


@cache
def rules() -> Rules:
    with TemporaryDirectory() as folder:
        (Path(folder) / "rules.toml").write_text(RULES, encoding="utf-8")
        return config.load(Path(folder))


def leaves(mail: EmailMessage) -> Leaving:
    understood = understand(mail.as_bytes(), Envelope(), Border(), rules())
    arrival = Arrival(2, Source.IMAP, NOW, Envelope())
    context = Context(relayed=Relayed(ASKED, RELAY, (ASKED,), ()))
    at = Situation.of(understood, arrival, context, rules(), KEYRING, NOW)
    [agent] = rules().agent
    return leaving(at, agent, "acme", new_words(at.message, rules()))


def said(found: Leaving) -> str:
    """Return all that a customer could read of it, by whatever means."""
    files = " ".join(f"{file.name} {file.octets!r}" for file in found.files)
    pictures = " ".join(repr(picture.octets) for picture in found.pictures)
    shown = f"{found.text} {found.html} {unescape(unquote(found.html))} {files} {pictures}"
    return f"{shown} {''.join(character for character in shown if character.isdigit())}" if NUMBER in shown else shown


def photograph() -> bytes:
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0 40.7128 N Dana-Private"
    shown = b"\xff\xc0\0\x0b\x08\0\x1e\0\x14\x01\x01\x11\0\xff\xda\0\x02\x10\x20\xff\xd9"
    return b"\xff\xd8\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + shown + b"40.7128 N"


WORDS = st.sampled_from(
    ["It works again.", "Hello Jane,", "", "All of them, and the fax as well.", "See https://harborvoice.example/help"]
)
QUOTED = st.sampled_from([f"> {line}".rstrip() for line in RELAY.split("\n")])
CLOSING = st.sampled_from(
    [
        "",
        "Best wishes\nDana",
        f"Best wishes\nDana Ortiz\n{NUMBER}",
        f"Dana Ortiz | {NUMBER} | {AGENT}",
        f"-- \nDana Ortiz\n{AGENT}",
        f"Cheers\n{NUMBER}",
        f"Dana\nHarbor Voice\nMobile {NUMBER}\nSent from my iPhone",
        f"Write to {AGENT}\nDana",
    ]
)
NAMES = st.sampled_from(["bill.pdf", f"scan {AGENT}.pdf", "Dana-Private.vcf", "IMG_1.jpg", "IMG_2.heic", "Fwd.eml"])


@st.composite
def replies(draw: st.DrawFn) -> EmailMessage:
    """A reply as some program composes it: words, lines of the relay, a closing, files, links, pictures."""
    lines = draw(st.lists(st.one_of(WORDS, QUOTED), max_size=8))
    text = "\n".join([*lines, "", draw(CLOSING)])
    below = "\n".join(f"> {line}".rstrip() for line in RELAY.split("\n"))
    quotation = f"\n\nOn Mon, Nov 23, 2026 at 10:00 AM Jane <support@harborvoice.example> wrote:\n{below}\n"
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"] = f"Dana Ortiz <{AGENT}>", "support@harborvoice.example"
    mail["Subject"], mail["In-Reply-To"] = "Re: [1001] A question", f"<{TOKEN}.1r@harborvoice.example>"
    mail.set_content(text + quotation)
    if draw(st.booleans()):
        href = draw(st.sampled_from([f"mailto:{AGENT}", f"https://harborvoice.example/?by={AGENT}", f"tel:{NUMBER}"]))
        html = "<br>".join(escape(line) for line in text.split("\n")).replace("works", f'<a href="{href}">works</a>')
        alt = draw(st.sampled_from(["", AGENT, "Dana-Private"]))
        html = f'{html}<img src="cid:a@{AGENT}" alt="{alt}" title="{AGENT}">' + escape(quotation).replace("\n", "<br>")
        mail.add_alternative(html, subtype="html")
        [shown] = [part for part in mail.walk() if part.get_content_type() == "text/html"]
        shown.add_related(photograph(), "image", "jpeg", cid=f"<a@{AGENT}>", filename=f"{AGENT}.jpg")
    for name in draw(st.lists(NAMES, max_size=2)):
        kind = {"jpg": "image/jpeg", "heic": "image/heic", "vcf": "text/vcard", "eml": "text/plain"}.get(name[-3:], "")
        octets = photograph() if name.endswith("jpg") else b"%PDF-1.7"
        maintype, _, subtype = (kind or "application/pdf").partition("/")
        if maintype == "text":
            mail.add_attachment(f"BEGIN:VCARD\nFN:Dana Ortiz\nTEL:{NUMBER}\n", subtype=subtype, filename=name)
        else:
            mail.add_attachment(octets, maintype, subtype, filename=name)
    return mail


@settings(max_examples=150)
@given(replies())
def test_nothing_private_leaves_unasked(mail: EmailMessage) -> None:
    found = leaves(mail)
    if not found.doubts:
        assert [secret for secret in SECRETS if secret.lower() in said(found).lower()] == [], found.text


def test_what_is_searched_for_would_be_found() -> None:
    """The same replies say it; nothing of the search hides it."""
    mail = EmailMessage(policy.SMTP)
    mail["From"], mail["To"] = f"Dana Ortiz <{AGENT}>", "support@harborvoice.example"
    mail["In-Reply-To"] = f"<{TOKEN}.1r@harborvoice.example>"
    mail.set_content(f"Write to {AGENT} or call {NUMBER} at any time, please.")
    found = leaves(mail)
    assert found.doubts
    assert {AGENT, NUMBER} <= {secret for secret in SECRETS if secret in said(found)}
