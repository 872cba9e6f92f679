"""The log: one line per event, a fixed verb first (`events`), ids beside it, never bodies, subjects or secrets.

People at a terminal get readable lines, everything else gets JSON, one object a line, on
standard error. Readable lines leave out what is empty, and count what would fill a screen; they have
colours at a terminal only. What libraries say through the standard library's logging comes out the same
way, from warnings on.

What senders and servers wrote is data here: whatever a terminal could obey or hide is shown as
an escape, before either form is made. A failure shows where it was and what was said about it,
cut short, and no variable's value. A log that cannot be written to (a full disk, a reader that
went away) holds up no mail: the line is lost. In the daemon a thread of its own writes, so that a
reader who is merely slow or stuck does not hold mail up either: what does not fit into the queue is
dropped, counted, and the number told as soon as lines are taken again.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from mailbot.service.events import EVENTS

_WORDS_OF_AN_ERROR = 500
_MOST_FRAMES = 50
_MOST_LINES = 10_000
_LINES_AT_ONCE = 100
_LAST_LINES_SECONDS = 2.0
_MOST_LISTED = 20
_EVENT_WIDTH = 20
_EMPTY: tuple[object, ...] = (None, "", [], {})

Observer = Callable[[Mapping[str, Any]], None]
"""Is given every event that is logged, before it becomes a line."""


class _Stream:
    """Standard error, whose failures nobody who logs can do anything about."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


class _Queue:
    """Standard error behind a queue: who logs never waits for who reads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque()
        self._lost = 0
        self._news = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        with self._news:
            if self._ending and not self._thread.is_alive():
                self._put(text)
            elif len(self._lines) < _MOST_LINES or threading.current_thread() is self._thread:
                self._lines.append(text)
                self._news.notify()
            else:
                self._lost += 1
        return len(text)

    def flush(self) -> None:
        pass

    def end(self) -> None:
        """Write what waits, for two seconds at most."""
        with self._news:
            self._ending = True
            self._news.notify()
        self._thread.join(_LAST_LINES_SECONDS)

    def _run(self) -> None:
        while lines := self._next():
            self._put("".join(lines))
            self._tell_lost()

    def _put(self, text: str) -> None:
        # Not by sys.stderr: whoever ends the process would wait for the lock that a stuck write holds.
        octets = text.encode("utf-8", "backslashreplace")
        with suppress(OSError):
            while octets:
                octets = octets[os.write(self._descriptor, octets) :]

    def _next(self) -> list[str]:
        with self._news:
            self._news.wait_for(lambda: self._lines or self._ending)
            return [self._lines.popleft() for _ in range(min(len(self._lines), _LINES_AT_ONCE))]

    def _tell_lost(self) -> None:
        with self._news:
            lost, self._lost = self._lost, 0
        if lost:
            structlog.get_logger(__name__).warning("log-lines-lost", lines=lost)


@contextmanager
def in_background(*, people: bool | None = None, observer: Observer | None = None) -> Iterator[None]:
    """Set the daemon's log up: a thread of its own writes it, for as long as the context lasts."""
    queue = _Queue(sys.stderr.fileno())
    set_up(people=people, observer=observer, stream=queue)
    try:
        yield
    finally:
        queue.end()


def set_up(
    *,
    quiet: bool = False,
    people: bool | None = None,
    observer: Observer | None = None,
    stream: _Stream | _Queue | None = None,
) -> None:
    """Set the process's log up, before anything is logged; `quiet` keeps all but errors to itself.

    `people` None means: readable lines on a terminal, JSON elsewhere.
    """
    terminal = sys.stderr.isatty()
    people = terminal if people is None else people
    stream = _Stream() if stream is None else stream
    coloured = terminal and not os.environ.get("NO_COLOR")  # https://no-color.org
    at = ("%H:%M:%S" if terminal else "%Y-%m-%d %H:%M:%S") if people else "iso"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=at, utc=not people),
    ]
    shown: list[Any] = [
        _named,
        *([_observed(observer)] if observer else []),
        structlog.processors.ExceptionRenderer(_failure),
        escaped,
        *(
            [_failure_in_lines, _readable, structlog.dev.ConsoleRenderer(pad_event_to=_EVENT_WIDTH, colors=coloured)]
            if people
            else [structlog.processors.JSONRenderer(ensure_ascii=False)]
        ),
    ]
    level = logging.ERROR if quiet else logging.INFO
    structlog.configure(
        processors=[*shared, structlog.processors.StackInfoRenderer(), *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", stream)),
        # Only the daemon logs so much that it matters, and it sets the log up for good.
        cache_logger_on_first_use=isinstance(stream, _Queue),
    )
    handler = logging.StreamHandler(cast("TextIO", stream))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _from_library],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shown,
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _from_library(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**event, "event": "library", "text": event["event"]}


def _named(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Return the event under a verb that is on the list: programs rely on it."""
    return event if event["event"] in EVENTS else {**event, "event": "other", "text": event["event"]}


def _observed(observer: Observer) -> structlog.typing.Processor:
    def observe(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        with suppress(Exception):
            observer(event)
        return event

    return observe


_told = ExceptionDictTransformer(show_locals=False, max_frames=_MOST_FRAMES, use_rich=False)


def _failure(exc_info: ExcInfo) -> list[dict[str, Any]]:
    traces = _told(exc_info)
    for trace in traces:
        words = trace["exc_value"]
        trace["exc_value"] = words if len(words) <= _WORDS_OF_AN_ERROR else words[:_WORDS_OF_AN_ERROR] + "…"
    return traces


def escaped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    r"""Return the event as plain data in which every character that cannot be seen is an escape such as \x1b."""
    return {_text(str(name)): _plain(value) for name, value in event.items()}


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _text(value)
        case Mapping():
            return {_text(str(name)): _plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case _:
            return _text(repr(value))


def _text(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in text
    )


def _failure_in_lines(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Return the event with its failure as the lines Python would print, the first cause on top."""
    if isinstance(traces := event.get("exception"), list):
        event["exception"] = "\n".join(line for trace in reversed(traces) for line in _lines(trace))
    return event


def _readable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Return the event as people want to read it: without what is empty, a list as words, a long one as its number.

    Lists of problems stay whole: they are what is to be mended.
    """
    told = {name: value for name, value in event.items() if value not in _EMPTY}
    for name, value in told.items():
        if isinstance(value, list):
            told[name] = _listed(value, counted=name != "problems")
    return told


def _listed(values: list[object], *, counted: bool) -> str:
    if counted and len(values) > _MOST_LISTED:
        return f"{len(values)}, listed by --log json"
    words = [str(value) for value in values]
    return ("; " if any(" " in word for word in words) else ",").join(words)


def _lines(trace: Mapping[str, Any]) -> list[str]:
    frames = [f"  {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in trace["frames"]]
    return [*frames, f"{trace['exc_type']}: {trace['exc_value']}"]
