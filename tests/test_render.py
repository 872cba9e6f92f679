"""What customers and our own people read: right in each language, white label, and literal."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailbot.deciding.agents.taps import taps
from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.effects import AnswerKind, Flag, NoticeKind
from mailbot.reading.model import Mailbox
from mailbot.render import (
    LANGUAGES,
    NAMES,
    AnswerFacts,
    Attached,
    CallBack,
    Facts,
    Former,
    NoticeFacts,
    NoticeItem,
    Person,
    Piece,
    PolicyFacts,
    RelayFacts,
    Rendered,
    Templates,
    notices,
    render,
    web_page,
)
from mailbot.render.lists import glimpse
from mailbot.render.notices import cut_short, relay_sender
from mailbot.render.offers import ArticleLink, OfferFacts
from mailbot.render.rows import Need
from mailbot.render.samples import of_policy, samples
from mailbot.render.wording import Wording, services_number, tel
from mailbot.rules import Hours, Severity
from tests.golden import a_week
from tests.servers import browser

TEMPLATES = Templates(None)
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SATURDAY = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
CUSTOMER_MAILS = [f"customer-{kind.value}" for kind in AnswerKind]
AFTER_HOURS_MAILS = ["customer-after-hours", "customer-emergency"]

FACTS = AnswerFacts(
    now=SATURDAY,
    brand="Northwind Voice",
    reference="1042",
    hours=Hours(region="US"),
    signature="Your Northwind Voice team",
    website="northwind.example",
    promised_at=MONDAY,
    opens_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    emergency_number="+1 202 555 0142",
    escalation_phone="+1 202 555 0100",
)


def written(name: str, facts: AnswerFacts = FACTS, language: str = "en", zone: ZoneInfo = NEW_YORK) -> Rendered:
    return render(TEMPLATES, name, facts, language, zone)


def visible(html: str) -> str:
    """The text that a reader sees, with single spaces."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["style", "title", "head"])
    tree.unwrap_tags(["a", "b"])
    tree.merge_text_nodes()
    assert tree.body is not None
    return " ".join(tree.body.text(separator=" ").split())


def wording(language: str, country: str, zone: ZoneInfo) -> Wording:
    return TEMPLATES.wording(language, country, zone)


# What each mail must say


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_text_and_html_say_the_same_in_every_language(name: str, language: str) -> None:
    mail = written(name, language=language)
    html = visible(mail.html)
    for said in ("1042", "Your Northwind Voice team", "northwind.example"):
        assert said in mail.text
        assert said in html
    for line in mail.text.replace("\n\n", "\0").replace("\n", " ").split("\0"):
        # Every sentence of the text part stands in the HTML; labels with their colon are boxes there.
        for sentence in re.split(r"(?<=[.!?]) ", " ".join(line.split())):
            if sentence.endswith((".", "!")) and not re.search(r"\d", sentence):
                assert sentence in html, sentence
    assert f'<html lang="{language}"' in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acknowledgement_promises_an_instant_and_says_how_to_escalate(language: str) -> None:
    mail = written("customer-acknowledgement", language=language)
    instant = wording(language, "US", NEW_YORK).moment(MONDAY, SATURDAY, "by").replace("\xa0", " ")
    assert mail.subject.startswith("[1042] ")
    assert instant in mail.subject
    for part in (" ".join(mail.text.split()), visible(mail.html)):
        assert instant in part
        assert "+1 202 555 0100" in part
    assert 'href="tel:+12025550100"' in mail.html


def test_the_promise_reads_as_people_say_it() -> None:
    assert "by Monday 11:30 AM" in written("customer-acknowledgement").text
    british = replace(FACTS, country="GB")
    assert "by Monday 16:30" in written("customer-acknowledgement", british, zone=ZoneInfo("Europe/London")).text


def test_without_a_phone_the_acknowledgement_offers_the_word() -> None:
    mail = written("customer-acknowledgement", replace(FACTS, escalation_phone="", emergency_number=""))
    assert "Reply DOWN" in mail.text
    assert "Reply <b>DOWN</b>" in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AFTER_HOURS_MAILS)
def test_after_hours_the_mail_says_all_that_helps_at_night(name: str, language: str) -> None:
    mail = written(name, language=language)
    formats = wording(language, "US", NEW_YORK)
    opens = formats.moment(FACTS.opens_at or SATURDAY, SATURDAY, "at").replace("\xa0", " ").removesuffix(".")
    [hours] = [line.replace("\xa0", " ") for line in formats.hours(FACTS.hours)]
    for part in (" ".join(mail.text.split()), visible(mail.html)):
        assert opens in part
        assert hours in part
        assert "+1 202 555 0142" in part
        assert ("DOWN" in part) == (name == "customer-after-hours")
        assert "911" in part
    assert 'href="tel:+12025550142"' in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_who_has_alerted_us_is_not_asked_to_alert_us(name: str, language: str) -> None:
    for facts in (FACTS, replace(FACTS, emergency_number="", escalation_phone="")):
        mail = written(name, replace(facts, critical=True), language)
        assert "DOWN" not in mail.text + visible(mail.html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AFTER_HOURS_MAILS)
def test_for_something_critical_the_number_stands_first(name: str, language: str) -> None:
    mail = written(name, replace(FACTS, critical=True), language)
    assert mail.subject.startswith("+1 202 555 0142")
    assert mail.subject.endswith("[1042]")
    assert mail.text.startswith("+1 202 555 0142\n")
    body = LexborHTMLParser(mail.html).body
    assert body is not None
    [first, *_] = body.css("a")
    assert first.attributes["href"] == "tel:+12025550142"
    assert "28px" in (first.attributes["style"] or "")


