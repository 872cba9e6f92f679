"""Bringing numbers over: the form of the letter of authorisation (LOA) that customers sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator

from mailbot.rules.links import page_address
from mailbot.rules.recognising import Table


def form_place(text: str) -> str:
    """Return where the form is, outer spaces taken off, "" for nowhere; raise ValueError for a link that is none."""
    place = text.strip()
    if "://" in place:
        return page_address(place)
    if not place.isprintable():
        raise ValueError('must stand on one line, like "files/loa.pdf" or "https://help.example/loa.pdf"')
    return place


class PortIn(Table):
    """What is sent to who wants to bring a number: `loa` is a file, from the operator's folder on, or a link."""

    loa: Annotated[str, AfterValidator(form_place)] = ""

    @property
    def loa_link(self) -> str:
        """The link to the form, "" where it is a file or there is none."""
        return self.loa if "://" in self.loa else ""


@dataclass(frozen=True, slots=True)
class Form:
    """A file of the operator's that goes with mails, as it was when the rules were loaded."""

    name: str
    type: str
    octets: bytes = field(repr=False)
