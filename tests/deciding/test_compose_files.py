"""Pictures and files of an outgoing mail arrive octet for octet and under safe names, at two different readers."""

from __future__ import annotations

import email
import email.policy
import tracemalloc
from datetime import UTC, datetime
from email.message import Message as ParsedMessage
from email.utils import getaddresses
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.deciding.compose import File, OutgoingMail, UnwritableMail, compose, content_of
from mailbot.reading.message import read
from mailbot.reading.model import Mailbox, Picture, Role
from mailbot.reading.parts.filenames import clean_name

SUPPORT = Mailbox("Dana · Acme Voice", "support@acme.example")
CUSTOMER = Mailbox("Jo", "jo@customer.example")
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SCREEN = Picture("5f1c0a@picture", "image/png", PNG)
BILL = File("bill.pdf", "application/pdf", b"%PDF-1.7\n\0\xff\r\r\n")
HTML = '<p>Press this:</p><p><img src="cid:5f1c0a@picture" alt=""></p>'
RETURNED = b"From: ann@other.example\r\nSubject: no tone\r\n\r\nHello,\r\n\r\nno tone.\r\n"


def mail(
    html: str | None = HTML,
    pictures: tuple[Picture, ...] = (),
    files: tuple[File, ...] = (),
    cc: tuple[Mailbox, ...] = (),
    text: str = "Press this:\n",
) -> OutgoingMail:
    content = content_of("Re: no tone", text, html, pictures=pictures, files=files)
    return OutgoingMail(SUPPORT, CUSTOMER, content, "a1b2c3@acme.example", AT, cc=cc)


def parsed(octets: bytes) -> ParsedMessage:
    return email.message_from_bytes(octets, policy=email.policy.compat32)


def leaves(octets: bytes) -> list[ParsedMessage]:
    """The parts that hold no others, an attached message being one of them."""
    found = []
    waiting = [parsed(octets)]
    while waiting:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart":
            children = part.get_payload()
            assert isinstance(children, list)
            waiting = [child for child in children if isinstance(child, ParsedMessage)] + waiting
        else:
            found.append(part)
    return found


def octets_of(part: ParsedMessage) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def tree(part: ParsedMessage) -> object:
    children = part.get_payload()
    if not isinstance(children, list):
        return part.get_content_type()
    return (part.get_content_type(), [tree(child) for child in children if isinstance(child, ParsedMessage)])


def assert_on_the_wire(octets: bytes) -> None:
    assert octets.isascii()
    assert b"\0" not in octets
    assert octets.endswith(b"\r\n")
    assert octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 998


def test_pictures_belong_to_the_html_and_files_to_the_mail() -> None:
    alternative = ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])])
    assert tree(parsed(compose(mail(pictures=(SCREEN,), files=(BILL,))))) == (
        "multipart/mixed",
        [alternative, "application/pdf"],
    )
    assert tree(parsed(compose(mail(pictures=(SCREEN,))))) == alternative
    assert tree(parsed(compose(mail(None, files=(BILL,))))) == ("multipart/mixed", ["text/plain", "application/pdf"])
    assert tree(parsed(compose(mail(None, pictures=(SCREEN,))))) == "text/plain"


def test_a_mail_with_files_is_the_same_octets_each_time() -> None:
    written = mail(pictures=(SCREEN,), files=(BILL, File("", "text/csv", b"a,b\n")))
    assert compose(written) == compose(written)


def test_a_picture_is_found_under_the_address_in_the_html() -> None:
    _, html, picture = leaves(compose(mail(pictures=(SCREEN,))))
    assert b"cid:5f1c0a@picture" in octets_of(html)
    assert picture["Content-ID"] == "<5f1c0a@picture>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_filename() == "image.png"
    assert octets_of(picture) == PNG


@pytest.mark.parametrize("content_id", ["", "no at", "a@b>\r\nX: y", "ü@picture"])
def test_a_picture_with_a_wrong_id_is_refused(content_id: str) -> None:
    with pytest.raises(UnwritableMail):
        compose(mail(pictures=(Picture(content_id, "image/png", PNG),)))


def test_what_we_write_is_read_as_meant_by_our_own_reading() -> None:
    message = read(compose(mail(pictures=(SCREEN,), files=(BILL, File("mail.eml", "message/rfc822", RETURNED)))))
    assert message.reply_text == "Press this:"
    assert message.defects == ()
    assert [(one.name, one.type, one.sha256, one.role) for one in message.attachments] == [
        ("image.png", "image/png", sha256(PNG).hexdigest(), Role.PICTURE),
        ("bill.pdf", "application/pdf", sha256(BILL.octets).hexdigest(), Role.FILE),
        ("mail.eml", "message/rfc822", sha256(RETURNED).hexdigest(), Role.FORWARDED),
    ]


