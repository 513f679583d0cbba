"""Switchback experiments: a fair, repeatable schedule, and an interval that holds as often as it says."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from routing.domain.errors import Invalid
from routing.domain.experiment import Arm, Experiment
from routing.domain.switchback import Effect, Seen, effect, interval
from simulation.floor import FloorScenario, simulate
from simulation.floor.scenario import Arrivals, Issues, Staff

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def blocks(experiment: Experiment, market: str, n: int) -> list[Arm]:
    length = timedelta(minutes=experiment.block_minutes)
    return [experiment.turn(market, MONDAY + at * length).arm for at in range(n)]


def test_two_neighbouring_blocks_have_both_policies():
    arms = blocks(Experiment(seed=3), "GB", 200)
    assert all({first, second} == {Arm.A, Arm.B} for first, second in zip(arms[::2], arms[1::2], strict=True))


def test_who_goes_first_is_a_fair_draw_of_its_own_for_each_market():
    gb, ie = (blocks(Experiment(seed=3), market, 2000)[::2] for market in ("GB", "IE"))
    assert gb.count(Arm.B) == pytest.approx(500, abs=52)  # 99.9 % of fair draws
    assert sum(one == other for one, other in zip(gb, ie, strict=True)) == pytest.approx(500, abs=52)


def test_the_schedule_is_the_same_everywhere_and_another_with_another_seed():
    assert blocks(Experiment(seed=3), "GB", 50) == blocks(Experiment(seed=3), "GB", 50)
    assert blocks(Experiment(seed=3), "GB", 50) != blocks(Experiment(seed=4), "GB", 50)


def test_the_first_minutes_of_a_block_are_not_analysed():
    experiment = Experiment(seed=1, block_minutes=60, settling_minutes=15)
    assert not experiment.settled(MONDAY + timedelta(minutes=14, seconds=59))
    assert experiment.settled(MONDAY + timedelta(minutes=15))


@pytest.mark.parametrize(("block", "settling"), [(4, 0), (10_081, 0), (60, 60), (60, -1)])
def test_blocks_that_cannot_be_are_refused(block: int, settling: int):
    with pytest.raises(Invalid, match="allowed"):
        Experiment(seed=1, block_minutes=block, settling_minutes=settling)


def waits(experiment: Experiment, seed: int, gain: float) -> list[Seen]:
    """A day in two markets: a daily wave, a random walk and a noisy customer every six minutes."""
    draw, found = random.Random(seed), []
    for market in ("GB", "IE"):
        level = 60.0
        for step in range(240):
            at = MONDAY + timedelta(minutes=6 * step)
            level = max(level + draw.gauss(0, 2), 0.0)
            wave = 30.0 if 10 <= at.hour < 16 else 0.0
            better = gain if experiment.turn(market, at).arm is Arm.B else 0.0
            found.append(Seen(market, at, level + wave + draw.expovariate(1 / 20) - better))
    return found


def found_in(seed: int, gain: float) -> Effect:
    experiment = Experiment(seed=seed)
    found = effect(experiment, waits(experiment, seed + 1000, gain))
    assert found is not None
    return found


def holds(found: Effect, value: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= value <= found.high


def test_with_one_policy_twice_the_interval_holds_zero_as_often_as_it_says():
    held = sum(holds(found_in(seed, 0.0), 0.0) for seed in range(100))
    assert 87 <= held <= 100  # 99.9 % of draws from 95 % of 100


def test_a_known_gain_is_found_and_lies_in_the_interval():
    found = [found_in(seed, 12.0) for seed in range(20)]
    assert sum(each.high is not None and each.high < 0 for each in found) >= 18
    assert sum(holds(each, -12.0) for each in found) >= 15  # 99.9 % of draws from 95 % of 20
    assert found[0].pairs == 24


def test_settling_customers_and_lonely_blocks_are_counted_as_dropped():
    experiment = Experiment(seed=1)
    seen = [Seen("GB", MONDAY + timedelta(minutes=minutes), 1.0) for minutes in (5, 30, 90, 150)]
    found = effect(experiment, seen)
    assert found is not None
    assert (found.pairs, found.dropped, found.low) == (1, 2, None)


def test_without_a_whole_pair_there_is_no_effect_to_tell():
    assert effect(Experiment(seed=1), [Seen("GB", MONDAY + timedelta(minutes=30), 1.0)]) is None


def test_the_interval_is_the_inverted_sign_flip_test():
    gaps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    low, high = interval(gaps, seed=0)
    assert low == pytest.approx(2.0, abs=0.35)
    assert high == pytest.approx(6.0, abs=0.35)


FLOOR = FloorScenario(
    name="switched",
    hours=12.0,
    warm_up_minutes=15,
    arrivals=Arrivals(load=1.2),
    issues=Issues(families=8, types_each=2),
    staff=Staff(cops=40),
)


def test_on_the_simulated_floor_the_same_policy_twice_differs_by_nothing_and_a_better_one_is_found():
    """Each five minutes are those of the policy whose turn it is; what one leaves to the other is not told."""
    days = {Arm.A: simulate(FLOOR, "longest_idle", 4).series, Arm.B: simulate(FLOOR, "gcmu", 4).series}

    def seen(experiment: Experiment, arms: dict[Arm, Arm]) -> list[Seen]:
        found = []
        for moments in zip(days[Arm.A], days[Arm.B], strict=True):
            at = MONDAY + timedelta(seconds=moments[0].at)
            moment = moments[0] if arms[experiment.turn("GB", at).arm] is Arm.A else moments[1]
            found.append(Seen("GB", at, moment.abandoned / max(moment.arrived, 1)))
        return found

    same, different = {Arm.A: Arm.A, Arm.B: Arm.A}, {Arm.A: Arm.A, Arm.B: Arm.B}
    experiments = [Experiment(seed=seed, block_minutes=30, settling_minutes=5) for seed in range(40)]
    nothing = [effect(each, seen(each, same)) for each in experiments]
    assert sum(found is not None and holds(found, 0.0) for found in nothing) >= 33
    gains = [effect(each, seen(each, different)) for each in experiments]
    assert sum(found is not None and found.mean < 0 for found in gains) >= 36
