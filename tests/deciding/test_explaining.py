"""Why a message was taken for what it was, told with the words for and against."""

from __future__ import annotations

import pytest

from mailbot.config import load
from mailbot.deciding.explaining import explain
from mailbot.deciding.understanding import classified
from mailbot.reading.model import Message
from mailbot.rules import PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules

DOWN = PhraseRule(id="down", state=("down",), scope=("all phones",), unless=("last week",))
SLOW = PhraseRule(id="slow", state=("down", "slow"))
RULES = Rules(
    severity={
        Severity.CRITICAL: SeverityRules(response=None, rule=(DOWN,), unless=("drill",), unless_anywhere=("no hurry",)),
        Severity.HIGH: SeverityRules(response=None, rule=(SLOW,)),
    },
    playbook={
        Playbook.PORT_IN: PlaybookRules(title="in", rule=(PhraseRule(id="in", state=("port in",)),)),
        Playbook.PORT_OUT: PlaybookRules(title="out", rule=(PhraseRule(id="out", state=("port out",)),)),
    },
)


@pytest.mark.parametrize(
    ("text", "against", "anywhere"),
    [
        ("Last week all phones were down.", "Last week", False),
        ("A drill: all phones down.", "drill", False),
        ("It is down. All phones, last week.", "last week", False),  # in the sentence of the scope
        ("All phones are down. Really. And it is good to know: there is No Hurry.", "No Hurry", True),
    ],
)
def test_what_spoke_against_a_rule_is_told_as_it_was_written(text: str, against: str, *, anywhere: bool) -> None:
    explanation = explain(Message(reply_text=text), RULES, None)
    assert explanation.found.severity is Severity.HIGH
    [out] = explanation.ruled_out
    assert (out.about, out.evidence.rule, out.against, out.anywhere) == (Severity.CRITICAL, "down", against, anywhere)
    assert "down" in out.evidence.words


def test_what_does_not_count_is_not_told() -> None:
    for text in ("All phones are down, not since last week.", "The phones are fine. Last week was a drill."):
        assert explain(Message(reply_text=text), RULES, None).ruled_out == ()
    again = (
        "Last week all phones were down.\n\nHello there, good people of support, are you in.\n\nAll phones are down."
    )
    explanation = explain(Message(reply_text=again), RULES, None)
    assert explanation.found.severity is Severity.CRITICAL, "it was ruled out in one place only"
    assert explanation.ruled_out == ()


def test_what_hit_and_did_not_decide_is_told() -> None:
    explanation = explain(Message(subject="port in or port out", reply_text="All phones are down"), RULES, None)
    assert explanation.found.playbook is None
    beside = [(one.about, one.evidence.rule) for one in explanation.beside]
    assert beside == [(Severity.HIGH, "slow"), (Playbook.PORT_IN, "in"), (Playbook.PORT_OUT, "out")]


def test_the_verdict_is_the_one_that_the_desk_acts_on() -> None:
    rules = load(None)
    for text in ("DOWN", "All phones are down. Not urgent.", "How do I change my greeting?", ""):
        message = Message(reply_text=text)
        assert explain(message, rules, None).found == classified(message, rules, None)
