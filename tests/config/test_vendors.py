"""What is wrong with a vendor is named with its line: nobody else's mail may count as a vendor's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.test_ready import ACME, DANA, LISTEN, SOUND, problems

CARRIER = '[[vendor]]\nid = "carrier"\nname = "Carrier"\naddresses = ["noc@carrier.example"]\n'
OTHER = '[[vendor]]\nid = "pbx"\nname = "PBX"\n'
_ACME = ACME + 'domains = ["acme.example"]\n'


def test_a_sound_vendor_has_no_problem(tmp_path: Path) -> None:
    more = 'domains = ["carrier.example"]\naccount = "account 20417"\nhide = ["names"]\n'
    assert problems(tmp_path, SOUND + LISTEN + _ACME + DANA + CARRIER + more) == ()


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        (OTHER, "vendor[pbx]: nothing says where cases for PBX go"),
        (OTHER + 'addresses = ["noc"]\n', 'vendor[pbx].addresses[#1]: "noc" is no mail address'),
        (OTHER + 'addresses = ["support@telecom.example"]\n', "is the desk's own"),
        (OTHER + 'addresses = ["help+noc@telecom.example"]\n', "is the desk's own"),
        (OTHER + 'addresses = ["dana@telecom.example"]\n', "dana@telecom.example is Dana's"),
        (OTHER + 'addresses = ["jane@acme.example"]\n', "jane@acme.example belongs to acme"),
        (OTHER + 'addresses = ["team@telecom.example"]\n', "is told of customers' mail"),
        (OTHER + 'addresses = ["noc@carrier.example"]\n', "noc@carrier.example is carrier's, too"),
        (OTHER.replace("pbx", "carrier") + 'addresses = ["a@pbx.example"]\n', 'another vendor has the id "carrier"'),
        (OTHER + 'addresses = ["a@pbx.example"]\ndomains = ["acme.example"]\n', "acme.example is acme's"),
        (OTHER + 'addresses = ["a@pbx.example"]\ndomains = ["telecom.example"]\n', "the domain of our own support"),
        (
            OTHER + 'addresses = ["a@pbx.example"]\ndomains = ["gmail.com"]\n',
            "anybody can have an address at gmail.com",
        ),
        (OTHER + 'adresses = ["a@pbx.example"]\n', "(did you mean addresses?)"),
        (OTHER + 'addresses = ["a@pbx.example"]\nhide = ["name"]\n', "vendor[pbx].hide"),
    ],
)
def test_what_would_count_as_anothers_mail_is_refused(tmp_path: Path, put: str, expected: str) -> None:
    found = [str(one) for one in problems(tmp_path, SOUND + LISTEN + _ACME + DANA + CARRIER + put)]
    assert [one for one in found if expected in one], found
