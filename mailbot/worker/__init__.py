"""Messages are read in a child process, so that a bad one takes nothing along but itself.

The child gets the rules once and then octets; it gives back what they say. It has no network, no
log, no keys, no way to open anything, a limit on memory, and for each message a limit on CPU
time (`confinement`). What it sends back is checked against the types that it must have, because
whoever takes over a parser must not reach further.

A child that dies is replaced, and the message it was at is named with the cause; those behind
it are read as if nothing had been. There are two slots. Nearly all mail takes milliseconds in the
`FAST` one; what is not done within its limit may take longer in the `SLOW` one while later mail
overtakes; what that cannot do either is kept apart (`desk.processor`).
"""

from __future__ import annotations

from mailbot.worker.parent import FAST, HERE, SLOW, Died, Limits, Reader, ReadingChild, ReadingChildFailed, Task

__all__ = ["FAST", "HERE", "SLOW", "Died", "Limits", "Reader", "ReadingChild", "ReadingChildFailed", "Task"]
