"""Where the demo's mail goes instead of to a relay: a folder of files to open, with a page that lists them.

Each mail is kept twice: as `.eml`, octet for octet what a relay would get under a Return-Path field
with the reverse-path, and its HTML part as `.html`, which any browser shows as the recipient sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

from mailbot.delivery.transport import Accepted

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail as it left; `eml` and `html` are the files' names."""

    number: int
    recipient: str
    reverse_path: str
    raw: bytes
    mail: EmailMessage
    eml: str
    html: str

    @property
    def message_id(self) -> str:
        """Return the Message-ID without its angle brackets."""
        return str(self.mail["Message-ID"]).strip("<> ")

    @property
    def subject(self) -> str:
        """Return the subject, decoded."""
        return str(self.mail["Subject"])

    def part(self, kind: str) -> str:
        """Return the "plain" or "html" part, decoded, its lines parted by LF; "" if there is none."""
        body = self.mail.get_body((kind,))
        return str(body.get_content()).replace("\r\n", "\n") if isinstance(body, EmailMessage) else ""


class SentFolder:
    """A Transport that writes every mail into one folder, in order."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder, which exists."""
        self._folder = folder
        self.mails: list[Sent] = []

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Write one mail as its two files."""
        number = len(self.mails) + 1
        stem = f"{number:02d}-{recipient}"
        mail = message_from_bytes(raw, policy=default)
        sent = Sent(number, recipient, reverse_path, raw, mail, f"{stem}.eml", f"{stem}.html")
        (self._folder / sent.eml).write_bytes(f"Return-Path: <{reverse_path}>\r\n".encode() + raw)
        (self._folder / sent.html).write_text(sent.part("html"), "utf-8")
        self.mails.append(sent)
        return Accepted(250, f"2.0.0 kept as {sent.eml}")

    def rest(self) -> None:
        """Nothing to close between two mails."""

    def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One mail with what the log knows of it: when it left, in local time, why, and whether it came back."""

    sent: Sent
    at: datetime
    kind: str
    ticket: int | None
    why: str
    returned: str = ""

    @property
    def for_team(self) -> bool:
        """Return whether this is for our own people: a notice, or the weekly mail."""
        return self.kind in {"notice", "digest"}


def write_index(folder: Path, brand: str, mails: list[Listed]) -> Path:
    """Write the page that lists the mails; return its path."""
    groups = (
        ("To customers", [mail for mail in mails if not mail.for_team]),
        ("To the support team", [mail for mail in mails if mail.for_team]),
    )
    sections = "\n".join(_section(title, group) for title, group in groups if group)
    path = folder / INDEX
    path.write_text(_PAGE.format(brand=escape(brand), style=_STYLE, sections=sections), "utf-8")
    return path


def _section(title: str, mails: list[Listed]) -> str:
    items = "\n".join(_item(mail) for mail in mails)
    return f"<h2>{escape(title)} <span>{len(mails)}</span></h2>\n<ul>\n{items}\n</ul>"


def _item(mail: Listed) -> str:
    sent = mail.sent
    language = escape(str(sent.mail["Content-Language"] or "en"))
    returned = f'<p class="back">Came back: {escape(mail.returned)}</p>\n' if mail.returned else ""
    return (
        f'<li class="{escape(mail.kind)}">\n'
        f'<p class="meta"><time datetime="{mail.at.isoformat()}">{mail.at:%a %H:%M %Z}</time> '
        f"<b>{escape(mail.kind.replace('-', ' '))}</b> to {escape(sent.recipient)}</p>\n"
        f'<p class="subject"><a href="{escape(sent.html)}" lang="{language}">{escape(sent.subject)}</a></p>\n'
        f'<p class="why">{escape(mail.why[:1].upper() + mail.why[1:])} '
        f'<a href="{escape(sent.eml)}">.eml</a></p>\n'
        f"{returned}</li>"
    )


_STYLE = """
:root { color-scheme: light dark; --page: #eef1f5; --card: #fff; --text: #1c2533; --soft: #586578;
  --line: #dce1e8; --link: #1f5fae; --urgent: #b3261e; --warn: #5c3b00; --warn-card: #fdf1dc; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1b212a; --text: #e2e7ee; --soft: #a3afbf; --line: #2c3541;
    --link: #8dbbf5; --urgent: #ff8a80; --warn: #fbe3b3; --warn-card: #46340f; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--page); color: var(--text); padding: 24px 12px 48px;
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 720px; margin: 0 auto; }
h1 { font-size: 23px; line-height: 1.3; }
h2 { font-size: 16px; margin: 28px 0 8px; }
h2 span { color: var(--soft); font-weight: 400; }
.lead, .meta, .why { color: var(--soft); }
.lead { margin-top: 6px; }
ul { list-style: none; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
li { padding: 12px 18px; }
li + li { border-top: 1px solid var(--line); }
.meta, .why { font-size: 14px; overflow-wrap: anywhere; }
.meta b { font-weight: 600; color: var(--text); }
.emergency .meta b { color: var(--urgent); }
.meta time { font-variant-numeric: tabular-nums; }
.subject { font-size: 17px; line-height: 1.4; font-weight: 600; margin: 1px 0; overflow-wrap: anywhere; }
.why a { padding: 6px; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
.back { display: inline-block; margin-top: 6px; padding: 2px 10px; border-radius: 8px; font-size: 14px;
  color: var(--warn); background: var(--warn-card); }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mail of the demo</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>What {brand} sent</h1>
<p class="lead">Every mail that left in the demo, and why. The times beside it are those of the desk
in New York; a customer's mail speaks in the customer's own time. A subject opens the mail as its recipient sees it,
<code>.eml</code> is the mail as it left, for a mail program.</p>
{sections}
</main>
</body>
</html>
"""
