"""Figures and lists as mails show them: rows, bars, lines and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.deciding.agents.taps import Tap


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
    """A ticket in a list: its place there (0: none), its number, whose it is, on what, and what is to be said."""

    place: int
    ticket: int
    who: str
    subject: str
    aside: str
    grave: bool = False
    taps: tuple[Tap, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs the partner: in a sentence, its number (0 for none), what to tap, and what to type."""

    text: str
    command: str = ""
    grave: bool = False
    place: int = 0
    taps: tuple[Tap, ...] = ()


@dataclass(frozen=True, slots=True)
class Waits:
    """A mail that waits at the server: of or to whom, its subject, why it waits, and what is typed to look at it.

    Each is a line of its own, so that none of them is broken.
    """

    who: str
    subject: str
    why: str
    command: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the week's figures found, in a sentence: a question of several customers that no article answers yet.

    `title` and `text` are the draft of one, in Markdown, and have no customer's words but common ones; `command` writes
    its file. `language` is that of the draft. It is `ready` where it is a shipped one. One that is there
    and answers nobody yet `waits` for what that sentence says; then there is neither a text nor a command.
    """

    said: str
    title: str
    text: tuple[str, ...]
    command: str
    language: str = "en"
    ready: bool = False
    waits: str = ""
