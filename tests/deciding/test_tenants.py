"""Whose customer a message comes from."""

from __future__ import annotations

import pytest

from mailbot.deciding.tenants import is_listed, tenant_of
from mailbot.reading.model import Envelope, Mailbox
from mailbot.rules import Tenant
from tests.deciding.desk_cases import JANE, STRANGER, mail, rules


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        (JANE, True),
        ("JANE@Acme-Dental.Example", True),
        # H30: the tenant's domain as suffix, prefix or parent of another
        ("jane@not-acme-dental.example", False),
        ("jane@acme-dental.example.evil.example", False),
        ("jane@mail.acme-dental.example", False),
        ("acme-dental.example@evil.example", False),
        ("", False),
    ],
)
def test_only_the_very_domain_is_listed(address: str, *, listed: bool) -> None:
    assert is_listed(address, rules()) is listed


def test_an_address_goes_before_a_domain() -> None:
    """An IT firm's person writes from a listed domain for another tenant."""
    shared = rules(
        tenant=(
            Tenant(id="firm", name="Firm", domains=("firm.example",)),
            Tenant(id="client", name="Client", addresses=("it@firm.example",)),
        )
    )
    match = tenant_of(mail("it@firm.example"), Envelope(), shared)
    assert match.tenant is not None
    assert (match.tenant.id, match.listed) == ("client", True)


def test_an_address_of_several_tenants_is_told_apart_by_the_recipient_else_not_at_all() -> None:
    several = (
        Tenant(id="a", name="A", addresses=("it@firm.example",), recipients=("a@harborvoice.example",)),
        Tenant(id="b", name="B", addresses=("it@firm.example",)),
    )
    to_a = mail("it@firm.example", to=(Mailbox("", "a@harborvoice.example"),))
    told = tenant_of(to_a, Envelope(), rules(tenant=several))
    assert told.tenant is not None
    assert told.tenant.id == "a"
    unsure = tenant_of(mail("it@firm.example"), Envelope(), rules(tenant=several))
    assert (unsure.tenant, unsure.listed) == (None, True)


@pytest.mark.parametrize(
    "text",
    [
        "Our number +1 (212) 555-0142 is silent.",
        "call 212.555.0142 please",
        "Nummer 001 212 555 01 42",
    ],
)
def test_a_number_in_the_text_names_a_tenant_but_makes_nobody_known(text: str) -> None:
    match = tenant_of(mail(STRANGER, text), Envelope(), rules())
    assert match.tenant is not None
    assert (match.tenant.id, match.listed) == ("acme", False)


@pytest.mark.parametrize("text", ["12125550142999 is our invoice", "order 5550142", "no number at all"])
def test_other_digits_name_nobody(text: str) -> None:
    assert tenant_of(mail(STRANGER, text), Envelope(), rules()).tenant is None


def test_the_envelope_recipient_names_a_tenant() -> None:
    match = tenant_of(mail(STRANGER), Envelope("x@y.example", ("acme@harborvoice.example",)), rules())
    assert match.tenant is not None
    assert match.tenant.id == "acme"
