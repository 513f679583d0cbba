"""How far the search for a COp goes, and how a wait is counted, as pure rules."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import make_conversation, make_market
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.conversation import Conversation
from routing.domain.errors import Invalid
from routing.domain.market import Market, OpeningHours
from routing.domain.overflow import OutsideHours, Overflow, reach, waited_seconds

WEDNESDAY_NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WEEKDAYS = frozenset(range(5))
NINE_TO_FIVE = OpeningHours(WEEKDAYS, 9 * 60, 17 * 60)
WAIT = Overflow(outside_hours=OutsideHours.WAIT)


def a_market(key: str = "uk", **changes: object) -> Market:
    return make_market(key, **{"time_zone": "Europe/London", "opening": NINE_TO_FIVE, **changes})


def markets(*every: Market) -> dict[str, Market]:
    return {market.key: market for market in every}


def waiting(seconds: float, at: datetime = WEDNESDAY_NOON, **changes: object) -> Conversation:
    return make_conversation(waiting_since=at - timedelta(seconds=seconds), target_seconds=100.0, **changes)


def test_a_market_is_open_from_its_first_minute_to_before_its_last() -> None:
    market = a_market()
    nine = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert market.is_open(nine)
    assert not market.is_open(nine - timedelta(seconds=1))
    assert not market.is_open(nine + timedelta(hours=8))


def test_a_holiday_is_closed_by_the_markets_own_date() -> None:
    market = a_market(time_zone="Asia/Tokyo", holidays=frozenset({date(2026, 3, 5)}))
    assert market.is_open(datetime(2026, 3, 4, 1, tzinfo=UTC))
    assert not market.is_open(datetime(2026, 3, 5, 1, tzinfo=UTC))


def test_a_night_and_a_weekend_do_not_count_as_waiting() -> None:
    friday_before_closing = datetime(2026, 3, 6, 16, 50, tzinfo=UTC)
    monday_after_opening = datetime(2026, 3, 9, 9, 5, tzinfo=UTC)
    assert a_market().open_seconds(friday_before_closing, monday_after_opening) == 15 * 60


def test_a_day_on_which_the_clocks_go_forward_has_an_hour_less() -> None:
    whole_week = a_market(opening=OpeningHours(frozenset(range(7)), 0, 23 * 60))
    sunday = datetime(2026, 3, 29, tzinfo=UTC)
    assert whole_week.open_seconds(sunday, sunday + timedelta(days=1)) == 22 * 3600 + 3600


@given(st.integers(0, 14 * 86_400), st.integers(0, 14 * 86_400), st.integers(0, 14 * 86_400))
def test_open_seconds_add_up_and_never_exceed_the_clock(first: int, second: int, start: int) -> None:
    market = a_market(holidays=frozenset({date(2026, 3, 10)}))
    since = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(seconds=start)
    middle, end = since + timedelta(seconds=first), since + timedelta(seconds=first + second)
    whole = market.open_seconds(since, end)
    assert whole == pytest.approx(market.open_seconds(since, middle) + market.open_seconds(middle, end))
    assert 0 <= whole <= first + second


def test_without_rules_a_closed_market_is_served_and_the_clock_counts() -> None:
    night = datetime(2026, 3, 4, 23, tzinfo=UTC)
    found = reach(Overflow(), markets(a_market()), waiting(3600 * 8, night), night)
    assert found.markets == ("uk",)
    assert found.waited_seconds == 3600 * 8


def test_a_closed_markets_customers_wait_and_do_not_age() -> None:
    night = datetime(2026, 3, 4, 23, tzinfo=UTC)
    found = reach(WAIT, markets(a_market()), waiting(3600 * 7, night), night)
    assert found.markets == ()
    assert found.waited_seconds == 3600


def test_a_closed_markets_customers_go_to_an_open_back_up_after_a_while() -> None:
    night = datetime(2026, 3, 4, 23, tzinfo=UTC)
    home, helper = a_market(backups=("us",)), make_market("us")
    rules = replace(WAIT, backup_after_seconds=120)
    assert reach(rules, markets(home, helper), waiting(119, night), night).markets == ()
    assert reach(rules, markets(home, helper), waiting(120, night), night).markets == ("us",)


def test_back_up_markets_come_in_order_each_after_the_same_wait() -> None:
    home = a_market(backups=("ie", "us"))
    rules, every = Overflow(backup_at=0.5), markets(home, make_market("ie"), make_market("us"))
    reached = [reach(rules, every, waiting(s), WEDNESDAY_NOON).markets for s in (49, 50, 100)]
    assert reached == [("uk",), ("uk", "ie"), ("uk", "ie", "us")]


def test_the_earlier_of_seconds_and_share_opens_a_back_up() -> None:
    every = markets(a_market(backups=("ie",)), make_market("ie"))
    rules = Overflow(backup_after_seconds=20, backup_at=0.5)
    assert reach(rules, every, waiting(20), WEDNESDAY_NOON).markets == ("uk", "ie")


def test_a_closed_back_up_is_passed_over() -> None:
    closed = a_market("ie", holidays=frozenset({WEDNESDAY_NOON.date()}))
    rules = replace(WAIT, backup_after_seconds=0)
    every = markets(a_market(backups=("ie", "us")), closed, make_market("us"))
    assert reach(rules, every, waiting(5), WEDNESDAY_NOON).markets == ("uk", "us")


def test_the_proficiency_asked_for_falls_step_by_step_to_its_floor() -> None:
    rules = Overflow(relax_at=0.5, relax_every=0.25, relax_step=0.05, least_proficiency=0.1)
    asked = [
        reach(rules, markets(a_market()), waiting(s), WEDNESDAY_NOON).least_proficiency(0.2, rules)
        for s in (0, 49, 50, 74, 75, 1000)
    ]
    assert asked == [0.2, 0.2, 0.15, 0.15, 0.1, 0.1]


def test_relaxing_never_asks_for_more_than_usual() -> None:
    rules = Overflow(relax_at=0, least_proficiency=0.5)
    found = reach(rules, markets(a_market()), waiting(1000), WEDNESDAY_NOON)
    assert found.least_proficiency(0.2, rules) == 0.2


def some_rules() -> st.SearchStrategy[Overflow]:
    return st.builds(
        Overflow,
        outside_hours=st.sampled_from(OutsideHours),
        backup_after_seconds=st.none() | st.floats(0, 1000),
        backup_at=st.none() | st.floats(0, 5),
        relax_at=st.none() | st.floats(0, 5),
        relax_every=st.floats(0.01, 2),
        relax_step=st.floats(0.01, 1),
        least_proficiency=st.floats(0.01, 1),
        language_at=st.floats(0, 5),
    )


@given(some_rules(), st.floats(0, 100_000), st.integers(0, 23), st.sampled_from(["fraud", "vulnerable"]))
def test_the_fast_lane_reaches_everybody_whom_anybody_ever_reaches(
    rules: Overflow, seconds: float, hour: int, flag: str
) -> None:
    at = datetime(2026, 3, 4, hour, tzinfo=UTC)
    every = markets(a_market(backups=("ie", "us")), a_market("ie"), make_market("us"))
    fast = reach(rules, every, waiting(0, at, **{flag: True}), at)
    slow = reach(rules, every, waiting(seconds, at), at)
    assert set(slow.markets) <= set(fast.markets) == {"uk", "ie", "us"}
    assert fast.least_proficiency(0.2, rules) <= slow.least_proficiency(0.2, rules)
    assert fast.any_language


@given(some_rules(), st.floats(0, 1_000_000), st.integers(0, 23))
def test_the_fast_lane_ages_by_the_clock_at_any_hour(rules: Overflow, seconds: float, hour: int) -> None:
    at = datetime(2026, 3, 4, hour, tzinfo=UTC)
    conversation = waiting(seconds, at, vulnerable=True)
    assert waited_seconds(rules, a_market(), conversation, at) == pytest.approx(seconds, abs=1e-3)


@given(some_rules(), st.floats(0, 10_000), st.floats(0, 10_000))
def test_waiting_longer_never_narrows_the_search_while_the_market_is_open(
    rules: Overflow, sooner: float, more: float
) -> None:
    every = markets(make_market(backups=("ie", "us")), make_market("ie"), make_market("us"))
    before = reach(rules, every, waiting(sooner), WEDNESDAY_NOON)
    after = reach(rules, every, waiting(sooner + more), WEDNESDAY_NOON)
    assert set(before.markets) <= set(after.markets)
    assert after.least_proficiency(0.2, rules) <= before.least_proficiency(0.2, rules)
    assert before.any_language <= after.any_language


@pytest.mark.parametrize(
    ("name", "value"), [("relax_step", 0), ("least_proficiency", 1.5), ("backup_at", -1), ("backup_at", float("nan"))]
)
def test_a_rule_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(Invalid, match=f"overflow.{name}"):
        Overflow(**{name: value})
