"""What a reply to the weekly mail can say: of the commands these, and nothing else."""

from __future__ import annotations

from mailbot.deciding.agents.commands.adding import Add
from mailbot.deciding.agents.commands.kinds import Assign, Close, Command, Help, Note, Reopen, Undo, Why

OF_THE_WEEK: dict[str, type[Command]] = {
    kind.word: kind for kind in (Close, Reopen, Assign, Note, Why, Add, Undo, Help)
}
"""The commands by their words, in the order of the help."""

WEEKLY_HELP = (
    "3 close: closes the ticket that is number 3 in the mail",
    "3 reopen: opens it again",
    "3 assign bob: gives it to one of you; 2-6 assign bob gives several",
    "3 note call her on Friday: keeps a note for your own people",
    "why 3: tells you why that ticket is as it is",
    "why jane@acme.example: tells you what became of somebody's mail",
    "add dental-example.com to acme: counts all who write from there as that customer's",
    "add jane@gmail.com to acme: the same for one person",
    "undo: takes back what you did last, for a day",
    "help: sends you this list",
)
"""How each is written there, and what it does: by numbers, and without anything for a customer."""
