"""What follows from a vendor's mail: an effect of a decision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FromVendor:
    """A vendor (its id) wrote about the ticket at hand, which it calls by the number `case`, "" for none.

    What a program of its wrote `by_itself` answers nothing.
    """

    vendor: str
    case: str = ""
    by_itself: bool = False
