"""What goes to many is sent as it was shown, to whom it was shown, or not at all.

What an agent was shown of an incident is noted with his mail that waits, and by the command line with its question: the
incident by its number, how often it was spoken of, which tickets come to it, and what would be said. Time passes before
he says yes, and others of us act meanwhile: then he is told, and writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from mailbot.deciding.agents.team import author_in_words
from mailbot.deciding.incidents import Incident
from mailbot.deciding.incidents.cautions import cautions
from mailbot.desk.acts.requests import Work
from mailbot.desk.mails.incidentmails import News, Reader, as_read, languages
from mailbot.desk.refusing import RefusedError, Shown, UnconfirmedError
from mailbot.render.notices import cut_short
from mailbot.store import said
from mailbot.store.columns import AnyRow

_LONGEST_SAID = 100
_NOT_SHOWN = "it is not what you were shown; write it again, and you see first what goes to whom"


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told, to whom, by which tickets; `left` says which tickets have nobody who is told, and why."""

    news: News
    told: tuple[Reader, ...]
    left: tuple[str, ...] = ()
    attached: tuple[AnyRow, ...] = ()
    untold: tuple[AnyRow, ...] = ()


def require_same_step(work: Work) -> None:
    """Raise RefusedError where whoever said yes was shown another step, or nothing was noted of it."""
    if work.shown is not None and work.shown.get("step") != work.word("step"):
        raise RefusedError(_NOT_SHOWN)


def as_shown(work: Work, shown: Shown, current: Mapping[int, Incident]) -> Incident:
    """Return which of the current incidents whoever said yes was shown.

    Raise RefusedError where it is over, or something was said of it since.
    """
    found = current.get(shown["incident"])
    if found is None:
        raise RefusedError(
            f"incident {shown['incident']}, which you were shown, is over; #incident open begins a new one"
        )
    if len(found.updates) > shown["said"]:
        last = found.updates[-1]
        who = author_in_words(last.author, work.desk.rules) or "somebody"
        told = f"since you were shown it, {who} told all: “{cut_short(last.text, _LONGEST_SAID)}”"
        raise RefusedError(f"{told}; write yours anew if it still holds")
    return found


def require_shown(work: Work, telling: Telling, about: str, would: str, found: Incident | None = None) -> None:
    """Raise UnconfirmedError unless whoever asks has seen what goes to whom: the text, and who reads it by name.

    It is for an incident that was found, None for one that is to be opened. RefusedError where he saw other words.
    """
    news, rules = telling.news, work.desk.rules
    words = sha256(repr((news.title, news.words)).encode()).hexdigest()
    if work.was_shown:
        if work.shown is not None and work.shown["words"] != words:
            raise RefusedError(_NOT_SHOWN)
        return
    rows = [*telling.attached, *telling.untold, *(row for one in telling.told for row in one.rows)]
    written = said.by_customers(work.conn, {row.id for row in rows})
    wrong = cautions(f"{news.title}\n{news.words}", {row.requester_name for row in rows} - {""}, rules, written)
    why = f"{would}. Look again: {'; '.join(wrong)}" if wrong else would
    names = zip(telling.told, languages(rules, telling.told), strict=True)
    told = [f"{one.named} is told, in {language}" for one, language in names]
    label = "This is what they read" if telling.told else "This is what whoever comes to it reads"
    shown = {
        "step": work.word("step"),
        "incident": found.number if found else None,
        "said": len(found.updates) if found else 0,
        "tickets": [row.id for row in telling.attached],
        "playbook": news.playbook,
        "since": news.since.isoformat(),
        "words": words,
    }
    if work.shown_before and work.shown_before != shown:
        # A word in answer to the question of before would be a yes to this one.
        raise RefusedError(_NOT_SHOWN)
    shows = (label, as_read(work.desk, telling.told, news, work.now))
    raise UnconfirmedError(why, shows, (*told, *telling.left), about=about, shown=shown)
