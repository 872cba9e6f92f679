"""What is counted of one message: for each figure whether it is right, wrong, or not asked (None).

A figure is asked of a message only where its source says what is true. Where sources count differently (attachments) or
differ on taste (sign-offs in a reply), the table shows them apart. White space is no difference, nor is
whether a letter and its accent are one character or two (Unicode Standard Annex 15).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mailbot.reading.model import AutomaticKind, Message
from tests.scorecard.rows import Row

Judge = Callable[[Row, Message], bool | None]

_WORD = re.compile(r"\w+")
_MACHINES = frozenset({"bounce", "auto_reply", "list", "calendar"})
_LIST_FIELD = re.compile(rb"(?im)^(?:x-)?(?:mailing-)?(?:list|precedence|beenthere|loop|errors-to|sender)[\w-]*:")
_REPLY = ("reply_text", "reply_text_ignoring_whitespace", "reply_startswith", "reply_endswith", "reply_contains")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table; `target` is the least share that is wanted to be right."""

    name: str
    target: float
    judge: Judge
    by_source: bool = False


def _same(wanted: object, found: object) -> bool:
    return _plain(str(wanted)) == _plain(str(found))


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFC", words).split())


def _header(name: str, found: Callable[[Message], object]) -> Judge:
    """Compare a field; headers that are malformed by design are a figure of their own."""

    def judge(row: Row, message: Message) -> bool | None:
        if name not in row.truth or not row.is_whole or row.kind == "torture":
            return None
        return _same(row.truth[name], found(message) or "")

    return judge


def _torture(row: Row, message: Message) -> bool | None:
    """Whether all header fields of a message that is malformed by design are as its source reads them."""
    asked = [name for name in _FIELDS if name in row.truth]
    if row.kind != "torture" or not row.is_whole or not asked:
        return None
    return all(_same(row.truth[name], _FIELDS[name](message) or "") for name in asked)


def _from_address(message: Message) -> str:
    return message.from_[0].address if message.from_ else ""


def _from_name(message: Message) -> str:
    return message.from_[0].name if message.from_ else ""


_FIELDS: dict[str, Callable[[Message], object]] = {
    "subject": lambda message: message.subject,
    "from": _from_address,
    "from_name": _from_name,
    "message_id": lambda message: message.message_id,
    "in_reply_to": lambda message: message.in_reply_to,
    "references": lambda message: list(message.references),
}


def _charset(row: Row, message: Message) -> bool | None:
    piece = row.truth.get("charset_body_contains")
    return None if piece is None else _plain(piece) in _plain(message.text)


def _body(row: Row, message: Message) -> bool | None:
    truth = row.truth
    asked = [
        *([_same(truth["body_text"], message.text)] if "body_text" in truth else []),
        *([_plain(message.text) == _plain(wanted)] if (wanted := truth.get("body_text_ignoring_whitespace")) else []),
        *(_plain(piece) in _plain(message.text) for piece in _several(truth.get("body_contains"))),
        *([not message.text.strip()] if truth.get("body_empty") else []),
    ]
    return all(asked) if asked and row.is_whole else None


def _attachments(row: Row, message: Message) -> bool | None:
    truth, names = row.truth, [one.name for one in message.attachments]
    asked = []
    if "n_attachments" in truth:
        asked.append(len(names) == truth["n_attachments"])
    if "n_attachments_jmap" in truth:
        asked.append(len(names) == truth["n_attachments_jmap"])
    if "attachment_filenames" in truth:
        asked.append(sorted(map(_plain, truth["attachment_filenames"])) == sorted(map(_plain, filter(None, names))))
    if "attachment_filenames_include" in truth:
        asked.append(not Counter(map(_plain, truth["attachment_filenames_include"])) - Counter(map(_plain, names)))
    if "attachment_sizes" in truth:
        asked.append(sorted(truth["attachment_sizes"]) == sorted(one.size for one in message.attachments))
    return all(asked) if asked and row.is_whole else None


