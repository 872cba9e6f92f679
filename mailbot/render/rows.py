"""Figures and lists as mails show them: rows, bars, lines and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the week, what else is to be said of it, and that of the week before."""

    name: str
    value: str
    before: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how long, in hundredths of the longest, and what stands beside it."""

    name: str
    number: int
    length: int
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket in a list: its place there (0 for none), its number, whose it is, its subject, and what is to be said.

    `href` is what to tap on it, "" for nothing, under that `label`.
    """

    place: int
    ticket: int
    who: str
    subject: str
    aside: str
    grave: bool = False
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs the partner: in a sentence, with what to tap or to type, "" for nothing."""

    text: str
    label: str = ""
    href: str = ""
    command: str = ""
    grave: bool = False
