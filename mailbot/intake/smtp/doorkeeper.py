"""Who may come in, and how much each may bring: one client, or many slow ones, keep nobody else out.

All clients but the `trusted_relays` are bounded one by one: in sessions, and in messages a minute.
When every place is taken, the session in which nothing has happened for longest gives up its place:
to a trusted relay at once, to others when it has been still for `_STILL_SECONDS`. No honest client
is that slow between two commands, and its mail comes again. A session whose message is being stored
is never ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from mailbot import rules
from mailbot.intake.border import Visitor

_STILL_SECONDS = 5.0
_MINUTE_SECONDS = 60.0


class Guest(Protocol):
    """A session, as the doorkeeper sees it."""

    visitor: Visitor
    active_at: float
    """When the client last got something done, by the event loop's clock."""

    @property
    def is_storing(self) -> bool:
        """Whether a whole message of its is on its way to the disk."""

    def send_away(self) -> None:
        """Say that there is no place, and end."""

    def close_unless_storing(self) -> None:
        """Say that the service is closing, and end; not while a message is being stored."""


class Doorkeeper:
    """The sessions that are open. For one event loop; not for threads."""

    def __init__(self, listen: rules.Listener, now: Callable[[], float]) -> None:
        """Keep to these limits; `now` gives seconds, by the event loop's clock."""
        self.listen = listen
        self._now = now
        self._guests: set[Guest] = set()
        self._sessions: Counter[str] = Counter()
        self._messages: Counter[str] = Counter()
        self._minute = 0.0

    @property
    def guests(self) -> tuple[Guest, ...]:
        """The sessions that are open."""
        return tuple(self._guests)

    def has_place_for(self, visitor: Visitor) -> bool:
        """Return whether another session of that client may begin; another one may have to end for it."""
        limit = self.listen.max_sessions_per_client
        if not visitor.is_trusted and limit and self._sessions[visitor.name] >= limit:
            return False
        return len(self._guests) < self.listen.max_sessions or self._free_a_place(visitor)

    def enter(self, guest: Guest) -> None:
        """Count a session."""
        self._guests.add(guest)
        self._sessions[guest.visitor.name] += 1

    def leave(self, guest: Guest) -> None:
        """Count a session no longer; one that left before has done so."""
        if guest not in self._guests:
            return
        self._guests.remove(guest)
        self._sessions[guest.visitor.name] -= 1
        if not self._sessions[guest.visitor.name]:
            del self._sessions[guest.visitor.name]

    def may_send(self, visitor: Visitor) -> bool:
        """Count another message of that client; return whether it is within its limit."""
        limit = self.listen.max_messages_a_minute
        if visitor.is_trusted or not limit:
            return True
        if self._now() - self._minute >= _MINUTE_SECONDS:
            self._minute = self._now()
            self._messages.clear()
        self._messages[visitor.name] += 1
        return self._messages[visitor.name] <= limit

    def _free_a_place(self, visitor: Visitor) -> bool:
        still = 0.0 if visitor.is_trusted else _STILL_SECONDS
        latest = self._now() - still
        idle = [
            guest
            for guest in self._guests
            if guest.active_at <= latest and not guest.is_storing and not guest.visitor.is_trusted
        ]
        if not idle:
            return False
        longest = min(idle, key=lambda guest: guest.active_at)
        longest.send_away()
        self.leave(longest)
        return True
