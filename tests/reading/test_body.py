"""The MIME tree, the choice of the text, and the files (H46, H48, H55, H57, H58, H67, H68)."""

from __future__ import annotations

import base64
import hashlib

import pytest

from mailbot.reading.fields import parameters
from mailbot.reading.message import read
from mailbot.reading.model import Message, Role
from mailbot.reading.parts.filenames import clean_name


def _mixed(*parts: str, kind: str = "mixed", header: str = "") -> Message:
    body = "".join(f"--b\n{part}\n" for part in parts)
    raw = (
        f"From: ann@example.com\nSubject: x\n"
        f"{header}Content-Type: "
        f'multipart/{kind}; boundary="b"\n\n'
        f"preamble\n{body}--b--\nepilogue"
    )
    return read(raw.encode())


PLAIN = "Content-Type: text/plain\n\nplain words"
HTML = "Content-Type: text/html\n\n<p>html words</p>"
IMAGE = "Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: base64\nContent-ID: <l@x>\n\niVBORw0K"


def test_plain_is_preferred() -> None:
    message = _mixed(PLAIN, HTML, kind="alternative")
    assert message.text == "plain words"
    assert message.attachments == ()


def test_html_where_plain_is_empty() -> None:
    assert _mixed("Content-Type: text/plain\n\n \n", HTML, kind="alternative").text == "html words"


LETTER = "<p>" + "Since this morning nobody at our office can be reached. " * 5 + "</p>"


@pytest.mark.parametrize(
    "stub",
    ["This email must be viewed in HTML mode.", "Ihr Programm zeigt kein HTML an.", "HTML: http://example.com/mail/1"],
)
def test_html_where_plain_only_points_to_it(stub: str) -> None:
    message = _mixed(f"Content-Type: text/plain\n\n{stub}", f"Content-Type: text/html\n\n{LETTER}", kind="alternative")
    assert message.text.startswith("Since this morning")
    assert message.attachments == ()


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        # A person who asks about HTML, says as much in both forms, or the most in plain text.
        ("Our HTML signature is broken.", "<p>Our HTML signature is broken.</p>"),
        ("Nothing works, see http://example.com/a.htmlx", LETTER),
        ("Our fax is dead.", LETTER),
        ("The HTML report lacks a column. " * 40, LETTER * 20),
    ],
)
def test_plain_that_says_something_is_shown(plain: str, html: str) -> None:
    message = _mixed(f"Content-Type: text/plain\n\n{plain}", f"Content-Type: text/html\n\n{html}", kind="alternative")
    assert message.text == plain.rstrip()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        # A message is called as its subject is, whatever a program writes there for all of them.
        (
            "Content-Type: message/rfc822\nContent-Description: Returned\n\nSubject: Fax =?utf-8?Q?t=C3=B6t?=\n\nx",
            "Fax töt.eml",
        ),
        ("Content-Type: message/rfc822\nContent-Description: Letter\n\nFrom: ann@example.com\n\nx", "Letter.eml"),
        ("Content-Type: message/rfc822\n\nFrom: ann@example.com\n\nx", "message.eml"),
        ("Content-Type: message/rfc822; name=a.eml\n\nSubject: Fax\n\nx", "a.eml"),
        ("Content-Type: application/pdf\nContent-Description: Bill\n\nx", "Bill.pdf"),
        # Pictures.
        ("Content-Type: image/png\nContent-ID: <image001.png@01DB.5A>\n\nx", "image001.png"),
        ("Content-Type: image/png\nContent-ID: <ii_15f0aad6@mail>\n\nx", "image.png"),
        ("Content-Type: image/png\nContent-ID: <../../x.png@h>\n\nx", "image.png"),
    ],
)
def test_names_of_what_has_no_file_name(part: str, name: str) -> None:
    assert [one.name for one in _mixed(PLAIN, part).attachments] == [name]


def test_a_declared_base64_that_is_words_is_read_as_it_stands() -> None:
    head = b"From: ann@example.com\nContent-Transfer-Encoding: base64\n\n"
    assert read(head + b"All phones are dead.\nPlease call back.").text == "All phones are dead.\nPlease call back."
    encoded = base64.b64encode(b"All phones are dead.")
    footer = b"\n\nTo leave this list of the office write to the owner of the list and say so.\n"
    assert read(head + encoded + footer).text.startswith("All phones are dead.")


def test_markdown_is_text() -> None:
    assert read(b"From: ann@example.com\nContent-Type: text/markdown\n\n**All** phones are dead.").text.endswith(
        "dead."
    )
    shown = _mixed("Content-Type: text/markdown\n\n*html* words", HTML, kind="alternative")
    assert (shown.text, shown.attachments) == ("html words", ())


def test_inline_texts_are_joined_in_order() -> None:
    assert _mixed(PLAIN, IMAGE, "\nmore words").text == "plain words\nmore words"


