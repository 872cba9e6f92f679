"""Addresses (RFC 5322 section 3.4): one reader that shows what stands there, one that trusts nobody.

`mailboxes` shows every mailbox as written, as best it can. `originator` decides who may act: it
names a person only when no two mail programs could disagree about who that is. Two From fields,
two mailboxes, a group, a source route, an address inside the display name, control characters,
an encoded or look-alike address: each means "no identity", never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from mailbot.reading.fields.encodedwords import decode_words
from mailbot.reading.model import Mailbox
from mailbot.reading.text.charsets import decode

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]"
_LOCAL = re.compile(rf'{_ATEXT}+(?:\.{_ATEXT}+)*|"[A-Za-z0-9!#$%&\'*+/=?^_`{{|}}~. -]+"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bBqQ]\?")
_ANGLE_AT_END = re.compile(r"(.*?)<\s*+([^<>\s]++)\s*+>\s*+", re.DOTALL)
_COMMENT_AT_END = re.compile(r"\s*+([^\s()<>]++)\s*+(?:\(([^()<>@\"]{0,200})\))?\s*+")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_REST_OF_QUOTE = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_NO_MARK = r"[^\s<>,;:()\"]"
_LOOSE_ADDRESS = re.compile(rf"(?<!{_NO_MARK}){_NO_MARK}+@{_NO_MARK}+")
_UNDECODED = re.compile("[\udc80-\udcff]")
_MAX_ADDRESS = 254
_MAX_LOCAL = 64
_MAX_DOMAIN = 253
_MAX_FIELD = 1 << 18
_MAX_FROM = 4_000
_MAX_MAILBOXES = 2_000


def originator(from_fields: list[str], charset: str = "") -> Mailbox | None:
    """Return the one mailbox that all From fields (raw, unfolded) name beyond doubt, else None.

    Octets that are no UTF-8 stand in them as lone surrogates (`HeaderSection.exact`). A name may hold such, and is
    shown as read in `charset`; an address with one means "no identity".
    """
    if len(from_fields) != 1:
        return None
    value = from_fields[0]
    # Before it is taken apart: some readers count a form feed as a space, others as a part of the address.
    if len(value) > _MAX_FROM or _has_hidden(_UNDECODED.sub("", value)):
        return None
    angle = _ANGLE_AT_END.fullmatch(value)
    phrase, spec = (angle[1], angle[2]) if angle else ("", "")
    if not angle:
        bare = _COMMENT_AT_END.fullmatch(value)
        if not bare:
            return None
        phrase, spec = bare[2] or "", bare[1]
    if not _is_plain(spec):
        return None
    if _UNDECODED.search(phrase):
        phrase = decode(phrase.encode("utf-8", "surrogateescape"), charset)[0]
    name = _display_name(phrase) if angle else decode_words(phrase)
    # As written, too: an encoded word with a bare "@" in it is an address to those who do not decode it.
    if name is None or any(_could_name_another(shown, spec) for shown in (name, phrase)):
        return None
    return Mailbox(name, spec)


def _has_hidden(value: str) -> bool:
    """Controls, and format characters that no reader shows (zero width, direction marks)."""
    if value.isprintable():
        return False
    return any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char != "\t" for char in value)


def _display_name(phrase: str) -> str | None:
    """Return the name before the angle bracket; None when it is a group, route, or unbalanced quoting."""
    text = phrase.strip()
    if text.startswith('"'):
        inner = re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*', text, re.DOTALL)
        if inner:
            return decode_words(_QUOTED_PAIR.sub(r"\1", inner[1]))
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    if any(mark in outside for mark in ':;<>"\\') or not _is_balanced(outside):
        return None
    return decode_words(text.replace('"', ""))


def _is_balanced(text: str) -> bool:
    """Return whether every comment ends; in one that does not, the address is a part of it."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if depth < 0:
            return False
    return not depth


def _could_name_another(name: str, spec: str) -> bool:
    """A name that holds an address other than the real one, or brackets that some reader may follow."""
    if name.strip("'\" ").casefold() == spec.casefold():
        return False
    folded = unicodedata.normalize("NFKC", name)
    return any(mark in folded for mark in "@<>") or _has_hidden(name)


def _is_plain(spec: str) -> bool:
    """One addr-spec without routes, comments, encoded words or look-alike punctuation."""
    if len(spec) > _MAX_ADDRESS or _UNDECODED.search(spec) or spec.count("@") != 1 or _ENCODED.search(spec):
        return False
    local, _, domain = spec.partition("@")
    if len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local) or unicodedata.normalize("NFKC", spec) != spec:
        return False
    return bool(a_label(domain)) and not domain.endswith(".")


