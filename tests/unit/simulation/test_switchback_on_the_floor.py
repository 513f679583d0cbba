"""Policies that take turns on the simulated floor: nothing is found where they are the same, and a known gain is."""

from functools import cache
from statistics import fmean

import pytest

from routing.domain.experiment import Arm, Experiment
from routing.domain.switchback import Effect, Seen, effect
from simulation.floor import FloorScenario
from simulation.floor.scenario import Arrivals, Issues, Staff
from simulation.floor.switchback import Day, switched_day

FLOOR = FloorScenario(
    name="switched",
    hours=6.0,
    warm_up_minutes=30,
    arrivals=Arrivals(load=1.15),
    issues=Issues(families=4, types_each=2),
    staff=Staff(cops=24),
)
HALF_HOURS = Experiment(seed=7, block_minutes=30, settling_minutes=10)
SEEDS = range(10, 16)
FIGURES = ("waits", "left", "in_time", "handled")


@cache
def days(a: str, b: str) -> tuple[Day, ...]:
    return tuple(switched_day(FLOOR, {Arm.A: a, Arm.B: b}, HALF_HOURS, seed) for seed in SEEDS)


def seen(a: str, b: str, figure: str) -> list[Seen]:
    return [each for day in days(a, b) for each in getattr(day, figure)]


def found(a: str, b: str, figure: str) -> Effect:
    result = effect(HALF_HOURS, seen(a, b, figure))
    assert result is not None
    return result


def holds(result: Effect, value: float) -> bool:
    return result.low is not None and result.high is not None and result.low <= value <= result.high


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("policy", ["longest_idle", "gcmu"])
def test_the_same_policy_twice_makes_no_difference(policy: str, figure: str) -> None:
    assert holds(found(policy, policy, figure), 0.0)


@pytest.mark.parametrize("figure", FIGURES)
def test_what_whole_days_gain_by_the_better_policy_lies_in_the_interval_and_nought_does_not(figure: str) -> None:
    known = fmean(s.value for s in seen("gcmu", "gcmu", figure))
    known -= fmean(s.value for s in seen("longest_idle", "longest_idle", figure))
    result = found("longest_idle", "gcmu", figure)
    assert holds(result, known)
    assert not holds(result, 0.0)
    assert result.pairs == 30


def test_the_production_matching_takes_over_a_floor_in_the_middle_of_its_work_and_gives_it_back() -> None:
    """The floor refuses pairs that a policy decides on an old state, and every customer's story ends."""
    small = FloorScenario(
        name="small",
        hours=1.5,
        warm_up_minutes=15,
        tick_seconds=10.0,
        arrivals=Arrivals(load=1.2),
        issues=Issues(families=4, types_each=2),
        staff=Staff(cops=12),
    )
    quarters = Experiment(seed=7, block_minutes=10, settling_minutes=2)
    day = switched_day(small, {Arm.A: "longest_idle", Arm.B: "pointsman"}, quarters, 10)
    assert len(day.waits) == len(day.left) == len(day.in_time)
    assert 0 < len(day.handled) <= len(day.waits) - sum(each.value for each in day.left)
    assert day == switched_day(small, {Arm.A: "longest_idle", Arm.B: "pointsman"}, quarters, 10)
