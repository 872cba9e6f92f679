"""The log: one line per event, a fixed verb first, ids beside it, never bodies or secrets.

People at a terminal get readable lines, everything else gets JSON, one object a line, on
standard error. What libraries say through the standard library's logging comes out the same
way, from warnings on.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def set_up(*, quiet: bool = False) -> None:
    """Set the process's log up, once, before anything is logged; `quiet` keeps all but errors to itself."""
    people = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
    ]
    shown: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if people
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    level = logging.ERROR if quiet else logging.INFO
    structlog.configure(
        processors=[*shared, structlog.processors.StackInfoRenderer(), *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
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
