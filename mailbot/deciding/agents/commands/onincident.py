"""One trouble that many customers have: its words go to all of them, and nothing does before the agent has seen it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.commands.command import Care, Kind, written


class IncidentStep(StrEnum):
    """What is done to an incident."""

    OPEN = "open"
    ADD = "add"
    REMOVE = "remove"
    UPDATE = "update"
    RESOLVE = "resolve"


_MEANINGS = {
    IncidentStep.OPEN: "open an incident and tell all whose tickets are about it, each alone",
    IncidentStep.ADD: "take the tickets into the incident, and tell their customers, each alone",
    IncidentStep.REMOVE: "say that the tickets are about no incident",
    IncidentStep.UPDATE: "tell all whose tickets are about the incident what is new, each alone",
    IncidentStep.RESOLVE: "end the incident, and ask all whose tickets are about it whether all is well, each alone",
}


@dataclass(frozen=True, slots=True)
class OnIncident(Kind):
    """Open an incident, say what is new of it, end it, or say which tickets are about it.

    `incident` is its number, None for the one that is meant by itself; `tickets` are numbers of tickets. The first line
    of the `text` with which one is opened is its title.
    """

    word = "incident"
    form = "{incident} {step} {tickets} {text}"
    example = "#incident open calls to mobile phones fail"
    summary = (
        "one trouble of many: tells each of them alone, and the status page. Then #incident add 12-31, "
        "#incident update …, #incident resolve; shows you first what goes to whom"
    )
    meaning = ""
    others_say = "outage incidents broadcast statuspage"
    care = frozenset({Care.MANY})
    of_ticket = False
    private = True
    free = True

    step: IncidentStep
    text: str = ""
    tickets: tuple[int, ...] = ()
    incident: int | None = None

    def __str__(self) -> str:
        """Return the command as it can be written: it is read as an equal one."""
        values = (written(self.incident), self.step, written(self.tickets), self.text)
        return " ".join(filter(None, (f"#{self.word}", *values)))

    def does(self, clock: WallClock) -> str:
        """Return what it would do, in words."""
        del clock
        return _MEANINGS[self.step]

    @property
    def is_shown_first(self) -> bool:
        """Whether nothing of it is done before the agent has seen what goes to whom."""
        return self.step is not IncidentStep.REMOVE
