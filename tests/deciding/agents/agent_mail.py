"""A Thursday morning of Dana's, and whom she may name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailbot.clocks.wall import WallClock
from mailbot.deciding.agents.commands import Moment, Named

NEW_YORK = ZoneInfo("America/New_York")
# Thursday, 26 November 2026, 09:30 in New York
NOW = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
CLOCK = WallClock(NEW_YORK, "US", NOW)
DANA = Moment(
    NOW,
    NEW_YORK,
    "US",
    agents=(Named("bob", ("Bob Stone", "bob@harborvoice.example")), Named("dana", ("Dana Fox",))),
    tenants=(Named("acme", ("Acme Dental",)), Named("acme-foods", ("Acme Foods",)), Named("zenith", ("Zénith SARL",))),
    vendors=(Named("carrier", ("Carrier NOC", "noc@carrier.example")), Named("pbx", ("PBX Works",))),
)
IN_BERLIN = replace(DANA, zone=ZoneInfo("Europe/Berlin"), country="DE")
