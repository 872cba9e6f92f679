"""One run names everything: a wrong form hides nothing elsewhere, and nothing is told that only follows from it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.config import inspect, merged_sources
from mailbot.config.explaining import typed
from mailbot.config.shape import all_keys
from mailbot.rules import Rules
from mailbot.rules.lines import Place
from tests.config.test_loading import ODD_VALUES

SOUND: dict[str, Any] = {
    "partner": {
        "brand": "Example Telecom",
        "address": "support@telecom.example",
        "zone": "America/New_York",
        "phone": "+1 212 555 0100",
        "emergency_number": "+1 212 555 0199",
        "hours": {"region": "US", "not_holidays": ["Columbus Day"]},
    },
    "agent": [{"id": "dana", "name": "Dana", "addresses": ["dana@telecom.example"]}],
    "oncall": {"rota": ["dana"]},
    "notify": {"addresses": ["team@telecom.example"]},
    "listen": {"lmtp": "127.0.0.1:2424"},
    "relay": {
        "host": "smtp.telecom.example",
        "port": 465,
        "tls": "implicit",
        "sign_in": {"user": "u", "password": {"command": "true"}},
    },
    "mailbox": [
        {"host": "127.0.0.1", "port": 143, "tls": "none", "move_to": "INBOX", "folders": ["Support"],
         "sign_in": {"user": "u", "password": {"command": "true"}}},
    ],
    "tenant": [
        {"id": "acme", "name": "Acme", "addresses": ["books@tax.example"], "phone_numbers": ["212-555-0101"],
         "hours": {"week": {"sat": ["10:00-12:00"]}}},
    ],
    "severity": {"high": {"response": "10m", "resolution": "20m", "rule": [{"id": "own", "state": ["on fire"]}]}},
    "playbook": {"port_in": {"rule": [{"id": "own", "state": ["port"]}]}},
}  # fmt: skip


def toml(value: object) -> str:
    """Return a value as TOML writes it within a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.removeprefix("\0") if isinstance(value, str) and value.startswith("\0") else json.dumps(value)


def changed(value: Any, place: Place, put: str) -> Any:
    """Return a copy of nested values with something else at a place; `put` is TOML."""
    if not place:
        return f"\0{put}"
    step, *rest = place
    if isinstance(step, int):
        return [changed(value[0] if value else {}, tuple(rest), put), *(value or [])[1:]]
    return {**(value or {}), step: changed((value or {}).get(step), tuple(rest), put)}


def written(folder: Path, values: dict[str, Any]) -> Path:
    (folder / "rules.toml").write_text("".join(f"{key} = {toml(value)}\n" for key, value in values.items()))
    return folder


SIGN_IN = "sign_in = { user = 'u', password = { command = 'true' } }"


def test_what_is_sound_here_has_no_problem(tmp_path: Path) -> None:
    assert inspect(written(tmp_path, SOUND), running=True)[1] == ()


@given(st.sampled_from(list(all_keys())), st.sampled_from(ODD_VALUES), st.sampled_from(["", "x"]))
def test_of_one_value_in_the_wrong_form_nothing_follows(at: tuple[Place, str], value: str, slip: str) -> None:
    place = (*at[0], at[1] + slip)
    with TemporaryDirectory() as name:
        folder = written(Path(name), changed(SOUND, place, value))
        merged = merged_sources(folder)
        rules, problems = inspect(folder, running=True)
        if not typed(Rules, merged)[1]:
            return
        around = merged.key(place[:1])
        assert problems
        for problem in problems:
            # Also a row of which something is missing now, and the table around a rule that says nothing.
            assert problem.key.startswith(around), problems
            assert len({one.line for one in problems}) == 1
        assert rules is None


