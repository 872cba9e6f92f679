"""`mailbot metrics`, as an operator types it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from mailbot.service.backup import LOG_NAME
from mailbot.store.database import open_database
from tests.figures.year import write_year
from tests.servers.commands import run

RULES = """[partner]
id = "harbor"
brand = "Harbor Voice"
address = "support@harborvoice.example"
zone = "America/New_York"
[[tenant]]
id = "acme"
name = "Acme Dental"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "rules.toml").write_text(RULES)
    (folder / "data").mkdir()
    with open_database(folder / "data" / LOG_NAME) as database:
        database.writer.write(lambda conn: write_year(conn, 200, seed=6))
    return folder


def test_a_week_fits_the_terminal_and_names_what_is_late(folder: Path) -> None:
    shown = run(folder, "metrics", "--week", "2026-W19", environment={"COLUMNS": "80"})
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == "Week 19, Mon 4 May to Sun 10 May 2026"
    assert max(map(len, lines)) <= 80
    assert "Acme Dental" in shown.out
    assert "unknown senders" in shown.out
    assert any(line.startswith("Late: #") for line in lines)


def test_other_programs_get_every_figure_with_its_tickets(folder: Path) -> None:
    told = json.loads(run(folder, "metrics", "--week", "2026-W19", "--json").out)
    table = list(csv.DictReader(io.StringIO(run(folder, "metrics", "--week", "2026-W19", "--csv").out)))
    assert table[0]["tickets"] == str(len(told["total"]["tickets"]))
    assert table[0]["unanswered"] == str(len(told["total"]["unanswered"]))
    assert {row["of"] for row in table if row["group"] == "tenant"} == set(told["by_tenant"])
    [only] = [row for row in table if row["of"] == "acme"]
    assert told["before"]["tickets"] == len(told["before"]["named"]["tickets"])
    assert [week["named"] for week in told["trend"]][-2:] == [told["before"]["named"], told["total"]]
    assert (told["zone"], told["day_and_night"]) == ("America/New_York", False)
    alone = json.loads(run(folder, "metrics", "--week", "2026-W19", "--tenant", "acme", "--json").out)
    assert alone["total"] == told["by_tenant"]["acme"]
    assert only["tickets"] == str(len(alone["total"]["tickets"]))


def test_votes_stand_in_all_forms_with_what_customers_said(folder: Path) -> None:
    weeks = (f"2026-W{number:02}" for number in range(10, 40))
    told = next(
        told
        for week in weeks
        for told in [json.loads(run(folder, "metrics", "--week", week, "--json").out)]
        if len(told["said"]) > 1
    )
    votes = told["total"]["votes"]
    shown = run(folder, "metrics", "--week", told["week"], environment={"COLUMNS": "80"}).out
    [row, *_] = csv.DictReader(io.StringIO(run(folder, "metrics", "--week", told["week"], "--csv").out))
    assert f"Satisfaction: {votes['average']:.1f} of 5" in shown
    assert "SATISFIED" in shown
    assert (row["votes"], float(row["vote_average"])) == (str(len(votes["tickets"])), votes["average"])
    one = told["said"][0]
    assert votes["tickets"][str(one["ticket"])] == one["vote"]
    assert f"#{one['ticket']} {one['vote']} of 5: {one['words']}" in shown
    assert told["trend"][-1]["votes"] == len(votes["tickets"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--week", "2026-W54"), "the year 2026 has no week 54"),
        (("--week", "yesterday"), '"yesterday" is no week; write it as 2026-W46'),
        (("--week", "9999-W51"), "no week of the year 9999 has figures"),
        (("--week", "0001-W05"), "no week of the year 0001 has figures"),
        (("--week", "2199-W01"), "2199-W01 has not begun"),
        (("--json", "--csv"), "leave out one"),
        (("--tenant", "acne"), "did you mean acme?"),
    ],
)
def test_what_cannot_be_shown_is_told(folder: Path, words: tuple[str, ...], said: str) -> None:
    refused = run(folder, "metrics", *words)
    assert refused.code == 64
    assert said in refused.err
