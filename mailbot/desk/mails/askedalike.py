"""What several customers asked alike, which of it articles answer, and drafts of those that are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.config import ARTICLES_FOLDER, starters
from mailbot.deciding.articles.matching import answering
from mailbot.deciding.classify import Classification
from mailbot.deciding.sayable import Sayable
from mailbot.figures.drafting import Draft, draft
from mailbot.figures.questions import Asked, Repeat, repeats
from mailbot.figures.weeks import Week
from mailbot.reading.model import Message
from mailbot.render import Templates, digests, drafts
from mailbot.render.rows import Finding
from mailbot.rules import Article, Rules, Severity
from mailbot.store.asked import asked

_MOST_REPEATS = 5
_MOST_LINES = 7
# Starters are judged as if customers could read them already.
_ANYWHERE = "https://starter.invalid/"
_UNFINISHED = "{file} is a draft still: finish it, and take out its line with draft."
_NOWHERE = "{file} can be read nowhere until [site] in rules.toml has an address."


@dataclass(frozen=True, slots=True)
class AskedAlike:
    """What was asked in a span of time, and what of it was asked alike, first what most tenants asked."""

    questions: tuple[Asked, ...]
    repeats: tuple[Repeat, ...]

    @property
    def wanted(self) -> tuple[Repeat, ...]:
        """What no article answers yet, and one would."""
        return tuple(one for one in self.repeats if one.wants_an_article)


def asked_alike(conn: Connection, partner: str, rules: Rules, since: datetime, until: datetime) -> AskedAlike:
    """Return what customers of several tenants asked alike from `since` on, before `until`."""
    questions = asked(conn, partner, since, until)
    return AskedAlike(questions, repeats(questions, _names(rules), lambda one: bool(_answers(one, rules))))


def starter_of(repeat: Repeat, rules: Rules, language: str) -> Article | None:
    """Return the shipped article that answers more than half of what was asked, in that language, None for none."""
    ready = rules.with_articles(tuple(one.model_copy(update={"link": _ANYWHERE}) for one in starters()))
    found = [answers[0].name for one in repeat.asked if (answers := _answers(one, ready))]
    [(name, number)] = Counter(found).most_common(1) or [("", 0)]
    if 2 * number <= len(repeat.asked):
        return None
    return next((one for one in starters() if (one.name, one.language) == (name, language)), None)


def drafted(alike: AskedAlike, rules: Rules) -> Iterator[tuple[Repeat, Draft]]:
    """Yield what is wanted, each with the draft of an article; no two drafts have one key."""
    people, addresses = ({getattr(one, name) for one in alike.questions} for name in ("requester_name", "requester"))
    sayable = Sayable.of(rules, people, addresses)
    yield from zip(alike.wanted, _told_apart(_drafts(alike.wanted, sayable, rules)), strict=True)


def finding_of(alike: AskedAlike, rules: Rules, templates: Templates, week: Week) -> Finding | None:
    """Return the finding of that week: the first question that no article answers, with a draft; None for none."""
    first = next(drafted(alike, rules), None)
    if first is None:
        return None
    repeat, made = first
    said, language = digests.repeat(repeat), made.language
    starter = starter_of(repeat, rules, language)
    if there := _there(starter.name if starter else made.key, rules, language):
        waits = _UNFINISHED if there.draft else _NOWHERE
        return Finding(said, there.title, (), "", language, waits=waits.format(file=f"{ARTICLES_FOLDER}/{there.id}.md"))
    if starter:
        command = f"mailbot articles start {starter.name}"
        return Finding(said, starter.title, _beginning(starter.text), command, language, ready=True)
    wording = templates.wording(language, rules.partner.country, rules.partner.zone)
    text = tuple(drafts.text(made, wording).split("\n"))
    return Finding(
        said, drafts.title(made, wording), text, f"mailbot articles draft {made.key} --week {week}", language
    )


def _there(name: str, rules: Rules, language: str) -> Article | None:
    """Return the article of that name that answers nobody yet: a draft, or one that is read nowhere."""
    named = [one for one in rules.articles if one.name == name and (one.draft or not rules.article_url(one))]
    return next((one for one in named if one.language == language), next(iter(named), None))


def besides(alike: AskedAlike) -> tuple[str, ...]:
    """Return what else was asked alike, or told alike of trouble, as lines."""
    first = next(iter(alike.wanted), None)
    others = (one for one in alike.repeats if one is not first)
    return tuple(digests.repeat(one) for one, _ in zip(others, range(_MOST_REPEATS), strict=False))


def _beginning(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    return (*lines[:_MOST_LINES], "…") if len(lines) > _MOST_LINES + 1 else tuple(lines)


def _answers(one: Asked, rules: Rules) -> Sequence[Article]:
    message = Message(subject=one.subject, text=one.text, reply_text=one.text)
    language = rules.locale(rules.tenant_by_id(one.tenant)).language
    return answering(message, Classification(Severity.NORMAL, one.playbook), rules, language)


def _drafts(wanted: Iterable[Repeat], sayable: Sayable, rules: Rules) -> Iterator[Draft]:
    for repeat in wanted:
        yield draft(repeat, sayable, _names(rules), rules.partner.language)


def _told_apart(made: Iterable[Draft]) -> Iterator[Draft]:
    times: Counter[str] = Counter()
    for one in made:
        times[one.key] += 1
        yield one if times[one.key] == 1 else one.numbered(times[one.key])


def _names(rules: Rules) -> dict[str, str]:
    return {tenant.id: tenant.name for tenant in rules.tenant}
