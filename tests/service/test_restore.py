"""A log that comes back: whole or not at all, nothing lost of what was there, and nothing sent twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailbot import config
from mailbot.errors import StoreBroken, StoreBusy, StoreError
from mailbot.service import backup
from mailbot.service.archive import BadBackup
from mailbot.service.folder import opened
from mailbot.service.restore import MARK, InTheWayError, Restored, restore
from mailbot.store import cursors
from mailbot.store.database import open_database
from mailbot.store.lock import FolderLock
from mailbot.store.outbox import Audience, NewMail, claim, queue
from mailbot.store.restoring import FACT, note_seen, restored_at
from tests.servers.daemon import NEVER_OPEN, Desk, numbered, rules_for
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Relay
from tests.service.office import OPEN_AT, Office, mail, office

ANN = "Ann Lee <ann@acme-dental.example>"
LATER = OPEN_AT + timedelta(days=1, hours=2)


def bring(file: Path, folder: Path, **more: Any) -> Restored:
    return restore(file, folder, LATER, say=lambda _step, _done, _of: None, **more)


def saved(desk: Office, place: Path) -> Path:
    """Back the desk up as it is."""
    return backup.make(desk.log.parent.parent, place, desk.now).path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model")
    with office(place / "desk") as desk:
        desk.receive(mail(ANN, "The music on hold is too loud."))
        saved(desk, place).rename(place / "desk.tar.zst")
    return place


@pytest.fixture
def file(tmp_path: Path, model: Path) -> Path:
    """A backup of a desk with one ticket; the desk itself is in `desk`."""
    shutil.copytree(model / "desk", tmp_path / "desk")
    return Path(shutil.copy(model / "desk.tar.zst", tmp_path))


def put(desk: Office, key: str, **more: Any) -> int:
    """Queue a mail; return its number."""
    given: dict[str, Any] = {
        "key": key,
        "kind": "acknowledgement",
        "audience": Audience.CUSTOMER,
        "recipient": "ann@acme-dental.example",
        "message_id": f"{key}@harborvoice.example",
        "raw": b"Subject: we have it\r\n\r\n",
    }
    new = NewMail(**(given | more))
    number = desk.here.database.writer.write(lambda conn: queue(conn, desk.here.desk.partner, new, desk.now))
    assert number is not None
    return number


def test_it_comes_back_whole_into_an_empty_folder(file: Path, tmp_path: Path) -> None:
    done = bring(file, tmp_path / "new")
    assert done.aside is None
    assert (tmp_path / "new" / "rules.toml").read_bytes() == (tmp_path / "desk" / "rules.toml").read_bytes()
    with office_as_it_is(tmp_path / "new") as database, database.read() as conn:
        assert conn.exec_driver_sql("SELECT subject FROM ticket ORDER BY id LIMIT 1").scalar() == "A question"
        assert restored_at(conn, config.load(tmp_path / "new").partner.id) == LATER
    assert database.verify() == ()


def office_as_it_is(folder: Path) -> Any:
    return open_database(folder / "data" / backup.LOG_NAME, readonly=True)


def test_while_a_mailbot_runs_there_nothing_is_touched(file: Path, tmp_path: Path) -> None:
    with FolderLock(tmp_path / "desk" / "data"), pytest.raises(StoreBusy, match=str(os.getpid())):
        bring(file, tmp_path / "desk", replace=True)


def test_what_is_there_is_replaced_only_when_told_and_kept(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    (folder / "rules.toml").write_text((folder / "rules.toml").read_text() + "# mine\n")
    log = (folder / "data" / backup.LOG_NAME).read_bytes()
    with pytest.raises(InTheWayError, match=r"tickets\.db, rules\.toml; its log is newer") as refused:
        bring(file, folder)
    assert "--replace" in str(refused.value)
    assert (folder / "data" / backup.LOG_NAME).read_bytes() == log
    done = bring(file, folder, replace=True)
    assert done.aside is not None
    assert (done.aside / "rules.toml").read_text().endswith("# mine\n")
    assert not (folder / "rules.toml").read_text().endswith("# mine\n")
    with office_as_it_is(done.aside) as aside, aside.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM ticket").scalar() == 1
    assert not list(folder.glob(".mailbot-restore-*"))


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_a_bad_backup_changes_nothing(file: Path, tmp_path: Path, cut: int) -> None:
    octets = file.read_bytes()
    file.write_bytes(octets[:cut])
    with pytest.raises(BadBackup):
        bring(file, tmp_path / "desk", replace=True)
    assert not list((tmp_path / "desk").glob("replaced-*"))
    assert not list((tmp_path / "desk").glob(".mailbot-restore-*"))


def test_a_backup_of_a_newer_mailbot_is_refused(tmp_path: Path) -> None:
    with office(tmp_path / "desk") as desk:
        desk.here.database.writer.write(
            lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        )
        file = saved(desk, tmp_path)
    with pytest.raises(StoreError, match="newer mailbot"):
        bring(file, tmp_path / "new")
    assert not (tmp_path / "new" / "data" / backup.LOG_NAME).exists()


def test_nothing_that_waited_leaves_by_itself(tmp_path: Path) -> None:
    with office(tmp_path / "desk") as desk:
        partner, writer = desk.here.desk.partner, desk.here.database.writer
        desk.receive(mail(ANN, "The music on hold is too loud."))
        sent = desk.one("SELECT max(id) FROM outbox WHERE state = 'sent'")
        leaving = put(desk, "a")
        assert [one.id for one in writer.write(lambda conn: claim(conn, partner, desk.now, 1))] == [leaving]
        usual, held = put(desk, "b"), put(desk, "c", held=True)
        emergency = put(desk, "d", kind="emergency", may_repeat=True)
        file = saved(desk, tmp_path)
    [settled] = bring(file, tmp_path / "new").settled
    with office_as_it_is(tmp_path / "new") as database, database.read() as conn:
        rows = conn.exec_driver_sql("SELECT id, state, next_attempt_at IS NULL, reply_text FROM outbox").all()
        pending = conn.exec_driver_sql("SELECT text FROM notice WHERE outbox_key IS NULL").scalars().all()
    states = {number: state for number, state, *_ in rows}
    assert (states[usual], states[emergency], states[held], states[leaving], states[sent]) == (
        "unclear",
        "held",
        "held",
        "unclear",
        "sent",
    )
    assert all(idle for _, _, idle, _ in rows)
    assert all("restored from the backup of 2026-11-23 15:00 UTC" in said for n, _, _, said in rows if n != sent)
    assert (settled.held, settled.unclear) == (1, 2)
    assert len(pending) == 1, "only the restore itself is news"
    assert "1 mails are held, 2 may have left" in pending[0]


def test_no_number_is_given_twice(tmp_path: Path) -> None:
    """A reply token names a ticket by its number: the customer of a lost #1002 must not get into another's."""
    with office(tmp_path / "desk") as desk:
        desk.receive(mail(ANN, "The first question is this one."))
        file = saved(desk, tmp_path)
        lost = [desk.receive(mail(f"b{number}@bolt.example", f"Another question {number}.")) for number in range(3)]
    done = bring(file, tmp_path / "desk", replace=True)
    again = bring(file, tmp_path / "desk2")
    rules = config.load(tmp_path / "desk")
    for folder, marker in ((tmp_path / "desk", done), (tmp_path / "desk2", again)):
        with opened(folder, rules, writes_mail=False) as here:
            given = here.database.writer.write(
                lambda conn: conn.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
            )
            assert here.desk.restored_at == LATER
        sequences: dict[str, int] = dict(given)
        assert marker.settled[0].ticket > max(one.ticket or 0 for one in lost)
        assert sequences["arrival"] > max(one.arrival for one in lost)