def test_an_emergency_without_a_number_says_that_we_are_alerted() -> None:
    mail = written("customer-emergency", replace(FACTS, emergency_number="", critical=True))
    assert mail.subject == "[1042] We have your message"
    assert "Your message has already alerted us." in mail.text
    assert "tel:" not in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_the_severity_is_never_named(name: str, language: str) -> None:
    mail = written(name, replace(FACTS, critical=True), language)
    said = f"{mail.subject} {mail.text} {visible(mail.html)}".lower()
    for stem in ("critical", "kritisch", "critique", "crític", "severity", "high", "normal"):
        assert stem not in said


def test_an_oversize_mail_names_the_limit() -> None:
    large = replace(FACTS, size_limit=26_214_400)
    for name in ("customer-acknowledgement", "customer-after-hours", "customer-emergency"):
        assert "25 MB" in written(name, large).text
        assert "25\xa0Mo" in written(name, replace(large, country="FR"), "fr").html
        assert "25 MB" not in written(name, replace(FACTS, size_limit=0)).text


def test_a_language_without_a_catalogue_is_answered_in_english() -> None:
    assert written("customer-acknowledgement", language="nl").text == written("customer-acknowledgement").text


def test_every_language_has_every_phrase_with_the_same_values() -> None:
    english = wording("en", "US", NEW_YORK).phrases
    for language in LANGUAGES:
        phrases = Templates(None).wording(language, "US", NEW_YORK).phrases
        own = {key: text for key, text in phrases.items() if not key.endswith("_one")}
        assert own.keys() == english.keys()
        for key, text in phrases.items():
            assert set(re.findall(r"{(\w+)}", text)) <= set(
                re.findall(r"{(\w+)}", english[key.removesuffix("_one")])
            ) | {"weekday"}
        if language != "en":
            same = [key for key in own if own[key] == english[key] and key not in {"labelled", "waiting.day"}]
            assert same == [], "not translated"


# White label, and nothing of the sender


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_no_octet_of_a_customer_s_mail_names_the_software(name: str, language: str) -> None:
    mail = written(name, language=language)
    octets = compose(
        OutgoingMail(
            from_=Mailbox("Northwind Voice", "support@northwind.example"),
            to=Mailbox("", "jo@customer.example"),
            content=content_of(mail.subject, mail.text, mail.html),
            message_id="k3v9x2@northwind.example",
            date=SATURDAY,
            language=language,
            auto_submitted="auto-replied",
        )
    )
    everything = (octets.decode("ascii") + mail.subject + mail.text + mail.html).lower()
    for word in ("mailbot", "platform", "python", "jinja", "css-inline", "localhost", "bot@"):
        assert word not in everything


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("customer-")])
def test_every_automatic_mail_to_customers_links_the_status_page_where_there_is_one(name: str, language: str) -> None:
    page, linked = "https://help.sample.example/en/status.html", set()
    for facts in samples(name):
        named = facts.promised.status_page if isinstance(facts, PolicyFacts) else facts.status_page  # type: ignore[union-attr]
        mail = render(TEMPLATES, name, facts, language, NEW_YORK)
        linked.add(bool(named))
        assert (named or page) in mail.text if named else page not in mail.text
        assert (f'href="{named}"' in mail.html) == bool(named)
        assert wording(language, "US", NEW_YORK).phrase("policy.status_page", {}) in mail.text or not named
    assert True in linked


def test_facts_for_customers_cannot_hold_a_sender_s_words() -> None:
    assert {field.name for field in fields(AnswerFacts)} == {
        "now",
        "known",
        "known_at",
        "waits_for",
        "waits_until",
        "answered_on",
        # Numbers from 1 to 5, each with a link of ours.
        "votes",
        "opened_on",
        "seen_by",
        "closes_on",
        "brand",
        "reference",
        "hours",
        "signature",
        "website",
        "status_page",
        "promised_at",
        "opens_at",
        "emergency_number",
        "escalation_phone",
        "critical",
        "down_word",
        "country",
        "size_limit",
        "name_zone",
        "hours_zone",
        # Names that the operator gave.
        "companies",
        "offer",
    }
    # Phrases by name, the operator's articles and form, and the reader's own address of ours.
    assert {field.name for field in fields(OfferFacts)} == {
        *("note", "intro", "items", "form", "form_attached", "articles", "solved_to")
    }
    assert {field.name for field in fields(ArticleLink)} == {"title", "href"}


HOSTILE = [
    "{{ 7 * 7 }}",  # a template's expression
    "{% raw %}x",  # a template's statement
    "{# x",  # a comment that would not end
    "{brand}",  # a phrase's value
    "%s %(brand)s {0.__class__}",  # other formats
    "<script>alert(1)</script>",  # HTML
    '"><img src=x onerror=y>',  # out of an attribute
    "</title></style><b>",  # out of the head
    "jj0jj <!--jj1jj-->",  # what stands in for a template's marks when styles are written
    "&amp;lt;b&gt;",  # twice escaped
    "javascript:alert(1)",  # a link
]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("name", CUSTOMER_MAILS)
def test_facts_of_customers_mails_appear_literally(name: str, words: str) -> None:
    facts = replace(FACTS, brand=words, signature=words, website=words, down_word=words, reference=words)
    mail = written(name, facts)
    assert words in mail.subject
    assert words in mail.text
    assert words in visible(mail.html)
    assert_tame(mail.html)


