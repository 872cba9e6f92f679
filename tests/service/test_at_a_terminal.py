"""What people see in a terminal of 80 columns, and what programs get instead."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.servers.daemon import Desk, rules_for
from tests.servers.warm import Program

COLUMNS = 80
STYLE = re.compile(r"\x1b\[[0-9;]*m")
TENANT = '[[tenant]]\nid = "{}"\nname = "{}"\ndomains = ["{}.example"]\n'
RULES = rules_for(
    more='[answers]\noutgoing = "hold"\n[notify]\naddresses = ["our-team-on-call-at-night@harborvoice.example"]\n'
    + TENANT.format("northpier", "The North Pier Hotel and Conference Centre Company", "northpier")
    + TENANT.format("bayside-dental", "Bayside Dental", "bayside-dental")
)
MAILS = {
    "low.eml": ("ann@bayside-dental.example", "Feature request: a darker colour for the buttons of the app", "Thanks."),
    "late.eml": ("jo@bayside-dental.example", "Please move our fax number to the other line", "No hurry with it."),
    "down.eml": (
        "dana@northpier.example",
        "All phones down at the hotel",
        "All phones are dead here, nobody can call.",
    ),
    "who.eml": (
        "somebody.with.a.long.name@corner-books.example",
        "A question about 日本語 and other long words",
        "Hi.",
    ),
}


def eml(sender: str, subject: str, text: str) -> str:
    return (
        f"From: {sender}\nTo: support@example.com\nSubject: {subject}\nMessage-ID: <{sender}>\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    here = Desk(tmp_path_factory.mktemp("desk"), RULES)
    mails = here.folder / "mails"
    mails.mkdir()
    (mails / "none").mkdir()
    for name, mail in MAILS.items():
        (mails / name).write_text(eml(*mail))
    here.command("ingest", "--answer", *(str(mails / name) for name in MAILS))
    return here


def at_terminal(desk: Desk, *words: str) -> list[str]:
    """Return the lines that a command prints at a terminal, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = Program(
        ("-C", str(desk.folder), *words), {**environment, "TERM": "xterm-256color"}, theirs, theirs, theirs
    )
    os.close(theirs)
    octets = b""
    with suppress(OSError):
        # The end of a terminal is told as a failure.
        while more := os.read(ours, 65_536):
            octets += more
    os.close(ours)
    process.wait()
    shown = octets.decode()
    assert "\x1b[" in shown, "it is a terminal"
    return STYLE.sub("", shown).splitlines()


@pytest.mark.parametrize(
    "words",
    [
        ("tickets",),
        ("outbox", "list"),
        ("outbox", "show", "1"),
        ("show", "1003"),
        ("why", "1003"),
        ("classify", "mails"),
        ("parse", "mails"),
        ("check",),
        ("tickets", "--tenant", "xyzzy"),
    ],
    ids=" ".join,
)
def test_no_line_is_wider_than_the_terminal(desk: Desk, words: tuple[str, ...]) -> None:
    words = tuple(str(desk.folder / word) if word == "mails" else word for word in words)
    lines = [line for line in at_terminal(desk, *words) if str(desk.folder) not in line]
    assert len(lines) > 1 or words[-1] == "xyzzy"
    assert not [line for line in lines if cell_len(line) > COLUMNS]


def test_tickets_are_listed_by_urgency_with_whole_headers(desk: Desk) -> None:
    head, *lines = at_terminal(desk, "tickets")
    assert head.split() == ["TICKET", "SEVERITY", "ANSWER", "BY", "CUSTOMER", "SUBJECT"]
    assert [line.split()[0] for line in lines[:4]] == ["#1003", "#1002", "#1004", "#1001"]
    assert "All phones down" in lines[0]
    assert lines[4:] == ["? sender not verified"], "the mark is explained where it stands"
    assert "? A question" in lines[2]


def test_outgoing_mail_is_listed_with_whole_headers_and_addresses(desk: Desk) -> None:
    head, *lines = at_terminal(desk, "outbox", "list")
    assert head.split() == ["ID", "TICKET", "STATE", "KIND", "WRITTEN", "TO"]
    assert any("dana@northpier.example" in line for line in lines)


