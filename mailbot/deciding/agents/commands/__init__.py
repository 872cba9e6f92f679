"""What an agent wrote becomes commands and text: `parse_message` for a mail, `parse_numbered` for an answer to a list.

All of a mail is understood, or none of it is acted on: then `transcript` tells the agent, line by line, what was read.
`kinds` is the table of the commands.
"""

from mailbot.deciding.agents.commands.barewords import bare_command, marked
from mailbot.deciding.agents.commands.command import Care
from mailbot.deciding.agents.commands.firstlines import command_below, has_own_words, parse, says_send
from mailbot.deciding.agents.commands.inmail import lets_go, parse_message
from mailbot.deciding.agents.commands.kinds import COMMANDS, Command
from mailbot.deciding.agents.commands.moment import Moment, Named
from mailbot.deciding.agents.commands.numbered import parse_numbered, without_orders
from mailbot.deciding.agents.commands.oftheweek import OF_THE_WEEK, WEEKLY_HELP
from mailbot.deciding.agents.commands.orders import Orders, Problem, Step, Understood
from mailbot.deciding.agents.commands.transcript import done_lines, help_lines, transcript

__all__ = [
    "COMMANDS",
    "OF_THE_WEEK",
    "WEEKLY_HELP",
    "Care",
    "Command",
    "Moment",
    "Named",
    "Orders",
    "Problem",
    "Step",
    "Understood",
    "bare_command",
    "command_below",
    "done_lines",
    "has_own_words",
    "help_lines",
    "lets_go",
    "marked",
    "parse",
    "parse_message",
    "parse_numbered",
    "says_send",
    "transcript",
    "without_orders",
]