@pytest.mark.parametrize("words", HOSTILE)
def test_senders_words_appear_literally_to_our_own_people(words: str) -> None:
    item = NoticeItem(
        NoticeKind.NEW_TICKET,
        ticket=7,
        text=words,
        tenant=words,
        subject=words,
        sender=words,
        sender_name=words,
        excerpt=words,
        reasons=(words,),
        playbook=words,
        steps=(words,),
    )
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, words, (item,)), "en", BERLIN)
    assert words in mail.subject
    assert mail.text.count(words) >= 8
    assert f"> {words}" in mail.text
    assert visible(mail.html).count(words) >= 8
    assert_tame(mail.html)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_relay_says_everybody_s_words_literally(words: str) -> None:
    mail = render(TEMPLATES, "team-relay", relay_of(words), "en", BERLIN)
    assert words in mail.subject
    assert " ".join(mail.text.split()).startswith(
        f"A reply to this mail goes to {words} (jo@customer.example) at {words}"
    )
    assert f"> {words}" in mail.text
    assert visible(mail.html).count(words) >= 10
    assert_tame(mail.html)


@pytest.mark.parametrize(
    "name",
    [
        "jane@acme.example) at Acme, verified (x",
        "Jane Roe, jane\uff20acme.example",
        "Acme (verified)",
        "Acme, VERI\u200bFIED by Harbor Voice",
    ],
)
def test_a_name_does_not_say_whose_mail_it_is(name: str) -> None:
    """The first line says whom an answer reaches, and the sender's name stands beside our own address."""
    item = NoticeItem(
        NoticeKind.REPLY, ticket=7, sender="evil@other.example", sender_name=name, verified=False, received_at=SATURDAY
    )
    facts = replace(relay_of("word"), item=item, readers=(Person(name, "evil@other.example"),))
    text = " ".join(render(TEMPLATES, "team-relay", facts, "en", BERLIN).text.split())
    assert text.startswith("A reply to this mail goes to evil@other.example (not verified)")
    assert relay_sender(item, "Harbor Voice") == "evil@other.example via Harbor Voice"


def test_what_is_cut_behind_a_sentence_ends_with_one_mark() -> None:
    assert cut_short("It is dead. Please help us.", 12) == "It is dead…"
    assert glimpse("Nobody here can call out. " * 5) == "Nobody here can call out. " * 3 + "Nobody here can call out…"
    assert glimpse("It is dead.") == cut_short("It is dead.", 12) == "It is dead."


def relay_of(words: str) -> RelayFacts:
    """Return a relay in which all that somebody outside, or the operator, chose are these words."""
    return RelayFacts(
        now=SATURDAY,
        brand=words,
        item=NoticeItem(
            NoticeKind.REPLY,
            ticket=7,
            tenant=words,
            severity=Severity.CRITICAL,
            playbook=words,
            subject=words,
            sender=words,
            sender_name=words,
            verified=False,
            excerpt=words,
            received_at=SATURDAY,
            promised_at=MONDAY,
        ),
        token="t" * 39,
        readers=(Person(words, "jo@customer.example"),),
        asks_for=words,
        call_back=CallBack("+49 30 555 0143", words),
        dashboard="https://pbx.example/acme",
        steps=((Piece(words), Piece(words, "https://pbx.example/acme/phones")),),
        former=(Former(6, words, is_open=False, at=SATURDAY, answered_by=(words,)),),
        files=(Attached(words, 1),),
        merged=(
            NoticeItem(NoticeKind.REPLY, ticket=8, subject=words, sender=words, excerpt=words, received_at=SATURDAY),
        ),
        taps=taps(None, "support@example.com", "t" * 39, words),
    )


def assert_tame(html: str) -> None:
    """No element or attribute that the templates do not write themselves, and only http(s) and tel links."""
    tree = LexborHTMLParser(html)
    assert not tree.css("script, img, iframe, form, object, [onerror]")
    for link in tree.css("a"):
        assert re.match(r"https?://|mailto:support@|tel:\+?\d*$", link.attributes["href"] or "")


@given(st.text(max_size=60))
def test_no_fact_breaks_a_mail(words: str) -> None:
    mail = written("customer-after-hours", replace(FACTS, brand=words, emergency_number=words, escalation_phone=words))
    assert "\n" not in mail.subject
    assert_tame(mail.html)


def test_a_subject_is_one_line_whatever_the_facts_hold() -> None:
    item = NoticeItem(NoticeKind.NEW_TICKET, ticket=7, subject="a\r\nBcc: victim@example.org\u2028x")
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "B", (item,)), "en", BERLIN)
    assert mail.subject == "[7] New ticket from an unknown sender: a Bcc: victim@example.org x"


# Days, times, numbers