def _reply(row: Row, message: Message) -> bool | None:
    """Whether the newly written text is what the source says, as far as it says something."""
    truth, found = row.truth, _plain(message.reply_text)
    asked = [
        *(found == _plain(truth[name]) for name in ("reply_text", "reply_text_ignoring_whitespace") if name in truth),
        *([found.startswith(_plain(truth["reply_startswith"]))] if "reply_startswith" in truth else []),
        *([found.endswith(_plain(truth["reply_endswith"]))] if "reply_endswith" in truth else []),
        *(_plain(piece) in found for piece in _several(truth.get("reply_contains"))),
        *(_plain(piece) not in found for piece in _several(truth.get("reply_not_contains"))),
    ]
    return all(asked) if asked else None


def _reply_kept(row: Row, message: Message) -> bool | None:
    """Whether no word is lost that the source wants in the newly written text."""
    wanted = [piece for name in _REPLY for piece in _several(row.truth.get(name))]
    if not wanted:
        return None
    found = Counter(_WORD.findall(message.reply_text))
    return all(not Counter(_WORD.findall(piece)) - found for piece in wanted)


def _several(value: Any) -> Iterable[str]:
    return () if value is None else (value,) if isinstance(value, str) else value


def _machine_found(row: Row, message: Message) -> bool | None:
    if row.basis != "source" or row.kind not in _MACHINES or not row.is_whole:
        return None
    if row.kind == "list" and not _LIST_FIELD.search(row.octets.partition(b"\n\n")[0]):
        # An archive took all fields away that could tell.
        return None
    return message.automatic.kind is not None


def _human_spared(row: Row, message: Message) -> bool | None:
    if row.basis != "source" or row.kind != "human" or row.truth.get("auto_generated") or not row.is_whole:
        return None
    return message.automatic.kind is None


def _bounce_seen(row: Row, message: Message) -> bool | None:
    wanted = row.truth.get("is_bounce")
    if wanted is None or row.subkind == "arf" or not row.is_whole:
        return None
    return (message.automatic.kind is AutomaticKind.BOUNCE) == bool(wanted)


def _bounce_recipient(row: Row, message: Message) -> bool | None:
    truth, found = row.truth, [one.lower() for one in message.bounce.recipients] if message.bounce else []
    if truth.get("bounce_recipients_none"):
        return not found
    if "bounce_recipients" in truth:
        return set(found) == {one.lower() for one in truth["bounce_recipients"]}
    if "bounce_recipient" in truth:
        return truth["bounce_recipient"].lower() in found
    return None


def _bounce_status(row: Row, message: Message) -> bool | None:
    wanted = [*row.truth.get("bounce_statuses", ()), *_several(row.truth.get("bounce_status"))]
    if not wanted:
        return None
    return message.bounce is not None and message.bounce.status in wanted


def _bounce_original(row: Row, message: Message) -> bool | None:
    wanted = row.truth.get("bounce_orig_message_id")
    if wanted is None:
        return None
    return message.bounce is not None and message.bounce.original_message_id == wanted


def _spam(row: Row, message: Message) -> bool | None:
    """Whether what the source knows for a person's mail is not called spam."""
    return None if row.truth.get("is_spam") is not False else not message.spam.is_spam


MEASURES = (
    *(Measure(name.replace("_", " "), 0.99, _header(name, found)) for name, found in _FIELDS.items()),
    Measure("malformed headers", 0.0, _torture),
    Measure("charset", 0.98, _charset),
    Measure("body", 0.98, _body),
    Measure("attachments", 0.98, _attachments, by_source=True),
    Measure("reply text", 0.85, _reply, by_source=True),
    Measure("reply: no word lost", 0.98, _reply_kept, by_source=True),
    Measure("machines found", 0.97, _machine_found),
    Measure("humans spared", 0.99, _human_spared),
    Measure("bounce seen", 0.98, _bounce_seen),
    Measure("bounce recipient", 0.95, _bounce_recipient),
    Measure("bounce status", 0.95, _bounce_status),
    Measure("returned Message-ID", 0.95, _bounce_original),
    Measure("ham is no spam", 0.99, _spam),
)
