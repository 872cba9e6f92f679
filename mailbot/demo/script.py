"""What happens in the demo: one Saturday night and one Monday, mail by mail, and what an agent types meanwhile.

The mails lie in `mails/`. Those that reply to one of ours name it by placeholders, which
`mailbot.demo` fills in with what really went out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Sample:
    """One incoming mail: `file` in mails/, when it comes, who wrote it, and its envelope.

    `reverse_path` "" is the null reverse-path of bounces and some automatic mail. `answers` is
    the file of the mail whose answer this one replies to or returns, "" for none.
    """

    file: str
    at: datetime
    who: str
    reverse_path: str
    recipient: str = "support@harborvoice.example"
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody of the desk types: `typed` behind "mailbot", and the request that it makes.

    Where it has `tickets`, it is about those that the samples of these names opened.
    """

    at: datetime
    typed: str
    request: Mapping[str, str]
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Mails and orders that come one after the other, and the instant until which we look on."""

    title: str
    samples: tuple[Sample, ...]
    until: datetime
    orders: tuple[Order, ...] = ()


def _saturday(hour: int, minute: int) -> datetime:
    """Return the instant in the night from Saturday 2026-11-21 to Sunday, in New York."""
    return datetime(2026, 11, 21 if hour > 12 else 22, hour, minute, tzinfo=_ZONE)  # noqa: PLR2004 - noon parts the days


def _monday(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=_ZONE)


SCENES = (
    Scene(
        "Saturday 23:40 — everybody is asleep",
        (
            Sample("hotel-phones-down", _saturday(23, 40), "North Pier Hotel", "dana@northpier.example"),
            Sample("german-phone-offline", _saturday(23, 43), "Elbe Logistik", "preissler@elbe-logistik.example"),
            # The relay before ours did not see the reply to its first attempt, and sends once more.
            Sample("hotel-phones-down", _saturday(23, 44), "North Pier Hotel", "dana@northpier.example"),
            Sample("newsletter", _saturday(23, 46), "a newsletter", "bounces+8841@telecomweekly.example"),
            Sample("stranger", _saturday(23, 50), "a stranger", "owner@corner-books.example"),
            Sample("forged", _saturday(23, 54), "a forger", "calder@bayside-dental.example"),
            Sample("vet-holiday-greeting", _saturday(23, 58), "Maple Street Vet", "frontdesk@maplestreetvet.example"),
            Sample("out-of-office", _saturday(0, 1), "North Pier Hotel", "", answers="hotel-phones-down"),
            Sample(
                "vet-down",
                _saturday(0, 19),
                "Maple Street Vet",
                "frontdesk@maplestreetvet.example",
                answers="vet-holiday-greeting",
            ),
        ),
        _saturday(1, 0),
    ),
    Scene(
        "Monday 09:05 — the desk is open",
        (
            Sample("lawyers-no-outbound", _monday(9, 5), "Quill & Sons Law", "t.marsh@quillandsons.example"),
            Sample("french-caller-id", _monday(9, 9), "Atelier Garonne", "helene@atelier-garonne.example"),
            Sample("spanish-voicemail", _monday(9, 13), "Talleres Mirasol", "ivan@talleresmirasol.example"),
            Sample(
                "freight-port-in",
                _monday(9, 17),
                "Pacific Crate",
                "andre@pacificcrate.example",
                recipient="freight-desk@harborvoice.example",
            ),
            Sample("clinics-wish", _monday(9, 22), "Mesa Verde Clinics", "lupe.ortiz@mesaverde.example"),
            Sample("studio-port-out", _monday(9, 27), "Harrow Lane Studios", "imogen@harrowlane.example"),
            Sample("prospect", _monday(9, 31), "a new customer?", "otis@lanternbakery.example"),
            Sample("bounce", _monday(9, 34), "a mail server", "", answers="prospect"),
            Sample(
                "lawyers-add-detail",
                _monday(9, 48),
                "Quill & Sons Law",
                "t.marsh@quillandsons.example",
                answers="lawyers-no-outbound",
            ),
            Sample("dental-main-number", _monday(10, 3), "Bayside Dental", "reception@bayside-dental.example"),
        ),
        _monday(10, 30),
    ),
    Scene(
        "Monday 11:02 — four customers, one trouble",
        (
            Sample("hotel-mobiles", _monday(11, 2), "North Pier Hotel", "frontdesk@northpier.example"),
            Sample("clinics-mobiles", _monday(11, 5), "Mesa Verde Clinics", "lupe.ortiz@mesaverde.example"),
            Sample("crate-mobiles", _monday(11, 9), "Pacific Crate", "andre@pacificcrate.example"),
            Sample("mirasol-mobiles", _monday(11, 12), "Talleres Mirasol", "ivan@talleresmirasol.example"),
            Sample("studio-mobiles", _monday(11, 21), "Harrow Lane Studios", "imogen@harrowlane.example"),
            Sample(
                "clinics-well",
                _monday(12, 3),
                "Mesa Verde Clinics",
                "lupe.ortiz@mesaverde.example",
                answers="clinics-mobiles",
            ),
            Sample(
                "clinics-vote",
                _monday(13, 20),
                "Mesa Verde Clinics",
                "lupe.ortiz@mesaverde.example",
                answers="clinics-well",
            ),
        ),
        _monday(13, 30),
        (
            Order(
                _monday(11, 16),
                'incident open "Calls to mobile phones fail" --tickets {tickets}',
                {"verb": "incident", "step": "open", "text": "Calls to mobile phones fail"},
                ("hotel-mobiles", "clinics-mobiles", "crate-mobiles", "mirasol-mobiles"),
            ),
            Order(
                _monday(11, 58),
                'incident resolve "Our carrier had a wrong route. It is mended."',
                {"verb": "incident", "step": "resolve", "text": "Our carrier had a wrong route. It is mended."},
            ),
        ),
    ),
)