def test_answers_to_mail_from_before_wait_and_to_new_mail_leave(tmp_path: Path) -> None:
    with office(tmp_path / "desk") as desk:
        desk.here.database.writer.write(lambda conn: cursors.set_fact(conn, "p", "a", "b", desk.now))
        object.__setattr__(desk.here.desk, "restored_at", desk.now)
        before = desk.now - timedelta(minutes=5)
        first = desk.receive(mail(ANN, "Is there a way to change the greeting?"), received_at=before)
        assert desk.answers == []
        assert "answer.restored" in {reason.code for reason in first.decision.reasons}
        assert desk.one("SELECT count(*) FROM outbox WHERE state = 'held'") == 1
        desk.now += timedelta(minutes=11)
        desk.receive(mail("bo@bolt.example", "Is there a way to change the greeting?"))
        assert [sent.recipient for sent in desk.answers] == ["bo@bolt.example"]


def test_the_doubt_about_clocks_holds_no_emergency_answer_and_nothing_that_came_after_the_first_look(
    tmp_path: Path,
) -> None:
    """Dated a minute after the restore, by a clock that may be ahead."""
    with office(tmp_path / "desk", at=OPEN_AT + timedelta(hours=12)) as desk:
        partner, writer = desk.here.desk.partner, desk.here.database.writer
        writer.write(lambda conn: cursors.set_fact(conn, partner, FACT, desk.now.isoformat(), desk.now))
        object.__setattr__(desk.here.desk, "restored_at", desk.now)
        desk.now += timedelta(minutes=1)
        looked = cursors.Cursor("support", "INBOX", 5, 0, desk.now, last_uid=8, reconciled_at=desk.now)
        for look in (looked, replace(looked, last_uid=20)):
            writer.write(partial(note_seen, partner=partner, cursor=look, now=desk.now))
        uids = iter(range(7, 99))

        def held(person: str, text: str, **more: Any) -> bool:
            before = len(desk.answers)
            place: dict[str, Any] = {"mailbox": "support", "folder": "INBOX", "uidvalidity": 5, "uid": next(uids)}
            done = desk.receive(mail(f"{person}@acme-dental.example", text), **place, **more)
            said = "answer.restored" in {reason.code for reason in done.decision.reasons}
            assert (len(desk.answers) == before) == said
            return said

        down = "All our phones are dead and nobody can call in or out."
        assert held("ann", "The music on hold is too loud."), "UID 7 was there"
        assert not held("bob", down), "an emergency answer may go twice"
        assert held("cid", down, received_at=desk.now - timedelta(minutes=2)), "it came before"
        assert not held("dan", "The music on hold is too loud."), "UID 10 came later"


