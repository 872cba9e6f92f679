"""What the reading child gives up before it sees the first octet of a message.

No new file descriptor, not even one with a free number, means no file, no socket and no pipe; no
file may grow; no process may be started; no core is dumped, for it would hold mail; memory has a
limit. These are the kernel's own limits (setrlimit(2)), and a process can never raise them again
once the hard limit is set. The CPU time of one message is bounded by a timer whose signal ends the
process wherever it is, in Python or in a library (setitimer(2), ITIMER_PROF).
"""

from __future__ import annotations

import encodings
import importlib
import pkgutil
import resource
import signal
from contextlib import suppress


def prepare() -> None:
    """Load what Python otherwise opens only when a message asks for it: the codecs, and the parser of `email`.

    A codec that is not loaded by then is unknown, as the name of one that nobody has.
    """
    importlib.import_module("email.parser")
    for module in pkgutil.iter_modules(encodings.__path__):
        # Those of other systems cannot be loaded.
        with suppress(ImportError):
            importlib.import_module(f"encodings.{module.name}")
    # Python looks for a codec that it does not have in this folder, and an OSError there is no LookupError to anybody.
    encodings.__path__ = []


def confine(memory_octets: int) -> None:
    """Give up for good what reading does not need; `memory_octets` bounds the address space."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        # What is open stays so.
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_AS, memory_octets),
    ):
        resource.setrlimit(kind, (most, most))


def allow_cpu(seconds: float) -> None:
    """Let this process use so many seconds of CPU from now on, 0 for no limit; SIGPROF then ends it."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
