"""The pictures of mails in docs/pictures, drawn anew from the mails of this folder: `make pictures`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Literal

from playwright.sync_api import FloatRect, Page

from tests.servers import browser

_HERE = Path(__file__).parent
_PHONE = 390


@dataclass(frozen=True)
class Drawn:
    """A picture: of which mail, how wide the window is, and what is seen of it.

    `height` is that of the window, None for all of the mail. `part` are two headings: it is cut out from the first to
    the second.
    """

    name: str
    mail: str
    width: int = _PHONE
    height: int | None = None
    scheme: Literal["light", "dark"] = "light"
    part: tuple[str, str] | None = None


_FINDING = ("The finding of the week", "The same from several customers")
PICTURES = (
    Drawn("digest-phone", "digest", 360, 640),
    Drawn("digest-phone-dark", "digest", 360, 640, "dark"),
    Drawn("digest-desktop", "digest", 720),
    Drawn("emergency-phone", "emergency.en"),
    Drawn("finding-phone", "digest", part=_FINDING),
    Drawn("finding-phone-dark", "digest", scheme="dark", part=_FINDING),
    Drawn("incident-forgotten-phone", "incident-forgotten", height=640),
    Drawn("incident-phone", "incident-known.en"),
    Drawn("incident-shown", "ask-incident", 600),
    Drawn("offer-phone", "acknowledgement-offers.en"),
    Drawn("offer-phone-dark", "acknowledgement-offers.en", scheme="dark"),
    Drawn("survey-phone", "survey.en", height=600),
    Drawn("survey-phone-dark", "survey.en", height=600, scheme="dark"),
)


def draw(picture: Drawn, folder: Path) -> Path:
    """Draw a picture into the folder; return its file."""
    mail = message_from_bytes((_HERE / f"{picture.mail}.eml").read_bytes(), policy=policy.default)
    html = mail.get_body(("html",))
    if html is None:
        raise ValueError(f"{picture.mail} has no HTML")
    file = folder / f"{picture.name}.png"
    with browser.page(width=picture.width, scheme=picture.scheme) as page:
        # Of a window that is higher than the mail, the ground below would be seen, too.
        page.set_viewport_size({"width": picture.width, "height": picture.height or 100})
        page.set_content(html.get_content())
        clip = _between(page, *picture.part) if picture.part else None
        page.screenshot(path=file, full_page=picture.height is None, clip=clip)
    return file


def _between(page: Page, first: str, behind: str) -> FloatRect:
    top, bottom = (_top(page, heading) for heading in (first, behind))
    return {"x": 0, "y": top - 16, "width": _PHONE, "height": bottom - top}


def _top(page: Page, heading: str) -> float:
    found = page.get_by_text(heading).first.bounding_box()
    if found is None:
        raise ValueError(f'no mail has the heading "{heading}"')
    return found["y"]


if __name__ == "__main__":
    for one in PICTURES:
        sys.stdout.write(f"{draw(one, _HERE.parents[1] / 'docs' / 'pictures')}\n")
