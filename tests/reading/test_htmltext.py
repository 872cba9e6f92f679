"""HTML as a person sees it: layout, hidden text, links, quotation, and limits (H17, H59, H60)."""

from __future__ import annotations

import time

import pytest

from mailbot.reading.text.htmltext import render


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<p>a\n  b&nbsp;c &amp; d</p>", "a b c & d"),
        ("<b>bold</b>face <i>it</i>", "boldface it"),
        ("<ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul>", "* one\n* two\n  * deep"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        ("<ol start=3><li>one</li><li>two</li></ol>", "3. one\n4. two"),
        ("<ol start=0><li>one</li></ol><ol start=x><li>two</li></ol>", "1. one\n\n1. two"),
        ("Thanks <img alt='\U0001f44d\U0001f3fd' src=x>", "Thanks \U0001f44d\U0001f3fd"),
        ("<img alt='a photo' src=x> <img alt='\u2713 all is paid' src=x>", ""),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("x<hr>y", "x\n--------------------\ny"),
        ("<blockquote type=cite>old<br>words</blockquote>new", "> old\n> words\n\nnew"),
        ("<blockquote style='margin:0 0 0 40px;border:none'>indented</blockquote>", "indented"),
        ("no tags at all", "no tags at all"),
        ("<html><body></body></html>", ""),
        ("", ""),
        ("<p>first</body></html><html><body><p>second document", "first\n\nsecond document"),
        # Links: the address where the words do not say it.
        ("<a href='https://example.com/x'>here</a>", "here <https://example.com/x>"),
        ("<a href='https://www.example.com/'>example.com</a>", "example.com"),
        ("<a href='mailto:a@example.com'>mail</a>", "mail"),
        ("<a href='javascript:alert(1)'>click</a>", "click"),
        ("<a href='https://example.com/x'><img src=x></a>", ""),
    ],
)
def test_layout(html: str, text: str) -> None:
    assert render(html) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='display:none'>#close</div>",
        "<div style='DISPLAY : none !important;color:red'>#close</div>",
        "<span style='visibility:hidden'>#close</span>",
        "<span style='font-size:0'>#close</span>",
        "<span style='font-size:0px;color:#fff'>#close</span>",
        "<div style='font-size:0'><p style='font-size:2em'>#close</p></div>",
        "<div style='font-size:12px;font-size:0px'><b>#close</b></div>",
        "<span style='opacity:0;'>#close</span>",
        "<div style='max-height:0;overflow:hidden'>#close</div>",
        "<span style='mso-hide:all'>#close</span>",
        "<p hidden>#close</p>",
        "<p style='position:absolute;left:-9999px'>#close</p>",
        "<p style='text-indent: -999em'>#close</p>",
        "<p style='color:transparent'>#close</p>",
        "<p style='color:#fff;background:#FFFFFF'>#close</p>",
        "<p style='background-color:white;color:rgb(255, 255, 255)'>#close</p>",
        "<p style='font-size:1px'>#close</p>",
        "<p style='width:0;height:0;overflow:hidden'>#close</p>",
        "<p style='clip-path: inset(100%)'>#close</p>",
        "<p style='position:absolute;clip:rect(0 0 0 0)'>#close</p>",
        "<style>a{color:red} p.gone , .x{font-size:2em;display:none}</style><p class='b gone'>#close</p>",
        "<style>/* .y */ @media print {.z{color:red}} .gone{display:none}</style><p class=gone>#close</p>",
        "<script>#close</script>",
        "<style>#close</style>",
        "<title>#close</title>",
        "<template>#close</template>",
        "<noscript>#close</noscript>",
        "<!-- #close -->",
        "<textarea>#close</textarea>",
        "<svg><text>#close</text></svg>",
        "<object>#close</object>",
    ],
)
def test_hidden_text_is_not_seen(hidden: str) -> None:
    assert render(f"<p>a</p>{hidden}<p>b</p>") == "a\n\nb"


@pytest.mark.parametrize(
    "shown",
    [
        "<div style='font-size:0px;line-height:0'>gone<div style='font-size:13px'>b</div>gone</div>",
        "<td style='font-size:0'><span style='font-size: medium'>b</span></td>",
        "<div style='font-size:0'><font size=2>b</font></div>",
        "<div style='font-size:0'>gone</div>b",
        "<br style='font-size:0'>b",
        "<select><option>b</option></select>",
    ],
)
def test_letters_that_have_a_size_again_are_seen(shown: str) -> None:
    """So does mail made with MJML, where the room between the columns must have no size."""
    assert render(f"<p>a</p>{shown}").split() == ["a", "b"]


@pytest.mark.parametrize(
    "style",
    [
        *("font-size:0.9em", "opacity:0.8", "max-height:0.5em", "display:nonexistent-x;color:red", "font-size:1em"),
        *("text-indent:-18.0pt", "margin-left:-500px", "background-color:transparent", "border-color:transparent"),
        *("color:black;background:white", "height:0.5px;overflow:hidden", "height:0", "height:10px;overflow:hidden"),
    ],
)
def test_small_is_not_hidden(style: str) -> None:
    assert "seen" in render(f"<p style='{style}'>seen</p>")


@pytest.mark.parametrize(
    "sheet",
    [
        "@media (max-width:600px) {.gone{display:none}}",
        "@MEDIA print {.x{color:red} .gone{display:none}}",
        ".gone .x{display:none}",
        ".gone:hover{display:none}",
    ],
)
def test_what_is_hidden_only_somewhere_is_seen(sheet: str) -> None:
    assert "seen" in render(f"<style>{sheet} .gone{{color:red}}</style><p class=gone>seen</p>")


@pytest.mark.parametrize("sheet", ["/*", "@a{", "},", ",.a", "@a{x{}", "@", "a", "a{", ".a{left"])
def test_a_hostile_style_sheet_costs_little(sheet: str) -> None:
    started = time.process_time()
    render(f"<style>{sheet * (200_000 // len(sheet))}</style><p class=a>seen</p>")
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 30_000 + "deep",
        "<table><tr><td>x" * 5_000 + "deep",
        "<a href=x>" * 20_000 + "deep",
        "<p " + " ".join(f"a{number}=1" for number in range(40_000)) + ">deep",
        "< " * 100_000 + "deep",
        "<a " * 100_000 + ">deep",
        "<blockquote>" * 1_400 + "<br>" * 2_000 + "deep",
        "<b><i>x</b></i>" * 5_000 + "deep",
    ],
    ids=lambda html: html[:12],
)
def test_crafted_html_takes_no_time_and_loses_no_words(html: str) -> None:
    started = time.process_time()
    assert "deep" in render(html) or html.startswith("<a <a")
    assert time.process_time() - started < 1
