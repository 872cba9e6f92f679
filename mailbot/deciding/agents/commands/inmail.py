"""An agent's mail as `reading` read it: commands and text, with what its newly written text alone does not tell.

The quotation that an answer stands below is not in the newly written text. Some programs wrap the lines that they quote
and leave the rest of one without a mark, so what touches a quotation may be the customer's words, and is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailbot.deciding.agents.commands.firstlines import BELOW_A_QUOTATION, lines, parse, says_send, shown
from mailbot.deciding.agents.commands.kinds import COMMANDS, Command
from mailbot.deciding.agents.commands.moment import Moment
from mailbot.deciding.agents.commands.numbered import parse_numbered
from mailbot.deciding.agents.commands.orders import Orders, Problem
from mailbot.reading.model import Message
from mailbot.reading.quotation.quotemarks import is_quoted


def parse_message(
    message: Message,
    moment: Moment,
    listed: Mapping[int, int] | None = None,
    words: Mapping[str, type[Command]] = COMMANDS,
) -> Orders:
    """Return the commands and the text of an agent's mail; of an answer to a list, if that's tickets are given.

    They are given by their numbers, and `words` are what can be said of these.

    A mail that could be read only in part is a problem.
    """
    own = message.reply_text
    orders = parse(own, moment) if listed is None else parse_numbered(own, listed, moment, words)
    if message.error:
        return Orders((Problem("your mail", "it could be read only in part"),), as_text=orders.as_text)
    if orders.steps and _touches_a_quotation(message):
        return Orders((Problem(shown(_first(own)), BELOW_A_QUOTATION),), as_text=orders.as_text)
    return orders


def lets_go(message: Message) -> bool:
    """Return whether a mail says "send" and nothing else, which lets a held mail go."""
    return says_send(message.reply_text) and not message.error and not _touches_a_quotation(message)


def _touches_a_quotation(message: Message) -> bool:
    """Return whether the first own line, where it first stands in all of the text, follows a quoted line directly."""
    own = _first(message.reply_text)
    above = ""
    for line in message.text.split("\n"):
        if line.strip() == own:
            return is_quoted(above)
        above = line
    return False


def _first(text: str) -> str:
    return next((line.strip() for _, line in lines(text)), "")
