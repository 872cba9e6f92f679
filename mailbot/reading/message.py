"""Bytes to Message: the one door through which mail comes into the core.

The MIME tree, the text and everything that is security (who the sender is, what the border
attested) are read by our own modules; mail-parser reads the address fields and the
date of the header section, where its recovery of damaged real-world fields is the best there is.
It raises on some real mail, so every call is guarded and has our own reader behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import mailparser.core
import mailparser.dates
import mailparser.utils

from mailbot.errors import MessageError
from mailbot.reading.fields import address, dates, headers, messageid
from mailbot.reading.fields.encodedwords import decode_words
from mailbot.reading.fields.headers import HeaderSection, answered, referred
from mailbot.reading.model import (
    Authentication,
    Automatic,
    AutomaticKind,
    Border,
    Envelope,
    Keys,
    Mailbox,
    Message,
    Verdict,
)
from mailbot.reading.parts import body, structure
from mailbot.reading.quotation import forwarding, quoting
from mailbot.reading.verdicts.authres import read_authentication
from mailbot.reading.verdicts.automatic import read_automatic
from mailbot.reading.verdicts.bounce import read_bounce
from mailbot.reading.verdicts.dkimverify import verify
from mailbot.reading.verdicts.spam import read_spam

# mail-parser logs each oddity of a message as an error; they are in `defects` already.
mailparser.core.log.disabled = True
mailparser.utils.log.disabled = True

_ADDRESS_FIELDS = ("from", "reply-to", "to", "cc")
_MAX_RECEIVED = 200
_LONG_FIELD = 1 << 16
_LOOP = 100
_MAX_DATE = 200
T = TypeVar("T")


def read(
    raw: bytes,
    envelope: Envelope = Envelope(),  # noqa: B008 - frozen
    border: Border = Border(),  # noqa: B008 - frozen
    section: HeaderSection | None = None,
    *,
    keys: Keys | None = None,
) -> Message:
    """Return the message as far as it can be read; `section` is its header section, if that is at hand.

    Its DKIM signatures are verified if there are `keys`.

    Never raises anything but MessageError, and that only when there is nothing to read at all:
    no octets, or a defect of ours that is better quarantined than guessed about. (And MemoryError.)
    """
    if not raw or raw.isspace():
        raise MessageError("empty", "the message has no octets")
    try:
        return _read(raw, section or headers.split(raw), envelope, border, keys)
    except MemoryError:
        raise
    except (Exception, RecursionError) as error:
        raise MessageError("unreadable", f"{type(error).__name__}: {error}"[:500]) from error


def _read(raw: bytes, section: HeaderSection, envelope: Envelope, border: Border, keys: Keys | None) -> Message:
    root, defects = structure.read_tree(raw, section)
    trials = _Trials()
    shown = trials.run("body", lambda: body.read_body(root, raw), body.Body())
    section.charset = shown.charset
    header = _header(section)
    subject = section.text("subject")
    by_subject = forwarding.says_forwarded(subject)
    parts = trials.run("quotation", lambda: quoting.split(shown.text, forwarded=by_subject), quoting.Parts(shown.text))
    reverse_path = _reverse_path(section, envelope)
    froms = section.exact("from") if section.is_certain("from") else []
    sender = address.originator(froms, section.charset)
    bounced = trials.run("bounce", lambda: read_bounce(raw, root, section, shown, reverse_path), None)
    attached = trials.run("forwarding", lambda: "" if bounced else forwarding.attached(root), "")
    automatic = trials.run(
        "automatic",
        lambda: read_automatic(
            section,
            root,
            shown,
            parts.reply,
            from_=header.boxes["from"],
            bounce=bounced,
            reverse_path=reverse_path,
            border=border,
        ),
        # What cannot be judged is not answered.
        Automatic(AutomaticKind.AUTO_GENERATED, ("could not be judged",)),
    )
    return Message(
        subject=subject,
        from_=header.boxes["from"],
        reply_to=header.boxes["reply-to"],
        to=header.boxes["to"],
        cc=header.boxes["cc"],
        sender=sender,
        date=header.date,
        message_id=messageid.message_id(section.first("message-id")),
        in_reply_to=next(iter(answered(section)), None),
        references=referred(section),
        text=shown.text,
        reply_text=parts.reply,
        quoted_text=parts.quoted,
        forwarded_text="\n\n".join(filter(None, (parts.forwarded, attached))),
        signature=parts.signature,
        attachments=tuple(shown.attachments),
        invitations=tuple(shown.invitations),
        protection=shown.protection,
        automatic=automatic,
        bounce=bounced,
        spam=read_spam(section),
        authentication=_authentication(raw, section, sender, border, keys),
        delivered_to=_delivered_to(section),
        reverse_path=reverse_path,
        received=header.received,
        defects=tuple(dict.fromkeys([*section.defects, *defects, *header.defects, *shown.defects])),
        error="; ".join(trials.errors),
    )


def _authentication(
    raw: bytes, section: HeaderSection, sender: Mailbox | None, border: Border, keys: Keys | None
) -> Authentication:
    """Return what the border says of From; where it says nothing, what we find out ourselves."""
    stamped = read_authentication(section, sender, border)
    if keys is None or sender is None or stamped.verdict is not Verdict.NONE:
        return stamped
    return verify(raw, section, address.domain_of(sender.address), keys)


@dataclass(slots=True)
class _Trials:
    """Runs the readers that go by what people and programs write: one that fails must not cost the rest."""

    errors: list[str] = field(default_factory=list)

    def run(self, what: str, reader: Callable[[], T], otherwise: T) -> T:
        """Return what the reader returns, or `otherwise` and an entry in `errors`."""
        try:
            return reader()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - any defect of ours
            self.errors.append(f"{what}: {type(error).__name__}: {error}"[:200])
            return otherwise


@dataclass(slots=True)
class _Header:
    """The typed form of what mail-parser, or our own reader in its place, makes of the header section."""

    boxes: dict[str, tuple[Mailbox, ...]] = field(default_factory=dict)
    date: datetime | None = None
    received: tuple[datetime | None, ...] = ()
    defects: list[str] = field(default_factory=list)


def _header(section: HeaderSection) -> _Header:
    """Read addresses, date and hops; fields of absurd length go to our own linear reader at once."""
    values = {name: ", ".join(value for value in section.all(name) if value) for name in _ADDRESS_FIELDS}
    date = section.first("date")[:_MAX_DATE]
    at = dates.usual(date)
    header = _from_library(values, "" if at else date)
    for name, value in values.items():
        library = header.boxes.get(name, ())
        if library and len(library) >= value.count("@"):
            continue
        own = address.mailboxes(value)
        header.boxes[name] = library if len(library) >= len(own) else own
    header.date = at or header.date or dates.instant(date)
    if date and header.date is None:
        header.defects.append("date field unreadable")
    if section.count("from") > 1:
        header.defects.append("more than one From field")
    received = section.all("received")
    if len(received) > _LOOP:
        header.defects.append("more than 100 Received fields")
    header.received = tuple(
        dates.instant(hop.rpartition(";")[2].strip()[:_MAX_DATE]) for hop in received[:_MAX_RECEIVED]
    )
    return header


def _from_library(values: dict[str, str], date: str) -> _Header:
    """Ask mail-parser. It raises many kinds of errors on real mail: then the answer is empty."""
    header = _Header()
    try:
        header.boxes = {name: _library_boxes(value) for name, value in values.items()}
        instant = mailparser.dates.parse_mail_date(date).value if date else None
        if isinstance(instant, datetime):
            header.date = dates.in_utc(instant)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - that is what the guard is for
        return _Header()
    return header


@lru_cache(maxsize=2048)
def _library_boxes(value: str) -> tuple[Mailbox, ...]:
    """Return a field's mailboxes; the same people write again and again, to the same address."""
    if not value or len(value) >= _LONG_FIELD:
        return ()
    pairs = mailparser.utils.get_addresses(value, decode_names=True)
    # Encoded words inside quotes are left alone by the library; people still want to read them.
    return tuple(Mailbox("" if name == mail else decode_words(name), mail) for name, mail in pairs if mail)


def _reverse_path(section: HeaderSection, envelope: Envelope) -> str | None:
    """Return what SMTP said; without an envelope what the delivering server noted (RFC 5321 section 4.4)."""
    if envelope.reverse_path is not None:
        return envelope.reverse_path
    if "return-path" not in section:
        return None
    return section.first("return-path").strip().strip("<>").strip()


def _delivered_to(section: HeaderSection) -> tuple[str, ...]:
    """Return the addresses that delivering servers noted, topmost first, each once."""
    found = []
    for name in ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to"):
        for value in section.all(name)[:20]:
            found += [address.canonical(box.address) for box in address.mailboxes(value)[:20]]
    return tuple(dict.fromkeys(found))
