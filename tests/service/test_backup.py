"""Backups are consistent whatever is written meanwhile, are checked before they count, and show any damage."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import stat
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from mailbot.errors import MailbotError, StoreDamaged
from mailbot.service import archive, backup
from mailbot.service.archive import BadBackup, Manifest
from mailbot.service.restore import restore
from mailbot.store import spool
from mailbot.store.cursors import set_fact
from mailbot.store.database import Database
from tests.service.office import mail, office
from tests.store.conftest import NOW

ANN = "Ann Lee <ann@acme-dental.example>"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model") / "desk"
    with office(place) as desk:
        for number in range(3):
            desk.receive(mail(ANN, f"The music on hold is too loud, please see to it. {number}"))
    (place / "data" / backup.KEY_NAME).write_text("1 " + "ab" * 32)
    (place / "templates" / "de").mkdir(parents=True)
    (place / "templates" / "de" / "own.text.j2").write_text("Hallo")
    (place / "examples.toml").write_text('[[example]]\ntext = "Hello"\nseverity = "normal"\n')
    (place / "tenants.csv").write_text("id,name\nbolt,Bolt Bakery\n")
    (place / "password").write_text("swordfish")
    return place


@pytest.fixture
def folder(tmp_path: Path, model: Path) -> Path:
    """A desk's folder with three messages, a key, templates and a secret of its own."""
    return Path(shutil.copytree(model, tmp_path / "desk"))


