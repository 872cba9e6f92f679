"""Every outgoing mail can be read back as what was meant, by a reader that is not ours."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import Message as ParsedMessage
from email.utils import getaddresses, parsedate_to_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.deciding.compose import OutgoingMail, UnwritableMail, addr_spec, compose, content_of
from mailbot.reading.model import Mailbox

SUPPORT = Mailbox("Acme Voice", "support@acme.example")
CUSTOMER = Mailbox("", "jo@customer.example")
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def mail(
    *,
    from_: Mailbox = SUPPORT,
    to: Mailbox = CUSTOMER,
    subject: str = "[1042] We have your message",
    text: str = "Hello,\nthank you.\n",
    html: str | None = "<p>Hello</p>",
    message_id: str = "a1b2c3@acme.example",
    in_reply_to: str | None = None,
    references: tuple[str, ...] = (),
    reply_to: Mailbox | None = None,
    date: datetime = AT,
) -> OutgoingMail:
    return OutgoingMail(
        from_=from_,
        to=to,
        content=content_of(subject, text, html),
        message_id=message_id,
        date=date,
        in_reply_to=in_reply_to,
        references=references,
        reply_to=reply_to,
        language="en",
        auto_submitted="auto-replied",
    )


def parsed(octets: bytes) -> ParsedMessage:
    return email.message_from_bytes(octets, policy=email.policy.compat32)


def header(message: ParsedMessage, name: str) -> str:
    value = message[name]
    return str(make_header(decode_header(value.replace("\r\n ", " "))))


def body(part: ParsedMessage) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset("ascii"))


def parts(message: ParsedMessage) -> list[ParsedMessage]:
    return [part for part in message.walk() if not part.is_multipart()]


def assert_on_the_wire(octets: bytes) -> None:
    """CRLF only, ASCII only, no NUL, no long line: RFC 5321 section 4.5.3.1.6 and 2.3.8."""
    assert octets.isascii()
    assert b"\0" not in octets
    assert octets.endswith(b"\r\n")
    rest = octets.replace(b"\r\n", b"")
    assert b"\r" not in rest
    assert b"\n" not in rest
    head, _, tail = octets.partition(b"\r\n\r\n")
    assert max(len(line) for line in tail.split(b"\r\n")) <= 78
    assert max(len(line) for line in head.split(b"\r\n")) <= 998


def test_the_same_mail_is_the_same_octets() -> None:
    assert compose(mail()) == compose(mail())


def test_an_automatic_mail_says_that_it_is_one() -> None:
    message = parsed(compose(mail()))
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "en"
    assert message["Precedence"] is None


def test_a_person_s_mail_does_not() -> None:
    written = OutgoingMail(SUPPORT, CUSTOMER, content_of("Hello", "Hello"), "x1@acme.example", AT)
    message = parsed(compose(written))
    assert message["Auto-Submitted"] is None
    assert message["X-Auto-Response-Suppress"] is None
    assert message.get_content_type() == "text/plain"


def test_nothing_names_the_software() -> None:
    names = {name.lower() for name in parsed(compose(mail())).keys()}  # noqa: SIM118 - a Message is no dict
    assert names == {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "x-auto-response-suppress",
        "content-language",
        "mime-version",
        "content-type",
    }


def test_text_comes_before_html() -> None:
    message = parsed(compose(mail(text="Grüße\n", html="<p>Grüße</p>")))
    assert message.get_content_type() == "multipart/alternative"
    plain, html = parts(message)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert body(plain) == "Grüße\r\n"
    assert body(html) == "<p>Grüße</p>\r\n"


def test_threading_fields() -> None:
    references = tuple(f"m{number}@customer.example" for number in range(8))
    message = parsed(compose(mail(in_reply_to=references[-1], references=references)))
    assert message["In-Reply-To"] == "<m7@customer.example>"
    assert message["References"].split() == [f"<{reference}>" for reference in references]


def test_a_long_thread_keeps_its_first_and_latest_references() -> None:
    references = tuple(f"m{number}@customer.example" for number in range(500))
    kept = parsed(compose(mail(references=references)))["References"].split()
    assert kept == ["<m0@customer.example>", *(f"<m{number}@customer.example>" for number in range(481, 500))]


@pytest.mark.parametrize(
    "foreign",
    [
        "a@b>\r\nBcc: victim@example.org",  # an injected field
        "a b@c.example",  # a space ends the id for most readers
        "<a@b.example>",  # brackets inside brackets
        "",  # empty
        "ü@customer.example",  # not ASCII
        "x" * 250 + "@customer.example",  # longer than any line should be
    ],
)
def test_an_id_that_is_none_is_left_out(foreign: str) -> None:
    octets = compose(mail(in_reply_to=foreign, references=(foreign, "good@customer.example")))
    message = parsed(octets)
    assert message["In-Reply-To"] is None
    assert message["References"] == "<good@customer.example>"
    assert message["Bcc"] is None
    assert_on_the_wire(octets)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("one\r\nBcc: victim@example.org", "one Bcc: victim@example.org"),  # a field of its own
        ("one\nX: y", "one X: y"),  # bare LF
        ("one\rX: y", "one X: y"),  # bare CR
        ("one\0two", "one two"),  # NUL
        ("one\r\n\r\n<html>", "one <html>"),  # the end of the header section
        ("one\u2028two\x85three", "one two three"),  # line ends of Unicode
        ("\r\n one", "one"),  # a folded first line
        ("=?utf-8?q?x=0D=0ABcc:_victim?=", "=?utf-8?q?x=0D=0ABcc:_victim?="),  # looks encoded, is literal
    ],
)
def test_no_value_brings_a_field_of_its_own(value: str, shown: str) -> None:
    octets = compose(mail(subject=value, from_=Mailbox(value, SUPPORT.address), to=Mailbox(value, CUSTOMER.address)))
    message = parsed(octets)
    assert header(message, "Subject") == shown
    assert message["Bcc"] is None
    assert message["X"] is None
    for name, address in (("From", SUPPORT.address), ("To", CUSTOMER.address)):
        [(display, found)] = getaddresses([message[name]])
        assert found == address
        assert str(make_header(decode_header(display))) == shown
    assert_on_the_wire(octets)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("jo@customer.example", "jo@customer.example"),  # plain
        ("Jo.B+tag@Customer.Example", "Jo.B+tag@customer.example"),  # the local part is the receiver's business
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),  # RFC 5891
        ("jo@xn--strae-oqa.example", "jo@xn--strae-oqa.example"),  # A-labels stay
        ("jo@my_host.example", "jo@my_host.example"),  # no host name, but there are such
        ('"two words"@customer.example', '"two words"@customer.example'),  # a quoted local part
        ("-rf@customer.example", "-rf@customer.example"),  # looks like an option, is an address
    ],
)
def test_addresses_as_smtp_carries_them(address: str, written: str) -> None:
    assert addr_spec(address) == written


@pytest.mark.parametrize(
    "address",
    [
        "",  # nothing
        "jo",  # no domain
        "@customer.example",  # no local part
        "jo@",  # no domain
        "jo@customer.example>\r\nBcc: victim@example.org",  # an injected field
        "jo@a.example, victim@example.org",  # two
        "jo b@customer.example",  # a space
        "jo@straße.example",  # IDNA 2003 and 2008 name two different domains
        "jörg@customer.example",  # only SMTPUTF8 carries it
        "jo@customer..example",  # no host name
        "jo@customer.example\n",  # a line end behind it
        "x" * 250 + "@customer.example",  # longer than a path may be
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UnwritableMail):
        compose(mail(to=Mailbox("", address)))


def test_a_naive_date_and_a_wrong_own_id_are_refused() -> None:
    with pytest.raises(UnwritableMail):
        compose(mail(date=datetime(2026, 11, 23, 8, 30)))  # noqa: DTZ001 - the point of the test
    with pytest.raises(UnwritableMail):
        compose(mail(message_id="a b@acme.example"))


def test_the_date_keeps_its_instant() -> None:
    berlin = timezone(timedelta(hours=1))
    assert parsedate_to_datetime(parsed(compose(mail(date=AT.astimezone(berlin))))["Date"]) == AT


def test_a_boundary_that_stands_in_a_text_is_not_used() -> None:
    first = parsed(compose(mail())).get_boundary()
    octets = compose(mail(text=f"look:\n--{first}\nend", html=f"<p>--{first}--</p>"))
    message = parsed(octets)
    assert message.get_boundary() != first
    assert body(parts(message)[0]) == f"look:\r\n--{first}\r\nend\r\n"


def test_a_line_that_starts_with_from_survives_mailbox_files() -> None:
    text = "From here on\nthe line " + "x" * 60 + " goes on.\nFrom " + "y" * 70
    octets = compose(mail(text=text))
    assert b"\nFrom " not in octets
    assert body(parts(parsed(octets))[0]) == text.replace("\n", "\r\n") + "\r\n"
    assert_on_the_wire(octets)


def test_a_dot_on_its_own_line_survives() -> None:
    octets = compose(mail(text="one\n.\ntwo"))
    assert body(parts(parsed(octets))[0]) == "one\r\n.\r\ntwo\r\n"


NAMES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120)
LINES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)


def plain(value: str) -> str:
    """What a header value is to become: control characters and line ends as one space, no double spaces."""
    kept = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" else c for c in value)
    while "  " in kept:
        kept = kept.replace("  ", " ")
    return kept.strip(" ")


@given(subject=NAMES, name=NAMES, text=LINES, html=LINES)
@example(subject="a" * 300, name='say "hi" \\ there', text="x" * 2000, html=" \t\n \n")
@example(subject="ü " * 60, name="Zoë, (Ltd) <x@y>", text="é" * 300 + " \n", html=". \n..\n")
@example(subject="🎉" * 40, name="株式会社", text="=\r=3D\n\n\n", html="")
def test_what_is_written_is_read_back(subject: str, name: str, text: str, html: str) -> None:
    octets = compose(mail(subject=subject, from_=Mailbox(name, SUPPORT.address), text=text, html=html))
    assert_on_the_wire(octets)
    message = parsed(octets)
    assert header(message, "Subject") == plain(subject)
    [(display, address)] = getaddresses([message["From"]])
    assert address == SUPPORT.address
    assert str(make_header(decode_header(display.replace("\r\n ", " ")))) == plain(name)
    for part, given_text in zip(parts(message), (text, html), strict=True):
        lines = given_text.replace("\r\n", "\n").replace("\r", "\n")
        kept = "".join(c for c in lines if c in "\t\n" or (ord(c) >= 32 and ord(c) != 127)).rstrip("\n")
        assert body(part) == kept.replace("\n", "\r\n") + "\r\n"
