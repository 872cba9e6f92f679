"""The one writer: who waits for whom, who fails with whom, and what a failing disk does."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mailbot.errors import StoreBroken, StoreError, StoreFull
from mailbot.store import writer
from mailbot.store.cursors import fact, set_fact
from mailbot.store.database import open_database
from tests.store.conftest import NOW, Store

HERE = Path(__file__).parent


def note(name: str, value: str = "yes") -> Callable[[Connection], str]:
    def work(conn: Connection) -> str:
        set_fact(conn, "northwind", name, value, NOW)
        return name

    return work


def facts_of(store: Store) -> set[str]:
    with store.database.read() as conn:
        return set(conn.exec_driver_sql("SELECT name FROM fact").scalars())


def submit_together(store: Store, works: list[Callable[[Connection], str]]) -> list[Future[str]]:
    """Submit while the writer is busy, so that all of them share the next batch."""
    busy, go_on = threading.Event(), threading.Event()

    def occupy(_conn: Connection) -> None:
        busy.set()
        go_on.wait(10)

    # The works join the batch that `occupy` has begun.
    store.database.writer.submit(occupy)
    busy.wait(10)
    futures = [store.database.writer.submit(work) for work in works]
    go_on.set()
    return futures


def test_result_comes_after_the_commit(store: Store) -> None:
    assert store.write(note("a")) == "a"
    assert facts_of(store) == {"a"}


def test_who_waits_for_a_commit_that_fails_hears_of_it_and_of_nothing_else(store: Store) -> None:
    def tables(conn: Connection) -> None:
        conn.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        conn.exec_driver_sql("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")

    def orphan(conn: Connection) -> str:
        conn.exec_driver_sql("INSERT INTO child VALUES (1)")
        return note("b")(conn)

    store.write(tables)
    with pytest.raises(IntegrityError):
        store.write(orphan)
    assert store.write(note("c")) == "c"
    assert facts_of(store) == {"c"}


def test_works_that_come_together_share_one_commit_in_their_order(store: Store) -> None:
    before = store.database.writer.commits
    order: list[int] = []

    def work(number: int) -> Callable[[Connection], str]:
        def run(conn: Connection) -> str:
            order.append(number)
            return note(f"n{number}")(conn)

        return run

    futures = submit_together(store, [work(number) for number in range(100)])
    assert [future.result(10) for future in futures] == [f"n{number}" for number in range(100)]
    assert order == list(range(100))
    # A batch also ends after 50 ms, which a busy machine may need for these.
    assert store.database.writer.commits <= before + 5


def test_a_lone_work_has_its_own_commit(store: Store) -> None:
    before = store.database.writer.commits
    for number in range(5):
        store.write(note(f"n{number}"))
    assert store.database.writer.commits == before + 5


def test_the_next_of_a_crowd_is_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty sessions end their messages at nearly the same time, never at quite the same."""
    monkeypatch.setattr(writer, "_BATCH_SECONDS", 30)
    monkeypatch.setattr(writer, "_NEXT_OF_CROWD_SECONDS", 0.5)
    before = store.database.writer.commits
    late: list[Future[str]] = []
    done = threading.Event()

    def come_late(number: int) -> str:
        # Another thread submits it when this one has left the queue empty.
        if number == 10:
            done.set()
        else:
            threading.Timer(0.02, submit, [number + 1]).start()
        return f"late {number}"

    def submit(number: int) -> None:
        late.append(store.database.writer.submit(lambda _: come_late(number)))

    together = submit_together(store, [note(f"n{number}") for number in range(6)] + [lambda _: come_late(0)])
    assert done.wait(10)
    assert [future.result(10) for future in together][-1] == "late 0"
    assert [future.result(10) for future in late] == [f"late {number}" for number in range(1, 11)]
    assert store.database.writer.commits == before + 1