@pytest.mark.parametrize(
    ("given_name", "written"),
    [
        ("bill.pdf", "bill.pdf"),  # plain
        ("bill of May (2).pdf", "bill of May (2).pdf"),  # what RFC 2045 calls tspecials
        ("Störung bei Müller & Söhne.pdf", "Störung bei Müller & Söhne.pdf"),  # RFC 2231
        ("請求書.pdf", "請求書.pdf"),
        ("🎉.txt", "🎉.txt"),
        ("x" * 150 + ".pdf", "x" * 150 + ".pdf"),  # longer than a line
        ("名" * 80 + ".pdf", "名" * 65 + ".pdf"),  # more than 200 octets
        ("C:\\Users\\dana\\Desktop\\bill.pdf", "bill.pdf"),  # the agent's folders
        ("../../etc/passwd", "passwd"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),  # a parameter of its own
        ("a\r\nBcc: x@y.example.pdf", "a_Bcc_ x@y.example.pdf"),  # a field of its own
        ("bill\u202efdp.exe", "bill_fdp.exe"),  # shown as billexe.pdf
        ("\u061cbill\u2067.pdf", "_bill_.pdf"),  # other characters that turn the direction
        ("=?utf-8?q?x=0D=0A?=.pdf", "=_utf-8_q_x=0D=0A_=.pdf"),  # looks encoded
        ("utf-8''a%20b.pdf", "utf-8''a%20b.pdf"),  # looks encoded by RFC 2231
        ("\ud800.pdf", "_.pdf"),  # half a character
        ("", "file.bin"),
        ("...", "file.bin"),
    ],
)
def test_names_of_files_are_safe_and_arrive(given_name: str, written: str) -> None:
    octets = compose(mail(files=(File(given_name, "application/octet-stream", b"x"),)))
    assert_on_the_wire(octets)
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    *_, file = leaves(octets)
    assert file.get_filename() == written
    assert file["Bcc"] is None
    assert [one.name for one in read(octets).attachments] == [written]


def test_nameless_files_are_told_apart() -> None:
    files = tuple(File("", kind, b"x") for kind in ("image/png", "image/png", "text/calendar", "audio/x-odd"))
    names = [part.get_filename() for part in leaves(compose(mail(None, files=files)))[1:]]
    assert names == ["image.png", "image1.png", "calendar.ics", "audio.wav"]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("Application/PDF", "application/pdf"),
        ("image/svg+xml", "image/svg+xml"),
        ("multipart/mixed", "application/octet-stream"),  # would be cut by readers
        ("message/partial", "application/octet-stream"),  # would be put together with others
        ("message/external-body", "application/octet-stream"),  # would be fetched
        ("text/plain\r\nX: y", "application/octet-stream"),
        ('text/plain; name="evil.exe"', "application/octet-stream"),
        ("", "application/octet-stream"),
        ("text/" + "x" * 300, "application/octet-stream"),
    ],
)
def test_types_of_files_are_types(kind: str, written: str) -> None:
    octets = compose(mail(files=(File("a.txt", kind, b"From x\n.\n--\n"),)))
    assert_on_the_wire(octets)
    *_, file = leaves(octets)
    assert file.get_content_type() == written
    assert file["X"] is None
    assert octets_of(file) == b"From x\n.\n--\n"


def test_an_attached_message_is_not_encoded() -> None:
    """RFC 2046 section 5.2.1: message/rfc822 is 7bit, 8bit or binary."""
    octets = compose(mail(files=(File("no tone.eml", "message/rfc822", RETURNED),)))
    *_, attached = leaves(octets)
    assert (attached.get_content_type(), attached["Content-Transfer-Encoding"]) == ("message/rfc822", "7bit")
    assert attached.get_filename() == "no tone.eml"
    assert octets.count(RETURNED) == 1


@pytest.mark.parametrize(
    "octets",
    [
        RETURNED + "Grüße\r\n".encode(),  # 8-bit
        RETURNED.replace(b"\r\n", b"\n"),  # bare LF
        RETURNED + b"a\rb\r\n",  # bare CR
        RETURNED + b"a\n\rb\r\n",  # as many of each, and none belong together
        RETURNED + b"\0\r\n",
        RETURNED + b"x" * 999 + b"\r\n",
        RETURNED + b"x" * 999,
        b"x" * 999 + b"\r\n" + RETURNED,
    ],
)
def test_a_message_that_could_not_travel_as_it_is_travels_as_a_file(octets: bytes) -> None:
    written = compose(mail(files=(File("no tone", "message/rfc822", octets),)))
    assert_on_the_wire(written)
    *_, attached = leaves(written)
    assert (attached.get_content_type(), attached.get_filename()) == ("application/octet-stream", "no tone.eml")
    assert octets_of(attached) == octets


