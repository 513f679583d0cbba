"""More work than time: when a floor counts as overloaded, and what becomes of credits and reserves then."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.congestion import Staffing, Streams, cheapest_by_place, price_streams, steering_from
from optimizer.overload import kept_in_overload, levelled, overload_of, typical_seconds, usual_seconds
from optimizer.pricing import PricingParameters
from optimizer.problem import CopArrays
from optimizer.reserve import fast_lane, reserve_seconds

P = PricingParameters()
ONE, TWO = np.ones(1), np.ones(2)


def floor(seconds, n_cops=2):
    """Issue types of these lengths, which every COp can serve as fast as every other; one slot each."""
    cops = CopArrays(
        proficiency=np.ones((n_cops, 1)),
        language_proficiency=np.ones((n_cops, 1)),
        serves_market=np.ones((n_cops, 1), np.bool_),
        free=np.ones((n_cops, 1), np.int64),
        load=np.zeros(n_cops, np.int64),
        available=np.ones(n_cops, np.bool_),
        seconds_to_shift_end=np.full(n_cops, np.inf),
    )
    expected = np.repeat(np.array(seconds, np.float64)[:, None], n_cops, axis=1)
    return Staffing(cops, expected, np.ones(expected.shape, np.bool_), np.ones(n_cops, np.int64))


def arrivals(*per_second):
    none = np.zeros(len(per_second), np.int64)
    return Streams(np.arange(len(per_second)), none, none, np.array(per_second, np.float64))


def test_a_floor_is_overloaded_from_the_price_of_a_cops_last_minute_on():
    """The steps within a COp's whole time end at 5, the next costs 12."""
    assert [overload_of(ONE * z, ONE, P) for z in (1.0, 5.0, 8.5, 12.0, 24.0)] == [0, 0, 0.5, 1, 1]


def test_a_few_busy_specialists_are_no_overload():
    assert overload_of(np.array([24.0, 1.0]), np.array([1.0, 9.0]), P) == 0
    assert overload_of(np.array([24.0, 1.0]), np.array([1.0, 0.0]), P) == 1


def test_nobody_at_work_and_flat_steps_are_no_overload():
    assert overload_of(TWO, np.zeros(2), P) == 0
    flat = PricingParameters(step_prices=(1.0,) * 7, overflow_price=1)
    assert overload_of(TWO, TWO, flat) == 0


def test_steps_that_end_within_the_whole_time_are_followed_by_what_nobody_does():
    shares = (0.4, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05)
    short = PricingParameters(step_shares=shares, step_prices=(1.0,) * 6 + (2.0,), overflow_price=4)
    assert [overload_of(ONE * z, ONE, short) for z in (2.0, 3.0, 4.0)] == [0, 0.5, 1]


def test_typical_is_the_mean_over_those_able_and_usual_the_mean_over_arrivals():
    expected = np.array([[100.0, 300.0], [400.0, 999.0], [1.0, 1.0]])
    able = np.array([[True, True], [True, False], [False, False]])
    typical = typical_seconds(expected, able)
    assert typical.tolist() == [200, 400, 0]
    kinds = np.array([0, 1, 2])
    assert usual_seconds(typical, kinds, np.array([3.0, 1.0, 50.0])) == pytest.approx(250)
    assert usual_seconds(typical, kinds, np.zeros(3)) == 0


def test_without_overload_credits_and_reserves_are_what_they_were():
    cheapest = np.array([[[100.0]], [[np.nan]]])
    assert levelled(cheapest, np.array([100.0, 500.0]), 300.0, 0.0, P) is cheapest
    assert kept_in_overload(0.0, P) == 1


def test_in_overload_the_longer_kind_is_credited_less_and_the_shorter_more():
    cheapest = np.array([[[1200.0]], [[6000.0]], [[np.nan]], [[1.0]]])
    found = levelled(cheapest, np.array([100.0, 500.0, 300.0, 9999.0]), 300.0, 0.5, P).ravel()
    second = 0.5 * P.overload_second_price
    assert found[:2].tolist() == pytest.approx([1200 + 200 * second, 6000 - 200 * second])
    assert np.isnan(found[2])
    assert found[3] == 0


def test_steering_of_an_overloaded_floor_prefers_short_conversations_and_that_of_a_calm_one_does_not():
    staffing = floor([100.0, 500.0])
    calm, busy = (price_streams(arrivals(rate, rate), staffing, P) for rate in (0.001, 0.004))
    assert (calm.overload, busy.overload) == (0, 1)
    assert busy.usual_seconds == pytest.approx(300)
    for found, second in ((calm, 0.0), (busy, P.overload_second_price)):
        least = cheapest_by_place(found.cop_price, staffing)
        credited = steering_from(found, staffing, 0.9, P).cheapest
        assert (credited - least).ravel().tolist() == pytest.approx([200 * second, -200 * second])


def test_in_overload_less_is_kept_for_the_fast_lane_unless_the_policy_says_so():
    staffing, free = floor([100.0]), np.ones(2, np.int64)
    whole = reserve_seconds(fast_lane(arrivals(0.01), staffing), free, P)
    least = reserve_seconds(fast_lane(arrivals(0.01), staffing, kept_in_overload(1.0, P)), free, P)
    assert least == pytest.approx(whole * P.overload_reserve, abs=2e-3)
    assert kept_in_overload(1.0, replace(P, overload_reserve=1.0)) == 1
