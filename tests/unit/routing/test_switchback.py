"""Switchback experiments: a fair, repeatable schedule, and an interval that holds as often as it says."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from routing.domain.errors import Invalid
from routing.domain.experiment import Arm, Experiment
from routing.domain.switchback import Effect, Seen, detectable, effect, interval, pairs_needed

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


def test_only_blocks_that_went_as_drawn_count():
    experiment = Experiment(seed=1)
    seen = waits(experiment, 5, 12.0)
    found = effect(experiment, seen, {("GB", experiment.block(MONDAY) + block) for block in range(13)})
    assert found is not None
    assert found.pairs == 6
    assert found.customers + found.dropped == len(seen)


def test_the_effect_that_so_many_pairs_detect_takes_so_many_pairs():
    assert detectable(10.0, 51) == pytest.approx(4.0)
    assert pairs_needed(10.0, 4.0) == 51
    assert pairs_needed(10.0, 400.0) == 6


def test_an_effect_as_large_as_said_is_found_in_four_of_five_experiments():
    draw = random.Random(4)
    shift, found, tries = detectable(10.0, 20), 0, 200
    for seed in range(tries):
        low, _ = interval([draw.gauss(shift, 10.0) for _ in range(20)], seed)
        found += low > 0
    assert 0.68 <= found / tries <= 0.92  # 99.9 % of draws from four of five, and what the formula may be off


def test_a_block_takes_part_only_with_its_whole_pair_and_its_group():
    begins = MONDAY + timedelta(minutes=30)
    experiment = Experiment(seed=1, groups=frozenset({"uk"}), starts_at=begins, ends_at=MONDAY + 6.5 * HOUR)
    running = [hour for hour in range(8) if experiment.turn_now("uk", MONDAY + hour * HOUR)]
    assert running == [2, 3, 4, 5]
    assert experiment.pairs == 2
    assert experiment.turn_now("france", MONDAY + 3 * HOUR) is None


def test_the_schedule_lists_each_turn_once_by_time():
    experiment = Experiment(seed=1, starts_at=MONDAY, ends_at=MONDAY + 4 * HOUR)
    turns = list(experiment.schedule(["uk", "fr"], MONDAY, MONDAY + 9 * HOUR))
    assert [(turn.group, turn.block - experiment.block(MONDAY)) for turn in turns] == [
        (group, block) for block in range(4) for group in ("fr", "uk")
    ]
    assert all(turn == experiment.turn_now(turn.group, experiment.begin_of(turn.block)) for turn in turns)
