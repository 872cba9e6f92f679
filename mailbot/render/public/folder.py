"""The whole of the public pages: every file of the site by its name, made of the rules, the articles and the incidents.

Each language has a folder. The status page is there in all of them, the help pages in those that articles are written
in. A page names the others relative to itself, so that the folder works under any address, and from a disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from mailbot.deciding.incidents import Incident
from mailbot.render import LANGUAGES, Templates, matters, web_page
from mailbot.render.public import feeds, searching
from mailbot.render.public.facts import (
    AnyPublicFacts,
    ArticleFacts,
    Entry,
    HelpFacts,
    MissingFacts,
    MonthFacts,
    Place,
    StatusFacts,
    Topic,
)
from mailbot.render.public.status import history, neighbours
from mailbot.render.public.text import Body, anchor, body
from mailbot.rules import Rules
from mailbot.rules.articles import Article, parted_id
from mailbot.rules.publishing import article_page, picture_file, status_page
from mailbot.rules.same import Same

# Each month that is over stays as it is.
_page_of_month = lru_cache(maxsize=1_000)(web_page)
_SCRIPT, _SCRIPT_TEMPLATE = "search.js", "site-search.js"


@dataclass(frozen=True, slots=True)
class Files:
    """The octets of each file by its name, and why templates of the operator's were not used, each once.

    `pictures` are files beside the articles that belong to the site as well, each by its name there.
    """

    octets: Mapping[str, bytes]
    problems: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


def files(templates: Templates, rules: Rules, incidents: Iterable[Incident], now: datetime) -> Files:
    """Return the whole site as it is at `now`; of the same templates and rules the help pages are made once."""
    helped, site = _help_of(templates, Same(rules)), _Site(templates, rules)
    site.write_status(tuple(incidents), now)
    texts = {**site.texts, **helped.texts}
    if root := rules.site.address:
        texts["sitemap.xml"] = feeds.sitemap([*site.places, *helped.places])
        texts["robots.txt"] = feeds.robots(f"{root}/sitemap.xml")
    octets = {name: text.encode() for name, text in sorted(texts.items())}
    return Files(octets, tuple(site.problems | helped.problems), tuple(sorted(helped.pictures)))


@lru_cache(maxsize=1)
def _help_of(templates: Templates, rules: Same[Rules]) -> _Site:
    """Return what no incident changes: of many articles it takes seconds."""
    site = _Site(templates, rules.object)
    site.write_help()
    site.write_missing()
    return site


class _Site:
    """Files of one site, as they are written one after another; `places` are those that search engines are told of."""

    def __init__(self, templates: Templates, rules: Rules) -> None:
        self.texts: dict[str, str] = {}
        self.problems: dict[str, None] = {}
        self.pictures: set[str] = set()
        self.places: list[Place] = []
        self._templates = templates
        self._rules = rules
        self._root = rules.site.address
        self._usual: str = rules.partner.language
        self._articles = {language: _listed(rules.articles, language) for language in LANGUAGES}
        self._articles = {language: found for language, found in self._articles.items() if found}
        self._pages: dict[str, dict[str, str]] = {}
        for language, articles in self._articles.items():
            for one in articles:
                if one.text:
                    self._pages.setdefault(one.name.casefold(), {})[language] = article_page(language, one.name)
        partner = rules.partner
        self._own: dict[str, Any] = {
            "brand": partner.brand,
            "address": partner.address,
            "website": partner.website,
            "phone": partner.phone,
            "emergency_number": partner.emergency_number,
            "country": partner.country,
        }

    def write_status(self, incidents: tuple[Incident, ...], now: datetime) -> None:
        """Write the status page as it is at `now`, the pages of months and the feed in every language."""
        zone = self._rules.partner.zone
        for language in LANGUAGES:
            titled = tuple(replace(one, title=self._title(one.title, language)) for one in incidents)
            found = history(titled, language, self._usual, zone, now)
            pages = {one: status_page(one) for one in LANGUAGES}
            place = self._listed_place(status_page(language), language, pages)
            facts = StatusFacts(
                **self._own, place=place, lasting=found.lasting, months=found.months, earlier=found.earlier
            )
            self._write("site-status", facts, language)
            if language == self._usual and not self._articles:
                self._write("site-status", replace(facts, place=replace(place, page="index.html")), language)
            for month in found.all:
                pages = {one: month.page.replace(language, one, 1) for one in LANGUAGES}
                before, after = neighbours(found.all, month)
                place_of_month = self._place(month.page, language, pages)
                self._write(
                    "site-month",
                    MonthFacts(**self._own, place=place_of_month, month=month, before=before, after=after),
                    language,
                )
            if place.feed:
                wording = self._templates.wording(language, self._rules.partner.country, zone)
                troubles = [one for month in found.all for one in month.troubles]
                # Without an incident it is as old as the month.
                since = datetime.combine(found.months[0].first, datetime.min.time(), zone).astimezone(UTC)
                self.texts[place.feed] = feeds.feed(self._rules.partner.brand, place, troubles, wording, since)

    def _title(self, written: str, language: str) -> str:
        """Return the title of an incident in that language where it is a phrase of ours, else as it is written."""
        country, zone = self._rules.partner.country, self._rules.partner.zone
        ours, theirs = (self._templates.wording(one, country, zone) for one in (self._usual, language))
        return matters.in_words_of(theirs, written, ours)

    def write_help(self) -> None:
        """Write the articles, their lists and what the search knows, in the languages that there are."""
        for language, articles in self._articles.items():
            bodies = {one.id: self._body(one) for one in articles}
            entries = {one.id: _entry(one, bodies[one.id]) for one in articles}
            topics = _topics(articles, entries)
            pages = {one: _help_page(one) for one in self._articles}
            place = self._listed_place(_help_page(language), language, pages)
            place = replace(place, script=_SCRIPT, index=f"{language}/search-index.js")
            facts = HelpFacts(
                **self._own, place=place, topics=topics, data=_website(place, self._own["brand"], language)
            )
            self._write("site-help", facts, language)
            if language == self._help_language(self._usual):
                self._write("site-help", replace(facts, place=replace(place, page="index.html")), language)
            here = replace(place, page=place.index)
            rows = [
                (one, replace(entries[one.id], page=here.href(entries[one.id].page)), bodies[one.id].plain)
                for one in articles
            ]
            self.texts[place.index] = searching.index(rows)
            for topic, article in ((topic, one) for topic in topics for one in articles if one.topic == topic.name):
                if article.text:
                    self._write_article(article, topic, entries[article.id], bodies[article.id])
        if self._articles:
            self.texts[_SCRIPT] = self._templates.source(_SCRIPT_TEMPLATE)

    def _write_article(self, article: Article, topic: Topic, entry: Entry, text: Body) -> None:
        place = self._listed_place(entry.page, article.language, self._pages[article.name.casefold()])
        facts = ArticleFacts(
            **self._own,
            place=place,
            title=article.title,
            topic=topic,
            body=Markup(text.html),  # noqa: S704 - cleaned HTML of the operator's own text
            description=text.description,
            others=tuple(one for one in topic.entries if one != entry),
            data=_described(place, self._own["brand"], article, topic, text),
        )
        self._write("site-article", facts, article.language)

    def write_missing(self) -> None:
        """Write what stands in the place of a missing page."""
        self._write("site-missing", MissingFacts(**self._own, place=self._place("", self._usual, {})), self._usual)

    def _body(self, article: Article) -> Body:
        """Return the text of an article, with links to others as they are read from its page."""
        here = self._place(article_page(article.language, article.name), article.language, {})

        def address_of(named: str) -> str:
            wanted = {named.casefold(), parted_id(named)[0].casefold()}
            in_order = (article.language, *(one for one in self._articles if one != article.language))
            found = (
                one
                for language in in_order
                for one in self._articles.get(language, ())
                if wanted & {one.id.casefold(), one.name.casefold()}
            )
            other = next(found, None)
            return here.href(_page(other)) if other else ""

        made = body(article.text, address_of, lambda name: here.href(picture_file(name)))
        self.pictures.update(made.pictures)
        return made

    def _help_language(self, language: str) -> str:
        """Return the language of the help pages for who reads that one, "" where there are no articles."""
        return next((one for one in (language, self._usual, *self._articles) if one in self._articles), "")

    def _listed_place(self, page: str, language: str, pages: Mapping[str, str]) -> Place:
        """Return where a page is that search engines are told of."""
        place = self._place(page, language, pages)
        self.places.append(place)
        return place

    def _place(self, page: str, language: str, pages: Mapping[str, str]) -> Place:
        """Return where a page is; `pages` are its translations by language, itself among them."""
        helps = self._help_language(language)
        return Place(
            page=page,
            same_as=page,
            root=self._root,
            status=status_page(language),
            help=_help_page(helps) if helps else "",
            feed=f"{language}/status-feed.xml" if self._root else "",
            languages=tuple(pages.items()),
            usual=pages.get(self._usual, ""),
        )

    def _write(self, name: str, facts: AnyPublicFacts, language: str) -> None:
        page = _page_of_month if isinstance(facts, MonthFacts) else web_page
        made = page(self._templates, name, facts, language, self._rules.partner.zone)
        self.texts[facts.place.page or "404.html"] = made.html
        if made.problem:
            self.problems[made.problem] = None


def _listed(articles: Iterable[Article], language: str) -> tuple[Article, ...]:
    """Return the articles in that language that are for all to read, by title."""
    found = (one for one in articles if one.language == language and not one.draft)
    return tuple(sorted(found, key=lambda one: (searching.folded(one.title), one.id)))


def _topics(articles: Iterable[Article], entries: Mapping[str, Entry]) -> tuple[Topic, ...]:
    by_name: dict[str, list[Entry]] = {}
    for article in articles:
        by_name.setdefault(article.topic, []).append(entries[article.id])
    names = sorted(by_name, key=searching.folded)
    anchors = list(_each_once(f"topic-{anchor(name)}" for name in names))
    return tuple(Topic(name, place, tuple(by_name[name])) for name, place in zip(names, anchors, strict=True))


def _each_once(names: Iterable[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _entry(article: Article, text: Body) -> Entry:
    if article.link:
        host = urlsplit(article.link).hostname or ""
        return Entry(article.title, article.link, elsewhere=host.removeprefix("www."))
    return Entry(article.title, _page(article), description=text.description)


def _page(article: Article) -> str:
    return article.link or article_page(article.language, article.name)


def _help_page(language: str) -> str:
    return f"{language}/index.html"


def _website(place: Place, brand: str, language: str) -> dict[str, Any]:
    """Return what the help pages are, by the words of schema.org."""
    data: dict[str, Any] = {"@context": "https://schema.org", "@type": "WebSite", "name": brand, "inLanguage": language}
    if address := place.address(place.page):
        data["url"] = address
        data["potentialAction"] = {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{address}?q={{words}}"},
            "query-input": "required name=words",
        }
    return data


def _described(place: Place, brand: str, article: Article, topic: Topic, text: Body) -> dict[str, Any]:
    """Return what an article is and under which heading it stands, by the words of schema.org."""
    about: dict[str, Any] = {
        "@type": "TechArticle",
        "headline": article.title,
        "inLanguage": article.language,
        "publisher": {"@type": "Organization", "name": brand},
    }
    about |= {"description": text.description} if text.description else {}
    if not place.root:
        return {"@context": "https://schema.org", **about}
    about |= {"url": place.address(place.page)}
    trail = ((topic.name, f"{place.help}#{topic.anchor}"), (article.title, place.page))
    steps = [
        {"@type": "ListItem", "position": number, "name": name, "item": place.address(page)}
        for number, (name, page) in enumerate(trail, 1)
    ]
    return {
        "@context": "https://schema.org",
        "@graph": [about, {"@type": "BreadcrumbList", "itemListElement": steps}],
    }
