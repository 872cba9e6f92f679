"""What an answer to a question of ours comes down to: yes, no, or words that are meant for somebody else."""

from __future__ import annotations

import pytest

from mailbot.deciding.agents.assent import Word, said
from mailbot.rules import Agent

DANA = Agent(id="dana", name="Dana Ortiz", addresses=("dana@harborvoice.example",))


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes!",
        "YES, please.",
        "ok, send it",
        "Yes, really",
        "Ja, bitte",
        "Sí, por favor.",
        "yes, that was me\n\nDana",
        "Yes\nDana Ortiz",
        "yes\n\nDana Ortiz\nHarbor Voice\n+1 617 555 0100",
        "> Reply with one word\n\nyes",
        f"yes\n\nsomebody wrote this\nYour mail waits.\nRef: {'a' * 39}",
        "\u200byes\u00a0",
        "Send.",
        "Send\n\nSent from my iPhone\n\nDana Ortiz",
        "Hi,\n\nsend.\n\nThanks\nDana",
        "Looks good, send",
        "yes, go ahead and send it now",
        "Senden",
        "Send\n\nMit freundlichen Gr\u00fc\u00dfen\nDana Ortiz\nHead of support\nHarbor Voice Inc.\nT +1 617 555 0100",
        (
            "Send\n\nKind regards\nDana Ortiz\nSupport\nHarbor Voice\n4 High Street\nBoston\nT +1 617 555 0100"
            "\nM +1 617 555 0101\ndana@harborvoice.example\nwww.harborvoice.example"
        ),
    ],
)
def test_a_yes(text: str) -> None:
    assert said(text, DANA) is Word.YES


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No!",
        "no, thanks",
        "drop it",
        "Nein danke",
        "do not send",
        "Don't send it.",
        "It is not mine",
        "no\n\nDana",
    ],
)
def test_no_is_never_a_yes(text: str) -> None:
    assert said(text, DANA) is Word.NO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes, we can do that, Jane.",
        "Yes\n\nYou can change the music under Settings, Sounds.",
        "Ok, I will call you tomorrow",
        "No problem, Jane!",
        "yes or no?",
        "no, send it",
        "Hello Jane",
        "#close\nyes",
        "Dana",
        "Send?",
        "Did you send it",
        "Is this to be sent",
        "I will send it",
        "will send",
        "Send not now",
        "send\n\nP.S. add Crown as well",
        "send\n\nadd Crown as well",
        "Send\n\nnot to Bolt",
        "Send\n\nTomorrow",
        "Send\n\nPlease add Crown too",
        "Send\n\nDana\nPS add Crown",
        "Send\n\nDana\nbut not to Bolt",
        "Send\n\ncall 617 555 0142 first",
        "sned",
        "Sent from my iPhone",
        "Looks good",
    ],
)
def test_words_for_a_customer_are_no_yes(text: str) -> None:
    assert said(text, DANA) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [("add", Word.ADD), ("Yes, add it", Word.ADD), ("ticket", Word.TICKET), ("Open a ticket, please", Word.TICKET)],
)
def test_a_further_word_says_more_than_yes(text: str, word: Word) -> None:
    assert said(text, DANA) is word
