"""A first line that is a command as replies to lists have it, without its "#": "take", "3 note she is on holiday".

A list teaches these forms, and in reply to a customer's message they would be words for her.
"""

from __future__ import annotations

from mailbot.deciding.agents.commands.arguments import bare
from mailbot.deciding.agents.commands.firstlines import begins_with_command, lines, parse, shown
from mailbot.deciding.agents.commands.kinds import COMMANDS, Note
from mailbot.deciding.agents.commands.moment import Moment
from mailbot.deciding.agents.commands.numbered import leading_numbers
from mailbot.deciding.agents.commands.watching import Ok, says_ok
from mailbot.reading.quotation.quotemarks import is_quoted

_TO_QUESTIONS = frozenset({"send", "add"})
_LONGEST = 200
_END = ".:!,;"


def bare_command(text: str, moment: Moment, *, is_called: bool = False) -> str:
    """Return the first line of a text that is most likely meant as a command, "" where it is words.

    "note …" always is, and "internal: …"; anything else only as far as it can be read: "Wait 5 minutes" is an answer.
    "Ok" is one of whoever `is_called` about an outage, and an answer else.
    """
    line = next((line for _, line in lines(text)), "")
    if is_quoted(line) or begins_with_command(line):
        return ""
    if says_ok(line):
        return shown(line) if is_called else ""
    said = bare(line[:_LONGEST])
    numbers, rest = leading_numbers(said)
    first, _, after = (rest if numbers else said).partition(" ")
    word = first.casefold().rstrip(_END)
    is_note = COMMANDS.get(word) is Note or (first.endswith(":") and word in Note.others_say.split())
    if is_note or (word in _TO_QUESTIONS and not numbers and not after):
        return shown(line)
    is_read = (
        word in COMMANDS and len(line) <= _LONGEST and (_is_read(word, after, moment) or _are_numbers(after, numbers))
    )
    return shown(line) if is_read else ""


def marked(text: str, moment: Moment, *, is_called: bool = False) -> str:
    """Return the text with the "#" before its first line that makes it the command it seems meant as, "" for none.

    One that is read with a number in front of it is about a list, and none here.
    """
    start, line = next(iter(lines(text)), (0, ""))
    whole = f"{text[:start]}#{text[start:].lstrip()}"
    if says_ok(line):
        whole = f"{text[:start]}#{Ok.word}{text[start + len(line) :]}"
    orders = parse(whole, moment)
    return (
        whole if bare_command(text, moment, is_called=is_called) and orders.understood and not orders.problems else ""
    )


def _is_read(word: str, after: str, moment: Moment) -> bool:
    orders = parse(f"#{word} {after}".rstrip(_END), moment)
    return bool(orders.understood) and not orders.text


def _are_numbers(after: str, numbers: list[str]) -> bool:
    return not numbers and bool(after) and not leading_numbers(after)[1]
