"""Futures that a thread completes, awaited in an event loop: one wake of the loop for all of a commit.

asyncio wakes its loop for each future by itself, which costs more than storing a short message does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import Any


class Settling:
    """The futures that coroutines of one event loop wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._done: deque[tuple[asyncio.Future[None], Future[Any]]] = deque()
        self._is_called = False

    async def wait(self, future: Future[Any]) -> None:
        """Wait until it is done; raise what it failed with. Who is cancelled here does not cancel the future."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        future.add_done_callback(lambda done: self._note(waiter, done))
        await waiter

    def _note(self, waiter: asyncio.Future[None], done: Future[Any]) -> None:
        self._done.append((waiter, done))
        if not self._is_called:
            self._is_called = True
            # A loop that has ended has nobody waiting.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        # Before the first look: who comes after the last one calls again.
        self._is_called = False
        while self._done:
            waiter, done = self._done.popleft()
            if waiter.done():
                continue
            error = done.exception()
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
