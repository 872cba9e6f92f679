"""How fast the relay is used: alone until it has proven itself, wide when it does, and patient when it does not."""

from __future__ import annotations

import pytest

from mailbot.delivery.pace import HOLD_PAUSES, Pace
from mailbot.errors import RelayUnusable, SlowDown

AWAY = RelayUnusable("no connection to the relay: Connection refused")
FULL = RelayUnusable("421 4.7.0 too many connections", 421)
REFUSED = RelayUnusable("535 5.7.8 no", 535, refused_us=True)
SLOW = SlowDown("450 4.7.1 too fast", 450)
PAUSES = [pause.total_seconds() for pause in HOLD_PAUSES]


def proven(connections: int = 4) -> Pace:
    pace = Pace(connections)
    assert pace.works(0.0)
    return pace


def test_one_mail_goes_alone_until_the_relay_has_taken_one() -> None:
    """So a wrong password is tried once and not four times."""
    pace = Pace(4)
    assert pace.room(0.0, 0) == 1
    assert pace.room(0.0, 1) == 0
    assert pace.works(1.0)
    assert pace.room(1.0, 1) == 3
    assert not pace.works(2.0), "only the first one says that the relay is back"


@pytest.mark.parametrize(
    ("failure", "pauses"), [(AWAY, PAUSES), (SLOW, PAUSES), (REFUSED, [*PAUSES[2:], PAUSES[-1], PAUSES[-1]])]
)
def test_the_pauses_grow_and_one_mail_at_a_time_tries(failure: RelayUnusable | SlowDown, pauses: list[float]) -> None:
    pace, now_s = proven(), 10.0
    for pause in pauses:
        assert pace.trouble(failure, now_s, now_s, 0)
        assert pace.held_for(now_s).total_seconds() == pause
        assert pace.room(now_s + pause - 1, 0) == 0
        now_s += pause + 1
        assert pace.room(now_s, 0) == 1
        assert pace.room(now_s, 1) == 0
    assert pace.works(now_s)
    assert pace.held_for(now_s).total_seconds() == 0
    assert pace.trouble(AWAY, now_s, now_s, 0)
    assert pace.held_for(now_s).total_seconds() == PAUSES[0], "begun anew"


def test_four_connections_that_break_together_are_one_failure() -> None:
    pace = proven()
    for others in (3, 2, 1, 0):
        pace.trouble(AWAY, 5.0, 10.0, others)
    assert pace.held_for(10.0).total_seconds() == PAUSES[0]
    assert pace.trouble(AWAY, 9.0, 16.0, 0), "it began before the pause, and comes after it"
    assert pace.held_for(16.0).total_seconds() == 0
    pace.works(17.0)
    assert not pace.trouble(AWAY, 9.5, 18.0, 0), "it comes when the relay has taken mail again"


def test_a_relay_that_takes_two_connections_gets_two_and_is_asked_for_more_after_a_minute() -> None:
    pace = proven()
    assert not pace.trouble(FULL, 1.0, 1.0, 3)
    assert not pace.trouble(FULL, 1.0, 1.0, 2)
    assert pace.held_for(1.0).total_seconds() == 0, "mail leaves all the time"
    assert pace.room(1.0, 0) == 2
    pace.works(30.0)
    assert pace.room(30.0, 0) == 2
    pace.works(61.0)
    pace.works(62.0)
    assert pace.room(62.0, 0) == 3


def test_a_refused_sign_in_holds_everything_even_while_others_are_under_way() -> None:
    pace = proven()
    assert pace.trouble(REFUSED, 1.0, 1.0, 3)
    assert pace.room(1.0, 0) == 0


def test_after_a_request_for_patience_half_as_many_go_at_a_time() -> None:
    pace = proven()
    pace.trouble(SLOW, 1.0, 1.0, 3)
    pace.works(10.0)
    assert pace.room(10.0, 0) == 2


def test_resuming_tries_at_once() -> None:
    pace = proven()
    pace.trouble(REFUSED, 1.0, 1.0, 0)
    pace.resume()
    assert pace.room(1.0, 0) == 1