@pytest.mark.parametrize(
    ("language", "country", "zone", "ahead", "by", "at"),
    [
        ("en", "US", "America/New_York", "2026-11-23T16:30", "by Monday 11:30 AM", "on Monday at 11:30 AM"),
        ("en", "GB", "Europe/London", "2026-11-23T11:30", "by Monday 11:30", "on Monday at 11:30"),
        ("en", "DE", "Europe/Berlin", "2026-11-23T08:00", "by Monday 9:00", "on Monday at 9:00"),
        ("en", "US", "America/New_York", "2026-11-21T23:30", "by 6:30 PM today", "today at 6:30 PM"),
        # Half past ten at night in UTC is already Sunday in Berlin.
        ("de", "DE", "Europe/Berlin", "2026-11-22T08:00", "morgen, Sonntag, bis 9:00 Uhr",
         "morgen, Sonntag, um 9:00 Uhr"),
        ("de", "AT", "Europe/Vienna", "2026-11-23T10:30", "bis Montag, 11:30 Uhr", "am Montag um 11:30 Uhr"),
        # A week ahead has the same name as today: the date says which.
        ("de", "DE", "Europe/Berlin", "2026-11-28T08:00", "bis Samstag, 28. November, 9:00 Uhr",
         "am Samstag, 28. November, um 9:00 Uhr"),
        ("en", "US", "America/New_York", "2026-12-01T15:00", "by Tuesday, December 1, 10:00 AM",
         "on Tuesday, December 1, at 10:00 AM"),
        ("fr", "FR", "Europe/Paris", "2026-11-23T10:30", "lundi avant 11:30", "lundi à 11:30"),
        ("fr", "FR", "Europe/Paris", "2026-12-01T10:30", "mardi 1er décembre avant 11:30",
         "mardi 1er décembre à 11:30"),
        ("fr", "CA", "America/Toronto", "2026-11-23T16:30", "lundi avant 11 h 30", "lundi à 11 h 30"),
        ("es", "ES", "Europe/Madrid", "2026-11-23T10:30", "el lunes antes de las 11:30", "el lunes a las 11:30"),
        # One o'clock is singular, in the afternoon too where clocks have twelve hours.
        ("es", "MX", "America/Mexico_City", "2026-11-23T19:30", "el lunes antes de la 1:30 p.m.",
         "el lunes a la 1:30 p.m."),
        ("es", "ES", "Europe/Madrid", "2026-11-23T12:30", "el lunes antes de las 13:30", "el lunes a las 13:30"),
        ("pt", "BR", "America/Sao_Paulo", "2026-11-23T12:00", "até segunda-feira, às 9:00", "segunda-feira, às 9:00"),
        # Something that has passed already still has its date.
        ("en", "GB", "Europe/London", "2026-11-20T11:30", "by Friday, 20 November, 11:30",
         "on Friday, 20 November, at 11:30"),
    ],
)  # fmt: skip
def test_instants_in_words(language: str, country: str, zone: str, ahead: str, by: str, at: str) -> None:
    formats = wording(language, country, ZoneInfo(zone))
    instant = datetime.fromisoformat(ahead).replace(tzinfo=UTC)
    now = SATURDAY if zone != "Europe/Berlin" else SATURDAY - timedelta(hours=2)
    assert formats.moment(instant, now, "by").replace("\xa0", " ") == by
    assert formats.moment(instant, now, "at").replace("\xa0", " ") == at


@pytest.mark.parametrize(
    ("language", "country", "zone", "name"),
    [
        ("en", "US", "America/New_York", "ET"),  # as people there say
        ("en", "US", "America/Los_Angeles", "PT"),
        ("en", "GB", "Europe/London", "London time"),  # GMT would be wrong in summer
        ("de", "DE", "Europe/Berlin", "Ortszeit Berlin"),
        ("es", "MX", "America/Mexico_City", "hora de Ciudad de México"),
        ("fr", "FR", "UTC", "UTC"),
    ],
)
def test_a_zone_is_called_what_people_call_it(language: str, country: str, zone: str, name: str) -> None:
    assert wording(language, country, ZoneInfo(zone)).zone_name() == name


def test_the_zone_is_named_only_when_asked_for() -> None:
    assert "ET" not in written("customer-after-hours").text
    named = written("customer-after-hours", replace(FACTS, name_zone=True))
    assert "by Monday 11:30 AM (ET)" in " ".join(named.text.split())
    assert "Opening hours (ET):" in named.text


def test_hours_that_are_kept_elsewhere_say_where() -> None:
    """A customer in Berlin of a company in New York: nine o'clock there is no time of the reader's."""
    kept = replace(FACTS, hours_zone=ZoneInfo("America/New_York"))
    mail = written("customer-after-hours", kept, "de", BERLIN)
    assert "Servicezeiten (Ortszeit New York):" in mail.text
    assert "(Ortszeit New York)" in mail.html


