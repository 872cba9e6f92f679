"""Whom to call back, by what the customer wrote; and what is no number to call."""

from __future__ import annotations

import time

import pytest

from mailbot.reading.text.telephone import compared_digits, digit_runs, to_call_back


@pytest.mark.parametrize(
    ("reply", "signature", "numbers"),
    [
        ("Please call me on +1 617 555 0113.", "", ("+1 617 555 0113",)),
        ("You reach me at (617) 555-0113 ext. 12", "", ("(617) 555-0113 ext. 12",)),
        ("Bitte rufen Sie mich zurück: 0171/5550142", "", ("0171/5550142",)),
        ("Erreichbar unter +49 (0)30 / 555 01-42", "", ("+49 (0)30 / 555 01-42",)),
        ("Appelez-moi au 06 12 34 56 78", "", ("06 12 34 56 78",)),
        ("Llámeme al 612 345 678, gracias", "", ("612 345 678",)),
        ("All is dead.", "Jo Miller\nMobile: 6175550113\nFax: +1 617 555 0199", ("6175550113",)),
        # What is merely mentioned may be what is dead, or what is to be ported.
        ("617 555 0120 is dead. Call my cell 617 555 0113", "Acme 617 555 0100", ("617 555 0113", "617 555 0100")),
        ("617 555 0120 is dead.", "", ()),
        ("Our phone number 617 555 0120 is dead.", "", ()),
        ("Unser Telefon 030 1234567 ist tot.", "", ()),
        ("Please port our phone number 617 555 0120 to you.", "", ()),
        ("Please port these numbers:\n617 555 0120\n617 555 0121", "", ()),
        ("Hello,\n\nNumbers to port\n617 555 0120", "", ()),
        ("Please call us about porting 617 555 0120", "", ()),
        ("Wir möchten die Rufnummer 030 1234567 mitnehmen.", "", ()),
        ("Nous voulons garder le numéro 01 23 45 67 89", "", ()),
        ("Queremos conservar el teléfono 912 345 678", "", ()),
        ("Queremos trazer o número +351 21 234 5678", "", ()),
        ("To port our number, call me on 617-555-0142", "", ("617-555-0142",)),
        ("Port 617 555 0120. My mobile number is 617-555-0142.", "", ("617-555-0142",)),
        ("Call us on our main number 617-555-0142", "", ("617-555-0142",)),
        ("All is dead.\n\nThanks,\nJane Roe\nAcme Dental\nT +1 617 555 0142", "", ("+1 617 555 0142",)),
        ("All is dead.\n\nJane Roe, 617-555-0142", "", ("617-555-0142",)),
        ("Alles tot.\n\nMit freundlichen Grüßen\nJo Müller\nTel. 030 1234567", "", ("030 1234567",)),
        # One number in two spellings is one number.
        ("Call 617-555-0113", "Jo, +1 (617) 555-0113", ("617-555-0113",)),
        ("call about order 617-555-0113", "", ()),
        ("Call by 2026-11-23 09:00, or 23.11.2026 09:00", "", ()),
        ("The phone at 192.168.100.120 does not call", "", ()),
        ("phone with MAC 00-15-65-11-22-33, serial no. 3102345678901", "", ()),
        ("call ticket #1234567890, invoice 20261123-004455", "", ()),
        ("call http://tel.example/16175550113 or 16175550113@fax.example", "", ()),
        ("We called 1234567 times", "", ()),
        # Plain text is wrapped at any space.
        ("All phones are dead, call me on +1 510\n555 0153 please.", "", ("+1 510 555 0153",)),
        ("Call me on +1\r\n(510) 555-0153.", "", ("+1 (510) 555-0153",)),
        ("Call +1 510 555 \n0153", "", ("+1 510 555 0153",)),
        ("Call (510)\n555-0153", "", ("(510) 555-0153",)),
        ("Call 510 555\n0153", "", ("510 555 0153",)),
        ("Call 510-\n555-0154", "", ("510-555-0154",)),
        ("Rufen Sie mich an: +49 30 1234\n5678", "", ("+49 30 1234 5678",)),
        ("Appelez-moi au 06 12 34\n56 78", "", ("06 12 34 56 78",)),
        ("call about order 617\n555 0113", "", ()),
        # What was dialled in vain is nobody who waits for a call.
        ("When I dial 617 555 0188 I hear a busy tone.\n\nJane Roe\n617-555-0142", "", ("617-555-0142",)),
        ("We dialled the number 617 555 0188. I am on 617-555-0142", "", ("617-555-0142",)),
        ("We cannot call 617 555 0188, call 617-555-0142", "", ("617-555-0142",)),
        ("If we call 617 555 0188 it is dead. 617-555-0142 works", "", ()),
        ("Calls to 617 555 0188 fail. My cell is 617-555-0142", "", ("617-555-0142",)),
        ("Nobody can reach 617 555 0188", "617-555-0142", ("617-555-0142",)),
        ("Wenn ich die Nummer wähle: 030 1234567, kommt nichts. Handy 0171 5550142", "", ("0171 5550142",)),
        ("When we call 617 555 0188, and I call 617 555 0189, all is dead", "", ()),
        ("Anrufe an 030 1234567 gehen nicht. Wir rufen die Nummer 030 1234568 an, dann ist Stille.", "", ()),
        ("Les appels vers le 01 23 45 67 89 échouent. Nous appelons le 01 23 45 67 88.", "", ()),
        ("Las llamadas al 612 345 678 fallan. Llamamos al 612 345 679.", "", ()),
        ("Chamadas para o número 21 2345 6789 falham.", "", ()),
        ("Llámenos al 612 345 678", "", ("612 345 678",)),
        ("You can reach me on 617-555-0142", "", ("617-555-0142",)),
        ("If you want to talk, call 617-555-0142", "", ("617-555-0142",)),
        ("When I dial 617 555 0188 I hear a busy tone.", "", ()),
        # What stands below a whole number is another one, or no number at all.
        ("Call 510 555 0153\n510 555 0154", "", ("510 555 0153",)),
        ("Call 510 555 0153\n12 phones are dead", "", ("510 555 0153",)),
        ("Call +49 30 2345678\n12 phones are dead", "", ("+49 30 2345678",)),
        ("Call 555-0153\n555-0154", "", ("555-0153",)),
        ("Call 089 123456\n089 123457", "", ("089 123456",)),
        ("Call room 12\n510 555 0153", "", ("510 555 0153",)),
        ("", "", ()),
    ],
)
def test_whom_to_call_back(reply: str, signature: str, numbers: tuple[str, ...]) -> None:
    assert to_call_back(reply, signature) == numbers


def test_a_number_is_the_same_with_and_without_its_country() -> None:
    assert compared_digits("+1 (617) 555-0113") == compared_digits("617.555.0113")


def test_recognising_takes_whatever_may_be_a_number() -> None:
    assert list(digit_runs("order 617-555-0113, 0171/5550142 and 12")) == ["617-555-0113", "0171/5550142"]


@pytest.mark.parametrize(
    "text", ["1" * 200_000, "1 " * 100_000, "call 1-\n" * 50_000, "1 \n" * 70_000, "+(1" * 70_000, "call " * 40_000]
)
def test_200_kilobytes_take_less_than_a_second(text: str) -> None:
    start = time.process_time()
    to_call_back(text, text)
    list(digit_runs(text))
    assert time.process_time() - start < 1
