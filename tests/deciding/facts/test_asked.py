"""A customer is asked for what a common issue needs and for nothing that is said already, however loosely."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.deciding.facts.asked import Asked, asked_for
from mailbot.reading.model import Mailbox, Message
from mailbot.rules import Playbook

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
OUT, VOICEMAIL, NAME = Playbook.OUTBOUND_CALLS, Playbook.VOICEMAIL_EMAIL, Playbook.CALLER_ID_NAME
PHONE, IN, AWAY = Playbook.PHONE_REGISTRATION, Playbook.PORT_IN, Playbook.PORT_OUT


def asked(playbook: Playbook | None, text: str, subject: str = "") -> list[str]:
    return list(map(str, asked_for(playbook, Message(subject=subject, text=text, reply_text=text), AT, NEW_YORK)))


@pytest.mark.parametrize(
    ("playbook", "text", "still"),
    [
        (OUT, "I can't call out.", "dialled tried extension device"),
        (OUT, "Calls to 212 555 0199 from extension 204 failed at 9:15, on my Yealink T46.", ""),
        (OUT, "My desk phone cannot call out since this morning.", "dialled extension"),
        (OUT, "From ext. 12 I can dial no number at all, it was always so in the app.", ""),
        (OUT, "I can't call out. Please call me back on 212 555 0142.", "dialled tried extension device"),
        (OUT, "Nobody can call out today.", "dialled device"),
        (OUT, "Ich kann seit gestern von Nebenstelle 12 nicht nach draußen telefonieren.", "dialled device"),
        (OUT, "Depuis ce matin le poste 12 n'appelle plus, ni l'application.", "dialled"),
        (OUT, "Desde ayer la extensión 12 no puede llamar al 915 550 199.", "device"),
        (OUT, "O ramal 12 não faz chamadas desde ontem no aplicativo.", "dialled"),
        (VOICEMAIL, "My voicemails do not come by mail.", "box mail_to left"),
        (VOICEMAIL, "Box 204 should mail to jane@acme.example, nothing came yesterday.", ""),
        (NAME, "Customers see a wrong name.", "calling tested"),
        (NAME, "Our number 212 555 0142 shows a wrong name, I tried today.", ""),
        (PHONE, "A phone is offline.", "extension model since"),
        (PHONE, "The T22P at extension 19 loses its registration every hour since Monday.", ""),
        (PHONE, "7965 refuses to register", "extension since"),
        (PHONE, "The Obihai of extension 19 is offline since Monday", ""),
        (OUT, "From ext. 12 no number can be called since Monday, with Acrobits.", ""),
        (IN, "We would like to bring our number.", "coming"),
        (IN, "Please port 212-555-0142 to you.", ""),
        (AWAY, "We leave and want to keep our number.", "leaving"),
        (None, "How do I change the music?", ""),
        (
            OUT,
            "I can't call out.\n\nPat Lee\nFront Desk\n+1 212 555 0142\nMon-Fri 9:00-17:00",
            "dialled tried extension device",
        ),
        (OUT, "Bei uns hier geht immer noch kein Anruf raus.", "dialled tried extension device"),
        (OUT, "Je ne peux toujours pas appeler depuis mon poste.", "dialled tried extension device"),
        (OUT, "J'ai essay\u00e9 hier de mon poste 12.", "dialled device"),
        (OUT, "No puedo hacer llamadas desde la aplicaci\u00f3n.", "dialled tried extension"),
        (OUT, "Desde hace dos d\u00edas no puedo llamar.", "dialled extension device"),
        (PHONE, "A segunda linha n\u00e3o registra.", "extension model since"),
        (PHONE, "Desde segunda \u00e0s 9 o telefone n\u00e3o registra.", "extension model"),
        (VOICEMAIL, "La personne \u00e0 l'accueil ne re\u00e7oit plus ses messages.", "box mail_to left"),
        (VOICEMAIL, "Personne ne re\u00e7oit ses messages depuis lundi.", "mail_to"),
    ],
)
def test_what_is_not_said_yet_is_asked_for(playbook: Playbook | None, text: str, still: str) -> None:
    assert asked(playbook, text) == still.split()


def test_a_signature_tells_no_number_that_is_asked_for_but_an_address() -> None:
    jane = Mailbox("Jane Roe", "jane@acme.example")

    def still(playbook: Playbook, text: str) -> list[str]:
        signed = f"{text}\n\nJane Roe\nOffice Manager\n+1 212 555 0142 ext. 5\njane@acme.example"
        return list(map(str, asked_for(playbook, Message(text=signed, reply_text=signed, sender=jane), AT, NEW_YORK)))

    assert still(IN, "We would like to bring our number.") == ["coming"]
    assert still(IN, "We would like to bring 212 555 0199.") == []
    assert still(OUT, "I cannot call out.") == ["dialled", "tried", "extension", "device"]
    assert still(VOICEMAIL, "No mail comes since Monday.") == ["box"]


def test_what_stands_in_the_subject_is_said() -> None:
    assert asked(OUT, "See above.", "Extension 204 cannot call 212 555 0199 from the app since 9:15 am") == []


def test_everything_that_may_be_asked_is_asked_of_who_says_nothing() -> None:
    assert {one for playbook in Playbook for one in asked(playbook, "Help.")} == set(Asked)
