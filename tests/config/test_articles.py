"""The articles beside rules.toml: what they say reaches the rules, and every mistake is told with file and line."""

import copy
from pathlib import Path

import pytest

from mailbot.config import inspect, load
from mailbot.rules import Playbook, Rules
from mailbot.rules import articles as rules_articles

VOICEMAIL = """+++
title = "Voicemails do not arrive by e-mail"
topic = "Voicemail"
playbook = "voicemail_email"
keywords = ["voicemail|message e-mail", "@mail-of-ours"]
+++

Look into your **spam** folder first.
"""
LINK = '+++\ntitle = "Adding an extension"\ntopic = "Phones"\nlink = "https://help.example/extension"\n+++\n'


def folder_with(folder: Path, rules: str = "", **articles: str) -> Path:
    (folder / "rules.toml").write_text(rules)
    (folder / "articles").mkdir()
    for name, text in articles.items():
        (folder / "articles" / f"{name.replace('__', '.')}.md").write_text(text)
    return folder


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in inspect(folder)[1]]


def test_articles_reach_the_rules_with_their_words_spelled_out(tmp_path: Path) -> None:
    rules = '[partner]\nlanguage = "fr"\n[words]\nmail-of-ours = ["box mail"]\n'
    here = folder_with(tmp_path, rules, voicemail=VOICEMAIL, extension__de=LINK, _note="left alone")
    extension, voicemail = load(here).articles
    assert (extension.id, extension.name, extension.language) == ("extension.de", "extension", "de")
    assert (extension.link, extension.text) == ("https://help.example/extension", "")
    assert (voicemail.id, voicemail.name, voicemail.language) == ("voicemail", "voicemail", "fr")
    assert voicemail.keywords == ("voicemail e-mail", "message e-mail", "box mail")
    assert voicemail.playbook is Playbook.VOICEMAIL_EMAIL
    assert voicemail.text == "Look into your **spam** folder first."
    assert not voicemail.draft


def test_rules_with_other_articles_are_other_rules_and_keep_them_on_their_way(tmp_path: Path) -> None:
    rules = load(folder_with(tmp_path, "", voicemail=VOICEMAIL.replace(', "@mail-of-ours"', "")))
    assert rules != rules.with_articles(())
    assert copy.deepcopy(rules) == rules
    assert rules.model_copy(update={"public_domains": ()}).articles == rules.articles
    assert Rules().articles == ()


def test_all_mistakes_are_told_at_once_with_file_line_key_and_the_right_one(tmp_path: Path) -> None:
    articles = {
        "a": VOICEMAIL.replace("keywords", "keyword").replace("voicemail_email", "voicemail"),
        "b": "Just a text",
        "c": '+++\ntitle = "Never ends"\n',
        "d": '+++\ntitle = "No text"\ntopic = 5\n+++\n',
        "e": LINK + "and a text",
        "f": LINK.replace("https", "http"),
        "g": '+++\ntitle = "Broken\n+++\n',
        "h": VOICEMAIL.replace("@mail-of-ours", "@outag"),
        "i__de": LINK.replace("title", 'language = "fr"\ntitle'),
        "j j": LINK,
        "k": LINK,
        "k__en": LINK,
    }
    told = said(folder_with(tmp_path, 'partner.bran = "X"\n[words]\noutage = ["x"]', **articles))
    assert told == [
        "rules.toml:1: partner.bran: unknown key (did you mean brand?)",
        (
            'articles/a.md:4: playbook: must be one of "outbound_calls", "voicemail_email", "caller_id_name", '
            '"phone_registration", "port_in", "port_out" (did you mean voicemail_email?)'
        ),
        "articles/a.md:5: keyword: unknown key (did you mean keywords?)",
        (
            'articles/b.md:1: the file does not begin with a line "+++" (write it as "+++", title = "…", topic = "…", '
            '"+++", and the text below)'
        ),
        (
            'articles/c.md:1: the head has no end: there is no second line "+++" (write it as "+++", title = "…", '
            'topic = "…", "+++", and the text below)'
        ),
        (
            'articles/d.md: link: the article has neither a link nor a text (write link = "https://…", or the text '
            'below the second "+++")'
        ),
        'articles/d.md:3: topic: must be text in quotes, like "this"',
        (
            "articles/e.md:4: link: an article is either a link or a text, and this one is both (take the link out, or "
            "the text below)"
        ),
        'articles/f.md:4: link: a link starts with "https://"; write it like "https://www.example.com/help"',
        (
            "articles/g.md:2: this is not TOML, in column 16: illegal character '\\n' (text stands in quotes, a list "
            "in [ ], and a key only once in its table)"
        ),
        'articles/h.md:5: keywords[#2]: there is no list "outag" under [words] (did you mean outage?)',
        (
            'articles/i.de.md:2: language: the name of the file ends with the language "de", and here stands "fr" '
            "(leave it out, or rename the file)"
        ),
        (
            "articles/j j.md: the name of the file is no id: an id is made of letters, digits, dots, dashes and "
            "underscores, at most 64 (rename it)"
        ),
        'articles/k.md: k.en.md is the article "k" in the same language (give one of them a name of its own)',
    ]


