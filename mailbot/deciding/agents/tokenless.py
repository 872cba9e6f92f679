"""Orders of one of us by the numbers of a list that no valid token names: it is too old, or his mail bears none.

From is proven, so he is asked first, at his registered address. Without a token the numbers are those of the weekly
mail that he got last.
"""

from __future__ import annotations

from dataclasses import replace

from mailbot.deciding.agents.bearing import tokens_expired
from mailbot.deciding.agents.commands import OF_THE_WEEK, Moment, parse_message, parse_numbered
from mailbot.deciding.agents.listing import judged
from mailbot.deciding.agents.newwords import new_words
from mailbot.deciding.agents.readers import one_of_us, reader_of
from mailbot.deciding.agents.team import agent_of
from mailbot.deciding.effects import Decision
from mailbot.deciding.listed import Listing
from mailbot.deciding.settling.thanks import without_courtesies
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Purpose
from mailbot.reading.model import Verdict


def without_token(at: Situation) -> Decision | None:
    """Return the decision on what one of us orders by the numbers of a list that no valid token names, None for else.

    From is proven, so he is asked at his registered address. Words that are no orders are an ordinary mail.
    """
    proven = at.sender.verdict is Verdict.PASS or at.arrival.confirmed_by
    if at.by_machine or at.arrival.history or at.arrival.silent or not proven or at.join().ticket is not None:
        return None
    return _with_expired(at) or _with_none(at)


def _with_expired(at: Situation) -> Decision | None:
    for purpose, kind in ((Purpose.DIGEST, "weekly mail"), (Purpose.LIST, "list")):
        writer = one_of_us(at.sender.address, at.rules) if purpose is Purpose.DIGEST else None
        writer = writer or agent_of(at.sender.address, at.rules)
        named = {one.claim.ticket for one in tokens_expired(at, purpose) if one.agent == writer}
        listing = next((one for one in at.context.listings if one.id in named), None)
        if writer and listing and len(named) == 1:
            return judged(at, writer, writer, listing, f"the {kind} that it answers is too old to act by it alone")
    return None


def _with_none(at: Situation) -> Decision | None:
    reader = reader_of(at.sender.address, at.rules)
    last = None if at.clues.listings else next((one for one in at.context.listings if one.is_of_the_week), None)
    if reader is None or last is None or at.urgent:
        return None
    text = without_courtesies(at.message, new_words(at.message, at.rules)).strip()
    first, moment = text.partition("\n")[0], Moment.of(reader, at.rules, at.now)
    said = {word.lstrip("#") for word in first.casefold().split()[:2]}
    named = not said.isdisjoint(OF_THE_WEEK) and any(word[:1].isdigit() for word in said)
    read = parse_numbered(first, last.tickets, moment, OF_THE_WEEK).understood
    if not named and (not read or _is_of_any_mail(at, text, last, moment)):
        return None
    day = at.clock.day(last.at.astimezone(at.clock.zone).date())
    return judged(at, reader, reader, last, f"it answers no weekly mail, and its numbers are taken for those of {day}")


def _is_of_any_mail(at: Situation, text: str, last: Listing, moment: Moment) -> bool:
    """Return whether an agent wrote commands that stand in any mail of his, and none of a number."""
    if agent_of(at.sender.address, at.rules) is None:
        return False
    commands = parse_message(replace(at.message, reply_text=text), moment).commands
    numbered = parse_numbered(text, last.tickets, moment, OF_THE_WEEK).understood
    return bool(commands) and all(step.number is None for step in numbered)
