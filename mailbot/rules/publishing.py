"""The public pages: where they are written, and at which address customers read them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from mailbot.rules.links import page_address
from mailbot.rules.recognising import Table
from mailbot.rules.values import Line


def site_address(text: str) -> str:
    """Return the address under which pages lie, without a slash at its end, "" for none; raise ValueError in words."""
    address = page_address(text)
    if re.search(r"[?#]", address):
        raise ValueError('pages lie below this address; write it without "?" and "#", like "https://help.example"')
    return address.rstrip("/")


class Site(Table):
    """The public pages: the status page and the articles, written as files for a web server.

    `folder` is where they are written, "" writes none; a relative one starts in the operator's folder. `address` is
    the web address at which that folder is read.
    """

    folder: Line = ""
    address: Annotated[str, AfterValidator(site_address)] = ""

    def page(self, name: str) -> str:
        """Return the web address of the page of that name in the folder, "" where none is written or none known."""
        return f"{self.address}/{name}" if self.folder and self.address else ""


def status_page(language: str) -> str:
    """Return the name of the status page in that language, a path below the site's folder."""
    return str(PurePosixPath(language, "status.html"))


def picture_file(name: str) -> str:
    """Return the name of a picture of the articles' as it is published, a path below the site's folder."""
    return str(PurePosixPath("pictures", name))


def article_page(language: str, name: str) -> str:
    """Return the name of the page of an article that is called so in that language, a path below the site's folder."""
    return str(PurePosixPath(language, "articles", f"{name}.html"))
