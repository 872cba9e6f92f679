"""Getting no mail for a while: commands of agents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.deciding.agents.commands.command import Kind


@dataclass(frozen=True, slots=True)
class Mute(Kind):
    """Send this agent nothing more of the ticket until then."""

    word = "mute"
    form = "until {until}"
    example = "#mute 1d"
    summary = "sends you nothing more of the ticket for a day (or 2h, or until mon)"
    meaning = "send you nothing more of it until {until}"
    others_say = "quiet silence ignore unsubscribe stop"
    undoable = True

    until: datetime


@dataclass(frozen=True, slots=True)
class Away(Kind):
    """Send this agent no relays until then."""

    word = "away"
    form = "until {until}"
    example = "#away until mon"
    summary = "sends you no customers' mail until that day"
    meaning = "send you no customers' mail until {until}"
    others_say = "ooo vacation holiday off absent sick out"
    undoable = True
    of_ticket = False

    until: datetime