def test_mistakes_of_form_and_of_content_come_together_in_file_order(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        """\
[partner]
brnad = "Harbor Voice"
adress = "support@telecom.example"
zone = "Europe/Berln"
emergency_number = "911"
phone = "ask Dana"
hours = { region = "US-XX" }
[relay]
host = "smtp.telecom.example"
port = "25"
sign_in.user = "u"
[notify]
addresses = ["team"]
[[severity.high.rule]]
id = "own"
regex = "("
[[tenant]]
name = "Acme"
domains = ["gmail.com"]
[[tenant]]
id = "bolt"
name = 7
domains = "bolt.example"
addresses = ["office"]
callback_number = "12"
"""
    )
    (tmp_path / "learned.toml").write_text('[[tenant]]\nid = "bolt"\ndomain = "x.example"\n')
    rules, problems = inspect(tmp_path, running=True)
    assert rules is None
    assert [(problem.file, problem.line, problem.key) for problem in problems] == [
        ("rules.toml", None, "mailbox"),
        ("rules.toml", 2, "partner.brnad"),
        ("rules.toml", 3, "partner.adress"),
        ("rules.toml", 4, "partner.zone"),
        ("rules.toml", 5, "partner.emergency_number"),
        ("rules.toml", 6, "partner.phone"),
        ("rules.toml", 7, "partner.hours.region"),
        ("rules.toml", 10, "relay.port"),
        ("rules.toml", 11, "relay.sign_in"),
        ("rules.toml", 13, "notify.addresses[#1]"),
        ("rules.toml", 16, "severity.high.rule[own].regex"),
        ("rules.toml", 17, "tenant[#1].id"),
        ("rules.toml", 19, "tenant[#1].domains[#1]"),
        ("rules.toml", 22, "tenant[bolt].name"),
        ("rules.toml", 23, "tenant[bolt].domains"),
        ("rules.toml", 24, "tenant[bolt].addresses[#1]"),
        ("rules.toml", 25, "tenant[bolt].callback_number"),
        ("learned.toml", 3, "tenant[bolt].domain"),
    ]


@pytest.mark.parametrize(
    ("rules", "only"),
    [
        # What hangs together: the shipped or usual value of the one says nothing about the other.
        ('[severity.high]\nresponse = "5 minuts"\nresolution = "10m"\n', "severity.high.response"),
        (f"[[mailbox]]\nhost = 'h'\nport = 'x'\ntls = 'starttls'\n{SIGN_IN}", "mailbox[#1].port"),
        (f"[[mailbox]]\nhost = 5\ntls = 'none'\n{SIGN_IN}", "mailbox[#1].host"),
        (f"[[mailbox]]\nhost = 'h'\nmove_to = 'INBOX'\nfolders = 'Support'\n{SIGN_IN}", "mailbox[#1].folders"),
        ("[[mailbox]]\nhost = 'h'\nsign_in = { user = 'u', password = 's3cret' }", "mailbox[#1].sign_in.password"),
        ("[[mailbx]]\nhost = 'h'", "mailbx"),
        ("mailbox = 'h'", "mailbox"),
        ("[listen]\nlmtp = 24", "listen.lmtp"),
        ("[tenant]\nid = 'acme'", "tenant"),
    ],
)  # fmt: skip
def test_what_only_follows_is_not_told(tmp_path: Path, rules: str, only: str) -> None:
    sound = {key: SOUND[key] for key in ("partner", "agent", "oncall", "notify", "relay")}
    written(tmp_path, sound)
    if not {"mailbox", "mailbx", "listen"} & set(only.replace("[", ".").split(".")):
        rules += "\n[listen]\nlmtp = '127.0.0.1:2424'\n"
    with (tmp_path / "rules.toml").open("a") as file:
        file.write(rules)
    (tmp_path / "learned.toml").write_text(
        '[[tenant]]\nid = "acme"\naddresses = ["new@acme.example"]\n' if only == "tenant" else ""
    )
    assert [problem.key for problem in inspect(tmp_path, running=True)[1]] == [only]


def test_a_file_that_is_no_toml_does_not_hide_the_other_one(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[partner\n")
    (tmp_path / "learned.toml").write_text("[[tenant]]\nid = 5\n")
    assert [problem.file for problem in inspect(tmp_path)[1]] == ["rules.toml", "learned.toml"]