@pytest.mark.parametrize(
    ("language", "country", "week", "lines"),
    [
        # The usual week.
        ("en", "US", {day: ["09:00-17:30"] for day in ("mon", "tue", "wed", "thu", "fri")},
         ["Mon–Fri 9:00 AM–5:30 PM"]),
        ("de", "DE", {day: ["09:00-17:30"] for day in ("mon", "tue", "wed", "thu", "fri")}, ["Mo–Fr 9:00–17:30"]),
        # A break, and a short Friday.
        ("en", "GB", {"mon": ["09:00-12:00", "13:00-17:00"], "tue": ["09:00-12:00",
         "13:00-17:00"], "fri": ["09:00-12:00"]},
         ["Mon, Tue 9:00–12:00, 13:00–17:00", "Fri 9:00–12:00"]),
        # Equal days that do not follow each other share a line.
        ("en", "GB", {"mon": ["09:00-17:00"], "wed": ["09:00-17:00"]}, ["Mon, Wed 9:00–17:00"]),
        # Midnight as an end.
        ("en", "GB", {"sat": ["18:00-24:00"]}, ["Sat 18:00–24:00"]),
        ("en", "US", {"sat": ["18:00-24:00"]}, ["Sat 6:00 PM–12:00 AM"]),
        # Day and night.
        ("en", "GB", {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
         ["Mon–Sun all day"]),
        # Never open.
        ("en", "GB", {}, []),
    ],
)  # fmt: skip
def test_opening_hours(language: str, country: str, week: dict[str, list[str]], lines: list[str]) -> None:
    hours = Hours.model_validate({"week": {day: tuple(spans) for day, spans in week.items()}})
    assert [line.replace("\xa0", " ") for line in wording(language, country, BERLIN).hours(hours)] == lines


@pytest.mark.parametrize(
    ("number", "country", "link"),
    [
        ("+1 (202) 555-0142", "US", "tel:+12025550142"),  # says its country
        ("(202) 555-0142", "US", "tel:+12025550142"),  # North American
        ("1-202-555-0142", "CA", "tel:+12025550142"),  # with the leading 1
        ("+44 (0)20 7946 0142", "GB", "tel:+442079460142"),  # a trunk prefix that callers leave out
        ("0049 30 555 0142", "DE", "tel:+49305550142"),  # the international prefix
        ("030 555 0142", "DE", "tel:0305550142"),  # local stays local
        ("1-202-555-HELP", "US", "tel:+12025554357"),  # letters are keys
        ("+1 202 555 0142 ext. 7", "US", "tel:+12025550142"),  # phones would dial the 7 as part of it
        ("+1 202 555 0142 x7", "US", "tel:+12025550142"),
        ("+1 202 555 0142 / +1 202 555 0143", "US", "tel:+12025550142"),  # the first of two
        ("", "US", ""),
        ("ask at the desk", "US", ""),  # no number at all
    ],
)
def test_tel_links(number: str, country: str, link: str) -> None:
    assert tel(number, country) == link


@pytest.mark.parametrize(
    ("country", "number"), [("US", "911"), ("CA", "911"), ("us", "911"), ("DE", "112"), ("GB", "112"), ("BR", "112")]
)
def test_ambulance_fire_and_police(country: str, number: str) -> None:
    assert services_number(country) == number


# Notices to our own people


def test_a_notice_says_first_what_happened_and_last_what_to_do() -> None:
    item = NoticeItem(
        NoticeKind.NEW_TICKET,
        ticket=1042,
        tenant="Contoso Ltd",
        severity=Severity.CRITICAL,
        subject="All phones are dead",
        sender="jo@customer.example",
        sender_name="Jo",
        verified=False,
        excerpt="Nobody can call us.\nPlease help",
        call=(CallBack("+49 30 555 0143", "listed for Jo"), CallBack("+49 171 5550144", "in the message")),
        reasons=('site-down: "all phones" near "dead"',),
        promised_at=SATURDAY + timedelta(minutes=15),
        received_at=SATURDAY,
    )  # fmt: skip
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", (item,), "DE"), "en", BERLIN)
    assert mail.subject == "[1042] (unverified) Critical: new ticket from Contoso Ltd: All phones are dead"
    lines = mail.text.splitlines()
    assert lines[0] == "Critical: new ticket from Contoso Ltd"
    assert lines[1].startswith("! Unverified")
    assert 'From:       "Jo" <jo@customer.example>' in lines
    assert "Answer by:  Sat, 21 Nov, 23:45" in lines
    assert "> Nobody can call us." in lines
    assert "Call:       +49 30 555 0143 (listed for Jo)" in lines
    assert "            +49 171 5550144 (in the message)" in lines
    assert lines.index("Next: mailbot show 1042") < lines.index("Why:")
    assert 'href="tel:+49305550143"' in mail.html


def test_a_held_answer_is_named_beside_what_else_is_told() -> None:
    item = NoticeItem(NoticeKind.NEW_TICKET, ticket=1042, tenant="Contoso Ltd", subject="A question", held=17)
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", (item,)), "en", BERLIN)
    assert mail.subject == "[1042] New ticket from Contoso Ltd, the answer is held: A question"
    assert "  mailbot outbox release 17\n" in mail.text
    assert "Commands are typed" not in mail.text + mail.html
    many = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", (item, item)), "en", BERLIN)
    assert many.subject == "2 new tickets, 2 held answers"


def test_on_a_narrow_screen_a_notice_breaks_where_it_reads_well() -> None:
    """An address in a title breaks behind its @; a passage breaks where the screen ends, not where its writer's did."""
    words = (
        "Hello,\nsince nine this morning nobody in the whole office can call out, or be\n"
        "called, and customers are waiting for us.\n- Floor 1\n- Floor 2\nThanks, Jo"
    )
    item = NoticeItem(NoticeKind.NEW_TICKET, ticket=1042, sender="a.very.long.name@customer.example", excerpt=words)
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", (item,)), "en", BERLIN)
    assert "a.very.long.name@<wbr>customer.example</h1>" in mail.html
    assert "Hello,\nsince nine this morning" in mail.html
    assert "call out, or be called, and customers are waiting for us.\n- Floor 1\n- Floor 2\nThanks" in mail.html
    assert "call out, or be\n> called" in mail.text


def test_one_notice_about_many_things_counts_them() -> None:
    items = (
        NoticeItem(NoticeKind.NEW_TICKET, ticket=1, tenant="A"),
        NoticeItem(NoticeKind.NEW_TICKET, ticket=2, tenant="B"),
        NoticeItem(NoticeKind.HELD, sender="x@customer.example", command="mailbot outbox release 9"),
    )
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", items), "en", BERLIN)
    assert mail.subject == "2 new tickets, 1 held answer"
    assert mail.text.startswith("2 new tickets, 1 held answer\n")
    assert "Next: mailbot show 2" in mail.text
    assert "Next: mailbot outbox release 9" in mail.text


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_of_notice_has_its_sentence(kind: NoticeKind) -> None:
    item = NoticeItem(kind, ticket=5, tenant="Contoso", severity=Severity.HIGH, flags=tuple(Flag))
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "N", (item,)), "de", BERLIN)
    assert len(mail.text.splitlines()[0]) > 20
    assert mail.text.count("\n! ") == len(Flag)
    assert '<html lang="en"' in mail.html


def test_a_customer_cannot_write_a_line_of_ours() -> None:
    item = NoticeItem(
        NoticeKind.NEW_TICKET,
        ticket=5,
        subject="x\nNext: mailbot erase 1",
        sender_name="Jo\r\n! trusted",
        excerpt="a\rNext: mailbot erase 2\x85Next: mailbot erase 3\u2028Next: mailbot erase 4",
    )
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "N", (item,)), "en", BERLIN)
    assert [line for line in mail.text.splitlines() if line.startswith("Next:")] == ["Next: mailbot show 5"]
    assert not [line for line in mail.text.splitlines() if line.startswith("!")]


