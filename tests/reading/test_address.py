"""The strict reader of From against everything that makes two programs disagree (H9 to H11, H53, H64, H65)."""

from __future__ import annotations

import time

import pytest

from mailbot.reading.fields.address import canonical, domain_of, mailboxes, originator
from mailbot.reading.message import read
from mailbot.reading.model import Mailbox

IDENTITIES = [
    # A plain mailbox in each of its ordinary forms.
    ("ann@example.com", ("", "ann@example.com")),
    ("Ann Miller <ann@example.com>", ("Ann Miller", "ann@example.com")),
    ('"Miller, Ann" <ann@example.com>', ("Miller, Ann", "ann@example.com")),
    # Outlook forgets the quotes; there is still only one address.
    ("Miller, Ann <ann@example.com>", ("Miller, Ann", "ann@example.com")),
    ("ann@example.com (Ann Miller)", ("Ann Miller", "ann@example.com")),
    ("=?utf-8?Q?J=C3=B6rg?= <joerg@example.com>", ("Jörg", "joerg@example.com")),
    ('"=?utf-8?Q?J=C3=B6rg?=" <joerg@example.com>', ("Jörg", "joerg@example.com")),
    # The address as its own display name.
    ('"ann@example.com" <ann@example.com>', ("ann@example.com", "ann@example.com")),
    ("Ann <Ann.Miller+phones@Example.COM>", ("Ann", "Ann.Miller+phones@Example.COM")),
    # An address that looks like an option, or like SQL: plain strings.
    ("<-oQ/tmp@example.com>", ("", "-oQ/tmp@example.com")),
    ("<o'neil@example.com>", ("", "o'neil@example.com")),
    ("Jörg <jörg@bücher.example>", ("Jörg", "jörg@bücher.example")),
]

NOBODY = [
    # Another address in the display name: readers disagree on who this is.
    "agent@example.net <evil@attacker.example>",
    '"agent@example.net" <evil@attacker.example>',
    "=?utf-8?Q?agent=40example.net?= <evil@attacker.example>",
    "=?utf-8?B?YWdlbnRAZXhhbXBsZS5uZXQ=?= <evil@attacker.example>",
    # A full-width at sign reads the same to a person.
    "agent\uff20example.net <evil@attacker.example>",
    # Two mailboxes, with and without names.
    "agent@example.net, evil@attacker.example",
    "<agent@example.net>, <evil@attacker.example>",
    '"A" <agent@example.net>, "B" <evil@attacker.example>',
    "<agent@example.net> <evil@attacker.example>",
    # Groups and source routes.
    "team: agent@example.net;",
    "team: Agent <agent@example.net>;",
    "<@relay.example,@other.example:agent@example.net>",
    "<@relay.example:agent@example.net>",
    # Comments in the middle, nested, or holding an address.
    "agent(comment)@example.net",
    "agent@(comment)example.net",
    "agent@example.net (evil@attacker.example)",
    "agent@example.net (a (b))",
    "(<evil@attacker.example>) agent@example.net",
    "Agent <agent@example.net> (really)",
    # Control and hidden characters.
    "agent@example.net\x00.attacker.example",
    "agent@example.net\x00",
    "Ag\x00ent <agent@example.net>",
    "agent@exam\u200bple.net",
    "\u202eagent <agent@example.net>",
    "Ag\u200bent <agent@example.net>",
    "\x0c agent@example.net",
    "agent@example.net (\u202eten.elpmaxe)",
    "agent@example.net\r\nBcc: x@example.org",
    # Encoded words where no word may stand.
    "=?utf-8?Q?agent=40example.net?=",
    "<=?utf-8?Q?agent=40example.net?=>",
    "=?utf-8?Q?agent=40example.net=3E_=3Cx?=@attacker.example",
    "=?utf-8?Q?A_=3Cagent=40example.net=3E?= <evil@attacker.example>",
    # Not decoded by everybody, and then an address.
    "=?utf-8?b?@QUJD?= <agent@example.net>",
    # Look-alikes that some software maps to the real domain.
    "agent@\uff45xample.net",
    "agent@example\u3002net",
    "agent@fa\u00df.example",
    "ag\uff45nt@example.net",
    # Quoted local parts with specials, literals, broken domains, nothing.
    '"agent@example.net"@attacker.example',
    '"a\\"b"@example.net',
    "agent@[192.0.2.1]",
    "agent@example..net",
    "agent@example.net.",
    "agent@-example.net",
    "agent@",
    "@example.net",
    "agent",
    "<>",
    "",
    "A(gent <agent@example.net>",
    "A)gent <agent@example.net>",
    "A )( <agent@example.net>",
    '"unclosed <agent@example.net>',
    "<agent@example.net",
    "agent@example.net>",
    "a" * 65 + "@example.net",
    "agent@" + "a." * 130 + "net",
    "x" * 300_000 + " <agent@example.net>",
]


@pytest.mark.parametrize(("value", "wanted"), IDENTITIES)
def test_identity(value: str, wanted: tuple[str, str]) -> None:
    assert originator([value]) == Mailbox(*wanted)


@pytest.mark.parametrize("value", NOBODY, ids=lambda value: repr(value[:40]))
def test_no_identity(value: str) -> None:
    assert originator([value]) is None


def test_no_from_and_two_from_are_nobody() -> None:
    assert originator([]) is None
    assert originator(["agent@example.net", "agent@example.net"]) is None


