"""The pictures of a message that its HTML shows: of parts of their own, or in the HTML itself (RFC 2397).

Only PNG, JPEG, GIF and WebP are shown, without what they tell of where and with what they were made.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from mailbot.reading.model import Picture
from mailbot.reading.parts.metadata import without_metadata
from mailbot.reading.parts.raster import raster
from mailbot.reading.parts.structure import Part
from mailbot.reading.text.cleanhtml import Shown

MOST_PICTURES = 50
_SMALLEST_PICTURE = 3
_HASH = 24
_DATA = re.compile(rb"(?i)\bdata:(image/[a-z]{3,4});base64,([a-z0-9+/=%\s]*)")
_WITHIN = ".within@picture"


def unpacked(html: bytes, within: dict[str, tuple[str, bytes]]) -> bytes:
    """Return the HTML without pictures that stand in it (RFC 2397): it names them, and they come into `within`."""
    if b"data:" not in html:
        return html

    def take(found: re.Match[bytes]) -> bytes:
        name = f"{len(within)}{_WITHIN}"
        with suppress(ValueError):
            within[name] = (found[1].decode("ascii").lower(), b64decode(unquote_to_bytes(found[2])))
        return b"cid:" + name.encode("ascii")

    return _DATA.sub(take, html)


class Album:
    """The pictures of a message by the Content-IDs of their parts, and those of them that are shown.

    `digests` are those of the octets that the mail brought, of what is `shown`.
    """

    def __init__(self, root: Part, within: Mapping[str, tuple[str, bytes]]) -> None:
        self._within = within
        self._parts: dict[str, Part] = {}
        for part in root.leaves():
            if part.type.startswith("image/") and part.content_id:
                self._parts.setdefault(part.content_id, part)
        self._known: dict[str, Shown | None] = {}
        self._digests: dict[str, str] = {}
        self.shown: dict[str, Picture] = {}
        self.digests: dict[str, str] = {}

    def show(self, named: str) -> Shown | None:
        """Return how to show the picture with this Content-ID; None for what is none, or too small to be seen."""
        if named not in self._known and len(self._known) < MOST_PICTURES:
            self._known[named] = self._look_up(named)
        return self._known.get(named)

    def digest(self, named: str) -> str:
        """Return the digest of a picture's octets as the mail brought them, "" for none that anybody sees."""
        if named not in self._digests:
            kind, octets = self._octets(named)
            found = raster(kind, octets)
            is_seen = bool(octets) and (found is None or max(found.width, found.height) > _SMALLEST_PICTURE)
            self._digests[named] = sha256(octets).hexdigest() if is_seen else ""
        return self._digests[named]

    def shown_in(self, clean: str) -> tuple[Picture, ...]:
        """Return the pictures that clean HTML shows."""
        return tuple(picture for named, picture in self.shown.items() if f'src="cid:{named}"' in clean)

    def _octets(self, named: str) -> tuple[str, bytes]:
        part = self._parts.get(named)
        return (part.type, part.octets()) if part else self._within.get(named, ("", b""))

    def _look_up(self, named: str) -> Shown | None:
        kind, octets = self._octets(named)
        found, bare = raster(kind, octets), without_metadata(octets)
        if found is None or bare is None or max(found.width, found.height) <= _SMALLEST_PICTURE:
            return None
        octets = bare
        own = f"{sha256(octets).hexdigest()[:_HASH]}@picture"
        self.shown[own] = Picture(own, found.type, octets)
        self.digests[own] = self.digest(named)
        return Shown(own, found.width)
