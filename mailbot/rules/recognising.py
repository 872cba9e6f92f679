"""How severities and common issues are recognised: the tables of phrases, and what is promised for each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, model_validator

from mailbot.rules.links import Step
from mailbot.rules.values import Id, Line, Promise, Switch


class Severity(StrEnum):
    """The brief's four severities; the order of `SEVERITIES` is from worst to mildest."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Return 0 for the worst severity, growing as it gets milder."""
        return SEVERITIES.index(self)


SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.NORMAL, Severity.LOW)


class Playbook(StrEnum):
    """The brief's six common issues."""

    OUTBOUND_CALLS = "outbound_calls"
    VOICEMAIL_EMAIL = "voicemail_email"
    CALLER_ID_NAME = "caller_id_name"
    PHONE_REGISTRATION = "phone_registration"
    PORT_IN = "port_in"
    PORT_OUT = "port_out"


class Use(NamedTuple):
    """Where a shared list is named: the key of a rule, or with "" for a rule that of the whole table."""

    about: Severity | Playbook
    rule: str
    key: str


class Table(BaseModel):
    """Base of every table: frozen, unknown keys forbidden, no silent conversion from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class PhraseRule(Table):
    """One rule over a sentence: any of `state` (near any of `scope`, if given) and none of `unless`.

    A phrase is words that follow each other, whatever their case; `*` at a word's end stands
    for any ending. `regex` is for what words cannot say; it has 0.1 s.
    """

    id: Id
    state: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    regex: str = ""
    disabled: Switch = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.state or self.regex or self.disabled):
            raise ValueError("a rule needs `state`, words to look for, or `regex`")
        return self


class SeverityRules(Table):
    """What is promised for a severity, on which clock, and the rules that recognise it.

    `clock` is "always" (day and night) or "business". `resolution` None is best effort.
    `unless` holds for every rule here; `unless_anywhere` ("not urgent", "works again") takes
    the severity back wherever in the message it stands.
    """

    response: Promise
    resolution: Promise = None
    clock: Literal["always", "business"] = "business"
    unless: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    rule: tuple[PhraseRule, ...] = ()


class Terms(Table):
    """What was agreed with one tenant for a severity; what it leaves out is as for all (`Rules.promise`).

    Its clock is that of the severity: who is promised something at night has opening hours at night.
    """

    response: Promise = None
    resolution: Promise = None


class PlaybookRules(Table):
    """A common issue: its title for agents, the steps to check, and the rules that recognise it.

    A step may hold links, as "[the phones](https://pbx.example/{tenant}/phones)" or bare.
    `unless` and `unless_anywhere` are as with the severities.
    """

    title: Line
    steps: tuple[Step, ...] = ()
    unless: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    rule: tuple[PhraseRule, ...] = ()


class Caution(Table):
    """Of what requests agents are warned where nothing proves who sent them: those with any of `words`."""

    words: tuple[str, ...] = ()


class KnownPlaces(Table):
    """What rules that were loaded know of their own text; of rules that were made in code nothing is known."""

    _uses: Mapping[str, tuple[Use, ...]] = PrivateAttr(default_factory=dict)
    _patterns: Mapping[tuple[Severity | Playbook, str], str] = PrivateAttr(default_factory=dict)

    def knowing(
        self, uses: Mapping[str, tuple[Use, ...]], pattern_places: Mapping[tuple[Severity | Playbook, str], str]
    ) -> Self:
        """Return the same rules with this knowledge."""
        known = self.model_copy()
        known._uses, known._patterns = uses, pattern_places  # noqa: SLF001 - a copy made here
        return known

    @property
    def uses_of_lists(self) -> Mapping[str, tuple[Use, ...]]:
        """By whom each shared list of words is used."""
        return self._uses

    @property
    def pattern_places(self) -> Mapping[tuple[Severity | Playbook, str], str]:
        """Where the operator wrote the regex of a rule, "rules.toml:12"; that of shipped ones is not told."""
        return self._patterns
