"""The log: one line per event, a fixed verb first, ids beside it, never bodies or secrets.

People at a terminal get readable lines, everything else gets JSON, one object a line, on
standard error. What libraries say through the standard library's logging comes out the same
way, from warnings on.

What senders and servers wrote is data here: whatever a terminal could obey or hide is shown as
an escape, before either form is made. A failure shows where it was and what was said about it,
cut short, and no variable's value. A log that cannot be written to (a full disk, a reader that
went away) holds up no mail: the line is lost.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_WORDS_OF_AN_ERROR = 500
_MOST_FRAMES = 50


class _Stream:
    """Standard error, whose failures nobody who logs can do anything about."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def set_up(*, quiet: bool = False) -> None:
    """Set the process's log up, once, before anything is logged; `quiet` keeps all but errors to itself."""
    people = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
    ]
    shown: list[Any] = [
        structlog.processors.ExceptionRenderer(_failure),
        escaped,
        *(
            [_failure_in_lines, structlog.dev.ConsoleRenderer()]
            if people
            else [structlog.processors.JSONRenderer(ensure_ascii=False)]
        ),
    ]
    level = logging.ERROR if quiet else logging.INFO
    stream: Any = _Stream()
    structlog.configure(
        processors=[*shared, structlog.processors.StackInfoRenderer(), *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shown,
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


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


def _lines(trace: Mapping[str, Any]) -> list[str]:
    frames = [f"  {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in trace["frames"]]
    return [*frames, f"{trace['exc_type']}: {trace['exc_value']}"]