@pytest.mark.parametrize("length", [0, 1, 2, 997, 998])
def test_lines_of_an_attached_message_may_be_as_long_as_smtp_allows(length: int) -> None:
    octets = RETURNED + (b"x" * length + b"\r\n") * 3 + b"x" * length
    written = compose(mail(files=(File("", "message/rfc822", octets),)))
    assert_on_the_wire(written)
    assert octets in written


def test_a_boundary_that_stands_in_an_attached_message_is_not_used() -> None:
    plain = compose(mail(files=(File("a.eml", "message/rfc822", RETURNED),)))
    inner = [f"--{part.get_boundary()}--".encode() for part in parsed(plain).walk() if part.get_boundary()]
    assert len(inner) == 2
    octets = compose(mail(files=(File("a.eml", "message/rfc822", RETURNED + b"\r\n".join([*inner, b""])),)))
    assert [part.get_content_type() for part in leaves(octets)] == ["text/plain", "text/html", "message/rfc822"]
    assert [one.size for one in read(octets).attachments] == [len(RETURNED) + sum(len(line) + 2 for line in inner)]


def test_everybody_in_copy_is_named() -> None:
    others = (
        Mailbox("Ann", "ann@customer.example"),
        Mailbox("", "bob@customer.example"),
        Mailbox("Zoë, the boss\r\nBcc: x@y.example", "zoe@bücher.example"),
        *(Mailbox(f"Person with a rather long name, number {number}", f"p{number}@c.example") for number in range(40)),
    )
    octets = compose(mail(cc=others))
    assert max(map(len, octets.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    message = parsed(octets)
    assert message["Bcc"] is None
    assert [address for _, address in getaddresses([message["Cc"]])] == [
        "ann@customer.example",
        "bob@customer.example",
        "zoe@xn--bcher-kva.example",
        *(f"p{number}@c.example" for number in range(40)),
    ]
    assert [box.name for box in read(octets).cc[:3]] == ["Ann", "", "Zoë, the boss Bcc: x@y.example"]


def test_somebody_in_copy_without_an_address_is_refused() -> None:
    with pytest.raises(UnwritableMail):
        compose(mail(cc=(Mailbox("Ann", "ann@customer.example"), Mailbox("Bob", "bob"))))


@pytest.mark.parametrize("length", [0, 1, 56, 57, 58, 58367, 58368, 58369, 116736])
def test_files_of_any_length_arrive_whole(length: int) -> None:
    octets = compose(mail(files=(File("a.bin", "application/octet-stream", (bytes(range(256)) * 457)[:length]),)))
    assert_on_the_wire(octets)
    *_, file = leaves(octets)
    assert octets_of(file) == (bytes(range(256)) * 457)[:length]
    encoded = str(file.get_payload()).rstrip("\r\n").split("\r\n")
    assert {len(line) for line in encoded[:-1]} <= {76}


def test_a_large_file_is_not_copied_about() -> None:
    files = (File("film.mov", "video/quicktime", bytes(8 << 20)),)
    written = mail(files=files)
    tracemalloc.start()
    octets = compose(written)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(octets) > 4 / 3 * (8 << 20)
    assert peak < 1.3 * len(octets)


NAMES = st.text(max_size=60)
OCTETS = st.binary(max_size=300)
TYPES = st.sampled_from(["image/png", "text/plain", "text/html", "message/rfc822", "application/pdf", "odd"])
FILES = st.lists(st.builds(File, NAMES, TYPES, OCTETS), max_size=4).map(tuple)
PICTURES = st.lists(st.builds(Picture, st.sampled_from(["a@b", "c.d@e"]), st.just("image/png"), OCTETS), max_size=3)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


@given(files=FILES, pictures=PICTURES.map(tuple), text=TEXTS, html=st.none() | TEXTS)
@example(files=(File("a", "message/rfc822", b""),), pictures=(), text="", html=None)
@example(files=(File("--\r\n--", "text/plain", b"\r\n--=_"),), pictures=(SCREEN,), text="", html="")
def test_whatever_is_written_is_read_back(
    files: tuple[File, ...], pictures: tuple[Picture, ...], text: str, html: str | None
) -> None:
    octets = compose(mail(html, pictures, files, text=text))
    assert_on_the_wire(octets)
    forms = 1 if html is None else 2
    shown = () if html is None else pictures
    sent = [one.octets for one in shown] + [one.octets for one in files]
    found = leaves(octets)
    assert [part.get_content_disposition() for part in found] == [
        *[None] * forms,
        *["inline"] * len(shown),
        *["attachment"] * len(files),
    ]
    for part, given_octets in zip(found[forms:], sent, strict=True):
        if part.get_content_type() == "message/rfc822":
            assert given_octets in octets
        else:
            assert octets_of(part) == given_octets
    for part in found[forms + len(shown) :]:
        name = part.get_filename()
        assert name is not None
        assert name == clean_name(name) != ""
    attachments = read(octets).attachments
    assert [one.sha256 for one in attachments] == [sha256(one).hexdigest() for one in sent]
