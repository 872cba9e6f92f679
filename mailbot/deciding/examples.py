"""What the rules make of examples, and whether that is what they are to be taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.deciding.explaining import Explanation, explain
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from mailbot.rules import Rules, Severity
from mailbot.rules.examples import NONE, NOT_CRITICAL, Example


def fits(wanted: str, found: str) -> bool:
    """Return whether a severity or a common issue is what was wanted."""
    return wanted == found or (wanted == NOT_CRITICAL and found != Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Tested:
    """An example, and what it was taken for; it is right about what the example leaves out."""

    example: Example
    explanation: Explanation

    @property
    def severity(self) -> str:
        """What severity was found."""
        return str(self.explanation.found.severity)

    @property
    def playbook(self) -> str:
        """What common issue was found, or "none"."""
        return str(self.explanation.found.playbook or NONE)

    @property
    def severity_is_right(self) -> bool:
        """Whether the severity is the one that was wanted."""
        return self.example.severity is None or fits(self.example.severity, self.severity)

    @property
    def playbook_is_right(self) -> bool:
        """Whether the common issue is the one that was wanted."""
        return self.example.playbook is None or fits(self.example.playbook, self.playbook)

    @property
    def is_right(self) -> bool:
        """Whether all is as it was wanted."""
        return self.severity_is_right and self.playbook_is_right


def outcome(example: Example, rules: Rules) -> Tested:
    """Return what the rules make of an example, whose text is read as that of a mail is: without what it quotes."""
    message = Message(subject=example.subject, text=example.text, reply_text=quoting.split(example.text).reply)
    return Tested(example, explain(message, rules, rules.tenant_by_id(example.tenant)))


Confusion = Counter[tuple[str, str]]


def confusions(all_tested: Iterable[Tested]) -> tuple[Confusion, Confusion]:
    """Return how often each severity that was wanted was taken for which, and the same of common issues."""
    severities, playbooks = Confusion(), Confusion()
    for one in all_tested:
        if one.example.severity is not None:
            severities[one.example.severity, one.severity] += 1
        if one.example.playbook is not None:
            playbooks[one.example.playbook, one.playbook] += 1
    return severities, playbooks
