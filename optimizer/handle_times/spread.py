"""How much COps differ, from their own log: whether choosing who takes what can gain anything at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from optimizer.handle_times.effects import Variances
from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.fitting import Fit
from optimizer.handle_times.variances import LEAST_SD, START, Search, Slack, search

CONFIDENCE = 0.95
_DROP = 1.9207
"""Half the 95 % point of chi squared with one degree of freedom."""
_LARGEST_SD, _PRECISION = 3.0, 1e-3
_BEST_OF_FIVE = 1.16296
"""How many standard deviations the best of five lies beyond the mean, on average."""
_WORTH = 0.03
_WORTHLESS = 0.02


class Verdict(StrEnum):
    """Whether choosing the COp by their own handle times can gain anything."""

    GAINS = "gains"
    NOTHING_TO_GAIN = "nothing_to_gain"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A standard deviation in log seconds with its 95 % interval, and the probability of seeing as much by chance if
    there were none."""

    sd: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How much COps differ as a whole, and from issue type to issue type beyond that.

    known_sd is the spread of the predictions for the log's own pairs, log seconds: as much as is known by now.
    saving is the share of handle time that giving each conversation to the best of five able COps would save if
    everyone's pace were known, with its interval; saving_now as it is known from this log.
    """

    cop: Estimate
    pair: Estimate
    known_sd: float
    n_cops: int
    n_pairs: int
    conversations_a_pair: float
    saving: tuple[float, float, float]
    saving_now: float
    verdict: Verdict


def spread(fit: Fit) -> Spread:
    """Estimate both spreads from a fit with individuals; LogInvalid when the log has fewer than two COps."""
    n_cops, n_pairs = len(fit.layout.cops), len(fit.layout.pairs)
    if n_cops < 2:
        raise LogInvalid(f"the log names {n_cops} COp(s); at least 2 are needed to tell how much COps differ")
    best = search(fit.layout, fit.sums, _awake(fit.variances))
    cop, pair = _estimate(fit, best, "cop"), _estimate(fit, best, "pair")
    known = best.effects.pair[:-1] + best.effects.cop[fit.sums.pair_cop[:-1]]
    saving = tuple(_saving(float(np.hypot(a, b))) for a, b in zip(_ends(cop), _ends(pair), strict=True))
    known_sd = float(known.std())
    return Spread(
        cop=cop,
        pair=pair,
        known_sd=known_sd,
        n_cops=n_cops,
        n_pairs=n_pairs,
        conversations_a_pair=len(fit.rows) / n_pairs,
        saving=(saving[0], saving[1], saving[2]),
        saving_now=_saving(known_sd),
        verdict=_verdict(saving[1], saving[2]),
    )


def _ends(of: Estimate) -> tuple[float, float, float]:
    return of.sd, of.low, of.high


def _saving(sd: float) -> float:
    return 1 - float(np.exp(-_BEST_OF_FIVE * sd))


def _verdict(least: float, most: float) -> Verdict:
    if least >= _WORTH:
        return Verdict.GAINS
    return Verdict.NOTHING_TO_GAIN if most <= _WORTHLESS else Verdict.CANNOT_TELL


def _estimate(fit: Fit, best: Search, kind: str) -> Estimate:
    """The interval holds every value that makes the log hardly less likely, all else being refitted to it."""
    slack = Slack(best.effects.squares)
    sd = float(np.sqrt(getattr(best.variances, kind)))

    def short_of_top(value: float) -> float:
        start = replace(_awake(best.variances), **{kind: value**2})
        found = search(fit.layout, fit.sums, start, frozenset({kind}), slack)
        return best.log_likelihood - found.log_likelihood - _DROP

    at_none = short_of_top(0.0)
    if at_none + _DROP <= 0 or sd <= LEAST_SD:
        sd, at_none = 0.0, -_DROP
    low = 0.0 if at_none <= 0 else _crossing(short_of_top, 0.0, sd)
    high = _crossing(short_of_top, _beyond(short_of_top, sd), sd)
    return Estimate(sd, low, high, _chance(2 * (at_none + _DROP)))


def _awake(v: Variances) -> Variances:
    # A spread that was driven to nothing has to be able to come back where the other one is held down.
    return replace(v, cop=max(v.cop, START.cop / 20), pair=max(v.pair, START.pair / 20))


def _beyond(short_of_top: Callable[[float], float], sd: float) -> float:
    value = max(1.5 * sd, 0.02)
    while short_of_top(value) <= 0 and value < _LARGEST_SD:
        value *= 1.5
    return value


def _crossing(short_of_top: Callable[[float], float], outside: float, inside: float) -> float:
    from scipy.optimize import brentq

    if short_of_top(outside) <= 0:
        return outside
    return float(brentq(short_of_top, outside, inside, xtol=_PRECISION))


def _chance(ratio: float) -> float:
    """A spread cannot be negative: half of the time chance alone gives a ratio of nought (Self and Liang 1987)."""
    from scipy.special import erfc

    return 0.5 * float(erfc(np.sqrt(ratio / 2))) if ratio > 0 else 0.5
