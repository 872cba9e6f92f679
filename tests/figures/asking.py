"""Customers who ask alike: questions in many wordings and five languages, by invented people of invented companies."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailbot.figures.questions import Asked

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
FIRMS = (
    "Acme Dental,Bücher & Söhne GmbH,Cabinet Lefèvre,Zénith SARL,Señor Taco,Padaria São João,O'Neill Law,Kwik-Fit 24"
    ",Müller Maschinenbau AG,Quintero Abogados,Phones Direct,The Red Door,Ångström Labs,Naïve Café,Greeting Cards Inc"
).split(",")
FIRST = "Jane José Zoë Günther Chloé Iñigo João Li Will May Åsa Ana Music Holden".split()
LAST = "Roe Ñandú Smith Müller-Weiß Lefèvre D'Souza Güttler Ångström Gonçalves Quintero Brontë Krähe".split()

QUESTIONS: dict[str, tuple[str, ...]] = {
    "hold music": (
        "How do I change our hold music?",
        "We would like other music on hold. Where can I upload a file?",
        "Is it possible to replace the music that callers hear on hold?",
        "Can you tell me how to upload our own hold music?",
        "Where do I change the music on hold for our office?",
        "The hold music is terrible, how can we change it to our own?",
        "Wie kann ich unsere Wartemusik ändern?",
        "Comment changer notre musique d'attente ?",
        "¿Cómo puedo cambiar la música en espera?",
        "Como posso mudar a música de espera?",
    ),
    "call recording": (
        "How do we switch on call recording for two of our colleagues?",
        "Is there a way to record calls? We need recordings for training.",
        "Where can I find the recordings of our calls?",
        "Can you tell me how to turn on recording of calls?",
        "We have to record our calls from next month on. How do I set up recording?",
        "Call recording: how long are recordings kept and how do I get them?",
    ),
    "greeting": (
        "How can I record a new greeting for our main line?",
        "How can we change the greeting that people hear?",
        "Where do I record the greeting of our voice menu?",
        "Wie kann ich eine neue Ansage aufnehmen?",
        "Wir möchten unsere Ansage ändern, wie geht das?",
        "Unsere Begrüßung ist veraltet. Wo kann man die Ansage ändern?",
    ),
    "fax": (
        "How do we receive a fax by email?",
        "Can we get faxes as email attachments? How do I set that up?",
        "Is it possible to send a fax from my email program?",
        "We still need fax. How do I set up fax to email?",
    ),
    "opening hours": (
        "We are closed next Friday. How do I change our business hours for the holiday?",
        "How can I set other opening hours over Christmas?",
        "Where do I enter a holiday so that night mode comes on?",
        "Wie stelle ich die Öffnungszeiten über die Feiertage um?",
    ),
}
"""By what they are about; of each the wordings are of one question."""
OTHERS = (
    "Please send our invoice again, I deleted it.",
    "One of our phones shows a cracked display, can we get another one?",
    "What does a second line cost for a year?",
    "Our router was replaced and now the internet is slow.",
    "The address on your letter is wrong, we moved in March.",
    "Your colleague was very kind on the telephone yesterday.",
    "Do you sell headsets for people who wear glasses?",
    "My password does not work in the portal any more.",
    "Calls from Norway arrive with a strange number.",
    "We want to cancel one of our lines at the end of June.",
    "Bitte schicken Sie uns einen neuen Vertrag.",
    "Pouvez-vous nous rappeler au sujet de notre offre ?",
    "Text messages to our main number get lost.",
    "The lamp on my phone keeps blinking without any message.",
    "How many people can be in one queue?",
)
"""What only one asks."""


def folded(text: str) -> str:
    """Return a text as it is searched: without case, accents and what cannot be seen."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in bare if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")


def label(firm: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folded(firm)).strip("-")


@dataclass(frozen=True)
class Customer:
    """Somebody invented, of an invented company."""

    firm: str
    person: str

    @property
    def tenant(self) -> str:
        return label(self.firm)

    @property
    def domain(self) -> str:
        return f"{self.tenant}.example"

    @property
    def address(self) -> str:
        first, last = self.person.split(" ", 1)
        return f"{re.sub('[^a-z]', '', folded(first))}.{re.sub('[^a-z]', '', folded(last))}@{self.domain}"


def customers(rng: random.Random, number: int) -> list[Customer]:
    """Return people of so many companies, one of each."""
    return [Customer(firm, f"{rng.choice(FIRST)} {rng.choice(LAST)}") for firm in rng.sample(FIRMS, number)]


def signed(one: Customer, question: str, rng: random.Random) -> str:
    """Return a mail's text as people write it: with what tells who they are around the question."""
    opening = rng.choice(
        ("Hello,", "Hi team,", f"This is {one.person} of {one.firm}.", f"Here is {one.firm} again.", "")
    )
    detail = rng.choice(
        (
            f"Our number is +1 212 555 0{rng.randrange(100, 200)}, account {rng.randrange(10_000, 99_999)}.",
            f"I am at extension {rng.randrange(100, 999)}, at {label(one.firm)}.pbx.example.",
            f"Please write to {one.address} or ask {one.person.split()[0]}.",
            f"My password is hunter{rng.randrange(10)}, if you need it.",
            "",
        )
    )
    closing = rng.choice(
        (
            f"Regards, {one.person}\n{one.firm}",
            f"{one.person}\n{one.firm}, {rng.randrange(1, 99)} {rng.choice(LAST)} Street",
            f"-- {one.person}",
        )
    )
    return "\n".join(filter(None, (opening, question, detail, closing)))


def ask(number: int, one: Customer, question: str, rng: random.Random, at: datetime | None = None) -> Asked:
    """Return a ticket of that number in which he asks that."""
    return Asked(
        number,
        one.tenant,
        at or BEGINS + timedelta(minutes=7 * number),
        rng.choice((question.split("?", maxsplit=1)[0][:40], "A question", f"{one.firm}: question", "")),
        signed(one, question, rng),
        None,
        one.address,
        one.person,
    )


def a_week(rng: random.Random, planted: str, tenants: int, others: int) -> tuple[list[Asked], set[int]]:
    """Return what was asked in a week, shuffled, and the tickets that ask the planted question."""
    wordings: Sequence[str] = QUESTIONS[planted]
    told = [(one, rng.choice(wordings), True) for one in customers(rng, tenants)]
    told += [(rng.choice(customers(rng, 3)), words, False) for words in rng.sample(OTHERS, others)]
    rng.shuffle(told)
    asked = [ask(number, one, words, rng) for number, (one, words, _) in enumerate(told, 1000)]
    return asked, {number for number, (_, _, is_planted) in enumerate(told, 1000) if is_planted}
