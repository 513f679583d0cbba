"""How work is spread over COps, from their assignments."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from builders import make_assignment, make_cop
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.cop import Shift
from routing.domain.fairness import gini, merged, shift_spans, spread

EIGHT = datetime(2026, 3, 4, 8, tzinfo=UTC)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = (EIGHT, NOON)
FROM_NINE = Shift(frozenset(range(7)), time(9), time(17), "UTC")


def work(number: int, minute: int, minutes: int | None, cop_id: str = "ada", key: str = "card_lost") -> object:
    started = EIGHT + timedelta(minutes=minute)
    ended = None if minutes is None else started + timedelta(minutes=minutes)
    return make_assignment(
        f"a-{number}", f"c-{number}", cop_id, f"o-{number}", started_at=started, ended_at=ended, issue_type=key
    )


def test_a_cop_is_busy_while_they_hold_something_and_idle_for_the_rest_of_their_shift() -> None:
    ada = make_cop("ada", shift=FROM_NINE)
    done = [work(1, 60, 30), work(2, 75, 30), work(3, 210, None)]
    [row] = spread({ada.id: ada}, done, frozenset(), WINDOW)
    assert (row.shift_seconds, row.busy_seconds, row.idle_seconds) == (3 * 3600, 75 * 60, 105 * 60)
    assert row.occupancy == pytest.approx(75 / 180)
    assert row.hard_share is None


def test_the_share_of_hard_cases_is_of_what_began_within_the_window() -> None:
    ada = make_cop("ada")
    done = [work(1, -30, 60, key="fraud_seen"), work(2, 10, 5, key="fraud_seen"), *(work(n, 20, 5) for n in (3, 4, 5))]
    [row] = spread({ada.id: ada}, done, frozenset({"fraud_seen"}), WINDOW)
    assert (row.taken, row.hard, row.hard_share) == (4, 1, 0.25)


def test_a_cop_who_is_not_on_shift_and_took_nothing_has_no_shares() -> None:
    night = make_cop("ada", shift=Shift(frozenset(range(7)), time(22), time(6), "UTC"))
    [row] = spread({night.id: night}, [], frozenset({"fraud_seen"}), WINDOW)
    assert (row.shift_seconds, row.occupancy, row.hard_share, row.idle_seconds) == (0, None, None, 0)


def test_a_night_shift_is_counted_on_both_sides_of_midnight() -> None:
    night = Shift(frozenset(range(7)), time(22), time(6), "UTC")
    window = (datetime(2026, 3, 4, 21, tzinfo=UTC), datetime(2026, 3, 5, 7, tzinfo=UTC))
    [span] = shift_spans(night, window)
    assert span == (datetime(2026, 3, 4, 22, tzinfo=UTC), datetime(2026, 3, 5, 6, tzinfo=UTC))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=12))
def test_merged_spans_hold_the_same_minutes_once(pairs: list[tuple[int, int]]) -> None:
    spans = [(EIGHT + timedelta(minutes=min(p)), EIGHT + timedelta(minutes=max(p))) for p in pairs]
    minutes = {minute for p in pairs for minute in range(min(p), max(p))}
    together = merged(spans)
    assert sum((end - start) / timedelta(minutes=1) for start, end in together) == len(minutes)
    assert all(first[1] < second[0] for first, second in pairwise(together))


def test_gini_is_nothing_for_equals_and_near_one_for_a_monopoly() -> None:
    assert gini([3.0, 3.0, 3.0]) == pytest.approx(0)
    assert gini([0.0] * 9 + [5.0]) == pytest.approx(0.9)
    assert gini([]) == 0
    assert gini([0.0, 0.0]) == 0
