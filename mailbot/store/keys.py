"""The token keys of one folder: a file of `id hex` lines, the last of which seals new tokens.

The file is made at the first start and readable by its owner only. Adding a line changes the
key: tokens sealed with the older ones still verify until those lines are removed.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from mailbot.deciding.tokens import Keyring
from mailbot.errors import ConfigError, Problem

_KEY_OCTETS = 32


def load_keyring(path: Path) -> Keyring:
    """Return the keys in `path`, making the file (0600) if there is none.

    Raise ConfigError if others may read it, or if a line is not `id hex`.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError((_problem(path, "others may read the token keys", f"chmod 600 {path}"),))
    keys: dict[int, bytes] = {}
    current = 0
    for number, line in enumerate(path.read_text("ascii").splitlines(), start=1):
        try:
            key_id, hexed = line.split()
            keys[int(key_id) & 0xFF] = bytes.fromhex(hexed)
        except ValueError as error:
            hint = "restore the file from a backup; a new one makes old reply addresses invalid"
            raise ConfigError((_problem(path, "this is no `id hex` line", hint, number),)) from error
        current = int(key_id) & 0xFF
    if not keys:
        hint = "restore it from a backup, or remove it: a new one is made, and older reply addresses become invalid"
        raise ConfigError((_problem(path, "the key file is empty", hint),))
    return Keyring(current, keys)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A crash leaves no half file under the name: no key at all is mended by the next start.
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"1 {secrets.token_hex(_KEY_OCTETS)}\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _problem(path: Path, text: str, hint: str, line: int | None = None) -> Problem:
    return Problem(file=str(path), key="", text=text, line=line, hint=hint)
