"""Chromium without a network, for what only a browser can say of a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

_ACTIVE = re.compile(r"(?is)<script\b.*?</script>|<meta[^>]*refresh[^>]*>")


@contextmanager
def page(executable: str) -> Iterator[Page]:
    """Open an empty page that can reach nothing; `executable` is the browser, as `shutil.which` finds it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        try:
            opened = browser.new_context(offline=True).new_page()
            opened.route("**/*", lambda route: route.abort())
            yield opened
        finally:
            browser.close()


def installed() -> str | None:
    """Return where Chromium is, None where it is not installed."""
    return shutil.which("chromium")


def shown(page: Page, html: str) -> str:
    """Return what a reader of this HTML would see, by innerText; its scripts do not run."""
    page.set_content(_ACTIVE.sub("", html), timeout=10_000, wait_until="domcontentloaded")
    return str(page.evaluate("document.body ? document.body.innerText : ''"))
