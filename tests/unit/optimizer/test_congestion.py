"""The fluid program: hand-computed floors, bounds that prove each other, floors with little to price."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer import congestion, fluid_dual, fluid_program
from optimizer.congestion import Staffing, Streams, capacity_of, price_streams, steering_from
from optimizer.pricing import PricingParameters, trust_of
from optimizer.problem import CopArrays

P = PricingParameters()


def floor(able, seconds, slots, available=None):
    """One market, one language; able and seconds are (T, M)."""
    able, m = np.array(able, np.bool_), len(slots)
    cops = CopArrays(
        proficiency=np.ones((m, 1)),
        language_proficiency=np.ones((m, 1)),
        serves_market=np.ones((m, 1), np.bool_),
        free=np.array(slots, np.int64)[:, None],
        load=np.zeros(m, np.int64),
        available=np.ones(m, np.bool_) if available is None else np.array(available, np.bool_),
        seconds_to_shift_end=np.full(m, np.inf),
    )
    return Staffing(cops, np.array(seconds, np.float64), able, np.array(slots, np.int64))


def streams(*per_second):
    none = np.zeros(len(per_second), np.int64)
    return Streams(np.arange(len(per_second)), none, none, np.array(per_second, np.float64))


def test_a_lone_cop_is_priced_by_the_step_they_work_on():
    """100 s of work each: 0.5 arrivals in 100 s use 50 % (first step), 0.8 use 80 % (third), 1.5 more than there is."""
    staffing = floor([[True]], [[100.0]], [1])
    for per_second, price in ((0.005, 1.0), (0.008, 1.6), (0.0098, 5.0), (0.011, 12.0), (0.015, 24.0)):
        found = price_streams(streams(per_second), staffing, P)
        assert found.cop_price.tolist() == [price]
        assert found.stream_price.tolist() == pytest.approx([100 * price])


def test_the_cost_a_second_is_that_of_the_steps_used():
    """80 % of a second: 0.6 at 1, 0.15 at 1.25 and 0.05 at 1.6."""
    found = price_streams(streams(0.008), floor([[True]], [[100.0]], [1]), P)
    assert found.bound == pytest.approx(0.6 + 0.15 * 1.25 + 0.05 * 1.6)


def test_a_specialist_whose_skill_is_wanted_is_dearer_than_a_generalist_with_time():
    """Only the second COp knows loans, which take 98 % of their time; cards keep the first half busy."""
    staffing = floor([[True, True], [False, True]], [[100.0, 100.0], [100.0, 100.0]], [1, 1])
    found = price_streams(streams(0.005, 0.0098), staffing, P)
    assert found.cop_price.tolist() == [1.0, 5.0]
    assert found.stream_price.tolist() == pytest.approx([100.0, 500.0])


def test_a_slower_cop_is_worth_less_a_second_where_both_share_a_stream():
    """Both are used, so both earn the same on an arrival: 200 s at 1.25 are 250 s at 1."""
    staffing = floor([[True, True]], [[200.0, 250.0]], [1, 1])
    found = price_streams(streams(0.00375 + 0.0005), staffing, P)
    assert (found.cop_price * [200.0, 250.0]).tolist() == pytest.approx([250.0, 250.0])


def test_several_conversations_at_once_slow_each_other_down():
    assert capacity_of(np.array([0, 1, 2, 3]), P).tolist() == pytest.approx([0, 1, 2 / 1.3, 3 / 1.6])


def test_a_kind_nobody_can_serve_is_reported_and_the_others_are_priced():
    staffing = floor([[True], [False]], [[100.0], [100.0]], [1])
    found = price_streams(streams(0.005, 0.005), staffing, P)
    assert found.uncovered.tolist() == [False, True]
    assert found.stream_price[0] == pytest.approx(100.0)
    assert np.isnan(found.stream_price[1])


def test_nothing_arriving_and_nobody_at_work_leave_everybodys_time_plentiful():
    for staffing in (floor([[True, True]], [[100.0, 50.0]], [1, 1]), floor([[True]], [[100.0]], [1], [False])):
        found = price_streams(streams(0.0), staffing, P)
        assert (found.cop_price == 1.0).all()
    assert price_streams(streams(0.0), floor(np.ones((1, 0)), np.ones((1, 0)), []), P).uncovered.all()


def test_the_cheapest_is_over_those_at_work_who_are_able():
    staffing = floor([[True, True, True], [False, False, False]], [[100.0, 80.0, 10.0]] * 2, [1, 1, 1], [1, 1, 0])
    found = price_streams(streams(0.001, 0.0), staffing, P)
    steering = steering_from(found, staffing, 0.5, P)
    assert steering.cheapest[0, 0, 0] == pytest.approx((found.cop_price * [100, 80, np.inf]).min())
    assert np.isnan(steering.cheapest[1, 0, 0])


def test_small_floors_trust_prices_less():
    assert [trust_of(n, P) for n in (0, 40, 80, 120, 5000)] == [0, 0, 0.5, 1, 1]
    assert trust_of(10, PricingParameters(smallest_floor=0, full_floor=0)) == 1


@st.composite
def floors(draw):
    seed, n_streams, n_cops = draw(st.integers(0, 10_000)), draw(st.integers(1, 8)), draw(st.integers(1, 12))
    rng = np.random.default_rng(seed)
    able = rng.random((n_streams, n_cops)) < draw(st.sampled_from([0.2, 0.5, 1.0]))
    slots = rng.integers(0, 4, n_cops)
    staffing = floor(able, 300 * np.exp(rng.normal(0, 0.4, able.shape)), slots)
    load = draw(st.sampled_from([0.1, 0.8, 1.0, 1.6]))
    per_second = rng.dirichlet(np.ones(n_streams)) * load * capacity_of(slots, P).sum() / 300
    return streams(*per_second), staffing


@settings(max_examples=60, deadline=None)
@given(floors())
def test_no_pair_is_priced_below_its_stream(case):
    """Dual feasibility, which makes the price term a cost: nobody is cheaper than the cheapest."""
    kinds, staffing = case
    found = price_streams(kinds, staffing, P)
    priced = np.where(staffing.able & (staffing.slots > 0), found.cop_price * staffing.expected, np.inf)
    covered = ~found.uncovered
    assert (priced.min(axis=1)[covered] >= found.stream_price[covered] - 1e-2).all()
    assert (found.cop_price <= P.overflow_price + 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(floors())
def test_climbing_the_dual_comes_within_a_fiftieth_of_the_simplex_and_never_above(case):
    kinds, staffing = case
    may = congestion.may_serve(kinds, staffing)
    at = np.flatnonzero(may.any(axis=1) & (kinds.per_second > 0))
    if at.size:
        program = congestion._program(kinds, staffing, may, at, P)
        _, best = fluid_program.solve_exactly(program)
        _, bound = fluid_dual.ascend(program)
        assert best * 0.98 - 1e-9 <= bound <= best + 1e-6 * max(best, 1)
