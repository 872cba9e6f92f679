"""Link patterns: what is put into them stays one piece, and what is wrong with one is told with its place."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.config import inspect, load
from mailbot.rules.links import filled, link_pattern, pieces


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("http://pbx.example/{tenant}", 'starts with "https://"'),
        ("javascript:alert({tenant})", 'starts with "https://"'),
        ("https://pbx.example/{tenent}", "did you mean tenant?"),
        ("https://pbx.example/{subject}", "is no place in a link"),
        ("https://pbx.example/{tenant", "a brace stands alone"),
        ("https://pbx.example/a b", "no spaces"),
        ("https://{domain}/x", "only {tenant} may be filled in"),
        ("https://", "only {tenant} may be filled in"),
        ("https://me:secret@pbx.example/x", "a name or a password"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_line(tmp_path: Path, pattern: str, said: str) -> None:
    (tmp_path / "rules.toml").write_text(f'[partner]\nbrand = "B"\ndashboard = "{pattern}"\n')
    [problem] = inspect(tmp_path)[1]
    assert (problem.file, problem.line, problem.key) == ("rules.toml", 3, "partner.dashboard")
    assert said in f"{problem.text} {problem.hint}"


def test_one_in_a_tenant_s_row_is_told_with_its_column(tmp_path: Path) -> None:
    (tmp_path / "tenants.csv").write_text(
        "id,name,Dashboard\nacme,Acme,https://pbx.example/acme\nbolt,Bolt,ftp://pbx.example\n"
    )
    [problem] = inspect(tmp_path)[1]
    assert str(problem).startswith("tenants.csv:3: column C, tenant[bolt].dashboard: ")
    (tmp_path / "tenants.csv").write_text("id,name,Dashboard\nacme,Acme,https://pbx.example/acme\n")
    assert load(tmp_path).tenant[0].dashboard == "https://pbx.example/acme"


def test_one_in_a_step_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        '[playbook.port_in]\nsteps = ["Fine: https://pbx.example/{tenant}.", "[the form](http://pbx.example)"]\n'
    )
    [problem] = inspect(tmp_path)[1]
    assert problem.key.startswith("playbook.port_in.steps")
    assert 'starts with "https://"' in problem.text


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_whatever_is_filled_in_stays_one_piece(words: str) -> None:
    link = urlsplit(filled("https://pbx.example/t/{tenant}/x?from={address}", {"tenant": words, "address": words}))
    assert (link.scheme, link.netloc, link.fragment) == ("https", "pbx.example", "")
    assert [unquote(part) for part in link.path.split("/")] == ["", "t", words, "x"]
    assert parse_qs(link.query, keep_blank_values=True) == {"from": [words]}


def test_without_a_value_there_is_no_link() -> None:
    assert filled("https://pbx.example/{tenant}", {"tenant": ""}) == ""
    assert filled("https://pbx.example/{tenant}", {}) == ""
    assert filled("", {}) == ""
    assert filled("https://pbx.example/", {}) == "https://pbx.example/"


def test_the_tenant_may_be_the_server() -> None:
    assert filled(link_pattern("https://{tenant}.pbx.example/"), {"tenant": "acme"}) == "https://acme.pbx.example/"


def test_a_step_is_words_and_links() -> None:
    step = "See [the phones](https://a.example/{tenant}), then https://b.example/x. Done [really]."
    assert list(pieces(step)) == [
        ("See ", ""),
        ("the phones", "https://a.example/{tenant}"),
        (", then ", ""),
        ("https://b.example/x", "https://b.example/x"),
        (". Done [really].", ""),
    ]
