"""What a message is once it has been read: plain frozen values, no behaviour.

Everything above this floor sees mail only in this form. A field that a message does not
have, or has in a form that cannot be trusted, is None or empty, never a guess; what was
odd about it stands in `defects`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an addr-spec (RFC 5322 section 3.4), decoded, as written."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP said beside the message (RFC 5321 section 2.3.1).

    `reverse_path` is "" for the null reverse-path `<>` and None where nobody knows it.
    `recipients` are the forward-paths handed to us, possibly none (IMAP).
    """

    reverse_path: str | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Border:
    """What the operator told us about the mailbox a message came through.

    `authserv_ids` are the ids whose Authentication-Results count (RFC 8601 section 2.5);
    `microsoft` says that Exchange Online's own form without an id is written there.
    `own_addresses` are lower-case addresses that are ours; `own_domain` is the domain of
    our Message-IDs. `one_field` says that it writes all its results into one field, so that the next one
    came in with the message. `received_above` is how many Received fields the border writes above its
    Authentication-Results: a field further down came in with the message. None where the
    border removes forged fields itself (RFC 8601 section 5).
    """

    authserv_ids: tuple[str, ...] = ()
    microsoft: bool = False
    own_addresses: frozenset[str] = frozenset()
    own_domain: str = ""
    received_above: int | None = None
    one_field: bool = False


class Role(StrEnum):
    """What a part that is no text is to the message.

    A picture is one that stands in the text; packed are files that lie in a winmail.dat.
    """

    FILE = "file"
    PICTURE = "picture"
    SIGNATURE = "signature"
    ENCRYPTED = "encrypted"
    PACKED = "packed"
    INVITATION = "invitation"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Keys:
    """What DNS said of the keys that a message's DKIM signatures name (RFC 6376 section 3.6.2).

    `records` are the TXT records under each name, none where the name has none; a name that DNS gave no answer
    about is missing. `at` is the instant at which the message arrived.
    """

    at: datetime
    records: dict[str, tuple[bytes, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message the octets of a part stand, and in which encoding: `base64`, `quoted-printable` or "" ."""

    start: int
    end: int
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is kept as a file: cleaned name, MIME type, size in octets after decoding, sha256 in hex.

    `inside` are the cleaned names of the files that are packed in it; `place` is None where it has none of its own.
    """

    name: str
    type: str
    size: int
    sha256: str
    role: Role = Role.FILE
    inside: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that HTML shows as `cid:` and this Content-ID (RFC 2392), which comes without <>."""

    content_id: str
    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a mail; its name is cleaned when it is written, "" for one without."""

    name: str
    type: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar part invites to, as it is written there; "" for what is not said.

    `method` is `request`, `publish` or `cancel`; `start` is "2026-01-05 09:15 Europe/Berlin".
    """

    method: str
    summary: str = ""
    start: str = ""
    organiser: str = ""


@dataclass(frozen=True, slots=True)
class Protection:
    """How the sender protected the message: `PGP`, `S/MIME` or `Microsoft rights management`, "" for not at all.

    Nothing is decrypted and no signature is checked. `unreadable` says that words are wrapped, by a signature or
    something unknown, so that they cannot be read here.
    """

    encrypted: str = ""
    signed: str = ""
    unreadable: bool = False


class AutomaticKind(StrEnum):
    """Why a message must never draw an automatic answer."""

    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    REPORT = "report"
    AUTO_GENERATED = "auto_generated"
    CALENDAR = "calendar"
    LIST = "list"
    BULK = "bulk"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Automatic:
    """The one verdict on whether a machine sent this; `kind` None means a person did."""

    kind: AutomaticKind | None = None
    reasons: tuple[str, ...] = ()


class BounceAction(StrEnum):
    """The Action field of RFC 3464 section 2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery status notification says (RFC 3464).

    `recipients` are the failed addresses in message order; `status` the enhanced code of
    the first; `original_message_id` the id (without <>) of the returned message, if it tells.
    """

    recipients: tuple[str, ...]
    action: BounceAction
    status: str | None = None
    original_message_id: str | None = None
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Spam:
    """The provider's spam verdict and which field said so."""

    is_spam: bool = False
    by: str = ""


class Verdict(StrEnum):
    """Evidence that From is genuine: `none` covers temporary errors and silence."""

    PASS = "pass"  # noqa: S105 - an authentication result, not a password
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Authentication:
    """The verdict on From by the border's fields, or by our own look; `domain` is the one that passed, A-label form."""

    verdict: Verdict = Verdict.NONE
    domain: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message as read. Ids come without angle brackets; `date` is aware UTC or None.

    `sender` is the one unambiguous originator, None when From names nobody or more than
    one person could be meant. `text` is all that a reader sees; `reply_text` what was
    newly written, equal to `text` when that is unsure; `forwarded_text` is what somebody else
    wrote and the sender passes on, in the text or attached. `received` are the instants of the
    Received fields, topmost first (None where unreadable). `error` is empty unless reading
    failed and only part of the message stands here.
    """

    subject: str = ""
    from_: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    sender: Mailbox | None = None
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    reply_text: str = ""
    quoted_text: str = ""
    forwarded_text: str = ""
    signature: str = ""
    attachments: tuple[Attachment, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    protection: Protection = field(default_factory=Protection)
    automatic: Automatic = field(default_factory=Automatic)
    bounce: Bounce | None = None
    spam: Spam = field(default_factory=Spam)
    authentication: Authentication = field(default_factory=Authentication)
    delivered_to: tuple[str, ...] = ()
    reverse_path: str | None = None
    received: tuple[datetime | None, ...] = ()
    defects: tuple[str, ...] = ()
    error: str = ""
