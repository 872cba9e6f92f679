"""What the libraries that others use make of the same messages, by the same figures.

They are installed for this comparison only (`make scorecard SCORECARD_ARGS=--peers`) and used as their documentation
says. Each is asked for what it is made for. Reply text is taken from the text that we read, so that only the stripping
is compared. One that raises, or takes longer than five seconds for a message, has that message wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email import message_from_bytes
from importlib.metadata import version

import email_reply_parser
import mailparser
import mailparser_reply
from flufl.bounce import all_failures

from mailbot.deciding.classify import Classification
from mailbot.reading.model import Attachment, Automatic, AutomaticKind, Bounce, BounceAction, Mailbox, Message
from mailbot.rules import Playbook, Severity
from tests.prove.readers import at_most
from tests.scorecard.rows import Row, Text

_SECONDS = 5
_LANGUAGES = ["en", "da", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "cs", "he"]
_HEADER = frozenset({"subject", "from", "from name", "message id", "in reply to", "references", "malformed headers"})
_REPLY = frozenset({"reply text", "reply: no word lost"})


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, the figures it is asked for, and how: `read` gets the message as we read it."""

    name: str
    figures: frozenset[str]
    read: Callable[[Row, Message], Message]

    def asked(self, row: Row, ours: Message) -> Message:
        """Return what it says; a message with nothing right in it where it fails."""
        try:
            with at_most(_SECONDS):
                return self.read(row, ours)
        except Exception:  # noqa: BLE001 - whatever it raises is what its user gets
            return Message(subject="(raised)", text="(raised)", reply_text="(raised)")


def _mail_parser(row: Row, _ours: Message) -> Message:
    found = mailparser.parse_from_bytes(row.octets)
    return Message(
        subject=found.subject or "",
        from_=tuple(Mailbox(name, address) for name, address in found.from_),
        message_id=(found.message_id or "").strip("<>") or None,
        in_reply_to=_first_id(found.headers.get("In-Reply-To", "")),
        references=tuple(one.strip("<>") for one in str(found.headers.get("References", "")).split()),
        text="\n".join(found.text_plain or found.text_html or [found.body]),
        attachments=tuple(
            Attachment(one["filename"], one["mail_content_type"], len(one["payload"]), "") for one in found.attachments
        ),
    )


def _first_id(value: object) -> str | None:
    ids = str(value).split()
    return ids[0].strip("<>") if ids else None


def _mail_parser_reply(_row: Row, ours: Message) -> Message:
    found = mailparser_reply.EmailReplyParser(languages=_LANGUAGES).parse_reply(text=ours.text)
    return replace(ours, reply_text=found or "")


def _email_reply_parser(_row: Row, ours: Message) -> Message:
    return replace(ours, reply_text=email_reply_parser.EmailReplyParser.parse_reply(ours.text))


def _flufl(row: Row, _ours: Message) -> Message:
    delayed, failed = all_failures(message_from_bytes(row.octets))
    recipients = tuple(octets.decode("ascii", "replace") for octets in sorted(delayed | failed))
    if not recipients:
        return Message()
    action = BounceAction.FAILED if failed else BounceAction.DELAYED
    return Message(automatic=Automatic(AutomaticKind.BOUNCE), bounce=Bounce(recipients, action))


PEERS = (
    Peer(f"mail-parser {version('mail-parser')}", _HEADER | {"charset", "body", "attachments"}, _mail_parser),
    Peer(f"mail-parser-reply {version('mail-parser-reply')}", _REPLY, _mail_parser_reply),
    Peer(f"email-reply-parser {version('email-reply-parser')}", _REPLY, _email_reply_parser),
    Peer(f"flufl.bounce {version('flufl.bounce')}", frozenset({"bounce seen", "bounce recipient"}), _flufl),
)

_CRITICAL = ("down", "outage", "emergency", "urgent", "critical", "asap", "not working", "911")
_HIGH = ("cannot", "can't", "unable", "no audio", "dropped", "failing", "error", "problem")
_LOW = ("question", "how do i", "request", "would like", "feature", "please add")
_PLAYBOOKS = {
    Playbook.OUTBOUND_CALLS: ("outbound", "cannot call", "can't call", "dial out"),
    Playbook.VOICEMAIL_EMAIL: ("voicemail",),
    Playbook.CALLER_ID_NAME: ("caller id", "cnam"),
    Playbook.PHONE_REGISTRATION: ("register", "registration", "offline"),
    Playbook.PORT_OUT: ("port out", "port away"),
    Playbook.PORT_IN: ("port",),
}


def keywords(text: Text) -> Classification:
    """Return what a plain list of words says, as an afternoon's work would have it."""
    words = f"{text.subject}\n{text.body}".lower()
    severity = next(
        (
            severity
            for severity, marks in ((Severity.CRITICAL, _CRITICAL), (Severity.HIGH, _HIGH), (Severity.LOW, _LOW))
            if any(mark in words for mark in marks)
        ),
        Severity.NORMAL,
    )
    playbook = next((one for one, marks in _PLAYBOOKS.items() if any(mark in words for mark in marks)), None)
    return Classification(severity, playbook)
