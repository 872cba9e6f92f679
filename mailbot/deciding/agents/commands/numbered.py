"""Answers to a list: each line says what is to be done with which of its numbers ("take 3 5 9", "1 close").

Only an answer to a list is read so; elsewhere such a line is text. The lines stand above all other words, which are for
our own people. A line that begins with a number, or with a command and a number, is an order or a problem. A number
alone has its message sent.

An answer to the weekly mail has fewer commands (`OF_THE_WEEK`), and those that are about no number stand there as they
are: "add dental-example.com to acme". All lines of its first paragraph are orders or problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mailbot.deciding.agents.commands.arguments import read
from mailbot.deciding.agents.commands.firstlines import (
    begins_with_command,
    command_below,
    lines,
    nearest_command,
    parse,
    shown,
)
from mailbot.deciding.agents.commands.kinds import COMMANDS, Answer, Command, Merge, Show, Why
from mailbot.deciding.agents.commands.moment import Moment, UnclearError
from mailbot.deciding.agents.commands.oftheweek import OF_THE_WEEK
from mailbot.deciding.agents.commands.onincident import IncidentStep, OnIncident
from mailbot.deciding.agents.commands.orders import Orders, Problem, Step, Understood, settled
from mailbot.deciding.words import clean
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.rules.nearest import nearest

_MOST = 100
_LONGEST_LINE = 1_000
_LONGEST_WORD = 40
_AROUND = "\"'\u201c\u201d\u201e*_\u2022\u00b7- "
_NUMBERS = re.compile(r"#?\d{1,6}(?:-\d{1,6})?(?:[,;&+]+#?\d{1,6}(?:-\d{1,6})?)*[,;.:)&+]*")
_SPAN = re.compile(r"(\d+)(?:-(\d+))?")
_ALSO = re.compile(rf"[,;]\s*(?=#?\d{{1,6}}[.:)]? +#?(?:{'|'.join(COMMANDS)})\b)", re.IGNORECASE)
_POLITE = re.compile(r"\A(?:(?:and|then|also|please)[ ,:]+)+", re.IGNORECASE)
_PLEASE = re.compile(r"(?:[ ,]+(?:please|thanks|thank you)[.!]*)+\Z", re.IGNORECASE)
_WHOLESALE = frozenset("all both everything them these those it".split())
_AT_THE_SERVER = frozenset("release drop retry".split())
_WAITS_THERE = "mail that waits is let go at the server; the weekly mail has the command for each"


@dataclass(frozen=True, slots=True)
class _Of:
    """The list that is answered: its tickets by number, what can be said of them, and when and by whom that is read."""

    listed: Mapping[int, int]
    words: Mapping[str, type[Command]]
    moment: Moment

    @property
    def is_of_the_week(self) -> bool:
        return self.words is OF_THE_WEEK


def parse_numbered(
    reply_text: str, listed: Mapping[int, int], moment: Moment, words: Mapping[str, type[Command]] = COMMANDS
) -> Orders:
    """Return what an answer to a list of these tickets by number orders; commands about no ticket may stand there, too.

    Never raises. `as_text` is empty: an answer to a list goes to no customer. `words` are what can be said.
    """
    steps: list[Step] = []
    of, end = _Of(listed, words, moment), 0
    for start, line in lines(reply_text):
        said = " ".join(clean(line[:_LONGEST_LINE]).split()).strip(_AROUND)
        said = _POLITE.sub("", said, count=1) if of.is_of_the_week else said
        here = [] if is_quoted(line) else [step for order in _orders(said) for step in _line(order, of)]
        if said and not here:
            near = bool(steps) and "\n" not in reply_text[end + 1 : start]
            if of.is_of_the_week and _is_meant(said, of, near=near):
                steps.append(_unread(said, of))
                continue
            return Orders(settled(steps), reply_text[start:])
        steps += here
        end = start + len(line)
        if len(line) > _LONGEST_LINE or len(steps) > _MOST:
            return Orders((Problem(shown(line), "this is too long to be an order"),))
    return Orders(settled(steps))


def without_orders(
    text: str, moment: Moment, words: Mapping[str, type[Command]] = COMMANDS
) -> tuple[str, tuple[str, ...]]:
    """Return a text without its own lines that would be orders if no words stood above them, and these as written.

    They have a number, of this list or not, and a command or nearly one ("9 tkae"), or a command with its "#". A number
    alone is text, and so is what nobody could do: "3 open lines", "Wait 5 minutes", "9 times", "1. Join the network".
    """
    kept: list[str] = []
    orders: list[str] = []
    for line in text.split("\n"):
        said = " ".join(clean(line[:_LONGEST_LINE]).split()).strip(_AROUND)
        said = _PLEASE.sub("", _POLITE.sub("", said, count=1))
        is_order = command_below(line) or any(_is_order(order, moment, words) for order in _orders(said))
        (orders if is_order and not is_quoted(line) else kept).append(line)
    return "\n".join(kept), tuple(map(shown, orders))


def _is_order(line: str, moment: Moment, words: Mapping[str, type[Command]]) -> bool:
    first, _, after = line.partition(" ")
    if _NUMBERS.fullmatch(first):
        _, rest = leading_numbers(line)
        said, _, rest = rest.partition(" ")
    elif _NUMBERS.fullmatch(after.partition(" ")[0]):
        said, (_, rest) = first, leading_numbers(after)
    else:
        return False
    exact = words.get(_word(said))
    kind = exact or nearest_command(_word(said), words)
    if kind is None or (kind.free and exact is None):
        return False
    if said.startswith("#") or exact in {Answer, Merge}:
        return True
    try:
        _read(kind, rest, moment)
    except UnclearError:
        return False
    return True


def _orders(words: str) -> Iterator[str]:
    """Yield the orders of one line: "1 close, 3 take" are two, "1, 3 take" is one."""
    begun = ""
    for part in _ALSO.split(words):
        order = f"{begun} {part}".strip()
        begun = "" if leading_numbers(order)[1] else order
        if not begun:
            yield order
    if begun:
        yield begun


def _is_meant(line: str, of: _Of, *, near: bool) -> bool:
    """Return whether a line that was not read may be an order: by its words, or since it is `near` to orders above."""
    word, _, after = line.partition(" ")
    is_numbered = _NUMBERS.fullmatch(after.partition(" ")[0]) is not None
    return near or is_numbered or _word(word) in _AT_THE_SERVER or nearest(_word(word), of.words) != ""


def _unread(line: str, of: _Of) -> Problem:
    word = _word(line.partition(" ")[0])
    if word in _AT_THE_SERVER:
        return Problem(shown(line), _WAITS_THERE)
    near = nearest_command(word, of.words)
    return Problem(shown(line), "this is nothing that I can do", near.example.lstrip("#") if near else "")


def _word(written: str) -> str:
    return written.lstrip("#").rstrip(":.,;!").casefold()[:_LONGEST_WORD]


def _line(line: str, of: _Of) -> Iterator[Step]:
    """Yield what one line orders; nothing for one that is text."""
    first, _, after = line.partition(" ")
    word = _word(first)
    if word == OnIncident.word and _is_of_incident(after) and not of.is_of_the_week:
        yield from (_with_tickets(step, of) for step in parse(f"#{line.lstrip('#')}", of.moment).steps)
    elif _NUMBERS.fullmatch(first):
        numbers, rest = leading_numbers(line)
        said, _, rest = rest.partition(" ")
        yield from _order(line, numbers, _word(said), rest, of)
    elif _NUMBERS.fullmatch(after.partition(" ")[0]) and nearest(word, of.words):
        numbers, rest = leading_numbers(after)
        if len(numbers) > 1 and word in of.words and (of.words[word].free or of.words[word] is Merge):
            yield Problem(
                line, "it is not clear which numbers are meant; begin with the number", f"{numbers[0]} {word}"
            )
            return
        yield from _order(line, numbers, word, rest, of)
    elif of.is_of_the_week and word in of.words and of.words[word].of_ticket:
        yield _needs_number(line, word, after, of)
    elif of.is_of_the_week and word in of.words:
        yield _understood(line, of.words[word], after, of.moment)
    elif of.is_of_the_week:
        return
    elif begins_with_command(line) or (word in COMMANDS and not after):
        yield from map(_without_number, parse(f"#{line.lstrip('#')}", of.moment).steps)
    elif word in COMMANDS and after.strip(".!").casefold() in _WHOLESALE:
        yield _needs_number(line, word, after, of)


def _is_of_incident(after: str) -> bool:
    """Return whether what follows the word "incident" goes on as the command does, or nearly."""
    words = after.casefold().split()[:2]
    return any(nearest(word.strip(_AROUND + ":.,;!"), IncidentStep) for word in words)


def _with_tickets(step: Step, of: _Of) -> Step:
    """Return the step, with the tickets of the list's numbers where it names such."""
    if isinstance(step, Problem) or not isinstance(step.command, OnIncident):
        return step
    tickets = tuple(of.listed.get(number, number) for number in step.command.tickets)
    return replace(step, command=replace(step.command, tickets=tickets))


