"""learned.toml written: something is added at its end, or taken out where it stands; all else stays as it is."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from mailbot.config.learned import LEARNED_FILE
from mailbot.config.merging import Source, read_source
from mailbot.errors import MailbotError
from mailbot.reading.fields.address import canonical

Key = Literal["addresses", "domains"]

# What `remember` wrote and `forget` has emptied.
_EMPTIED = re.compile(
    r"^(?:\# [^\n]*\n)?\[\[tenant\]\]\nid = \"[^\"\n]*\"\n(?:addresses|domains) = \[\ *\]\n\n?", re.MULTILINE
)


def remember(folder: Path, tenant: str, key: Key, value: str, *, by: str, on: date) -> bool:
    """Write that an address or a domain writes for a tenant; return whether that was not there yet.

    Raise ConfigError for a file that is no TOML, MailbotError where nothing can be added to it.
    """
    with _locked(folder):
        source = _read(folder)
        if any(row.get("id") == tenant for row, _, _ in _written(source, key, value)):
            return False
        who = "".join(char for char in by if char.isprintable())
        gap = "" if not source.text or source.text.endswith("\n") else "\n"
        row = f"# accepted by {who}, {on}\n[[tenant]]\nid = {json.dumps(tenant)}\n{key} = [{json.dumps(value)}]\n"
        _replace(folder, f"{source.text}{gap}{row}")
    return True


def forget(folder: Path, key: Key, value: str) -> tuple[str, ...]:
    """Take an address or a domain out, wherever it stands; return the tenants that it was learned for.

    Raise ConfigError for a file that is no TOML, MailbotError where it is written so that a person has to do it.
    """
    with _locked(folder):
        source = _read(folder)
        lines = source.text.split("\n")
        found = _written(source, key, value)
        for _, place, literal in reversed(found):
            at = source.lines[place] - 1
            lines[at] = re.sub(rf"([\"']){re.escape(literal)}\1[ \t]*,?[ \t]*", "", lines[at], count=1)
        if found:
            text = "\n".join(lines)
            _require_forgotten(text, key, value, source.lines[found[0][1]])
            _replace(folder, _EMPTIED.sub("", text))
    return tuple(dict.fromkeys(str(row.get("id")) for row, _, _ in found))


def _read(folder: Path) -> Source:
    path = folder / LEARNED_FILE
    return read_source(path, LEARNED_FILE) if path.exists() else Source(LEARNED_FILE)


def _written(source: Source, key: Key, value: str) -> list[tuple[dict[str, Any], tuple[str | int, ...], str]]:
    """Return each row that names this address or domain, with the place and as it is written there."""
    return [
        (row, ("tenant", index, key, number), written)
        for index, row in enumerate(source.values.get("tenant", ()))
        for number, written in enumerate(row.get(key, ()))
        if canonical(written) == canonical(value)
    ]


def _require_forgotten(text: str, key: Key, value: str, line: int) -> None:
    with contextlib.suppress(tomllib.TOMLDecodeError):
        if not _written(Source(LEARNED_FILE, tomllib.loads(text)), key, value):
            return
    raise MailbotError(f"take {value} out of {LEARNED_FILE} by hand, in line {line}: it is written in an unusual way")


def _replace(folder: Path, text: str) -> None:
    """Put a file with this text into the place of learned.toml, all at once, with its owner and mode, 0600 if new."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MailbotError(f"nothing can be added to {LEARNED_FILE} as it is; write [[tenant]] tables there") from error
    path = (folder / LEARNED_FILE).resolve()
    before = path.stat() if path.exists() else None
    descriptor, name = tempfile.mkstemp(prefix=".learned-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), (before.st_mode if before else 0o600) & 0o777)
            if os.geteuid() == 0:
                owner = before or folder.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Have the file to ourselves: two who accept at once must both be remembered."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
