"""Look for octets that break a target, guided by which lines they reach: `python -m tests.fuzz reading --seconds 60`.

What was found in earlier runs lies in `.fuzz/` and is where the next one begins. Octets that break a promise are left
there, too, as `broken-…`, `timeout-…` or `oom-…`; `--again FILE` runs the target on one of them.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import atheris

_FOUND = Path(__file__).parents[2] / ".fuzz"
_WATCHED = {
    "reading": ["mailbot.reading", "mailbot.deciding"],
    "smtp": ["mailbot.intake", "aiosmtpd"],
}
_SECONDS_EACH = 10
_MEMORY_MIB = 1_000


def main() -> None:
    """Fuzz one target; the process ends with another code than 0 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(_WATCHED))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--again", type=Path, help="run the target on these octets only")
    wanted = parser.parse_args()
    with atheris.instrument_imports(include=_WATCHED[wanted.target]):
        target = importlib.import_module(f"tests.fuzz.{wanted.target}")
    if wanted.again:
        target.check(wanted.again.read_bytes())
        return
    folder = _FOUND / wanted.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    settings = [
        f"-max_total_time={wanted.seconds}",
        f"-timeout={_SECONDS_EACH}",
        f"-rss_limit_mb={_MEMORY_MIB}",
        f"-max_len={target.LONGEST}",
        f"-artifact_prefix={_FOUND}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *settings, str(folder)], partial(_check, target.check))
    atheris.Fuzz()


def _check(check: Callable[[bytes], None], octets: bytes) -> None:
    """Keep what breaks a promise, before libFuzzer ends the process."""
    try:
        check(octets)
    except Exception:
        (_FOUND / f"broken-{sha256(octets).hexdigest()[:16]}").write_bytes(octets)
        raise


if __name__ == "__main__":
    main()
