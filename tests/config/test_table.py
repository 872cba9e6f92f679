"""tenants.csv: what spreadsheets write becomes tenants, and what is wrong with it is told where it is."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.config import inspect, load
from tests.servers.commands import run
from tests.servers.daemon import rules_for

HEADER = "id,name,addresses,domains,phone_numbers,zone,language"


def folder_with(folder: Path, table: str | bytes, rules: str = "") -> Path:
    (folder / "rules.toml").write_text(rules)
    (folder / "tenants.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    return folder


def said(folder: Path, table: str | bytes, rules: str = "", *, running: bool = False) -> list[str]:
    return [
        str(problem)
        for problem in inspect(folder_with(folder, table, rules), running=running)[1]
        if problem.file == "tenants.csv"
    ]


def test_rows_are_tenants_behind_those_of_rules_toml(tmp_path: Path) -> None:
    table = (
        "Name,ID,Addresses,domains,RECIPIENTS,Phone numbers,zone,Language,country,Emergency Number,contact,"
        "callback_number\n"
        'Bolt & Sons,bolt,"jane@bolt.example, bob@bolt.example;eve@bolt.example",bolt.example bolt.test,'
        'bolt@desk.example,"+1 212 555 0199; (212) 555-0142",Europe/Berlin,DE,Germany,+1 212 555 0100,Jane,'
        "12125550199.0\n"
    )
    acme, bolt = load(folder_with(tmp_path, table, '[[tenant]]\nid = "acme"\nname = "Acme"')).tenant
    assert (acme.id, bolt.id, bolt.name) == ("acme", "bolt", "Bolt & Sons")
    assert bolt.addresses == ("jane@bolt.example", "bob@bolt.example", "eve@bolt.example")
    assert bolt.domains == ("bolt.example", "bolt.test")
    assert bolt.recipients == ("bolt@desk.example",)
    assert bolt.phone_numbers == ("+1 212 555 0199", "(212) 555-0142")
    assert (bolt.zone, bolt.language, bolt.country) == (ZoneInfo("Europe/Berlin"), "de", "Germany")
    assert (bolt.emergency_number, bolt.contact, bolt.callback_number) == ("+1 212 555 0100", "Jane", "12125550199")
    assert bolt.hours is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    rows = [
        ["id", "name", "addresses", ""],
        ["", "", "", ""],
        ["acme", '"Zahnärzte;\nAcme, Dr. ""West"""', '"a@acme.example\nb@acme.example"', ""],
        [],
        ["bolt", "Bolt", "", ""],
    ]
    text = end.join(delimiter.join(row) for row in rows) + end
    acme, bolt = load(folder_with(tmp_path, text.encode(encoding))).tenant
    assert acme.name == 'Zahnärzte; Acme, Dr. "West"'
    assert acme.addresses == ("a@acme.example", "b@acme.example")
    assert bolt.name == "Bolt"


