"""What is wrong with a pager is told before a start, all at once; and its URL, a secret by itself, is never shown."""

from pathlib import Path

import pytest

from mailbot.config import effective, inspect, read_secret, secret_files
from mailbot.errors import Problem
from tests.config.test_ready import ACME, DANA, LISTEN, SOUND

SECRET_URL = "https://hooks.slack.example/services/T0/B0/s3cr3t"


def pagers(folder: Path, text: str) -> tuple[Problem, ...]:
    program = folder / "call.sh"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o700)
    (folder / "notes.txt").write_text("hello!", encoding="utf-8")
    (folder / "notes.txt").chmod(0o600)
    for name, kept in (("pw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), ("url", SECRET_URL)):
        (folder / name).write_text(f"{kept}\n", encoding="utf-8")
        (folder / name).chmod(0o600)
    here = f'{SOUND}{LISTEN}{ACME}domains = ["acme.example"]\n[dkim]\nverify = true\n{DANA}{text}'
    (folder / "rules.toml").write_text(here, encoding="utf-8")
    return inspect(folder, running=True)[1]


@pytest.mark.parametrize(
    "pager",
    [
        'mail = "4915112345678@sms.example"',
        'webhook = "https://ntfy.sh/our-topic_1"\nform = "ntfy"',
        'webhook = "https://push.example/ntfy/our-topic"\nform = "ntfy"\nsecret = { file = "pw" }',
        'webhook = { file = "url" }\nform = "slack"',
        'webhook = "https://events.pagerduty.com/v2/enqueue"\nform = "pagerduty"\nsecret = { file = "pw" }',
        'webhook = "http://127.0.0.1:8080/page"',
        'webhook = "http://localhost/page"\nsecret = { file = "pw" }',
        'command = ["./call.sh", "dana"]',
        'command = ["true"]',
    ],
)
def test_a_sound_pager_has_no_problem(tmp_path: Path, pager: str) -> None:
    assert pagers(tmp_path, f"[[agent.pager]]\n{pager}\n") == ()


@pytest.mark.parametrize(
    ("pager", "key", "text"),
    [
        ("", "", "names no way to page"),
        ('mail = "a@sms.example"\ncommand = ["true"]', "", "names mail and command"),
        ('mail = "dana"', ".mail", "is no mail address"),
        ('mail = "help@telecom.example"', ".mail", "comes back to this mailbox"),
        ('mail = "eve@acme.example"', ".mail", "belongs to acme"),
        ('webhook = "ntfy.sh/topic"', ".webhook", "is no URL"),
        ('webhook = "https://[oops/topic"', ".webhook", "is no URL"),
        ('webhook = "ftp://push.example/x"', ".webhook", "is no URL"),
        ('webhook = "http://push.example/x"', ".webhook", "for all to read"),
        ('webhook = "http://127.0.0.1.push.example/x"', ".webhook", "for all to read"),
        ('webhook = "https://dana:pw@push.example/x"', ".webhook", "names a user"),
        ('webhook = "https://push.example/a b"', ".webhook", "has a space"),
        ('webhook = "https://ntfy.sh"\nform = "ntfy"', ".webhook", "no topic"),
        ('webhook = { file = "missing" }', ".webhook", "cannot be read"),
        ('webhook = { fle = "url" }', ".webhook.fle", "unknown key"),
        ("webhook = 5", ".webhook", "must be a URL"),
        ('webhok = "https://push.example/x"', ".webhok", "unknown key"),
        ('webhook = "https://push.example/x"\nform = "slak"', ".form", "must be one of"),
        ('webhook = "https://push.example/x"\nsecret = "s3cr3t"', ".secret", "where the secret is to be found"),
        ('webhook = "https://push.example/x"\nsecret = { file = "missing" }', ".secret", "cannot be read"),
        ('webhook = "https://push.example/x"', ".secret", "not signed"),
        ('webhook = "https://events.pagerduty.com/v2/enqueue"\nform = "pagerduty"', ".secret", "to which service"),
        ('mail = "a@sms.example"\nform = "ntfy"', ".form", "is a form of webhooks"),
        ('mail = "a@sms.example"\nsecret = { file = "pw" }', ".secret", "needs none"),
        ('webhook = "https://push.example/x"\nsecret = { file = "notes.txt" }', ".secret", "no key in base64"),
        ('command = ["./missing.sh"]', ".command[#1]", "there is no program"),
        ('command = ["./notes.txt"]', ".command[#1]", "may not be run"),
        ('command = "true"', ".command", "must be a list"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_what_to_write(tmp_path: Path, pager: str, key: str, text: str) -> None:
    (problem,) = pagers(tmp_path, f"[[agent.pager]]\n{pager}\n")
    assert (problem.key, problem.file) == (f"agent[dana].pager[#1]{key}", "rules.toml")
    assert text in problem.text
    assert problem.hint or key in {".command", ".webhook.fle", ".form"}
    assert problem.line is not None
    assert "s3cr3t" not in str(problem)


def test_all_mistakes_come_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    found = pagers(
        tmp_path,
        '[[agent.pager]]\nmail = "dana"\n[[agent.pager]]\nwebhok = "https://push.example/x"\n'
        '[[agent.pager]]\ncommand = ["./missing.sh"]\n[oncall]\nnext_pagr = "3m"\n',
    )
    assert [problem.key.partition("pager")[2] for problem in found] == [
        "[#1].mail",
        "[#2].webhok",
        "[#3].command[#1]",
        "",
    ]
    assert [problem.hint for problem in found][1::2] == ["did you mean webhook?", "did you mean next_pager?"]


def test_who_takes_turns_and_has_no_pager_is_told_where_others_have_one(tmp_path: Path) -> None:
    bob = '[[agent]]\nid = "bob"\nname = "Bob"\naddresses = ["bob@telecom.example"]\n'
    rota = '[oncall]\nrota = ["dana", "bob"]\n'
    assert pagers(tmp_path, bob + rota) == ()
    [problem] = pagers(tmp_path, f'[[agent.pager]]\nmail = "1@sms.example"\n{bob}{rota}')
    assert (problem.key, problem.warning) == ("oncall.rota[#2]", True)
    assert "Bob takes turns and has no pager" in problem.text


def test_one_table_in_place_of_a_list_is_told_as_such(tmp_path: Path) -> None:
    (problem,) = pagers(tmp_path, '[agent.pager]\nmail = "a@sms.example"\n')
    assert problem.hint == "write [[agent.pager]], with two brackets"


def test_where_pages_go_is_not_shown_and_its_files_are_known(tmp_path: Path) -> None:
    text = (
        f'[[agent.pager]]\nwebhook = "{SECRET_URL}"\nform = "slack"\n'
        '[[agent.pager]]\nwebhook = { file = "url" }\nsecret = { file = "pw" }\n'
    )
    assert pagers(tmp_path, text) == ()
    rules, _ = inspect(tmp_path, running=True)
    assert rules is not None
    shown = [line for line in effective(rules).splitlines() if "pager[" in line and "(secret" in line]
    assert shown == [
        "agent[dana].pager[#1].webhook = (secret, in rules.toml)",
        "agent[dana].pager[#2].webhook = (secret, from file)",
        "agent[dana].pager[#2].secret = (secret, from file)",
    ]
    assert "s3cr3t" not in effective(rules)
    assert "s3cr3t" not in repr(rules)
    assert secret_files(rules, tmp_path) == {tmp_path / "url", tmp_path / "pw"}
    written, kept = (pager.webhook for pager in rules.agent[0].pager)
    assert written is not None
    assert kept is not None
    assert read_secret(written, tmp_path) == read_secret(kept, tmp_path) == SECRET_URL


def test_nobody_has_more_pagers_than_the_calls_can_count(tmp_path: Path) -> None:
    pager = '[[agent.pager]]\ncommand = ["true"]\n'
    assert pagers(tmp_path, 9 * pager) == ()
    (problem,) = pagers(tmp_path, 10 * pager)
    assert (problem.key, problem.text) == ("agent[dana].pager[#10]", "is one more than the 9 that an agent can have")


@pytest.mark.parametrize(
    ("turns", "key", "line"),
    [
        ('next_pager = "3m"\nnext_after = "6m"\n', None, None),
        ('next_pager = "3m"\nnext_after = "5m"\n', "oncall.next_pager", 'next_pager = "3m"'),
        ('next_after = "5m"\n', "oncall", "[oncall]"),
    ],
)
def test_who_is_called_before_all_pagers_of_one_were_tried_is_told(
    tmp_path: Path, turns: str, key: str | None, line: str | None
) -> None:
    bob = '[[agent]]\nid = "bob"\nname = "Bob"\naddresses = ["bob@telecom.example"]\n'
    pager = '[[agent.pager]]\nmail = "1@sms.example"\n'
    found = pagers(tmp_path, f'{pager * 3}{bob}{pager}[oncall]\nrota = ["dana", "bob"]\n{turns}')
    lines = (tmp_path / "rules.toml").read_text(encoding="utf-8").splitlines()
    assert [(one.warning, lines[(one.line or 0) - 1]) for one in found] == ([(True, line)] if key else [])
    assert all("before all 3 pagers of Dana were tried" in one.text and key in one.key for one in found if key)


def test_nobody_is_warned_of_who_is_called_alone(tmp_path: Path) -> None:
    pager = '[[agent.pager]]\nmail = "1@sms.example"\n'
    assert pagers(tmp_path, f'{pager * 3}[oncall]\nrota = ["dana"]\nnext_after = "1m"\n') == ()
