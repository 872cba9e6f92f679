"""PGP in the text itself (RFC 9580 section 6 and 7): sealed blocks, and words between the lines of a signature.

Only what has the whole form is taken for it, so that no words are lost because somebody began such a block.
Quoted blocks stay where they are. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.reading.fields.encodedwords import unbase64

MAX_BLOCKS = 20
_LINES = r"(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n)*+(?:[ \t]*\n)?+(?:[A-Za-z0-9+/=]{0,100}[ \t]*\n)++"
_MESSAGE = re.compile(
    rf"^-----BEGIN PGP MESSAGE-----[ \t]*\n{_LINES}-----END PGP MESSAGE-----[ \t]*(?:\n|\Z)", re.MULTILINE
)
_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n)*+[ \t]*\n", re.MULTILINE
)
_SIGNATURE = re.compile(
    rf"^-----BEGIN PGP SIGNATURE-----[ \t]*\n{_LINES}-----END PGP SIGNATURE-----[ \t]*(?:\n|\Z)", re.MULTILINE
)
_ESCAPED = re.compile(r"^- (?=-)", re.MULTILINE)


_KEY = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[^\n]{0,100}\n(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n)*+"
    rb"([^-]{0,1000000}+)-----END PGP"
)
_CHECKSUM = re.compile(rb"\n=[A-Za-z0-9+/]{4}\s*$")


def unarmoured(octets: bytes) -> bytes:
    """Return the octets of a key that is in armour, in which the addresses of its owner stand, b"" for none."""
    found = _KEY.search(octets.replace(b"\r\n", b"\n"))
    return unbase64(_CHECKSUM.sub(b"\n", found[1])) if found else b""


@dataclass(frozen=True, slots=True)
class Bared:
    """`text` without armour; `sealed` are the blocks that were in it, `signed` says that there was a signature."""

    text: str
    sealed: tuple[str, ...] = ()
    signed: bool = False


def bare(text: str) -> Bared:
    """Return the text without its armour."""
    if "-----BEGIN PGP " not in text:
        return Bared(text)
    text += "" if text.endswith("\n") else "\n"
    sealed = tuple(found[0] for _, found in zip(range(MAX_BLOCKS), _MESSAGE.finditer(text), strict=False))
    text = _MESSAGE.sub("", text, count=MAX_BLOCKS)
    out: list[str] = []
    position = 0
    for _ in range(MAX_BLOCKS):
        begin = _SIGNED.search(text, position)
        end = _SIGNATURE.search(text, begin.end()) if begin else None
        if begin is None or end is None:
            break
        out += [text[position : begin.start()], _ESCAPED.sub("", text[begin.end() : end.start()])]
        position = end.end()
    return Bared("".join([*out, text[position:]]), sealed, bool(position))
