"""What holds for every test.

Nothing leaves this machine: a connection to any other address is an error. Property tests take their extent from
HYPOTHESIS_PROFILE (`fast`, or `long` in make test-long); with CI=true the fast ones repeat exactly. A test that needs a
server or a browser bears its marker (dovecot, postfix, chromium) and skips itself where that is not
installed; with CI=true everything is installed first, so there such a skip is a failure.

Folders of tests are in memory where the machine has room for them, because most tests wait for the disk longer than
for anything else; a test about a real disk says so itself. TMPDIR, set to anything, is kept.

`make test` runs several files at a time, each in one process (pytest-xdist). So a test holds the ports that it needs
(`tests.servers.ports`), writes to folders of its own only, leaves its process as it was, and says how long
something takes only where users are promised that.
"""

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.secrecy import WATCH
from tests.servers.process_log import log_as_it_was, log_plainly

pytest_plugins = ["tests.servers.dovecot", "tests.servers.scripted_imap"]

IN_CI = os.environ.get("CI") == "true"
LONGEST = {"service", "intake", "prove", "hostile", "desk", "worker", "test_demo.py", "test_render.py"}
SERVERS = ("dovecot", "postfix", "chromium", "strace", "faketime")

IN_MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 4 << 30

# No deadline: the machine is shared, and time limits of mailbot's own are asserted where they are promised.
hypothesis.settings.register_profile(
    "fast",
    deadline=None,
    max_examples=100,
    derandomize=IN_CI,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "long",
    hypothesis.settings.get_profile("fast"),
    max_examples=1000,
    derandomize=False,
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

# Each of several processes of tests is told how wide the terminal is; programs that are tested write for none.
os.environ.pop("COLUMNS", None)


def _have_folders_in_memory() -> None:
    """Let every folder that is made from here on, in this process and in those that it starts, be in memory."""
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_IN_MEMORY:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None


_have_folders_in_memory()
log_plainly()


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_other_machines(event: str, args: tuple[object, ...]) -> None:
    """Raise RuntimeError for a connection that would leave this machine. Unix sockets, named by a path, pass."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not _is_loopback(args[1][0]):
        message = f"a test tried to connect to {args[1]}; only this machine may be reached"
        raise RuntimeError(message)


sys.addaudithook(_refuse_other_machines)


def _takes_long(file: Path) -> bool:
    return not LONGEST.isdisjoint((file.parent.name, file.name))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes `-n auto` starts: none beside this one where at most one long file is to run.

    Else three for the fast tests, of which most wait for a server, and two for the slow ones, which fill a machine.
    """
    places = [config.invocation_params.dir / arg.partition("::")[0] for arg in config.args]
    files = {file for place in places for file in ([place] if place.is_file() else place.rglob("test_*.py"))}
    if sum(map(_takes_long, files)) <= 1:
        return 0
    return 2 if config.option.markexpr == "slow" else 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: not _takes_long(item.path))


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets the process's log up."""
    with log_as_it_was():
        yield


@pytest.fixture(autouse=True)
def _no_agents_address_left() -> Iterator[None]:
    """Fail the test in which a customer got a mail with an agent's address in it."""
    WATCH.forget()
    yield
    assert WATCH.leaks() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, a skip for a missing server is a failure."""
    report = yield
    needs_server = any(item.get_closest_marker(server) for server in SERVERS)
    if IN_CI and report.skipped and needs_server and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and with CI=true nothing may be missing: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """With CI=true, a whole file that skips itself is a failure."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} skipped itself; with CI=true nothing may be missing: {report.longrepr}"
    return report
