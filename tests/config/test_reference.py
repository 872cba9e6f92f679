"""rules.toml and docs/rules.md name every key that there is, and the examples in rules.toml work."""

import re
import tomllib
from pathlib import Path

import pytest

from mailbot.config import inspect, shipped_path
from mailbot.config.reference import config_reference, example_text
from mailbot.config.shape import all_keys
from mailbot.rules import Secret, WebAddress
from mailbot.rules.lines import Place, lines_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"

# One severity and one playbook stand for all of them; what a tenant and an agent have besides is described with ours.
ELSEWHERE = {("tenant", 0, "hours"), ("agent", 0, "hours"), ("tenant", 0, "severity")}
EXAMPLES = {"critical": "high", "outbound_calls": "port_in"}
KEYS: list[Place] = [
    tuple(EXAMPLES.get(str(step), step) if step != 0 else 0 for step in (*place, key))
    for place, key in all_keys()
    if place[:3] not in ELSEWHERE and key not in WebAddress.model_fields
]


def test_there_are_keys_to_look_for() -> None:
    assert ("mailbox", 0, "sign_in", "password") in KEYS
    assert ("playbook", "port_in", "rule", 0, "scope") in KEYS
    assert len(KEYS) > 90


@pytest.mark.parametrize("place", KEYS, ids=lambda place: ".".join(map(str, place)))
def test_every_key_stands_in_rules_toml_with_a_comment(place: Place) -> None:
    text = example_text()
    number = lines_of(text)[place]
    lines = text.splitlines()
    if place[-1] == "sign_in" or (place[0] in {"severity", "playbook"} and len(place) == 1):
        return
    assert lines[number - 2].startswith("# "), f"line {number} has no comment above it"


@pytest.mark.parametrize("place", KEYS, ids=lambda place: ".".join(map(str, place)))
def test_every_key_stands_in_the_document(place: Place) -> None:
    key = re.escape(str(place[-1]))
    as_row, as_header = rf"\| `([\w.]+\.)?{key}(\.\w+)?` \|", rf"## `\[+([\w.]+\.)?{key}(\.\w+)*\]+`"
    assert re.search(rf"{as_row}|{as_header}", DOCUMENT.read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", list(Secret.model_fields))
def test_every_way_to_keep_a_secret_is_told(key: str) -> None:
    assert f"{{ {key} = " in shipped_path().read_text(encoding="utf-8")
    assert f"`{{ {key} = " in DOCUMENT.read_text(encoding="utf-8")


def test_the_document_is_as_it_would_be_made_now() -> None:
    again = "python -m mailbot.config.reference > docs/rules.md"
    assert DOCUMENT.read_text(encoding="utf-8") == config_reference(), f"make it anew: {again}"


def test_the_examples_can_be_switched_on(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(example_text(), encoding="utf-8")
    rules, problems = inspect(tmp_path)
    assert [str(problem) for problem in problems] == []
    assert rules is not None
    assert (len(rules.mailbox), len(rules.tenant)) == (1, 1)


def test_the_shipped_file_holds_examples_only_where_it_says_so() -> None:
    shipped = tomllib.loads(shipped_path().read_text(encoding="utf-8"))
    assert not {"mailbox", "tenant"} & shipped.keys()
    assert 50 <= len(shipped["public_domains"]) == len(set(shipped["public_domains"]))
