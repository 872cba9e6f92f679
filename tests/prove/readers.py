"""Who the From field names, by the readers that other programs use: the standard library's two, and mail-parser.

A filter or a mail server in front of us reads with such a one. Where one of them would name somebody else than we do,
or nobody, one of us can be deceived, so that ours must then name nobody.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from types import FrameType

import mailparser

from mailbot.reading.fields.address import canonical

_SECONDS = 2.0


def _legacy(raw: bytes) -> list[str]:
    items = BytesHeaderParser(policy=policy.compat32).parsebytes(raw).raw_items()
    return [address for _, address in getaddresses([value for name, value in items if name.lower() == "from"])]


def _modern(raw: bytes) -> list[str]:
    fields = BytesHeaderParser(policy=policy.default).parsebytes(raw).get_all("from", [])
    return [one.addr_spec for value in fields for one in value.addresses]


def _mail_parser(raw: bytes) -> list[str]:
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    return [address for _, address in mailparser.MailParser(message).from_]


READERS: dict[str, Callable[[bytes], list[str]]] = {
    "email.utils": _legacy,
    "email.headerregistry": _modern,
    "mail-parser": _mail_parser,
}


def named(raw: bytes) -> dict[str, frozenset[str]]:
    """Return the addresses that each reader finds in the From fields, in canonical form; who fails is left out."""
    answers = {name: _asked(reader, raw) for name, reader in READERS.items()}
    return {name: found for name, found in answers.items() if found is not None}


def _asked(reader: Callable[[bytes], list[str]], raw: bytes) -> frozenset[str] | None:
    try:
        with at_most(_SECONDS):
            found = [address.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for address in reader(raw)]
    except Exception:  # noqa: BLE001 - they raise all kinds of errors on damaged mail
        return None
    return frozenset(canonical(address) for address in found if "@" in address)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError when it takes longer; some of their ways take time squared."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