def test_who_still_has_the_replaced_log_open_is_fenced(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    # As if the lock had been removed by hand.
    with open_database(folder / "data" / backup.LOG_NAME) as old:
        bring(file, folder, replace=True)
        with pytest.raises(StoreBroken, match="another mailbot"):
            old.writer.write(lambda conn: cursors.set_fact(conn, "p", "late", "", LATER))


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
left = int(sys.argv[3])
def counted(event, _arguments):
    global left
    if event in ("os.rename", "os.remove"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
from mailbot.service.restore import restore
sys.addaudithook(counted)
now = datetime.fromisoformat("2026-11-24T17:00:00+00:00")
restore(Path(sys.argv[1]), Path(sys.argv[2]), now, replace=True, say=lambda *_: None)
"""


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_between_two_moves_it_is_begun_anew_and_nothing_is_lost(
    file: Path, model: Path, tmp_path: Path, stride: int
) -> None:
    """At every instant there is the old log, or the new one, or a start that says what to do."""
    seen = Counter[str]()
    for step in range(1, 60, stride):
        folder = tmp_path / f"desk{step}"
        shutil.copytree(model / "desk", folder)
        (folder / "data" / backup.KEY_NAME).write_text("1 " + "ab" * 32)
        (folder / "data" / backup.KEY_NAME).chmod(0o600)
        run = subprocess.run([sys.executable, "-c", KILLED, file, folder, str(step)], check=False, capture_output=True)
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
        rules = config.load(tmp_path / "desk")
        if (folder / "data" / MARK).exists():
            seen["told"] += 1
            with pytest.raises(StoreError, match=f"did not end.*{file.name} --replace"), opened(folder, rules):
                pass
        else:
            with opened(folder, rules, writes_mail=False) as here, here.database.read() as conn:
                seen["new" if restored_at(conn, rules.partner.id) else "old"] += 1
        bring(file, folder, replace=True)
        with opened(folder, rules, writes_mail=False) as here, here.database.read() as conn:
            assert restored_at(conn, rules.partner.id)
        logs = [*folder.glob("replaced-*/data/tickets.db")]
        assert any(b"too loud" in log.read_bytes() for log in logs)
    else:
        pytest.fail("it never came to an end")
    assert seen["told"] >= 1


@pytest.mark.dovecot
def test_mail_that_came_after_the_backup_is_fetched_again_and_answered_once(tmp_path: Path, dovecot: Dovecot) -> None:
    """Yesterday's backup, while the mailbox went on: nothing is lost, nothing is doubled, nothing is sent again."""
    with Relay() as relay:
        rules = rules_for(dovecot=dovecot, relay=relay, hours=NEVER_OPEN)
        desk = Desk(tmp_path / "desk", rules, {"IMAP_PASSWORD": dovecot.password})
        file = tmp_path / "b.tar.zst"
        with desk:
            desk.wait_until_started()
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM cursor") == 1, "the first contact")
            dovecot.append_all(numbered(range(4)))
            relay.wait_for(4)
            # A mail that is backed up before it is marked would be unclear afterwards, and rightly so.
            desk.wait_for(
                lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'sent'") == 4, "four to be sent"
            )
            desk.command("backup", str(file))
            dovecot.append_all(numbered(range(4, 9), "All our phones are dead and nobody can call in or out."))
            relay.wait_for(9)
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'sent'") == 9, "all to be sent")
        done = json.loads(desk.command("restore", str(file), "--replace", "--json").stdout)
        assert (done["held"], done["unclear"]) == (0, 0)
        with desk:
            desk.wait_until_started(2)
            entries = "SELECT count(*) FROM entry WHERE kind = 'customer'"
            desk.wait_for(lambda: desk.count(entries) >= 9, "what came since to be fetched again")
            dovecot.append_all(numbered(range(9, 10)))
            desk.wait_for(lambda: desk.count(entries) >= 10, "new mail to be taken")
            relay.wait_for(10)
            desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'queued'") == 0, "the queue")
        ids = Counter(row for (row,) in desk.rows("SELECT message_id FROM entry WHERE kind = 'customer'"))
        assert ids == Counter(f"question-{number}@acme-dental.example" for number in range(10))
        answered = Counter(message_from_bytes(sent.raw)["In-Reply-To"] for sent in relay.mails)
        assert set(answered.values()) == {1}
        assert len(answered) == 10, "what came after the first look is answered"
        assert desk.count("SELECT count(*) FROM outbox WHERE state = 'held'") == 5
