"""examples.toml and its like: what can be written, and every mistake with its line and the nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailbot.config.examples import SAMPLE, load_examples
from mailbot.errors import ConfigError
from mailbot.rules.examples import Example


def written(folder: Path, text: str, name: str = "examples.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def mistakes(path: Path, *tenants: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load_examples(path, tenants)
    return [str(problem) for problem in refused.value.problems]


def test_what_is_shown_to_be_copied_can_be_read(tmp_path: Path) -> None:
    (first, one), (second, other) = load_examples(written(tmp_path, SAMPLE), [])
    assert (first, second) == (1, 6)
    assert (one.severity, one.playbook) == ("critical", None)
    assert (other.subject, other.severity, other.playbook) == ("", "normal", "none")


def test_all_mistakes_come_at_once_with_line_and_nearest_word(tmp_path: Path) -> None:
    text = """
        [[example]]
        subject = "x"
        severty = "critical"
        severity = "citical"
        [[example]]
        text = "x"
        playbook = "port-in"
        [[exmple]]
        [[example]]
        severity = "low"
        [[example]]
        text = "x"
        """
    said = mistakes(written(tmp_path, text.replace("        ", "")))
    assert [line.split(" ", 1)[0] for line in said] == [f"examples.toml:{n}:" for n in (4, 5, 8, 9, 10, 12)]
    for line, words in zip(
        said,
        (
            "example[#1].severty: unknown key (did you mean severity?)",
            "did you mean critical?",
            "did you mean port_in?",
            "exmple: unknown key (did you mean example?)",
            "needs a subject or a text",
            "needs a severity or a playbook",
        ),
        strict=True,
    ):
        assert words in line


def test_a_json_object_a_line_is_read(tmp_path: Path) -> None:
    text = (
        '{"id": "a", "subject": "s", "body": "b", "severity": null, "playbook": null, "source": "elsewhere"}\n\n'
        '{"subject": "s", "body": "b", "severity": "low", "playbook": "none"}\n'
        '{"text": "t", "playbook": "port_in"}\n'
    )
    assert load_examples(written(tmp_path, text, "labelled.jsonl"), []) == [
        (1, Example(subject="s", text="b", severity="not critical", playbook="none")),
        (3, Example(subject="s", text="b", severity="low", playbook="none")),
        (4, Example(text="t", playbook="port_in")),
    ]


def test_mistakes_in_lines_of_json_are_told_alike(tmp_path: Path) -> None:
    text = '{"subject": "s", "severty": "low"}\n{"subject":\n[1]\n{"body": "b", "severity": "hgih"}\n{"body": 3}\n'
    said = mistakes(written(tmp_path, text, "labelled.jsonl"))
    for line, words in (
        (1, "unknown key (did you mean severity?)"),
        (2, "this is not JSON"),
        (3, "one JSON object a line"),
        (4, "did you mean high?"),
        (5, "must be text in quotes"),
    ):
        assert any(one.startswith(f"labelled.jsonl:{line}:") and words in one for one in said), (line, said)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("examples.toml", '[[example]]\ntext = "x"\nseverity = "low"\ntenant = "acne"\n', 4),
        ("labelled.jsonl", '{"body": "x", "severity": "low"}\n{"body": "x", "severity": "low", "tenant": "acne"}\n', 2),
    ],
)
def test_the_people_of_a_tenant_may_write(tmp_path: Path, name: str, text: str, line: int) -> None:
    [*_, (_, one)] = load_examples(written(tmp_path, text, name), ["bolt", "acne"])
    assert one.tenant == "acne"
    number = 1 if line == 4 else 2
    [said] = mistakes(tmp_path / name, "bolt", "acme")
    assert said == f'{name}:{line}: example[#{number}].tenant: there is no tenant "acne" (did you mean acme?)'


@pytest.mark.parametrize("name", ["examples.toml", "labelled.jsonl"])
def test_another_charset_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b'[[example]]\ntext = "\xe4"')
    assert mistakes(tmp_path / name) == [f"{name}: is not in UTF-8 (save it as UTF-8)"]
