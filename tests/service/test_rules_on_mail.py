"""`rules try` and `rules test` as they are typed, on the log of a real desk, without and beside a daemon."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from tests.servers.commands import run
from tests.servers.daemon import Desk
from tests.service.office import RULES, Office, mail, office

PAGER = "Pager <pager@watch.example>"
SYSTEM = '[[system]]\nid = "pager"\naddresses = ["pager@watch.example"]\n'
WITH_SYSTEM = RULES + SYSTEM
ANN, BOB = "Ann <ann@acme-dental.example>", "Bob <bob@bolt.example>"
TODAY = datetime.now(UTC).date()
WEDNESDAY = TODAY - timedelta(days=7 + (TODAY.weekday() - 2) % 7)
SATURDAY = WEDNESDAY + timedelta(days=3)
NEW_YORK = ZoneInfo("America/New_York")
GONG = "The gong in the lobby is bent, and we would like to hear of it."


def reply(to: str) -> tuple[str, ...]:
    return (f"In-Reply-To: <{to}>", f"References: <{to}>")


def fill(here: Office) -> None:
    """Take in mail of two tenants, in and out of hours: with and without the gong, in new words and in old ones."""
    here.now = datetime.combine(WEDNESDAY, time(10), NEW_YORK).astimezone(UTC)
    here.receive(mail(ANN, GONG, subject="A gong", message_id="1@acme"))  # 1001
    here.receive(mail(ANN, "Please change our hold music.", subject="Music", message_id="2@acme"))  # 1002
    here.receive(mail(BOB, "My phone is dead.", subject="Phone", message_id="1@bolt"))  # 1003: high
    here.receive(
        mail(BOB, "All our phones are dead.", subject="Gong and phones", message_id="2@bolt")
    )  # 1004: critical
    here.receive(
        mail(ANN, "Thank you!", subject="Re: gong", fields=reply("elsewhere@acme"))
    )  # 1005: of others, new here
    here.now = datetime.combine(SATURDAY, time(3), NEW_YORK).astimezone(UTC)
    here.receive(mail(ANN, f"Again.\n\n{GONG}", subject="Re: Music", fields=reply("2@acme")))  # raises 1002
    here.receive(mail(BOB, f"Thanks.\n\n> {GONG}", subject="Re: Phone", fields=reply("1@bolt")))  # quoted only
    here.receive(mail(BOB, "Bent, that gong.", subject="Night", message_id="3@bolt"))  # 1006
    here.receive(mail(PAGER, GONG, subject="Gong on site 4", message_id="1@pager"))  # 1007: its rule says normal
    here.receive(mail(ANN, f"How do I say gong? {GONG}", subject="Words", message_id="3@acme"))  # 1008


def made_of(folder: Path, rules: str = WITH_SYSTEM) -> dict[int, list[str | None]]:
    """Let a desk with these rules take in the mail; return what its tickets are."""
    with office(folder, rules=rules) as here:
        fill(here)
        rows = here.rows("SELECT id, severity, playbook FROM ticket")
    return {number: rest for number, *rest in rows}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    made_of(folder)
    return Desk(folder, WITH_SYSTEM)


def said(desk: Desk, *words: str, code: int = 0, columns: int = 80) -> str:
    """Return what a command prints, by itself and as it fits a terminal."""
    desk.environment = {"COLUMNS": str(columns)}
    done = desk.command(*words, check=False)
    assert done.returncode == code, done.stderr.decode()
    return (done.stdout if code in {0, 1} else done.stderr).decode()


@pytest.mark.parametrize(
    "words",
    [
        ("gong", "--severity", "critical"),
        ("that|this gong", "--severity", "high"),
        ("bent", "--severity", "critical", "--playbook", "caller_id_name"),
        ("phones are dead", "--severity", "critical", "--exclude"),
    ],
    ids=" ".join,
)
def test_what_is_told_is_what_the_desk_would_have_done_with_the_printed_line(
    desk: Desk, tmp_path: Path, words: Sequence[str]
) -> None:
    rows = [json.loads(line) for line in said(desk, "rules", "try", *words, "--json").splitlines()]
    shown = said(desk, "rules", "try", *words)
    assert not [line for line in shown.splitlines() if cell_len(line) > 80]
    lines = shown.partition("at the end of rules.toml:\n")[2]
    assert "[words]" in lines
    before = {number: rest for number, *rest in desk.rows("SELECT id, severity, playbook FROM ticket")}
    after = made_of(tmp_path, f"{WITH_SYSTEM}\n{lines}")
    changed = {number for number in before if before[number] != after[number]}
    assert changed
    assert {row["ticket"] for row in rows} == changed
    for row in rows:
        number = row["ticket"]
        for place, name in enumerate(("severity", "playbook")):
            if row["was"][name] != row["would_be"][name]:
                assert (row["was"][name], row["would_be"][name]) == (before[number][place], after[number][place])


def test_it_says_whom_it_would_have_woken(desk: Desk) -> None:
    shown = run(desk.folder, "rules", "try", "gong", "--severity", "critical").out
    assert '"gong" for critical, tried on 10 mails since ' in shown
    assert "and found in 7: 5 tickets would have been critical" in shown
    rows = {line.split()[0]: line for line in shown.splitlines() if line.startswith("#")}
    assert list(rows) == ["#1008", "#1006", "#1005", "#1002", "#1001"], "the newest first"
    assert all("normal" in row and "critical" in row for row in rows.values())
    assert [number for number, row in rows.items() if "☾" in row] == ["#1008", "#1006", "#1002"]
    assert "It would have woken you 3 times outside opening hours" in shown
    assert "In opening hours it would have told you at once: twice." in shown


def test_one_tenant_and_a_time_can_be_asked_for(desk: Desk) -> None:
    words = ("rules", "try", "gong", "--severity", "critical", "--json")
    assert [row["ticket"] for row in run(desk.folder, *words, "--tenant", "bolt").rows] == [1006]
    since = run(desk.folder, *words, "--since", (SATURDAY - timedelta(days=1)).isoformat())
    assert [row["ticket"] for row in since.rows] == [1002, 1006, 1008]
    assert {row["in_hours"] for row in since.rows} == {False}
    assert run(desk.folder, *words, "--since", "1h").rows == []
    nothing = run(desk.folder, *words[:-1], "--since", "1h").out
    assert "no past mail" in nothing
    assert 'critical-keywords = ["gong"]' in nothing, "the line is of use all the same"


def test_a_word_can_be_tried_as_one_tenant_s_own(desk: Desk, tmp_path: Path) -> None:
    words = ("rules", "try", "gong", "--severity", "critical", "--tenant", "acme")
    would_be = [row["ticket"] for row in run(desk.folder, *words, "--json").rows]
    shown = run(desk.folder, *words).out
    number = WITH_SYSTEM.splitlines().index('id = "acme"')
    assert f"add this under [[tenant]] of acme, line {number} of rules.toml:" in " ".join(shown.split())
    lines = WITH_SYSTEM.splitlines()
    lines.insert(number, 'words.critical-keywords = ["gong"]')
    assert lines[number] in shown
    before = {number: rest for number, *rest in desk.rows("SELECT id, severity, playbook FROM ticket")}
    after = made_of(tmp_path, "\n".join(lines))
    assert [number for number in before if before[number] != after[number]] == would_be == [1001, 1002, 1005, 1008]
    assert {after[number][0] for number in would_be} == {"critical"}
    assert "is in critical-keywords already: line" in run(tmp_path, *words).out


def test_for_a_tenant_of_a_spreadsheet_the_cell_is_told(tmp_path: Path) -> None:
    (tmp_path / "tenants.csv").write_text("id,name,domains\nhotel,Hotel,hotel.example\n")
    rules = f'{WITH_SYSTEM}\n[words]\nlow-keywords = ["gong"]\n'
    with office(tmp_path, rules=rules) as here:
        here.now = datetime.combine(WEDNESDAY, time(10), NEW_YORK).astimezone(UTC)
        here.receive(mail("Eva <eva@hotel.example>", "No wake-up calls today.", message_id="1@hotel"))
    shown = run(tmp_path, "rules", "try", "wake-up calls", "--severity", "critical", "--tenant", "hotel").out
    assert "1 ticket would have been critical" in shown
    assert "write this into the column critical-keywords of tenants.csv, line 2:" in shown


def test_messages_are_judged_as_their_tenant_s_or_as_one_says(tmp_path: Path) -> None:
    lines = 'words.critical-keywords = ["gong"]\n'
    (tmp_path / "rules.toml").write_text(RULES.replace('id = "acme"\n', f'id = "acme"\n{lines}'))
    for name, sender in (("ann", ANN), ("bob", BOB)):
        (tmp_path / f"{name}.eml").write_bytes(mail(sender, GONG, message_id=f"{name}@x"))
    paths = [str(tmp_path / name) for name in ("ann.eml", "bob.eml")]
    rows = run(tmp_path, "classify", "--json", *paths).rows
    assert [(row["tenant"], row["severity"]) for row in rows] == [("acme", "critical"), ("bolt", "normal")]
    rows = run(tmp_path, "classify", "--json", "--tenant", "acme", *paths).rows
    assert [(row["tenant"], row["severity"]) for row in rows] == [("acme", "critical")] * 2
    wrong = run(tmp_path, "classify", "--tenant", "acne", *paths)
    assert (wrong.code, "did you mean acme?" in wrong.err) == (64, True)
    (tmp_path / "examples.toml").write_text(
        f'[[example]]\ntenant = "acme"\ntext = "{GONG}"\nseverity = "critical"\n'
        f'[[example]]\ntenant = "bolt"\ntext = "{GONG}"\nseverity = "not critical"\n'
    )
    assert "2 of 2 examples right" in run(tmp_path, "rules", "test").out
    assert [row["tenant"] for row in run(tmp_path, "rules", "test", "--json").rows] == ["acme", "bolt"]


def test_what_looks_for_the_words_already_is_named(desk: Desk) -> None:
    shown = run(desk.folder, "rules", "try", "no dial tone", "--severity", "high").out
    assert '"no dial tone" is looked for already:' in shown
    assert "no-service (high), by itself" in shown
    assert 'many-down (critical), near words such as "' in shown
    assert "found in none: no ticket would have been otherwise" in shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("gong", "--severity", "citical"), "did you mean critical?"),
        (("gong", "--playbook", "port-in"), "did you mean port_in?"),
        (("gong", "--severity", "high", "--tenant", "acne"), "did you mean acme?"),
        (("gong",), "--severity critical, or --playbook port_in"),
        (("?!", "--severity", "high"), "no word in it"),
        (("our | gong", "--severity", "high"), 'a word is missing beside "|"'),
        (("gong", "--severity", "high", "--since", "soon"), "not a length of time"),
        (("gong", "--severity", "high", "--since", "2999-01-01"), "still to come"),
    ],
)
def test_a_slip_is_told_with_what_is_meant(desk: Desk, words: Sequence[str], expected: str) -> None:
    done = run(desk.folder, "rules", "try", *words)
    assert (done.code, done.out) == (64, "")
    assert expected in " ".join(done.err.replace("│", "").split())


def test_what_was_set_by_hand_and_what_is_forgotten_counts_as_it_is(tmp_path: Path) -> None:
    with office(tmp_path) as here:
        here.now = datetime.combine(WEDNESDAY, time(10), NEW_YORK).astimezone(UTC)
        here.receive(mail(ANN, "Please change our hold music.", message_id="1@acme"))
        here.do(verb="set", ticket=1001, severity="critical", tenant=None, spam=False)
        here.receive(mail(ANN, GONG, subject="Re: Music", fields=reply("1@acme")))
        here.receive(mail(BOB, GONG, subject="Gong", message_id="1@bolt"))
        here.do(verb="set", ticket=1002, severity="critical", tenant=None, spam=False)
    words = ("rules", "try", "gong", "--severity", "critical")
    assert [row["ticket"] for row in run(tmp_path, *words, "--json").rows] == [1002], "1001 was critical already"
    assert "1 ticket of these got there later anyway." in run(tmp_path, *words).out


def test_what_is_only_passed_on_counts_as_it_does_at_the_desk(tmp_path: Path) -> None:
    head = "---------- Forwarded message ---------\nFrom: Eva <eva@elsewhere.example>\nSubject: Hello\n\n"
    with office(tmp_path) as here:
        here.now = datetime.combine(WEDNESDAY, time(10), NEW_YORK).astimezone(UTC)
        for number, own in enumerate(("FYI\n\n", "", "Is this ours?\n\n")):
            here.receive(mail(ANN, f"{own}{head}{GONG}", subject="Fwd: Hello", message_id=f"{number}@acme"))
    words = ("rules", "try", "gong", "--severity", "critical")
    assert [row["ticket"] for row in run(tmp_path, *words, "--json").rows] == [1001, 1002]


def test_a_phrase_that_is_there_is_told_with_its_line(tmp_path: Path) -> None:
    made_of(tmp_path, f'{WITH_SYSTEM}\n[words]\ncritical-keywords = ["gong"]\n')
    number = (tmp_path / "rules.toml").read_text().splitlines().index('critical-keywords = ["gong"]') + 1
    shown = run(tmp_path, "rules", "try", "gong", "--severity", "critical").out
    assert f'"gong" is in critical-keywords already: line {number} of rules.toml.' in shown
    shown = run(tmp_path, "rules", "try", "bent", "--severity", "critical").out
    assert f"let line {number} of rules.toml be:" in shown
    assert 'critical-keywords = ["gong", "bent"]' in shown
    shown = run(tmp_path, "rules", "try", "gong", "--severity", "critical", "--tenant", "acme").out
    assert f'"gong" is in critical-keywords already: line {number} of rules.toml.' in shown, "for all, so for acme"


def test_it_changes_nothing_and_works_beside_a_daemon(desk: Desk) -> None:
    alone = said(desk, "rules", "try", "gong", "--severity", "critical")
    count = "SELECT (SELECT count(*) FROM entry) + (SELECT sum(entries) FROM ticket)"
    before = desk.count(count)
    with desk:
        desk.wait_until_started()
        assert said(desk, "rules", "try", "gong", "--severity", "critical") == alone
    assert desk.count(count) == before


def test_without_a_log_the_next_step_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "rules", "try", "gong", "--severity", "critical")
    assert (done.code, " run`" in done.err) == (66, True)
    assert list(tmp_path.iterdir()) == []


EXAMPLES = """
[[example]]
subject = "All phones down"
text = "Not one of them has a dial tone."
severity = "critical"
playbook = "none"

