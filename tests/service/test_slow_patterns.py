"""A regular expression that takes too long on a mail: the mail goes on without it, and we are told its line once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from mailbot.config import load
from mailbot.desk.slowpatterns import are_the_same
from mailbot.service.seeing import look_at
from mailbot.service.status import Light, judge
from tests.servers.commands import run
from tests.service.office import RULES, Office, mail, office

SLOW = """[[severity.critical.rule]]
id = "slow"
regex = '(x|xx)+y'
"""
ANN = "Ann <ann@acme-dental.example>"
LINE = RULES.count("\n") + 3
WORDS = f"the regex of slow took longer than 0.1 s (rules.toml:{LINE})"


def receive(here: Office, number: int, text: str = "All phones are down. " + "x" * 60) -> None:
    here.receive(mail(ANN, text, subject=f"Phones {number}", message_id=f"{number}@acme"))


def told(here: Office) -> list[str]:
    here.let_pass(timedelta(minutes=5))
    texts = (sent.mail.get_body(("plain",)).get_content() for sent in here.notices)  # type: ignore[union-attr]
    return [" ".join(text.split()) for text in texts if "regular expression" in text]


def kept(here: Office) -> list[tuple[str, ...]]:
    return here.rows("SELECT name FROM fact WHERE name = 'condition.patterns'")


def test_the_mail_goes_on_and_the_line_is_told_once(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + SLOW) as here:
        receive(here, 1, "A question about hold music.")
        assert kept(here) == []
        receive(here, 2)
        receive(here, 3)
        assert here.rows("SELECT severity FROM ticket ORDER BY id") == [("normal",), ("critical",), ("critical",)]
        [notice] = told(here)
        assert WORDS in notice
        assert "The message was decided on without it." in notice
        assert "(rules.toml" in run(tmp_path, "why", "2@acme").out
    [rules] = [one for one in judge(look_at(tmp_path, here.now)) if one.part == "rules"]
    assert (rules.light, rules.text) == (Light.YELLOW, WORDS)
    assert "(a+)+" in rules.next_step


def test_a_second_one_is_told_besides(tmp_path: Path) -> None:
    other = SLOW.replace("slow", "slower").replace("y'", "w'")
    with office(tmp_path, rules=RULES + SLOW + other) as here:
        receive(here, 1, "All phones are down. " + "x" * 60 + "z y")
        receive(here, 2, "All phones are down. " + "x" * 60 + "z y w")
        first, second = (
            told(here)[-1],
            here.one("SELECT json_extract(value, '$.reason') FROM fact WHERE name = ?", "condition.patterns"),
        )
        assert f"the regex of slower took longer than 0.1 s (rules.toml:{LINE + 3})" in first
        assert second.split("; ")[0] == WORDS


def test_an_endless_text_is_no_fault_of_the_expression(tmp_path: Path) -> None:
    with office(tmp_path, rules=RULES + SLOW) as here:
        receive(here, 1, "All phones are down. " + "x" * 60 + "\n\n" + "We wait for you.\n" * 8000)
        assert kept(here) == []


def test_what_is_told_counts_until_an_expression_is_another_one(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"

    def rules(text: str) -> None:
        file.write_text(text)

    rules(RULES + SLOW)
    before = load(tmp_path)
    rules(RULES + SLOW + "[answers]\ndown_a_day = 4\n")
    assert are_the_same(before, load(tmp_path))
    rules(RULES + SLOW.replace("y'", "z'"))
    assert not are_the_same(before, load(tmp_path))
    rules(f"# moved\n{RULES}{SLOW}")
    assert not are_the_same(before, load(tmp_path))