def _needs_number(line: str, word: str, after: str, of: _Of) -> Problem:
    """Return that a command does not say which number it is about, with the first that stands behind it."""
    if after.strip(".!").casefold() in _WHOLESALE:
        return Problem(shown(line), "it needs the numbers that are meant", f"{word} 1 2")
    named = next((one for one in re.findall(r"\d{1,6}", after) if int(one) in of.listed), "1")
    return Problem(shown(line), "it needs the number that is meant, in front", f"{named} {word}")


def _understood(line: str, kind: type[Command], rest: str, moment: Moment) -> Step:
    try:
        return Understood(shown(line), read(kind, rest, moment))
    except UnclearError as unclear:
        return Problem(shown(line), str(unclear), unclear.near.lstrip("#"))


def _without_number(step: Step) -> Step:
    if isinstance(step, Understood) and step.command.of_ticket:
        return Problem(step.written, "it needs the number that is meant", f"1 {step.command.word}")
    return step


def _order(line: str, numbers: list[str], word: str, rest: str, of: _Of) -> Iterator[Step]:
    kind = of.words.get(word) if word or rest or of.is_of_the_week else Show
    if kind is None and of.is_of_the_week and word in _AT_THE_SERVER:
        yield Problem(shown(line), _WAITS_THERE)
        return
    if kind is None:
        near = nearest_command(word, of.words)
        text = "this is no command" if word else "it needs to be said what to do with it"
        yield Problem(shown(line), text, f"{numbers[0]} {near.word}" if near else "")
        return
    try:
        if kind is OnIncident and not of.is_of_the_week:
            yield _about(line, numbers, rest, of)
            return
        command = _as_listed(_read(kind, rest, of.moment), of)
        yield from [Understood(shown(line), command, number) for number in _wanted(numbers, of)]
    except UnclearError as unclear:
        yield Problem(shown(line), str(unclear), unclear.near.lstrip("#"))


