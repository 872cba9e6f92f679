"""The demo's folder: made like a real operator's, replaced on the next run, and nobody else's.

A folder is ours when it bears the mark, which holds the digest of the rules.toml that we put
there. One with anything else in it, or with rules that somebody has changed since, is never
touched.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from mailbot.config import ARTICLES_FOLDER, starters_path
from mailbot.errors import MailbotError
from mailbot.store.lock import FolderLock

RULES = "rules.toml"
DATA = "data"
RECEIVED = "received"
SENT = "sent"
SITE = "site"
_MARK = ".demo"
_OURS = frozenset({RULES, DATA, RECEIVED, SENT, ARTICLES_FOLDER, SITE, _MARK})
_HERE = Path(__file__).parent


class FolderTakenError(MailbotError):
    """The folder for the demo holds something that the demo did not make."""


def prepare(folder: Path) -> None:
    """Make the folder anew with the demo's rules.toml, and the articles that every desk may begin with.

    Raise FolderTakenError when it holds anything that is not ours, StoreBusy when `mailbot run`
    works there, OSError when it cannot be written.
    """
    if folder.exists():
        _clear(folder)
    for path in (folder, folder / RECEIVED, folder / SENT):
        path.mkdir(parents=True, exist_ok=True)
    rules = (_HERE / RULES).read_bytes()
    (folder / _MARK).write_text(_digest(rules), "ascii")
    (folder / RULES).write_bytes(rules)
    shutil.copytree(starters_path(), folder / ARTICLES_FOLDER)


def sample(name: str) -> bytes:
    """Return a sample mail with the line ends of SMTP; other octets are as its sender's program wrote them."""
    return (_HERE / "mails" / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _clear(folder: Path) -> None:
    if not folder.is_dir():
        raise FolderTakenError(f"{folder} is a file; name a folder with --into DIR")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    if _MARK not in names:
        raise FolderTakenError(f"{folder} was not made by the demo and is left alone; name another with --into DIR")
    if others := sorted(names - _OURS):
        raise FolderTakenError(
            f"{folder} holds something that the demo did not put there ({others[0]}); "
            "move it away, or name another folder with --into DIR"
        )
    rules, mark = folder / RULES, folder / _MARK
    if rules.exists() and mark.read_text("ascii", "replace") != _digest(rules.read_bytes()):
        raise FolderTakenError(f"you have changed {rules}; move it away, or name another folder with --into DIR")
    with FolderLock(folder / DATA):
        for name in names:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
