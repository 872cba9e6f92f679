"""Regular expressions of the operator's that are bad or could take for ever are named with their line beforehand."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.config import inspect, load
from mailbot.config.slowness import slow_on
from mailbot.deciding.classify import classify
from mailbot.deciding.patterns import NoPatternError, compiled
from mailbot.reading.model import Message
from mailbot.rules import Severity
from tests.servers.commands import run

RULE = '[[severity.critical.rule]]\nid = "mine"\nregex = '


def folder_with(folder: Path, *lines: str) -> Path:
    (folder / "rules.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "source",
    [
        "(x|xx)+y",
        r"(\w+\s?)+$",
        "(a|b|ab)*c$",
        r"\s*\s*\s*\s*x",
        "(.*,)*x",
        r"(?:\d+[ -]?)+x",
        "([^,]+,?)*;",
        "(x+x+)+y",
        "(?>fax )?(?=.)((ab?)+)+$",
        r"\p{L}+(\p{L}+)+$",  # what only the library knows
    ],
)
def test_what_takes_for_ever_on_some_text_is_slow(source: str) -> None:
    assert slow_on(source)


@pytest.mark.parametrize(
    "source",
    [
        "server.*down",
        "server.*down.*office",
        r"\b\d{2,} phones\b",
        r"(down|dead)\s+(since|for)\s+\d+",
        r"(?:not|no longer)(?:\s+\w+){0,50}\s+working\s+at\s+all",
        r"[^.!?]{0,50}\b(?:e-?mails?|inbox)",
        r"(?:\w+\s){1,5}down",
        "fax.{0,200}(broken|dead)",
        r"https?://\S+",
        r"\p{Lu}{4,} ALARM",
        "",
    ],
)
def test_what_people_write_is_not(source: str) -> None:
    assert slow_on(source) == ""


PIECES = st.sampled_from(
    [
        *r"ab|()[]^$.*+?{}\-,0 =!:<>éß",
        *("{400}", "{3,}", "*+", "(?:", "(?=", "(?<!", "(?>", "(?i)", "(?P<n>", "(?(1)", "[^a", "a-z"),
        *(r"\w", r"\W", r"\d", r"\s", r"\S", r"\b", r"\1", r"\p{L}"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_whatever_is_written_is_looked_at_or_refused(source: str) -> None:
    with suppress(NoPatternError):
        assert len(slow_on(source)) <= 16


@pytest.mark.parametrize(
    "source", [r"(((a{400}){400}){400})b", r"(?:\p{L}{400}|x){400}", "((a?){5000}){5000}", "a{20000}"]
)
def test_repetitions_that_would_fill_the_memory_are_refused(source: str) -> None:
    with pytest.raises(NoPatternError, match="repeats something more than 10,000 times"):
        compiled(source)


def test_many_repetitions_side_by_side_are_few() -> None:
    assert compiled(r"-".join([r"\d{400}"] * 20) + r"(a{1,4000}){1,4000}")


def test_the_shipped_ones_are_not_slow() -> None:
    rules = load(None)
    sources = [rule.regex for table in rules.severity.values() for rule in table.rule if rule.regex]
    sources += [rule.regex for table in rules.playbook.values() for rule in table.rule if rule.regex]
    assert sources
    assert [source for source in sources if slow_on(source)] == []


def test_check_names_a_slow_one_with_its_line_and_it_can_be_used(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "# mine", f"{RULE}'(\\w+ ?)+$'", '[[playbook.port_in.rule]]\nid = "a"\nregex = "x"')
    _, problems = inspect(folder, thorough=True)
    [problem] = [one for one in problems if "rule" in one.key]
    assert problem.warning
    assert str(problem).startswith("rules.toml:4: severity.critical.rule[mine].regex: is slow: it may take longer")
    assert "(a+)+" in problem.hint
    rules, problems = inspect(folder)
    assert rules is not None
    assert problems == (), "only who checks waits for it"
    assert "rules.toml:4: warning: severity.critical.rule[mine].regex: is slow" in run(folder, "check").err
    assert classify(Message(reply_text="A word"), rules).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("[a", "unterminated character set"),
        ("(" * 2000 + ")" * 2000, "nested too deeply"),
        ("a" * 6000, "longer than 5,000 characters"),
        ("a{99999999999999999999}", "repeat count too big"),
    ],
)
@pytest.mark.parametrize("thorough", [False, True])
def test_a_bad_one_is_refused_with_its_line(tmp_path: Path, source: str, why: str, *, thorough: bool) -> None:
    _, problems = inspect(folder_with(tmp_path, f"{RULE}'{source}'"), thorough=thorough)
    [problem] = [one for one in problems if not one.warning and "regex" in one.key]
    assert str(problem).startswith("rules.toml:3: severity.critical.rule[mine].regex: is no regular expression: ")
    assert why in problem.text


def test_a_changed_shipped_rule_is_named_with_the_operator_s_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "[[severity.critical.rule]]", 'id = "plainly-down"', "regex = '(x|xx)+y'")
    _, problems = inspect(folder, thorough=True)
    assert [str(one).partition(" is slow")[0] for one in problems if "rule" in one.key] == [
        "rules.toml:3: severity.critical.rule[plainly-down].regex:"
    ]


def test_on_mail_the_evidence_names_the_line_and_the_rest_counts(tmp_path: Path) -> None:
    rules = load(folder_with(tmp_path, f"{RULE}'(x|xx)+y'"))
    got = classify(Message(reply_text="All phones are down " + "x" * 60), rules)
    assert got.severity is Severity.CRITICAL
    [skipped] = [one for one in got.evidence if one.where == "regex"]
    assert (skipped.rule, skipped.words) == ("mine", "skipped, took longer than 0.1 s (rules.toml:3)")


def test_many_slow_ones_do_not_add_up(tmp_path: Path) -> None:
    lines = [f"[[severity.low.rule]]\nid = \"r{number}\"\nregex = '(x|xx)+y{number}'" for number in range(40)]
    rules = load(folder_with(tmp_path, *lines))
    begun = time.process_time()
    got = classify(
        Message(reply_text="All phones are down " + "x" * 60 + "z" + "".join(f"y{n} " for n in range(40))), rules
    )
    assert time.process_time() - begun < 1.5, "a message has two seconds"
    assert got.severity is Severity.CRITICAL
    assert len([one for one in got.evidence if one.where == "regex"]) == 40
