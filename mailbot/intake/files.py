"""Mail that lies in files: single messages, folders of them, mboxes and Maildirs, one message at a time.

A folder is read with everything below it, in the order of names. In it, files ending in .eml
and files that begin with a header section are messages, and files that begin with "From " are
mboxes, whatever they are called; other files are no mail and are passed over. A folder with
`cur` and `new` is a Maildir, read in the order of delivery; its Maildir++ subfolders (names
with a leading dot) are not looked into, nor are other hidden files. A path that is named
directly is always read.

An mbox is cut at From_ lines that follow an empty line and bear a date, so that a sentence
beginning with "From " cuts nothing. One ">" is taken from lines that start with ">From " or
">>From " and so on: that is how mboxrd quotes, and mboxo, except where its text was ambiguous
from the start. Octets are otherwise left as they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from mailbot.errors import MailbotError
from mailbot.reading.arriving import believable

_LONGEST_FROM_LINE = 1_024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# asctime, with the zones that Gmail's export puts before the year and others after it.
_FROM_LINE = re.compile(
    rb"From (?P<path>\S.*?|) +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2})"
    rb" +(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: +(?P<zone>[+-]\d{4}|[A-Z]{1,5}))?"
    rb" +(?P<year>\d{4})(?: +(?P<later_zone>[+-]\d{4}))?.*"
)
_OPENING = re.compile(rb"From (?!\s*:)")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_LOOKED_AT = 8_192
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_FIELD_OF_MAIL = re.compile(
    rb"^(?:From|To|Cc|Subject|Date|Received|Message-ID|Return-Path|Delivered-To|MIME-Version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_DELIVERED_AT = re.compile(r"(\d{9,11})\.")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of a file. `path` says where it lies ("box.mbox#3" is the third of that mbox).

    `received_at` and `reverse_path` ("" for the null one) are None where the file does not tell,
    or tells no believable time.
    """

    path: str
    raw: bytes
    received_at: datetime | None = None
    reverse_path: str | None = None


def messages_in(paths: Iterable[Path]) -> Iterator[StoredMessage]:
    """Yield the messages in these files and folders, in order; only one is in memory at a time.

    Raise MailbotError for a path that does not exist or cannot be read.
    """
    for path in paths:
        try:
            if path.is_dir():
                yield from _in_folder(path)
            elif _begins_mbox(path):
                yield from _in_mbox(path)
            else:
                yield StoredMessage(str(path), path.read_bytes())
        except OSError as error:
            raise MailbotError(f"{error.filename or path} cannot be read: {error.strerror or error}") from error


def _in_folder(folder: Path) -> Iterator[StoredMessage]:
    for place, names, files in os.walk(folder, onerror=_raise):
        here = Path(place)
        names.sort()
        if {"cur", "new"} <= set(names):
            yield from _in_maildir(here)
            names[:] = [name for name in names if name not in {"cur", "new", "tmp"}]
        names[:] = [name for name in names if not name.startswith(".")]
        for path in (here / name for name in sorted(files) if not name.startswith(".")):
            if _begins_mbox(path):
                yield from _in_mbox(path)
            elif path.suffix.lower() == ".eml" or _begins_message(path):
                yield StoredMessage(str(path), path.read_bytes())


def _raise(error: OSError) -> None:
    raise error


def _in_maildir(folder: Path) -> Iterator[StoredMessage]:
    """Yield in the order of delivery: names begin with the second of it (the Maildir convention)."""
    files = [path for part in ("cur", "new") for path in (folder / part).iterdir() if not path.name.startswith(".")]
    for path in sorted(
        files, key=lambda path: (_delivered_at(path.name) or datetime.min.replace(tzinfo=UTC), path.name)
    ):
        if path.is_file():
            yield StoredMessage(str(path), path.read_bytes(), _delivered_at(path.name))


def _delivered_at(name: str) -> datetime | None:
    found = _DELIVERED_AT.match(name)
    return believable(datetime.fromtimestamp(int(found[1]), UTC)) if found else None


def _begins_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return _OPENING.match(file.readline(_LONGEST_FROM_LINE)) is not None


def _begins_message(path: Path) -> bool:
    """Return whether the file begins with header fields (RFC 5322 section 2.2), one of them of mail."""
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT)
    return _FIELD.match(beginning) is not None and _FIELD_OF_MAIL.search(beginning) is not None


def _in_mbox(path: Path) -> Iterator[StoredMessage]:
    with path.open("rb") as file:
        opening = file.readline(_LONGEST_FROM_LINE)
        number = 0
        while opening:
            number += 1
            lines, following = _up_to_next(file)
            raw = _QUOTED_FROM.sub(rb"\1", b"".join(lines))
            received_at, reverse_path = _from_line(opening)
            yield StoredMessage(f"{path}#{number}", raw, received_at, reverse_path)
            opening = following


def _up_to_next(file: BinaryIO) -> tuple[list[bytes], bytes]:
    """Return the lines up to the next From_ line, without the empty line before it, and that line or b""."""
    lines: list[bytes] = []
    empty_before = False
    for line in file:
        if empty_before and line.startswith(b"From ") and _parts(line):
            return lines[:-1], line
        lines.append(line)
        empty_before = not line.strip(b"\r\n")
    return (lines[:-1] if empty_before else lines), b""


def _parts(line: bytes) -> re.Match[bytes] | None:
    return _FROM_LINE.fullmatch(line.rstrip(b"\r\n")) if len(line) <= _LONGEST_FROM_LINE else None


def _from_line(line: bytes) -> tuple[datetime | None, str | None]:
    """Return what a From_ line tells: when (UTC where no zone is named, RFC 4155) and the reverse-path."""
    found = _parts(line)
    if found is None:
        return None, None
    path = found["path"].decode("utf-8", "replace").strip('<>" ')
    reverse_path = "" if path.upper() == "MAILER-DAEMON" else path if "@" in path else None
    try:
        received_at = datetime(
            int(found["year"]),
            _MONTHS.index(found["month"].decode()) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"] or 0),
            tzinfo=_zone(found["zone"] or found["later_zone"] or b""),
        )
        return believable(received_at.astimezone(UTC)), reverse_path
    except (ValueError, OverflowError):
        return None, reverse_path


def _zone(name: bytes) -> timezone:
    if name[:1] not in {b"+", b"-"}:
        return UTC
    offset = timedelta(hours=int(name[1:3]), minutes=int(name[3:5]))
    return timezone(-offset if name.startswith(b"-") else offset)
