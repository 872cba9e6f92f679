"""Of an agent's reply to a relay the customer gets his words, the lines that they answer, and nothing else."""

from __future__ import annotations

import time

import pytest

from mailbot.deciding.agents.newwords import new_words, tells
from mailbot.reading.model import Mailbox, Message
from mailbot.rules import Agent, Partner, Rules

DANA = "dana@harborvoice.example"
RULES = Rules(
    partner=Partner(brand="Harbor Voice", address="support@harborvoice.example"),
    agent=(Agent(id="dana", name="Dana Ortiz", addresses=(DANA, "dana@private.example")),),
)
TOKEN = "a" * 39


def words(text: str, *, name: str = "Dana") -> str:
    return new_words(Message(text=text, from_=(Mailbox(name, DANA),)), RULES)


@pytest.mark.parametrize(
    "text",
    [
        DANA,
        "DANA@Harborvoice.Example",
        "dana@harborvoice.\nexample",
        "dana@\u200bharborvoice.example",
        "dana\uff20harborvoice.example",
        "https://x.example/?u=dana%40harborvoice.example",
        "dana&#64;harborvoice.example",
        "dana<b></b>@<wbr>harborvoice.example",
        'https://x.example/">dana@harborvoice.example</a>',
    ],
)
def test_an_address_is_found_however_it_is_written(text: str) -> None:
    assert tells(f"Write to {text} please", {DANA})


@pytest.mark.parametrize("line", ["-- ", "--", "____"])
def test_a_line_that_parts_nothing_stays_behind(line: str) -> None:
    assert words(f"It works.\n\n{line}\n") == "It works."


def test_another_address_is_none() -> None:
    assert not tells("Write to donna@harborvoice.example, or to Dana at the Harbor Voice.", {DANA})


@pytest.mark.parametrize("line", ["Sent from my iPhone", "Holen Sie sich Outlook für iOS", "Poslano iz iPhona"])
def test_the_line_of_a_telephone_alone_is_no_word(line: str) -> None:
    assert words(f"{line}\n") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See https://x.example/a <https://x.example/a> there.", "See https://x.example/a there."),
        ("See the page <https://x.example/a> there.", "See the page <https://x.example/a> there."),
        ("See x.example<https://x.example> there.", "See x.example there."),
    ],
)
def test_a_bare_link_is_shown_once(text: str, shown: str) -> None:
    assert words(text) == shown


@pytest.mark.parametrize(
    "signature",
    [
        f"Dana Ortiz\n+1 212 555 0190\n{DANA}",
        f"Dana Ortiz\n\n+1 212 555 0190\n\n{DANA}<mailto:{DANA}>",
        f"*Dana Ortiz* | Harbor Voice\n{DANA.upper()}",
        f"Dana Ortiz <{DANA}>",
        "DANA ORTIZ\nHarbor Voice partner desk\nE: dana@private.example",
    ],
)
def test_a_signature_with_an_own_address_stays_behind(signature: str) -> None:
    assert words(f"It works.\n\nBest wishes\n\n{signature}") == "It works.\n\nBest wishes"


def test_the_name_below_a_greeting_stays() -> None:
    assert words(f"It works.\n\nBest wishes\nDana Ortiz\n{DANA}") == "It works.\n\nBest wishes\nDana Ortiz"


@pytest.mark.parametrize(
    "text",
    [
        f"It works. Write to {DANA} again.",
        f"It works.\n\nYou reach me here:\nDana Ortiz\n{DANA}",
        f"It works.\n\nDana Ortiz is where all of us look at first when something of yours goes wrong\n{DANA}",
        f"Dana Ortiz\n{DANA}",
        "It works.\n\nDana Ortiz\n+1 212 555 0190",
        f"It works.\n\nDana Ortiz\n{DANA}\n\nOne thing more: all the telephones in your lobby must be restarted once.",
    ],
    ids=["a sentence", "pointed at", "long lines", "nothing else", "no address", "words below"],
)
def test_what_may_be_words_is_left_for_him_to_decide(text: str) -> None:
    assert words(text) == text


RELAY = f"""On 11/26/26 11:44, Jane Roe wrote:
> A reply to this mail goes to Jane Roe (jane@acme.example).
>
>> Hello,
>>
>> how do I change the music?
{{0}}
>>
>> And can the lobby ring longer?
{{1}}
>
> Ticket:     1033 (normal)
>
> Ref: {TOKEN}
"""


def test_between_the_lines_hers_stay_and_the_relays_go() -> None:
    text = RELAY.format("\nUnder Sounds.\n", "\nYes.\n") + "\nBest wishes\nDana"
    assert words(text).split("\n\n") == [
        "> how do I change the music?",
        "Under Sounds.",
        "> And can the lobby ring longer?",
        "Yes.",
        "Best wishes\nDana",
    ]


def test_where_marks_were_lost_no_line_of_the_relays_ends_stays() -> None:
    flat = RELAY.replace(">>", ">").format("\nUnder Sounds.\n", "\nYes.\n") + "\nBest wishes"
    found = words(flat)
    assert "how do I change the music?" in found
    assert TOKEN not in found
    assert "A reply to this mail" not in found


def test_one_answer_below_the_relay_needs_none_of_its_lines() -> None:
    assert words(RELAY.format("", "") + "\nUnder Sounds.") == "Under Sounds."


def test_his_own_mark_is_kept() -> None:
    assert words("The lamp says\n> it is dark\nand it is not.") == "The lamp says\n> it is dark\nand it is not."


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("See our page<https://help.example/a>.", "See our page <https://help.example/a>."),
        ("Write to orders@acme.example<mailto:orders@acme.example>.", "Write to orders@acme.example."),
        ("Hello,\n\n \n\nit works.", "Hello,\n\nit works."),
        ("a\n\nb\nc", "a\n\nb\nc"),
    ],
)
def test_text_that_outlook_made_of_html_can_be_read(text: str, readable: str) -> None:
    assert words(text) == readable


@pytest.mark.parametrize(
    "piece", ["a", "a ", "Dana\n", "--\nx\n", "--\n", "[picture]", "<https://a ", "a<https://a> ", "\t"]
)
def test_however_much_an_agent_writes_it_is_soon_read(piece: str) -> None:
    started = time.process_time()
    words(f"Hello\n{piece * (400_000 // len(piece))}")
    assert time.process_time() - started < 5