def test_picture_of_the_html_is_a_file() -> None:
    inner = f'Content-Type: multipart/related; boundary="r"\n\n--r\n{HTML}\n--r\n{IMAGE}\n--r--'
    message = _mixed(PLAIN, inner, kind="alternative")
    assert message.text == "plain words"
    assert [(one.name, one.type) for one in message.attachments] == [("logo.png", "image/png")]


class TestPictures:
    """A logo in a signature is no file of the customer's (Role)."""

    def _related(self, html: str, image: str) -> Message:
        return _mixed(f"Content-Type: text/html\n\n{html}", image, kind="related")

    def test_what_the_html_shows_is_a_picture(self) -> None:
        (found,) = self._related("<p>Hi</p><img src='cid:l%40x'>", IMAGE).attachments
        assert found.role is Role.PICTURE

    def test_so_it_is_where_plain_text_is_shown(self) -> None:
        inner = f'Content-Type: multipart/related; boundary="r"\n\n--r\n{HTML}<img src="cid:l@x">\n--r\n{IMAGE}\n--r--'
        (found,) = _mixed(PLAIN, inner, kind="alternative").attachments
        assert found.role is Role.PICTURE

    def test_what_the_html_does_not_show_is_a_file(self) -> None:
        (found,) = self._related("<p>Hi</p><img src='cid:other'>", IMAGE).attachments
        assert found.role is Role.FILE

    @pytest.mark.parametrize(("disposition", "role"), [("inline", Role.PICTURE), ("attachment", Role.FILE)])
    def test_as_its_sender_places_it(self, disposition: str, role: Role) -> None:
        (found,) = _mixed(
            PLAIN, f"Content-Disposition: {disposition}; filename=a.jpg\nContent-Type: image/jpeg\n\nx"
        ).attachments
        assert found.role is role

    def test_only_pictures_are_pictures(self) -> None:
        (found,) = _mixed(
            PLAIN, "Content-Disposition: inline; filename=a.pdf\nContent-Type: application/pdf\n\nx"
        ).attachments
        assert found.role is Role.FILE


def test_files_of_a_form_that_is_not_shown_are_kept() -> None:
    first = f'Content-Type: multipart/mixed; boundary="m"\n\n--m\n{PLAIN}\n--m\n{IMAGE}\n--m--'
    message = _mixed(first, HTML, kind="alternative")
    assert message.text == "html words"
    assert [one.name for one in message.attachments] == ["logo.png"]


def test_attached_text_is_no_text() -> None:
    message = _mixed(PLAIN, "Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\n#close")
    assert message.text == "plain words"
    assert [one.name for one in message.attachments] == ["log.txt"]


def test_size_and_digest_are_of_the_decoded_octets() -> None:
    octets = bytes(range(256)) * 20
    coded = base64.encodebytes(octets).decode()
    message = _mixed(PLAIN, f"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n{coded}")
    (found,) = message.attachments
    assert (found.size, found.sha256) == (len(octets), hashlib.sha256(octets).hexdigest())


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # Declared multipart without any boundary in sight: the text is still there.
        (b"Content-Type: multipart/mixed; boundary=b\n\nwords", "words"),
        (b"Content-Type: multipart/mixed\n\nwords", "words"),
        # No boundary parameter, but delimiter lines.
        (b"Content-Type: multipart/mixed\n\n--secret\n\nwords\n--secret--\n", "words"),
        # Unclosed; empty boundary; one boundary that begins another.
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords", "words"),
        (b'Content-Type: multipart/mixed; boundary=""\n\nwords', "words"),
        (
            (
                b"Content-Type: multipart/mixed; boundary=b\n\n"
                b"--b\nContent-Type: multipart/mixed; "
                b"boundary=bb\n\n--bb\n\nin\n"
                b"--bb--\n--b\n\nout\n--b--"
            ),
            "in\nout",
        ),
        # Two Content-Type fields: the first counts. Encoding on a multipart means nothing.
        (b"Content-Type: text/plain\nContent-Type: text/html\n\n<p>x</p>", "<p>x</p>"),
        (
            (b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nwords\n--b--"),
            "words",
        ),
        # Wrong or missing encodings.
        (b"Content-Transfer-Encoding: base64\n\nd29yZHM", "words"),
        (b"Content-Transfer-Encoding: base64\n\nd29y!ZHM=", "words"),
        (b"Content-Transfer-Encoding: quoted-printable\n\nw=6Frds=\n!=", "words!"),
        (b"Content-Transfer-Encoding: x-nothing\n\nwords", "words"),
        # The charset stands on the multipart.
        (
            (
                b"Content-Type: multipart/mixed; boundary=b; "
                b"charset=iso-8859-2\n\n--b\nContent-Type: "
                b"text/plain\n\n\xb3\xf3d\xbc\n--b--"
            ),
            "łódź",
        ),
        (b"Content-Type: Text\n\nwords", "words"),
        (b"Content-Type: charset=utf-8\n\nwords", "words"),
        (b"Content-Type: text/enriched\n\n<bold>words</bold>", "words"),
        (b"Subject: x\n\nNUL\x00s and CR\ronly", "NULs and CR\nonly"),
        # Body only, header section only.
        (b"just words, no header section", "just words, no header section"),
        (b"Subject: only\n", ""),
        (b"Subject: only", ""),
    ],
)
def test_text_of_odd_structures(raw: bytes, text: str) -> None:
    assert read(raw).text == text


