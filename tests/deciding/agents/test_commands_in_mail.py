"""Agents' mail as the usual programs write it, from its octets on: only their own first lines count."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from html import escape

import pytest

from mailbot.deciding.agents.commands import Orders, kinds, lets_go, parse_message
from mailbot.reading.message import read
from mailbot.reading.model import Message
from mailbot.rules import Severity
from tests.deciding.agents.agent_mail import DANA

TAKE, CLOSE, HIGH = kinds.Take(), kinds.Close(), kinds.SetSeverity(Severity.HIGH)
WROTE = "On Thu, Nov 26, 2026 at 9:00 AM Harbor Voice <support@harborvoice.example> wrote:"


def message(plain: str = "", html: str = "") -> Message:
    mail = EmailMessage()
    mail["From"] = "Dana <dana@harborvoice.example>"
    mail["To"] = "Harbor Voice <support@harborvoice.example>"
    mail["Subject"] = "Re: [#1001] All phones down"
    if plain:
        mail.set_content(plain)
    if html and plain:
        mail.add_alternative(html, subtype="html")
    elif html:
        mail.set_content(html, subtype="html")
    return read(mail.as_bytes())


def orders(plain: str = "", html: str = "") -> Orders:
    return parse_message(message(plain, html), DANA)


GMAIL = f"#take\n#severity high\n\nHi Jane, we are on it.\n\n{WROTE}\n\n> #close\n> All phones are down\n"
GMAIL_HTML = (
    '<div dir="ltr">#take<div>#severity high</div><div><br></div><div>Hi Jane, we are on it.</div></div><br>'
    f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(WROTE)}<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">'
    "#close<br>All phones are down</blockquote></div>"
)
OUTLOOK_HTML = (
    '<html><head><style>p.MsoNormal{margin:0}</style></head><body><div class="WordSection1">'
    '<p class="MsoNormal">#take<o:p></o:p></p><p class="MsoNormal">#severity high<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Hi Jane, we are on it.<o:p></o:p></p>'
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Harbor Voice '
    "&lt;support@harborvoice.example&gt;<br><b>Sent:</b> Thursday, November 26, 2026 9:00 AM<br>"
    "<b>To:</b> Dana &lt;dana@harborvoice.example&gt;<br><b>Subject:</b> All phones down</p></div>"
    '<p class="MsoNormal">#close</p><p class="MsoNormal">All phones are down</p></div></body></html>'
)
IPHONE = (
    "#Take #severity high\n\nHi Jane, we are on it.\n\nSent from my iPhone\n\n"
    "> On Nov 26, 2026, at 9:00 AM, Harbor Voice <support@harborvoice.example> wrote:\n> \n"
    "> \ufeff#close\n> All phones are down\n"
)
IPHONE_HTML = (
    '<html><body dir="auto"><div dir="ltr">#Take #severity high</div><div dir="ltr"><br></div><div dir="ltr">'
    'Hi Jane, we are on it.<br><br>Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">'
    f"{escape(WROTE)}<br><br></blockquote></div>"
    '<blockquote type="cite"><div dir="ltr">#close<br>All phones are down</div></blockquote></body></html>'
)
THUNDERBIRD = (
    "#take #severity high\nHi Jane, we are on it.\n\nOn 26/11/2026 09:00, Harbor Voice wrote:\n> #close\n"
    "> All phones are down\n\n-- \nDana Fox\n#reopen\n"
)


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        pytest.param(GMAIL, GMAIL_HTML, id="gmail"),
        pytest.param(GMAIL, "", id="gmail-plain"),
        pytest.param("", GMAIL_HTML, id="gmail-html"),
        pytest.param("", OUTLOOK_HTML, id="outlook"),
        pytest.param(IPHONE, IPHONE_HTML, id="iphone"),
        pytest.param(IPHONE, "", id="iphone-plain"),
        pytest.param(THUNDERBIRD, "", id="thunderbird"),
    ],
)
def test_commands_and_text_of_the_usual_programs(plain: str, html: str) -> None:
    read_here = orders(plain, html)
    assert (read_here.commands, read_here.text) == ((TAKE, HIGH), "Hi Jane, we are on it.")


@pytest.mark.parametrize(
    "html",
    [
        '<div style="display:none">#close</div><p>Hi Jane</p>',
        '<div style="font-size:0">#close</div><p>Hi Jane</p>',
        "<div hidden>#close</div><p>Hi Jane</p>",
        "<template>#close</template><!-- #close --><title>#close</title><p>Hi Jane</p>",
        "<p>Hi Jane</p><blockquote>#close</blockquote>",
    ],
)
def test_hidden_and_quoted_words_are_none(html: str) -> None:
    read_here = orders(html=html)
    assert (read_here.steps, read_here.text.splitlines()[0]) == ((), "Hi Jane")


@pytest.mark.parametrize(
    "plain",
    [
        "Hi Jane\n\n-- \n#close\n",
        "Thanks\n\nSent from my iPhone\n#close",
        f"Hi Jane\n\n{WROTE}\n> #close\n",
        "Hi Jane\n\n-----Original Message-----\nFrom: Jane <jane@acme.example>\nSent: today\nSubject: x\n\n#close\n",
    ],
)
def test_words_below_the_own_ones_are_none(plain: str) -> None:
    assert orders(plain).steps == ()


def test_an_attached_text_is_none() -> None:
    mail = EmailMessage()
    mail["From"] = "Dana <dana@harborvoice.example>"
    mail.set_content("Hi Jane\n")
    mail.add_attachment("#close\n", filename="log.txt")
    assert parse_message(read(mail.as_bytes()), DANA).steps == ()


WRAPPED = "> and then I said to my colleague that we would like to know how one makes"


def test_the_rest_of_a_wrapped_quoted_line_is_no_command() -> None:
    """The customer chose the words, and how far they reach: the program of an agent who answers below did the rest."""
    read_here = orders(f"{WROTE}\n\n{WRAPPED}\n#close\n\nHi Jane, good question.\n")
    assert (read_here.commands, read_here.text) == ((), "")
    [found] = read_here.problems
    assert (found.written, found.text) == ("#close", "it stands below a quotation; commands stand above all else")


def test_nor_is_it_an_answer_to_a_list_or_the_word_that_lets_a_mail_go() -> None:
    wrapped = message(f"{WROTE}\n\n{WRAPPED}\n3 close\n\nThanks.\n")
    assert parse_message(wrapped, DANA, {3: 1003}).commands == ()
    parted = message(f"{WROTE}\n\n{WRAPPED}\n\n3 close\n\nThanks.\n")
    assert [step.number for step in parse_message(parted, DANA, {3: 1003}).understood] == [3]
    assert lets_go(message(f"send\n\n{WROTE}\n\n{WRAPPED}\n"))
    assert not lets_go(message(f"{WROTE}\n\n{WRAPPED}\nsend\n"))


def test_who_answers_below_commands_with_an_empty_line_between() -> None:
    read_here = orders(f"{WROTE}\n\n> All phones are down\n\n#close\nHi Jane, they are back.\n")
    assert (read_here.commands, read_here.text) == ((CLOSE,), "Hi Jane, they are back.")


def test_a_note_that_gmail_wraps_stays_whole() -> None:
    note = "#note " + "she was furious and wants her money back for the whole of the month " * 3
    wrapped = note[:77].rpartition(" ")[0], note[len(note[:77].rpartition(" ")[0]) + 1 :]
    read_here = orders("\n".join(wrapped))
    assert read_here.text == ""
    [kept] = read_here.commands
    assert isinstance(kept, kinds.Note)
    assert " ".join(kept.text.split()) == " ".join(note.removeprefix("#note ").split())


def test_a_command_may_stand_above_what_is_passed_on() -> None:
    forwarded = (
        "#for jane@acme.example\n\n---------- Forwarded message ---------\nFrom: Jane <jane@acme.example>\n"
        "Date: Thu, Nov 26, 2026 at 8:00 AM\nSubject: Phones\nTo: Dana <dana@harborvoice.example>\n\n"
        "#spam\nAll phones down\n"
    )
    read_here = orders(forwarded)
    assert (read_here.commands, read_here.text) == ((kinds.For("jane@acme.example"),), "")


def test_a_mail_that_was_read_in_part_is_not_acted_on() -> None:
    assert parse_message(message("#close\n"), DANA).commands == (CLOSE,)
    assert parse_message(replace(message("#close\n"), error="RecursionError"), DANA).commands == ()
    assert lets_go(message("send\n"))
    assert not lets_go(replace(message("send\n"), error="RecursionError"))
