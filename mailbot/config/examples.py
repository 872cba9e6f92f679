"""examples.toml: mails of the operator's own, each with what it is to be taken for.

No examples are shipped: whether the shipped rules do what they were made for is tested with the
program, and what counts for a desk are the words of its own customers.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from mailbot.config.explaining import typed
from mailbot.config.merging import Finding, Merged, Origin, read_source
from mailbot.config.shape import keys_at
from mailbot.errors import ConfigError, Problem
from mailbot.rules.examples import NONE, NOT_CRITICAL, Example, Examples
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean, nearest

EXAMPLES_FILE = "examples.toml"

SAMPLE = '''\
[[example]]
subject = "All phones down"
text = "None of our phones has a dial tone since nine."
severity = "critical"

[[example]]
text = """
Hello, how do I change my voicemail greeting?
Thanks, Ann
"""
severity = "normal"
playbook = "none"
'''
"""What can be copied into a file that is not there yet."""

_LINES = {".jsonl", ".ndjson"}
_LINE_KEYS = {"body": "text"}


def load_examples(path: Path, tenants: Collection[str]) -> list[tuple[int, Example]]:
    """Return the examples of a TOML file, or of one with a JSON object a line, each with its line.

    Raise ConfigError with every problem of the file, such as a tenant that there is not.
    """
    merged, problems = _objects(path) if path.suffix in _LINES else (Merged.of(read_source(path, path.name)), [])
    examples, more = typed(Examples, merged)
    unknown = (
        Finding(("example", number, "tenant"), f'there is no tenant "{one.tenant}"', did_you_mean(one.tenant, tenants))
        for number, one in enumerate(examples.example)
        if one.tenant is not None and one.tenant not in tenants
    )
    problems = sorted((*problems, *more, *merged.problems(unknown)), key=lambda problem: problem.line or 0)
    if problems:
        raise ConfigError(tuple(problems))
    lines = (merged.origins["example", number].line or 1 for number in range(len(examples.example)))
    return list(zip(lines, examples.example, strict=True))


def _objects(path: Path) -> tuple[Merged, list[Problem]]:
    """Return the values of a file with one JSON object a line, and what is no such line."""
    values: list[dict[str, Any]] = []
    origins: dict[Place, Origin] = {}
    problems: list[Problem] = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(path.name, "", f"this is not JSON: {error}", number))
            continue
        if not isinstance(said, dict):
            problems.append(Problem(path.name, "", "must be one JSON object a line, like {…}", number))
            continue
        origins["example", len(values)] = Origin(path.name, number)
        values.append(dict(_ours(said)))
    return Merged({"example": values}, origins), problems


def _ours(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys that an example has, and any that is nearly one; others are somebody else's."""
    known = keys_at(("example", 0), Examples)
    for key, value in said.items():
        name = _LINE_KEYS.get(key, key)
        if name == "severity" and value is None:
            yield name, NOT_CRITICAL
        elif name == "playbook" and value is None:
            yield name, NONE
        elif name in known or nearest(name, (*known, *_LINE_KEYS)):
            yield name, value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError((Problem(path.name, "", "is not in UTF-8", hint="save it as UTF-8"),)) from None