def test_no_company_is_waited_for_by_few(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_NEXT_OF_CROWD_SECONDS", 60)
    for future in submit_together(store, [note("a"), note("b")]):
        future.result(10)
    assert store.write(note("c")) == "c"


@pytest.mark.parametrize("bad", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_work_that_raises_is_undone_alone(store: Store, bad: int) -> None:
    def failing(conn: Connection) -> str:
        note("half")(conn)
        msg = "no"
        raise KeyError(msg)

    works = [note("a"), note("b")]
    works.insert(bad, failing)
    futures = submit_together(store, works)
    with pytest.raises(KeyError):
        futures.pop(bad).result(10)
    assert [future.result(10) for future in futures] == ["a", "b"]
    assert facts_of(store) == {"a", "b"}


def test_only_failing_works_leave_nothing_and_the_writer_goes_on(store: Store) -> None:
    def failing(conn: Connection) -> str:
        note("half")(conn)
        raise ValueError

    for future in submit_together(store, [failing, failing]):
        with pytest.raises(ValueError):  # noqa: PT011 - bare on purpose
            future.result(10)
    assert store.write(note("after")) == "after"
    assert facts_of(store) == {"after"}


def test_a_cancelled_work_is_not_run(store: Store) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def occupy(_conn: Connection) -> None:
        busy.set()
        go_on.wait(10)

    store.database.writer.submit(occupy)
    busy.wait(10)
    future = store.database.writer.submit(note("cancelled"))
    assert future.cancel()
    go_on.set()
    store.write(note("after"))
    assert facts_of(store) == {"after"}


def test_a_work_that_ends_the_shared_transaction_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="ended the transaction"):
        store.write(lambda conn: conn.commit())
    assert store.write(note("after")) == "after"


def test_waiting_inside_a_work_is_refused_instead_of_hanging(store: Store) -> None:
    with pytest.raises(RuntimeError, match="must not wait"):
        store.write(lambda _conn: store.write(note("inner")))


def test_listeners_hear_of_each_commit_and_may_fail(store: Store) -> None:
    heard = threading.Event()

    def failing() -> None:
        msg = "a listener's own trouble"
        raise RuntimeError(msg)

    store.database.writer.subscribe(failing)
    store.database.writer.subscribe(heard.set)
    store.write(note("a"))
    assert heard.wait(10)
    assert store.write(note("b")) == "b"


def test_fifty_submitters_share_commits(store: Store) -> None:
    writer = store.database.writer
    commits, submissions = writer.commits, writer.submissions

    def submit_some(person: int) -> None:
        for number in range(20):
            writer.write(note(f"{person}-{number}"))

    threads = [threading.Thread(target=submit_some, args=(person,)) for person in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writer.submissions - submissions == 1000
    assert len(facts_of(store)) == 1000
    assert (writer.commits - commits) / 1000 <= 0.1


def test_no_increment_is_lost_between_threads(store: Store) -> None:
    def increment(conn: Connection) -> None:
        number = int(fact(conn, "northwind", "count") or 0)
        set_fact(conn, "northwind", "count", str(number + 1), NOW)

    def many() -> None:
        for _ in range(100):
            store.write(increment)

    threads = [threading.Thread(target=many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(lambda conn: fact(conn, "northwind", "count")) == "200"


def test_closing_writes_what_waits_and_then_refuses(store: Store) -> None:
    futures = submit_together(store, [note(f"n{number}") for number in range(10)])
    writer = store.database.writer
    store.database.close()
    assert [future.result(10) for future in futures] == [f"n{number}" for number in range(10)]
    with pytest.raises(StoreBroken, match="closed"):
        writer.submit(note("late")).result(10)


def test_a_full_disk_fails_all_waiters_and_passes(store: Store) -> None:
    store.write(note("before"))
    pages = store.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}").all())
    futures = submit_together(store, [note("small"), note("big", "x" * 100_000)])
    for future in futures:
        with pytest.raises(StoreFull):
            future.result(10)
    store.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1000000").all())
    assert store.write(note("after")) == "after"
    assert facts_of(store) == {"before", "after"}


def test_a_full_disk_in_the_middle_of_one_statement_is_no_fault_of_its_work(store: Store) -> None:
    """SQLite then undoes that statement alone, and would commit the rest."""

    def plenty(conn: Connection) -> str:
        conn.exec_driver_sql(
            "WITH RECURSIVE number (it) AS (SELECT 1 UNION ALL SELECT it + 1 FROM number WHERE it < 200)"
            " INSERT INTO plenty SELECT randomblob(2000 + it) FROM number"
        )
        return "plenty"

    store.write(lambda conn: conn.exec_driver_sql("CREATE TABLE plenty (octets BLOB NOT NULL UNIQUE)"))
    pages = store.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    store.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}").all())
    for future in submit_together(store, [note("small"), plenty]):
        with pytest.raises(StoreFull):
            future.result(10)
    assert facts_of(store) == set()


def test_who_opens_the_store_last_fences_off_the_others(store: Store) -> None:
    store.write(note("before"))
    # As if the lock had been removed by hand.
    with open_database(store.database.path) as second:
        heard = threading.Event()
        store.database.writer.subscribe(heard.set)
        with pytest.raises(StoreBroken, match="another mailbot"):
            store.write(note("stale"))
        assert heard.wait(10)
        assert store.database.writer.broken is not None
        assert second.writer.write(note("second")) == "second"
    assert facts_of(store) == {"before", "second"}


def test_after_an_io_error_the_writer_refuses_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "mailbot.db"
    run = subprocess.run(
        [sys.executable, HERE / "child_io_error.py", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["first"] == "ok"
    assert told["failed"] == "StoreBroken"
    assert told["afterwards"] == "StoreBroken", "the disk works again, but what it holds is not known"
    assert told["heard"], "the daemon must learn of it to end"
    with open_database(path) as database, database.read() as conn:
        assert set(conn.exec_driver_sql("SELECT name FROM fact").scalars()) == {"acknowledged"}


def test_kill_loses_no_acknowledged_arrival(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, HERE / "child_killed.py", tmp_path / "mailbot.db", "20"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["kills"] == 20
    assert told["acknowledged"] > 200, "a run that acknowledges next to nothing proves nothing"
    assert told["lost"] == []
    assert told["damaged"] == []
    assert told["integrity"] == "ok"
