"""Shifts hold by the clock on the wall, through midnight and through changes of the clock."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from builders import EVERY_DAY, NOON
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.cop import Channel, CopId, CopStatus, Shift

LONDON = "Europe/London"
DAY = Shift(frozenset({0, 1, 2, 3, 4}), time(9), time(17), LONDON)
NIGHT = Shift(frozenset({4}), time(22), time(6), LONDON)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (utc(4, 8, 59), None),
        (utc(4, 9), utc(4, 17)),
        (utc(4, 16, 59), utc(4, 17)),
        (utc(4, 17), None),
        (utc(7, 12), None),
        (utc(6, 10, month=7), utc(6, 16, month=7)),
        (utc(6, 8, month=7), utc(6, 16, month=7)),
        (utc(6, 16, month=7), None),
    ],
    ids=["before", "start", "last minute", "end", "Saturday", "summer", "summer start", "summer end"],
)
def test_a_day_shift_begins_and_ends_by_the_wall_clock(at: datetime, ends: datetime | None) -> None:
    assert DAY.ends_at(at) == ends
    assert DAY.covers(at) == (ends is not None)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (utc(6, 21, 59), None),
        (utc(6, 22), utc(7, 6)),
        (utc(7, 0), utc(7, 6)),
        (utc(7, 5, 59), utc(7, 6)),
        (utc(7, 6), None),
        (utc(7, 22), None),
    ],
    ids=["before", "Friday night", "midnight", "Saturday early", "end", "Saturday night"],
)
def test_a_night_shift_belongs_to_the_day_it_begins_on(at: datetime, ends: datetime | None) -> None:
    assert NIGHT.ends_at(at) == ends


def test_a_shift_that_ends_when_it_begins_lasts_a_day() -> None:
    shift = Shift(frozenset({2}), time(9), time(9), "UTC")

    assert not shift.covers(utc(4, 8, 59))
    assert shift.ends_at(utc(4, 9)) == shift.ends_at(utc(5, 8, 59)) == utc(5, 9)
    assert not shift.covers(utc(5, 9))


def test_whole_days_in_a_row_are_worked_through() -> None:
    """Nobody whose next shift begins at midnight may be taken for somebody about to leave."""
    weekdays = Shift(frozenset(range(5)), time(0), time(0), "UTC")

    assert weekdays.ends_at(utc(2, 23, 59)) == weekdays.ends_at(utc(6, 23, 59)) == utc(7, 0)
    assert weekdays.ends_at(utc(7, 0)) is None
    assert Shift(EVERY_DAY, time(8), time(8), LONDON).ends_at(utc(4, 7, 59)) == utc(10, 8)


def test_the_hour_that_autumn_repeats_is_worked_once_more_by_who_spans_it() -> None:
    night = Shift(EVERY_DAY, time(22), time(6), LONDON)

    assert night.ends_at(utc(24, 21, month=10)) == utc(25, 6, month=10)
    assert utc(25, 6, month=10) - utc(24, 21, month=10) == timedelta(hours=9)


def test_a_shift_that_ends_in_the_hour_that_autumn_repeats_does_not_begin_again() -> None:
    shift = Shift(EVERY_DAY, time(20), time(1, 30), LONDON)

    assert shift.ends_at(utc(25, 0, 15, month=10)) == utc(25, 0, 30, month=10)
    assert not shift.covers(utc(25, 0, 30, month=10))
    assert not shift.covers(utc(25, 1, 15, month=10))


def test_the_hour_that_spring_leaves_out_shortens_the_night() -> None:
    night = Shift(EVERY_DAY, time(22), time(6), LONDON)

    assert night.ends_at(utc(28, 23)) == utc(29, 5)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.times(),
    st.times(),
    st.sampled_from((LONDON, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")),
)
def test_a_shift_under_way_ends_after_now_and_within_about_a_day_or_a_week_of_whole_days(
    at: datetime, start: time, end: time, zone: str
) -> None:
    ends = Shift(EVERY_DAY, start.replace(tzinfo=None), end.replace(tzinfo=None), zone).ends_at(at)

    longest = timedelta(days=7, hours=1) if start == end else timedelta(hours=25)
    assert ends is None or at < ends <= at + longest


def test_free_slots_are_never_negative_and_load_adds_up() -> None:
    status = CopStatus(CopId("ada"), since=NOON, load={Channel.CHAT: 3, Channel.EMAIL: 1}, capacity={Channel.CHAT: 2})

    assert [status.free(channel) for channel in (Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)] == [0, 0, 0]
    assert status.total_load == 4
    assert replace(status, capacity={Channel.CHAT: 5}).free(Channel.CHAT) == 2
