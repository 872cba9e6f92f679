"""Words of a tenant's own: what they do to whose mail, where they are written, and what is said about mistakes."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from mailbot.config import TENANTS_FILE, effective, inspect, load, load_with
from mailbot.config.keywords import addition
from mailbot.deciding.classify import Classification
from mailbot.deciding.explaining import explain
from mailbot.deciding.understanding import Understood, classified, tenant_with_words
from mailbot.reading.model import Border, Envelope, Mailbox, Message
from mailbot.rules import Playbook, Rules, Severity
from mailbot.worker import FAST, ReadingChild, Task
from tests.bench.words import VARIANTS, judging_ms, messages, rules_with

DENTIST = """[[tenant]]
id = "dentist"
name = "Acme Dental"
domains = ["dental.example"]
phone_numbers = ["+1 212 555 0142"]
"""
HOTEL = '[[tenant]]\nid = "hotel"\nname = "Grand Hotel Bolt"\ndomains = ["hotel.example"]\n'
XRAY = "The x-ray server does not answer."
WAKE_UP = "Where do I set wake-up calls?"


def folder_with(folder: Path, rules: str, table: str = "") -> Path:
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    if table:
        (folder / TENANTS_FILE).write_text(table, encoding="utf-8")
    return folder


def judged(rules: Rules, sender: str, text: str, subject: str = "Hello") -> Classification:
    message = Message(subject=subject, sender=Mailbox("", sender), reply_text=text)
    return classified(message, rules, tenant_with_words(message, Envelope(), rules))


def severity(rules: Rules, sender: str, text: str) -> Severity:
    return judged(rules, sender, text).severity


def test_one_line_each_makes_words_critical_for_one_tenant(tmp_path: Path) -> None:
    rules = load(
        folder_with(
            tmp_path,
            f'{DENTIST}words.critical-keywords = ["x-ray|xray server"]\n'
            f'{HOTEL}words.critical-keywords = ["wake-up calls"]\n',
        )
    )
    found = {
        (who, text): severity(rules, f"ann@{who}.example", text)
        for who in ("dental", "hotel", "elsewhere")
        for text in (XRAY, WAKE_UP)
    }
    assert {pair for pair, level in found.items() if level is Severity.CRITICAL} == {
        ("dental", XRAY),
        ("hotel", WAKE_UP),
    }
    assert severity(rules, "ann@dental.example", "Our XRAY server has no power.") is Severity.CRITICAL
    message = Message(sender=Mailbox("", "ann@dental.example"), reply_text=XRAY)
    [hit] = explain(message, rules, rules.tenant_by_id("dentist")).found.evidence
    assert (hit.rule, hit.words) == ("critical-keywords", "x-ray server")


@pytest.mark.parametrize("about", [Severity.CRITICAL, Severity.LOW, Playbook.PORT_IN])
def test_a_list_of_keywords_and_the_one_against_it_can_be_added_to(tmp_path: Path, about: Severity | Playbook) -> None:
    name = about.replace("_", "-")

    def found(words: str, sender: str = "ann@dental.example") -> set[str | None]:
        got = judged(load(folder_with(tmp_path, f"{DENTIST}{words}")), sender, "", "Our gong is bent")
        return {got.severity, got.playbook}

    keyword = f'words.{name}-keywords = ["gong"]\n'
    against = f'words.not-{name} = ["bent"]\n'
    assert about not in found("")
    assert about in found(keyword)
    assert about not in found(keyword + against)
    assert about not in found(keyword, "ann@elsewhere.example")


def test_words_are_added_to_those_of_all_and_speak_against_them(tmp_path: Path) -> None:
    text = f"""
        [words]
        critical-keywords = ["@critical-keywords", "fire panel"]
        rooms = ["lobby"]
        places = ["@rooms"]
        [[severity.critical.rule]]
        id = "gong"
        state = ["gong"]
        scope = ["@places"]
        {DENTIST}
        words.critical-keywords = ["@critical-keywords", "x-ray server"]
        words.not-critical = ["test of the fire panel"]
        words.rooms = ["surgery"]
        {HOTEL}
        """.replace("        ", "")
    rules = load(folder_with(tmp_path, text))
    ann, bob = "ann@dental.example", "bob@hotel.example"
    assert severity(rules, ann, "The fire panel beeps.") is Severity.CRITICAL
    assert severity(rules, ann, XRAY) is Severity.CRITICAL
    test = "A test of the fire panel is planned."
    assert (severity(rules, ann, test), severity(rules, bob, test)) == (Severity.NORMAL, Severity.CRITICAL)
    gong = "The gong in the surgery is bent."
    assert (severity(rules, ann, gong), severity(rules, bob, gong)) == (Severity.CRITICAL, Severity.NORMAL)
    assert severity(rules, bob, "The gong in the lobby is bent.") is Severity.CRITICAL


def test_a_scope_of_which_each_tenant_has_its_own_words_is_never_none(tmp_path: Path) -> None:
    text = f"""
        [words]
        rooms = []
        [[severity.critical.rule]]
        id = "gong"
        state = ["gong"]
        scope = ["@rooms"]
        {DENTIST}
        words.rooms = ["surgery"]
        """.replace("        ", "")
    rules = load(folder_with(tmp_path, text))
    assert severity(rules, "ann@dental.example", "The gong in the surgery is bent.") is Severity.CRITICAL
    for sender in ("ann@dental.example", "ann@elsewhere.example"):
        assert severity(rules, sender, "The gong is bent.") is Severity.NORMAL


@pytest.mark.parametrize(
    ("sender", "text", "counts"),
    [
        ("ann@dental.example", XRAY, True),
        ("ann@elsewhere.example", f"{XRAY}\nAcme Dental, +1 212 555 0142", False),
        ("it@both.example", f"{XRAY}\nAcme Dental", True),
        ("it@both.example", f"{XRAY}\nGrand Hotel Bolt", False),
        ("it@both.example", XRAY, True),
    ],
    ids=["listed", "only named", "of several, named", "of several, another named", "of several, none named"],
)
def test_only_people_of_the_tenant_get_its_words(tmp_path: Path, sender: str, text: str, *, counts: bool) -> None:
    both = 'addresses = ["it@both.example"]\n'
    rules = load(folder_with(tmp_path, f'{DENTIST}{both}words.critical-keywords = ["x-ray server"]\n{HOTEL}{both}'))
    assert (severity(rules, sender, text) is Severity.CRITICAL) == counts


def test_columns_of_a_spreadsheet_may_be_lists(tmp_path: Path) -> None:
    table = (
        "id,name,domains,Critical keywords,not_critical\n"
        'hotel,Hotel,hotel.example,"wake-up calls; minibar|safe alarm,\nlift phone*",drill\n'
        "bank,Bank,bank.example,,\n"
    )
    rules = load(folder_with(tmp_path, f'{DENTIST}words.critical-keywords = ["x-ray server"]', table))
    _, hotel, bank = rules.tenant
    assert hotel.words == {
        "critical-keywords": ("wake-up calls", "minibar alarm", "safe alarm", "lift phone*"),
        "not-critical": ("drill",),
    }
    assert bank.words == {}
    assert severity(rules, "ann@hotel.example", "Lift phones are silent.") is Severity.CRITICAL
    assert severity(rules, "ann@hotel.example", "Lift phones are silent, it is a drill.") is not Severity.CRITICAL


def test_what_is_in_force_for_a_tenant_is_shown(tmp_path: Path) -> None:
    rules = load(folder_with(tmp_path, f'{DENTIST}words.critical-keywords = ["x-ray|xray server"]'))
    shown = effective(rules).splitlines()
    assert 'tenant[dentist].words.critical-keywords = ["x-ray server", "xray server"]' in shown


def test_they_count_in_the_process_that_reads(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, f'{DENTIST}words.critical-keywords = ["x-ray server"]')
    octets = f"From: ann@dental.example\r\nSubject: Hello\r\n\r\n{XRAY}\r\n".encode()
    with closing(ReadingChild(FAST)) as child:
        [(_, read)] = child.read([Task(1, octets, Envelope(), Border())], load(folder))
    assert isinstance(read, Understood)
    assert read.classified.severity is Severity.CRITICAL


def test_only_other_words_make_other_rules(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, f'{DENTIST}words.critical-keywords = ["x-ray server"]')
    rules = load(folder)
    assert load(folder) == rules
    assert load(folder_with(tmp_path, f'{DENTIST}words.high-keywords = ["x-ray server"]')) != rules


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'words.critical-keyword = ["x"]',
            'there is no list "critical-keyword" under [words] (did you mean critical-keywords?)',
        ),
        ('words.critical = ["x"]', "(did you mean critical-keywords?)"),
        ('words.critical-keywords = ["@many-donw"]', 'words.critical-keywords[#1]: there is no list "many-donw"'),
        ('critical-keywords = ["x"]', "unknown key (did you mean words.critical-keywords?)"),
        ('critical-keyword = ["x"]', "unknown key (did you mean words.critical-keywords?)"),
        ('words = ["x"]', 'must say to which list words are added (write words.critical-keywords = ["…"])'),
        ('words.low-keywords = ["our | the"]', "words.low-keywords[#1]: a word is missing beside"),
        ('words.low-keywords = "x"', "words.low-keywords: must be a list"),
        ('words.low-keywords = ["x", 1]', "words.low-keywords[#2]: must be text in quotes"),
    ],
)
def test_mistakes_are_told_once_with_line_and_key(tmp_path: Path, line: str, expected: str) -> None:
    rules, (problem,) = inspect(folder_with(tmp_path, f"{DENTIST}{line}\n"))
    assert rules is None
    assert str(problem).startswith("rules.toml:6: tenant[dentist].")
    assert expected in str(problem)


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        (
            "Critical keyword",
            "x",
            'tenants.csv:1: column C: unknown column "Critical keyword" (did you mean critical-key',
        ),
        ("words", "x", 'tenants.csv:1: column C: unknown column "words" (a column of words is called as their list is'),
        ("low-keywords", "x; @nix", "tenants.csv:2: column C, tenant[a].words.low-keywords[#2]: there is no list"),
    ],
)
def test_mistakes_in_a_table_are_told_with_their_column(tmp_path: Path, header: str, cell: str, expected: str) -> None:
    _, (problem,) = inspect(folder_with(tmp_path, "", f"id,name,{header}\na,A,{cell}\n"))
    assert str(problem).startswith(expected)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            f'[words]\nmine = ["a"]\n{DENTIST}words.mine = ["b"]',
            "rules.toml:8: tenant[dentist].words.mine: no rule uses the words of this list",
        ),
        (
            '[[tenant]]\nid = "x"\nname = "X"\nwords.low-keywords = ["b"]',
            "rules.toml:4: tenant[x].words: these words count for nobody: no address and no domain is listed",
        ),
    ],
)
def test_words_without_effect_are_told(tmp_path: Path, rules: str, expected: str) -> None:
    _, problems = inspect(folder_with(tmp_path, rules), running=True)
    [problem] = [problem for problem in problems if "words" in problem.key]
    assert problem.warning
    assert str(problem).startswith(expected)


OTHERS = 'zone = "UTC"\n[tenant.hours]\nregion = "US"\n'


@pytest.mark.parametrize(
    "own",
    [
        "",
        'words.low-keywords = ["a"]\n',
        'words.critical-keywords = ["a|b c"]\n',
        '[tenant.words]\nlow-keywords = ["a"]\n',
        '[tenant.words]\ncritical-keywords = ["a"]\n',
        'words = { low-keywords = ["a"] }\n',
        'words = { low-keywords = ["a"], critical-keywords = ["b"] }\n',
    ],
)
def test_the_line_for_a_tenant_makes_the_rules_that_were_tried(tmp_path: Path, own: str) -> None:
    text = f"{HOTEL}{DENTIST}{own}{OTHERS if 'tenant.words' not in own else ''}"
    lines = folder_with(tmp_path, text).joinpath("rules.toml").read_text().splitlines()
    tried = load_with(tmp_path, {"critical-keywords": 'no "dial" tone'}, "dentist")
    found = addition(tmp_path, "critical-keywords", 'no "dial" tone', "dentist")
    assert not found.known
    if found.line:
        lines[found.line - 1] = found.text
    else:
        assert found.header is not None
        assert found.under.split()[0] == lines[found.header - 1]
        lines.insert(found.header, found.text)
    folder_with(tmp_path, "\n".join(lines))
    assert tomllib.loads("\n".join(lines))
    assert load(tmp_path) == tried
    assert load(tmp_path).tenant[0].words == {}
    assert addition(tmp_path, "critical-keywords", 'no "dial" tone', "dentist").known


def test_the_cell_for_a_tenant_makes_the_rules_that_were_tried(tmp_path: Path) -> None:
    head, row = "id;name;domains;Critical keywords", "hotel;Hotel;hotel.example"
    folder_with(tmp_path, HOTEL.replace("hotel", "inn"), f"{head}\n{row};wake-up calls\n")
    found = addition(tmp_path, "critical-keywords", "minibar, alarm", "hotel")
    assert (found.is_cell, found.line, found.known) == (True, 2, False)
    tried = load_with(tmp_path, {"critical-keywords": "minibar, alarm"}, "hotel")
    written = load(folder_with(tmp_path, HOTEL.replace("hotel", "inn"), f'{head}\n{row};"{found.text}"\n'))
    for rules in (tried, written):
        for text in ("Our minibar alarm rings.", WAKE_UP):
            assert severity(rules, "ann@hotel.example", text) is Severity.CRITICAL
        assert severity(rules, "ann@hotel.example", "The alarm rings.") is Severity.NORMAL


def test_a_mail_takes_no_longer_for_ten_thousand_words_or_for_a_hundred_tenants_with_their_own() -> None:
    desks, mails = [rules_with(variant) for variant in VARIANTS], messages(30)
    for rules in desks:
        judging_ms(rules, mails)
    rounds = [[judging_ms(rules, mails) for rules in desks] for _ in range(4)]
    none, *others = (min(one[at] for one in rounds) for at in range(len(desks)))
    assert max(others) < 1.7 * none
