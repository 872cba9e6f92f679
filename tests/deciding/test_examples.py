"""Examples of the operator's, and when they are right."""

from __future__ import annotations

import pytest

from mailbot.config import load
from mailbot.deciding.examples import confusions, outcome
from mailbot.rules.examples import Example

SHIPPED = load(None)


@pytest.mark.parametrize(
    ("example", "severity", "playbook"),
    [
        (Example(text="All our phones are dead.", severity="critical"), True, True),
        (Example(text="All our phones are dead.", severity="high"), False, True),
        (Example(text="All our phones are dead.", severity="not critical"), False, True),
        (Example(text="My phone is dead.", severity="not critical", playbook="none"), True, True),
        (Example(text="We want to port our number to you.", playbook="port_in"), True, True),
        (Example(text="We want to port our number to you.", severity="low", playbook="none"), False, False),
        (Example(subject="Thanks", text="Bye\n\n> All our phones are dead.", severity="critical"), False, True),
    ],
)
def test_what_an_example_leaves_out_is_not_looked_at(example: Example, *, severity: bool, playbook: bool) -> None:
    one = outcome(example, SHIPPED)
    assert (one.severity_is_right, one.playbook_is_right) == (severity, playbook), one
    assert one.is_right == (severity and playbook)


def test_each_wanted_label_is_counted_against_what_was_found() -> None:
    down, thanks = "All our phones are dead.", "Thank you!"
    examples = (
        Example(text=down, severity="critical", playbook="none"),
        Example(text=down, severity="critical", playbook="none"),
        Example(text=down, severity="high", playbook="none"),
        Example(text=thanks, severity="not critical", playbook="none"),
        Example(text=thanks, playbook="none"),
    )
    done = [outcome(example, SHIPPED) for example in examples]
    severities, playbooks = confusions(done)
    assert severities == {("critical", "critical"): 2, ("high", "critical"): 1, ("not critical", "normal"): 1}
    assert playbooks == {("none", "none"): 5}
