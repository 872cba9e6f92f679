"""What looks wrong in words for many: a name that must not be read there is seen in whichever form it stands."""

from __future__ import annotations

import pytest

from mailbot.deciding.incidents.cautions import cautions
from mailbot.rules import Rules, Tenant, Vendor

RULES = Rules(
    tenant=(
        Tenant(id="acme", name="Acme Dental", domains=("acme-dental.example",)),
        Tenant(id="muller", name="Müller GmbH", contact="Jo Quast <jo@muller.example>"),
        Tenant(id="direct", name="Phones Direct"),
    ),
    vendor=(Vendor(id="carrier", name="Skywire Networks", domains=("skywire.example",)),),
)
ACME, MULLER = "it names Acme Dental, a customer", "it names Müller GmbH, a customer"
JANE, SKYWIRE = "it names Jane Grün, who wrote to you", "it names Skywire Networks, of whom customers know nothing"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("Acme cannot call.", ACME),
        ("AcmeDental cannot call.", ACME),
        ("Acmes phones are dead.", ACME),
        ("Phones at Mueller are dead.", MULLER),
        ("Müllers Telefone sind tot.", MULLER),
        ("Ms Quast told us.", MULLER),
        ("Phones Direct is down.", "it names Phones Direct, a customer"),
        ("Janes phone is dead.", JANE),
        ("Ms Gruen told us.", JANE),
        ("Skywire is down.", SKYWIRE),
        ("The carrier is down.", SKYWIRE),
        ("See status.skywire.example.", SKYWIRE),
        ("Calls fail. All phones are concerned, direct lines too.", ""),
    ],
)
def test_a_name_is_seen_in_whichever_form(words: str, wrong: str) -> None:
    assert cautions(words, ("Jane Grün",), RULES) == ((wrong,) if wrong else ())
