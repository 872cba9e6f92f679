"""What people write in their mail program reaches others as they wrote it, and nothing else of their mail does.

The messages in `written/` are composed as Gmail, Outlook, Apple Mail, Thunderbird and K-9 compose them; beside each
lies what is left of it. When a change is meant, write those anew with `GOLDEN=write pytest` and read what git shows.
"""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.reading.message import read
from mailbot.reading.quotation import writtenhtml
from mailbot.reading.quotation.writtenhtml import WrittenHtml, without_places
from mailbot.reading.text.htmltext import render

FOLDER = Path(__file__).parent / "written"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))
SCREEN = (FOLDER / "screen.png").read_bytes()
LOGO = (FOLDER / "logo.png").read_bytes()


def written_html(raw: bytes, text: str, own: tuple[str, ...] = ()) -> WrittenHtml | None:
    return writtenhtml.written_html(raw, [text], own=own).by_text.get(text)


def of_client(name: str) -> tuple[bytes, str]:
    """The message, and its text as whoever takes the commands off leaves it."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    return raw, read(raw).reply_text.removeprefix("#called\n")


def message(html: str, plain: str | None = None, pictures: dict[str, tuple[str, bytes]] | None = None) -> bytes:
    """A message as any client could write it, with pictures by Content-ID."""
    fields = "From: Dana <dana@agents.example>\nMIME-Version: 1.0\n"
    part = f"Content-Type: text/html; charset=utf-8\n\n{html}\n"
    if plain is not None:
        part = (
            "Content-Type: multipart/alternative; boundary=a\n\n"
            f"--a\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--a\n{part}--a--\n"
        )
    if pictures is not None:
        part = f"Content-Type: multipart/related; boundary=r\n\n--r\n{part}" + "".join(
            f"--r\nContent-Type: {kind}\nContent-ID: <{named}>\nContent-Transfer-Encoding: base64\n\n"
            f"{b64encode(octets).decode()}\n"
            for named, (kind, octets) in pictures.items()
        )
    return (fields + part).encode("utf-8", "surrogateescape")


def written(
    html: str, text: str, plain: str | None = None, pictures: dict[str, tuple[str, bytes]] | None = None
) -> WrittenHtml | None:
    return written_html(message(html, plain, pictures), text)


def html_of(html: str, text: str) -> str | None:
    found = written(html, text)
    return found.html if found else None


@pytest.mark.parametrize("name", NAMES)
def test_what_each_client_writes_is_kept_whole(name: str) -> None:
    found = written_html(*of_client(name))
    assert found is not None
    path = FOLDER / f"{name}.html"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found.html + "\n", encoding="utf-8")
    assert found.html + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_of_the_mail_is_left(name: str) -> None:
    found = written_html(*of_client(name))
    assert found is not None
    for trace in (
        *("agents.example", "dana@", "dana fields", "support+r1x", "a reply goes to", "no tone", "jane@", "aka.ms"),
        *(
            "class=",
            "id=",
            "data-",
            "mso",
            "o:p",
            "<!--",
            "<style",
            "font-family",
            "elementtoproof",
            "gmail",
            "redirect",
        ),
        *("screenshot", "img_4711", "image001", ".png", "sent from", "wrote:", "http://", "#called", "logo"),
    ):
        assert trace not in found.html.lower().replace("/restart?", "")


@pytest.mark.parametrize("name", NAMES)
def test_pasted_pictures_come_along_and_logos_stay_behind(name: str) -> None:
    raw, text = of_client(name)
    found = written_html(raw, text)
    assert found is not None
    assert [picture.octets for picture in found.pictures] == ([SCREEN] if b"image/png" in raw else [])
    assert re.findall(r'src="cid:([^"]+)"', found.html) == [picture.content_id for picture in found.pictures]


@pytest.mark.parametrize("name", NAMES)
def test_the_html_says_what_the_text_says(name: str) -> None:
    raw, text = of_client(name)
    found = written_html(raw, text)
    assert found is not None
    shown = re.sub(r"\[(?:image: |cid:|A screenshot)[^\]]*\]|<mailto:[^>]*>", "", text)
    assert letters(render(found.html)) == letters(shown)


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<b>a</b> <strong>b</strong> <em>c</em> <del>d</del>", "<b>a</b> <b>b</b> <i>c</i> <s>d</s>"),
        ("a<br>b<br/><br>c<br>", "a<br>b<br><br>c"),
        ("<p>a</p><p>b</p>", "<p>a</p><p>b</p>"),
        ('<p class="MsoNormal">a</p><p style="MARGIN: 0cm">b</p>', "<div>a</div><div>b</div>"),
        ('<ol start="3" type="a"><li>c</li></ol>', '<ol start="3" type="a"><li>c</li></ol>'),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<h2>a</h2><hr>b", "<h2>a</h2><hr>b"),
        ("<pre>a  b\n c</pre>", '<pre style="white-space:pre-wrap">a  b\n c</pre>'),
        ("<table><tr><td></td><td>b</td><td></td></tr></table>", "<td></td><td>b</td><td></td></tr></tbody></table>"),
        ("<table><tr><td colspan=2>a</td></tr></table>", '<td colspan="2">a</td></tr></tbody></table>'),
        (
            '<table border="1"><tr><td>a</td></tr></table>',
            '<td style="border:1px solid #999999;padding:4px 8px">a</td>',
        ),
        ('<div dir="rtl">שלום</div>', '<div dir="rtl">שלום</div>'),
        (
            '<b style="font-weight:normal"><span style="font-weight:700">a</span> b</b>',
            '<span style="font-weight:bold">a',
        ),
        ('<span style="color:red;font-size:20pt">a</span>', '<span style="color:#ff0000">a</span>'),
        ('<font color="#0000FF" face="Arial" size="7">a</font>', '<span style="color:#0000ff">a</span>'),
        ('<span style="background-color:rgb(255, 255, 0)">a</span>', "background-color:#ffff00;color:#000000"),
        ('<span style="color:#000000;background:white">a</span>', "a"),
        (
            'a <a href="https://a.example/">https://a.example</a>',
            'a <a href="https://a.example/">https://a.example</a>',
        ),
        ('<a href="tel:+1555-0142">555-0142</a>', '<a href="tel:+1555-0142">555-0142</a>'),
        ('ok <img data-emoji="👍" alt="👍" src="https://fonts.example/1f44d.png">', "ok 👍"),
        ("a &lt;script&gt; &amp; b", "a &lt;script&gt; &amp; b"),
        ('<div style="margin-left:40px"><blockquote style="border:none">a</blockquote></div>', "margin-left:32px"),
    ],
)
def test_what_people_mean_survives(html: str, left: str) -> None:
    text = render(html)
    found = html_of(html, text)
    assert found is not None
    assert left in found
    assert letters(render(found)) == letters(text)


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>fetch('https://x.example')</script>",
        "<style>body{background:url(https://x.example/t)}</style>",
        '<link rel="stylesheet" href="https://x.example/s.css"><base href="https://x.example/">',
        '<meta http-equiv="refresh" content="0;url=https://x.example">',
        '<img src="https://x.example/t.gif" width="1" height="1">',
        '<img src="http://x.example/photo.jpg" alt="C:\\Users\\dana\\photo.jpg">',
        '<img src="file:///C:/Users/dana/photo.jpg">',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        '<img src="cid:nobody">',
        '<img src=x onerror="alert(1)">',
        '<svg onload="alert(1)"><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
        "<math><mtext><img src=1 onerror=alert(1)>x</mtext></math>",
        "<iframe src='https://x.example'>x</iframe><object data='x'>x</object><embed src='x'>",
        "<form action='https://x.example'><input name='a' value='x'><textarea>x</textarea></form>",
        "<video src='https://x.example'>x</video><audio>x</audio><canvas>x</canvas>",
        "<!-- dana@agents.example --><!--[if mso]><p>x</p><![endif]-->",
        "<div style='display:none'>x</div><span hidden>x</span><p style='font-size:0'>x</p>",
        "<div style='max-height:0;overflow:hidden'>x</div><i style='visibility:hidden'>x</i>",
        "<o:p></o:p><xml><w:t></w:t></xml>",
        "<template>x</template><noscript>x</noscript><title>x</title>",
    ],
)
def test_what_nobody_wrote_has_no_way_through(foreign: str) -> None:
    html = f"<div>Hello</div><div>{foreign}</div><div>Jane</div>"
    found = html_of(html, "Hello\nJane")
    assert found == "<div>Hello</div><div>Jane</div>"


@pytest.mark.parametrize(
    "attributes",
    [
        'onclick="alert(1)"',
        'style="background:url(https://x.example/t)"',
        'style="color:expression(alert(1));behavior:url(x)"',
        'style="position:fixed;top:0;left:0"',
        'style="color:#fff"',
        'style="color:white;background-color:#eeeeee"',
        'class="MsoNormal x" id="dana" data-x="dana@agents.example" title="C:\\dana" lang="de-DE"',
        'xmlns:o="x" contenteditable="true" role="x" aria-label="dana"',
    ],
)
def test_attributes_that_mean_nothing_are_left_out(attributes: str) -> None:
    assert html_of(f"<div {attributes}>Hello <b {attributes}>Jane</b></div>", "Hello Jane") in (
        "<div>Hello <b>Jane</b></div>",
        "<div>Hello <b>Jane</b></div>",
    )


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///C:/Users/dana/list.xlsx",
        "onenote:https://x.example",
        "x-apple-data-detectors://0",
        "/relative",
        "https://other.example/page",  # does not stand in the text
        "mailto:dana@agents.example",  # the author's own
        "mailto:Dana@Agents.example?subject=x",
        "mailto:somebody@other.example",  # does not stand in the text
        "tel:+15550199",  # another number than the words
        "https://x.example/" + "a" * 1_001,
    ],
)
def test_links_that_the_text_does_not_say_are_only_words(link: str) -> None:
    assert html_of(
        f'<p>Hello <a href="{link}">dana@agents.example 555-0142</a></p>', "Hello dana@agents.example 555-0142"
    ) == ("<p>Hello dana@agents.example 555-0142</p>")


def test_links_to_further_addresses_of_the_author_are_only_words() -> None:
    raw = message('<p><a href="mailto:d@home.example">d@home.example</a></p>')
    kept = written_html(raw, "d@home.example")
    assert kept is not None
    assert "mailto:" in kept.html
    assert written_html(raw, "d@home.example", own=("D@home.example",)) == WrittenHtml("<p>d@home.example</p>")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello</p>", "Hello Jane"),  # the text says more
        ("<p>Hello Jane and Bob</p>", "Hello Jane"),  # a line says more than the text
        ("<p>Jane</p><p>Hello</p>", "Hello\nJane"),  # in another order
        ("<p>Hello</p><blockquote>Jane</blockquote>", "Hello\nJane"),  # only quoted
        ("<p>Hello</p><p>Jane</p>", "Hello\n> Jane"),  # quoted in the text alone
        ("<p>#close</p><p>soon</p>", "close\nsoon"),
        ("<ol><li>#take</li><li>Hello</li></ol>", "2. Hello"),  # would be the first
        ("", "Hello"),
        ("<p>Hello</p>", ""),
        ("<div>" * 2_000 + "Hello", "Hello"),
        ("<b>" * 200 + "Hello", "Hello"),
    ],
)
def test_where_html_and_text_disagree_there_is_no_html(html: str, text: str) -> None:
    assert html_of(html, text) is None


def test_a_message_without_html_has_none() -> None:
    assert written_html(b"From: a@b.example\n\nHello\n", "Hello") is None
    attached = b"Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n<p>Hello</p>\n"
    assert written_html(attached, "Hello") is None


def test_lines_that_are_not_in_the_text_are_not_in_the_html() -> None:
    html = "<div>#severity high</div><div>#take</div><div><br></div><div>Hello <i>Jane</i></div><div>-- <br>Dana</div>"
    assert html_of(html, "Hello Jane") == "<div>Hello <i>Jane</i></div>"
    lines = "#severity high<br>#take<br><br>Hello <i>Jane</i><br>all is well<br>-- <br>Dana"
    assert html_of(lines, "Hello Jane\nall is well") == "Hello <i>Jane</i><br>all is well"


def test_answers_stay_between_the_lines_they_answer() -> None:
    found = written_html(*of_client("gmail-inline"))
    assert found is not None
    assert [line for line in render(found.html).split("\n") if line.strip("> ")] == [
        "> Can we keep our numbers?",
        "Yes, all of them.",
        "> And when does the technician come?",
        "On Tuesday, see the plan <https://help.acme.example/plan>.",
    ]


PAGE = '<p>Hello</p><p><img src="cid:a@b"></p>'
GIF = b"GIF89a" + (20).to_bytes(2, "little") + (30).to_bytes(2, "little") + b"\0\0\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x07JFIF\0\xff\xc2\0\x0b\x08\0\x1e\0\x14\x01\x01\x11\0\xff\xda\0\x02\xff\0\xff\xd9"
WEBP = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x13\0\0\x1d\0\0"


@pytest.mark.parametrize(
    ("kind", "octets", "width"),
    [
        ("image/png", SCREEN, 420),
        ("image/gif", GIF, 20),
        ("image/jpeg", JPEG, 20),
        ("image/jpg", JPEG, 20),
        ("image/webp", WEBP, 20),
        (
            "image/webp",
            WEBP.replace(b"VP8X\x0a\0\0\0\0\0\0\0\x13\0\0\x1d", b"VP8L\x0a\0\0\0\x2f\x13\x40\x07\0\0\0\0"),
            20,
        ),
        ("image/webp", b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x30\x01\0\x9d\x01\x2a\x14\0\x1e\0", 20),
    ],
)
def test_pictures_are_shown_that_are_what_they_say(kind: str, octets: bytes, width: int) -> None:
    found = written(PAGE, "Hello", pictures={"a@b": (kind, octets)})
    assert found is not None
    [picture] = found.pictures
    assert (picture.type, picture.octets) == (kind.replace("jpg", "jpeg"), octets)
    assert f'<img src="cid:{picture.content_id}" alt="" width="{width}"' in found.html


@pytest.mark.parametrize(
    ("kind", "octets"),
    [
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("image/png", b"<html><script>alert(1)</script>"),
        ("image/png", JPEG),
        ("image/jpeg", SCREEN),
        ("image/x-emf", b"\x01\0\0\0"),
        ("application/octet-stream", SCREEN),
        ("image/png", SCREEN[:20]),
        ("image/png", SCREEN[:16] + b"\0\0\0\x01\0\0\0\x01" + SCREEN[24:]),  # a tracking pixel
        ("image/png", SCREEN[:16] + b"\0\0\0\0\0\0\0\x01" + SCREEN[24:]),
        ("image/png", SCREEN[:16] + b"\x7f\xff\xff\xff\x7f\xff\xff\xff" + SCREEN[24:]),
        ("image/jpeg", b"\xff\xd8\xff" + b"\xff" * 50),
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\0" * 50),
        ("image/webp", b"RIFF\0\0\0\0WEBPVP8X"),
        ("image/gif", b"GIF89a"),
        ("image/png", b""),
    ],
)
def test_other_pictures_are_not(kind: str, octets: bytes) -> None:
    assert written(PAGE, "Hello", pictures={"a@b": (kind, octets)}) == WrittenHtml("<p>Hello</p>")


def test_one_picture_at_two_places_comes_along_once() -> None:
    html = '<p>a <img src="cid:x@y" width="5000"> b <img src="CID:x%40y" style="width:90px"></p>'
    found = written(html, "a b", pictures={"x@y": ("image/png", SCREEN)})
    assert found is not None
    assert len(found.pictures) == 1
    assert re.findall(r'width="(\d+)"', found.html) == ["420", "90"]


def test_a_picture_alone_is_something_written() -> None:
    html = '<div><img src="cid:a@b"></div><div>-- </div><div>Dana</div>'
    found = written(html, "[image: image.png]", "[image: image.png]\n\n--\nDana", {"a@b": ("image/png", SCREEN)})
    assert found is not None
    assert len(found.pictures) == 1
    assert "Dana" not in found.html


@pytest.mark.parametrize(
    ("below", "plain"),
    [
        ('<div class="gmail_signature"><img src="cid:a@b"><br>Dana</div>', None),
        ('<div id="Signature"><div><img src="cid:a@b"></div></div>', None),
        ('<div>-- </div><div><img src="cid:a@b"></div>', None),
        ('<blockquote type="cite"><img src="cid:a@b"></blockquote>', None),
        ('<div>On Monday Jane wrote:</div><div><img src="cid:a@b"></div>', None),
        (
            '<div><img src="cid:a@b"></div><div>Dana Fields, Acme</div>',
            "Hello\n\n-- \n[image: logo.png]\nDana Fields, Acme",
        ),
    ],
)
def test_pictures_of_signatures_and_quotations_stay_behind(below: str, plain: str | None) -> None:
    found = written(f"<div>Hello</div>{below}", "Hello", plain, {"a@b": ("image/png", LOGO)})
    assert found == WrittenHtml("<div>Hello</div>")


def test_places_of_pictures_tell_no_names() -> None:
    text = "See\n[cid:part1.kX@agents.example]\n[image: Screenshot of Dana.png]\n[1] and [cid x]"
    text += "\n[A screenshot of a phone  AI-generated content may be incorrect.]"
    assert without_places(text) == "See\n[picture]\n[picture]\n[1] and [cid x]\n[picture]"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + "a",
        "<b><p>" * 50_000 + "a",
        "<table><tr><td>" * 1_000 + "a",
        "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">a</p>",
        "<p>a</p>" + '<img src="cid:a@b">' * 20_000,
        "<p>a</p>" + '<a href="https://x.example">b</a>' * 20_000,
        "<p>a</p>" + "<p>b</p>" * 50_000,
        "<p>a</p>" + "a <https://" * 50_000,
        "<p style='" + "color:red;" * 50_000 + "'>a</p>",
        "<p>a</p>" + "<span class='signature'>" * 900 + "<img src='cid:a@b'>" * 5_000,
        "&" * 500_000,
        "<" * 500_000,
    ],
)
def test_crafted_html_takes_no_time(html: str) -> None:
    big = SCREEN + b"\0" * (1 << 20)
    started = time.process_time()
    written(html, "a", pictures={"a@b": ("image/png", big)})
    written(html, "a" * 100_000, pictures={"a@b": ("image/png", big)})
    assert time.process_time() - started < 5


class Passed(HTMLParser):
    """What a reader that is not ours finds in the result."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        for name, value in attrs:
            self.found.add(f"{tag} {name}")
            if name in ("href", "src"):
                self.found.add(f"{name} {(value or '').partition(':')[0]}:")
            if name == "style":
                self.found |= {f"style {one.partition(':')[0].strip()}" for one in (value or "").split(";")}

    def handle_comment(self, data: str) -> None:
        self.found.add(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.found.add(f"declaration {decl}")


STYLES = (
    "font-weight font-style text-decoration color background-color white-space margin margin-left text-indent padding"
)
STYLES += " border border-left border-collapse max-width height"
TAGS = (
    "b i u s code sub sup small p div pre caption ul ol li dl dt dd table thead tbody tr td th span a blockquote br hr"
)
TAGS += " img h1 h2 h3 h4 h5 h6"
LET_PASS = {*TAGS.split(), *(f"style {name}" for name in STYLES.split()), "href https:", "href mailto:", "src cid:"}
LET_PASS |= {f"{tag} {name}" for tag in TAGS.split() for name in ("style", "dir")}
LET_PASS |= {
    "a href",
    "img src",
    "img alt",
    "img width",
    "ol start",
    "ol type",
    "td colspan",
    "td rowspan",
    "th colspan",
}
PIECES = [
    *(
        "Hello",
        " Jane ",
        "\n",
        "&lt;b&gt;",
        "&amp;",
        "<b>",
        "</b>",
        "<i",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<br>",
        "<hr>",
    ),
    *("<table>", "<tr>", "<td>", "<td border=1 colspan=2>", "</table>", "<ul><li>", "</ul>", "<ol start=3>", "</ol>"),
    *("<blockquote>", "</blockquote>", "<pre>", "</pre>", '<a href="https://a.example">', "</a>", "https://a.example "),
    *(
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mglyph>",
        "<title>",
        "<!--",
        "-->",
    ),
    *("<![CDATA[", "]]>", '<img src="cid:a@b">', "<img src=x onerror=alert(1)>", '<a href="javascript:alert(1)">'),
    *(
        "<textarea>",
        "<noscript>",
        "<template>",
        "<select><option>",
        "<form>",
        "<iframe>",
        "<p style='color:red'>",
        '"',
        "'",
    ),
    *(
        "<span style='display:none'>",
        "</span>",
        "<font color=red size=9>",
        "</font>",
        "<o:p>",
        "<x-y onload=1>",
        "\0",
        "👍",
    ),
]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25), text=st.none() | st.text("Helo Jan\n>b", max_size=20))
@example(pieces=["<table>", "Hello", "<td>", " Jane "], text=None)
@example(pieces=["<a href='https://a.example'>", "<a href='mailto:x@y.example'>", "Hello"], text=None)
@example(
    pieces=[
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>Jane"
    ],
    text=None,
)
@example(pieces=["<b>", "<p>", "</b>", "Hello", "<i", "Jane"], text=None)
def test_whatever_the_html_only_words_of_the_text_and_the_list_pass(pieces: list[str], text: str | None) -> None:
    html = "".join(pieces)
    said = render(html) if text is None else text
    found = written(html, said, pictures={"a@b": ("image/png", SCREEN)})
    if found is None:
        return
    reader = Passed()
    reader.feed(found.html)
    reader.close()
    assert reader.found <= LET_PASS
    assert letters(render(found.html)) == letters(said)


@given(st.binary(max_size=400), st.text(max_size=50))
def test_any_octets_raise_nothing(octets: bytes, text: str) -> None:
    written_html(octets, text)
    written_html(b"Content-Type: text/html\n\n" + octets, text)