def unpacked(path: Path) -> dict[str, bytes]:
    """What a backup holds, read by tools that share no code with mailbot."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        octets = io.BytesIO(reader.read())
    with tarfile.open(fileobj=octets) as archived:
        return {entry.name: archived.extractfile(entry).read() for entry in archived}  # type: ignore[union-attr]


def repacked(path: Path, files: dict[str, bytes]) -> None:
    """Write a backup that holds these files."""
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w") as archived:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archived.addfile(entry, io.BytesIO(content))
    path.write_bytes(zstandard.ZstdCompressor().compress(octets.getvalue()))


def test_everything_a_new_machine_needs_is_in_it_and_no_secret(folder: Path, tmp_path: Path) -> None:
    made = backup.make(folder, tmp_path, NOW)
    held = unpacked(made.path)
    assert set(held) == {
        "manifest.json",
        "data/tickets.db",
        "data/token.key",
        "rules.toml",
        "tenants.csv",
        "examples.toml",
        "templates/de/own.text.j2",
    }
    assert held["rules.toml"] == (folder / "rules.toml").read_bytes()
    assert not any(b"swordfish" in octets for octets in held.values())
    assert json.loads(held["manifest.json"])["rows"]["raw"] == 3
    assert made.path.name == "mailbot-backup-20260302-090000Z.tar.zst"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == unordered("desk", made.path.name)
    last = backup.last_backup(folder)
    assert last is not None
    assert (last.made_at, last.path, last.octets) == (NOW, made.path, made.octets)


def unordered(*names: str) -> object:
    class Unordered:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return isinstance(other, list) and sorted(other) == sorted(names)

    return Unordered()


@contextmanager
def busy(database: Database) -> Iterator[Callable[[], tuple[int, float]]]:
    """Write pairs of rows as fast as the disk takes them; yields how many, and the longest commit in seconds."""
    stop = threading.Event()
    written, longest = [0], [0.0]

    def write(thread: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            value = f"{thread}-{number}"
            new = spool.NewArrival("smtp", NOW, f"Subject: {value}\r\n\r\n".encode() + b"x" * 3000)  # type: ignore[arg-type]

            def work(conn, value=value, new=new, thread=thread) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
                set_fact(conn, "load", f"left-{thread}", value, NOW)
                spool.accept(conn, "load", new, NOW)
                set_fact(conn, "load", f"right-{thread}", value, NOW)

            began = time.monotonic()
            database.writer.write(work)
            longest[0] = max(longest[0], time.monotonic() - began)
            written[0] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: (written[0], longest[0])
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("backups", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_backups_under_load_are_consistent_and_hold_the_writer_up_for_moments(
    folder: Path, tmp_path: Path, backups: int
) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    with office(folder) as desk, busy(desk.here.database) as so_far:

        def while_it_copies(step: str, _done: int, _of: int) -> None:
            before, until = so_far()[0], time.monotonic() + 30
            while step == "Copying the log" and so_far()[0] == before:
                assert time.monotonic() < until, "the writer stands still"
                time.sleep(0.001)

        for number in range(backups):
            backup.make(folder, place, NOW + timedelta(seconds=number), say=while_it_copies)
        written, longest = so_far()
        wal = (folder / "data" / "tickets.db-wal").stat().st_size
    rows = []
    for path in sorted(place.iterdir()):
        log = tmp_path / "log.db"
        log.write_bytes(unpacked(path)["data/tickets.db"])
        with closing(sqlite3.connect(log)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            facts = dict(copy.execute("SELECT name, value FROM fact"))
            [(count,)] = copy.execute("SELECT count(*) FROM raw WHERE sha256 IN (SELECT raw_sha256 FROM arrival)")
        assert [facts.get(f"left-{n}") for n in range(8)] == [facts.get(f"right-{n}") for n in range(8)]
        assert count >= sum(int(value.partition("-")[2]) for name, value in facts.items() if name.startswith("left"))
        rows.append(count)
    assert rows == sorted(rows)
    print(f"{backups} backups, {written} writes, the longest {longest * 1000:.0f} ms, WAL {wal / 1e6:.1f} MB")  # noqa: T201
    assert longest < 2.0
    assert wal < 100e6


def test_a_killed_backup_leaves_nothing_that_the_next_does_not_clear_away(folder: Path, tmp_path: Path) -> None:
    left = tmp_path / ".mailbot-backup-abc"
    left.mkdir()
    (left / "tickets.db").write_bytes(b"x" * 1000)
    with backup._workshop(tmp_path) as alive:
        backup.make(folder, tmp_path, NOW)
        assert not left.exists()
        assert alive.exists(), "another backup is still at work in it"


def test_the_newest_are_kept(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "mailbot-backup-of-mine.tar.zst"
    other.touch()
    for day in range(4):
        backup.make(folder, tmp_path, NOW + timedelta(days=day), keep=2)
    assert sorted(path.name for path in tmp_path.glob("*.zst")) == [
        "mailbot-backup-20260304-090000Z.tar.zst",
        "mailbot-backup-20260305-090000Z.tar.zst",
        other.name,
    ]


@pytest.mark.parametrize("destination", ["there.tar.zst", "no/such/folder/x.tar.zst"])
def test_what_is_there_is_not_overwritten_and_no_folder_is_guessed(
    folder: Path, tmp_path: Path, destination: str
) -> None:
    (tmp_path / "there.tar.zst").write_text("mine")
    with pytest.raises(MailbotError, match=r"is there already|no folder"):
        backup.make(folder, tmp_path / destination, NOW)
    assert (tmp_path / "there.tar.zst").read_text() == "mine"


def test_a_damaged_log_is_not_backed_up_over_good_backups(folder: Path, tmp_path: Path) -> None:
    good = backup.make(folder, tmp_path, NOW, keep=1)
    log = folder / "data" / backup.LOG_NAME
    with closing(sqlite3.connect(log)) as conn:
        conn.execute("DROP TRIGGER raw_is_not_changed")
        [(sha, packed)] = conn.execute("SELECT sha256, packed FROM raw LIMIT 1").fetchall()
        flipped = bytearray(packed)
        flipped[len(flipped) // 2] ^= 1
        conn.execute("UPDATE raw SET packed = ? WHERE sha256 = ?", (bytes(flipped), sha))
        conn.commit()
    with pytest.raises(StoreDamaged, match=sha):
        backup.make(folder, tmp_path, NOW + timedelta(days=1), keep=1)
    assert list(tmp_path.glob("*.zst")) == [good.path]
    assert backup.last_backup(folder).made_at == NOW  # type: ignore[union-attr]


def test_every_damaged_octet_is_found_out(folder: Path, tmp_path: Path) -> None:
    whole = backup.make(folder, tmp_path, NOW).path.read_bytes()
    bad = tmp_path / "bad"
    # All of them would take minutes.
    for place in [*range(0, len(whole), 211), len(whole) - 1]:
        octets = bytearray(whole)
        octets[place] ^= 0x40
        bad.write_bytes(octets)
        try:
            manifest = archive.read(bad, archive.passed_over, lambda _done, _of: None)
        except BadBackup:
            continue
        assert manifest.made_at == NOW, "only what nobody reads (padding) may differ"
    for length in range(0, len(whole), 1999):
        bad.write_bytes(whole[:length])
        with pytest.raises(BadBackup):
            archive.read(bad, archive.passed_over, lambda _done, _of: None)


def test_what_the_disk_did_not_keep_is_no_backup(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = archive.write

    def write_to_a_bad_disk(into: Path, *arguments: Any) -> None:
        write(into, *arguments)
        with into.open("r+b") as file:
            file.seek(into.stat().st_size // 2)
            file.write(b"\xff" * 40)

    monkeypatch.setattr(archive, "write", write_to_a_bad_disk)
    place = tmp_path / "backups"
    place.mkdir()
    with pytest.raises(BadBackup):
        backup.make(folder, place, NOW)
    assert list(place.iterdir()) == []
    assert backup.last_backup(folder) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files | {"extra": b"x"}, "does not name"),
        (lambda files: {name: files[name] for name in files if name != "rules.toml"}, "is missing"),
        (lambda files: files | {"rules.toml": b"[partner]"}, "not what was written"),
        (lambda files: {name: files[name] for name in files if name != "manifest.json"}, "no manifest"),
        (
            lambda files: (
                files | {"manifest.json": files["manifest.json"].replace(b"data/token.key", b"../../oken.key")}
            ),
            "outside",
        ),
        (
            lambda files: files | {"manifest.json": files["manifest.json"].replace(b'"format": 1', b'"format": 9')},
            "newer",
        ),
        (lambda files: files | {"manifest.json": b"[]"}, "cannot be understood"),
    ],
)
def test_what_its_manifest_does_not_say_is_refused(
    folder: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]], words: str
) -> None:
    made = backup.make(folder, tmp_path, NOW)
    repacked(made.path, change(unpacked(made.path)))
    with pytest.raises(BadBackup, match=words):
        archive.read(made.path, archive.passed_over, lambda _done, _of: None)


def test_a_log_that_is_whole_but_another_than_the_manifest_says_is_not_restored(folder: Path, tmp_path: Path) -> None:
    made = backup.make(folder, tmp_path, NOW)
    files = unpacked(made.path)
    said = json.loads(files["manifest.json"])
    said["rows"]["ticket"] += 1
    repacked(made.path, files | {"manifest.json": json.dumps(said).encode()})
    with pytest.raises(BadBackup, match="other rows"):
        restore(made.path, tmp_path / "new", NOW, say=lambda _step, _done, _of: None)
    assert not (tmp_path / "new" / "data" / backup.LOG_NAME).exists()


def test_a_manifest_comes_back(folder: Path, tmp_path: Path) -> None:
    manifest = backup.make(folder, tmp_path, datetime(2026, 3, 2, tzinfo=UTC)).manifest
    assert Manifest.from_json(manifest.to_json()) == manifest
