"""Trouble of mailbot's own is paged once, together with what began beside it, and once when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.alarms import Alarm, Trouble, due, watched
from mailbot.deciding.paging import MOST_CHARACTERS

START = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RELAY = Trouble("relay", "no mail leaves", START)
BOX = Trouble("mailbox support/INBOX", "mailbox support/INBOX cannot be read", START)
DISK = Trouble("log", "hardly any room is left on the disk", START)
ROWS = Trouble("damage 1", "rows of its log are damaged", START, passes=False)


class Watch:
    """The watch of a desk, looked at every few seconds; `paged` are the pages, with their second and their key."""

    def __init__(self) -> None:
        self.known: dict[str, Alarm] = {}
        self.last_at: datetime | None = None
        self.paged: list[tuple[int, str, str, bool]] = []

    def look(self, second: int, *present: Trouble) -> None:
        now = START + second * SECOND
        self.known = watched(self.known, present, now)
        for one in due(self.known.values(), self.last_at, now, brand="Telecom", partner="partner"):
            self.last_at = now
            self.paged.append((second, one.page.text.removeprefix("mailbot of Telecom: "), one.page.key, one.page.over))
            for alarm in one.alarms:
                if alarm.gone_at is None:
                    self.known[alarm.trouble.part] = alarm
                else:
                    del self.known[alarm.trouble.part]

    def texts(self) -> list[tuple[int, str]]:
        return [(second, text) for second, text, *_ in self.paged]


def watch(*spans: tuple[Trouble, int, int], until: int = 1000, each: int = 10) -> Watch:
    """Return a watch after these troubles, each from one second to another."""
    made = Watch()
    for second in range(0, until, each):
        made.look(second, *(one for one, first, last in spans if first <= second < last))
    return made


def test_what_lasts_is_paged_once_and_its_end_once() -> None:
    made = watch((RELAY, 100, 600))
    assert made.texts() == [(160, "no mail leaves"), (660, "over: no mail leaves")]
    [(_, _, key, began_over), (_, _, same, over)] = made.paged
    assert key == same
    assert (began_over, over) == (False, True)


def test_what_passes_at_once_is_no_page() -> None:
    assert watch((RELAY, 100, 150)).paged == []


def test_what_comes_back_within_a_minute_is_neither_over_nor_new() -> None:
    assert watch((RELAY, 100, 300), (RELAY, 340, 600)).texts() == [
        (160, "no mail leaves"),
        (660, "over: no mail leaves"),
    ]


def test_several_within_a_minute_are_one_page() -> None:
    made = watch((RELAY, 100, 600), (BOX, 130, 600), (DISK, 150, 600))
    assert made.texts() == [
        (160, "no mail leaves; mailbox support/INBOX cannot be read; hardly any room is left on the disk"),
        (660, "over: no mail leaves; mailbox support/INBOX cannot be read; hardly any room is left on the disk"),
    ]


def test_what_began_together_is_over_for_its_receiver_with_the_last_of_them() -> None:
    made = watch((RELAY, 100, 300), (BOX, 110, 500))
    assert made.texts()[1:] == [
        (360, "over: no mail leaves"),
        (560, "over: mailbox support/INBOX cannot be read"),
    ]
    assert [over for *_, over in made.paged] == [False, False, True]
    assert len({key for _, _, key, _ in made.paged}) == 1


def test_what_follows_is_a_page_of_its_own() -> None:
    made = watch((RELAY, 100, 900), (BOX, 200, 900), until=800)
    assert made.texts() == [(160, "no mail leaves"), (260, "mailbox support/INBOX cannot be read")]
    assert len({key for _, _, key, _ in made.paged}) == 2


def test_that_damage_is_long_ago_is_no_news() -> None:
    assert watch((ROWS, 100, 300)).texts() == [(160, "rows of its log are damaged")]


@given(
    st.lists(st.tuples(st.sampled_from([RELAY, BOX, DISK, ROWS]), st.integers(0, 900), st.integers(0, 900)), max_size=8)
)
def test_pages_are_a_minute_apart_and_none_ends_what_was_not_paged(spans: Sequence[tuple[Trouble, int, int]]) -> None:
    made = watch(*spans, until=1200)
    began = [second for second, *_ in made.paged]
    distinct = sorted(set(began))
    assert all(later - earlier >= 60 for earlier, later in pairwise(distinct))
    paged: set[str] = set()
    for _, text, key, over in made.paged:
        assert len(text) <= MOST_CHARACTERS
        if over or text.startswith("over: "):
            assert key in paged
        paged.add(key)


@given(
    st.lists(st.tuples(st.sampled_from([RELAY, BOX, DISK, ROWS]), st.integers(0, 60), st.integers(1, 60)), max_size=8)
)
def test_what_lasts_is_paged_and_what_is_over_is_watched_no_more(
    spans: Sequence[tuple[Trouble, int, int]],
) -> None:
    """Whatever else begins and ends meanwhile. Spans are counted in looks, ten seconds apart."""
    made = Watch()
    looks = dict.fromkeys((RELAY, BOX, DISK, ROWS), (False, 0))
    for look in range(160):
        present = {one for one, first, length in spans if first <= look < first + length}
        made.look(10 * look, *present)
        for trouble, (was_here, before) in looks.items():
            is_here = trouble in present
            times = before + 1 if is_here is was_here else 1
            looks[trouble] = is_here, times
            if is_here and times > 13:
                assert made.known[trouble.part].is_paged
            assert is_here or times < 40 or trouble.part not in made.known


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    made = watch((RELAY, 100, 300), until=200)
    made.look(-86_400, BOX)
    made.look(-86_340, BOX)
    assert made.texts()[-1] == (-86_340, "mailbox support/INBOX cannot be read")


def test_a_line_that_finds_no_room_counts_what_is_left() -> None:
    made = Watch()
    many = [Trouble(f"mailbox {n}", f"mailbox number-{n}/INBOX cannot be read since 3:00 AM", START) for n in range(5)]
    made.look(0, *many)
    made.look(60, *many)
    [(_, text, _, _)] = made.paged
    assert text.endswith("; and 3 more")
    assert len(f"mailbot of Telecom: {text}") <= MOST_CHARACTERS