@pytest.mark.parametrize("address", [b"jane@ex\xe5mple.org", b"j\xffane@example.org", b"\xa0jane@example.org"])
@pytest.mark.parametrize("charset", [b"iso-8859-1", b"shift_jis", b"utf-8"])
def test_an_address_whose_charset_must_be_guessed_is_nobody(address: bytes, charset: bytes) -> None:
    raw = b"From: Jane <" + address + b">\nContent-Type: text/plain; charset=" + charset + b"\n\nx"
    assert read(raw).sender is None


def test_a_charset_makes_no_address_of_what_is_none() -> None:
    """In EBCDIC even the ASCII of a From field is other text; only its author reads it that way."""
    hidden = "jane@example.org ".encode("cp037")
    assert read(b"From: " + hidden + b"\nContent-Type: text/plain; charset=cp037\n\n\xa7").sender is None


def test_a_name_may_be_in_a_guessed_charset() -> None:
    raw = b"From: J\xfcrgen <j@example.org>\nContent-Type: text/plain; charset=iso-8859-1\n\nGr\xfc\xdfe"
    assert read(raw).sender == Mailbox("Jürgen", "j@example.org")
    assert read("From: Jürgen <jürgen@example.org>\n\nx".encode()).sender == Mailbox("Jürgen", "jürgen@example.org")


@pytest.mark.parametrize("stray", [b"no field at all", b"X-Spaced : x", b"=?utf-8?q?x?="])
def test_from_below_a_line_that_is_no_field_names_nobody(stray: bytes) -> None:
    """Many programs take such a line for the beginning of the body."""
    below = read(b"To: b@example.org\n" + stray + b"\nFrom: jane@example.org\nSubject: x\n\nx")
    above = read(b"From: jane@example.org\n" + stray + b"\nSubject: x\n\nx")
    assert below.from_ == above.from_ == (Mailbox("", "jane@example.org"),)
    assert below.sender is None
    assert above.sender == Mailbox("", "jane@example.org")


@pytest.mark.parametrize("first", [b"\n", b"\r\n\r\n", b" \n", b"\xef\xbb\xbf", b">From x\n"])
def test_from_below_what_comes_before_the_header_section_names_nobody(first: bytes) -> None:
    assert read(first + b"From: jane@example.org\nSubject: x\n\nx").sender is None


def test_the_separator_of_an_mbox_takes_no_identity() -> None:
    raw = b"From jane@example.org Mon Nov 23 10:00:00 2026\nFrom: jane@example.org\n\nx"
    assert read(raw).sender == Mailbox("", "jane@example.org")


@pytest.mark.parametrize("run", ["A", " ", "\t", "<", "<a", "(", '"', '\\"', "=?", "@", "a@", ":", ",", "a@b, "])
@pytest.mark.parametrize("around", ["{}", "a@b.example{}x", '"{} <a@b.example>', "({}", "<{}"])
def test_a_long_run_takes_no_long(run: str, around: str) -> None:
    value = around.format(run * (60_000 // len(run)))
    began = time.process_time()
    originator([value])
    mailboxes(value)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["Sender", "Reply-To", "Resent-From", "From "])
def test_only_from_names_the_sender(name: str) -> None:
    raw = f"{name}: agent@example.net\nTo: support@example.net\n\nx".encode()
    assert read(raw).sender is None


def test_first_line_that_is_a_continuation_is_no_field() -> None:
    message = read(b" From: agent@example.net\nSubject: x\n\nx")
    assert message.sender is None
    assert message.subject == "x"


def test_folded_field_name_is_no_from() -> None:
    assert read(b"Fr\n om: agent@example.net\nSubject: x\n\nx").sender is None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        # Case, A-label and U-label of one domain are equal.
        ("Agent@Example.NET", "agent@example.net", True),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", True),
        (" <ann@example.com> ", "ann@example.com", True),
        # A Cyrillic letter that looks the same is another domain.
        ("agent@ex\u0430mple.net", "agent@example.net", False),
        # Suffix and prefix of a domain are others.
        ("agent@example.net.attacker.example", "agent@example.net", False),
        ("agent@notexample.net", "agent@example.net", False),
    ],
)
def test_canonical(left: str, right: str, same: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (canonical(left) == canonical(right)) is same


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ann@Example.COM", "example.com"),
        ("<ann@example.com>", "example.com"),
        ("ann@bücher.example", "xn--bcher-kva.example"),
        ("ann", ""),
        ("ann@", ""),
        ("ann@exa mple.com", ""),
    ],
)
def test_domain_of(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a@example.com, b@example.com", [("", "a@example.com"), ("", "b@example.com")]),
        ('"Miller, Ann" <a@example.com>; b@example.com', [("Miller, Ann", "a@example.com"), ("", "b@example.com")]),
        ("team: a@example.com, b@example.com;", [("", "a@example.com"), ("", "b@example.com")]),
        ("undisclosed-recipients:;", []),
        ("a@example.com (Ann)", [("Ann", "a@example.com")]),
        ("<a@example.com", [("", "a@example.com")]),
        ("MAILER-DAEMON (Mail System)", [("Mail System", "MAILER-DAEMON")]),
        ('"unclosed a@example.com, b@example.com', [("", "a@example.com"), ("", "b@example.com")]),
    ],
)
def test_mailboxes_shows_what_stands_there(value: str, wanted: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in mailboxes(value)] == wanted