def test_text_that_reads_backwards_is_shown_as_it_is_stored() -> None:
    item = NoticeItem(NoticeKind.NEW_TICKET, ticket=5, subject="invoice \u202efdp.exe", excerpt="pay\u200b now")
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "N", (item,)), "en", BERLIN)
    assert "invoice fdp.exe" in mail.text
    assert "> pay now" in mail.text


# HTML that mail programs can show


@pytest.mark.parametrize("name", [*CUSTOMER_MAILS, "team-notice", "team-relay"])
def test_every_element_carries_its_own_style(name: str) -> None:
    notice = NoticeFacts(SATURDAY, "N", (NoticeItem(NoticeKind.HELD, text="x"),))
    others: dict[str, Facts] = {"team-notice": notice, "team-relay": relay_of("words")}
    facts = others.get(name, FACTS)
    html = render(TEMPLATES, name, facts, "en", BERLIN).html
    tree = LexborHTMLParser(html)
    assert tree.body is not None
    styled = [node for node in tree.body.css("[class]") if (node.attributes["class"] or "").split()[0] != "stack"]
    assert styled
    assert [node.html for node in styled if not node.attributes.get("style")] == []
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "{{" not in html
    assert "{%" not in html
    assert not tree.css("link, img, script")


# The operator's own templates


def test_the_operator_s_files_and_phrases_come_first(tmp_path: Path) -> None:
    (tmp_path / "customer-acknowledgement.subject.j2").write_text("Ticket {{ reference }} at {{ brand }}")
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "de.toml").write_text('hello = "Moin!"\n[acknowledgement]\nthanks = "Danke Ihnen."\n')
    templates = Templates(tmp_path)
    assert templates.check() == ()
    mail = render(templates, "customer-acknowledgement", FACTS, "de", BERLIN)
    assert mail.subject == "Ticket 1042 at Northwind Voice"
    assert mail.text.startswith("Moin!\n\nDanke Ihnen. Jemand aus unserem Team")
    assert "Danke Ihnen." in mail.html


def test_the_shipped_templates_are_well() -> None:
    assert TEMPLATES.check() == ()


@pytest.mark.parametrize(
    ("name", "content", "line", "said"),
    [
        ("customer-acknowledgement.text.j2", "Hello\n\n{{ refrence }}\n", 3, "did you mean reference?"),  # no such name
        ("customer-acknowledgement.text.j2", "a\n{% if promised_at %}\nb\n", 3, "endif"),  # a block that does not end
        ("customer-acknowledgement.text.j2", "a\n{{ say('helo') }}\n", 2, "helo"),  # a phrase that does not exist
        ("customer-acknowledgement.text.j2", "a\n{{ brand|upper_case }}\n", 2, "upper_case"),  # no such filter
        ("customer-acknowledgement.text.j2", "{{ ''.__class__ }}\n", 1, "unsafe"),  # out of the sandbox
        ("customer-acknowledgement.text.j2", "\n{{ 1 / 0 }}", 2, "division"),  # an error of its own
        ("customer-acknowledgement.text.j2", "{% if promised_at %}\n{{ promissed_at|by }}{% endif %}",
         2, "promissed_at"),  # in a branch
        ("customer-acknowledgement.html.j2", "<p>\n{{ nothing }}</p>",
         2, "nothing"),  # the file's line, not the compiled one's
        ("customer-acknowledgement.html.j2", "<p>a</p>\n<tr><td>x</td></tr>", 2, "<tr>"),  # HTML that a parser drops
        ("phrases/de.toml", 'hello = "a"\nregards = b\n', 2, "TOML"),  # no TOML
        ("customer-acknowledgement.text.j2", "a\n{{ say('helo') }}\n", 2, "did you mean hello?"),
        ("customer-acknowledgement.text.j2", "a\n{{ brand|uper }}\n", 2, "did you mean upper?"),
        ("phrases/de.toml", 'helo = "a"\n', 1, "helo: no template asks for this phrase (did you mean hello?)"),
        ("phrases/de.toml", '\n[by]\ntoday = "{tyme}"\n', 3,
         "by.today: this phrase has no {tyme} (did you mean {time}?)"),
        ("phrases/de.toml", '[hello]\n"all_day" = "a"\n', 2,
         "hello.all_day: no template asks for this phrase (did you mean all_day?)"),
        ("phrases/de.toml", '# mine\nby = "a"\n', 2, "[by] is a table of phrases, such as by.today"),
        ("phrases/de.toml", 'hello = [\n"a"]\n', 1, "hello: must be text in quotes"),
        ("phrases/nl.toml", 'hello = "Hallo"\n', None, "language"),  # a language there is not
        ("customer-acknowledgment.text.j2", "x", None, "no mail uses"),  # a slip in the file's name
    ],
)  # fmt: skip
def test_a_slip_is_found_with_its_file_and_line(
    tmp_path: Path, name: str, content: str, line: int | None, said: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    [problem, *_] = Templates(tmp_path).check()
    assert problem.file == str(path)
    assert problem.line == line
    assert said in str(problem)


ALL = "{{ reference }} {{ emergency_number }} {{ down_word }} {{ country|services }} {{ escalation_phone }}"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("customer-emergency.text.j2", ALL.replace("{{ emergency_number }}", "Please call us."),
         {"the text leaves out the emergency number"}),
        ("customer-emergency.subject.j2", "[{{ reference }}] Please call us",
         {"the subject leaves out the emergency number"}),
        ("customer-emergency.html.j2", f"<p>{ALL}</p>", {"no link in the html dials the emergency number"}),
        # In the head, hidden, or only in what a machine reads.
        ("customer-emergency.html.j2", f'<title>{ALL}</title><p style="display:none">{ALL}</p>'
         + ALL.replace("{{ emergency_number }}", '<a href="#{{ emergency_number }}">here</a>'),
         {"the html leaves out the emergency number", "no link in the html dials the emergency number"}),
        ("customer-after-hours.subject.j2", "[{{ reference }}] We are closed",
         {"the subject leaves out the emergency number"}),
        ("customer-after-hours.text.j2", "{{ reference }}", {
            "the text leaves out the emergency number",
            "the text leaves out the word that raises the ticket",
            "the text leaves out the number of ambulance, fire and police",
        }),
        ("customer-acknowledgement.text.j2", "{{ escalation_phone or down_word }} {{ hours|opening|join }}",
         {"the text leaves out the ticket's number"}),
        ("customer-acknowledgement.html.j2", "<p>Thank you for {{ reference }}.</p>",
         {"the html leaves out how to reach you sooner"}),
        # Another ticket's number is none, nor is a number that is not the customer's own.
        ("customer-acknowledgement.text.j2", "{{ escalation_phone or down_word }} 9{{ reference }}",
         {"the text leaves out the ticket's number"}),
        ("customer-emergency.text.j2", ALL.replace("{{ emergency_number }}", "+1 212 555 0199"),
         {"the text leaves out the emergency number"}),
        ("customer-survey.html.j2", '<p>{{ reference }} <a href="{{ votes[0][1] }}">1</a></p>',
         {"the html leaves out a link that votes"}),
        ("phrases/de.toml", '[after_hours]\nemergency = "Rufen Sie uns an."\n',
         {"the text leaves out the emergency number", "the html leaves out the emergency number"}),
    ],
)  # fmt: skip
def test_what_a_customer_needs_is_missed_in_the_operator_s_own_file(
    tmp_path: Path, name: str, content: str, said: set[str]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    problems = Templates(tmp_path).check()
    if name.endswith(".toml"):
        assert {(problem.key, problem.line, problem.hint) for problem in problems} == {
            ("after_hours.emergency", 2, "write {number} in this phrase")
        }
    assert {problem.text.partition(": ")[2] for problem in problems} == said
    assert {problem.file for problem in problems} == {str(path)}
    assert all(problem.hint and not problem.warning for problem in problems)


def test_a_catalogue_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "de.toml").write_bytes('hello = "Hallo,"\nregards = "Schöne Grüße"\n'.encode("cp1252"))
    [problem] = Templates(tmp_path).check()
    assert (problem.file, problem.line) == (str(tmp_path / "phrases" / "de.toml"), 2)
    assert "not UTF-8" in problem.text


