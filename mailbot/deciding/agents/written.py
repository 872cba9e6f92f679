"""What an agent's reply to a relay brings beside its text: its words as HTML with pasted pictures, and its files.

It is found while the mail is read, for a mail that bears what looks like a relay's token and no other. Which of its
words are sent is decided later, so that there are several forms, each with the text whose words it says.

| in the mail | outcome |
|---|---|
| a picture among the words | goes along in the HTML, without what it tells of place, time and device |
| a picture in the quotation or the signature | stays behind |
| a file | goes along, its name cleaned; a picture as above |
| a video, a recording, a picture of a kind from which nothing can be taken out | asked about |
| somebody's card or key, an invitation, a whole mail or its header | asked about; his own card and key stay behind |
| a file in which an agent's address can be read | asked about |
| what is packed or encrypted | cannot go along: asked about |
| a signature of S/MIME or PGP | stays behind: the words are written anew |

Addresses of our agents stand neither in links nor in the names of files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from mailbot.deciding.agents.commands.firstlines import begins_with_command, lines
from mailbot.deciding.agents.inline import own_words
from mailbot.deciding.agents.newwords import new_words, private_addresses, tells
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.compose.markup import html_of
from mailbot.deciding.signatures import shortened
from mailbot.deciding.threads import Clues
from mailbot.deciding.tokens import Purpose, purpose_of
from mailbot.reading.fields import headers
from mailbot.reading.model import Attachment, File, Message, Picture, Role
from mailbot.reading.parts import structure
from mailbot.reading.parts.armour import unarmoured
from mailbot.reading.parts.body import read_body
from mailbot.reading.parts.filenames import plain_name
from mailbot.reading.parts.metadata import is_picture, without_metadata
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.reading.quotation.writtenhtml import PLACE, End, WrittenPage, without_places, words_beside, written_html
from mailbot.rules import Rules

_HEADERS = {"text/rfc822-headers", "text/rfc822-header"}
_KEYS = {"application/pgp-keys"}
_KEY = re.compile(rb"\s*-----BEGIN PGP PUBLIC KEY BLOCK-----")
_CARD, _CALENDAR = re.compile(rb"(?i)\s*BEGIN:VCARD\b"), re.compile(rb"(?i)\s*BEGIN:VCALENDAR\b")
_CARDS = {"text/vcard", "text/x-vcard", "text/directory", "application/vcard"}
_CARD_NAME = re.compile(r"(?i)\.(?:vcf|vcard)$")
_MAIL_NAME = re.compile(r"(?i)\.(?:eml|msg|emlx|mht|mhtml|oft)$")
_CALENDAR_NAME = re.compile(r"(?i)\.(?:ics|vcs|ifb)$")
_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be")
_MOST_ANSWERS = 60
_TIFF_HEADS = (b"II*\0", b"MM\0*")
_TIFF = re.compile(r"(?i)\.tiff?$")
_TELLING = ("image/", "video/", "audio/")
_TELLING_NAME = re.compile(
    r"(?i)\.(?:heic|heif|avif|mov|mp4|m4v|m4a|3gp|dng|nef|cr2|cr3|arw|jpe?g|png|webp|tiff?|gif)$"
)
# Drawings: what they tell is what is seen.
_PLAIN_KINDS = {"image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon"}
_CANNOT = {
    Role.PACKED: "{name} cannot be sent along: Outlook packed your files so that most programs cannot open them",
    Role.ENCRYPTED: "{name} is encrypted and cannot be sent along",
}
_TELLS = {
    Role.FORWARDED: "{name} would go along: a whole mail, with all that it tells",
    Role.INVITATION: "{name} would go along: an invitation, with your addresses in it",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A text, and HTML that says its words and no others, with the Content-IDs of the pictures that it shows.

    `places` are the places of these pictures in the HTML of the mail, `lost` those of pictures that cannot be shown.
    """

    text: str
    html: str
    shown: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it may go along, None where it cannot; why the agent is asked about it, "" for no reason.

    `sha256` is the digest of the octets that the mail brought.
    """

    file: File | None
    sha256: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a reply brings: forms of its words, their pictures, and files.

    `pictured` are the digests of all pictures that its HTML shows, also in quotations and signatures; `placed` are
    those of the pictures by their places, `digests` those by the Content-IDs under which they are sent. `ends` say what
    stands below words, by the pieces of these that stand between quoted lines.
    """

    forms: tuple[Form, ...] = ()
    pictures: tuple[Picture, ...] = ()
    brought: tuple[Brought, ...] = ()
    pictured: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()
    ends: tuple[tuple[tuple[str, ...], End], ...] = ()

    def form(self, text: str) -> Form | None:
        """Return the form that says exactly this text, None where none surely does."""
        return next((form for form in self.forms if form.text == text), None)

    def answering(self, text: str, pieces: tuple[str, ...], relayed: Collection[str]) -> Form | None:
        """Return the form of a text with these pieces, quoted lines and the answers between them.

        Where there are quoted lines, each picture stands in it just once, but those in a signature, and those of which
        `relayed` has the digest: one of which nothing tells which answer it belongs to would stand with another, or
        with none. A picture alone may be an answer that no text tells of.
        """
        whole, end = self.form(text), self.end(pieces)
        if not any(map(is_quoted, pieces)):
            return whole if all(self.placed[number] in relayed for number in end.loose) else None
        found = (one for one in (whole, self._between(pieces)) if one is not None)
        return next((one for one in found if self._shows_each_once(one, relayed, end.signed)), None)

    def end(self, pieces: tuple[str, ...]) -> End:
        """Return what stands below the last of these pieces of a text."""
        own = tuple(one for one in pieces if not is_quoted(one))
        return next((end for texts, end in self.ends if texts == own), End())

    def without(self, form: Form, digests: Collection[str]) -> Form:
        """Return a form without the pictures of these digests."""
        left = {name for name, digest in self.digests if digest in digests}
        html = re.sub(r'<img src="cid:([^"]*)"[^>]*>', lambda found: "" if found[1] in left else found[0], form.html)
        return replace(form, html=html, shown=tuple(name for name in form.shown if name not in left))

    def _between(self, pieces: tuple[str, ...]) -> Form | None:
        """Return the form of answers that stand between quoted lines, these as they are in the text.

        None where not each answer has a form of its own, and where one lacks a picture that its text has a place for.
        """
        forms = [Form(one, html_of(one)) if is_quoted(one) else self.form(one) for one in pieces]
        found = [one for one in forms if one is not None]
        shown = tuple(dict.fromkeys(name for one in found for name in one.shown))
        if len(found) < len(forms) or _places(pieces) > len(shown):
            return None
        places = tuple(place for one in found for place in one.places)
        lost = tuple(place for one in found for place in one.lost)
        return Form("\n".join(pieces), "".join(one.html for one in found), shown, places, lost)

    def _shows_each_once(self, form: Form, relayed: Collection[str], signed: Collection[int]) -> bool:
        placed = (one for one in enumerate(self.placed) if one[0] not in signed)
        missing = (number for number, digest in placed if digest not in relayed)
        return len(set(form.places)) == len(form.places) and set(missing) <= set(form.places)

    def pictures_of(self, form: Form) -> tuple[Picture, ...]:
        """Return the pictures that a form shows."""
        return tuple(picture for picture in self.pictures if picture.content_id in form.shown)


