"""Real texts of strangers as a desk's mail: how often the radar and the incidents take what is two for one.

`make radar CORPUS=DIR` plays the support texts of a folder of real messages, and other letters of people there, as the
mail of a desk. Nothing of the likeness was tuned on them. `troubles.toml` says by their ids which texts tell of one
trouble. Beside them there are outages in our own words: those of `outages.toml` were written without a look at anything
else and looked at afterwards, as was what kept two of the ten of `later.toml` from being told of.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

from mailbot.deciding.classify import Classification, classify
from mailbot.deciding.incidents import Incident, OpenIncident, Told
from mailbot.deciding.incidents.matching import about
from mailbot.deciding.likeness import Gist, gist
from mailbot.deciding.radar import Burst, Sighting, burst
from mailbot.reading.message import read
from mailbot.reading.model import Message
from mailbot.reading.quotation import quoting
from tests.year.radar import TENANTS, WITHIN, raised_of, rules

_HERE = Path(__file__).parent
_EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
_HOURS = 10
_FEWEST_WORDS = 5
_BESIDE = 7
_ASKED = 60

Texts = Mapping[str, Gist]
"""What counts of each text, by its id."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How large a desk is on which they are played: its tenants, and how many mails come on a day of ten hours."""

    tenants: int
    a_day: int


DESKS = (Desk(20, 4), Desk(20, 40), Desk(80, 16), Desk(80, 160))
"""What 20 and 80 tenants write on a day, and ten times that."""


@dataclass(frozen=True, slots=True)
class Score:
    """How often something was tried, and how often it came about."""

    of: int
    times: int

    @classmethod
    def sum(cls, scores: Iterable[Score]) -> Score:
        """Return the score of several."""
        each = list(scores)
        return cls(sum(one.of for one in each), sum(one.times for one in each))


def read_gist(subject: str, text: str) -> Gist:
    """Return what counts of a message, as the radar sees it: without what it quotes."""
    reply = quoting.split(text.strip()).reply
    found = _classified(subject, reply)
    return gist(subject, reply, found.playbook, rules=[each.rule for each in found.evidence])


def support_texts(corpus: Path) -> Texts:
    """Return the real support texts of a corpus; none where it has none."""
    return {id_: read_gist(*mail) for id_, mail in _support_mails(corpus).items()}


def _support_mails(corpus: Path) -> Mapping[str, tuple[str, str]]:
    file = corpus / "support_texts.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {one["id"].removeprefix("dev-"): (one["subject"], one["body"]) for one in map(json.loads, lines)}


def letters(corpus: Path) -> Texts:
    """Return what people wrote in the real messages of a corpus, on whichever matters, each once; no patches."""
    file = corpus / "manifest.jsonl"
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines() if file.exists() else [])
    found: dict[str, tuple[str, str]] = {}
    for path in (one["path"] for one in rows if _is_a_letter(one)):
        message = read((corpus / path).read_bytes())
        if len(message.reply_text.split()) >= _FEWEST_WORDS:
            found.setdefault(message.reply_text.strip(), (path, message.subject))
    return {path: read_gist(subject, text) for text, (path, subject) in found.items()}


def _is_a_letter(row: Mapping[str, str]) -> bool:
    is_talk = row["kind"] == "human" or (row["kind"] == "list" and row["source"] == "spamassassin-public-corpus")
    return is_talk and row["format"] == "rfc822"


@cache
def troubles(kind: str) -> Mapping[str, frozenset[str]]:
    """Return the ids of the texts that are of one trouble: "outage", or of one matter: "kin"."""
    found = tomllib.loads((_HERE / "troubles.toml").read_text(encoding="utf-8"))[kind]
    return {name: frozenset(ids) for name, ids in found.items()}


def is_one_trouble(ids: Iterable[str]) -> bool:
    """Return whether most of these are of one trouble, or of one matter."""
    told = list(ids)
    groups = [*troubles("outage").values(), *troubles("kin").values()]
    return any(2 * sum(one in group for one in told) > len(told) for group in groups)