def test_words_of_a_forwarded_mail_are_kept_apart() -> None:
    message = _mixed(
        PLAIN, ("Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain\n\nall phones dead")
    )
    assert "dead" not in message.text
    assert [one.name for one in message.attachments] == ["inner.eml"]


@pytest.mark.parametrize(
    "kind", [("message/external-body; access-type=URL; URL=http://example.com/x"), "message/partial; id=1; number=1"]
)
def test_nothing_is_fetched_or_put_together(kind: str) -> None:
    message = _mixed(PLAIN, f"Content-Type: {kind}\n\nContent-Type: image/png\n\n")
    assert message.text == "plain words"
    assert len(message.attachments) == 1


def test_uuencoded_file_in_the_text() -> None:
    message = read(b"Subject: x\n\nHere it is.\n\nbegin 644 a.txt\n#0V%T\n`\nend\n\nAnn\n")
    assert message.text == "Here it is.\n\n\nAnn"
    assert [(one.name, one.size) for one in message.attachments] == [("a.txt", 3)]


def test_yenc_file_in_the_text() -> None:
    message = read(b"Subject: x\n\nHere.\n=ybegin line=128 size=3 name=a.txt\n\x8d\x8b\x9e\n=yend size=3\n")
    assert message.text == "Here."
    (found,) = message.attachments
    assert (found.name, found.sha256) == ("a.txt", hashlib.sha256(b"cat").hexdigest())


def test_winmail_stays_a_file() -> None:
    message = _mixed(
        PLAIN, ("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+Ig==")
    )
    assert [one.name for one in message.attachments] == ["winmail.dat"]


def test_opaque_signature_says_why_there_is_no_text() -> None:
    message = read(b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\nMIAG")
    assert message.text == ""
    assert message.defects == ("encrypted or signed so that it cannot be read",)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.exe", "a.exe"),
        ("/abs/olute.txt", "olute.txt"),
        ("a\x00b\nc.txt", "a_b_c.txt"),
        ("bill\u202efdp.exe", "bill_fdp.exe"),
        ("bill\u061cfdp\u00ad.exe", "bill_fdp_.exe"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("..", ""),
        ("...", ""),
        (" . ", ""),
        ("", ""),
        (".htaccess", "_htaccess"),
        ("a?b*c|d.txt", "a_b_c_d.txt"),
        ("Störung.pdf", "Störung.pdf"),
        ("名" * 100 + ".pdf", "名" * 65 + ".pdf"),
    ],
)
def test_file_names(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    assert len(clean_name(name).encode()) <= 200


def test_nameless_files_are_numbered() -> None:
    part = "Content-Type: image/jpeg\n\nx"
    assert [one.name for one in _mixed(PLAIN, part, part).attachments] == ["image.jpg", "image1.jpg"]


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('TEXT/Plain; Charset="utf-8" ; x = y', "text/plain", {"charset": "utf-8", "x": "y"}),
        ("attachment; filename=two words.pdf", "attachment", {"filename": "two words.pdf"}),
        ('attachment; filename="a;b.pdf"', "attachment", {"filename": "a;b.pdf"}),
        ('attachment; filename="a\\"b.pdf"', "attachment", {"filename": 'a"b.pdf'}),
        ("attachment; filename*=utf-8''St%C3%B6rung.pdf", "attachment", {"filename": "Störung.pdf"}),
        (
            ("attachment; filename*0*=utf-8''St%C3; filename*1*=%B6r; filename*2=ung.pdf"),
            "attachment",
            {"filename": "Störung.pdf"},
        ),
        # Out of order; encoded words where RFC 2047 forbids them; both forms.
        ('attachment; filename*1="b.pdf"; filename*0="a"', "attachment", {"filename": "ab.pdf"}),
        ('attachment; filename="=?utf-8?Q?St=C3=B6rung.pdf?="', "attachment", {"filename": "Störung.pdf"}),
        ("attachment; filename=plain.pdf; filename*=utf-8''real.pdf", "attachment", {"filename": "real.pdf"}),
        # A path whose backslashes are no escapes.
        ('attachment; filename="C:\\TEMP\\new.png"', "attachment", {"filename": "C:\\TEMP\\new.png"}),
        # A line end that was hidden in it, and a quote that never ends.
        ("attachment; filename*=utf-8''a%0D%0Ab.pdf", "attachment", {"filename": "a b.pdf"}),
        ('attachment; filename="open.pdf', "attachment", {"filename": "open.pdf"}),
        ("text/plain; charset=a; charset=b", "text/plain", {"charset": "a"}),
        ("", "", {}),
        (";;;", "", {}),
    ],
)
def test_parameters(value: str, kind: str, wanted: dict[str, str]) -> None:
    assert parameters.parse(value) == (kind, wanted)
