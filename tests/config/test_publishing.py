"""Where the public pages are written: what would show others' mail stops the start, what leads nowhere is warned of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailbot.config import load
from mailbot.errors import Problem
from mailbot.rules import Partner, Rules, Site, Tenant
from mailbot.rules.articles import Article
from tests.config.test_ready import SOUND, problems

LISTEN = '[listen]\nlmtp = "127.0.0.1:2424"\n'
ADDRESS = 'address = "https://help.telecom.example"\n'


def found(folder: Path, site: str) -> list[Problem]:
    return [one for one in problems(folder, f"{SOUND}{LISTEN}[site]\n{site}") if one.key.startswith("site")]


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ('folder = "."\n', "holds your rules, secrets and mail: all of it would be public"),
        ('folder = "site/.."\n', "holds your rules, secrets and mail"),
        ('folder = ".."\n', "holds your rules, secrets and mail"),
        ('folder = "/"\n', "holds your rules, secrets and mail"),
        ('folder = "again"\n', "holds your rules, secrets and mail"),
        ('folder = "data/site"\n', "lies where mailbot keeps your mail"),
        ('folder = "articles"\n', "lies where your articles are, drafts as well"),
        ('folder = "templates/site"\n', "lies where your own texts are"),
        ('folder = "~/site"\n', "it would be a folder of that name"),
    ],
)
def test_pages_where_private_files_lie_stop_the_start(tmp_path: Path, site: str, said: str) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    [problem] = found(tmp_path, site + ADDRESS)
    assert said in problem.text
    assert (problem.key, problem.warning) == ("site.folder", False)


@pytest.mark.parametrize(
    ("site", "key", "said"),
    [
        ('folder = "site"\n', "site.address", "no address at which your customers read these pages"),
        (ADDRESS, "site.folder", "no folder for these pages"),
        ('folder = "rules.toml"\n' + ADDRESS, "site.folder", "rules.toml is no folder"),
        ('folder = "rules.toml/site"\n' + ADDRESS, "site.folder", "rules.toml is no folder"),
    ],
)
def test_pages_that_lead_nowhere_are_warned_of(tmp_path: Path, site: str, key: str, said: str) -> None:
    [problem] = found(tmp_path, site)
    assert said in problem.text
    assert problem.hint
    assert (problem.key, problem.warning) == (key, True)


def test_a_folder_that_cannot_be_written_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may write everywhere, so what the system says of the folder is put in its place."""
    (tmp_path / "site").mkdir()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    [problem] = found(tmp_path, 'folder = "site"\n' + ADDRESS)
    assert "cannot be written to" in problem.text
    [problem] = found(tmp_path, 'folder = "deeper/site"\n' + ADDRESS)
    assert "cannot be made in" in problem.text


@pytest.mark.parametrize("folder", ["site", "a/b/site", ""])
def test_a_folder_of_its_own_is_sound_there_or_not(tmp_path: Path, folder: str) -> None:
    (tmp_path / "site").mkdir()
    assert found(tmp_path, f'folder = "{folder}"\n{ADDRESS if folder else ""}') == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://help.telecom.example", 'a link starts with "https://"'),
        ("https://help.telecom.example/?page=", 'without "?" and "#"'),
        ("https://help.telecom.example/{tenant}", "nothing is filled in here"),
    ],
)
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str, said: str) -> None:
    [problem] = found(tmp_path, f'folder = "site"\naddress = "{address}"\n')
    assert said in problem.text


def test_the_slash_at_its_end_makes_no_difference(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('[site]\nfolder = "site"\naddress = "https://help.telecom.example/voice/"\n')
    assert load(tmp_path).status_page_url() == "https://help.telecom.example/voice/en/status.html"


SITE = Site(folder="site", address="https://help.example")
ELSEWHERE = Partner(status_page="https://status.example")
ACME = Tenant(id="acme", name="Acme", language="de")
APART = ACME.model_copy(update={"status_page": "https://status.example/acme"})


@pytest.mark.parametrize(
    ("rules", "tenant", "language", "page"),
    [
        (Rules(), None, "", ""),
        (Rules(), ACME, "fr", ""),
        (Rules(site=Site(folder="site")), None, "", ""),
        (Rules(site=Site(address="https://help.example")), None, "", ""),
        (Rules(site=SITE), None, "", "https://help.example/en/status.html"),
        (Rules(site=SITE, partner=Partner(language="es")), None, "", "https://help.example/es/status.html"),
        (Rules(site=SITE), ACME, "", "https://help.example/de/status.html"),
        (Rules(site=SITE), ACME, "fr", "https://help.example/fr/status.html"),
        (Rules(site=SITE), APART, "fr", "https://status.example/acme"),
        (Rules(site=SITE, partner=ELSEWHERE), ACME, "fr", "https://status.example"),
        (Rules(partner=ELSEWHERE), APART, "", "https://status.example/acme"),
    ],
)
def test_the_status_page_is_the_one_that_is_named_else_our_own(
    rules: Rules, tenant: Tenant | None, language: str, page: str
) -> None:
    assert rules.status_page_url(tenant, language) == page


HERE = Article(id="voicemail.de", title="Voicemail", topic="Voicemail", language="de", text="So geht es.")


@pytest.mark.parametrize(
    ("rules", "article", "page"),
    [
        (Rules(site=SITE), HERE, "https://help.example/de/articles/voicemail.html"),
        (Rules(), HERE, ""),
        (Rules(), HERE.model_copy(update={"text": "", "link": "https://x.example"}), "https://x.example"),
    ],
)
def test_an_article_is_read_at_its_link_or_on_its_page(rules: Rules, article: Article, page: str) -> None:
    assert rules.article_url(article) == page
