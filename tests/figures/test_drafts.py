"""No draft of an article names a customer: hundreds of groups of invented ones ask, and each draft is searched."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from mailbot.deciding.sayable import Sayable, Written
from mailbot.figures.drafting import Draft, draft, language_of
from mailbot.figures.questions import Asked, Repeat, repeats
from mailbot.render import LANGUAGES, Templates, drafts
from mailbot.rules import Agent, Partner, Playbook, Rules, Tenant, Vendor
from tests.figures.asking import FIRMS, QUESTIONS, a_week, folded, label
from tests.figures.test_questions import _shipped, _year, asked_in

_UTC = ZoneInfo("UTC")


@cache
def _rules() -> Rules:
    return _shipped().model_copy(
        update={
            "partner": Partner(id="harbor", brand="Harbor Voice", address="support@harborvoice.example"),
            "tenant": tuple(Tenant(id=label(firm), name=firm, domains=(f"{label(firm)}.example",)) for firm in FIRMS),
            "agent": (Agent(id="dana", name="Dana Ortiz", addresses=("dana@harborvoice.example",)),),
            "vendor": (Vendor(id="carrier", name="Skywire Networks", addresses=("noc@skywire.example",)),),
        }
    )


def _names(rules: Rules) -> dict[str, str]:
    return {tenant.id: tenant.name for tenant in rules.tenant}


def _drafted(repeat: Repeat, asked: Sequence[Asked], rules: Rules) -> tuple[Draft, str]:
    people, addresses = ({getattr(one, name) for one in asked} for name in ("requester_name", "requester"))
    made = draft(repeat, Sayable.of(rules, people, addresses), _names(rules))
    wording = Templates(None).wording(made.language, "US", _UTC)
    steps = rules.playbook[made.playbook].steps if made.playbook else ()
    return made, drafts.file(made, wording, f"Drafted from {len(repeat.asked)} tickets.", steps)


def _said(asked: Iterable[Asked]) -> set[str]:
    """Return what tells who somebody is: names, addresses, numbers, and whole sentences of three words and more."""
    told: set[str] = set()
    for one in asked:
        told |= {folded(one.requester), folded(one.requester_name), *re.findall(r"\d{3,}", f"{one.subject} {one.text}")}
        told |= {folded(word) for word in re.findall(r"\S+@\S+|\S+\.example\S*|hunter\d", one.text)}
        sentences = re.split(r"[.?!\n]", f"{one.subject}\n{one.text}")
        told |= {folded(said).strip() for said in sentences if len(said.split()) > 2}
    return told - {""}


def _spaced(text: str) -> str:
    return re.sub(r"[^\w@.]+", " ", folded(text))


@pytest.mark.parametrize("seed", range(8))
def test_no_draft_has_a_name_an_address_a_number_or_a_sentence_of_a_customer(seed: int) -> None:
    made = 0
    for planted in QUESTIONS:
        rng = random.Random(f"{seed} {planted}")
        asked, _ = a_week(rng, planted, rng.randrange(2, 9), 12)
        told = _said(asked) | {folded(firm) for firm in FIRMS} | {label(firm) for firm in FIRMS}
        for repeat in repeats(asked, _names(_rules())):
            _, file = _drafted(repeat, asked, _rules())
            seen = (folded(file), _spaced(file))
            assert {word for word in told if any(word in text for text in seen)} == set(), file
            made += 1
    assert made >= len(QUESTIONS) - 1, "where nothing is drafted, nothing is hidden"


@pytest.mark.parametrize("week", [1, 17, 29, 44])
def test_of_a_generated_year_no_draft_names_anybody(week: int) -> None:
    made = _year(301)
    rules = _shipped().model_copy(update={"tenant": tuple(Tenant(id=one.id, name=one.name) for one in made.tenants)})
    asked = [one for one, _ in asked_in(made, made.weeks[week])]
    told = _said(asked) | {folded(one.name) for one in made.tenants}
    told |= {folded(word) for one in made.tenants for name in one.people for word in name.split() if len(word) > 4}
    for repeat in repeats(asked, _names(rules))[:8]:
        _, file = _drafted(repeat, asked, rules)
        assert {word for word in told if re.search(rf"\b{re.escape(word)}\b", _spaced(file))} == set(), file


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_is_an_article_that_nobody_is_offered_yet(language: str) -> None:
    made = Draft("fax", language, ("fax",), ("fax", "Büro"), ("fax by mail", 'a "quoted" word'), Playbook.PORT_IN)
    file = drafts.file(
        made, Templates(None).wording(language, "US", _UTC), "Why.", ("See [the list](https://a.example).",)
    )
    _, head, text = file.split("+++\n")
    read = tomllib.loads(head)
    assert read["draft"] is True
    assert read["keywords"] == ["fax by mail", 'a "quoted" word']
    assert (read["playbook"], read["language"]) == ("port_in", language)
    assert "# 1. See the list." in head
    assert text.strip()


def test_the_draft_is_in_the_language_that_most_write_and_has_words_of_it() -> None:
    texts = (
        ("acme-dental", "Wie kann ich unsere Wartemusik ändern?"),
        ("zenith-sarl", "Unsere Wartemusik ist alt, wie kann man die ändern?"),
        ("senor-taco", "Wo kann ich die Wartemusik für unsere Zentrale ändern?"),
        ("naive-cafe", "How do I change our hold music?"),
    )
    asked = [
        Asked(1000 + at, tenant, _year(301).weeks[0].start_at, "", text) for at, (tenant, text) in enumerate(texts)
    ]
    [repeat] = repeats(asked, _names(_rules()))
    made, file = _drafted(repeat, asked, _rules())
    assert made.language == "de"
    assert "Wartemusik" in made.words
    assert "wartemusik" in " ".join(made.keywords).lower()
    assert "Hier geht es um: Wartemusik" in file


def test_small_words_of_every_spelling_are_left_out() -> None:
    texts = ("¿Cómo puedo cambiar nuestra música en espera?", "Queremos cambiar nuestra música en espera, ¿cómo puedo?")
    at = _year(301).weeks[0].start_at
    asked = [Asked(1000 + number, f"t{number}", at, "", text) for number, text in enumerate(texts * 2)]
    made, _ = _drafted(repeats(asked, {})[0], asked, _rules())
    assert made.language == "es"
    assert "música" in made.words
    assert {"nuestra", "puedo", "queremos"}.isdisjoint(" ".join((*made.words, *made.keywords)).lower().split())


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        # Of a word that no rule knows three must know, and write it small.
        (("the zebra key", "the zebra key", "a zebra"), {"zebra"}),
        (("the zebra key", "the zebra key"), set()),
        (("Zebra key", "ZEBRA key", "Zebra"), set()),
        # One that the rules know needs two.
        (("our voicemail", "Voicemail!"), {"voicemail"}),
        (("our voicemail", "nothing"), set()),
        # Names, whoever says them.
        (("ask dana", "ask dana", "ask dana"), set()),
        (("skywire is slow", "skywire is slow", "skywire"), set()),
        (("at acme dental", "at acme", "acme dental"), set()),
        (("our greeting", "the greeting", "a greeting"), set()),
        (("muller said", "müller said", "mueller said"), set()),
        (("ask zebra", "Zebra said", "Zebra said so", "zebra", "zebra"), set()),
        # Parts of addresses, hosts, paths, numbers.
        (("zebra@a.example", "zebra.example", "https://a.example/zebra"), set()),
        (("zebra4", "4zebra", "z-4-zebra"), set()),
        # Whoever may give away a password.
        (("password: zebra", "password: zebra", "password: zebra"), set()),
    ],
)
def test_only_words_that_several_know_are_said(texts: tuple[str, ...], said: set[str]) -> None:
    sayable = Sayable.of(_rules(), people=("Eva Müller",), addresses=("eva.muller@elsewhere.example",))
    found = {one.surface for one in sayable.common(Written(f"t{at}", text) for at, text in enumerate(texts))}
    wanted = {"zebra", "voicemail", "greeting", "dana", "skywire", "acme", "muller", "müller", "mueller", "dental"}
    assert found & wanted == said


def test_one_customer_alone_makes_no_word_common_however_often_he_writes_it() -> None:
    sayable = Sayable.of(_rules())
    assert sayable.common([Written("t1", "the zebra key of voicemail")] * 9) == ()


def test_words_that_stand_beside_each_other_make_no_name_of_anybody() -> None:
    rules = _rules().model_copy(
        update={"tenant": (Tenant(id="t0", name="Direct Line"), Tenant(id="t9", name="Call Fax"))}
    )
    texts = ("Is there a line for fax, and a direct one? How do we get it?", "How do we get a direct fax line?")
    asked = [Asked(1000 + at, f"t{at}", _year(301).weeks[0].start_at, "", text) for at, text in enumerate(texts * 2)]
    made, file = _drafted(repeats(asked, {})[0], asked, rules)
    assert len({"direct", "line"} & set(made.words)) == 1
    assert "direct line" not in _spaced(file)


def test_who_may_have_written_in_the_names_of_three_brings_no_word_of_his_own() -> None:
    sayable = Sayable.of(_rules())
    texts = ["our voicemail and the zebra"] * 3
    forged = [Written(f"t{at}", text, proven=False) for at, text in enumerate(texts)]
    said = {one.surface for one in sayable.common(forged)}
    assert "voicemail" in said
    assert "zebra" not in said


def test_what_a_customer_is_called_does_not_count_in_his_own_mails() -> None:
    sayable = Sayable.of(_rules())
    written = [
        Written(f"t{at}", "our clinic", (f"{name} Clinic",)) for at, name in enumerate(("Cedar", "Heron", "Iris"))
    ]
    assert [one.surface for one in sayable.common(written)] == ["our"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do we change this?", "en"),
        ("Wie kann ich das ändern?", "de"),
        ("Comment est-ce que nous pouvons changer cela ?", "fr"),
        ("¿Cómo puedo cambiar el desvío?", "es"),
        ("Não posso mudar a nossa saudação", "pt"),
        ("nuestra centralita", "es"),
        ("12345", ""),
    ],
)
def test_the_language_of_a_few_words_is_known(text: str, language: str) -> None:
    assert language_of(text) == language
