"""The links of the weekly mail: each begins the reply that acts."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from mailbot.deciding.agents.taps import Tap, begun
from mailbot.reading.model import Mailbox
from mailbot.render.facts import DigestFacts
from mailbot.render.rows import Line, Need

_Tapped = TypeVar("_Tapped", Line, Need)


def tappable(facts: DigestFacts, to: Mailbox | None, us: str, token: str) -> DigestFacts:
    """Return the facts with links that begin a reply which bears the token: to that address, else to `us`."""

    def led(one: Tap) -> Tap:
        return replace(one, href=begun(to, us, token, f"Re: {facts.subject}", one.begins))

    def each(some: tuple[_Tapped, ...]) -> tuple[_Tapped, ...]:
        return tuple(replace(one, taps=tuple(map(led, one.taps))) for one in some)

    return replace(
        facts,
        token=token,
        needs=each(facts.needs),
        senders=each(facts.senders),
        waiting=each(facts.waiting),
        tickets=each(facts.tickets),
        late=each(facts.late),
        oldest=each(facts.oldest),
        said=each(facts.said),
    )
