"""HTML as text loses no word that a browser shows: Chromium's innerText is the oracle."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from mailbot.reading.text.htmltext import render
from tests.servers import browser

_WORD = re.compile(r"\w+")
# One way to write mail each; words in capitals must be seen.
MAILS = {
    "gmail": '<div dir="ltr">WE <b>CANNOT</b> dial<div class="gmail_quote"><blockquote>BEFORE</blockquote></div></div>',
    "outlook": '<p class=MsoNormal>HELLO<o:p></o:p></p><div style="border-top:solid #E1E1E1 1pt">FROM: X</div>',
    "apple": '<div style="word-wrap: break-word">SINCE <span class="Apple-style-span">NINE</span><br></div>',
    "mjml": '<div style="font-size:0px"><table><tr><td style="font-size:0"><div style="font-size:13px">ORDER</div>',
    "nested tables": "<table><tr><td><table><tr><td>A<td>B<tr><td>C</table><td>D</table>",
    "broken": "<p>ONE<div>TWO</p>THREE</div><td>FOUR",
    "hidden": '<div style="display:none">secret</div><span style="visibility:hidden">secret</span>SEEN',
    "lists": "<ol><li>FIRST<ul><li>INNER</ul><li>SECOND</ol><dl><dt>TERM<dd>MEANING</dl>",
    "pre": "<pre>LINE 1\n  LINE 2\n</pre>AFTER",
    "entities": "CAF&Eacute; &amp; B&#252;RO &lt;TAG&gt; &nbsp;END",
    "form": "<form><select><option>PORT<option>NUMBER</select><label>LABEL</label></form>",
    "old": "<center><font size=4 color=red>SALE</font></center><marquee>MOVES</marquee><tt>MONO</tt>",
    "comments": "<!--[if mso]>secret<![endif]--><!--[if !mso]><!-->OTHERS<!--<![endif]-->",
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser.needed()
    with browser.page() as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.chromium
@pytest.mark.parametrize("html", MAILS.values(), ids=MAILS)
def test_no_word_is_lost_and_none_is_shown_that_is_hidden(page: Page, html: str) -> None:
    seen, ours = (Counter(_WORD.findall(text)) for text in (browser.shown(page, html), render(html)))
    assert seen, "the oracle sees something"
    assert seen - ours == Counter()
    assert "secret" not in ours
