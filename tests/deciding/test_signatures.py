"""What stands at the end of an agent's words and is private stays behind; what he says does not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.signatures import Ending, Known, is_only_name, shortened, signed_within, without_signature

PARTNER = ("support@harborvoice.example", "+1 617 555 0100", "The lines +1 212 555 0142 and 0143 are dead, call me.")
DANA = Known(("Dana Ortiz",), PARTNER)
WORDS = "Hello Jane,\n\nplease upload the new music under Settings."
PRIVATE = ("+1 212 555 0190", "(212) 555-0190", "212.555.0190", "dana.private@mailbox.example", "wa.me/12125550190")


@pytest.mark.parametrize("private", PRIVATE)
@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("Best wishes\nDana Ortiz\nHarbor Voice\n{}", "\n\nBest wishes\nDana Ortiz"),
        ("Dana Ortiz / {}", ""),
        ("Dana Ortiz\nSenior Technician\nMobile: {}\nwww.harborvoice.example", "\n\nDana Ortiz"),
        ("Thanks, Dana\n\n{}", "\n\nThanks, Dana"),
        ("Best wishes\nDana\n\nDana Ortiz\n{}", "\n\nBest wishes\nDana"),
        ("Kind regards,\nDana Ortiz | Harbor Voice | {}", "\n\nKind regards,"),
        ("Dana Ortiz | Senior Support Technician | Harbor Voice of New England | {}", ""),
        ("Dana Ortiz, Senior Support Technician, {}", ""),
        ("dana ortiz\n{}\n+1 617 555 0100", "\n\ndana ortiz"),
        ("Dana Ortiz, Technician\n{}", ""),
    ],
)
def test_below_the_agents_name(end: str, kept: str, private: str) -> None:
    assert without_signature(f"{WORDS}\n\n{end.format(private)}", DANA) == Ending(WORDS + kept)


@pytest.mark.parametrize(
    "end",
    [
        "Best wishes\nDana Ortiz",
        "Dana Ortiz\nHarbor Voice\n617 555 0100\nsupport@harborvoice.example",
        "Dana",
        "The carrier answers on +1 800 288 2020, they know.",
        "Please dial 1 800 288 2020 and ask for the number of your fax.",
        "- the first line: 0142\n- their number: +1 800 288 2020",
        "The two are +1 212 555 0142 and\n+1 212 555 0143",
        "Your line\n+1 212 555 0142\nworks again",
        "We come on\n2026-11-24",
        "The router is at\n192.168.100.1",
        "> call me on +1 800 288 2020",
        "P.S. Dana is away.\nAsk Bob, he is at +1 800 288 2020, day and night.",
    ],
)
def test_what_is_meant_for_the_customer_goes_along(end: str) -> None:
    assert without_signature(f"{WORDS}\n\n{end}", Known(DANA.names, (*PARTNER, "555 0143: +1 212 555 0143"))) == Ending(
        f"{WORDS}\n\n{end}"
    )


@pytest.mark.parametrize("end", ["Best\n+1 212 555 0190", "D.\n{0}", "{0}\nDana Ortiz", "Call me: {0}\nDana"])
def test_a_number_below_no_name_is_in_doubt(end: str) -> None:
    number = "+1 212 555 0190"
    text = f"{WORDS}\n\n{end.format(number)}"
    assert without_signature(text, DANA) == Ending(text, number)


def test_what_earlier_replies_ended_with_is_a_signature_without_a_name() -> None:
    earlier = "It works again.\n\nCheers\nDee\nThe phone people\n+1 212 555 0190"
    text = f"{WORDS}\n\nCheers\nDee\nThe phone people\n+1 212 555 0190"
    assert without_signature(text, Known(("Dana Ortiz",), PARTNER, (earlier,))) == Ending(f"{WORDS}\n\nCheers")


@pytest.mark.parametrize("text", ["Dana Ortiz +1 212 555 0190", "Call Dana: +1 212 555 0190", "Or call Dana at {}"])
def test_words_are_never_a_signature_altogether(text: str) -> None:
    """Somebody typed them; what is private in them is asked about."""
    text = text.format("dana.private@mailbox.example")
    ending = without_signature(text, DANA)
    assert ending.text == text
    assert ending.doubt in text
    assert ending.doubt


@pytest.mark.parametrize(
    "text",
    [
        "Dana Ortiz",
        "Dana",
        "Dana Ortiz +1 212 555 0190",
        "Best wishes\nDana Ortiz",
        "Thanks, Dana",
        "Best wishes\n\nDana Ortiz\nHarbor Voice\n+1 212 555 0190",
        "Dana Ortiz\nHarbor Voice Support Team\nwww.harborvoice.example",
        "Dana Ortiz\nmobile: +1 212 555 0190\ndana.private@mailbox.example",
    ],
)
def test_a_name_alone(text: str) -> None:
    assert is_only_name(text, DANA)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks!",
        "Call Dana: +1 212 555 0190",
        "Done.\nDana",
        "Hello Jane\nDana",
        "Dana will call you.",
        "Dana\nPS your new number is +1 212 555 0190",
        "Dana\nP.S. all ok +1 212 555 0190",
        "Dana\nall set now",
        "Dana Ortiz\nDoor code 4711, press it twice.",
        "+1 212 555 0190",
    ],
)
def test_words_beside_a_name(text: str) -> None:
    assert not is_only_name(text, DANA)


@pytest.mark.parametrize(
    "text",
    [
        f"{WORDS}\nIf it does not help, there are two ways:\n\nCall Dana: +1 646 555 0133",
        f"{WORDS}\nThere are two ways:\n\nDana: +1 646 555 0133",
        f"{WORDS}\n\nOr call Dana at +1 646 555 0133",
    ],
)
def test_what_reads_on_is_asked_about_and_not_cut(text: str) -> None:
    ending = without_signature(text, DANA)
    assert ending.text == text
    assert ending.doubt == "+1 646 555 0133"


def test_the_name_of_a_pictures_part_is_no_address() -> None:
    assert without_signature(f"{WORDS}\n\n[cid:image001.png@01DC5E2A.3F0C5B10]", DANA).doubt == ""


LINES = st.sampled_from(
    [
        "Dana Ortiz",
        "Best wishes",
        "",
        "It works again.",
        "Harbor Voice",
        "Dana",
        "Mobile",
        "> quoted",
        "1. a step",
        *PRIVATE,
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["", "It works again.\nDee\n(212) 555-0190"]))
def test_nothing_private_below_a_name_leaves_and_no_word_is_changed(lines: list[str], earlier: str) -> None:
    text = "\n".join(lines).strip()
    ending = without_signature(text, Known(DANA.names, PARTNER, (earlier,)))
    assert text.startswith(ending.text)
    assert ending.text in {text, "", *shortened(text)}, "the HTML of what is left was looked for"
    last = [line for line in ending.text.split("\n") if line.strip()][-1:]
    assert ending.doubt or not set(last) & set(PRIVATE)


@pytest.mark.parametrize("more", [1, 1_000])
def test_a_number_below_a_name_is_found_however_much_stands_below_it(more: int) -> None:
    log = "The router says that line four has been up all of this time.\n" * more
    assert signed_within(f"See below.\nDana Ortiz\nMobile {PRIVATE[0]}\n\nP.S. the log:\n{log}", DANA) == PRIVATE[0]


@pytest.mark.parametrize("line", ["Dana", "Dana Ortiz +1 212 555 0190", "--", "thanks", "x"])
def test_however_many_lines_there_are_their_end_is_soon_judged(line: str) -> None:
    text = f"{line}\n" * 100_000
    started = time.process_time()
    without_signature(text, DANA)
    signed_within(text, DANA)
    is_only_name(text, DANA)
    assert time.process_time() - started < 5
