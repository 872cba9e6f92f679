"""Which tenant is suggested for a sender that nobody lists: exactly one that fits, or none."""

import pytest

from mailbot.config import load
from mailbot.deciding.suggesting import Suggestion, suggestion
from mailbot.rules import Tenant

RULES = load(None).model_copy(
    update={
        "tenant": (
            Tenant(id="acme", name="Acme Dental, Inc.", phone_numbers=("+1 212 555 0142",)),
            Tenant(id="bolt", name="Bäckerei Bolt GmbH", domains=("bolt-bakery.example",)),
            Tenant(id="cord", name="Cord", addresses=("jane@ropes.example", "jim@gmail.com")),
            Tenant(id="it", name="IT", addresses=("a@it-works.example",)),
        )
    }
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("x@acme-dental.com", ("acme", "domain")),
        ("x@acmedental.net", ("acme", "domain")),
        ("x@mail.acme-dental.co.uk", ("acme", "domain")),
        ("x@boltbakery.test", ("bolt", "domain")),
        ("x@baeckerei-bolt.de", ("bolt", "domain")),
        ("x@xn--bckerei-bolt-gcb.de", ("bolt", "domain")),
        ("x@ropes.example", ("cord", "colleagues")),
        ("x@cord.example", ("cord", "domain")),
        # Everybody's domain, a name too short to say anything, a part of a name, a name below another's domain.
        ("x@gmail.com", None),
        ("x@it.example", None),
        ("x@acme.example", None),
        ("x@acmedental.host.example", None),
        ("x@co.uk", None),
        ("x@localhost", None),
        ("nobody", None),
    ],
)
def test_a_domain_speaks_for_who_is_called_so(address: str, expected: tuple[str, str] | None) -> None:
    assert suggestion(address, (), (), RULES) == (expected and Suggestion(*expected))


@pytest.mark.parametrize(
    ("written", "labels", "expected"),
    [
        ([("Help", "Call 212-555-0142 please")], [], Suggestion("acme", "phone")),
        ([("For ACME dental", "Hello")], [], Suggestion("acme", "name")),
        ([], ["bolt"], Suggestion("bolt", "tickets")),
        ([("Acme Dental", "")], ["acme"], Suggestion("acme", "name")),
        # A tenant that is gone is nobody's.
        ([], ["gone"], None),
        ([("Acme Dental", "")], ["bolt"], None),
        ([("Acme Dental", ""), ("Bäckerei Bolt", "")], [], None),
        ([("Cord", "the cord of the phone")], [], None),
    ],
)
def test_what_was_written_and_tickets_speak(
    written: list[tuple[str, str]], labels: list[str], expected: Suggestion | None
) -> None:
    assert suggestion("x@gmail.com", written, labels, RULES) == expected


def test_two_that_fit_are_no_suggestion() -> None:
    assert suggestion("x@acmedental.test", [("Bäckerei Bolt", "")], (), RULES) is None
    assert suggestion("x@acmedental.test", [("Acme Dental", "")], ("acme",), RULES) == Suggestion("acme", "name")
