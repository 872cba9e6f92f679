"""A desk's year as its customers write it: a background of many kinds, and planted in it what is to be found.

There are `Burst`s, in which the same thing fails for some customers within an hour; coincidences, when customers write
at the same time of one common issue, each for another reason; and each week one question that more customers ask than
any other. What is written is drawn from our own words (`*.toml` beside this file), each customer writing in one of five
languages, with greetings, further remarks and signatures around it. The same seed gives the same year.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
"""The Monday with which each year begins."""
WEEKS = 52
BACKGROUND, COINCIDENCE = "background", "coincidence"

_HERE = Path(__file__).parent
_LANGUAGES = ("en", "de", "fr", "es", "pt")
_SHARES = (50, 20, 10, 10, 10)
_COMPANIES = (
    "Acorn Abbey Birch Cedar Delta Ember Falcon Granite Heron Iris Juniper Kestrel Lark Maple Nettle Orchid Pelican "
    "Quartz Raven Sorrel Tansy Umber Violet Willow Yarrow Zephyr"
).split()
_TRADES = ("Dental", "Logistics", "Law", "Bakery", "Plumbing", "Clinic", "Tours", "Timber")
_PEOPLE = (
    "Ann Bert Carla Dirk Elsa Frank Greta Hugo Ines Jana Karl Lena Marc Nora Otto Paula Quinn Rosa Stefan Tina Ugo Vera"
).split()
_FAMILIES = (
    "Abel Brandt Costa Duarte Evans Fischer Garcia Huber Ivers Jansen Keller Lopes Moreau Novak Olsen Perez".split()
)
_PLACES = "Lisbon Hamburg Lyon Bilbao Leeds Zurich Porto Dallas Vienna Oslo".split()
_DEVICES = ("Pixel 8", "T46U", "D785", "VVX 450", "iPhone 15", "W73P", "GRP2614", "laptop")
_GREETINGS = {
    "en": ("Hi,", "Hello,", "Good morning,", "Hi team,", "Dear support,", ""),
    "de": ("Hallo,", "Guten Tag,", "Sehr geehrte Damen und Herren,", "Guten Morgen,", ""),
    "fr": ("Bonjour,", "Bonjour à tous,", ""),
    "es": ("Hola,", "Buenos días:", "Buenas tardes,", ""),
    "pt": ("Olá,", "Bom dia,", "Boa tarde,", ""),
}
_REMARKS = {
    "en": (
        "Can you please look into it?",
        "This is urgent for us.",
        "We have restarted everything already.",
        "It began a few minutes ago.",
        "Please call me on my mobile if you need more.",
        "Let me know what you need from us.",
        "Yesterday it was all fine.",
        "",
        "",
    ),
    "de": (
        "Können Sie bitte nachsehen?",
        "Es ist dringend.",
        "Neu gestartet haben wir schon alles.",
        "Das ist seit ein paar Minuten so.",
        "",
        "",
    ),
    "fr": ("Pouvez-vous regarder ?", "C'est urgent pour nous.", "Nous avons déjà tout redémarré.", "", ""),
    "es": ("¿Pueden revisarlo, por favor?", "Nos urge mucho.", "Ya hemos reiniciado todo.", "", ""),
    "pt": ("Podem verificar, por favor?", "É urgente para nós.", "Já reiniciámos tudo.", "", ""),
}
_FAREWELLS = {
    "en": ("Thanks,", "Best regards,", "Regards", "Thank you!"),
    "de": ("Viele Grüße", "Mit freundlichen Grüßen", "Danke und Gruß"),
    "fr": ("Cordialement,", "Merci d'avance,"),
    "es": ("Saludos,", "Un saludo,", "Gracias"),
    "pt": ("Cumprimentos,", "Obrigada,", "Atenciosamente,"),
}
_SUBJECTS = {
    "en": ("Help", "Question", "Please help", "Phones", "Support request"),
    "de": ("Hilfe", "Frage", "Telefonanlage", "Bitte um Hilfe"),
    "fr": ("Aide", "Question", "Demande"),
    "es": ("Ayuda", "Consulta", "Teléfonos"),
    "pt": ("Ajuda", "Pergunta", "Telefones"),
}
_HOURS = (8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 15, 15, 16, 17)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer, the language that is written there, and who writes."""

    id: str
    name: str
    language: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What opens a ticket: `kind` says what it is about, `burst` the number of the burst that it is of."""

    at: datetime
    tenant: Tenant
    person: str
    subject: str
    text: str
    kind: str
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Burst:
    """What fails for these tenants, from the first to the last of whom so much time passes."""

    number: int
    kind: str
    start_at: datetime
    end_at: datetime
    tenants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Week:
    """The week from this Monday on, the question of which most is asked then, and by whom."""

    start_at: datetime
    top: str
    tenants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Year:
    """All that is written in a year, by time, and what is planted in it."""

    tenants: tuple[Tenant, ...]
    written: tuple[Written, ...]
    bursts: tuple[Burst, ...]
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """How large a desk is: its tenants, what comes on a working day, and how much is planted in a year."""

    tenants: int = 80
    a_day: int = 16
    bursts: int = 40
    coincidences: int = 40


def year(seed: int, desk: Desk | None = None, wordings: str = "") -> Year:
    """Return the year of a seed. With `wordings` bursts are told in the words of `bursts-<wordings>.toml`."""
    return _Writer(random.Random(seed), desk or Desk(), f"bursts-{wordings}" if wordings else "bursts").year()


@cache
def texts(name: str) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the texts of a file beside this one, by kind and language."""
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _coincidences() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = texts("alone")[COINCIDENCE]  # type: ignore[assignment]
    return found


