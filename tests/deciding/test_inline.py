"""Answers between the lines of a relay reach the customer with her lines, and with nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.agents.inline import Answers, between_lines, unmarked_answer

ASKED = "Hello,\n\nCan we keep our numbers?\nAnd when does the technician come?\n\nThanks!\nJane"
RELAY = f"""A reply to this mail goes to Jane Roe (jane@acme.example) at Acme Dental.

{ASKED}

Call:       +1 212 555 0142 (listed for Jane Roe)
Ticket:     1042 (normal)

To check: a new line
  1. Ask which of the numbers are to be kept and which are not.

> Bob wrote: they never pay their bills in time, be careful.

Only your own new words are sent, under the name of Harbor Voice.

Ref: {"a" * 39}"""


@pytest.mark.parametrize("marks", ["> ", ">> ", "> > ", ">"])
def test_each_answer_comes_with_the_line_that_it_answers(marks: str) -> None:
    text = f"{marks}Can we keep our numbers?\n\nYes, all.\n\n{marks}And when does the technician come?\nOn Tuesday."
    assert between_lines(text, ASKED, RELAY) == Answers(
        "> Can we keep our numbers?\n\nYes, all.\n\n> And when does the technician come?\nOn Tuesday."
    )


def test_lines_of_the_relay_above_hers_are_left_out() -> None:
    quoted = "\n".join(f"> {line}" for line in RELAY.split("Thanks!", maxsplit=1)[0].rstrip().split("\n"))
    found = between_lines(f"{quoted}\n\nOn Tuesday.\n\n> Thanks!\n\nYou are welcome.", ASKED, RELAY)
    assert found == Answers(
        "> Can we keep our numbers?\n> And when does the technician come?\n\nOn Tuesday.\n\n"
        "> Thanks!\n\nYou are welcome."
    )


@pytest.mark.parametrize(
    "line",
    [
        "A reply to this mail goes to Jane Roe (jane@acme.example) at Acme Dental.",
        "Call:       +1 212 555 0142 (listed for Jane Roe)",
        "Ticket:     1042 (normal)",
        "1. Ask which of the numbers are to be kept and which are not.",
        "> Bob wrote: they never pay their bills in time, be careful.",
        "numbers",
        "Jane wrote: Can we keep our numbers?",
    ],
)
def test_an_answer_to_a_line_that_is_not_hers_is_asked_about(line: str) -> None:
    found = between_lines(f"> {line}\n\nDone.\n\n> Can we keep our numbers?\n\nYes.", ASKED, RELAY)
    assert "answers a line of my mail" in found.doubt
    assert found.text == "Done.\n\n> Can we keep our numbers?\n\nYes."


def test_what_stands_below_all_of_the_relay_answers_no_line() -> None:
    text = f"> Can we keep our numbers?\n\nYes.\n\n> Ref: {'a' * 39}\n\nBest wishes"
    assert between_lines(text, ASKED, RELAY) == Answers("> Can we keep our numbers?\n\nYes.\n\n\nBest wishes")


@pytest.mark.parametrize(
    "line", ["Ask which of the numbers are to be kept", "they never pay their bills in time, be careful."]
)
def test_an_unmarked_line_of_the_relay_is_asked_about(line: str) -> None:
    assert "a line of my mail" in between_lines(f"Yes.\n{line}\nBye", ASKED, RELAY).doubt


@pytest.mark.parametrize("text", ["Yes, you can keep all of them.", "Hello Jane,\nthanks!\n\nDana", "Ticket 1042", ""])
def test_words_without_a_quotation_are_as_they_were(text: str) -> None:
    assert between_lines(text, ASKED, RELAY) == Answers(text)


LINES = st.sampled_from([*RELAY.split("\n"), *(f"> {line}" for line in RELAY.split("\n")), "", "Yes.", "On Tuesday."])


@given(st.lists(LINES, max_size=20))
def test_no_quoted_line_but_hers_ever_leaves(lines: list[str]) -> None:
    found = between_lines("\n".join(lines), ASKED, RELAY)
    quoted = [line[1:].strip() for line in found.text.split("\n") if line.startswith(">")]
    assert set(quoted) <= {line.strip() for line in ASKED.split("\n")}
    own = {line for line in lines if not line.startswith(">")}
    assert {line for line in found.text.split("\n") if not line.startswith(">")} <= own | {""} | {
        line.strip() for line in own
    }


# Answers whose words are hers or ours, too.
SHORT = [
    ("And when does the technician come?", answer)
    for answer in ("Numbers.", "the technician", "We keep our numbers", "Normal", "Can we keep our numbers?", "Thanks!")
]
QUOTED = RELAY.replace("Can we keep our numbers?", "Can we keep our numbers?\nYes, all of them.")


@pytest.mark.parametrize(
    ("quoted", "relay", "found"),
    [
        (QUOTED, RELAY, "Yes, all of them."),
        (QUOTED.replace("\nYes", "\n\n> Yes"), RELAY, "Yes, all of them."),
        (RELAY, RELAY, ""),
        (RELAY.replace("Thanks!", "Thanks!<https://x.example>\n[cid:image001.png@01DC]"), RELAY, ""),
        (QUOTED, "", ""),
        *((RELAY.replace(line, f"{line}\n{answer}"), RELAY, answer) for line, answer in SHORT),
        (RELAY.replace("Jane\n", "Jane\nwhich of the numbers are to be kept\n"), RELAY, ""),
        (RELAY.replace("Jane\n", "Jane\nthe numbers\n"), RELAY, "the numbers"),
        (RELAY[: RELAY.index("Thanks!")] + "Thanks!\nJane\nNormal", RELAY, "Normal"),
        (RELAY.replace("Jane\n", "Jane\nOnly\nyour\nown\nnew\nwords\n"), RELAY, ""),
        (f"Hello, can we keep our numbers?\nAnd when does the technician\n\n{RELAY}", RELAY, ""),
        (RELAY.replace(SHORT[0][0], "And when does the\ntechnician come?"), RELAY, ""),
        (RELAY.replace(SHORT[0][0], "And when does the\nCarrier\ntechnician come?"), RELAY, "And when does the"),
        (f"From: Harbor Voice\nSubject: Re: Lines\n\n{RELAY.partition('Acme Dental.')[2]}\nDana", RELAY, ""),
    ],
)
def test_what_is_written_below_her_line_without_a_mark_is_noticed(quoted: str, relay: str, found: str) -> None:
    assert unmarked_answer(quoted, ASKED, relay) == found
