"""The links of the weekly mail: each begins the reply that acts."""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.taps import Tap, begun
from mailbot.reading.model import Mailbox
from mailbot.render.facts import DigestFacts
from mailbot.render.rows import Line, Need


def tappable(facts: DigestFacts, to: Mailbox | None, us: str, token: str) -> DigestFacts:
    """Return the facts with links that begin a reply which bears the token: to that address, else to `us`."""

    def led(one: Tap) -> Tap:
        return replace(one, href=begun(to, us, token, f"Re: {facts.subject}", one.begins))

    def lines(some: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(one, taps=tuple(map(led, one.taps))) for one in some)

    def needs(some: tuple[Need, ...]) -> tuple[Need, ...]:
        return tuple(replace(one, taps=tuple(map(led, one.taps))) for one in some)

    return replace(
        facts,
        token=token,
        needs=needs(facts.needs),
        senders=needs(facts.senders),
        waiting=lines(facts.waiting),
        tickets=lines(facts.tickets),
        late=lines(facts.late),
        oldest=lines(facts.oldest),
    )