[[example]]
text = "Last week all phones were down. We want to port our number to you."
severity = "critical"
playbook = "port_in"
"""


def test_examples_are_counted_and_misses_are_explained(tmp_path: Path) -> None:
    (tmp_path / "examples.toml").write_text(EXAMPLES)
    here = Desk(tmp_path, RULES)
    shown = said(here, "rules", "test", code=1)
    assert not [line for line in shown.splitlines() if cell_len(line) > 80]
    assert "examples.toml:8  critical, taken for " in shown
    assert 'not critical (many-down): "phones … down", but "Last week"' in shown
    assert "1 of 2 examples right (50 %)" in shown
    table = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line[:1].isalpha()}
    assert table["critical"] == ["1", "1"]
    assert table["port_in"] == ["1", "·"]
    rows = run(tmp_path, "rules", "test", "--json").rows
    assert [(row["line"], row["right"]) for row in rows] == [(2, True), (8, False)]
    assert rows[1]["ruled_out"]
    (tmp_path / "examples.toml").write_text(EXAMPLES.replace("Last week all", "All").replace(" were ", " are "))
    assert "2 of 2 examples right (100 %)" in run(tmp_path, "rules", "test").out


def test_the_examples_are_put_to_the_rules_in_force(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"subject": "Gong", "body": "It is bent.", "severity": "low", "playbook": null}\n')
    assert run(tmp_path, "rules", "test", str(file)).code == 1
    (tmp_path / "rules.toml").write_text('[words]\nlow-keywords = ["gong"]\n')
    done = run(tmp_path, "rules", "test", str(file))
    assert (done.code, done.err) == (0, "")


def test_without_examples_what_to_write_can_be_copied(tmp_path: Path) -> None:
    done = run(tmp_path, "rules", "test")
    assert done.code == 66
    copied = done.err[done.err.index("[[example]]") : done.err.index("Severities are")]
    (tmp_path / "examples.toml").write_text(copied)
    assert run(tmp_path, "rules", "test").code == 0
    (tmp_path / "examples.toml").write_text("[[example]]\nsubject = 'x'\nseverty = 'low'")
    done = run(tmp_path, "rules", "test")
    assert (done.code, "examples.toml:3: error: example[#1].severty" in done.err) == (78, True)
    assert "did you mean severity?" in done.err