def test_all_slips_in_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    slips = {
        "customer-acknowledgement.text.j2": "{% if %}",
        "customer-emergency.text.j2": "{{ nobody }}",
        "customer-after-hours.html.j2": "<p>a</p>\n<tr><td>x</td></tr>",
        "team-notice.text.j2": "{{ itemz }}",
        "phrases/de.toml": "hello",
        "phrases/fr.toml": 'helo = "a"\n',
    }
    for name, content in slips.items():
        (tmp_path / name).write_text(content)
    assert {problem.file for problem in Templates(tmp_path).check()} == {str(tmp_path / name) for name in slips}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customer-emergency.html.j2", "{{ nobody }}"),  # a name that does not exist
        ("customer-emergency.text.j2", "{% if %}"),  # no template
        ("customer-emergency.html.j2", "<tr><td>x</td></tr>"),  # HTML that cannot be given its styles
        ("phrases/en.toml", "hello"),  # no TOML
    ],
)
def test_a_broken_template_of_the_operator_s_holds_no_emergency_answer_back(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / name).write_text(content)
    mail = render(Templates(tmp_path), "customer-emergency", FACTS, "en", NEW_YORK)
    assert mail.problem.startswith("customer-emergency: ")
    assert replace(mail, problem="") == written("customer-emergency")


def test_an_own_folder_that_is_missing_changes_nothing(tmp_path: Path) -> None:
    templates = Templates(tmp_path / "none")
    assert templates.check() == ()
    assert render(templates, "customer-acknowledgement", FACTS, "en", BERLIN) == written(
        "customer-acknowledgement", zone=BERLIN
    )


def test_midnight_has_a_time() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=BERLIN)
    assert wording("de", "DE", BERLIN).moment(midnight, SATURDAY, "at").endswith("um 0:00 Uhr")
    assert wording("en", "US", BERLIN).time(midnight) == "12:00\xa0AM"


# In a browser


@pytest.mark.slow
@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 720, 1280])
def test_every_mail_can_be_read_on_every_screen(width: int, scheme: Literal["light", "dark"]) -> None:
    browser.needed()
    mails = [
        written(name, replace(FACTS, critical=True), language) for name in CUSTOMER_MAILS for language in LANGUAGES
    ]
    notice = NoticeItem(
        NoticeKind.NEW_TICKET,
        text="x",
        ticket=5,
        tenant="Contoso",
        severity=Severity.CRITICAL,
        playbook="Check",
        steps=("one",),
        subject="word " * 30,
        sender="a-rather-long-local-part.of-somebody@a-rather-long-domain-name.example",
        verified=False,
        excerpt="word " * 60,
        reasons=("because",),
        promised_at=MONDAY,
        received_at=MONDAY,
    )
    mails.append(render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "N", (notice, notice)), "en", BERLIN))
    week = a_week.week()
    long = Need(f"{notice.sender} is nobody's customer yet", command=f"mailbot senders accept {notice.sender} contoso")
    crowded = replace(week, needs=(*week.needs, replace(long, taps=week.needs[0].taps)), senders=(long,))
    mails += [render(TEMPLATES, "team-digest", one, "en", BERLIN) for one in (week, crowded, a_week.week(3))]
    relay = relay_of("word " * 30)
    mails.append(render(TEMPLATES, "team-relay", relay, "en", BERLIN))
    overdue = replace(relay.item, sender=notice.sender, verified=True, call=(CallBack("+49 30 555 0143", "listed"),))
    relay = replace(relay, now=MONDAY + timedelta(days=1), item=overdue, readers=(Person("", notice.sender),))
    mails.append(render(TEMPLATES, "team-relay", relay, "en", BERLIN))
    policies = [(one, language) for one in of_policy() for language in LANGUAGES]
    mails += [render(TEMPLATES, "customer-policy", one, language, BERLIN) for one, language in policies]
    shown = [(mail.subject, mail.html) for mail in mails]
    shown += [
        ("the page", web_page(TEMPLATES, "policy-page", one, language, BERLIN).html) for one, language in policies
    ]
    with browser.page(width=width, scheme=scheme) as page:
        for name, html in shown:
            page.set_content(html)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            weak = [(text, ratio) for text, ratio in page.evaluate(browser.CONTRAST) if ratio < 4.5]
            assert weak == [], name


