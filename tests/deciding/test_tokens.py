"""A token is worth something for its purpose, its ticket, its address and its time, and for nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.tokens import TOKEN, Claim, Keyring, Purpose, issue, peek, verify
from tests.deciding.desk_cases import JANE, KEYS

TODAY = date(2026, 11, 23)
LATER = date(2027, 12, 31)


def _given(address: str = JANE) -> str:
    return issue(KEYS, Purpose.CUSTOMER, 1001, address, LATER)


def test_it_says_what_was_sealed() -> None:
    assert verify(KEYS, _given(), JANE, TODAY) == Claim(Purpose.CUSTOMER, 1001, LATER)


def test_it_fits_a_sub_address_and_survives_folded_case() -> None:
    """RFC 5321 section 4.5.3.1.1 gives the local part 64 octets; some servers change its case."""
    assert len(f"support+{_given()}") <= 64
    assert TOKEN.fullmatch(_given())
    assert verify(KEYS, _given().upper(), JANE, TODAY) is not None


@pytest.mark.parametrize(
    ("address", "today", "keys"),
    [
        # somebody else, the same tenant or not
        ("tom@acme-dental.example", TODAY, KEYS),
        # a look-alike with the right one inside
        (f"x{JANE}", TODAY, KEYS),
        # a day too late
        (JANE, date(2028, 1, 1), KEYS),
        # the key is gone
        (JANE, TODAY, Keyring(3, {3: b"another key".ljust(32)})),
        # another key under the same number
        (JANE, TODAY, Keyring(2, {2: b"another key".ljust(32)})),
    ],
)
def test_it_is_refused(address: str, today: date, keys: Keyring) -> None:
    assert verify(keys, _given(), address, today) is None


def test_old_keys_still_verify() -> None:
    old = issue(Keyring(1, KEYS.keys), Purpose.CUSTOMER, 1001, JANE, LATER)
    assert verify(KEYS, old, JANE, TODAY) is not None


def test_the_address_is_compared_as_mail_compares_it() -> None:
    assert verify(KEYS, _given("Jane@ACME-Dental.example"), JANE, TODAY) is not None


@given(position=st.integers(0, 38), letter=st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_letter_can_be_changed(position: int, letter: str) -> None:
    """All but the last letter's unused bits, which base32 leaves open, are sealed."""
    token = _given()
    changed = token[:position] + letter + token[position + 1 :]
    claim = verify(KEYS, changed, JANE, TODAY)
    if changed == token:
        assert claim is not None
    elif position < 38:
        assert claim is None
    else:
        assert claim in (None, Claim(Purpose.CUSTOMER, 1001, LATER))


@given(st.text(max_size=60))
def test_anything_else_is_no_token(text: str) -> None:
    assert verify(KEYS, text, JANE, TODAY) is None
    peek(text)


def test_peeking_names_the_ticket_without_proof() -> None:
    assert peek(_given("anybody@elsewhere.example")) == 1001


def test_no_error_that_names_a_keyring_shows_a_key() -> None:
    key = b"k" * 32
    assert repr(key)[2:-1] not in repr(Keyring(1, {1: key}))
