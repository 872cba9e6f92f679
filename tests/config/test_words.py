"""Shared lists of words, alternatives within a phrase, and what is said about mistakes in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mailbot.config import inspect, load, shipped_path
from mailbot.deciding.classify import classify
from mailbot.reading.model import Message
from mailbot.rules import PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules

RULE = '[[severity.high.rule]]\nid = "mine"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "rules.toml").write_text(text, encoding="utf-8")
    return folder


def rule(rules: Rules, name: str = "mine") -> PhraseRule:
    return next(rule for rule in rules.severity[Severity.HIGH].rule if rule.id == name)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ('state = ["our|the phone*", "dark"]', ["our phone*", "the phone*", "dark"]),
        ('state = ["was|were down|out"]', ["was down", "was out", "were down", "were out"]),
        (
            'state = ["@rooms", "yard"]\n[words]\nrooms = ["big|small hall", "attic"]',
            ["big hall", "small hall", "attic", "yard"],
        ),
        ('state = ["@a"]\n[words]\na = ["one", "@b", "two"]\nb = ["three"]', ["one", "three", "two"]),
        ('state = ["@a", "@b"]\n[words]\na = ["@c"]\nb = ["@c", "one"]\nc = ["one"]', ["one"]),  # each phrase once
    ],
)
def test_words_are_spelled_out(tmp_path: Path, text: str, state: list[str]) -> None:
    assert list(rule(load(write(tmp_path, RULE + text))).state) == state


def test_a_list_stands_for_its_words_wherever_words_are_expected(tmp_path: Path) -> None:
    text = f"""
        {RULE}
        state = ["@mine"]
        scope = ["@mine"]
        unless = ["@mine"]
        [severity.high]
        unless = ["@mine"]
        unless_anywhere = ["@mine"]
        [playbook.port_in]
        unless = ["@mine"]
        [words]
        mine = ["a|b"]
        """
    rules = load(write(tmp_path, text.replace("        ", "")))
    mine, high = rule(rules), rules.severity[Severity.HIGH]
    assert {mine.state, mine.scope, mine.unless, high.unless, high.unless_anywhere} == {("a", "b")}
    assert next(row for name, row in rules.playbook.items() if name == "port_in").unless == ("a", "b")
    assert rules.words == {}


def test_a_shipped_list_is_added_to_or_replaced_for_all_rules_that_name_it(tmp_path: Path) -> None:
    shipped = rule(load(None), "voicemail-e-mail")
    added = load(write(tmp_path, '[words]\nvoicemail = ["@voicemail", "talk-mail"]'))
    assert set(rule(added, "voicemail-e-mail").scope) == {*shipped.scope, "talk-mail"}
    replaced = load(write(tmp_path, '[words]\nvoicemail = ["talk-mail"]'))
    assert "talk-mail" in rule(replaced, "voicemail-e-mail").scope
    assert "voicemail*" not in rule(replaced, "voicemail-e-mail").scope


@pytest.mark.parametrize("about", [*Severity, *Playbook])
def test_one_line_adds_a_keyword_and_one_takes_it_back(tmp_path: Path, about: Severity | Playbook) -> None:
    name, message = about.replace("_", "-"), Message(subject="Our gong is bent")

    def found(lines: str) -> set[str | None]:
        got = classify(message, load(write(tmp_path, f"[words]\n{lines}")))
        return {got.severity, got.playbook}

    keyword = f'{name}-keywords = ["gong"]'
    without = 'low-keywords = ["gong"]' if about is Severity.NORMAL else ""
    assert about not in found(without)
    assert about in found(f"{keyword}\n{without}")
    assert about not in found(f'{keyword}\n{without}\nnot-{name} = ["@not-{name}", "bent"]')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            RULE + 'state = [\n"dark",\n"@voicmail"]',
            'rules.toml:5: severity.high.rule[mine].state[#2]: there is no list "voicmail" under [words] (did you mean',
        ),
        ('[words]\na = ["x", "@nothing-like-it"]', 'rules.toml:2: words.a[#2]: there is no list "nothing-like-it"'),
        ('[words]\na = ["@a"]', 'rules.toml:2: words.a[#1]: this list leads back to itself, from "@a" to "@a"'),
        (
            '[words]\na = ["@b"]\nb = [\n"x",\n"@a"]',
            'rules.toml:5: words.b[#2]: this list leads back to itself, from "@a" to',
        ),
        (
            '[words]\na = ["our | the"]',
            'rules.toml:2: words.a[#1]: a word is missing beside "|" (write "our|the office"',
        ),
        (f'[words]\na = ["{" ".join(["a|b"] * 11)}"]', "rules.toml:2: words.a[#1]: stands for more than 1000 phrases"),
        ('[words]\na = "x"', "rules.toml:2: words.a: must be a list"),
        ('[words]\n"a b" = ["x"]', "rules.toml:2: words.a b: an id is made of letters"),
        # A list that is wrong itself is not said to be missing where it is named.
        (RULE + 'state = ["@a"]\n[words]\na = "x"', "rules.toml:5: words.a: must be a list"),
    ],
)
def test_mistakes_are_told_once_with_their_line(tmp_path: Path, text: str, expected: str) -> None:
    rules, (problem,) = inspect(write(tmp_path, text))
    assert rules is None
    assert str(problem).startswith(expected)


def test_lists_that_name_each_other_many_times_take_no_time(tmp_path: Path) -> None:
    lists = "\n".join(f'a{number} = ["@a{number + 1}", "@a{number + 1}", "x"]' for number in range(40))
    assert rule(load(write(tmp_path, f'{RULE}state = ["@a0"]\n[words]\n{lists}\na40 = ["y"]'))).state == ("y", "x")


def test_every_shipped_list_is_used_and_nothing_is_left_to_spell_out() -> None:
    text = shipped_path().read_text(encoding="utf-8")
    told = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert set(tomllib.loads(text)["words"]) == set(re.findall(r'"@([^"]+)"', told))
    rules = load(None)
    tables: list[SeverityRules | PlaybookRules] = [*rules.severity.values(), *rules.playbook.values()]
    lists = [phrases for table in tables for phrases in (table.unless, table.unless_anywhere)]
    lists += [phrases for table in tables for row in table.rule for phrases in (row.state, row.scope, row.unless)]
    assert not [phrase for phrases in lists for phrase in phrases if "@" in phrase or "|" in phrase]
