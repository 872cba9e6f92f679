"""The line of rules.toml that adds a keyword does what was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailbot.config import load, load_with
from mailbot.config.keywords import addition, list_for
from mailbot.errors import ConfigError
from mailbot.rules import Playbook, Severity


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("about", [Severity.CRITICAL, Playbook.PORT_IN])
@pytest.mark.parametrize(
    "own",
    [
        "",
        '[partner]\nbrand = "x"\n',
        '# mine\n\n[words]\nmine = ["a"]\n[partner]\nbrand = "x"\n',
        '[words]\n{name} = ["@{name}", "b|c d"]\n',
        "[words]\n{name} = ['\"quoted\"']\n",
    ],
)
def test_the_line_makes_the_rules_that_were_tried(
    tmp_path: Path, own: str, about: Severity | Playbook, *, exclude: bool
) -> None:
    name, file = list_for(about, exclude=exclude), tmp_path / "rules.toml"
    lines = own.replace("{name}", name).splitlines()
    file.write_text("\n".join(lines))
    tried = load_with(tmp_path, {name: 'no "dial" tone'})
    found = addition(tmp_path, name, 'no "dial" tone')
    assert not found.known
    if found.line:
        lines[found.line - 1] = found.text
    elif found.header:
        lines.insert(found.header, found.text)
    else:
        lines += ["[words]", found.text]
    file.write_text("\n".join(lines))
    assert load(tmp_path) == tried
    assert addition(tmp_path, name, 'no "dial" tone').known


@pytest.mark.parametrize(
    ("phrase", "said"), [("our | the", 'a word is missing beside "|"'), ("@nothing", 'there is no list "nothing"')]
)
def test_what_is_wrong_with_a_phrase_is_told(tmp_path: Path, phrase: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_with(tmp_path, {"critical-keywords": phrase})
    [problem] = refused.value.problems
    assert problem.text.startswith(said)