@pytest.mark.slow
@pytest.mark.chromium
def test_the_page_of_what_is_promised_prints_dark_on_white() -> None:
    browser.needed()
    with browser.page(width=1000, scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        for language in LANGUAGES:
            page.set_content(web_page(TEMPLATES, "policy-page", of_policy()[0], language, BERLIN).html)
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            weak = [(text, ratio) for text, ratio in page.evaluate(browser.CONTRAST) if ratio < 7]
            assert weak == [], language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_what_is_promised_is_whole_in_itself(language: str) -> None:
    for facts in of_policy():
        html = web_page(TEMPLATES, "policy-page", facts, language, BERLIN).html
        tree = LexborHTMLParser(html)
        assert html.startswith("<!doctype html>")
        assert [node.attributes.get("lang") for node in tree.css("html")] == [language]
        assert len(tree.css("title, main, h1")) == 3
        assert tree.css("script, link, img, iframe, object, form, [src], [onclick], [style]") == []
        assert "url(" not in html
        assert "@import" not in html
        assert {(node.attributes["href"] or "").partition(":")[0] for node in tree.css("a")} <= {
            "https",
            "tel",
            "mailto",
        }


def test_no_class_is_written_by_an_expression() -> None:
    # Styles are put in place of classes when a template is loaded: nobody would see that one is missing.
    folder = Path(__file__).parent.parent / "templates"
    assert not [path.name for path in folder.glob("*.html.j2") if re.search(r'class="[^"]*\{[{%]', path.read_text())]


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        ((Severity.CRITICAL, *[Severity.NORMAL] * 7), "1 critical of 8 new tickets"),
        ((Severity.CRITICAL, Severity.CRITICAL), "Critical: 2 new tickets"),
        ((Severity.NORMAL, Severity.HIGH), "2 new tickets"),
    ],
)
def test_the_subject_of_a_notice_counts_what_is_critical(severities: tuple[Severity, ...], said: str) -> None:
    items = tuple(NoticeItem(NoticeKind.NEW_TICKET, ticket=7, severity=one) for one in severities)
    assert notices.subject(items) == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (NoticeKind.THANKED, "2 thank-yous"),
        (NoticeKind.SELF_SERVED, "2 tickets solved by an article"),
        (NoticeKind.RECOVERED, "2 recoveries"),
        (NoticeKind.RISE, "Critical: 2 rises"),
    ],
)
def test_good_news_of_critical_tickets_is_not_called_critical(kind: NoticeKind, said: str) -> None:
    assert notices.subject([NoticeItem(kind, ticket=7, severity=Severity.CRITICAL)] * 2) == said


def test_the_subject_of_a_notice_counts_what_is_critical_among_other_things() -> None:
    critical = NoticeItem(NoticeKind.NEW_TICKET, ticket=7, severity=Severity.CRITICAL)
    items = (critical, NoticeItem(NoticeKind.QUARANTINED), NoticeItem(NoticeKind.BOUNCED, severity=Severity.LOW))
    said = "1 critical of 3: 1 new ticket, 1 message in quarantine, 1 returned mail"
    assert notices.subject(items) == said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Re: [1004] We have your message", "[1004] We have your message"),
        ("AW: Re: [1004] We have your message", "[1004] We have your message"),
        ("Re: [1003] We have your message", "[1004] Re: [1003] We have your message"),
        ("Re: Bill [1004]", "[1004] Re: Bill [1004]"),
        ("Re: [1004]", "[1004] (no subject)"),
    ],
)
def test_the_subject_of_a_relay_says_the_number_once(subject: str, said: str) -> None:
    assert notices.relay_subject(NoticeItem(NoticeKind.REPLY, ticket=1004, subject=subject)) == said


def test_lines_that_end_a_sentence_stay_apart_and_those_cut_at_the_edge_go_on() -> None:
    own = "Our front desk phone shows the wrong caller's name. Can you fix it by Friday?\nAlso, can we get a line?"
    assert notices.flowing(own) == own
    cut = "Our front desk phone shows the wrong caller's name whenever we call somebody\nelse, so nobody picks up."
    assert notices.flowing(cut) == cut.replace("\n", " ")


def test_commands_within_a_sentence_stand_apart_and_nothing_else_becomes_html() -> None:
    item = NoticeItem(NoticeKind.THANKED, text="#7 <b>is</b> closed; `mailbot reopen 7` opens it.")
    mail = render(TEMPLATES, "team-notice", NoticeFacts(SATURDAY, "Northwind", (item,)), "en", BERLIN)
    assert "#7 &lt;b&gt;is&lt;/b&gt; closed; <code>mailbot reopen 7</code> opens it." in mail.html
    assert "`mailbot reopen 7`" in mail.text
