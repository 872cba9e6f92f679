"""Run by test_writer: the system refuses a write during a commit (a file size limit), then allows it again."""

import json
import resource
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from mailbot.store.cursors import set_fact
from mailbot.store.database import open_database

NOW = datetime(2026, 3, 2, tzinfo=UTC)
told: dict[str, object] = {}
heard = threading.Event()

path = Path(sys.argv[1])
with open_database(path) as database:
    writer = database.writer
    writer.write(lambda conn: set_fact(conn, "p", "acknowledged", "yes", NOW))
    told["first"] = "ok"
    writer.subscribe(heard.set)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name(path.name + "-wal").stat().st_size, hard))
    for step in ("failed", "afterwards"):
        error = writer.submit(lambda conn: set_fact(conn, "p", "lost", "x" * 50_000, NOW)).exception()
        told[step] = type(error).__name__
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    told["heard"] = heard.wait(10)
print(json.dumps(told))  # noqa: T201 - read by the test
