"""A page is one line that a text message holds, and what is stored is what was written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.paging import MOST_CHARACTERS, Page, PageKind, cut

NOW = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)


@given(
    st.sampled_from(PageKind),
    st.text().map(cut).filter(bool),
    st.text(),
)
def test_what_is_stored_is_what_was_written(kind: PageKind, text: str, key: str) -> None:
    page = Page(kind, text, key, NOW, "mailto:support+x@telecom.example?subject=ok")
    assert Page.from_json(page.to_json()) == page


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "x" * (MOST_CHARACTERS + 1)])
def test_what_no_text_message_holds_is_no_page(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Page(PageKind.TEST, text, "k", NOW)


@pytest.mark.parametrize("octets", [b"", b"\xff", b"[]", b"{}", b'{"kind": 1}', b'{"kind": "outage", "text": "x"}'])
def test_other_octets_are_no_page(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Page.from_json(octets)


@given(st.text())
def test_what_is_cut_is_a_line_that_fits(text: str) -> None:
    line = cut(text)
    assert len(line) <= MOST_CHARACTERS
    assert line.isprintable()
    assert line == " ".join(line.split())


def test_a_long_line_is_cut_between_words() -> None:
    assert cut("the disk is nearly full", 16) == "the disk is..."
    assert cut("the disk is nearly full", 14) == "the disk is..."
    assert cut("a\tb\n c") == "a b c"
    assert cut("x" * 20, 10) == "x" * 7 + "..."


@given(st.text(alphabet=st.characters(max_codepoint=0x7E)), st.integers(4, 140))
def test_nothing_odd_is_added(text: str, most: int) -> None:
    said = cut(text, most)
    assert said.isascii()
    assert len(said) <= most
