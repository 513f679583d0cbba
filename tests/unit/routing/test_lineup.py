"""Groups of those who wait: their time left is each one's own, whatever clock it is told by."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import EVERY_DAY, NOON, make_market
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain.lineup import Lineup
from routing.domain.market import OpeningHours
from routing.domain.overflow import NO_OVERFLOW, OutsideHours, waited_seconds
from routing.domain.queue import Wait

CLOSES = make_market("ie", opening=OpeningHours(EVERY_DAY, 9 * 60, 17 * 60))
MARKETS = {"uk": make_market("uk"), "ie": CLOSES}
RULES = replace(NO_OVERFLOW, outside_hours=OutsideHours.WAIT)

waits = st.builds(
    Wait,
    id=st.uuids().map(str),
    market=st.sampled_from(["uk", "ie", "gone"]),
    issue_type=st.sampled_from(["card_lost", None]),
    waiting_since=st.integers(-200_000, 3_000).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    target_seconds=st.sampled_from([30.0, 300.0, 86_400.0]),
    fast_lane=st.booleans(),
)


def slack(wait: Wait, at: datetime) -> float:
    return wait.target_seconds - waited_seconds(RULES, MARKETS.get(wait.market), wait, at)


@settings(max_examples=40, deadline=None)
@given(st.lists(waits, max_size=12), st.integers(0, 100_000))
def test_each_has_as_much_time_left_as_if_they_were_asked_alone(found: list[Wait], later: int) -> None:
    lineup, at = Lineup(RULES, MARKETS, NOON), NOON + timedelta(seconds=later)
    lineup.put(found)
    told = sorted(left for group in lineup.groups() for left in group.slacks(at))
    assert told == pytest.approx(sorted(slack(wait, at) for wait in found), abs=1e-5)
    assert sum(group.late(at) for group in lineup.groups()) == sum(left < 0 for left in told)


def test_whoever_is_at_the_target_to_the_dot_is_not_past_it() -> None:
    since = NOON + timedelta(microseconds=123_457)
    lineup = Lineup(NO_OVERFLOW, MARKETS, NOON - timedelta(seconds=0.1))
    lineup.put([Wait("c-1", "uk", None, since, 300.0, False)])
    [group] = lineup.groups()
    at = since + timedelta(seconds=300)
    assert (group.late(at), group.slacks(at)) == (0, [0.0])
    assert group.late(at + timedelta(microseconds=1)) == 1


def test_whoever_goes_leaves_nothing_and_whoever_changes_is_there_once() -> None:
    lineup = Lineup(NO_OVERFLOW, MARKETS, NOON)
    known = Wait("c-1", "uk", None, NOON, 300.0, False)
    lineup.put([known])
    lineup.put([replace(known, issue_type="card_lost")])
    assert [group.issue_type for group in lineup.groups()] == ["card_lost"]
    lineup.drop(["c-1", "nobody"])
    assert list(lineup.groups()) == []
