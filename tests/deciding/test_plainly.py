"""Why something was done, as an agent reads it on a telephone."""

from __future__ import annotations

from typing import Any

from mailbot.deciding.changed import changed
from mailbot.deciding.plainly import because
from mailbot.rules import Agent, Rules
from tests.service.office import RULES, rules_of

SHIPPED = rules_of(RULES)


def reason(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}


def hit(rule: str, words: str, where: str = "text") -> dict[str, str]:
    return {"rule": rule, "where": where, "words": words}


def test_each_reason_is_a_sentence_and_what_shows_the_sender_stands_behind_what_it_shows() -> None:
    reasons = [
        reason("authentication.pass", "dmarc=pass for acme.example"),
        reason("authentication.pass", "dkim=pass for acme.example"),
        reason("tenant.sender", "jane@acme.example belongs to Acme"),
        reason("severity.default", "no rule recognised its words: normal"),
        reason("answer.after-hours", "we are closed: the {hours}"),
        reason("answer.none", "thanks need no answer."),
    ]
    assert because(reasons, [], SHIPPED) == (
        "Its sender is proven (dmarc=pass for acme.example, dkim=pass for acme.example).",
        "jane@acme.example belongs to Acme.",
        "No rule knows its words, so it is normal.",
        "It was answered by itself (we are closed: the {hours}).",
        "Thanks need no answer.",
    )


def test_the_rules_that_found_words_stand_under_what_it_was_taken_for() -> None:
    rule = reason("classify.rule", "rule … found …")
    found = [
        hit("plainly-down", "no dial tone"),
        hit("many-down", "all phones down", "subject"),
        hit("nobody-can", "Nobody … can call"),
    ]
    [told] = because([rule] * 3, found, SHIPPED)
    assert told == (
        'Taken for critical because it says "no dial tone" (rule plainly-down) and "Nobody … can call" '
        '(rule nobody-can), and its subject says "all phones down" (rule many-down).'
    )


def test_a_rule_of_two_things_one_that_is_gone_and_one_that_took_too_long_are_told_as_such() -> None:
    rule = reason("classify.rule", "rule … found …")
    found = [
        hit("voicemail-no-mail", "no voicemail"),
        hit("gone", "old words"),
        hit("slow", "it took too long", "regex"),
    ]
    slow, two, gone = because([rule], found, SHIPPED)
    assert two.startswith("Taken for ")
    assert 'and "Voicemail does not arrive by e-mail" because it says "no voicemail"' in two
    assert gone == 'Recognised because it says "old words" (rule gone).'
    assert slow == "Rule slow was passed over: it took too long."


def test_what_the_log_says_beside_an_agents_answer_is_not_said_again() -> None:
    reasons = [
        reason("relay.reply", "Dana answers #1: From is proven"),
        reason("relay.command", "#take is done"),
        reason("relay.sent", "the words are sent"),
        reason("relay.note", "Dana keeps it for our own people"),
    ]
    assert because(reasons, [], Rules()) == ("Dana keeps it for our own people.",)
    assert because([], [], Rules()) == ()


def test_a_change_is_told_by_what_it_made_of_the_ticket() -> None:
    rules = Rules(agent=(Agent(id="dana", name="Dana Ortiz", addresses=("dana@x.example",)),))
    changes: list[tuple[dict[str, Any], str]] = [
        ({"severity": "low", "response_due_at": None}, "severity is now low"),
        ({"assignee": "dana"}, "Dana Ortiz has it"),
        ({"assignee": ""}, "nobody has it"),
        ({"state": "closed", "waits_until": None}, "closed"),
        ({"waits_until": None}, "waits no longer"),
        ({"waits_until": "2026-12-02T15:00:00+00:00"}, ""),
        ({"merged_into": 7, "flags": ["spam"]}, "merged into #7, flagged spam"),
        ({"incident": 3}, "about incident 3"),
        ({"incident": None}, "about no incident any more"),
    ]
    for change, told in changes:
        assert changed(change, rules) == told