def test_a_printed_command_can_be_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the folder as it was named, and no line ends within it; the variable needs no name."""
    printed = at_terminal(desk, "outbox", "show", "1")
    assert any(f"mailbot -C {desk.folder} outbox release 1" in line for line in printed)
    monkeypatch.setenv("MAILBOT_FOLDER", str(desk.folder))
    done = subprocess.run([sys.executable, "-m", "mailbot", "show", "9"], capture_output=True, check=False, text=True)
    assert "see `mailbot tickets`" in done.stderr


def test_a_program_that_is_not_on_the_path_is_printed_with_its_path(desk: Desk) -> None:
    program = str(Path(sys.executable).parent / "mailbot")
    done = subprocess.run(
        [program, "show", "9"],
        env={"PATH": "/usr/bin:/bin", "MAILBOT_FOLDER": str(desk.folder)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert f"see `{program} tickets`" in " ".join(done.stderr.split())


def test_a_folder_in_ones_home_is_printed_as_it_is_short_to_type(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(desk.folder.parent))
    assert any(f"mailbot -C ~/{desk.folder.name} tickets" in line for line in at_terminal(desk, "show", "9"))


def test_a_path_that_is_wider_than_the_terminal_stays_whole(desk: Desk) -> None:
    missing = desk.folder / ("a-very-long-name" * 8) / "mail.eml"
    [line] = [line for line in at_terminal(desk, "parse", str(missing)) if "mail.eml" in line]
    assert str(missing) in line


def test_what_a_program_reads_is_not_cut(desk: Desk) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    program = [sys.executable, "-m", "mailbot", "-C", str(desk.folder), "tickets"]
    listed = subprocess.run(program, env=environment, capture_output=True, check=True, text=True).stdout
    for sender, subject, _ in MAILS.values():
        assert f"{subject}\n" in re.sub(" +\n", "\n", listed), sender
    assert "The North Pier Hotel and Conference Centre Company" in listed


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("bayside", "did you mean bayside-dental?"), ("xyzzy", "there are: acme, bayside-dental, northpier")],
)
def test_a_tenant_that_is_not_there_gets_the_nearest(desk: Desk, wanted: str, said: str) -> None:
    done = desk.command("tickets", "--tenant", wanted, check=False)
    assert (done.returncode, done.stdout) == (64, b"")
    assert said in done.stderr.decode()


def test_classify_has_a_header_subjects_and_the_words_that_decided(desk: Desk) -> None:
    head, *lines = at_terminal(desk, "classify", str(desk.folder / "mails"))
    assert head.split() == ["SEVERITY", "PLAYBOOK", "TENANT", "SUBJECT"]
    [down] = [line for line in lines if line.startswith("critical")]
    assert down.split(maxsplit=3)[2:] == ["northpier", "All phones down at the hotel"]
    assert down.index("northpier") == head.index("TENANT")
    assert any('"phones down" in the subject' in line for line in lines)


def test_classify_explains_what_spoke_against_a_rule(desk: Desk) -> None:
    mail = desk.folder / "drill.eml"
    mail.write_text(
        eml("ann@bayside-dental.example", "A drill", "Last week all phones were down. DOWN is what we said.")
    )
    told = at_terminal(desk, "classify", "--explain", str(mail))
    assert any('not critical (many-down): "phones … down", but "Last week"' in line for line in told)
    assert not any("Last week" in line for line in at_terminal(desk, "classify", str(mail)))
    [row] = map(json.loads, desk.command("classify", "--explain", "--json", str(mail)).stdout.splitlines())
    assert "Last week" in {out["against"] for out in row["ruled_out"] if out["rule"] == "many-down"}


def test_classify_knows_the_down_word_as_the_desk_does(desk: Desk) -> None:
    mail = desk.folder / "word.eml"
    mail.write_text(eml("ann@bayside-dental.example", "Hello", "DOWN\n\nSee you."))
    assert any(line.startswith("critical") for line in at_terminal(desk, "classify", str(mail)))


@pytest.mark.parametrize("words", ["parse", "classify"])
def test_an_empty_folder_is_told(desk: Desk, words: str) -> None:
    none = desk.folder / "mails" / "none"
    done = desk.command(words, str(none))
    assert done.stdout == b""
    assert f"{none}: there is no message in it" in done.stderr.decode()
    done = desk.command(words, "--json", str(none), str(desk.folder / "mails" / "down.eml"))
    assert done.stdout.count(b"\n") == 1
