"""Text that becomes HTML says the same, acts like text, and can be tapped where it names a page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.compose.markup import html_of
from mailbot.reading.text.cleanhtml import QUOTE
from mailbot.reading.text.htmltext import render

OPEN = f'<blockquote style="{QUOTE}">'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello\nJane\n\n\nBye", "<p>Hello<br>Jane</p><p>Bye</p>"),
        ("", ""),
        ("\n \n", ""),
        ('<b>a</b> & "b"', '<p>&lt;b&gt;a&lt;/b&gt; &amp; "b"</p>'),
        ("> a\n> b\n\nc", f"{OPEN}<p>a<br>b</p></blockquote><p>c</p>"),
        ("> a\n>> b\n> c", f"{OPEN}<p>a</p>{OPEN}<p>b</p></blockquote><p>c</p></blockquote>"),
        (">" * 90 + " a", OPEN * 5 + "<p>a</p>" + "</blockquote>" * 5),
        ("a > b", "<p>a &gt; b</p>"),
        ("  * a\n    b  c", "<p>\xa0\xa0* a<br>\xa0\xa0\xa0\xa0b\xa0\xa0c</p>"),
        ("{{ 7 * 7 }} {% x %}", "<p>{{ 7 * 7 }} {% x %}</p>"),
    ],
)
def test_layout(text: str, html: str) -> None:
    assert html_of(text) == html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://a.example/b?c=1&d=2.", "https://a.example/b?c=1&amp;d=2"),
        ("our page <https://a.example/b>", "https://a.example/b"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("https://a.example/b_(c)", "https://a.example/b_(c)"),
        ("HTTP://A.example", "HTTP://A.example"),
        ('"https://a.example"', "https://a.example"),
        ("https://a.example/'onclick='x", "https://a.example/&#x27;onclick=&#x27;x"),
    ],
)
def test_web_addresses_can_be_tapped(text: str, address: str) -> None:
    assert f'<a href="{address}">{address}</a>' in html_of(text)


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "ftp://a.example", "a@b.example", "https://", "https://" + "a" * 3_000]
)
def test_other_words_cannot(text: str) -> None:
    assert "<a" not in html_of(text)


@pytest.mark.parametrize(
    "text", ["https://a/" + ")" * 500_000, ">" * 500_000, "> a\nb\n" * 50_000, " " * 500_000, "<" * 500_000]
)
def test_crafted_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    html_of(text)
    assert time.process_time() - started < 2


@given(st.text("ab &<>\"'=:/.\n>\t ü", max_size=200))
def test_it_says_the_same(text: str) -> None:
    def letters(said: str) -> str:
        return "".join(character for character in said if character.isalnum())

    html = html_of(text)
    assert letters(render(html)) == letters(text)
    assert html_of(text).count("<blockquote") == html.count("</blockquote>")
