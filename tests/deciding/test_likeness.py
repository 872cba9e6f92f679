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


_MOBILES = (
    "We can't reach any patient on a cell phone, the call drops with three beeps. Landlines are fine.\n\nLupe",
    "Outgoing calls to our drivers' mobiles fail with three tones. The office lines we can call.\n\nAndre",
    "No podemos llamar a teléfonos móviles: se oyen tres pitidos. A los fijos sí podemos llamar.\n\nUn saludo,\nIván",
    "Nous ne pouvons plus appeler de portables, trois bips et plus rien. Les fixes passent.\n\nCordialement,\nInès",
)


@pytest.mark.parametrize(("one", "other"), [*combinations(_MOBILES, 2)])
def test_whom_they_can_not_call_is_known_in_all_languages(one: str, other: str) -> None:
    assert alike(gist("", one), gist("", other)) >= ALIKE


@pytest.mark.parametrize(
    ("calls", "sense"),
    [
        ("We cannot call our suppliers.", "outgoing calls"),
        ("Calls to the depot fail.", "outgoing calls"),
        ("No podemos llamar a los proveedores.", "outgoing calls"),
        ("All our outgoing calls fail, nobody can call out.", "outgoing calls"),
        ("Customers cannot call us.", "incoming calls"),
        ("Calls to our number fail.", "incoming calls"),
        ("Las llamadas a nuestro número no entran.", "incoming calls"),
    ],
)
def test_who_calls_whom_is_told_apart(calls: str, sense: str) -> None:
    other = {"outgoing calls": "incoming calls", "incoming calls": "outgoing calls"}[sense]
    named = common([gist("", calls)] * 2)
    assert sense in named
    assert other not in named


@pytest.mark.parametrize(
    "closing",
    [
        "Un saludo,\nIván",
        "Saludos, Maite",
        "Cheers, Ewan",
        "Thanks\nAnn Perez\nKestrel Dental\nMobile 555 0142",
        "VG\nBirgit",
    ],
)
def test_how_a_letter_begins_and_ends_says_nothing(closing: str) -> None:
    said = "Our fax sends nothing, every page fails."
    assert gist("", f"Buenas tardes:\n\n{said}\n\n{closing}") == gist("", said)


def test_a_last_line_that_tells_of_the_trouble_is_no_signature() -> None:
    assert gist("", "Faxes\n\nNothing works").ails


def test_what_is_cancelled_is_no_trouble() -> None:
    assert not gist("", "Wir brauchen kein Fax mehr, bitte kündigen.").ails


def test_a_trouble_ails_and_a_question_does_not() -> None:
    assert gist("", _BUSY[0]).ails
    assert gist("", _BUSY[3]).wide
    assert not gist("", "How do I add another extension for a new employee?").ails


def test_what_the_rules_found_counts_in_whichever_words() -> None:
    plain, told = gist("", "Grauslig is des heut."), gist("", "Grauslig is des heut.", rules=("outbound",))
    assert alike(plain, gist("", _BUSY[0])) < ALIKE <= alike(told, gist("", _BUSY[0]))
    assert gist("", "Grauslig is des heut.", rules=("no-such-rule",)) == plain


def test_that_something_fails_is_not_one_trouble_of_two() -> None:
    assert alike(gist("", "The scanner is broken."), gist("", "Unser Drucker ist kaputt.")) < ALIKE


def test_unless_they_say_it_in_the_same_words() -> None:
    one = gist("", "Each chat breaks off in a loud gurgle, nobody understands it.")
    assert alike(one, gist("Gurgle", "Each chat breaks off in a loud gurgle, nobody likes it.")) >= ALIKE


@pytest.mark.parametrize("dash", [" - ", " \u2013 ", " -- "])
def test_a_dash_parts_what_fails_from_what_works(dash: str) -> None:
    one = gist("", f"Outgoing calls are not possible{dash}incoming calls are working fine")
    assert one == gist("", "Outgoing calls are not possible")


@pytest.mark.parametrize(
    "text",
    [
        "The outage is resolved, thank you.",
        "Die Störung ist behoben.",
        "La panne est résolue. Le problème est résolu.",
        "La avería se solucionó.",
    ],
)
def test_what_is_over_is_no_trouble(text: str) -> None:
    assert not gist("", text).ails


def test_what_is_awaited_to_be_over_is_one() -> None:
    assert gist("", "Tell us when the outage is resolved.").ails


@pytest.mark.parametrize(
    ("text", "sense", "times"),
    [
        ("I am not able to hang up.", "cut off", 0),
        ("No podemos colgar la llamada.", "cut off", 0),
        ("The system hangs up on us.", "cut off", 1),
        ("Our site in Leeds is down.", "portal", 0),
        ("Your site is down.", "portal", 1),
        ("Users at the plant do not receive inbound external calls.", "total outage", 0),
        ("We cannot dial out. Customers can reach us.", "total outage", 0),
        ("The toll-free line is dead.", "toll-free numbers", 1),
        ("Anrufer hängen in der Warteschleife.", "queue", 1),
        ("Die Musik in der Warteschleife fehlt.", "queue", 0),
        ("Netflix is slowing down.", "down", 0),
    ],
)
def test_words_say_what_they_say_beside_each_other(text: str, sense: str, times: int) -> None:
    assert common([gist("", text)] * 2).count(sense) == times


@pytest.mark.parametrize("text", ["Nothing is recorded in our account.", "We get a busy tone. It started today."])
def test_when_and_where_it_is_seen_is_no_cause_of_ones_own(text: str) -> None:
    assert not gist("", text).local
