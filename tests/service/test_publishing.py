"""Pages reach the folder whole, at once and only where something changed; what others have there stays."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from structlog.testing import capture_logs

from mailbot.deciding.incidents import Incident
from mailbot.health import Part
from mailbot.render import Templates
from mailbot.service import publishing
from mailbot.service.publishing import LIST, Published, Publisher, publish
from mailbot.service.seeing import look_at
from mailbot.service.status import judge
from mailbot.service.unit import Service, unit
from mailbot.store import incidents
from tests.servers.commands import run
from tests.service.office import OPEN_AT, RULES, Office, office, rules_of

SITE = RULES + '[site]\nfolder = "site"\naddress = "https://help.harborvoice.example"\n'
ARTICLE = '+++\ntitle = "Voicemail does not arrive"\ntopic = "Voicemail"\n+++\nLook into your junk folder.\n'


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file there but the list of ours."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


NAMES = st.sampled_from(["index.html", "en/a.html", "en/b/c.html", "de/a.html", "x"])
SITES = st.dictionaries(NAMES, st.binary(max_size=3), max_size=5)


@given(sites=st.lists(SITES, min_size=1, max_size=4), others=SITES)
def test_the_folder_holds_what_is_wanted_and_what_others_put_there(
    tmp_path_factory: pytest.TempPathFactory, sites: list[dict[str, bytes]], others: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("site")
    for name, octets in others.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    adopted: set[str] = set()
    for wanted in sites:
        done = publish(folder, wanted)
        # The very same octets are taken for ours from then on.
        adopted |= {name for name in wanted if others.get(name) == wanted[name]}
        others = {name: octets for name, octets in others.items() if name not in adopted}
        assert files_in(folder) == {**wanted, **others}
        assert set(done.left) == wanted.keys() & others.keys()
        again = publish(folder, wanted)
        assert (again.changed, again.same) == (False, len(wanted) - len(done.left))
    assert [path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())] == []


def test_only_what_changed_is_written_and_anybody_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folder = tmp_path / "a" / "site"
        publish(folder, {"en/status.html": b"1", "index.html": b"1"})
        old = (folder / "index.html").stat()
        done = publish(folder, {"en/status.html": b"2", "index.html": b"1", "en/more/x.html": b""})
    finally:
        os.umask(before)
    assert done == Published(written=("en/more/x.html", "en/status.html"), same=1)
    assert (folder / "index.html").stat().st_mtime_ns == old.st_mtime_ns
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755


def test_a_page_changes_in_one_step_and_after_an_end_on_the_way_all_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, {"a.html": b"old", "b.html": b"old", "gone.html": b"old"})
    wanted = {"a.html": b"new", "b.html": b"new", "c.html": b"new"}
    replaced = Path.replace
    for steps in range(6):
        left = steps

        def ends(path: Path, to: Path) -> Path:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            assert not to.exists() or to.read_bytes() != path.read_bytes()
            return replaced(path, to)

        monkeypatch.setattr(Path, "replace", ends)
        with contextlib.suppress(KeyboardInterrupt):
            publish(tmp_path, wanted)
        monkeypatch.undo()
        whole = files_in(tmp_path)
        assert {octets for name, octets in whole.items() if not name.endswith(".new")} <= {b"old", b"new"}
    publish(tmp_path, wanted)
    assert files_in(tmp_path) == wanted


def test_a_link_of_somebody_else_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"mine")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").symlink_to(tmp_path / "secret")
    (folder / ".a.html.new").symlink_to(tmp_path / "secret")
    assert publish(folder, {"index.html": b"x", "a.html": b"y"}).left == ("index.html",)
    assert (tmp_path / "secret").read_bytes() == b"mine"
    assert (folder / "a.html").read_bytes() == b"y"


def test_nothing_is_written_or_removed_through_a_linked_folder(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "site"
    outside.mkdir()
    (outside / "mine.html").write_bytes(b"mine")
    folder.mkdir()
    (folder / "en").symlink_to(outside)
    assert publish(folder, {"en/a.html": b"x", "index.html": b"y"}).left == ("en/a.html",)
    (folder / LIST).write_text('{"files": ["en/mine.html", "index.html"]}')
    publish(folder, {"index.html": b"y"})
    assert files_in(outside) == {"mine.html": b"mine"}
    # The folder itself may be one of the operator's.
    (tmp_path / "link").symlink_to(folder)
    assert publish(tmp_path / "link", {"index.html": b"z"}).written == ("index.html",)


@pytest.mark.parametrize("listed", ["", "[]", '{"files": 3}', '{"files": [3, null, "../secret", "/etc/x", "", ".."]}'])
def test_a_list_that_is_damaged_or_leads_elsewhere_names_nothing(tmp_path: Path, listed: str) -> None:
    (tmp_path / "secret").write_bytes(b"mine")
    folder = tmp_path / "site"
    publish(folder, {"index.html": b"1"})
    (folder / LIST).write_text(listed)
    assert publish(folder, {"index.html": b"2"}).left == ("index.html",)
    assert (tmp_path / "secret").exists()
    assert (folder / "index.html").read_bytes() == b"1"


# The running desk


@pytest.fixture
def part() -> Part:
    return Part("site", lambda: OPEN_AT)


def publisher(desk: Office, folder: Path, part: Part) -> Publisher:
    return Publisher(folder, desk.here, part, lambda: desk.now)


def test_an_incident_the_rules_and_the_month_change_the_pages(tmp_path: Path, part: Part) -> None:
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk:
        keeper = publisher(desk, tmp_path, part)
        page = tmp_path / "site" / "en" / "status.html"
        assert keeper.step()
        assert "All is well" in page.read_text()
        written = page.stat().st_mtime_ns
        assert keeper.step()
        assert page.stat().st_mtime_ns == written
        number = desk.here.database.writer.write(
            lambda conn: incidents.open_incident(
                conn, desk.here.desk.partner, "Calls fail", None, words="We know.", author="dana", now=desk.now
            )
        )
        assert keeper.step()
        assert "Calls fail" in page.read_text()
        assert "We know." in (tmp_path / "site/de/status-feed.xml").read_text()
        desk.now += timedelta(hours=1)
        desk.here.database.writer.write(
            lambda conn: incidents.resolve(conn, desk.here.desk.partner, number, words="", author="dana", now=desk.now)
        )
        assert keeper.step()
        assert "All is well" in page.read_text()
        assert "lasted 1 hour" in page.read_text()
        desk.here.desk = replace(desk.here.desk, rules=rules_of(SITE.replace("Harbor Voice", "Pier Phones")))
        assert keeper.step()
        assert "Pier Phones" in page.read_text()
        own = tmp_path / "own"
        own.mkdir()
        (own / "site.css").write_text("body { color: teal; }")
        desk.here.desk = replace(desk.here.desk, templates=Templates(own))
        assert keeper.step()
        assert "color: teal" in page.read_text()
        month = page.read_text()
        desk.now += timedelta(days=32)
        assert keeper.step()
        assert page.read_text() != month


def test_the_history_is_read_again_only_where_a_word_was_said(
    tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    history = incidents.history

    def counted(conn: Connection, partner: str) -> tuple[Incident, ...]:
        read.append(partner)
        return history(conn, partner)

    monkeypatch.setattr(incidents, "history", counted)
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk:
        keeper, partner, now = publisher(desk, tmp_path, part), desk.here.desk.partner, desk.now
        words = (
            lambda conn: incidents.open_incident(conn, partner, "Calls fail", None, author="dana", now=now),
            lambda conn: incidents.say(conn, partner, 1, "The carrier looks into it.", author="dana", now=now),
            lambda conn: incidents.resolve(conn, partner, 1, author="dana", now=now),
        )
        for word in words:
            assert keeper.step()
            assert keeper.step()
            desk.here.database.writer.write(word)
        assert keeper.step()
        assert "The carrier looks into it." in (tmp_path / "site/en/status.html").read_text()
    assert len(read) == 4


def test_pictures_beside_the_articles_are_published_and_follow_their_files(tmp_path: Path, part: Part) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "voicemail.md").write_text(f"{ARTICLE}![The pad](pad.png) ![Gone](gone.png)\n")
    (articles / "pad.png").write_bytes(b"one")
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk:
        keeper = publisher(desk, tmp_path, part)
        shown = tmp_path / "site" / "pictures" / "pad.png"
        assert keeper.step()
        assert shown.read_bytes() == b"one"
        assert 'src="../../pictures/pad.png"' in (tmp_path / "site/en/articles/voicemail.html").read_text()
        assert not (tmp_path / "site/pictures/gone.png").exists()
        (articles / "pad.png").write_bytes(b"another")
        assert keeper.step()
        assert shown.read_bytes() == b"another"
        desk.here.desk = replace(desk.here.desk, rules=rules_of(SITE))
        assert keeper.step()
        assert not shown.parent.exists()


def test_it_ends_at_once_also_where_the_end_comes_as_it_looks(tmp_path: Path, part: Part) -> None:
    stop = threading.Event()

    class Wake(threading.Event):
        def clear(self) -> None:
            stop.set()
            self.set()
            super().clear()

    with office(tmp_path, rules=SITE) as desk:
        running = threading.Thread(target=publisher(desk, tmp_path, part).run, args=(stop, Wake()), daemon=True)
        running.start()
        running.join(3)
        assert not running.is_alive()


def test_without_a_folder_nothing_is_written(tmp_path: Path, part: Part) -> None:
    with office(tmp_path, rules=RULES, at=OPEN_AT) as desk:
        assert publisher(desk, tmp_path, part).step()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "rules.toml"]


def test_a_folder_that_cannot_be_written_is_said_once_and_tried_again(tmp_path: Path, part: Part) -> None:
    (tmp_path / "site").write_text("in the way")
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk, capture_logs() as logs:
        keeper = publisher(desk, tmp_path, part)
        assert not keeper.step()
        assert not keeper.step()
        assert [line["event"] for line in logs] == ["site-not-written"]
        assert str(tmp_path / "site") in part.state().trouble
        (tmp_path / "site").unlink()
        assert keeper.step()
        assert part.state().is_well
        assert (tmp_path / "site/index.html").is_file()


def test_a_fault_of_ours_costs_the_pages_and_no_mail(
    tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("by nobody")

    monkeypatch.setattr(publishing, "files", fails)
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk, capture_logs() as logs:
        assert not publisher(desk, tmp_path, part).step()
    assert "ZeroDivisionError: by nobody" in part.state().trouble
    assert "please report it" in part.state().next_step
    assert [type(line["exc_info"]) for line in logs] == [ZeroDivisionError]


@pytest.mark.parametrize(("number", "step"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "write there")])
def test_what_to_do_about_it_is_said(
    tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch, number: int, step: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(publishing, "publish", fails)
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk:
        assert not publisher(desk, tmp_path, part).step()
    assert step in part.state().next_step


def test_what_others_have_there_is_logged_and_stays(tmp_path: Path, part: Part) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("ours since 1998")
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk, capture_logs() as logs:
        assert publisher(desk, tmp_path, part).step()
    [left] = [line for line in logs if line["event"] == "site-left"]
    assert left["files"] == ("index.html",)
    assert (tmp_path / "site/index.html").read_text() == "ours since 1998"


# The command, the service, the status


def test_the_command_writes_them_and_says_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(SITE)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "voicemail.md").write_text(ARTICLE)
    done = run(tmp_path, "site")
    written = len(files_in(tmp_path / "site"))
    assert (done.code, done.err) == (0, "")
    assert f"{written} files written, in " in " ".join(done.stdout.decode().split())
    assert "Look into your junk folder." in (tmp_path / "site/en/articles/voicemail.html").read_text()
    (tmp_path / "articles" / "voicemail.md").unlink()
    said = json.loads(run(tmp_path, "site", "--json").stdout)
    assert "en/articles/voicemail.html" in said["removed"]
    assert said["left"] == []
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "404.html").write_text("theirs")
    elsewhere = run(tmp_path, "site", "--to", str(tmp_path / "other"))
    assert "not ours, and left as they are: 404.html" in " ".join(elsewhere.err.split())


def test_the_command_writes_no_page_beside_what_is_private(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(SITE.replace('folder = "site"', 'folder = "."'))
    for more in ((), ("--to", str(tmp_path)), ("--to", str(tmp_path / "articles"))):
        done = run(tmp_path, "site", *more)
        assert (done.code, "would be public" in " ".join(done.err.split())) == (73, True)
    assert [one.name for one in tmp_path.iterdir()] == ["rules.toml"]


def test_the_command_names_the_incidents_of_the_log(tmp_path: Path) -> None:
    with office(tmp_path, rules=SITE, at=OPEN_AT) as desk:
        desk.here.database.writer.write(
            lambda conn: incidents.open_incident(
                conn, desk.here.desk.partner, "Calls fail", None, author="dana", now=desk.now
            )
        )
    assert run(tmp_path, "site").code == 0
    assert "Calls fail" in (tmp_path / "site/fr/status.html").read_text()


@pytest.mark.parametrize(
    ("rules", "code", "said"),
    [
        (RULES, 78, 'write folder = "site" under [site], or add --to DIR'),
        (SITE.replace('brand = "Harbor Voice"', 'brand = ""'), 78, "names no brand"),
        (SITE.replace('folder = "site"', 'folder = "rules.toml/site"'), 73, "rules.toml"),
    ],
)
def test_the_command_says_what_keeps_it(tmp_path: Path, rules: str, code: int, said: str) -> None:
    (tmp_path / "rules.toml").write_text(rules)
    done = run(tmp_path, "site")
    assert done.code == code
    assert said in " ".join(done.err.split())


def test_the_service_may_write_there() -> None:
    lines = unit(Service(Path("/srv/my desk"), "mailbot", Path("/bin/mailbot")), rules_of(SITE)).splitlines()
    assert 'ReadWritePaths="/srv/my desk/data" "-/srv/my desk/site"' in lines


def test_the_status_tells_of_the_pages(tmp_path: Path) -> None:
    with office(tmp_path, rules=SITE, at=OPEN_AT):
        pass
    told = {one.part: one for one in judge(look_at(tmp_path, OPEN_AT))}
    assert told["site"].text == "public pages in site, at https://help.harborvoice.example"