NOTHING = Written()
"""What a mail brings that is nobody's reply to a relay."""


def may_be_sent_on(message: Message, clues: Clues, rules: Rules) -> bool:
    """Return whether words of a mail may go to a customer: it is from an agent's address, or bears a token of ours.

    The token says, unproven, that it is a relay's, a list's, a page's, or a question's.
    """
    if message.sender and agent_of(message.sender.address, rules):
        return True
    tokens = (*clues.recipient_tokens, *clues.id_tokens, *clues.text_tokens)
    of_ours = {Purpose.RELAY, Purpose.LIST, Purpose.PAGE, Purpose.CONFIRMATION}
    return any(purpose_of(token) in of_ours for token in tokens)


def relay_tokens(clues: Clues) -> tuple[str, ...]:
    """Return the tokens that a mail bears and that say, unproven, that they are a relay's; none for most mail."""
    tokens = (*clues.recipient_tokens, *clues.id_tokens, *clues.text_tokens)
    return tuple(token for token in tokens if purpose_of(token) is Purpose.RELAY)


def written_in(raw: bytes, message: Message, rules: Rules) -> Written:
    """Return what a mail that may be a reply to a relay brings beside its text."""
    private = private_addresses(message, rules)
    root, _ = structure.read_tree(raw, headers.split(raw))
    body = read_body(root)
    pictures: dict[str, Picture] = {}
    page = _page(raw, new_words(message, rules), private)
    forms = tuple(_forms(page, pictures))
    sorting = _Sorting(private, tuple(agent.name.lower() for agent in rules.agent if agent.name))
    found = {sha256(octets).hexdigest(): (part, octets) for part in root.leaves() for octets in [part.octets()]}
    for one in body.attachments:
        part, octets = found.get(one.sha256, (None, None))
        sorting.take(one, octets, in_html=part is not None and part.content_id in body.pictures)
    pictured = tuple(dict.fromkeys((*sorting.pictured, *page.placed)))
    ends, digests = tuple(page.ends.items()), tuple(page.digests.items())
    return Written(forms, tuple(pictures.values()), tuple(sorting.brought), pictured, page.placed, digests, ends)


