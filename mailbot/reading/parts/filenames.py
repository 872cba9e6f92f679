"""Names of files: safe to show and to save, and one for what has none."""

from __future__ import annotations

import re
import unicodedata

EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
}
_MAX_NAME_OCTETS = 200
_UNSAFE_IN_NAMES = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+'
)
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
_FAMILIES = {"text": ".txt", "message": ".txt", "image": ".jpg", "video": ".mov", "audio": ".wav"}


def clean_name(name: str) -> str:
    """Return a name that is safe to show and to save: no folders, controls, devices or hidden characters.

    Empty when nothing is left. At most 200 octets of UTF-8, the extension kept.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = _UNSAFE_IN_NAMES.sub("_", name).strip(" .") if not name.startswith(".") else _UNSAFE_IN_NAMES.sub("_", name)
    name = name.strip()
    if not name.strip("._ "):
        return ""
    if name.startswith("."):
        name = "_" + name.lstrip(".")
    if _DEVICES.match(name):
        name = "_" + name
    stem, dot, extension = name.rpartition(".")
    if len(name.encode()) > _MAX_NAME_OCTETS:
        extension = extension[:20] if dot else ""
        stem = (stem or name).encode()[: _MAX_NAME_OCTETS - len(extension.encode()) - 1].decode("utf-8", "ignore")
        name = stem + dot + extension
    return name


def plain_name(kind: str) -> str:
    """Name a part after its type: `image.jpg`, `calendar.ics`, `file.bin`."""
    family, _, _ = kind.partition("/")
    stem = family if family in ("image", "video", "audio", "text", "message") else "file"
    return ("calendar" if kind == "text/calendar" else stem) + EXTENSIONS.get(kind, _FAMILIES.get(family, ".bin"))


def unique(name: str, taken: set[str]) -> str:
    """Number the second of two nameless files; names that senders gave stay as they are."""
    stem, dot, extension = name.rpartition(".")
    if name not in taken or stem not in ("image", "video", "audio", "text", "message", "file", "calendar"):
        return name
    return next(
        f"{stem}{number}{dot}{extension}"
        for number in range(1, len(taken) + 2)
        if f"{stem}{number}{dot}{extension}" not in taken
    )
