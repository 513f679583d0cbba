"""What a switchback experiment shows: the difference between two policies within pairs of blocks, and its interval."""

import math
import random
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev

from routing.domain.experiment import Arm, Experiment

CONFIDENCE = 0.95
FEWEST_PAIRS = 6
"""Below, so few draws were possible that no 95 % interval follows from them."""
_SUBSETS = 999
_POWER = 1.96 + 0.84
"""Normal quantiles of 97.5 % and 80 %."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One customer's figure: wait or handle time in seconds, 1 or 0 for left or answered in time.

    `at` is when they began to wait: they count for that block, whoever's turn it was when they were answered.
    """

    group: str
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Effect:
    """B less A: the mean over pairs of blocks. `low`, `high`: 95 % interval, None where there are too few pairs.

    a, b: each arm's own mean over its blocks; spread: standard deviation of the pairs' differences, None of one alone;
    customers: those it was read from; dropped: the others.
    """

    mean: float
    low: float | None
    high: float | None
    a: float
    b: float
    spread: float | None
    pairs: int
    customers: int
    dropped: int


Blocks = Container[tuple[str, int]]
"""(group, block): those in which the schedule was kept."""


def effect(experiment: Experiment, seen: Iterable[Seen], kept: Blocks | None = None) -> Effect | None:
    """The effect of policy B on a figure; None where no pair of blocks has customers of both.

    `dropped` counts customers of a block's settling time, of blocks without a partner and of those not among `kept`
    (None: all are). The interval is what the schedule's own draws leave possible (the sign-flip test, inverted): it
    needs no model of time, of traffic or of how alike the customers of a block are, only that B adds as much in
    every block.
    """
    values: dict[tuple[str, int], dict[Arm, list[float]]] = defaultdict(lambda: {Arm.A: [], Arm.B: []})
    total = 0
    for each in seen:
        total += 1
        turn = experiment.turn(each.group, each.at)
        if experiment.settled(each.at) and (kept is None or (turn.group, turn.block) in kept):
            values[turn.group, turn.pair][turn.arm].append(each.value)
    whole = [arms for _, arms in sorted(values.items()) if arms[Arm.A] and arms[Arm.B]]
    return _effect(whole, total, experiment.seed) if whole else None


def _effect(whole: Sequence[Mapping[Arm, Sequence[float]]], total: int, seed: int) -> Effect:
    used = sum(len(arms[Arm.A]) + len(arms[Arm.B]) for arms in whole)
    a, b = ([fmean(arms[arm]) for arms in whole] for arm in Arm)
    gaps = [after - before for before, after in zip(a, b, strict=True)]
    low, high = interval(gaps, seed) if len(gaps) >= FEWEST_PAIRS else (None, None)
    spread = stdev(gaps) if len(gaps) > 1 else None
    return Effect(fmean(gaps), low, high, fmean(a), fmean(b), spread, len(gaps), used, total - used)


def interval(gaps: Sequence[float], seed: int) -> tuple[float, float]:
    """The effects that a two-sided sign-flip test at 5 % would not reject.

    Flipping the signs in a set S of pairs moves the mean past an effect exactly where the mean of S lies beyond it, so
    the bounds are quantiles of the means of random sets (Hartigan 1969, "Using subsample values as typical values").
    """
    draw = random.Random(seed)
    means = sorted(_mean_of_some(gaps, draw) for _ in range(_SUBSETS))
    outside = round((1 - CONFIDENCE) / 2 * (_SUBSETS + 1))
    return means[outside - 1], means[-outside]


def _mean_of_some(gaps: Sequence[float], draw: random.Random) -> float:
    chosen: list[float] = []
    while not chosen:
        bits = draw.getrandbits(len(gaps))
        chosen = [gap for at, gap in enumerate(gaps) if bits >> at & 1]
    return fmean(chosen)


def detectable(spread: float, pairs: int) -> float:
    """The smallest effect that four of five experiments of so many pairs find, where pairs differ by so much.

    From the t test of a mean, which the sign-flip test comes close to: (1.96 + 0.84) spread / sqrt(pairs), with two
    pairs less, for the spread is an estimate.
    """
    return _POWER * spread / math.sqrt(max(pairs - 2, 1))


def pairs_needed(spread: float, shift: float) -> int:
    """How many pairs of blocks find an effect of `shift` in four of five experiments, where pairs differ by so much."""
    return max(FEWEST_PAIRS, math.ceil((_POWER * spread / shift) ** 2) + 2)