def _page(raw: bytes, whole: str, private: frozenset[str]) -> WrittenPage:
    """Return the HTML of all new words, of those below the commands, and of these without what may be a signature.

    Where they stand between quoted lines, that of each answer, too.
    """
    below = _below(whole)
    ends = (below, *shortened(below))
    # Without any words it may be a picture alone.
    wholes = dict.fromkeys(text for text in (whole, *ends) if text) if whole else {"": None}
    replies = [own_words(text)[:_MOST_ANSWERS] for text in ends]
    if whole != below and not words_beside(below):
        replies.append((whole.removesuffix(below).strip(), below))
    return written_html(raw, wholes, replies, private)


def _forms(page: WrittenPage, pictures: dict[str, Picture]) -> Iterator[Form]:
    for text, found in page.by_text.items():
        pictures.update((picture.content_id, picture) for picture in found.pictures)
        yield Form(text, found.html, tuple(picture.content_id for picture in found.pictures), found.places, found.lost)


def _below(text: str) -> str:
    """Return the words below the commands on the first lines."""
    end = 0
    for start, line in lines(text):
        if not begins_with_command(line):
            break
        end = start + len(line)
    return text[end:].strip()


@dataclass(slots=True)
class _Sorting:
    """The files so far; `private` are addresses and `names` are names, both in lower case, of our agents."""

    private: frozenset[str]
    names: tuple[str, ...]
    brought: list[Brought] = field(default_factory=list)
    pictured: list[str] = field(default_factory=list)

    def take(self, one: Attachment, octets: bytes | None, *, in_html: bool) -> None:
        """Take one attachment, whose octets are None where they do not stand in the mail as a part of its own."""
        if one.role is Role.SIGNATURE:
            return
        if one.role is Role.PICTURE and in_html:
            self.pictured.append(one.sha256)
        elif one.role in _CANNOT or octets is None:
            self._add(one, None, _CANNOT.get(one.role, "{name} cannot be sent along"))
        elif one.type in _KEYS or _KEY.match(octets):
            # Programs attach the writer's own: it names all his addresses, and his customer has no use for it.
            if not self._is_own_card(octets + unarmoured(octets)):
                self._add(one, octets, "{name} would go along: a key, which names its owner's addresses")
        elif one.role in _TELLS or one.type in _HEADERS or _MAIL_NAME.search(one.name):
            self._add(one, octets, _TELLS.get(one.role, _TELLS[Role.FORWARDED]))
        elif _CALENDAR_NAME.search(one.name) or _CALENDAR.match(octets):
            self._add(one, octets, _TELLS[Role.INVITATION])
        elif one.type in _CARDS or _CARD_NAME.search(one.name) or _CARD.match(octets):
            if not self._is_own_card(octets):
                self._add(one, octets, "{name} would go along: a card with somebody's addresses and numbers")
        else:
            self._take_file(one, octets)

    def _take_file(self, one: Attachment, octets: bytes) -> None:
        """Take a file; one that may tell where and with what it was made only without that."""
        bare: bytes | None = octets
        if is_picture(octets):
            bare = None if octets.startswith(_TIFF_HEADS) and not _is_tiff(one) else without_metadata(octets)
        elif one.type not in _PLAIN_KINDS and (one.type.startswith(_TELLING) or _TELLING_NAME.search(one.name)):
            bare = None
        if bare is not None:
            self._add(one, bare)
        else:
            self._add(one, octets, "{name} may tell where and with what it was made, which cannot be taken out")

    def _add(self, one: Attachment, octets: bytes | None, doubt: str = "") -> None:
        name = plain_name(one.type) if tells(one.name, self.private) else one.name
        file = None if octets is None else File(name, one.type, octets)
        if not doubt and octets is not None and self._holds_address(octets):
            doubt = "{name} holds an address of yours"
        self.brought.append(Brought(file, one.sha256, doubt.format(name=one.name)))

    def _holds_address(self, octets: bytes) -> bool:
        """Whether an address of our agents stands in a file as it is; within what is packed nobody looks."""
        said = octets.lower()
        return any(address.encode(charset) in said for address in self.private for charset in _CHARSETS)

    def _is_own_card(self, octets: bytes) -> bool:
        said = octets.lower().decode("utf-8", "replace")
        return any(one in said for one in (*self.private, *self.names))


def _places(pieces: tuple[str, ...]) -> int:
    """Return how many pictures the texts have a place for."""
    return sum(without_places(one).count(PLACE) for one in pieces)


def _is_tiff(one: Attachment) -> bool:
    """Whether it is said to be a TIFF; the formats of cameras begin as TIFFs do, and would lose what they need."""
    return one.type in ("image/tiff", "image/tif") or bool(_TIFF.search(one.name))
