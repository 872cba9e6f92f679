"""What is found in what people write to a telephone desk, and what is left alone, in five languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.deciding.facts.found import Said, What, facts_in, missing
from mailbot.rules import Playbook

_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_ZONE = ZoneInfo("America/New_York")


def _found(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in facts_in([Said(text, _AT, _ZONE)]):
        found.setdefault(fact.what.name, []).append(fact.value)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Numbers that were dialled.
        ("When we dial +1 212 555 0142 we hear a busy tone.", {"DIALLED": ["+1 212 555 0142"]}),
        ("Calls to +49 30 901820 and +49 30 901821 fail.", {"DIALLED": ["+49 30 901820", "+49 30 901821"]}),
        ("I tried calling (212) 555-0142 twice.", {"DIALLED": ["(212) 555-0142"]}),
        ("Calls from +1 617 555 0100 to +1 212 555 0142 drop.", {"DIALLED": ["+1 212 555 0142"]}),
        (
            "Wenn wir +49 30 901820 wählen, kommt nichts. Gewählt wurde +49 30 901821.",
            {"DIALLED": ["+49 30 901820", "+49 30 901821"]},
        ),
        ("Anrufe an +49 30 901820 brechen ab.", {"DIALLED": ["+49 30 901820"]}),
        ("Les appels vers +33 1 70 18 99 00 échouent.", {"DIALLED": ["+33 1 70 18 99 00"]}),
        ("Las llamadas al +34 91 123 45 67 no salen.", {"DIALLED": ["+34 91 123 45 67"]}),
        ("Ao ligar para +351 21 123 4567 ouço ocupado.", {"DIALLED": ["+351 21 123 4567"]}),
        # Numbers that are somebody's own, or that we are to call.
        ("Please call me back on +1 212 555 0142.", {}),
        ("You can reach us at +1 212 555 0142.", {}),
        ("Rufen Sie mich unter +49 30 901820 zurück.", {}),
        ("Merci de nous rappeler au +33 1 70 18 99 00.", {}),
        ("Llámeme al +34 91 123 45 67.", {}),
        ("Por favor ligue-me para +351 21 123 4567.", {}),
        ("Our main number +1 212 555 0142 shows a wrong name.", {"NUMBER": ["+1 212 555 0142"]}),
        ("We want to port +1 212 555 0142 to you.", {"NUMBER": ["+1 212 555 0142"]}),
        ("Unsere Rufnummer +49 30 901820 soll zu Ihnen.", {"NUMBER": ["+49 30 901820"]}),
        ("The order 2125550142 is open.", {}),
        # Times, with a zone.
        ("The call failed today at 9:15 am.", {"TIME": ["2026-11-23 09:15 (America/New_York)"]}),
        ("It started failing yesterday at 21:05 UTC.", {"TIME": ["2026-11-22 21:05 (UTC)"]}),
        ("We tested on Nov 20 at 4 pm, and it failed.", {"TIME": ["Nov 20 16:00 (America/New_York)"]}),
        ("Der Anruf um 9.15 Uhr brach ab.", {"TIME": ["09:15 (America/New_York)"]}),
        ("Gestern um 14:30 Uhr habe ich es versucht.", {"TIME": ["2026-11-22 14:30 (America/New_York)"]}),
        ("L'appel de 14h30 a échoué hier.", {"TIME": ["2026-11-22 14:30 (America/New_York)"]}),
        ("Ayer a las 16:20 intentamos llamar.", {"TIME": ["2026-11-22 16:20 (America/New_York)"]}),
        ("Hoje às 10:45 tentei ligar.", {"TIME": ["2026-11-23 10:45 (America/New_York)"]}),
        (
            "None of our phones work since 22:40. Nobody can reach the practice.",
            {"TIME": ["22:40 (America/New_York)"]},
        ),
        ("Please call me at 9:15 am.", {}),
        ("We are open until 17:30, calls are welcome.", {}),
        ("Sie erreichen uns bis 17:30 Uhr, der Anruf ist frei.", {}),
        ("Firmware 10.15 was installed after the test.", {"FIRMWARE": ["10.15"]}),
        ("The meeting about the failed port is at 10:00.", {}),
        # Extensions and boxes.
        ("Extension 204 is offline.", {"EXTENSION": ["204"]}),
        ("Extensions 204, 205 and 206 are dead.", {"EXTENSION": ["204", "205", "206"]}),
        ("ext. 31 rings", {"EXTENSION": ["31"]}),
        ("Die Durchwahl 479 ist tot, Nebenstelle: 20 auch.", {"EXTENSION": ["479", "20"]}),
        ("Le poste 12 ne sonne pas.", {"EXTENSION": ["12"]}),
        ("La extensión 305 no funciona.", {"EXTENSION": ["305"]}),
        ("O ramal 42 está mudo.", {"EXTENSION": ["42"]}),
        ("We have an extension of 30 days.", {}),
        ("La poste est ouverte, le poste 30 minutes aussi.", {}),
        ("Voicemail box 204 sends no mail.", {"BOX": ["204"]}),
        ("Der Mailbox 31 fehlt die Ansage.", {"BOX": ["31"]}),
        ("El buzón de voz 305 no llega.", {"BOX": ["305"]}),
        ("I have voicemail 3 times a day.", {}),
        # Causes and codes.
        ("The CDR says NO_ROUTE_DESTINATION.", {"CAUSE": ["NO_ROUTE_DESTINATION"]}),
        ("Hangup cause 34 in the CDR", {"CAUSE": ["34"]}),
        ("The phone shows SIP 403.", {"CODE": ["403"]}),
        ("Registrierung schlägt fehl: 401 Unauthorized", {"CODE": ["401"]}),
        ("Fehler 503 beim Anruf", {"CODE": ["503"]}),
        ("Erreur 404 à chaque appel", {"CODE": ["404"]}),
        ("Error 404 on your web page when I call it up.", {}),
        ("We have 480 phones.", {}),
        ("It costs 404 dollars per call.", {}),
        # User, server, addresses.
        (
            "Username: acme204, server: sip.pbx.example, IP 203.0.113.7",
            {"USER": ["acme204"], "SERVER": ["sip.pbx.example"], "ADDRESS": ["203.0.113.7"]},
        ),
        ("sip:204@pbx.example:5060 is refused", {"USER": ["204"], "SERVER": ["pbx.example"]}),
        ("Benutzername: 204a Registrar: reg.pbx.example", {"USER": ["204a"], "SERVER": ["reg.pbx.example"]}),
        ("Unsere öffentliche IP ist 203.0.113.7.", {"ADDRESS": ["203.0.113.7"]}),
        ("L'adresse IP est 203.0.113.7, l'utilisateur est u204", {"ADDRESS": ["203.0.113.7"], "USER": ["u204"]}),
        ("El usuario es u204 y la IP 203.0.113.7", {"USER": ["u204"], "ADDRESS": ["203.0.113.7"]}),
        ("O utilizador é u204, IP 203.0.113.7", {"USER": ["u204"], "ADDRESS": ["203.0.113.7"]}),
        ("The phone has 192.168.1.20.", {}),
        ("Its firmware is 66.86.0.15.", {"FIRMWARE": ["66.86.0.15"]}),
        ("Firmware version 84.86.0.15 on a Yealink T46S", {"DEVICE": ["Yealink T46S"], "FIRMWARE": ["84.86.0.15"]}),
        ("The user is offline and the server is down.", {}),
        ("CNAM sync status: Failed", {"SYNC": ["Failed"]}),
        # No fact stands beside a secret, and none is quoted.
        ("Username: u204, password: hunter2, server: sip.pbx.example", {}),
        ("> Extension 204 is offline.", {}),
    ],
)
def test_what_is_found(text: str, expected: dict[str, list[str]]) -> None:
    assert _found(text) == expected


def test_each_thing_is_told_once_as_it_was_said_first() -> None:
    later = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    found = facts_in([
        Said("Ext 204 cannot call +1 212 555 0142.", _AT, _ZONE),
        Said("Extension 204, calls to (212) 555-0142 still fail. SIP 503.", later, _ZONE, by_us=True),
    ])  # fmt: skip
    assert [(one.what, one.value, one.by_us) for one in found] == [
        (What.DIALLED, "+1 212 555 0142", False),
        (What.EXTENSION, "204", False),
        (What.CODE, "503", True),
    ]


def test_what_a_playbook_asks_for_and_nobody_said_is_missing() -> None:
    found = facts_in([Said("Extension 204, SIP 403", _AT, _ZONE)])
    assert missing(Playbook.PHONE_REGISTRATION, found) == (
        *(What.USER, What.SERVER, What.ADDRESS),
        *(What.DEVICE, What.FIRMWARE),
    )
