"""Which articles are offered: the right one or none, in five languages, with the articles to start with."""

from __future__ import annotations

from collections import Counter

import pytest

from mailbot.deciding.articles.matching import answering
from mailbot.deciding.classify import Classification
from mailbot.deciding.phrases import PhraseBook
from mailbot.deciding.understanding import classified
from mailbot.reading.model import Message
from mailbot.rules import Article, Playbook, Rules, Severity, articles
from mailbot.rules.publishing import Site
from tests.scorecard.offered import with_starters

STARTERS = with_starters()
NORMAL = Classification(Severity.NORMAL, None)
SITE = Site(folder="site", address="https://help.example")


def offered(text: str, subject: str = "", language: str = "en") -> list[str]:
    message = Message(subject=subject, text=text, reply_text=text)
    return [one.id for one in answering(message, classified(message, STARTERS, None), STARTERS, language)]


@pytest.mark.parametrize("article", STARTERS.articles, ids=lambda article: article.id)
def test_a_starter_has_the_quotation_marks_and_apostrophes_of_print(article: Article) -> None:
    assert not set(f"{article.title}{article.text}") & set("\"'")


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("How do I add an extension?", "add-an-extension.en"),
        ("We have a new colleague from Monday. Could you set up a new extension for her?", "add-an-extension.en"),
        ("How do I reset my password?", "passwords-and-pins.en"),
        ("We need another extension for a new colleague.", "add-an-extension.en"),
        ("Wir brauchen eine weitere Nebenstelle für einen neuen Kollegen.", "add-an-extension.de"),
        ("Nous avons besoin d'un poste supplémentaire.", "add-an-extension.fr"),
        ("Necesitamos una extensión adicional.", "add-an-extension.es"),
        ("Precisamos de um novo ramal.", "add-an-extension.pt"),
        ("I forgot my voicemail PIN.", "passwords-and-pins.en"),
        ("Can you reset the password for Kim on the portal?", "passwords-and-pins.en"),
        ("Password reset please", "passwords-and-pins.en"),
        ("I can't make outgoing calls from my desk phone.", "outgoing-calls.en"),
        ("My voicemails no longer arrive by email.", "voicemail-by-email.en"),
        ("Customers see our number instead of the company name when we call.", "caller-name.en"),
        ("The phone in the lobby does not register.", "phone-offline.en"),
        ("How do we port our number to you?", "bring-a-number.en"),
        ("We would like to port our number away to another provider.", "take-a-number-away.en"),
        ("Wie richte ich eine neue Nebenstelle ein?", "add-an-extension.de"),
        ("Ich habe das Passwort vergessen.", "passwords-and-pins.de"),
        ("Können Sie bitte die PIN zurücksetzen?", "passwords-and-pins.de"),
        ("Wir möchten unsere Rufnummer zu Ihnen portieren.", "bring-a-number.de"),
        ("Comment ajouter un poste pour notre nouvelle collègue ?", "add-an-extension.fr"),
        ("J'ai oublié mon mot de passe.", "passwords-and-pins.fr"),
        ("¿Cómo puedo añadir una extensión?", "add-an-extension.es"),
        ("He olvidado mi contraseña del buzón.", "passwords-and-pins.es"),
        ("Como posso adicionar um ramal?", "add-an-extension.pt"),
        ("Esqueci a minha senha do portal.", "passwords-and-pins.pt"),
        ("Maria starts on Monday. She needs an extension and a voicemail box.", "add-an-extension.en"),
        ("Bitte richten Sie ihr eine Durchwahl ein.", "add-an-extension.de"),
        ("Wie lege ich im Portal eine weitere Nebenstelle an?", "add-an-extension.de"),
        ("\u00bfC\u00f3mo damos de alta una extensi\u00f3n nueva?", "add-an-extension.es"),
        ("What do I do if I can't remember my voicemail PIN?", "passwords-and-pins.en"),
        ("Wie kann ich die PIN meiner Mailbox \u00e4ndern?", "passwords-and-pins.de"),
        ("J'ai perdu le code de ma messagerie vocale.", "passwords-and-pins.fr"),
        ("No recuerdo la contrase\u00f1a del portal.", "passwords-and-pins.es"),
        ("How do we port our number, and is there a fee?", "bring-a-number.en"),
    ],
)
def test_a_question_that_an_article_answers_is_offered_it_in_the_readers_language(text: str, article: str) -> None:
    assert offered(text, language=article[-2:]) == [article]


@pytest.mark.parametrize(
    "text",
    [
        "How do I change the hold music?",
        "All our phones are down. How do I add an extension?",
        "Please remove extension 204.",
        "I can't add an extension, the page shows an error.",
        "Someone stole the laptop, reset all passwords at once!",
        "I had to reset my password and now the meeting button is gone.",
        "My ERP password has expired, please reset my password.",
        "Please send the invoice for November.",
        "Nobody at extension 204 answers.",
        "Thanks, the new password works.",
        "The new extension for reception does not ring.",
        "I'd like to add a user to the ring group.",
        "How much does an additional extension cost?",
        "The password reset mail does not arrive.",
        "I reset my password and now the phone is silent.",
        "Please reset the router password for our guests.",
        "Bitte die Nebenstelle 20 löschen.",
        "Die neue Nebenstelle 12 klingelt nicht.",
        "Was kostet eine weitere Nebenstelle?",
        "Le nouveau poste ne sonne pas.",
        "Nous avons changé le mot de passe du wifi.",
        "La nueva extensión no suena.",
        "Cambiamos la contraseña del router y ahora no hay tono.",
        "O novo ramal não toca.",
        "Mudamos a senha do roteador.",
        "Why is the invoice higher? Did the port cost extra?",
        "You charged 25 dollars for porting our number.",
        "The number you ported last week shows no ring.",
        "Any news about the porting of our numbers?",
        "We need a new extension cable.",
        "We need an extension of the deadline.",
        "We want to add a user to the Teams integration.",
        "Stop sending me voicemails by email.",
        "Our outgoing calls are labelled Scam Likely.",
        "Ajouter le poste 12 au groupe d'appel.",
        "A\u00f1adir la extensi\u00f3n 12 al grupo.",
        "Adicionar o ramal 12 ao grupo.",
        "",
    ],
)
def test_what_no_article_answers_for_sure_is_offered_none(text: str) -> None:
    assert offered(text) == []


