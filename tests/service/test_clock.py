"""A clock that jumps while the desk runs: mail is answered once, nothing bursts out, and all goes on."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay
from tests.service.test_disk import LISTENING, send

_LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@pytest.mark.slow
@pytest.mark.faketime
@pytest.mark.skipif(_LIBRARY is None, reason="Debian's faketime is not installed")
def test_a_clock_that_jumps_makes_no_storm_and_stops_nothing(tmp_path: Path) -> None:
    """An hour ahead, an hour back, ten years ahead, 1970, and right again; time that passes is never faked."""
    stamp = tmp_path / "clock"
    stamp.write_text("+0")
    environment = {
        "LD_PRELOAD": str(_LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with Relay() as relay:
        rules = rules_for(relay=relay, more=f'{LISTENING}[notify]\naddresses = ["team@example.com"]\n')
        with Desk(tmp_path / "desk", rules, environment) as desk:
            desk.wait_until_started()
            port = desk.port("smtp")
            number = 0
            for jump in ("+0", "+1h", "-1h", "+10y", "@1970-01-02 00:00:00", "+0"):
                stamp.write_text(jump)
                time.sleep(1.5)
                for raw in numbered(range(number, number + 2)):
                    assert send(port, raw) == 250, jump
                number += 2
                desk.wait_for(
                    lambda: sum(mail.recipients[0].startswith("person") for mail in relay.mails) >= number,  # noqa: B023
                    f"the answers after {jump}",
                )
            time.sleep(3)
            assert desk.process is not None
            assert desk.process.poll() is None
        told = Counter(mail.recipients[0] for mail in relay.mails)
        notices = told.pop("team@example.com")
        assert set(told.values()) == {1}
        assert len(told) == number
        # The first at once; one that a jump sets free is no storm.
        assert notices <= 8
        assert desk.count("SELECT count(*) FROM outbox WHERE state NOT IN ('sent')") == 0
    print(f"{number} mails over 5 jumps, {notices} notices")  # noqa: T201
