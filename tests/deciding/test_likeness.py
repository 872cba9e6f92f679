"""Whether two customers write of the same: across wordings and languages, and only then."""

from __future__ import annotations

from itertools import combinations

import pytest

from mailbot.deciding.likeness import ALIKE, alike, common, gist
from mailbot.rules import Playbook

_BUSY = (
    "We cannot make any outgoing calls. Every number we dial gives a fast busy.",
    "Ausgehende Anrufe funktionieren bei uns nicht, bei jeder Nummer ist besetzt.",
    "Les appels sortants ne fonctionnent plus chez nous, c'est occupé tout de suite.",
    "Las llamadas salientes no funcionan en toda la oficina, comunica al marcar cualquier número.",
    "Não conseguimos fazer chamadas, dá sempre sinal de ocupado.",
)
_OTHERS = (
    "Nobody can call us, callers hear that our number is not available. Calling out works.",
    "All our phones show offline, none of them is registered any more.",
    "Voicemails are no longer mailed to us.",
    "How do I add another extension for a new employee?",
    "We cannot dial Mexico from extension 214, an announcement says that the country is not allowed.",
)


@pytest.mark.parametrize(("one", "other"), [*combinations(_BUSY, 2)])
def test_the_same_trouble_in_two_languages_is_alike(one: str, other: str) -> None:
    assert alike(gist("", one), gist("", other)) >= ALIKE


@pytest.mark.parametrize("other", _OTHERS)
@pytest.mark.parametrize("one", _BUSY)
def test_another_matter_is_not(one: str, other: str) -> None:
    assert alike(gist("", one), gist("", other)) < ALIKE


def test_likeness_has_no_order_and_is_whole_for_the_same_text() -> None:
    one, other = gist("Phones", _BUSY[0]), gist("Telefone", _BUSY[1])
    assert alike(one, other) == alike(other, one)
    assert alike(one, one) == 1.0
    assert alike(gist("", ""), gist("", "")) == 0.0


def test_of_common_issues_the_same_brings_nearer_and_two_set_apart() -> None:
    one, other = gist("", _BUSY[0], Playbook.OUTBOUND_CALLS), gist("", _BUSY[1], Playbook.OUTBOUND_CALLS)
    plain = alike(gist("", _BUSY[0]), gist("", _BUSY[1]))
    assert alike(one, other) > plain
    assert alike(one, gist("", _BUSY[1], Playbook.PHONE_REGISTRATION)) < ALIKE


def test_what_is_said_to_work_is_not_what_it_is_about() -> None:
    both = gist("", "We cannot call out, everything is busy. Incoming is fine.")
    assert both == gist("", "We cannot call out, everything is busy.")


def test_names_that_are_left_out_say_nothing() -> None:
    text = "The Kestrel gateway rattles, says Perez."
    assert gist("", text).words >= {"kestrel", "perez", "rattles"}
    assert gist("", text, without=("Kestrel Dental", "Ann Perez")).words == {"gateway", "rattles"}


def test_words_of_weight_bring_nearer_and_alone_they_tell_too() -> None:
    one, other = "The door opener at gate Falkenried jams.", "Falkenried opener jams again, the door stays shut."
    assert alike(gist("", one), gist("", other)) >= ALIKE
    shared = alike(gist("", "Fax to 4711 fails, ZX9 beeps."), gist("", "No fax goes out, ZX9 again."))
    assert shared > alike(gist("", "Fax to 4711 fails, ZX9 beeps."), gist("", "No fax goes out again."))


def test_what_they_have_in_common_is_named_the_weightiest_first() -> None:
    assert common(gist("", one) for one in _BUSY)[:2] == ("outgoing calls", "busy tone")


def test_a_trouble_ails_and_a_question_does_not() -> None:
    assert gist("", _BUSY[0]).ails
    assert gist("", _BUSY[3]).wide
    assert not gist("", "How do I add another extension for a new employee?").ails


def test_what_the_rules_found_counts_in_whichever_words() -> None:
    plain, told = gist("", "Grauslig is des heut."), gist("", "Grauslig is des heut.", rules=("outbound",))
    assert alike(plain, gist("", _BUSY[0])) < ALIKE <= alike(told, gist("", _BUSY[0]))
    assert gist("", "Grauslig is des heut.", rules=("no-such-rule",)) == plain