class _Writer:
    """Draws a year from `chance`."""

    def __init__(self, chance: random.Random, desk: Desk, reports: str) -> None:
        self._chance = chance
        self._desk = desk
        self._reports = texts(reports)
        self._tenants = tuple(map(self._tenant, range(desk.tenants)))

    def year(self) -> Year:
        bursts: list[Burst] = []
        written = [*self._background(), *self._coincidental()]
        for number in range(self._desk.bursts):
            burst, told = self._burst(number)
            bursts.append(burst)
            written += told
        weeks: list[Week] = []
        for number in range(WEEKS):
            week, asked = self._week(FIRST + timedelta(weeks=number))
            weeks.append(week)
            written += asked
        written.sort(key=lambda one: (one.at, one.tenant.id))
        return Year(self._tenants, tuple(written), tuple(bursts), tuple(weeks))

    def _tenant(self, number: int) -> Tenant:
        chance = self._chance
        name = f"{_COMPANIES[number % len(_COMPANIES)]} {chance.choice(_TRADES)}"
        people = tuple(f"{chance.choice(_PEOPLE)} {chance.choice(_FAMILIES)}" for _ in range(chance.randint(1, 3)))
        return Tenant(f"t{number}", name, chance.choices(_LANGUAGES, _SHARES)[0], people)

    def _moment(self, day: datetime | None = None) -> datetime:
        """Return a time of a working day, mostly of its morning."""
        chance = self._chance
        if day is None:
            day = FIRST + timedelta(weeks=chance.randrange(WEEKS), days=chance.randrange(5))
        return day + timedelta(hours=chance.choice(_HOURS), seconds=chance.randrange(3600))

    def _background(self) -> Iterator[Written]:
        chance = self._chance
        kinds = texts("alone")[BACKGROUND]
        for number in range(WEEKS * 7):
            day = FIRST + timedelta(days=number)
            usual = self._desk.a_day if day.weekday() < 5 else self._desk.a_day // 8
            for _ in range(chance.randint(usual // 2, usual + usual // 2)):
                tenant = chance.choice(self._tenants)
                yield self._written(self._moment(day), tenant, kinds[tenant.language], BACKGROUND)

    def _coincidental(self) -> Iterator[Written]:
        chance = self._chance
        for _ in range(self._desk.coincidences):
            kind = chance.choice(sorted(_coincidences()))
            start = self._moment()
            tenants = chance.sample(self._tenants, chance.randint(3, 4))
            matters = chance.sample(sorted(_coincidences()[kind]), min(len(tenants), len(_coincidences()[kind])))
            for tenant, matter in zip(tenants, matters, strict=False):
                told = _coincidences()[kind][matter]
                at = start + timedelta(seconds=chance.randrange(25 * 60))
                yield self._written(
                    at, tenant, [told.get(tenant.language, told["en"])], f"{COINCIDENCE}:{kind}:{matter}"
                )

    def _burst(self, number: int) -> tuple[Burst, list[Written]]:
        chance = self._chance
        kind = chance.choice(sorted(self._reports))
        start, lasts = self._moment(), timedelta(minutes=chance.randint(5, 60))
        tenants = chance.sample(self._tenants, chance.randint(3, 8))
        told = [
            self._written(start + lasts * chance.random(), one, self._reports[kind][one.language], kind, number)
            for one in tenants
        ]
        times = [one.at for one in told]
        return Burst(number, kind, min(times), max(times), frozenset(one.id for one in tenants)), told

    def _week(self, start: datetime) -> tuple[Week, list[Written]]:
        chance = self._chance
        questions = texts("questions")
        top, *others = chance.sample(sorted(questions), 5)
        askers = chance.sample(self._tenants, chance.randint(6, 9))
        asked = [self._question(start, one, top) for one in askers]
        for other in others:
            asked += [self._question(start, one, other) for one in chance.sample(self._tenants, chance.randint(1, 3))]
        return Week(start, top, frozenset(one.id for one in askers)), asked

    def _question(self, start: datetime, tenant: Tenant, kind: str) -> Written:
        at = self._moment(start + timedelta(days=self._chance.randrange(5)))
        return self._written(at, tenant, texts("questions")[kind][tenant.language], kind)

    def _written(self, at: datetime, tenant: Tenant, choice: list[str], kind: str, burst: int | None = None) -> Written:
        chance = self._chance
        person = chance.choice(tenant.people)
        core = chance.choice(choice).format(
            ext=chance.randint(101, 399),
            name=chance.choice(_PEOPLE),
            place=chance.choice(_PLACES),
            device=chance.choice(_DEVICES),
        )
        language = tenant.language
        first = core.split(".")[0].split("?")[0].split("!")[0]
        subject = chance.choice((first[:60], chance.choice(_SUBJECTS[language]), ""))
        body = f"{core} {chance.choice(_REMARKS[language])}".strip()
        signed = f"{chance.choice(_FAREWELLS[language])}\n{person}\n{tenant.name}"
        text = "\n\n".join(filter(None, (chance.choice(_GREETINGS[language]), body, signed)))
        return Written(at, tenant, person, subject, text, kind, burst)