def test_the_line_by_which_excel_names_its_delimiter_is_no_header(tmp_path: Path) -> None:
    problems = said(tmp_path, "sep=;\r\nid;name;zone\r\nacme;Acme;Mars\r\n")
    assert [problem.split(" tenant[")[0] for problem in problems] == ["tenants.csv:3: column C,"]


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "id;name\nbolt;Bolt\nacme;Zahnärzte Köln – West\n".encode("cp1252"))
    rules, (problem,) = inspect(folder)
    assert rules is not None
    assert rules.tenant[1].name == "Zahnärzte Köln – West"
    assert problem.warning
    assert str(problem).startswith("tenants.csv:3: is not in UTF-8 and was read as Windows-1252")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("id,name,Zohne\na,A,", ['tenants.csv:1: column C: unknown column "Zohne" (did you mean zone?)']),
        # The misspelt column is the missing one.
        ("id,Nmae\na,A", ['tenants.csv:1: column B: unknown column "Nmae" (did you mean name?)']),
        ("id,name,colour\na,A,red", ['tenants.csv:1: column C: unknown column "colour" (did you mean country?)']),
        ("id,name,Hours\na,A,", ['tenants.csv:1: column C: unknown column "Hours" (a tenant with hours of its own']),
        ("id,domains\na,a.example\nb,", ["tenants.csv:1: there is no column name"]),
        ("id,name,zone,Zone\na,A,,", ["tenants.csv:1: column D: the column zone is there twice"]),
        (
            "id,name\na,A\n,B\nc,",
            ["tenants.csv:3: column A: the id of B is", "tenants.csv:4: column B: the name of c is"],
        ),
        ("id,name\na,A,B", ["tenants.csv:2: column C: this cell is in no column"]),
        ("id,name,,zone\na,A,x,", ["tenants.csv:2: column C: this cell is in no column"]),
        (
            'id,name,zone\n\n"a","A\nB",Europe/Berln\nb,B,UTC\n',
            ['tenants.csv:3: column C, tenant[a].zone: "Europe/Berln" is'],
        ),
        ("id,name,language\na,A,en\nb,B,dutch", ["tenants.csv:3: column C, tenant[b].language: must be one of"]),
        (
            'id,name,Phone numbers\na,A,1.21255E+10\nb,B,"1,21255E+10"',
            [
                'tenants.csv:2: column C, phone_numbers: "1.21255E+10" is',
                'tenants.csv:3: column C, phone_numbers: "1,2125',
            ],
        ),
        (
            "id;name;callback_number\na;A;1,21255E+10",
            ['column C, callback_number: "1,21255E+10" is what a spreadsheet'],
        ),
        ('id,name\na,A\nb,"B\nc,C\n', ["tenants.csv:2: cannot be read behind this line"]),
        (
            "Acme;Berlin",
            ['tenants.csv:1: column A: unknown column "Acme"', "column B: unknown", "no column id"],
        ),
        ("id,name\nAcme Inc,A", ["tenants.csv:2: column A, tenant[Acme Inc].id: "]),
    ],
)
def test_mistakes_are_told_with_line_and_column(tmp_path: Path, table: str, expected: list[str]) -> None:
    for problem, part in zip(said(tmp_path, table), expected, strict=True):
        assert part in problem


def test_all_problems_come_at_once_also_those_that_run_looks_for(tmp_path: Path) -> None:
    rules = '[partner]\naddress = "help@desk.example"\nzone = "Mars"\n[[tenant]]\nid = "acme"\nname = "A"\n'
    table = f"{HEADER}\nacme,A,help@desk.example,gmail.com;acme.example,12,Mars,\n"
    problems = inspect(folder_with(tmp_path, table, rules), running=True)[1]
    of_table = [str(problem) for problem in problems if problem.file == "tenants.csv"]
    for one in (
        'tenants.csv:2: column A, tenant[acme].id: another tenant has the id "acme"',
        "tenants.csv:2: column C, tenant[acme].addresses[#1]: help@desk.example is an address of ours",
        "tenants.csv:2: column D, tenant[acme].domains[#1]: anybody can have an address at gmail.com",
        'tenants.csv:2: column E, tenant[acme].phone_numbers[#1]: "12" does not look like a phone number',
        "tenants.csv:2: column F, tenant[acme].zone: ",
    ):
        assert any(problem.startswith(one) for problem in of_table), (one, of_table)
    assert "partner.zone" in [problem.key for problem in problems if problem.file == "rules.toml"]


def test_mistakes_in_the_table_are_told_beside_a_broken_rules_toml(tmp_path: Path) -> None:
    (problem,) = said(tmp_path, "id,name\n,A\n", "[partner")
    assert problem.startswith("tenants.csv:2: column A: the id of A is missing")


def test_what_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "tenants.csv").mkdir()
    rules, (problem,) = inspect(tmp_path)
    assert rules is None
    assert "tenants.csv: cannot be read: Is a directory" in str(problem)


def test_an_empty_table_has_no_tenants(tmp_path: Path) -> None:
    assert load(folder_with(tmp_path, "\n\n")).tenant == ()


def test_check_names_the_table(tmp_path: Path) -> None:
    rules = rules_for(more='[listen]\nsmtp = "127.0.0.1:0"\n[notify]\naddresses = ["team@example.com"]\n')
    checked = run(folder_with(tmp_path, "id,name\nbolt,Bolt\ncord,Cord\n", rules), "check")
    assert checked.code == 0
    assert "The configuration is sound, with 2 tenants of tenants.csv." in " ".join(checked.err.split())
    refused = run(folder_with(tmp_path, "id,nam\nbolt,Bolt\n", rules), "check")
    assert refused.code == 78
    assert 'tenants.csv:1: error: column B: unknown column "nam"' in refused.err
    assert "did you mean name?" in refused.err
