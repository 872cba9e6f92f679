"""rules.toml to `Rules`, or every problem at once.

Four files make up the rules: the shipped rules.toml, the operator's rules.toml, and beside it
tenants.csv with further tenants and learned.toml, where mailbot keeps what it was told; the articles in
articles/ come with them. `load` is for whoever
needs rules to work with, `inspect` for whoever shows the operator what is wrong with them.
What only `run` needs, a brand and secrets that can be read, is looked at for who says
`running`, so that `classify` works in an empty folder.

What has the wrong form hides nothing else: it is told, and the rest is looked at without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from mailbot.config.articles import ARTICLES_FOLDER, article_files, read_articles, starter_articles
from mailbot.config.content import drop_disabled, findings_of_content, pattern_places
from mailbot.config.effective import effective
from mailbot.config.explaining import typed
from mailbot.config.forms import form_file, read_form
from mailbot.config.learned import LEARNED_FILE, learn
from mailbot.config.merging import OPERATOR_FILE, Merged, Source, merge, read_source
from mailbot.config.ready import findings_of_running
from mailbot.config.secret import read_secret, secret_files
from mailbot.config.table import TENANTS_FILE, TenantTable, read_table
from mailbot.config.words import spelled_out
from mailbot.errors import ConfigError, Problem
from mailbot.rules import Article, Rules

__all__ = [
    "ARTICLES_FOLDER",
    "LEARNED_FILE",
    "OPERATOR_FILE",
    "TENANTS_FILE",
    "article_files",
    "effective",
    "form_file",
    "inspect",
    "load",
    "load_with",
    "read_secret",
    "secret_files",
    "shipped_path",
    "starters",
    "starters_path",
]

_SHIPPED_NAME = "the shipped rules.toml"


def load_with(folder: Path | None, words: Mapping[str, str], tenant: str = "") -> Rules:
    """Return the rules as `load` does, as they would be with a further phrase in each of these lists of words.

    With a tenant's id they are its own words. Raise ConfigError also for what is wrong with such a phrase.
    """
    return _usable(inspect(folder, words=words, tenant=tenant))


def load(folder: Path | None) -> Rules:
    """Return the rules of an operator's folder, of one file in rules.toml's place, or the shipped ones for None.

    A folder without a rules.toml has the shipped rules. Raise ConfigError with every problem.
    """
    return _usable(inspect(folder))


def _usable(inspected: tuple[Rules | None, tuple[Problem, ...]]) -> Rules:
    rules, problems = inspected
    if rules is None:
        raise ConfigError(tuple(problem for problem in problems if not problem.warning))
    return rules


def inspect(
    folder: Path | None,
    *,
    running: bool = False,
    thorough: bool = False,
    words: Mapping[str, str] | None = None,
    tenant: str = "",
) -> tuple[Rules | None, tuple[Problem, ...]]:
    """Return the rules, None if they cannot be used, and every problem, warnings among them, in file order.

    `running` asks for what `run` needs, too, and `thorough` tries the regular expressions, which may take seconds.
    `words` are phrases that lists under [words], or of a tenant, are to have besides. Secrets are looked for, not
    shown; no connection is made.
    """
    learned = folder / LEARNED_FILE if folder is not None and (folder / LEARNED_FILE).is_file() else None
    try:
        merged = merged_sources(folder)
    except ConfigError as error:
        problems = [*error.problems, *tenant_table(folder, _shipped().values).problems]
        problems += learn(None, learned)[1] if learned else ()
        return None, _in_file_order((*problems, *_articles(folder, None, None)[1]))
    table = tenant_table(folder, merged.values)
    table.add_to(merged)
    for name, phrase in (words or {}).items():
        merged.add_words(name, phrase, tenant)
    rules, problems = typed(Rules, merged)
    problems += table.problems
    problems += merged.problems(findings_of_content(rules, merged, thorough=thorough))
    articles, wrong = _articles(folder, rules, merged)
    problems += wrong
    rules, findings = spelled_out(rules.knowing({}, pattern_places(rules, merged)), merged)
    problems += merged.problems(findings)
    form, found = read_form(rules, folder) if folder is not None and folder.is_dir() else (None, ())
    problems += merged.problems(found)
    rules = drop_disabled(rules).with_articles(articles).with_form(form)
    if learned:
        known = not any(merged.is_doubtful(("tenant", row, "id")) for row in range(max(1, len(rules.tenant))))
        learnt, more = learn(rules if known else None, learned)
        rules = learnt or rules
        problems += more
    if running:
        # What the operator has not written is missing in the operator's file, and no line of the shipped one.
        own = replace(merged, under=None)
        problems += own.problems(findings_of_running(rules, folder or Path(), own))
    usable = all(problem.warning for problem in problems)
    return rules if usable else None, _in_file_order(problems)


def _articles(
    folder: Path | None, rules: Rules | None, merged: Merged | None
) -> tuple[tuple[Article, ...], list[Problem]]:
    return read_articles(folder, rules, merged) if folder is not None and folder.is_dir() else ((), [])


def _in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file != OPERATOR_FILE, problem.file, problem.line or 0)))


def tenant_table(folder: Path | None, values: Mapping[str, Any]) -> TenantTable:
    """Return the tenants.csv of a folder, empty where there is none; `values` say which lists of words there are."""
    if folder is None or not folder.is_dir():
        return TenantTable()
    lists = values.get("words")
    return read_table(folder / TENANTS_FILE, lists if isinstance(lists, dict) else ())


def merged_sources(folder: Path | None) -> Merged:
    """Return the values of the shipped and the operator's file; raise ConfigError where one is no TOML."""
    own = Source(OPERATOR_FILE)
    if folder is not None and folder.is_file():
        own = read_source(folder, OPERATOR_FILE)
    elif folder is not None:
        if not folder.is_dir():
            kind = "file" if folder.suffix == ".toml" else "folder"
            raise ConfigError(
                (
                    Problem(
                        str(folder),
                        "",
                        f"there is no such {kind}",
                        hint="name your rules.toml or the folder that it lies in",
                    ),
                )
            )
        if (folder / OPERATOR_FILE).exists():
            own = read_source(folder / OPERATOR_FILE, OPERATOR_FILE)
    return merge(_shipped(), own)


@cache
def _shipped() -> Source:
    return read_source(shipped_path(), _SHIPPED_NAME)


def shipped_path() -> Path:
    """Return the shipped rules.toml: inside the installed package, or at the top of the source tree."""
    return _shipped_at(OPERATOR_FILE)


def starters_path() -> Path:
    """Return the folder of the articles to start with, which count nowhere until they are copied."""
    return _shipped_at("starters")


@cache
def starters() -> tuple[Article, ...]:
    """Return the articles to start with, as they answer mail once they are copied."""
    return starter_articles(starters_path())


def _shipped_at(name: str) -> Path:
    package = Path(__file__).parent.parent
    installed = package / "data" / name
    return installed if installed.exists() else package.parent / name
