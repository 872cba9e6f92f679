"""F37, F38: two real daemons on one folder, the lock gone: who was taken over sends nothing more."""

from __future__ import annotations

import signal
import threading
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay, Stage

IS_PLANNED = """
SELECT count(*) FROM fact WHERE name = 'clocks.entry' AND CAST(value AS INTEGER) = (SELECT max(id) FROM entry)
"""


def ids(relay: Relay) -> list[str]:
    return [message_from_bytes(mail.raw)["Message-ID"].strip("<>") for mail in relay.mails]


@pytest.mark.parametrize("stage", [pytest.param("MAIL", marks=pytest.mark.slow), "DATA"])
def test_a_daemon_that_was_stopped_and_taken_over_sends_nothing_more(tmp_path: Path, stage: Stage) -> None:
    """It is stopped in the middle of a mail, whose final dot would hand it over; the other delivers what waits."""
    reached, go_on = threading.Event(), threading.Event()
    with Relay() as relay:

        def wait(at: Stage) -> None:
            if at == stage and not reached.is_set():
                reached.set()
                assert go_on.wait(120)

        relay.pause = wait
        rules = rules_for(relay=relay, more='[listen]\nlmtp = "127.0.0.1:0"\n')
        old = Desk(tmp_path / "desk", rules)
        with old:
            old.wait_until_started()
            for raw in numbered(range(3)):
                old.command("ingest", "-", "--answer", stdin=raw)
            old.wait_for(reached.is_set, "the first answer to be under way")
            old.wait_for(lambda: old.count("SELECT count(*) FROM outbox") == 3, "the answers to be decided")
            # A process that is stopped while it writes keeps the log locked, from whoever takes over as well.
            old.wait_for(lambda: old.count(IS_PLANNED) == 1, "what falls due to be planned")
            assert old.process is not None
            old.process.send_signal(signal.SIGSTOP)
            try:
                (old.folder / "data" / "lock").unlink()
                with Desk(old.folder, rules) as new:
                    new.wait_until_started(2)
                    new.wait_for(lambda: len(relay.mails) == 2, "the new one to deliver what waited")
                    go_on.set()
                    old.process.send_signal(signal.SIGCONT)
                    assert old.process.wait(60) != 0
                    assert "another mailbot has opened this store" in old.said()
                    sent = {id_ for (id_,) in new.rows("SELECT message_id FROM outbox WHERE state = 'sent'")}
                    assert sorted(ids(relay)) == sorted(sent), "each once, all by the new one"
                    # What the old one had under its hands is for people to judge, and they are told so.
                    assert new.count("SELECT count(*) FROM outbox WHERE state = 'unclear'") == 1
            finally:
                go_on.set()
                old.process.send_signal(signal.SIGCONT)
        assert len(relay.mails) == 2
