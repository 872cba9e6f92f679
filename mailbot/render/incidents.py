"""What templates may speak of in a mail to one of the many customers whom an incident concerns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

Said = Literal["known", "update", "resolve"]
"""What is said of an incident: that we know of it, what is new, that it is over."""


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """The facts of what one of us tells one customer of an incident; its instants are whole minutes.

    `what` says in one line what is wrong, in the reader's language or ours. `words` are ours, "" for none; nothing of
    them was written by any customer. `subject` is that of the reader's own conversation, "" for one of the kind. We
    know of it `since` an instant. The ticket `closes_on` a day where the reader is silent, None for not by itself.
    `promised_at` is always None: the other fields are as in `AnswerFacts`.
    """

    now: datetime
    brand: str
    reference: str
    kind: Said
    what: str
    since: datetime
    words: str = ""
    subject: str = ""
    signature: str = ""
    website: str = ""
    status_page: str = ""
    country: str = "US"
    name_zone: bool = False
    closes_on: datetime | None = None
    promised_at: datetime | None = None


def samples(now: datetime = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)) -> tuple[IncidentFacts, ...]:
    """Return facts that between them walk the branches of the template."""
    known = IncidentFacts(now, "Sample", "1042", "known", "Calls to mobile phones fail", now)
    whole = replace(
        known,
        words="The first line.\n\nThe second line.",
        subject="Re: Sample subject",
        website="https://sample.example",
        status_page="https://status.sample.example",
        closes_on=now,
        name_zone=True,
    )
    return (
        known,
        *(replace(whole, kind=kind) for kind in ("known", "update", "resolve")),
        replace(known, kind="resolve"),
    )
