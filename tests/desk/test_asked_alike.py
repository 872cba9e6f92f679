"""What customers ask alike becomes the finding of the weekly mail, and an article: by commands, on a real log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot import config
from tests.desk.weekly import PAT, READ_BY_ONE, WEEK, Worked, digests, going_on, played
from tests.figures.asking import folded
from tests.servers.commands import run
from tests.service.office import RULES, Office, mail

MONDAY = datetime(2025, 11, 17, 15, 0, tzinfo=UTC)
SITE = '[site]\nfolder = "site"\naddress = "https://help.harborvoice.example"\n'
_ASKED = (
    ("Jane Roe <jane@acme-dental.example>", "How do I change our hold music?"),
    ("Bo Lind <bo@bolt.example>", "Where can I upload our own hold music? My password: hunter2"),
    ("Eva Moss <eva@moss-law.example>", "Can you tell me how to replace the music on hold at Moss Law?"),
    ("Kim Day <kim@moss-law.example>", "What does a second line cost, and from when on?"),
)
_LEARNT = '[[tenant]]\nid = "moss"\nname = "Moss Law"\ndomains = ["moss-law.example"]\n'


def _asks(desk: Office) -> None:
    desk.let_pass(timedelta(hours=1))
    for number, (sender, text) in enumerate(_ASKED):
        desk.receive(
            mail(sender, f"{text}\n\nRegards\n{sender.split(' <')[0]}, +1 212 555 0{number}99", subject="Music?")
        )
        desk.let_pass(timedelta(hours=3))
    desk.receive(mail("Nagios <nagios@bolt.example>", "hold music", fields=("Auto-Submitted: auto-generated",)))
    desk.receive(mail("Jane Roe <jane@acme-dental.example>", "How do I change our hold music?", verdict="fail"))
    desk.let_pass(WEEK)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return played(tmp_path_factory.mktemp("asked"), _asks, RULES + _LEARNT + READ_BY_ONE, MONDAY)


@pytest.fixture
def desk(tmp_path: Path, worked: Worked) -> Iterator[Office]:
    (tmp_path / "rules.toml").write_text(worked.rules)
    with going_on(tmp_path, worked) as opened:
        yield opened


def test_the_weekly_mail_has_the_question_that_most_asked_and_a_draft_without_a_word_of_theirs(worked: Worked) -> None:
    [sent] = [one for one in worked.sent if one.recipient == PAT and str(one.mail["Subject"]).startswith("Week 47")]
    finding = sent.text.partition("The finding of the week")[2].partition("Reply with lines")[0]
    finding = " ".join(finding.split())
    assert "3 customers wrote about music on hold, changing (#1001, #1002, #1003)" in finding
    assert "mailbot articles draft music-on-hold --week 2025-W47" in finding
    drafted = folded(finding.partition("anybody is known:")[2])
    assert "music on hold" in drafted
    for known in ("jane", "roe", "acme", "bolt", "lind", "moss", "eva", "hunter2", "212", "how do i change"):
        assert known not in drafted, known
    html = sent.mail.get_body(("html",))
    assert html is not None
    assert "The finding of the week" in str(html.get_content())


def test_what_nobody_asked_alike_is_no_finding(worked: Worked) -> None:
    [sent] = [one for one in worked.sent if one.recipient == PAT and str(one.mail["Subject"]).startswith("Week 47")]
    assert "second line" not in sent.text.partition("The finding of the week")[2].partition("Reply with")[0]


def test_what_is_about_an_incident_is_told_as_that_alone(tmp_path: Path, desk: Office) -> None:
    command = ("articles", "--week", "2025-W47")
    assert "music-on-hold" in run(tmp_path, *command).out
    about = {"tickets": "1001-1003", "text": "The music on hold is gone"}
    desk.do(verb="incident", step="open", confirmed=True, **about)
    assert "music-on-hold" not in run(tmp_path, *command).out


@pytest.mark.usefixtures("desk")
def test_articles_lists_what_is_wanted_and_a_draft_becomes_an_article(tmp_path: Path) -> None:
    listed = run(tmp_path, "articles", "--week", "2025-W47")
    assert listed.code == 0, listed.err
    assert "music-on-hold" in listed.out
    assert "#1001, #1002, #1003" in listed.out
    assert "articles draft music-on-hold --week 2025-W47" in listed.out
    [row] = run(tmp_path, "articles", "--week", "2025-W47", "--json").rows
    assert (row["kind"], row["key"], row["tenants"], row["tickets"]) == (
        "question",
        "music-on-hold",
        3,
        [1001, 1002, 1003],
    )
    written = run(tmp_path, "articles", "draft", "1", "--week", "2025-W47")
    assert written.code == 0, written.err
    [path] = (tmp_path / "articles").glob("*.md")
    [article] = config.load(tmp_path).articles
    assert article.draft
    assert article.id == path.stem == "music-on-hold.en"
    assert "hold music" in article.keywords
    again = run(tmp_path, "articles", "draft", "music-on-hold", "--week", "2025-W47")
    assert again.code == 73
    assert "is there already" in again.err
    wrong = run(tmp_path, "articles", "draft", "music-on-hole", "--week", "2025-W47")
    assert wrong.code == 65
    assert "music-on-hold" in wrong.err


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("draft = true", "music-on-hold.en.md is a draft still: finish it, and take out its line with draft."),
        ("", "music-on-hold.en.md can be read nowhere until [site] in rules.toml has an address."),
    ],
)
def test_an_article_that_waits_is_named_and_not_drafted_again(tmp_path: Path, head: str, said: str) -> None:
    (tmp_path / "articles").mkdir()
    article = f'+++\ntitle = "Music"\ntopic = "Calls"\nkeywords = ["hold music", "music on hold"]\n{head}\n+++\nSo.\n'
    (tmp_path / "articles" / "music-on-hold.en.md").write_text(article)
    shown = " ".join(run(tmp_path, "digest", "--week", "2025-W47").out.split())
    assert f"An article that answers it waits, “Music”: articles/{said}" in shown
    assert "mailbot articles draft" not in shown


@pytest.mark.usefixtures("desk")
def test_a_question_with_an_article_is_wanted_no_more(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    head = 'title = "Hold music"\ntopic = "Calls"\nkeywords = ["hold music", "music on hold"]\nlink = "https://a.example"\n'
    (tmp_path / "articles" / "music.md").write_text(f"+++\n{head}+++\n")
    listed = run(tmp_path, "articles", "--week", "2025-W47")
    assert "music-on-hold" not in listed.out
    assert "Hold music" in listed.out
    shown = run(tmp_path, "digest", "--week", "2025-W47")
    assert "The finding of the week" not in shown.out
    assert "there is an article" in " ".join(shown.out.split())


@pytest.mark.parametrize("more", ["", 'keywords = ["moving house"]\n', 'playbook = "port_in"\n'])
def test_an_article_by_which_no_mail_is_recognised_is_named(tmp_path: Path, more: str) -> None:
    (tmp_path / "rules.toml").write_text(RULES + SITE)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "moving.md").write_text('+++\ntitle = "Moving"\ntopic = "Office"\n+++\nTell us.\n')
    head = f'+++\ntitle = "Umzug"\ntopic = "Büro"\n{more}+++\nEs geht.\n'
    (tmp_path / "articles" / "moving.de.md").write_text(head)
    assert ("no keywords" in run(tmp_path, "articles").out) is (not more)
    by_id = {row["id"]: row["recognised"] for row in run(tmp_path, "articles", "--json").rows}
    assert by_id == {"moving": False, "moving.de": bool(more)}


def test_start_copies_what_is_shipped_in_the_languages_of_customers_and_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES.replace('id = "bolt"\n', 'id = "bolt"\nlanguage = "de"\n'))
    first = run(tmp_path, "articles", "start", "outgoing-calls")
    assert first.code == 0, first.err
    assert {path.name for path in (tmp_path / "articles").iterdir()} == {"outgoing-calls.en.md", "outgoing-calls.de.md"}
    (tmp_path / "articles" / "outgoing-calls.en.md").write_text('+++\ntitle = "Mine"\ntopic = "Calls"\n+++\nMine.\n')
    rest = run(tmp_path, "articles", "start")
    assert rest.code == 0, rest.err
    assert "2 articles were there already" in rest.out
    assert "Mine." in (tmp_path / "articles" / "outgoing-calls.en.md").read_text()
    assert {article.language for article in config.load(tmp_path).articles} == {"en", "de"}
    assert len(config.load(tmp_path).articles) == 16
    wrong = run(tmp_path, "articles", "start", "outgoing-cals")
    assert wrong.code == 64
    assert "outgoing-calls" in wrong.err
    assert run(tmp_path, "articles", "start", "--language", "nl").code == 64


def test_what_a_starter_answers_is_not_drafted_but_copied(tmp_path: Path) -> None:
    def asks(desk: Office) -> None:
        for sender in ("jane@acme-dental.example", "bo@bolt.example"):
            desk.receive(mail(sender, "How do I add a new extension for a new employee?", subject="Extension"))
        desk.let_pass(WEEK)

    worked = played(tmp_path, asks, RULES + SITE + READ_BY_ONE, MONDAY)
    [sent] = [one for one in worked.sent if one.recipient == PAT]
    told = " ".join(sent.text.split())
    assert "No article of yours answers it yet, and one is ready: How to add an extension" in told
    assert "mailbot articles start add-an-extension" in told


def test_what_articles_did_is_counted(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES + SITE)
    assert run(tmp_path, "articles", "start").code == 0

    def works(desk: Office) -> None:
        for number, sender in enumerate(("jane@acme-dental.example", "bo@bolt.example")):
            words = "How do I add a new extension for a new employee?"
            desk.receive(mail(sender, words, subject="Extension", message_id=f"a{number}@x.example"))
        [offer] = [sent for sent in desk.sent if sent.recipient == "jane@acme-dental.example"]
        field = f"In-Reply-To: <{offer.message_id}>"
        desk.receive(mail("jane@acme-dental.example", "That solved it!", subject="Re: Extension", fields=(field,)))

    played(tmp_path, works, RULES + SITE, MONDAY)
    (tmp_path / "articles" / "outgoing-calls.en.md").unlink()
    rows = {row["id"]: row for row in run(tmp_path, "articles", "--week", "2025-W47", "--json").rows}
    assert (rows["add-an-extension.en"]["offered"], rows["add-an-extension.en"]["solved"]) == (2, 1)
    assert (rows["caller-name.en"]["offered"], rows["caller-name.en"]["solved"]) == (0, 0)
    assert "question" not in {row["kind"] for row in rows.values()}
    (tmp_path / "articles" / "add-an-extension.en.md").unlink()
    listed = " ".join(run(tmp_path, "articles", "--week", "2025-W47").out.split())
    assert "add-an-extension en 2 1 gone" in listed


def test_an_empty_desk_has_nothing_to_write_up(tmp_path: Path, desk: Office) -> None:
    listed = run(tmp_path, "articles", "--week", "2025-W40")
    assert "No articles yet" in listed.out
    assert "Nothing was asked by several" in listed.out
    assert digests(desk)


def test_before_the_first_run_the_articles_are_listed_and_nothing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    assert run(tmp_path, "articles", "start", "outgoing-calls", "--language", "en").code == 0
    listed = run(tmp_path, "articles")
    assert listed.code == 0, listed.err
    assert "outgoing-calls" in listed.out
    assert "Nothing is counted yet: that begins with mailbot" in listed.out
    [row] = run(tmp_path, "articles", "--json").rows
    assert (row["name"], row["offered"], row["solved"]) == ("outgoing-calls", 0, 0)
    assert run(tmp_path, "articles", "--log", str(tmp_path / "none.db")).code == 66
