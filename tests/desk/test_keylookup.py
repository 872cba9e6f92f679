"""Looking up keys: what name servers say, what is remembered, and that silence costs one limit for all."""

import time
from collections.abc import Iterator

import pytest

from mailbot.desk.keylookup import KeyLookup
from tests.servers.nameserver import NameServer

NAME = "mail._domainkey.shop.example"
LONG = b"v=DKIM1; k=rsa; p=" + b"MIIB" * 200
LIMIT_SECONDS = 1.0


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer({NAME: [LONG]}) as server:
        yield server


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_record_in_many_strings_comes_back_whole(server: NameServer) -> None:
    assert KeyLookup().find([NAME, NAME], (server.address,)) == {NAME: (LONG,)}
    assert server.asked == [NAME]


def test_that_there_is_no_key_is_an_answer(server: NameServer) -> None:
    server.records["spf.shop.example"] = []
    names = ("other._domainkey.shop.example", "spf.shop.example")
    assert KeyLookup().find(names, (server.address,)) == dict.fromkeys(names, ())


def test_a_failing_server_gives_no_answer_and_costs_no_time(server: NameServer) -> None:
    server.failing.add(NAME)
    began = time.monotonic()
    assert KeyLookup(limit_seconds=30).find([NAME], (server.address,)) == {}
    assert time.monotonic() - began < 15


def test_silence_costs_one_limit_however_many_keep_silent(server: NameServer) -> None:
    silent = [f"mail._domainkey.shop{number}.example" for number in range(300)]
    server.silent.update(silent)
    lookup = KeyLookup(limit_seconds=LIMIT_SECONDS)
    began = time.monotonic()
    assert lookup.find([*silent[:20], NAME, *silent[20:]], (server.address,)) == {NAME: (LONG,)}
    # Fifty at a time they would take six limits.
    assert time.monotonic() - began < 4 * LIMIT_SECONDS
    asked = len(server.asked)
    assert lookup.find(silent, (server.address,)) == {}, "asked again at once"
    assert len(server.asked) == asked


def test_a_server_that_is_not_there_gives_no_answer() -> None:
    with NameServer() as gone:
        address = gone.address
    assert KeyLookup(limit_seconds=LIMIT_SECONDS).find([NAME], (address,)) == {}


def test_the_next_server_is_asked_within_the_limit(server: NameServer) -> None:
    with NameServer(everything_silent=True) as silent:
        assert KeyLookup().find([NAME], (silent.address, server.address)) == {NAME: (LONG,)}


def test_an_answer_is_kept_as_long_as_it_says(server: NameServer) -> None:
    clock = Clock()
    lookup = KeyLookup(clock)
    for at, questions in ((1000.0, 1), (1299.0, 1), (1301.0, 2)):
        clock.now = at
        assert lookup.find([NAME], (server.address,)) == {NAME: (LONG,)}
        assert len(server.asked) == questions


def test_a_name_without_an_answer_is_asked_for_again_after_a_while(server: NameServer) -> None:
    clock = Clock()
    lookup = KeyLookup(clock)
    server.failing.add(NAME)
    assert lookup.find([NAME], (server.address,)) == {}
    server.failing.clear()
    assert lookup.find([NAME], (server.address,)) == {}
    clock.now += 31
    assert lookup.find([NAME], (server.address,)) == {NAME: (LONG,)}


def test_other_servers_are_asked_anew(server: NameServer) -> None:
    lookup = KeyLookup()
    with NameServer({NAME: [b"another"]}) as other:
        assert lookup.find([NAME], (server.address,)) == {NAME: (LONG,)}
        assert lookup.find([NAME], (other.address,)) == {NAME: (b"another",)}


def test_records_without_end_are_no_key(server: NameServer) -> None:
    server.records[NAME] = [LONG, b"a", b"b", b"c", b"d"]
    assert KeyLookup().find([NAME], (server.address,)) == {NAME: ()}
