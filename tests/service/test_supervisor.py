"""What systemd is told, on a real socket, and that a beat means that every part lives."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailbot.health import Board
from mailbot.rules import Listener, Relay, Rules
from mailbot.service import supervisor
from mailbot.service.supervisor import Supervisor, Watchdog
from mailbot.service.unit import Service, unit
from mailbot.store.database import Database, open_database
from tests.servers.daemon import Desk, rules_for


class Systemd:
    """A notification socket, as systemd opens one for a service."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(30)
        self.environment = {"NOTIFY_SOCKET": address}

    def next(self) -> dict[str, str]:
        lines = self.socket.recv(65_536).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def until(self, name: str) -> dict[str, str]:
        """Return the next datagram that has that field."""
        while name not in (fields := self.next()):
            pass
        return fields

    def waiting(self) -> list[dict[str, str]]:
        """Return what has come and was not looked at."""
        self.socket.setblocking(False)  # noqa: FBT003 - so the library has it
        found = []
        try:
            while True:
                found.append(self.next())
        except BlockingIOError:
            self.socket.settimeout(30)
        return found


@pytest.fixture(params=["path", "abstract"])
def systemd(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Systemd]:
    made = Systemd(
        str(tmp_path / "notify") if request.param == "path" else f"@mailbot-test-{tmp_path.name}-{time.time()}"
    )
    with made.socket:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "log.db") as opened:
        yield opened


def board() -> Board:
    return Board(lambda: datetime.now(UTC))


def test_the_daemon_says_that_it_is_ready_how_it_is_that_it_lives_and_that_it_stops(tmp_path: Path) -> None:
    systemd = Systemd(str(tmp_path / "notify"))
    rules = rules_for(more='[listen]\nsmtp = "127.0.0.1:0"\n')
    environment = systemd.environment | {"WATCHDOG_USEC": "1500000"}
    with systemd.socket, Desk(tmp_path / "desk", rules, environment) as desk:
        assert systemd.next() == {"EXTEND_TIMEOUT_USEC": "60000000", "STATUS": "opening the log"}
        # Before it is ready a beat may come, a READY=1 only once the doors are open.
        systemd.until("READY")
        desk.wait_until_started()
        began = time.monotonic()
        beats = [systemd.until("WATCHDOG") for _ in range(3)]
        assert time.monotonic() - began < 3 * 1.5, "a beat comes within the time granted"
        assert all(beat["STATUS"] == "all is well" for beat in beats)
        assert desk.process is not None
        desk.process.send_signal(signal.SIGTERM)
        systemd.until("STOPPING")
        assert desk.process.wait(120) == 0


def test_a_start_may_take_as_long_as_it_takes(systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_EXTEND_SECONDS", 0.05)
    with Supervisor(systemd.environment).waiting_for("opening the log"):
        assert [systemd.next() for _ in range(4)] == [
            {"EXTEND_TIMEOUT_USEC": "300000", "STATUS": "opening the log"}
        ] * 4
    assert "supervisor" not in {thread.name for thread in threading.enumerate()}, "nobody goes on saying so"


def test_one_part_that_hangs_takes_the_beat_away(systemd: Systemd, database: Database) -> None:
    parts = board()
    watchdog = Watchdog(parts, database.writer, Supervisor(systemd.environment))
    parts.part("processor").beat(60)
    parts.part("imap support/INBOX").troubled("the server\nis down")
    watchdog.look()
    assert systemd.next() == {"WATCHDOG": "1", "STATUS": "imap support/INBOX: the server is down"}
    parts.part("processor").beat(0)
    time.sleep(0.01)
    with capture_logs() as said:
        watchdog.look()
        watchdog.look()
    assert systemd.waiting() == [{"STATUS": "hanging: processor"}] * 2
    assert [(line["event"], line["part"]) for line in said] == [("part-hangs", "processor")]
    parts.part("processor").beat(60)
    watchdog.look()
    assert "WATCHDOG" in systemd.next()


def test_a_writer_that_is_stuck_takes_the_beat_away(
    systemd: Systemd, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailbot.store.writer._STUCK_SECONDS", 0.05)
    monkeypatch.setattr("mailbot.health.BEAT_WITHIN_SECONDS", 0.05)
    parts = board()
    watchdog = Watchdog(parts, database.writer, Supervisor(systemd.environment))
    parts.part("store").beat(0.05)
    begun, go_on = threading.Event(), threading.Event()

    def stuck(_conn: object) -> None:
        begun.set()
        go_on.wait(30)

    future = database.writer.submit(stuck)
    assert begun.wait(10)
    time.sleep(0.15)
    watchdog.look()
    go_on.set()
    future.result(10)
    assert systemd.next() == {"STATUS": "hanging: store"}
    watchdog.look()
    assert "WATCHDOG" in systemd.next()


def test_without_systemd_nothing_is_said_and_nothing_fails(tmp_path: Path) -> None:
    Supervisor({}).tell(READY="1")
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY="1")
    assert Supervisor({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}).watchdog_seconds is None
    assert Supervisor({"WATCHDOG_USEC": "2000000"}).watchdog_seconds == 2


SERVICE = Service(Path("/srv/desk"), "mailbot", Path("/opt/mailbot/.venv/bin/mailbot"))
LOW_PORT = Rules(listen=Listener(smtp="0.0.0.0:25"))


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_the_unit_lets_it_write_to_its_data_only() -> None:
    found = settings(unit(SERVICE, Rules()))
    assert found["ReadWritePaths"] == "/srv/desk/data"
    assert (found["ProtectSystem"], found["ProtectHome"], found["CapabilityBoundingSet"]) == ("strict", "yes", "")
    assert found["ExecStart"].startswith("/opt/mailbot/.venv/bin/mailbot -C /srv/desk run")
    elsewhere = settings(unit(SERVICE, Rules(relay=Relay(maildir="/var/mail/out"))))
    assert elsewhere["ReadWritePaths"] == "/srv/desk/data /var/mail/out"


def test_the_unit_gives_what_the_folder_and_the_rules_need() -> None:
    found = settings(unit(SERVICE, LOW_PORT))
    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    at_home = Service(Path("/home/dana/my desk 100%"), "dana", Path("/home/dana/mailbot/.venv/bin/mailbot"))
    found = settings(unit(at_home, Rules()))
    assert found["ProtectHome"] == "read-only"
    assert found["ReadWritePaths"] == '"/home/dana/my desk 100%%/data"'


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's systemd")
@pytest.mark.parametrize("rules", [Rules(), LOW_PORT], ids=["plain", "low-port"])
def test_systemd_understands_the_unit_and_finds_it_safe(tmp_path: Path, rules: Rules) -> None:
    folder = tmp_path / "my desk"
    folder.mkdir()
    file = tmp_path / "mailbot.service"
    file.write_text(unit(Service(folder, "daemon", Path("/bin/true")), rules))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    # 2.0 of 10 is what systemd itself calls "OK" at most; what it lacks is the network.
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
