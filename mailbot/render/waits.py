"""What a ticket may wait for in words that a customer gets: one of a few things, never what an agent wrote."""

from __future__ import annotations

from enum import StrEnum


class WaitsFor(StrEnum):
    """What has a phrase of its own; the value is the phrase's name."""

    CARRIER = "carrier"
    PORTING = "porting"
    DELIVERY = "delivery"
    TECHNICIAN = "technician"


_SAID = {
    WaitsFor.CARRIER: "carrier provider telco operator isp",
    WaitsFor.PORTING: "port porting ported number transfer",
    WaitsFor.DELIVERY: "delivery shipment parcel shipping package hardware handset",
    WaitsFor.TECHNICIAN: "technician engineer visit installer",
}


_OF_THE_CUSTOMER = frozenset("customer client caller her him".split())
_HER_WORDS = frozenset("a an answer feedback for from of reply response the their to word".split())


def is_for_the_customer(reason: str) -> bool:
    """Return whether an agent's words say that it is the customer who is to do or say something.

    An answer is hers where nobody else is named: "reply", but not "vendor response".
    """
    words = _words(reason)
    return bool(words & _OF_THE_CUSTOMER) or bool(words and words <= _HER_WORDS)


def waited_for(reason: str) -> WaitsFor | None:
    """Return what an agent's words mean, None where they mean none of these, or several."""
    words = _words(reason)
    meant = [kind for kind, said in _SAID.items() if words & set(said.split())]
    return meant[0] if len(meant) == 1 else None


def _words(reason: str) -> set[str]:
    return {word.strip(".,!'\"").removesuffix("'s") for word in reason.casefold().split()}
