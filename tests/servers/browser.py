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

CONTRAST = """
() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const numbers = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const probe = document.body.appendChild(document.createElement("div"));
  probe.style.backgroundColor = "Canvas";
  const canvas = numbers(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const ground = node => {
    for (; node; node = node.parentElement) {
      const c = numbers(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return canvas;
  };
  const found = [];
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || getComputedStyle(node).display === "none" || node.className === "preheader") continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    found.push([node.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)]);
  }
  return found;
}
"""
"""Script: the beginning of each text that stands alone, and how much it differs from its ground (WCAG's ratio)."""


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
