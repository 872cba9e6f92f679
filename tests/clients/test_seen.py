"""What customers receive of agents' answers, looked at in a browser: it fits, can be read, and shows its pictures."""

from __future__ import annotations

from base64 import b64encode
from email import message_from_bytes, policy
from pathlib import Path
from typing import Literal

import pytest

from tests.servers import browser

RECEIVED = Path(__file__).parent / "received"


def page_of(raw: bytes) -> str:
    """Return the HTML of a mail with its pictures in it, as a program shows it."""
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("html",))
    assert body is not None
    html = str(body.get_content())
    for part in mail.walk():
        if part["Content-ID"]:
            picture = f"data:{part.get_content_type()};base64,{b64encode(part.get_content()).decode()}"
            html = html.replace(f"cid:{str(part['Content-ID']).strip('<>')}", picture)
    return html


@pytest.mark.slow
@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024])
def test_every_answer_can_be_read_on_every_screen(width: int, scheme: Literal["light", "dark"]) -> None:
    browser.needed()
    mails = sorted(RECEIVED.glob("*.eml"))
    assert mails
    with browser.page(width=width, scheme=scheme) as page:
        for path in mails:
            page.set_content(page_of(path.read_bytes()))
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path.stem
            assert page.evaluate("[...document.images].every(one => one.naturalWidth > 3 && one.width > 3)"), path.stem
            words = page.evaluate(browser.CONTRAST)
            assert words, path.stem
            assert [(text, ratio) for text, ratio in words if ratio < 4.5] == [], path.stem
            assert "cid:" not in page.content(), path.stem
