"""New mail about an incident that lasts: it is taken into it, its sender hears that we know, and nobody is woken.

It is held against what customers wrote who are in it, and against the incident's title, by the same likeness as the
radar's: the same common issue alone is not enough, and words alone are not where issues are told apart. What nothing
proves is taken into none: whoever writes in a customer's name could quiet an outage of hers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mailbot.deciding.articles.offered import NOTHING
from mailbot.deciding.effects import (
    Answer,
    Consequence,
    Decision,
    EntryKind,
    NoticeKind,
    Notify,
    OpenTicket,
    PassOn,
    Reason,
)
from mailbot.deciding.incidents.forgotten import FORGOTTEN_AFTER
from mailbot.deciding.incidents.incident import OpenIncident
from mailbot.deciding.likeness import ALIKE, Gist, alike, gist
from mailbot.deciding.situation import Situation
from mailbot.reading.model import Verdict

_RECEIPT = Reason("answer.acknowledgement", "a new ticket in opening hours: that we know of it, and since when")


def in_an_incident(at: Situation, decided: Decision) -> Decision:
    """Return the decision; of a new ticket that is about an incident which lasts, that it is, and what follows."""
    place = decided.place
    if not isinstance(place, OpenTicket) or place.kind is not EntryKind.CUSTOMER or at.arrival.history:
        return decided
    found = _about(at) if at.context.incidents and _is_proven(at) else None
    if found is None:
        return decided
    incident = found.incident
    text = f"It is about incident {incident.number}, which lasts."
    reason = Reason("incident.known", f"it tells of the same as incident {incident.number}: taken into it")
    former = (_RECEIPT if one.code == _RECEIPT.code else one for one in decided.reasons)
    done = tuple(_follows(decided, found, text))
    return replace(
        decided,
        place=replace(place, incident=incident.number),
        consequences=done,
        reasons=(*(one for one in former if not one.code.startswith("offer.")), reason),
    )


def _is_proven(at: Situation) -> bool:
    return at.sender.verdict is Verdict.PASS or (at.sender.verdict is Verdict.NONE and at.sender.known)


def _follows(decided: Decision, found: OpenIncident, text: str) -> Iterator[Consequence]:
    """Yield what follows: an answer that says since when we know of it, and no alarm."""
    for effect in decided.consequences:
        match effect:
            case Answer():
                yield replace(effect, known=found.incident, offer=NOTHING)
            case Notify(kind=NoticeKind.NEW_TICKET):
                yield replace(effect, urgent=False, text=text)
            case PassOn():
                yield replace(effect, urgent=False)
            case _:
                yield effect


def _about(at: Situation) -> OpenIncident | None:
    message = at.message
    # It may have been forgotten, and what is like it be another outage.
    lasting = (one for one in at.context.incidents if at.now - one.incident.spoken_of_at <= FORGOTTEN_AFTER)
    return about(gist(message.subject, message.reply_text, at.classified.playbook), lasting)


def about(own: Gist, lasting: Iterable[OpenIncident]) -> OpenIncident | None:
    """Return the incident that a text is about, the likest of several, None for none.

    A question, and what is wrong with one phone alone, is about none.
    """
    if not own.ails or own.local:
        return None
    near = [(_nearness(own, one), one) for one in lasting]
    best, found = max(near, key=lambda one: one[0], default=(0.0, None))
    return found if best else None


def _nearness(own: Gist, lasting: OpenIncident) -> float:
    """Return how near a text is to an incident: 0 unless it is alike to most of what is known of that."""
    said = [gist(one.subject, one.text, one.playbook) for one in lasting.told]
    incident = lasting.incident
    words = " ".join(filter(None, (incident.title, *(one.text for one in incident.updates[:1]))))
    title = gist(incident.title, words, incident.playbook)
    known = [*said, *((title,) if title.ails or not said else ())]
    near = [alike(own, one) for one in known]
    alike_ones = sum(one >= ALIKE for one in near)
    return sum(near) / len(near) if 2 * alike_ones > len(near) else 0.0
