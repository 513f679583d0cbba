"""Clocks tell aware UTC time, and ids sort by the time they were made, whatever the clock does."""

import threading
from datetime import UTC, timedelta

import pytest
from builders import NOON, FrozenClock

from routing.adapters.system import ScaledClock, SortableIds, SystemClock
from routing.domain.errors import Invalid


def test_the_systems_time_is_aware_and_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_scaled_clock_runs_faster_from_its_origin() -> None:
    elapsed = [100.0]
    clock = ScaledClock(NOON, 10.0, monotonic=lambda: elapsed[0])
    assert clock.now() == NOON

    elapsed[0] += 6

    assert clock.now() == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(("origin", "speed"), [(NOON, 0.0), (NOON, float("inf")), (NOON.replace(tzinfo=None), 1.0)])
def test_a_scaled_clock_needs_a_zone_and_a_speed(origin: object, speed: float) -> None:
    with pytest.raises(Invalid, match=r"origin|speed"):
        ScaledClock(origin, speed)  # type: ignore[arg-type]


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    clock = FrozenClock()
    early = [SortableIds(clock).new() for _ in range(50)]
    clock.advance(0.001)

    assert max(early) < SortableIds(clock).new()
    assert len(set(early)) == 50 and {len(id) for id in early} == {32}


def test_one_makers_ids_rise_within_a_millisecond_and_when_the_clock_is_set_back() -> None:
    clock = FrozenClock()
    ids = SortableIds(clock)
    made = [ids.new() for _ in range(1_000)]
    clock.advance(-3_600)
    made += [ids.new() for _ in range(1_000)]

    assert made == sorted(set(made))


def test_ids_made_by_many_threads_are_all_different() -> None:
    ids, made = SortableIds(FrozenClock()), []
    threads = [threading.Thread(target=lambda: made.extend(ids.new() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 2_000
