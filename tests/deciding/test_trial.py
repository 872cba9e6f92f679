"""What other rules would have made of a ticket, by what its log says and what each mail says."""

from __future__ import annotations

import pytest

from mailbot.deciding.classify import Classification
from mailbot.deciding.trial import Effect, Known, Standing, Trial, Verdicts, is_findable, known
from mailbot.reading.model import Message
from mailbot.rules import PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules


def rules(*critical: str, unless: tuple[str, ...] = ()) -> Rules:
    rule = PhraseRule(id="mine", state=("down", *critical))
    return Rules(severity={Severity.CRITICAL: SeverityRules(response=None, rule=(rule,), unless=unless)})


def test_only_mail_with_the_phrase_is_judged_twice() -> None:
    trial = Trial(rules(), rules("no dial tone"))
    assert trial.differs
    found = trial.verdicts(Message(subject="Hello", reply_text="There is No  Dial Tone at all."))
    assert found is not None
    assert (found.present.severity, found.tried.severity) == (Severity.NORMAL, Severity.CRITICAL)
    assert found.words == "No Dial Tone"
    assert trial.verdicts(Message(subject="Down", reply_text="The dial tone has no end.")) is None
    assert trial.verdicts(Message(reply_text="Thanks", quoted_text="no dial tone", text="no dial tone")) is None


def test_the_subject_of_a_reply_does_not_count() -> None:
    trial = Trial(rules(), rules("no dial tone"))
    assert trial.verdicts(Message(subject="Re: no dial tone", reply_text="Thanks"))
    assert trial.verdicts(Message(subject="Re: no dial tone", reply_text="Thanks", references=("1@a",))) is None


def test_rules_that_say_the_same_differ_in_nothing() -> None:
    assert not Trial(rules("gong"), rules("gong")).differs
    excluding = Trial(rules(), rules(unless=("drill",)))
    found = excluding.verdicts(Message(reply_text="A drill: all is down."))
    assert found is not None
    assert (found.present.severity, found.tried.severity) == (Severity.CRITICAL, Severity.NORMAL)


def verdicts(present: Severity, tried: Severity, *playbooks: Playbook | None) -> Verdicts:
    one, other = playbooks or (None, None)
    return Verdicts(Classification(present, one), Classification(tried, other), "x")


CRITICAL, HIGH, NORMAL, LOW = Severity


@pytest.mark.parametrize(
    ("is_new", "stood", "present", "tried", "was", "becomes"),
    [
        # The first mail: what its ticket became is what the log says, whatever the present rules say.
        (True, NORMAL, NORMAL, CRITICAL, NORMAL, CRITICAL),
        (True, CRITICAL, NORMAL, CRITICAL, CRITICAL, CRITICAL),
        (True, CRITICAL, CRITICAL, HIGH, CRITICAL, HIGH),
        (True, NORMAL, CRITICAL, NORMAL, NORMAL, NORMAL),
        (True, NORMAL, NORMAL, LOW, NORMAL, LOW),
        (True, LOW, LOW, NORMAL, LOW, NORMAL),
        (True, HIGH, CRITICAL, CRITICAL, HIGH, HIGH),
        # A reply raises and never lowers.
        (False, NORMAL, NORMAL, HIGH, NORMAL, HIGH),
        (False, CRITICAL, NORMAL, HIGH, CRITICAL, CRITICAL),
        (False, NORMAL, CRITICAL, NORMAL, CRITICAL, NORMAL),
        (False, HIGH, NORMAL, LOW, HIGH, HIGH),
        (False, NORMAL, HIGH, CRITICAL, HIGH, CRITICAL),
    ],
)
def test_what_a_mail_would_have_changed(
    *, is_new: bool, stood: Severity, present: Severity, tried: Severity, was: Severity, becomes: Severity
) -> None:
    effect = Standing(stood, is_new=is_new).effect(verdicts(present, tried))
    assert effect == Effect(was, becomes)
    assert effect.is_any == (was != becomes)


def test_a_common_issue_is_that_of_the_first_mail() -> None:
    ticket = Standing()
    ticket.changed({"severity": "high", "playbook": "port_out", "opened_at": "x"})
    ticket.changed({"state": "closed"})
    named = verdicts(HIGH, HIGH, Playbook.PORT_OUT, Playbook.PORT_IN)
    assert ticket.effect(named) == Effect(HIGH, HIGH, "port_out", "port_in")
    ticket.is_new = False
    assert not ticket.effect(named).is_any


def test_rules_that_look_for_a_phrase_already_are_named() -> None:
    both = Rules(
        severity={
            HIGH: SeverityRules(
                response=None,
                rule=(
                    PhraseRule(id="alone", state=("dial tone",)),
                    PhraseRule(id="near", state=("no dial tone",), scope=("all phones", "office")),
                    PhraseRule(id="other", state=("silent",), scope=("dial tone",)),
                ),
            )
        },
        playbook={Playbook.PORT_IN: PlaybookRules(title="x", rule=(PhraseRule(id="in", state=("port in",)),))},
    )
    assert known("No dial tone here", both) == (Known("alone", HIGH, ""), Known("near", HIGH, "all phones"))
    assert known("port in", both) == (Known("in", Playbook.PORT_IN, ""),)
    assert known("gong", both) == ()


@pytest.mark.parametrize(("phrase", "findable"), [("gong", True), ("!!! ...", False), ("", False), ("4*", True)])
def test_a_phrase_needs_a_word(phrase: str, *, findable: bool) -> None:
    assert is_findable(phrase) == findable
