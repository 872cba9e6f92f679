"""The proxy does to a connection what it says, so that tests which stand on it can fail."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A port on which every octet comes back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(peer: socket.socket) -> None:
            with peer:
                try:
                    while block := peer.recv(1000):
                        peer.sendall(block)
                except OSError:
                    pass

        def accept() -> None:
            try:
                while True:
                    peer, _ = listener.accept()
                    threading.Thread(target=answer, args=(peer,), daemon=True).start()
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def said(proxy: Proxy, octets: bytes) -> bytes:
    """Say that over a new connection and return what comes back until the end, or until half a second of silence."""
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(octets)
        return heard(client, len(octets))


def heard(client: socket.socket, octets: int) -> bytes:
    client.settimeout(0.5)
    answer = b""
    try:
        while len(answer) < octets and (block := client.recv(1000)):
            answer += block
    except TimeoutError:
        answer += b" (silence)"
    except ConnectionResetError:
        answer += b" (reset)"
    return answer


def test_without_faults_all_passes(echo: int) -> None:
    with Proxy(echo) as proxy:
        assert said(proxy, b"abcdef") == b"abcdef"
        assert (bytes(proxy.up), bytes(proxy.down), proxy.connections) == (b"abcdef", b"abcdef", 1)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_cut_is_at_that_very_octet_of_each_connection(echo: int, direction: str) -> None:
    with Proxy(echo) as proxy:
        setattr(proxy, f"cut_{direction}_after", 3)
        if direction == "down":
            assert said(proxy, b"abcdef") == b"abc"
        said(proxy, b"abcdef")
        assert bytes(getattr(proxy, direction)) in {b"abc", b"abcabc"}


def test_a_reset_is_no_end(echo: int) -> None:
    with Proxy(echo, cut_down_after=1, reset=True) as proxy:
        assert said(proxy, b"abcdef").endswith(b" (reset)")


@pytest.mark.parametrize("direction", ["up", "down"])
def test_what_is_swallowed_vanishes_and_the_connection_stays(echo: int, direction: str) -> None:
    with Proxy(echo) as proxy:
        setattr(proxy, f"swallow_{direction}_after", 3)
        assert said(proxy, b"abcdef") == b"abc (silence)"


def test_only_so_many_connections_are_faulty(echo: int) -> None:
    with Proxy(echo, cut_down_after=3, faulty=1) as proxy:
        assert [said(proxy, b"abcdef") for _ in range(2)] == [b"abc", b"abcdef"]


def test_a_trickle_takes_its_time(echo: int) -> None:
    with Proxy(echo, trickle=(1, 0.02)) as proxy:
        began = time.monotonic()
        assert said(proxy, b"abcdef") == b"abcdef"
        assert time.monotonic() - began > 0.1


def test_what_is_forgotten_hears_nothing_more_and_new_ones_are_served(echo: int) -> None:
    with Proxy(echo) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(b"abc")
        assert heard(client, 3) == b"abc"
        proxy.forget()
        client.sendall(b"def")
        assert heard(client, 3) == b" (silence)"
        assert said(proxy, b"ghi") == b"ghi"
        proxy.drop()
        assert heard(client, 3) == b""


def test_what_is_stalled_comes_later(echo: int) -> None:
    with Proxy(echo) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        proxy.stall()
        client.sendall(b"abc")
        assert heard(client, 3) == b" (silence)"
        proxy.resume()
        assert heard(client, 3) == b"abc"