def a_label(domain: str) -> str:
    """Return the domain in lower-case A-label form (RFC 5890); empty when it is no plain domain name."""
    domain = domain.strip().rstrip(".").lower()
    return _a_label(domain) if 0 < len(domain) <= _MAX_DOMAIN else ""


# The same few domains write again and again, and each is compared a dozen times a message.
@lru_cache(maxsize=4096)
def _a_label(domain: str) -> str:
    if not domain.isascii():
        try:
            encoded = domain.encode("idna").decode("ascii")
            # What does not come back the same was mapped on the way: full-width letters, sharp s.
            if encoded.encode("ascii").decode("idna") != domain:
                return ""
        except UnicodeError:
            return ""
        domain = encoded
    return domain if all(_LABEL.fullmatch(label) for label in domain.split(".")) else ""


# Each message compares its sender a dozen times.
@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Return the form used for comparing: lower-case local part, A-label domain, no surrounding space or <>."""
    text = address.strip().strip("<>").strip()
    local, at, domain = text.rpartition("@")
    if not at:
        return text.lower()
    return f"{unicodedata.normalize('NFC', local).lower()}@{a_label(domain) or domain.lower()}"


def domain_of(address: str) -> str:
    """Return the domain in A-label form, empty when there is none."""
    return a_label(address.strip().strip("<>").rpartition("@")[2]) if "@" in address else ""


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Return all mailboxes of an unfolded address field as written, damaged ones as best as possible.

    Groups give their members. At most 2,000; never raises; time linear in the length.
    """
    found: list[Mailbox] = []
    for item in _items(value[:_MAX_FIELD]):
        one = _mailbox(item)
        if one is not None:
            found.append(one)
        if len(found) >= _MAX_MAILBOXES:
            break
    return tuple(found)


def _items(value: str) -> list[str]:
    """Cut at the commas, semicolons and group names outside quotes, comments and angle brackets."""
    items: list[str] = []
    start, at = 0, -1
    for position in _delimiters(value):
        if at < start:
            found = value.find("@", start)
            at = found if found >= 0 else len(value)
        if value[position] != ":":
            items.append(value[start:position])
            start = position + 1
        elif at > position:
            start = position + 1
    items.append(value[start:])
    return items


def _delimiters(value: str) -> Iterator[int]:
    """Yield the positions of `,`, `;` and `:` that part mailboxes; a quote that never ends is none."""
    last_quote = value.rfind('"')
    position, angle = 0, False
    while position < len(value):
        char = value[position]
        if char == '"' and position < last_quote:
            position = _quote_end(value, position)
        elif char == "(":
            position = _comment_end(value, position)
        elif char in "<>":
            angle = char == "<"
        elif char in ",;:" and not angle:
            yield position
        position += 1


def _quote_end(value: str, start: int) -> int:
    found = _REST_OF_QUOTE.match(value, start + 1)
    return found.end() - 1 if found else len(value)


def _comment_end(value: str, start: int) -> int:
    """Return where the comment that begins here ends, nested ones and quoted pairs counted."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(value, start):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if not depth:
            return mark.start()
    return len(value)


def _without_domain(item: str) -> Mailbox | None:
    """A lone word such as MAILER-DAEMON, with a name in a comment or none."""
    found = _COMMENT_AT_END.fullmatch(item)
    return Mailbox(decode_words(found[2] or ""), found[1]) if found and "=?" not in found[1] else None


def _mailbox(item: str) -> Mailbox | None:
    """Read one item: `name <address>`, `address (name)`, or an address somewhere in it."""
    item = item.strip()
    left, right = item.rfind("<"), item.rfind(">")
    if left != -1:
        address = item[left + 1 : right if right > left else None].strip(" \t<>'\"")
        name = item[:left].strip()
        if "@" not in address:
            loose = _LOOSE_ADDRESS.search(name)
            if loose is None and not address:
                return None
            address = loose[0] if loose else address
    else:
        loose = _LOOSE_ADDRESS.search(item)
        if loose is None:
            return _without_domain(item)
        address = loose[0].strip("'")
        comment = re.search(r"\(([^()]*)\)", item[loose.end() :])
        name = comment[1] if comment else ""
    if name.startswith('"'):
        name = _QUOTED_PAIR.sub(r"\1", name.strip('"'))
    address = address.rpartition(":")[2] if address.startswith("@") else address
    shown = decode_words(name.replace('"', "")).strip("' ")
    return Mailbox("" if shown == address else shown, "".join(address.split()))
