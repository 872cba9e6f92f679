"""The words of the rules, spelled out: shared lists in the place of their names, and every alternative as a phrase.

`"@places"` in a list of a rule stands for all words of the list `places` under [words], which may
name further lists. A list of the operator's that names itself means the shipped one:
`places = ["@places", "our barn"]` adds to it. `"our|the barn"` is "our barn" and "the barn".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from math import prod
from typing import TypeVar

from mailbot.config.merging import Finding, Merged
from mailbot.rules import PlaybookRules, Rules, SeverityRules, Table
from mailbot.rules.lines import Place
from mailbot.rules.nearest import did_you_mean

Entry = TypeVar("Entry", SeverityRules, PlaybookRules)
AnyTable = TypeVar("AnyTable", bound=Table)

_IN_A_TABLE = ("unless", "unless_anywhere")
_IN_A_RULE = ("state", "scope", "unless")
_MOST_ALTERNATIVES = 1000


def spelled_out(rules: Rules, merged: Merged) -> tuple[Rules, list[Finding]]:
    """Return the rules with all words spelled out and without `words`, and what is wrong with their names and marks."""
    lists = _Lists(rules.words, merged)
    for name in rules.words:
        lists.named(name, ())
    update = {
        "words": {},
        "severity": {key: _entry(lists, entry, ("severity", key.value)) for key, entry in rules.severity.items()},
        "playbook": {key: _entry(lists, entry, ("playbook", key.value)) for key, entry in rules.playbook.items()},
    }
    return rules.model_copy(update=update), list(lists.findings.values())


def _entry(lists: _Lists, entry: Entry, place: Place) -> Entry:
    rules = tuple(_words(lists, rule, (*place, "rule", index), _IN_A_RULE) for index, rule in enumerate(entry.rule))
    return _words(lists, entry.model_copy(update={"rule": rules}), place, _IN_A_TABLE)


def _words(lists: _Lists, table: AnyTable, place: Place, keys: Iterable[str]) -> AnyTable:
    spelled = {key: tuple(lists.phrases(getattr(table, key), (*place, key))) for key in keys}
    return table.model_copy(update=spelled)


class _Lists:
    """The shared lists, each spelled out once, and by place what was found to be wrong."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]], merged: Merged) -> None:
        self.findings: dict[Place, Finding] = {}
        self._lists = lists
        shipped = merged.under.values.get("words", {}) if merged.under is not None else {}
        # The shipped lists in whose place the operator's stand.
        self._replaced = {
            name: shipped[name] for name in lists if name in shipped and ("words", name) in merged.origins
        }
        self._known: dict[str, list[str]] = {}

    def named(self, name: str, within: tuple[str, ...]) -> list[str]:
        """Return the phrases of a list; `within` are the names of the lists that led to it."""
        if name not in self._known:
            self._known[name] = self.phrases(self._lists[name], ("words", name), (*within, name))
        return self._known[name]

    def phrases(self, written: Iterable[str], place: Place, within: tuple[str, ...] = ()) -> list[str]:
        """Return the phrases that a list at a place stands for, each once."""
        phrases: list[str] = []
        for index, phrase in enumerate(written):
            here = (*place, index)
            name = phrase[1:]
            if not phrase.startswith("@"):
                phrases += self._alternatives(phrase, here)
            elif name not in self._lists:
                text, given = f'there is no list "{name}" under [words]', ("words", name)
                self.findings[here] = Finding(here, text, did_you_mean(name, self._lists), given=(given,))
            elif name not in within:
                phrases += self.named(name, within)
            elif name == within[-1] and name in self._replaced:
                phrases += self.phrases(self._replaced[name], place, within)
            else:
                way = " to ".join(f'"@{one}"' for one in (*within[within.index(name) :], name))
                self.findings[here] = Finding(here, f"this list leads back to itself, from {way}")
        return list(dict.fromkeys(phrases))

    def _alternatives(self, phrase: str, place: Place) -> list[str]:
        """Return the phrases that one with "|" stands for."""
        if "|" not in phrase:
            return [phrase]
        words = [word.split("|") for word in phrase.split()]
        if not all(map(all, words)):
            hint = 'write "our|the office", without spaces around "|"'
            self.findings[place] = Finding(place, 'a word is missing beside "|"', hint)
        elif prod(map(len, words)) > _MOST_ALTERNATIVES:
            self.findings[place] = Finding(
                place, f"stands for more than {_MOST_ALTERNATIVES} phrases", "write it as several"
            )
        else:
            return [" ".join(chosen) for chosen in product(*words)]
        return []
