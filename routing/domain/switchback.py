"""What a switchback experiment shows: the difference between two policies within pairs of blocks, and its interval."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from routing.domain.experiment import Arm, Experiment

CONFIDENCE = 0.95
FEWEST_PAIRS = 6
"""Below, so few draws were possible that no 95 % interval follows from them."""
_SUBSETS = 999


@dataclass(frozen=True, slots=True)
class Seen:
    """One customer's figure: wait or handle time in seconds, 1 or 0 for left or answered in time."""

    market: str
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Effect:
    """B less A: the mean over pairs of blocks. `low`, `high`: 95 % interval, None where there are too few pairs."""

    mean: float
    low: float | None
    high: float | None
    pairs: int
    dropped: int


def effect(experiment: Experiment, seen: Iterable[Seen]) -> Effect | None:
    """The effect of policy B on a figure; None where no pair of blocks has customers of both.

    `dropped` counts customers of a block's settling time and of blocks without a partner. The interval is what the
    schedule's own draws leave possible (the sign-flip test, inverted): it needs no model of time, of traffic or of how
    alike the customers of a block are, only that B adds as much in every block.
    """
    values: dict[tuple[str, int], dict[Arm, list[float]]] = defaultdict(lambda: {Arm.A: [], Arm.B: []})
    total = 0
    for each in seen:
        total += 1
        if experiment.settled(each.at):
            turn = experiment.turn(each.market, each.at)
            values[turn.market, turn.pair][turn.arm].append(each.value)
    whole = [arms for _, arms in sorted(values.items()) if arms[Arm.A] and arms[Arm.B]]
    if not whole:
        return None
    used = sum(len(arms[Arm.A]) + len(arms[Arm.B]) for arms in whole)
    gaps = [fmean(arms[Arm.B]) - fmean(arms[Arm.A]) for arms in whole]
    low, high = interval(gaps, experiment.seed) if len(gaps) >= FEWEST_PAIRS else (None, None)
    return Effect(fmean(gaps), low, high, len(gaps), total - used)


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
