"""rules.toml to `Rules`, or every problem at once.

Three files make up the rules: the shipped rules.toml, the operator's rules.toml, and
learned.toml beside it, where mailbot keeps what it was told by mail. `load` is for whoever
needs rules to work with, `inspect` for whoever shows the operator what is wrong with them.
What only `run` needs, a brand and secrets that can be read, is looked at by
`problems_for_run`, so that `classify` works in an empty folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from mailbot.config.content import drop_disabled, problems_of_content
from mailbot.config.effective import effective
from mailbot.config.explaining import typed
from mailbot.config.learned import LEARNED_FILE, learn
from mailbot.config.merging import OPERATOR_FILE, Merged, Source, merge, read_source
from mailbot.config.ready import problems_of_running
from mailbot.config.secret import read_secret
from mailbot.errors import ConfigError, Problem
from mailbot.rules import Rules

__all__ = [
    "LEARNED_FILE",
    "OPERATOR_FILE",
    "effective",
    "inspect",
    "load",
    "problems_for_run",
    "read_secret",
    "shipped_path",
]

_SHIPPED_NAME = "the shipped rules.toml"


def load(folder: Path | None) -> Rules:
    """Return the rules of an operator's folder, of one file in rules.toml's place, or the shipped ones for None.

    A folder without a rules.toml has the shipped rules. Raise ConfigError with every problem.
    """
    rules, problems = inspect(folder)
    errors = tuple(problem for problem in problems if not problem.warning)
    if rules is None or errors:
        raise ConfigError(errors)
    return rules


def inspect(folder: Path | None) -> tuple[Rules | None, tuple[Problem, ...]]:
    """Return the rules, None if they cannot be used, and every problem, warnings among them, in file order."""
    try:
        merged = merged_sources(folder)
    except ConfigError as error:
        return None, error.problems
    rules, problems = typed(Rules, merged)
    if rules is not None:
        problems += problems_of_content(rules, merged)
        rules = drop_disabled(rules)
        if folder is not None and folder.is_dir() and (folder / LEARNED_FILE).exists():
            rules, more = learn(rules, folder / LEARNED_FILE)
            problems += more
    return rules, _in_file_order(problems)


def problems_for_run(rules: Rules, folder: Path) -> tuple[Problem, ...]:
    """Return what `run` needs beyond rules that load: errors stop a start, warnings do not; in file order.

    Secrets are looked for, not shown; no connection is made.
    """
    try:
        merged = merged_sources(folder)
    except ConfigError:
        merged = Merged({})
    # What the operator has not written is missing in the operator's file, and no line of the shipped one.
    merged.under = None
    return _in_file_order(problems_of_running(rules, folder, merged))


def _in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file != OPERATOR_FILE, problem.file, problem.line or 0)))


def merged_sources(folder: Path | None) -> Merged:
    """Return the values of the shipped and the operator's file; raise ConfigError where one is no TOML."""
    own = Source(OPERATOR_FILE)
    if folder is not None and folder.is_file():
        own = read_source(folder, OPERATOR_FILE)
    elif folder is not None:
        if not folder.is_dir():
            problem = Problem(str(folder), "", "there is no such folder", hint="name the folder with your rules.toml")
            raise ConfigError((problem,))
        if (folder / OPERATOR_FILE).exists():
            own = read_source(folder / OPERATOR_FILE, OPERATOR_FILE)
    return merge(_shipped(), own)


@cache
def _shipped() -> Source:
    return read_source(shipped_path(), _SHIPPED_NAME)


def shipped_path() -> Path:
    """Return the shipped rules.toml: inside the installed package, or at the top of the source tree."""
    package = Path(__file__).parent.parent
    installed = package / "data" / OPERATOR_FILE
    return installed if installed.exists() else package.parent / OPERATOR_FILE
