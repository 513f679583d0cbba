"""The floor against queueing theory: M/M/n and M/M/n+M have formulas, and Little's law holds for any policy."""

import math
from statistics import mean, stdev

import pytest

from simulation.floor import FloorResult, FloorScenario, simulate
from simulation.floor.scenario import Arrivals, Customers, Issues, Staff, Work

SERVERS, MEAN_SECONDS = 12, 120.0
T_99 = 3.25
"""Student's t for 99 % with 9 degrees of freedom: ten seeds."""


def plain_floor(load: float, patience_seconds: float | None) -> FloorScenario:
    """One issue type, one chat at a time, everybody alike: Erlang's world at `load` of its capacity."""
    patience = "endless" if patience_seconds is None else "exponential"
    return FloorScenario(
        name="erlang",
        hours=16,
        warm_up_minutes=60,
        arrivals=Arrivals(per_minute=load * SERVERS / MEAN_SECONDS * 60, languages=(("en", 1.0),)),
        issues=Issues(families=1, types_each=1, handle_seconds=(MEAN_SECONDS, MEAN_SECONDS)),
        customers=Customers(patience=patience, patience_seconds=(patience_seconds or 1.0,) * 3, vulnerable_share=0.0),
        staff=Staff(cops=SERVERS, skills=(1, 1), slots=(1, 1), cop_log_sd=0.0, pair_log_sd=0.0),
        work=Work(noise="exponential"),
    )


def interval(values: list[float]) -> tuple[float, float]:
    margin = T_99 * stdev(values) / math.sqrt(len(values))
    return mean(values) - margin, mean(values) + margin


def runs(scenario: FloorScenario) -> list[FloorResult]:
    return [simulate(scenario, "longest_idle", seed) for seed in range(10)]


def erlang_c(servers: int, offered: float) -> float:
    """The chance of having to wait."""
    terms = [offered**k / math.factorial(k) for k in range(servers + 1)]
    last = terms[servers] * servers / (servers - offered)
    return last / (sum(terms[:servers]) + last)


def erlang_a(servers: int, arrival: float, service: float, leaving: float) -> float:
    """The share who leave: the birth-death chain of M/M/n+M, solved state by state."""
    weights, states = [1.0], servers + 400
    for n in range(1, states):
        death = min(n, servers) * service + max(n - servers, 0) * leaving
        weights.append(weights[-1] * arrival / death)
    total = sum(weights)
    waiting = sum(max(n - servers, 0) * weight for n, weight in enumerate(weights)) / total
    return leaving * waiting / arrival


def test_without_impatience_waits_are_those_of_erlang_c() -> None:
    load = 0.85
    found = runs(plain_floor(load, None))
    expected = erlang_c(SERVERS, load * SERVERS) * MEAN_SECONDS / (SERVERS * (1 - load))
    low, high = interval([each.mean_wait_seconds for each in found])
    assert low <= expected <= high


@pytest.mark.parametrize("load", [0.9, 1.2])
def test_with_impatience_those_who_leave_are_those_of_erlang_a(load: float) -> None:
    patience_seconds = 90.0
    found = runs(plain_floor(load, patience_seconds))
    expected = erlang_a(SERVERS, load * SERVERS / MEAN_SECONDS, 1 / MEAN_SECONDS, 1 / patience_seconds)
    low, high = interval([each.abandonment for each in found])
    assert low <= expected <= high


@pytest.mark.parametrize(("load", "patience_seconds"), [(0.9, None), (1.1, 90.0)])
def test_by_littles_law_as_many_wait_as_come_times_how_long_they_wait(
    load: float, patience_seconds: float | None
) -> None:
    scenario = plain_floor(load, patience_seconds)
    seconds = scenario.seconds - scenario.warm_up_minutes * 60
    for each in runs(scenario)[:3]:
        assert each.mean_waiting == pytest.approx(each.measured / seconds * each.mean_queue_seconds, rel=0.02, abs=0.02)


def test_by_littles_law_as_many_are_served_as_come_times_how_long_they_take() -> None:
    scenario = plain_floor(0.7, None)
    seconds = scenario.seconds - scenario.warm_up_minutes * 60
    for each in runs(scenario)[:3]:
        assert each.mean_working == pytest.approx(each.measured / seconds * each.mean_handle_seconds, rel=0.02)
