"""Chromium without a network, for what only a browser can say of a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, sync_playwright

_ACTIVE = re.compile(r"(?is)<script\b.*?</script>|<meta[^>]*refresh[^>]*>")


@contextmanager
def page(*, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Iterator[Page]:
    """Open an empty page that can reach nothing; raise FileNotFoundError where Chromium is not installed."""
    executable = shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        try:
            viewport: ViewportSize = {"width": width, "height": 700}
            opened = browser.new_context(offline=True, viewport=viewport, color_scheme=scheme).new_page()
            opened.route("**/*", lambda route: route.abort())
            yield opened
        finally:
            browser.close()


def needed() -> None:
    """Skip the test where Chromium is not installed."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")


def shown(page: Page, html: str) -> str:
    """Return what a reader of this HTML would see, by innerText; its scripts do not run."""
    page.set_content(_ACTIVE.sub("", html), timeout=10_000, wait_until="domcontentloaded")
    return str(page.evaluate("document.body ? document.body.innerText : ''"))
