"""The documents say what the program does: commands, JSON fields, templates, decisions."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer.main

from mailbot.cli import app
from mailbot.cli.bymail import ON_THE_SERVER
from mailbot.cli.contract import ENTRY_FIELDS, MAIL_FIELDS, TICKET_FIELDS
from mailbot.config import inspect
from mailbot.deciding.agents.commands import COMMANDS
from mailbot.deciding.effects import EntryKind, Flag
from mailbot.reading.contract import as_contract
from mailbot.reading.model import AutomaticKind, Message
from mailbot.rules import Playbook, Severity
from mailbot.service.events import EVENTS
from mailbot.store.outbox import OutboxState
from tests.golden.pictures import PICTURES

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text()
AGENTS = (TOP / "docs" / "agents.md").read_text()
OPERATING = (TOP / "docs" / "operating.md").read_text()
CONTRACT = (TOP / "docs" / "contract.md").read_text()


def commands() -> dict[str, Any]:
    """Return every command by its words."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: str) -> None:
        if inner_commands := getattr(command, "commands", None):
            for name, inner in inner_commands.items():
                walk(inner, f"{words} {name}".strip())
        else:
            found[words] = command

    walk(typer.main.get_command(app), "")
    return found


@pytest.mark.parametrize("words", commands())
def test_every_command_is_in_the_readme(words: str) -> None:
    first, _, second = words.partition(" ")
    assert re.search(rf"`{first}\b", README)
    assert not second or re.search(rf"`(?:{first} )?{second}", README)


def test_every_command_of_agents_is_told_with_its_example() -> None:
    told = re.findall(r"`(#[^`]+)`", AGENTS)
    assert {one.partition(" ")[0].lstrip("#") for one in told} == set(COMMANDS)
    free = (kind.example.partition(" ")[0] if kind.free else kind.example for kind in COMMANDS.values())
    assert all(any(one.startswith(example) for one in told) for example in free)


def test_commands_by_mail_and_on_the_server_stand_side_by_side() -> None:
    table = AGENTS.partition("| by mail you write |")[2].partition("\n\n")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `#")]
    told = {}
    for by_mail, _, on_the_server in rows:
        [word] = set(re.findall(r"`#(\w+)", by_mail))
        told[word] = re.findall(r"`mailbot ([^`]+)`", on_the_server)
    assert list(told) == list(ON_THE_SERVER)
    assert set(told) == set(COMMANDS)
    for word, typed in ON_THE_SERVER.items():
        command, _, option = typed.partition(" ")
        first = told[word][0] if told[word] else ""
        assert (first.split(" ")[0] if first else "") == command, word
        assert option in first
        if command != "--help" and command:
            assert not option or any(option in one.opts for one in commands()[command].params), word


def test_what_is_done_by_hand_on_the_server_can_be_written_by_mail() -> None:
    by_hand = typer.main.get_command(app).sections["A ticket by hand"]  # type: ignore[attr-defined]
    assert set(by_hand) - {"set"} <= {typed.partition(" ")[0] for typed in ON_THE_SERVER.values()}


def test_the_rules_to_begin_with_leave_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"(?s)```toml\n(   \[partner\].*?)```", README)
    assert shown is not None
    (tmp_path / "rules.toml").write_text(dedent(shown[1]), encoding="utf-8")
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    assert inspect(tmp_path, running=True)[1] == ()


@pytest.mark.parametrize("page", ["README.md", "docs/operating.md", "docs/connecting.md"])
def test_printed_commands_run_as_they_are_printed(page: str) -> None:
    text = (TOP / page).read_text()
    printed = re.findall(r"(?m)^ *([\w./~]*\bmailbot) ((?:-C \S+ )?)(\w+)(.*)", text)
    printed = [found for found in printed if found[2] in {words.partition(" ")[0] for words in commands()}]
    assert printed
    for program, folder, words, rest in printed:
        assert program == "mailbot"
        assert folder or "--rules" in rest, f"{words}: which folder?"


def test_what_puts_mailbot_on_the_path_is_said_before_it_is_typed() -> None:
    assert 0 < README.index(".venv/bin/mailbot") < README.index("mailbot -C")
    assert 0 < OPERATING.index(".venv/bin/mailbot") < OPERATING.index("mailbot -C")


@pytest.mark.parametrize(
    "name",
    [
        *as_contract("", Message()),
        *TICKET_FIELDS,
        *ENTRY_FIELDS,
        *MAIL_FIELDS,
        *AutomaticKind,
        *Severity,
        *Playbook,
        *Flag,
        *EntryKind,
        *OutboxState,
    ],
)
def test_every_field_and_word_of_the_contract_is_documented(name: str) -> None:
    assert re.search(rf"[`\s({{|]{re.escape(name)}[`\s,)}}|\[.]", CONTRACT)


def test_links_lead_somewhere() -> None:
    for page in (TOP / "README.md", *(TOP / "docs").rglob("*.md"), TOP / "templates" / "README.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        for target in re.findall(r'src="([^"]+)"', page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_picture_is_shown() -> None:
    pages = "".join(page.read_text() for page in (TOP / "README.md", *(TOP / "docs").glob("*.md")))
    shown = set(re.findall(r"pictures/([\w-]+)\.png", pages))
    assert {picture.stem for picture in (TOP / "docs" / "pictures").iterdir()} == shown
    assert {picture.name for picture in PICTURES} <= shown


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (TOP / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_operating_lists_the_events_of_the_log_and_no_others() -> None:
    section = OPERATING.partition("## The log")[2].partition("\n## ")[0]
    assert dict(re.findall(r"(?m)^\| `([a-z-]+)` \| (.*) \|$", section)) == EVENTS, "repeat service/events.py there"