def played(texts: Texts, desk: Desk, days: int, seed: int) -> list[tuple[str, ...]]:
    """Return what the radar tells of, by ids, where texts are drawn as a desk's mail, none twice before all were."""
    number = days * desk.a_day
    chance = random.Random(seed)
    drawn: list[str] = []
    while len(drawn) < number:
        drawn += chance.sample(sorted(texts), len(texts))
    seen: list[Sighting] = []
    for day in (_EIGHT + timedelta(days=each) for each in range(days)):
        for at in sorted(day + timedelta(hours=_HOURS * chance.random()) for _ in range(desk.a_day)):
            tenant = f"t{chance.randrange(desk.tenants)}"
            seen.append(Sighting(len(seen), tenant, at, texts[drawn[len(seen)]]))
    return [tuple(drawn[one.ticket] for one in told.seen) for told in raised_of(seen)]


def told_at_once(gists: Iterable[Gist]) -> Burst | None:
    """Return what the radar tells of where each of these comes from another tenant, half a minute apart."""
    seen = [
        Sighting(number, f"t{number}", _EIGHT + timedelta(seconds=30 * number), each)
        for number, each in enumerate(gists)
    ]
    return burst(seen, TENANTS, WITHIN)


def wrongly_told(texts: Texts, many: int, times: int, seed: int) -> Score:
    """Return how often the radar tells of what is not one trouble where so many texts come at once, with no past."""
    chance, ids, wrong = random.Random(seed), sorted(texts), 0
    for _ in range(times):
        drawn = chance.sample(ids, many)
        found = told_at_once(texts[each] for each in drawn)
        wrong += found is not None and not is_one_trouble(drawn[one.ticket] for one in found.seen)
    return Score(times, wrong)


def recalled(texts: Texts, planted: int, seed: int) -> Mapping[str, Score]:
    """Return by trouble how often the radar tells of one when so many of its texts come among others."""
    chance, found = random.Random(seed), {}
    for name, group in troubles("outage").items():
        others = sorted(texts.keys() - group)
        some = list(combinations(sorted(group & texts.keys()), planted))
        asked = chance.sample(some, min(_ASKED, len(some)))
        times = 0
        for one in asked:
            drawn = [*one, *chance.sample(others, _BESIDE)]
            told = told_at_once(texts[each] for each in drawn)
            times += told is not None and 2 * sum(drawn[each.ticket] in one for each in told.seen) > len(told.seen)
        if asked:
            found[name] = Score(len(asked), times)
    return found


@cache
def outages(name: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the outages of a file beside this one: subjects and texts, by what one of us would call them."""
    found = tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))["outage"]
    return {one["title"]: [tuple(mail) for mail in one["mails"]] for one in found}


def told_outages(name: str) -> list[str]:
    """Return of the outages of a file those that the radar tells of."""
    return [title for title, mails in outages(name).items() if told_at_once(read_gist(*each) for each in mails)]


@dataclass(frozen=True, slots=True)
class Taken:
    """How many mails of incidents there were and were taken in; how many others, and which of them were, too."""

    own: int
    found: int
    others: int
    wrong: tuple[tuple[str, str], ...]


def taken_in(corpus: Path, opened_with: int) -> Taken:
    """Return how well new mail finds incidents of our titles that have so many mails in them, one lasting at a time.

    The others are the mails of all other outages, and the real texts of the corpus that tell of another matter.
    """
    own = found = others = 0
    wrong: list[tuple[str, str]] = []
    mailed = {
        (title, str(number)): mail for title, mails in outages("outages").items() for number, mail in enumerate(mails)
    }
    texts = {**{("", id_): mail for id_, mail in _support_mails(corpus).items()}, **mailed}
    seen = {key: _as_matched(*mail) for key, mail in texts.items()}
    for title, mails in outages("outages").items():
        incident = [_lasting(title, mails[:opened_with])]
        taken = [key for key, each in seen.items() if about(each, incident) is not None]
        own += len(mails) - opened_with
        found += sum(of == title and int(number) >= opened_with for of, number in taken)
        also = troubles("about").get(title, frozenset())
        others += sum(of != title and number not in also for of, number in seen)
        wrong += [(title, f"{of} {number}") for of, number in taken if of != title and number not in also]
    return Taken(own, found, others, tuple(wrong))


def _lasting(title: str, mails: Sequence[tuple[str, str]]) -> OpenIncident:
    told = tuple(Told(subject, text, _classified(subject, text).playbook) for subject, text in mails)
    return OpenIncident(Incident(1, title, None, _EIGHT), told)


def _as_matched(subject: str, text: str) -> Gist:
    return gist(subject, text, _classified(subject, text).playbook)


def _classified(subject: str, text: str) -> Classification:
    return classify(Message(subject=subject, reply_text=text), rules())
