"""What is wrong with where the public pages are written, and with the address at which they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mailbot.config.articles import ARTICLES_FOLDER
from mailbot.config.check import Check
from mailbot.config.merging import Finding

ELSEWHERE = 'give the pages a folder of their own, like "site" or "/var/www/help"'
_OURS = {
    "data": "mailbot keeps your mail",
    ARTICLES_FOLDER: "your articles are, drafts as well: all of them would be public",
    "templates": "your own texts are",
}


def pages(check: Check) -> Iterator[Finding]:
    """Yield what keeps the pages from being written or read, or would show what is not for the public."""
    site = check.rules.site
    unread = [one.id for one in check.rules.articles if not (one.draft or check.rules.article_url(one))]
    if unread and not (site.folder or site.address):
        others = f" and {len(unread) - 1} more" if unread[1:] else ""
        text = f"nobody can read {unread[0]}.md{others}: no mail offers them"
        hint = "write folder and address under [site], or a link in the articles"
        yield check.warning("site", text=text, hint=hint)
    if site.folder and not site.address:
        text = "no address at which your customers read these pages: no mail names them"
        hint = 'write address = "https://help.your.domain" under [site]'
        yield check.warning("site", "address", text=text, hint=hint)
    if site.address and not site.folder:
        text = "no folder for these pages: none is written, no mail names them"
        hint = 'write folder = "site" under [site], and have your web server show it'
        yield check.warning("site", "folder", text=text, hint=hint)
    if site.folder:
        yield from _folder(check, (check.folder / site.folder).resolve())


def _folder(check: Check, folder: Path) -> Iterator[Finding]:
    written = check.rules.site.folder
    if text := not_for_pages(folder, check.folder):
        yield check.error("site", "folder", text=text, hint=ELSEWHERE)
    elif written.startswith("~"):
        text = f'"{written}" is no short form here: it would be a folder of that name in {check.folder}'
        yield check.error("site", "folder", text=text, hint='write the whole path, like "/home/you/site"')
    elif text := _not_writable(folder):
        hint = "let the user that mailbot runs as write there; until then no page is written"
        yield check.warning("site", "folder", text=text, hint=hint)


def not_for_pages(folder: Path, desk: Path) -> str:
    """Return why a folder must not hold the public pages of the desk in the other, "" where it may."""
    folder, own = folder.resolve(), desk.resolve()
    if own.is_relative_to(folder):
        return f"{folder} holds your rules, secrets and mail: all of it would be public"
    lies_in = next((what for name, what in _OURS.items() if folder.is_relative_to(own / name)), "")
    return f"{folder} lies where {lies_in}" if lies_in else ""


def _not_writable(folder: Path) -> str:
    """Return why no page can be written there, "" where it can; a folder that is not there yet is made."""
    nearest = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"{nearest} cannot be written to" if nearest == folder else f"{folder} cannot be made in {nearest}"
    return ""
