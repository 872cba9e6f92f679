"""The form of the letter of authorisation is read with the rules, and what is wrong with it is told."""

from pathlib import Path

import pytest

from mailbot.config import inspect, load

RULES = '[port_in]\nloa = "files/loa.pdf"\n'


def folder_with(folder: Path, rules: str, octets: bytes | None = None) -> Path:
    (folder / "rules.toml").write_text(rules)
    (folder / "files").mkdir()
    if octets is not None:
        (folder / "files" / "loa.pdf").write_bytes(octets)
    return folder


def test_a_file_comes_with_the_rules_and_a_link_stays_one(tmp_path: Path) -> None:
    form = load(folder_with(tmp_path, RULES, b"%PDF-1.4")).form
    assert form is not None
    assert (form.name, form.type, form.octets) == ("loa.pdf", "application/pdf", b"%PDF-1.4")
    (tmp_path / "rules.toml").write_text('[port_in]\nloa = "https://help.example/loa.pdf"\n')
    rules = load(tmp_path)
    assert (rules.form, rules.port_in.loa_link) == (None, "https://help.example/loa.pdf")


@pytest.mark.parametrize(
    ("rules", "octets", "said"),
    [
        (RULES, None, "rules.toml:2: port_in.loa: cannot be read: No such file or directory"),
        (RULES, b"", "rules.toml:2: port_in.loa: the file is empty"),
        (RULES, b"x" * 2_000_001, "rules.toml:2: port_in.loa: the file is larger than 2 MB"),
        (RULES.replace("loa.pdf", ""), None, "rules.toml:2: port_in.loa: cannot be read: Is a directory"),
        (
            '[port_in]\nloa = "http://help.example/loa.pdf"\n',
            None,
            'rules.toml:2: port_in.loa: a link starts with "https://"',
        ),
    ],
)
def test_what_cannot_be_sent_is_told(tmp_path: Path, rules: str, octets: bytes | None, said: str) -> None:
    [problem] = inspect(folder_with(tmp_path, rules, octets))[1]
    assert str(problem).startswith(said)
