"""Quotations that only the conversation itself gives away: no marks, no language that we know."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.reading.quotation.saidbefore import without_said

OURS = (
    "Hello,\n\nThank you for writing to us. One of us will answer you by 11 AM today.\n\nYour reference: 1042\n\n"
    "If it becomes more urgent, call us on +1 212 555 0100 and mention 1042.\n\nKind regards\nHarbor Voice\n"
)
JANES = "The hold music at our front desk is much too loud since yesterday.\nPlease turn it down.\n"


@pytest.mark.parametrize(
    "introduction",
    [
        "",
        "Harbor Voice <support@harborvoice.example> \u015funlar\u0131 yazd\u0131 (23 Kas 2026 Pzt 10:02):\n\n",
        "2026. nov. 23., H 10:02 keltez\u00e9ssel Harbor Voice <support@harborvoice.example>\n\u00edrta:\n",
        "Zo 23 Lis 2026\nsupport@harborvoice.example:\n\n",
        "________________\n",
    ],
)
@pytest.mark.parametrize("quoted", [OURS, OURS + "\n" + JANES, OURS.replace("\n", " \n| "), " ".join(OURS.split())])
def test_what_the_ticket_holds_is_history(introduction: str, quoted: str) -> None:
    found = without_said(f"Yes, please do that today.\n\n{introduction}{quoted}", [OURS, JANES])
    assert found is not None
    new, history = found
    assert new == "Yes, please do that today."
    assert "Thank you for writing to us" in " ".join(history.replace("|", "").split())


@pytest.mark.parametrize(
    "text",
    [
        "Yes, please do that today.",
        # The very same words and nothing else: nothing new would be left.
        JANES + OURS,
        # A sentence taken up, then more of one's own.
        (
            "You wrote that one of us will answer you by 11 AM today. It is noon now, nobody has called, and the music "
            "plays as loud as ever in the whole building, which drives our patients mad; what are you going to do?"
        ),
        "Thank you for writing to us.",
        # Answered below, and in between.
        f"Thanks.\n\n{OURS}\nBut the phone at the front desk is dead now.",
        f"Thanks.\n\n{OURS}\nDOWN",
    ],
)
def test_when_unsure_everything_is_new(text: str) -> None:
    assert without_said(text, [OURS, JANES]) is None


def test_a_date_in_one_s_own_last_line_stays_when_more_stands_between() -> None:
    found = without_said(f"Come on 24.11.2026 at 10:00.\n\nJane Park\n\n{OURS}", [OURS])
    assert found is not None
    assert found[0] == "Come on 24.11.2026 at 10:00.\n\nJane Park"


def test_answers_in_between_stay() -> None:
    answered = OURS.replace("Your reference", "Too late!\n\nYour reference")
    found = without_said(f"See below.\n\n{answered}", [OURS])
    assert found is not None
    assert "Too late!" in found[0]


def test_history_of_several_messages_goes_with_what_introduces_each() -> None:
    text = f"Yes.\n\n<support@harborvoice.example> yazd\u0131:\n\n{OURS}\n\nJane Park yazd\u0131 (9:02):\n\n{JANES}"
    found = without_said(text, [OURS, JANES])
    assert found is not None
    assert found[0] == "Yes."


def test_nothing_said_before_changes_nothing() -> None:
    assert without_said(f"Yes.\n\n{OURS}", []) is None
    assert without_said(f"Yes.\n\n{OURS}", ["Something else entirely, of other words than these here."]) is None


@given(st.text(max_size=400), st.lists(st.text(max_size=200), max_size=3))
def test_no_word_is_lost(text: str, said: list[str]) -> None:
    found = without_said(text, said)
    if found is not None:
        assert "".join("".join(found).split()) == "".join(text.split())


def test_long_texts_take_little_time() -> None:
    long = "one two three four five " * 3_900
    began = time.process_time()
    without_said("Yes.\n" + long, [long])
    without_said(long, ["one two three four six " * 100_000])
    assert time.process_time() - began < 3
