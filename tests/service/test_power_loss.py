"""What the kernel is told before a 250: what a power cut takes, no kill -9 can show."""

from __future__ import annotations

import re
import shutil
import smtplib
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, numbered, rules_for

_WRITTEN = re.compile(r"pwrite64\(\d+<[^>]*tickets\.db-wal>")
_SYNCED = re.compile(r"f(?:data)?sync\(\d+<[^>]*tickets\.db-wal>")


@pytest.mark.strace
@pytest.mark.skipif(not shutil.which("strace"), reason="Debian's strace is not installed")
def test_what_is_acknowledged_was_written_and_synced_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", rules_for(more='[listen]\nsmtp = "127.0.0.1:0"\n'))
    trace = tmp_path / "trace"
    calls = "trace=pwrite64,fsync,fdatasync,sendto"
    desk.prefix = ("strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "40", "-o", str(trace), "-e", calls)
    with desk:
        desk.wait_until_started()
        with smtplib.SMTP("127.0.0.1", desk.port("smtp")) as client:
            for raw in numbered(range(5)):
                client.sendmail("a@acme-dental.example", ["support@example.com"], raw)
    # Each stretch begins when the message may come, and ends when it is acknowledged.
    stretches = re.findall(r'"354 .*?"250 2\.0\.0 Taken', trace.read_text(), re.DOTALL)
    assert len(stretches) == 5
    for stretch in stretches:
        written, synced = _WRITTEN.search(stretch), list(_SYNCED.finditer(stretch))
        assert written, "nothing of it was written"
        assert any(sync.start() > written.start() for sync in synced), "it was not brought to the disk"
