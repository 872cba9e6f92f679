"""What a reply to the weekly mail can say: of the commands these, and nothing else."""

from __future__ import annotations

from mailbot.deciding.agents.commands.adding import Add
from mailbot.deciding.agents.commands.kinds import Assign, Close, Command, Help, Note, Reopen, Undo, Why

OF_THE_WEEK: dict[str, type[Command]] = {
    kind.word: kind for kind in (Close, Reopen, Assign, Note, Why, Add, Undo, Help)
}
"""The commands by their words, in the order of the help."""
