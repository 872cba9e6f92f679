"""When tickets of several tenants are a burst: by number, by time, and by what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailbot.deciding import radar
from mailbot.deciding.likeness import Gist, alike, gist
from mailbot.deciding.radar import Burst, Sighting, burst
from mailbot.rules import Playbook

_NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
_HALF_AN_HOUR = timedelta(minutes=30)
_BUSY = (
    "We cannot make any outgoing calls, every number gives a fast busy.",
    "Ausgehende Anrufe funktionieren bei uns nicht, bei jeder Nummer ist besetzt.",
    "Les appels sortants ne fonctionnent plus, c'est occupé tout de suite.",
    "Las llamadas salientes no funcionan, comunica al marcar cualquier número.",
)
_OF_ONE_ISSUE = (
    "My phone cannot make outgoing calls to Mexico, an announcement says that the country is blocked.",
    "Outgoing calls from extension 214 do not work since Ann has a new headset, she hears no sound.",
    "I cannot call out with the app on my phone, it closes itself when I dial.",
    "We can't make outgoing calls after 8 pm, is there a schedule on our account?",
)


def seen(*texts: str, every: float = 5, first: int = 1, playbook: Playbook | None = None) -> list[Sighting]:
    """Return tickets with these texts, one of each tenant, so many minutes apart."""
    return [
        Sighting(number, f"t{number}", _NINE + timedelta(minutes=every * (number - first)), gist("", text, playbook))
        for number, text in enumerate(texts, first)
    ]


def test_three_tenants_who_say_the_same_in_three_languages_are_a_burst() -> None:
    found = burst(seen(*_BUSY[:3]), 3, _HALF_AN_HOUR)
    assert found is not None
    assert found.tenants == {"t1", "t2", "t3"}
    assert found.lasted == timedelta(minutes=10)
    assert {"outgoing calls", "busy tone"} <= set(found.common)


@pytest.mark.parametrize("tenants", [3, 4])
def test_fewer_tenants_than_asked_for_are_none(tenants: int) -> None:
    assert burst(seen(*_BUSY[: tenants - 1]), tenants, _HALF_AN_HOUR) is None
    assert burst(seen(*_BUSY[:tenants]), tenants, _HALF_AN_HOUR) is not None


def test_several_tickets_of_one_tenant_count_once() -> None:
    several = [Sighting(one.ticket, "t1", one.at, one.gist) for one in seen(*_BUSY)]
    assert burst(several, 3, _HALF_AN_HOUR) is None


def test_what_lies_further_apart_is_none() -> None:
    assert burst(seen(*_BUSY[:3], every=15), 3, _HALF_AN_HOUR) is not None
    assert burst(seen(*_BUSY[:3], every=15.1), 3, _HALF_AN_HOUR) is None


@pytest.mark.parametrize("playbook", [None, Playbook.OUTBOUND_CALLS])
def test_the_same_common_issue_for_different_reasons_is_none(playbook: Playbook | None) -> None:
    assert burst(seen(*_OF_ONE_ISSUE, playbook=playbook), 3, _HALF_AN_HOUR) is None


def test_the_same_words_with_another_common_issue_each_are_none() -> None:
    issues = (Playbook.OUTBOUND_CALLS, Playbook.PHONE_REGISTRATION, Playbook.CALLER_ID_NAME)
    told = [Sighting(number, f"t{number}", _NINE, gist("", _BUSY[0], issue)) for number, issue in enumerate(issues)]
    assert burst(told, 3, _HALF_AN_HOUR) is None


def test_a_question_and_a_number_that_moves_are_no_trouble() -> None:
    assert burst(seen(*["How do I add another extension for a new employee?"] * 4), 3, _HALF_AN_HOUR) is None
    moved = seen(*["We cannot wait any longer, when is our number ported?"] * 4, playbook=Playbook.PORT_IN)
    assert burst(moved, 3, _HALF_AN_HOUR) is None


def test_one_phone_each_is_none_and_all_phones_are_a_burst() -> None:
    one = [f"The phone at extension {number} is not registered since the desk was moved." for number in (101, 202, 303)]
    assert burst(seen(*one), 3, _HALF_AN_HOUR) is None
    assert burst(seen(*["None of our phones is registered any more."] * 3), 3, _HALF_AN_HOUR) is not None


def test_what_is_written_every_day_is_a_burst_only_if_more_write_than_by_chance() -> None:
    day = timedelta(days=1)
    fax = "Our fax does not go out, it fails."
    others = seen(*["We would like an offer for three headsets."] * 90, first=100)
    now = seen(*[fax] * 3, first=1000)
    past = [Sighting(one, f"t{one}", _NINE - one * day, gist("", fax)) for one in range(30, 0, -1)]
    assert burst([*others[:20], *now], 3, _HALF_AN_HOUR, others) is not None
    assert burst([*others[:20], *now], 3, _HALF_AN_HOUR, [*past, *others]) is None
    assert (
        burst([*others[:20], *seen(*[fax] * 30, every=1, first=1000)], 3, _HALF_AN_HOUR, [*past, *others]) is not None
    )


def test_a_burst_of_another_day_does_not_make_the_next_one_usual() -> None:
    before = [
        Sighting(one, f"t{one}", _NINE - timedelta(days=1, minutes=one), gist("", _BUSY[one % 4])) for one in range(12)
    ]
    quiet = seen(*["We would like an offer for three headsets."] * 88, first=100)
    assert burst(seen(*_BUSY[:3]), 3, _HALF_AN_HOUR, [*reversed(before), *quiet]) is not None


def test_a_later_ticket_of_the_same_trouble_is_taken_in_and_no_other() -> None:
    found = Burst(tuple(seen(*_BUSY[:3])))
    more, other = seen(_BUSY[3], "Voicemails are no longer mailed to us.", first=9)
    assert found.takes_in(more)
    assert not found.takes_in(other)


def test_an_outage_of_hundreds_is_told_of_however_often_a_few_had_it_before() -> None:
    asked = ("How do I add an extension?",) * 96
    gone = seen(*_BUSY, *asked, every=60 * 24)
    found = burst(seen(*(_BUSY[:1] * 180), every=0.1), 3, _HALF_AN_HOUR, past=gone)
    assert found is not None
    assert len(found.tenants) == 180


def test_no_two_tickets_are_held_against_each_other_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[Gist, Gist]] = []

    def counted(one: Gist, other: Gist) -> float:
        held.append((one, other))
        return alike(one, other)

    monkeypatch.setattr(radar, "alike", counted)
    many = 40
    assert burst(seen(*(_BUSY[:1] * many), every=0.5), 3, _HALF_AN_HOUR) is not None
    assert len(held) <= many * (many + 1) // 2
