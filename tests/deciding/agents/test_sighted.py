"""How "open" in answer to what the radar saw is spelled out as the command that opens an incident."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailbot.deciding.agents.sighted import as_order
from mailbot.deciding.listed import Listing, ListKind

_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SEEN = Listing(7, "dana", _AT, {1: 1001, 2: 1002, 3: 1003}, kind=ListKind.RADAR, title="Calls are cut off")


@pytest.mark.parametrize(("says", "order"), [
    ("open", "1-3 incident open Calls are cut off"),
    ("Open.", "1-3 incident open Calls are cut off"),
    ("#open", "1-3 incident open Calls are cut off"),
    ("  open it!\n\nWe are at it.", "1-3 incident open Calls are cut off\n\nWe are at it."),
    ("OPEN Calls to mobiles fail", "1-3 incident open Calls to mobiles fail"),
    ("open: calls fail\nMore soon.", "1-3 incident open calls fail\nMore soon."),
    ("1 3 open", "1 3 incident open Calls are cut off"),
    ("1-2 open Calls fail", "1-2 incident open Calls fail"),
    ("Open please", "1-3 incident open Calls are cut off"),
    ("Yes, open the incident.", "1-3 incident open Calls are cut off"),
    ("open it now, thanks", "1-3 incident open Calls are cut off"),
    ("Open 1,3", "1,3 incident open Calls are cut off"),
    ("Öffnen", "1-3 incident open Calls are cut off"),
    ("Open all lines of Leeds are dead", "1-3 incident open all lines of Leeds are dead"),
])  # fmt: skip
def test_open_is_the_command_with_all_tickets_unless_it_says_otherwise(says: str, order: str) -> None:
    assert as_order(says, _SEEN) == order


@pytest.mark.parametrize(
    "says",
    [
        "opening hours?",
        "3 take",
        "Please open it",
        "reopen",
        "1 reopen",
        "",
        "openly",
        "open tomorrow",
        "Open not yet",
        "Open?",
    ],
)
def test_other_words_stay_as_they_are(says: str) -> None:
    assert as_order(says, _SEEN) == says


@pytest.mark.parametrize("kind", [one for one in ListKind if one is not ListKind.RADAR])
def test_to_any_other_list_open_is_no_incident(kind: ListKind) -> None:
    assert as_order("open", Listing(7, "dana", _AT, _SEEN.tickets, kind=kind)) == "open"