def test_a_file_that_is_no_toml_hides_no_mistake_of_an_article(tmp_path: Path) -> None:
    told = said(folder_with(tmp_path, "partner = [\n", voicemail=VOICEMAIL.replace("topic", "topics")))
    assert told[1:] == [
        "articles/voicemail.md: topic: is missing (add topic = … to this table)",
        "articles/voicemail.md:3: topics: unknown key (did you mean topic?)",
    ]


@pytest.mark.parametrize("octets", [b"\xff\xfe+\x00", b"\xef\xbb\xbf" + LINK.replace("\n", "\r\n").encode()])
def test_what_windows_writes_is_read_or_told(tmp_path: Path, octets: bytes) -> None:
    here = folder_with(tmp_path)
    (here / "articles" / "one.md").write_bytes(octets)
    rules, problems = inspect(here)
    assert (rules is not None) == (not problems)
    assert [str(one) for one in problems] in ([], ["articles/one.md: is not in UTF-8 (save it as UTF-8)"])


def test_a_link_to_an_article_that_nobody_can_read_is_warned_of_with_its_line(tmp_path: Path) -> None:
    text = (
        VOICEMAIL.replace(', "@mail-of-ours"', "")
        + "See [a](extension.md#x), [b](extension.de.md) and\n[c](extensoin.md)."
    )
    here = folder_with(
        tmp_path, "", voicemail=text, extension__de=LINK, old=LINK.replace("+++\ntitle", "+++\ndraft = true\ntitle")
    )
    assert said(here) == [
        "articles/voicemail.md:10: there is no article extensoin.md to link to (did you mean extension.de?)"
    ]
    (here / "articles" / "voicemail.md").write_text(text.replace("extensoin", "old"))
    assert "articles/voicemail.md:10: there is no article old.md to link to (take the link out)" in said(here)
    assert load(here).articles[-1].id == "voicemail"


def test_a_name_that_ends_as_with_a_language_that_is_none_is_warned_of(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, voicemail__it=LINK, extension__de=LINK, version__2=LINK.replace("Adding", "Add"))
    [warned] = said(folder)
    assert warned.startswith('articles/voicemail.it.md: ".it" is none of the languages en, de, fr, es, pt')


def test_a_picture_that_is_missing_is_warned_of_with_its_line(tmp_path: Path) -> None:
    text = VOICEMAIL.replace(', "@mail-of-ours"', "") + "![a](pad.png) ![b](https://a.example/b.png)\n![c](c.jpg)\n"
    here = folder_with(tmp_path, "", voicemail=text)
    (here / "articles" / "pad.png").write_bytes(b"")
    assert said(here) == [
        "articles/voicemail.md:10: there is no picture c.jpg beside the articles (put it into articles/)"
    ]


def test_check_tells_of_articles_that_nobody_can_read(tmp_path: Path) -> None:
    here = folder_with(tmp_path, voicemail=VOICEMAIL.replace(', "@mail-of-ours"', ""), extension=LINK)
    told = [str(one) for one in inspect(here, running=True)[1] if "nobody can read" in one.text]
    [problem] = told
    assert problem.startswith("rules.toml: site: nobody can read voicemail.md: no mail offers them (write folder and")
    (here / "rules.toml").write_text('[site]\nfolder = "site"\naddress = "https://help.example"\n')
    assert not [one for one in inspect(here, running=True)[1] if "nobody can read" in one.text]


def test_each_of_many_articles_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parted: list[str] = []
    parted_id = rules_articles.parted_id

    def counted(name: str) -> tuple[str, str]:
        parted.append(name)
        return parted_id(name)

    monkeypatch.setattr(rules_articles, "parted_id", counted)
    named = {f"a{number}": LINK for number in range(60)}
    assert len(load(folder_with(tmp_path, **named)).articles) == 60
    assert len(parted) <= 4 * 60
