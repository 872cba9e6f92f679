"""The form of the letter of authorisation, a file beside rules.toml that goes with mails to customers."""

from __future__ import annotations

from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path

from mailbot.config.merging import Finding
from mailbot.rules import Rules
from mailbot.rules.porting import Form

# Who writes gets it unasked: an address that was forged must not be sent much.
_MOST_OCTETS = 2_000_000
_PLACE = ("port_in", "loa")


def form_file(rules: Rules, folder: Path) -> Path | None:
    """Return the file of the form, None where there is none."""
    written = rules.port_in.loa
    return folder / written if written and not rules.port_in.loa_link else None


def read_form(rules: Rules, folder: Path) -> tuple[Form | None, tuple[Finding, ...]]:
    """Return the form, None for none, and what is wrong with it."""
    path = form_file(rules, folder)
    if path is None:
        return None, ()
    try:
        octets = path.read_bytes()
    except OSError as error:
        hint = f"it is looked for at {path}; a link begins with https://"
        return None, (Finding(_PLACE, f"cannot be read: {error.strerror}", hint),)
    findings = tuple(_findings(octets))
    form = Form(path.name, guess_type(path.name)[0] or "application/octet-stream", octets)
    return (None if findings else form), findings


def _findings(octets: bytes) -> Iterator[Finding]:
    if not octets:
        yield Finding(_PLACE, "the file is empty")
    elif len(octets) > _MOST_OCTETS:
        yield Finding(_PLACE, "the file is larger than 2 MB", "make it smaller, or write a link to it")
