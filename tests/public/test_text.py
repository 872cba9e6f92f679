"""The text of an article: what Markdown says, and nothing that acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailbot.render.public.text import anchor, body


def nowhere(_article: str) -> str:
    return ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Bold** and *soft*", "<p><strong>Bold</strong> and <em>soft</em></p>\n"),
        ("# One\n\n## Two", '<h2 id="one">One</h2>\n<h3 id="two">Two</h3>\n'),
        ("### Three\n\n# One", '<h4 id="three">Three</h4>\n<h2 id="one">One</h2>\n'),
        ("## Same\n\n## Same", '<h2 id="same">Same</h2>\n<h2 id="same-2">Same</h2>\n'),
        ("<b>typed</b>", "<p>&lt;b&gt;typed&lt;/b&gt;</p>\n"),
        ("[call](tel:+16175550100)", '<p><a href="tel:+16175550100">call</a></p>\n'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](https://a.example/?q=<b>)", '<p><a href="https://a.example/?q=%3Cb%3E">x</a></p>\n'),
    ],
)
def test_markdown_becomes_html_below_the_title(text: str, html: str) -> None:
    assert body(text, nowhere).html == html


def test_a_link_to_an_article_leads_to_its_page_and_one_to_none_is_its_words() -> None:
    text = "See [this *one*](voicemail.md#pin), [that](gone.md) and [other](https://a.example/readme.md)."
    made = body(text, lambda article: "voicemail.html" if article == "voicemail" else "")
    assert made.html == (
        '<p>See <a href="voicemail.html#pin">this <em>one</em></a>, that and '
        '<a href="https://a.example/readme.md">other</a>.</p>\n'
    )


def test_a_picture_beside_the_articles_is_named_and_shown_where_it_is_published() -> None:
    text = "![A pad](pad.png) ![B](phones/b.JPG) ![A](pad.png) ![web](https://a.example/x.png) ![](../x.png) ![](x.svg)"
    made = body(text, nowhere, lambda name: f"../../pictures/{name}")
    assert made.pictures == ("pad.png", "phones/b.JPG")
    assert '<img src="../../pictures/pad.png" alt="A pad">' in made.html
    assert '<img src="../../pictures/phones/b.JPG" alt="B">' in made.html
    assert 'src="https://a.example/x.png"' in made.html
    assert 'src="../x.png"' in made.html


def test_who_lists_it_gets_the_beginning_cut_at_a_word() -> None:
    assert body("## Head\n\nShort *words*.\n\nMore.", nowhere).description == "Short words."
    assert body("- a list", nowhere).description == "a list."
    assert body("## Head", nowhere).description == ""
    assert body("In five minutes:\n\n1. One", nowhere).description == "In five minutes."
    assert body("Is it “on”? (Look first.)", nowhere).description == "Is it “on”? (Look first.)"
    assert body("One sentence. " + "word " * 40, nowhere).description == "One sentence."
    long = body("word " * 60, nowhere).description
    assert long == "word " * 30 + "word…"


def test_the_plain_words_are_those_of_all_that_is_read() -> None:
    text = "# A\n\n| b | c |\n|---|---|\n| d | `e` |\n\n```\nf\n```\n![g](https://a.example/x.png)\nh"
    assert body(text, nowhere).plain == "A b c d e f g h"


@given(st.text("#*_`[]()<>!|-~>\\/:.&;\"' \n\tabscriptonlaed=x1", max_size=200))
def test_whatever_is_written_nothing_acts(text: str) -> None:
    tree = LexborHTMLParser(body(text, lambda article: f"{article}.html").html)
    for node in tree.css("*"):
        assert node.tag not in {"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "svg"}
        for name, value in node.attributes.items():
            assert name in {"href", "src", "alt", "title", "id", "start"}
            assert not (value or "").strip().lower().startswith(("javascript:", "vbscript:", "data:"))


@given(st.text(min_size=1))
def test_an_anchor_is_one_word_that_needs_no_quotes(words: str) -> None:
    assert anchor(words)
    assert all(letter.isalnum() or letter == "-" for letter in anchor(words))
