"""The site as a whole: which pages there are, that each leads where it says, and that nothing in it is another's."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from jinja2 import Template
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.deciding.incidents import Update, UpdateKind
from mailbot.render import LANGUAGES, Templates
from mailbot.render.public.feeds import ATOM, SITEMAP, XHTML
from mailbot.render.public.folder import files
from mailbot.rules import Partner, Rules, Site
from mailbot.rules import articles as rules_articles
from mailbot.rules.articles import Article
from tests.public.sample import ADDRESS, ARTICLES, INCIDENTS, LASTS, NOW, OVER, PARTNER, RULES, built, incident, page
from tests.test_render import HOSTILE, visible

MADE = built()
WELL = built(incidents=(OVER,))
PAGES = sorted(name for name in MADE.octets if name.endswith(".html"))
AT = {"a": ATOM, "s": SITEMAP, "x": XHTML}


def tree(name: str) -> LexborHTMLParser:
    return LexborHTMLParser(page(name, MADE))


def first(found: LexborHTMLParser, selector: str) -> LexborNode:
    node = found.css_first(selector)
    assert node is not None
    return node


def xml(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - made here


def links(name: str) -> list[str]:
    """Return where the links, scripts and feeds of a page lead."""
    nodes = tree(name).css("[href], [src], [data-index]")
    named = [(node.attributes.get(key) or "") for node in nodes for key in ("href", "src", "data-index")]
    return [one for one in named if one]


def test_these_are_its_files() -> None:
    months = ("2026-07", "2026-10", "2026-11")
    assert set(MADE.octets) == {
        *("index.html", "404.html", "robots.txt", "sitemap.xml", "search.js"),
        *(f"{language}/status.html" for language in LANGUAGES),
        *(f"{language}/status-feed.xml" for language in LANGUAGES),
        *(f"{language}/status/{month}.html" for language in LANGUAGES for month in months),
        *(f"{language}/{name}" for language in ("en", "de") for name in ("index.html", "search-index.js")),
        *(f"en/articles/{name}.html" for name in ("outgoing", "forwarding", "voicemail", "offline")),
        "de/articles/outgoing.html",
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_page_leads_only_to_pages_and_places_that_there_are(name: str) -> None:
    for link in links(name):
        whole = urljoin(f"{ADDRESS}/{name}", link)
        if not whole.startswith(f"{ADDRESS}/"):
            assert whole.startswith(("https://", "mailto:support@harborvoice.example", "tel:+1617555", "data:image"))
        elif (to := urlsplit(whole)).path != "/pad.png":
            there = to.path.removeprefix("/")
            assert there in MADE.octets
            assert not to.fragment or unquote(to.fragment) in {
                node.attributes["id"] for node in tree(there).css("[id]")
            }


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_title_one_heading_its_language_and_each_id_once(name: str) -> None:
    found = tree(name)
    ids = [node.attributes["id"] for node in found.css("[id]")]
    assert len(ids) == len(set(ids))
    assert len(found.css("title")) == len(found.css("h1")) == len(found.css("main")) == 1
    language = name.partition("/")[0] if "/" in name else "en"
    assert (first(found, "html").attributes["lang"]) == language
    assert "Harbor Voice" in first(found, "title").text()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_white_label_and_runs_nothing_but_the_search(name: str) -> None:
    html = page(name, MADE)
    assert not re.search(
        r"mailbot|jinja|python|platform|generator|\b[a-z]+=\"on[a-z]+|<style[^>]+src| on[a-z]+=", html.lower()
    )
    assert "javascript:" not in html
    scripts = {
        (node.attributes.get("type") or "", (node.attributes.get("src") or "").lstrip("./"))
        for node in tree(name).css("script")
    }
    data = ("application/ld+json", "")
    helps = name == "index.html" or name.endswith("/index.html")
    assert scripts == ({data, ("", "search.js")} if helps else {data} if "/articles/" in name else set())
    assert ("script-src" in html) == helps
    for node in tree(name).css("script[type]"):
        assert json.loads(node.text())["@context"] == "https://schema.org"


def test_the_status_page_says_what_lasts_and_what_was() -> None:
    said = visible(page("en/status.html", MADE)).replace("\xa0", " ").replace(" ,", ",")
    assert "We are working on a disruption Calls to mobiles Since November 27 at 7:05 AM (ET)" in said
    assert (
        "Update November 27 at 8:05 AM Half of them work. We go on. Reported November 27 at 7:05 AM Calls fail." in said
    )
    assert "November 2026 Calls to mobiles Outgoing calls fail November 18 at 9:05 AM, lasted 3 hours 12" in said
    assert "Resolved November 18 at 12:17 PM This works again." in said
    assert "October 2026 Late October 31 at 11:30 PM, lasted 9 minutes" in said
    assert "September 2026 No disruptions. Earlier months July 2026" in said
    assert "Time zone: ET" in said
    assert "All is well" not in said


def test_a_month_of_which_something_lasts_is_not_called_quiet() -> None:
    html = page("en/status.html", built(incidents=(LASTS,)))
    said = visible(html)
    assert "November 2026 Calls to mobiles October 2026 No disruptions." in said
    assert 'href="#incident-4"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_is_well_where_nothing_lasts(language: str) -> None:
    said = {
        "en": "All is well",
        "de": "Alles läuft",
        "fr": "Tout fonctionne",
        "es": "Todo funciona",
        "pt": "Tudo funciona",
    }
    heading = first(LexborHTMLParser(page(f"{language}/status.html", WELL)), "h1").text()
    assert heading == said[language]
    assert said[language] in first(LexborHTMLParser(page(f"{language}/status.html", WELL)), "title").text()
    assert first(tree(f"{language}/status.html"), "h1").text() != heading


def test_an_article_stands_under_its_topic_with_its_translation_and_the_others() -> None:
    found = tree("en/articles/outgoing.html")
    assert first(found, "title").text() == "Calls to the outside fail – Harbor Voice"
    assert (first(found, 'meta[name="description"]').attributes["content"] or "").startswith("When calls to other")
    assert first(found, 'link[rel="canonical"]').attributes["href"] == f"{ADDRESS}/en/articles/outgoing.html"
    assert {
        node.attributes["hreflang"]: node.attributes["href"] for node in found.css('link[rel="alternate"][hreflang]')
    } == {
        "en": f"{ADDRESS}/en/articles/outgoing.html",
        "de": f"{ADDRESS}/de/articles/outgoing.html",
        "x-default": f"{ADDRESS}/en/articles/outgoing.html",
    }
    said = visible(page("en/articles/outgoing.html", MADE))
    assert "Help Calls Calls to the outside fail When calls" in said
    assert "More on Calls Forward calls while you are away" in said
    assert "Write to <script>alert(1)</script> us." in said
    assert first(found, ".prose").css("a")[0].attributes["href"] == "voicemail.html#pin"


def test_the_list_names_every_article_that_is_no_draft_by_topic() -> None:
    for name in ("index.html", "en/index.html"):
        said = visible(page(name, MADE))
        assert "Calls Calls to the outside fail" in said
        assert (
            "Phones & app A phone says “not registered” Take the cable out. The phone's manual on phones.example"
            in said
        )
        assert "Voicemail Voicemail does not arrive Look into Junk first." in said
    assert all(b"Not finished" not in octets and b"Nobody reads" not in octets for octets in MADE.octets.values())
    assert "Anrufe nach außen gehen nicht" in visible(page("de/index.html", MADE))
    canonical = first(tree("index.html"), 'link[rel="canonical"]').attributes["href"]
    assert canonical == f"{ADDRESS}/en/index.html"


def test_without_articles_the_status_page_is_the_first_page() -> None:
    made = built(RULES.with_articles(()))
    assert "Service status" in visible(page("index.html", made))
    assert 'href="en/status.html"' in page("index.html", made)
    assert not any("articles" in name or "search" in name or name == "en/index.html" for name in made.octets)
    assert "Help" not in visible(page("en/status.html", made)).split()


def test_without_an_address_pages_work_and_name_none() -> None:
    made = built(RULES.model_copy(update={"site": Site(folder="site")}).with_articles(ARTICLES))
    assert not {"sitemap.xml", "robots.txt", "en/status-feed.xml"} & set(made.octets)
    for name in (name for name in made.octets if name.endswith(".html")):
        assert 'rel="canonical"' not in page(name, made)
        assert "hreflang" not in page(name, made).partition("<body>")[0]
    assert 'href="/en/status.html"' in page("404.html", made)


def test_languages_without_articles_lead_to_the_help_of_the_operator_s_language() -> None:
    assert 'href="../en/index.html"' in page("fr/status.html", MADE)
    german = RULES.model_copy(update={"partner": PARTNER.model_copy(update={"language": "de"})}).with_articles(ARTICLES)
    assert 'href="../de/index.html"' in page("fr/status.html", built(german))
    assert '<html lang="de">' in page("index.html", built(german))


def test_the_feed_tells_each_incident_once_with_all_that_was_said() -> None:
    for language in LANGUAGES:
        root = xml(page(f"{language}/status-feed.xml", MADE))
        assert root.tag == f"{{{ATOM}}}feed"
        assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == language
        entries = root.findall("a:entry", AT)
        ids = [entry.findtext("a:id", "", AT) for entry in entries]
        assert ids == [
            "tag:help.harborvoice.example,2026-11-27:incident-4",
            "tag:help.harborvoice.example,2026-11-18:incident-3",
            "tag:help.harborvoice.example,2026-11-01:incident-2",
            "tag:help.harborvoice.example,2026-07-09:incident-1",
        ]
        for one in (root, *entries):
            stamp = datetime.fromisoformat(one.findtext("a:updated", "", AT))
            assert stamp.tzinfo == UTC
            assert (one.findtext("a:title", "", AT), one.findtext("a:id", "", AT)) > ("", "")
        assert root.findtext("a:updated", "", AT) == entries[0].findtext("a:updated", "", AT) == "2026-11-27T13:05:00Z"
        assert root.find("a:author/a:name", AT) is not None
        for entry in entries:
            link = entry.find("a:link", AT)
            assert link is not None
            name, _, place = link.attrib["href"].removeprefix(f"{ADDRESS}/").partition("#")
            assert place in {node.attributes["id"] for node in tree(name).css("[id]")}
        content = entries[0].find("a:content", AT)
        assert content is not None
        assert content.attrib["type"] == "html"
        assert "<p>Half of them work.</p><p>We go on.</p>" in (content.text or "")


def test_a_feed_without_incidents_is_as_old_as_the_month() -> None:
    root = xml(page("en/status-feed.xml", built(incidents=())))
    assert root.findtext("a:updated", "", AT) == "2026-11-01T04:00:00Z"


def test_the_list_for_search_engines_names_every_page_with_its_translations() -> None:
    root = xml(page("sitemap.xml", MADE))
    named = {url.findtext("s:loc", "", AT): url.findall("x:link", AT) for url in root.findall("s:url", AT)}
    # The copy at the top is the same page as the one it names, and the pages of months are found from the status page.
    wanted = {f"{ADDRESS}/{name}" for name in PAGES if "/" in name and "/status/" not in name}
    assert set(named) == wanted
    assert {link.attrib["hreflang"] for link in named[f"{ADDRESS}/en/articles/outgoing.html"]} == {"en", "de"}
    assert {link.attrib["href"] for links in named.values() for link in links} <= wanted
    assert page("robots.txt", MADE).endswith(f"Sitemap: {ADDRESS}/sitemap.xml\n")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_the_operator_and_of_an_incident_appear_literally(words: str) -> None:
    partner = PARTNER.model_copy(update={"brand": words, "website": words})
    articles = (
        Article(id="a", title=words, topic=words, text="Text."),
        Article(id="b", title="Other", topic=words, keywords=(words,), text="Text."),
    )
    rules = Rules(partner=partner, site=RULES.site).with_articles(articles)
    made = built(rules, (incident(1, NOW, words, title=words),))
    for name in ("en/index.html", "en/articles/a.html", "en/status.html", "en/status/2026-11.html", "404.html"):
        html = page(name, made)
        assert visible(html).count(words) >= (1 if name == "404.html" else 2)
        assert first(LexborHTMLParser(html), "title").text().count(words)
        assert len(LexborHTMLParser(html).css("script")) <= 2
        assert not LexborHTMLParser(html).css("img, iframe")
        for node in LexborHTMLParser(html).css("script[type]"):
            assert json.loads(node.text())
    entry = xml(page("en/status-feed.xml", made)).find("a:entry", AT)
    assert entry is not None
    assert entry.findtext("a:title", "", AT) == words
    script = page("en/search-index.js", made)
    assert script.startswith("var helpArticles = [\n")
    assert [row[1] for row in json.loads(script[len("var helpArticles = ") : -2])] == sorted(
        [words, "Other"], key=lambda one: one.casefold()
    )


def test_the_same_facts_make_the_same_octets_the_whole_month() -> None:
    assert built(now=NOW + timedelta(days=2)).octets == MADE.octets
    changed = built(now=NOW + timedelta(days=5)).octets
    assert changed["en/status.html"] != MADE.octets["en/status.html"]
    assert changed["en/index.html"] == MADE.octets["en/index.html"]


def test_a_word_on_an_incident_makes_anew_only_the_pages_that_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = Templates(None)
    before = files(templates, RULES, INCIDENTS, NOW).octets
    said = replace(LASTS, updates=(*LASTS.updates, Update(NOW, UpdateKind.UPDATE, "All of them work.")))
    made: Counter[str] = Counter()
    template = templates.environment.get_template

    def counted(name: str, *of: Any) -> Template:
        made[name] += 1
        return template(name, *of)

    monkeypatch.setattr(templates.environment, "get_template", counted)
    after = files(templates, RULES, (*INCIDENTS[:-1], said), NOW).octets
    # That of the month before leads to this one.
    assert {name: made[f"site-{name}.html.j2"] for name in ("status", "month", "help", "article", "missing")} == {
        "status": 5,
        "month": 10,
        "help": 0,
        "article": 0,
        "missing": 0,
    }
    changed = {name for name, octets in after.items() if before[name] != octets}
    names = ("status.html", "status-feed.xml", "status/2026-11.html")
    assert changed == {f"{language}/{name}" for language in LANGUAGES for name in names}


def test_each_article_is_held_against_its_own_translations_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = tuple(
        Article(id=f"a{number}.{language}", title="T", topic=f"T{number}", text="Words.", language=language)
        for number in range(30)
        for language in ("en", "de")
    )
    rules = RULES.with_articles(articles)
    parted: list[str] = []
    parted_id = rules_articles.parted_id

    def counted(name: str) -> tuple[str, str]:
        parted.append(name)
        return parted_id(name)

    monkeypatch.setattr(rules_articles, "parted_id", counted)
    made = built(rules)
    assert page("de/articles/a7.html", made).count("en/articles/a7.html") > 0
    assert len(parted) <= 8 * len(articles)


def test_a_template_of_the_operator_that_fails_costs_no_page(tmp_path: Path) -> None:
    (tmp_path / "site-status.html.j2").write_text("{{ nobody }}")
    (tmp_path / "site.css").write_text("body { color: teal; }")
    made = files(Templates(tmp_path), RULES, INCIDENTS, NOW)
    assert [one for one in made.problems if "nobody" in one] == list(made.problems) != []
    assert made.octets["en/status.html"] == MADE.octets["en/status.html"]
    assert b"color: teal" in made.octets["en/index.html"]


def test_two_topics_that_look_alike_have_each_a_place_of_its_own() -> None:
    articles = tuple(
        Article(id=name, title=name, topic=topic, text="Text.")
        for name, topic in (("a", "A b"), ("b", "A-b"), ("c", "?"))
    )
    html = page("en/index.html", built(Rules(partner=Partner(brand="B"), site=RULES.site).with_articles(articles)))
    ids = [node.attributes["id"] for node in LexborHTMLParser(html).css("section.card")]
    assert sorted(filter(None, ids)) == ["topic--", "topic-a-b", "topic-a-b-2"]


def test_a_title_that_is_a_phrase_of_ours_is_told_in_the_language_of_the_page() -> None:
    lasts = replace(incident(9, NOW, "", title="the portal does not respond"), playbook=None)
    made = built(incidents=(lasts,))
    assert "Das Portal antwortet nicht" in page("de/status.html", made)
    assert "the portal does not respond" in page("en/status.html", made).lower()
    other = built(incidents=(replace(lasts, title="The lift is stuck"),))
    assert "The lift is stuck" in page("de/status.html", other)