def _about(line: str, numbers: list[str], rest: str, of: _Of) -> Step:
    """Return one order about an incident to which the tickets of these numbers belong: "3-7 incident open …"."""
    command = read(OnIncident, rest, of.moment)
    if not isinstance(command, OnIncident) or command.step in {IncidentStep.UPDATE, IncidentStep.RESOLVE}:
        raise UnclearError("all tickets of the incident are meant; leave out the numbers in front", "incident update …")
    tickets = (of.listed[number] for number in _wanted(numbers, of))
    return Understood(shown(line), replace(command, tickets=tuple(dict.fromkeys((*tickets, *command.tickets)))))


def _as_listed(command: Command, of: _Of) -> Command:
    """Return a command whose other ticket is that of the list's number, where it names one: "3 merge 5".

    No ticket has such a number: those of lists end long before where those of tickets begin.
    """
    return Merge(of.listed.get(command.ticket, command.ticket)) if isinstance(command, Merge) else command


def _read(kind: type[Command], rest: str, moment: Moment) -> Command:
    if not kind.of_ticket and (kind is not Why or rest.strip()):
        raise UnclearError("it is about no ticket; leave out the number", f"#{kind.word}")
    return read(kind, rest, moment)


def leading_numbers(words: str) -> tuple[list[str], str]:
    """Return the numbers at the beginning, and what follows them."""
    numbers: list[str] = []
    pieces = words.split(" ")
    place = 0
    while place < len(pieces) and (
        _NUMBERS.fullmatch(pieces[place]) or (numbers and pieces[place] in {"and", "&", "+"})
    ):
        numbers += re.findall(r"\d+(?:-\d+)?", pieces[place])
        place += 1
    return numbers, " ".join(pieces[place:])


def _wanted(numbers: list[str], of: _Of) -> list[int]:
    """Return the numbers that are meant, also by that of a ticket which no line of the list has as its own.

    Raise UnclearError for one that the list has not.
    """
    wanted: dict[int, None] = {}
    listed = of.listed
    for written in numbers:
        span = _SPAN.fullmatch(written)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if first not in listed or last not in listed or first > last:
            meant = next((number for number, ticket in listed.items() if str(ticket) == written), None)
            if meant is not None:
                wanted[meant] = None
                continue
            raise UnclearError(f"{written} is not in the {'mail' if of.is_of_the_week else 'list'}")
        wanted |= dict.fromkeys(number for number in range(first, last + 1) if number in listed)
    return list(wanted)
