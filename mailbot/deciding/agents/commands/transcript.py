"""What agents are told about what they wrote: a mail that could not be read, and the list of all commands."""

from __future__ import annotations

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.commands.firstlines import lines, shown
from mailbot.deciding.agents.commands.kinds import COMMANDS
from mailbot.deciding.agents.commands.orders import Orders, Problem, Step, Understood


def transcript(orders: Orders, clock: WallClock, *, of_the_week: bool = False) -> tuple[str, ...]:
    """Return the lines that tell an agent why nothing was done: each command as it was read, and the way on.

    Empty when all could be read. In a reply to the weekly mail nothing is for a customer, and commands have no "#".
    """
    if not orders.problems:
        return ()
    nothing = "" if of_the_week else ", and the customer got nothing"
    return (
        f"I could not read all of your mail, so nothing of it was done{nothing}.",
        "",
        *(_told(step, clock) for step in orders.steps),
        "",
        *_way_on(orders, "help" if of_the_week else "#help"),
    )


def done_lines(orders: Orders, clock: WallClock) -> tuple[str, ...]:
    """Return a line for each command that was done: as it was written, and what it does."""
    return tuple(f"✓ {_numbered(step)}: done ({step.command.does(clock)})." for step in orders.understood)


def _told(step: Step, clock: WallClock) -> str:
    if isinstance(step, Problem):
        hint = f" Did you mean {step.nearest}?" if step.nearest else ""
        return f"✗ {step.written}: {step.text}.{hint}"
    return f"✓ {_numbered(step)}: understood, {step.command.does(clock)}."


def _numbered(step: Understood) -> str:
    return step.written if step.number is None else f"{step.written} ({step.number})"


def _way_on(orders: Orders, asking: str) -> tuple[str, ...]:
    again = f"Please write it again with the right words; {asking} sends you all of them."
    if not orders.as_text:
        return (again,)
    begins = next(shown(line) for _, line in lines(orders.as_text))
    return (
        again,
        f'Is it text? Answer "send": the words from "{begins}" on go to the customer, and no command is done or sent.',
    )


def help_lines() -> tuple[str, ...]:
    """Return one line for each command: how it is written, and what it does."""
    widest = max(len(kind.example) for kind in COMMANDS.values())
    return tuple(f"{kind.example:<{widest}}  {kind.summary}" for kind in COMMANDS.values())
