"""learned.toml is changed where it must be: what else stands there stays, and nobody sees half of a file."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from mailbot.config import inspect, load
from mailbot.config.learning import forget, remember
from mailbot.errors import MailbotError

DAY = date(2026, 11, 26)
RULES = """
[partner]
address = "help@desk.example"
[[tenant]]
id = "acme"
name = "Acme"
addresses = ["office@acme.example"]
[[tenant]]
id = "bolt"
name = "Bolt"
domains = ["bolt.example"]
"""
BY_HAND = """# ours
[[tenant]]
id = "bolt" # the bakery
domains = ['bakery.example', "b.example"]
addresses = [
  "a@a.example",   # Ann
  'B@a.example',
]

[[tenant]]
id = "acme"
"""


def folder_with(folder: Path, learned: str | None = None) -> Path:
    (folder / "rules.toml").write_text(RULES)
    if learned is not None:
        (folder / "learned.toml").write_text(learned)
    return folder


def test_what_is_remembered_counts_and_keeps_what_was_there(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, BY_HAND.rstrip())
    (folder / "learned.toml").chmod(0o640)
    assert remember(folder, "acme", "addresses", "jane@new.example", by="dana", on=DAY)
    assert remember(folder, "acme", "domains", "acme.test", by="dana\n[[x]]", on=DAY)
    assert not remember(folder, "acme", "domains", "ACME.test", by="dana", on=DAY)
    text = (folder / "learned.toml").read_text()
    assert text.startswith(BY_HAND)
    assert '# accepted by dana, 2026-11-26\n[[tenant]]\nid = "acme"\naddresses = ["jane@new.example"]\n' in text
    acme, bolt = load(folder).tenant
    assert acme.addresses == ("office@acme.example", "jane@new.example")
    assert acme.domains == ("acme.test",)
    assert bolt.domains == ("bolt.example", "bakery.example", "b.example")
    assert stat.S_IMODE((folder / "learned.toml").stat().st_mode) == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["learned.toml", "rules.toml"]


def test_a_new_file_is_for_its_owner_and_is_empty_again_when_all_is_forgotten(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    remember(folder, "acme", "addresses", "jane@new.example", by="dana", on=DAY)
    remember(folder, "bolt", "domains", "new.example", by="dana", on=DAY)
    assert stat.S_IMODE((folder / "learned.toml").stat().st_mode) == 0o600
    assert forget(folder, "addresses", "jane@new.example") == ("acme",)
    assert forget(folder, "domains", "new.example") == ("bolt",)
    assert (folder / "learned.toml").read_text() == ""


@pytest.mark.parametrize(
    ("key", "value", "gone", "left"),
    [
        ("addresses", "A@a.example", '  "a@a.example",   # Ann\n', "  # Ann\n"),
        ("addresses", "b@a.example", "  'B@a.example',\n", "  \n"),
        ("domains", "bakery.example", "['bakery.example', \"b.example\"]", '["b.example"]'),
        ("domains", "b.example", "['bakery.example', \"b.example\"]", "['bakery.example', ]"),
    ],
)
def test_only_what_is_forgotten_goes(tmp_path: Path, key: str, value: str, gone: str, left: str) -> None:
    folder = folder_with(tmp_path, BY_HAND)
    assert forget(folder, key, value) == ("bolt",)  # type: ignore[arg-type]
    assert (folder / "learned.toml").read_text() == BY_HAND.replace(gone, left)
    assert inspect(folder)[1] == ()


def test_what_was_never_learned_is_not_forgotten(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, BY_HAND)
    assert forget(folder, "addresses", "office@acme.example") == ()
    assert (folder / "learned.toml").read_text() == BY_HAND
    assert forget(folder_with(tmp_path), "addresses", "b.example") == ()


def test_a_list_in_one_line_cannot_be_added_to_and_stays(tmp_path: Path) -> None:
    text = 'tenant = [{ id = "acme", addresses = ["x@y.example"] }]\n'
    folder = folder_with(tmp_path, text)
    with pytest.raises(MailbotError, match=r"write \[\[tenant\]\] tables there"):
        remember(folder, "acme", "addresses", "jane@new.example", by="dana", on=DAY)
    assert (folder / "learned.toml").read_text() == text
    assert forget(folder, "addresses", "x@y.example") == ("acme",)
    assert (folder / "learned.toml").read_text() == text.replace('"x@y.example"', "")


def test_an_address_that_is_written_in_an_unusual_way_is_left_to_people(tmp_path: Path) -> None:
    text = '[[tenant]]\nid = "acme"\naddresses = ["jane\\u0040new.example"]\n'
    folder = folder_with(tmp_path, text)
    with pytest.raises(MailbotError, match=r"by hand, in line 3"):
        forget(folder, "addresses", "jane@new.example")
    assert (folder / "learned.toml").read_text() == text


def test_two_who_accept_at_once_are_both_remembered(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    addresses = [f"p{number}@new.example" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: remember(folder, "acme", "addresses", one, by="dana", on=DAY), addresses))
    assert set(load(folder).tenant[0].addresses) == {"office@acme.example", *addresses}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", "gmail.com says nothing about who writes"),
        ("desk.example", "desk.example is our own"),
        ("Bolt.example", "Bolt.example belongs to bolt"),
    ],
)
def test_a_learned_domain_that_cannot_be_is_passed_over(tmp_path: Path, domain: str, expected: str) -> None:
    folder = folder_with(tmp_path, f'[[tenant]]\nid = "acme"\ndomains = ["{domain}", "acme.test"]\n')
    rules, (problem,) = inspect(folder)
    assert str(problem).startswith(f"learned.toml:3: tenant[acme].domains[#1]: {expected}")
    assert problem.warning
    assert rules is not None
    assert rules.tenant[0].domains == ("acme.test",)
