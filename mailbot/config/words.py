"""The words of the rules, spelled out: shared lists in the place of their names, and every alternative as a phrase.

`"@places"` in a list of a rule stands for all words of the list `places` under [words], which may
name further lists. A list of the operator's that names itself means the shipped one:
`places = ["@places", "our barn"]` adds to it. `"our|the barn"` is "our barn" and "the barn".

A tenant's words are added to the shared lists for its mail alone. They stay with the tenant, and the rules know
by whom each list is used: so what is made ready for all mail is made once, however many tenants have words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from math import prod
from typing import TypeVar

from mailbot.config.merging import Finding, Merged
from mailbot.rules import Playbook, PlaybookRules, Rules, Severity, SeverityRules, Table, Tenant, Use
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
    severity = {key: _entry(lists, entry, ("severity", key.value), key) for key, entry in rules.severity.items()}
    playbook = {key: _entry(lists, entry, ("playbook", key.value), key) for key, entry in rules.playbook.items()}
    tenant = tuple(_of_tenant(lists, tenant, ("tenant", row, "words")) for row, tenant in enumerate(rules.tenant))
    caution = rules.caution.model_copy(update={"words": lists.plain(rules.caution.words, ("caution", "words"))})
    update = {"words": {}, "severity": severity, "playbook": playbook, "tenant": tenant, "caution": caution}
    uses = {name: tuple(users) for name, users in lists.uses.items()}
    spelled = rules.model_copy(update=update).knowing(uses, rules.pattern_places)
    return spelled, list(lists.findings.values())


def phrases_of(
    written: Iterable[str], key: str, words: Mapping[str, tuple[str, ...]], merged: Merged
) -> tuple[tuple[str, ...], list[Finding]]:
    """Return the phrases that a list in a file beside rules.toml stands for, and what is wrong with it.

    It stands at `key` there; `words` and `merged` are the lists of rules.toml as it has them.
    """
    lists = _Lists(words, merged)
    phrases = lists.plain(written, (key,))
    return phrases, [found for found in lists.findings.values() if found.place[:1] == (key,)]


def _entry(lists: _Lists, entry: Entry, place: Place, about: Severity | Playbook) -> Entry:
    rules = tuple(
        _words(lists, rule, (*place, "rule", index), [Use(about, rule.id, key) for key in _IN_A_RULE])
        for index, rule in enumerate(entry.rule)
    )
    whole = entry.model_copy(update={"rule": rules})
    return _words(lists, whole, place, [Use(about, "", key) for key in _IN_A_TABLE])


def _words(lists: _Lists, table: AnyTable, place: Place, uses: Iterable[Use]) -> AnyTable:
    spelled = {use.key: lists.used(getattr(table, use.key), (*place, use.key), use) for use in uses}
    return table.model_copy(update=spelled)


def _of_tenant(lists: _Lists, tenant: Tenant, place: Place) -> Tenant:
    """Return the tenant with its words spelled out, and without those of lists that there are not."""
    if not tenant.words:
        return tenant
    words = {name: lists.added(name, phrases, (*place, name)) for name, phrases in tenant.words.items()}
    return tenant.model_copy(update={"words": {name: phrases for name, phrases in words.items() if phrases}})


class _Lists:
    """The shared lists, each spelled out once, by whom each is used, and by place what was found to be wrong."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]], merged: Merged) -> None:
        self.findings: dict[Place, Finding] = {}
        self.uses: dict[str, list[Use]] = defaultdict(list)
        self._lists = lists
        shipped = merged.under.values.get("words", {}) if merged.under is not None else {}
        # The shipped lists in whose place the operator's stand.
        self._replaced = {
            name: shipped[name] for name in lists if name in shipped and ("words", name) in merged.origins
        }
        self._known: dict[str, list[str]] = {}

    def used(self, written: Iterable[str], place: Place, use: Use) -> tuple[str, ...]:
        """Return the phrases that a list of a rule stands for, and note by whom the shared ones are used."""
        phrases = self.phrases(written, place)
        for name in filter(_is_name, phrases):
            self.uses[name[1:]].append(use)
        return tuple(phrase for phrase in phrases if not _is_name(phrase))

    def plain(self, written: Iterable[str], place: Place) -> tuple[str, ...]:
        """Return the phrases that a list outside of the rules stands for."""
        return tuple(phrase for phrase in self.phrases(written, place) if not _is_name(phrase))

    def added(self, name: str, written: Iterable[str], place: Place) -> tuple[str, ...]:
        """Return the phrases that a tenant adds to a shared list; none, and why, where they could not count."""
        if name not in self._lists:
            meant = f"{name}-keywords"
            hint = f"did you mean {meant}?" if meant in self._lists else did_you_mean(name, self._lists)
            text = f'there is no list "{name}" under [words]'
            self.findings[place] = Finding(place, text, hint, given=(("words", name),))
            return ()
        if not self.uses.get(name):
            self.findings[place] = Finding(place, "no rule uses the words of this list", warning=True)
        shared = set(self.named(name, ()))
        return tuple(phrase for phrase in self.phrases(written, place) if not (_is_name(phrase) or phrase in shared))

    def named(self, name: str, within: tuple[str, ...]) -> list[str]:
        """Return the phrases of a list behind its own "@name"; `within` are the names of the lists that led to it."""
        if name not in self._known:
            spelled = self.phrases(self._lists[name], ("words", name), (*within, name))
            self._known[name] = list(dict.fromkeys((f"@{name}", *spelled)))
        return self._known[name]

    def phrases(self, written: Iterable[str], place: Place, within: tuple[str, ...] = ()) -> list[str]:
        """Return the phrases that a list at a place stands for, and "@name" for each list among them, each once."""
        phrases: list[str] = []
        for index, phrase in enumerate(written):
            here = (*place, index)
            name = phrase[1:]
            if not _is_name(phrase):
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


def _is_name(phrase: str) -> bool:
    """Return whether this names a list: no phrase begins so."""
    return phrase.startswith("@")