def article(name: str, **head: object) -> Article:
    return Article.model_validate({"id": name, "title": name, "topic": "t", "text": "words", **head})


def found(
    rules: Rules, text: str, about: Classification = NORMAL, language: str = "en", subject: str = ""
) -> list[str]:
    message = Message(subject=subject, text=text, reply_text=text)
    return [one.id for one in answering(message, about, rules, language)]


def test_an_outage_is_offered_nothing() -> None:
    rules = Rules(site=SITE).with_articles((article("fax", keywords=("fax",)),))
    assert found(rules, "The fax.", Classification(Severity.HIGH, None)) == ["fax"]
    assert found(rules, "The fax.", Classification(Severity.CRITICAL, None)) == []


def test_two_at_most_and_those_first_that_the_subject_names() -> None:
    articles = tuple(article(name, keywords=(name,)) for name in ("fax", "music", "menu"))
    rules = Rules(site=SITE).with_articles(articles)
    assert found(rules, "The fax, the music and the menu.", subject="Menu") == ["menu", "fax"]


def test_what_nobody_could_read_is_not_offered() -> None:
    hidden = (article("fax", keywords=("fax",), draft=True), article("music", keywords=("music",)))
    assert found(Rules(site=SITE).with_articles(hidden), "The fax, the music.") == ["music"]
    assert found(Rules().with_articles(hidden), "The fax, the music.") == [], "no page is written, so there is no link"
    linked = article("menu", keywords=("menu",), text="", link="https://help.example/menu")
    assert found(Rules().with_articles((linked,)), "The menu.") == ["menu"]


def test_an_article_of_an_issue_is_for_mail_about_it_only() -> None:
    about = Classification(Severity.HIGH, Playbook.VOICEMAIL_EMAIL)
    any_of_it = article("voicemail", playbook=Playbook.VOICEMAIL_EMAIL)
    with_words = article("strict", playbook=Playbook.VOICEMAIL_EMAIL, keywords=("SPF",))
    rules = Rules(site=SITE).with_articles((with_words, any_of_it))
    assert found(rules, "Held as SPF fails.", about) == ["strict", "voicemail"]
    assert found(rules, "Nothing comes.", about) == ["voicemail"]
    assert found(rules, "Held as SPF fails.") == []


def test_a_translation_stands_in_for_its_article_and_shares_what_speaks_against_it() -> None:
    english = article("fax", keywords=("fax machine",), unless=("broken",))
    german = article("fax.de", keywords=("faxgerät",), language="de")
    rules = Rules(site=SITE).with_articles((english, german))
    assert found(rules, "A fax machine for Monday?", language="de") == ["fax.de"]
    assert found(rules, "Ein Faxgerät für Montag?", language="fr") == ["fax.de"], "the language they write in"
    assert found(rules, "Das Faxgerät ist broken.", language="de") == []


def test_far_down_in_a_long_mail_nothing_is_looked_for() -> None:
    rules = Rules(site=SITE).with_articles((article("fax", keywords=("fax",)),))
    assert found(rules, "We write a lot.\n" * 11 + "The fax.") == ["fax"]
    assert found(rules, "We write a lot.\n" * 12 + "The fax.") == []


def test_each_phrase_of_many_articles_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()
    add, parted = PhraseBook.add, articles.parted_id

    def counted_add(book: PhraseBook, phrase: str, owners: int) -> None:
        counted["added"] += 1
        add(book, phrase, owners)

    def counted_parted(name: str) -> tuple[str, str]:
        counted["parted"] += 1
        return parted(name)

    monkeypatch.setattr(PhraseBook, "add", counted_add)
    monkeypatch.setattr(articles, "parted_id", counted_parted)
    many = tuple(
        Article(
            id=f"subject-{number}.{language}",
            title="T",
            topic="T",
            text="T",
            language=language,
            keywords=(f"subject{number}",),
            unless=("unlikely",),
        )
        for number in range(40)
        for language in ("en", "de", "fr", "es", "pt")
    )
    rules = Rules(site=SITE).with_articles(many)
    said = Message(subject="", text="What of subject7?", reply_text="What of subject7?")
    assert [one.id for one in answering(said, NORMAL, rules, "fr")] == ["subject-7.fr"]
    assert counted["added"] == 2 * len(many)
    assert counted["parted"] < 3 * len(many)
    none = Message(subject="", text="Unlikely, subject7?", reply_text="Unlikely, subject7?")
    assert answering(none, NORMAL, rules, "fr") == ()
