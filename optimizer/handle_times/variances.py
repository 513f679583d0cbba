"""How far the effects of issue types, channels, languages, COps and pairs spread, by restricted likelihood."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optimizer.handle_times.effects import Effects, Variances, effects_of
from optimizer.handle_times.layout import BLOCKS, Layout
from optimizer.handle_times.log import Floats
from optimizer.handle_times.sums import Sums

START = Variances(issue_type=0.25, channel=0.04, language=0.04, cop=0.02, pair=0.05)
"""Where the search starts: squared log seconds."""

LEAST_SD, MOST_SD = 1e-3, 3.0
_USUAL: Mapping[str, float] = {"issue_type": 0.25, "channel": 0.04, "language": 0.04}
"""Kinds with few levels, such as channels, count one level more of a usual spread, so that four channels do not make
the fifth impossible; COps and pairs do not, for their spread is what is asked for."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search ended, how likely that makes the log (up to a constant), and the factor on all weights."""

    variances: Variances
    effects: Effects
    log_likelihood: float
    factor: float


@dataclass(frozen=True, slots=True)
class Slack:
    """What a search may move besides: all weights by one factor. `freedom` is what the weighted squares come to where
    the weights are right."""

    freedom: float


def search(
    layout: Layout, sums: Sums, start: Variances, held: frozenset[str] = frozenset(), slack: Slack | None = None
) -> Search:
    """The variances that make the log most likely; kinds that are `held` or nought stay as they are.

    With `slack` the noise is refitted too, by one factor on all weights.
    """
    from scipy.optimize import minimize

    moved = [kind for kind in Variances.__slots__ if kind not in held and getattr(start, kind) > 0]
    first = [float(np.log(getattr(start, kind))) for kind in moved] + ([0.0] if slack else [])
    bounds = [(2 * np.log(LEAST_SD), 2 * np.log(MOST_SD))] * len(moved) + ([(-2.0, 2.0)] if slack else [])
    first = [float(np.clip(value, low, high)) for value, (low, high) in zip(first, bounds, strict=True)]

    def loss(point: Floats) -> tuple[float, Floats]:
        found = _at(layout, sums, _variances(start, moved, point), float(point[-1]) if slack else 0.0, slack)
        own = _slopes(layout, found.effects, found.variances)
        slope = [own[kind] + _prior_slope(kind, found.variances) for kind in moved]
        if slack:
            slope.append((slack.freedom - found.effects.squares) / 2 + sum(own.values()))
        return -found.log_likelihood, -np.array(slope)

    if not first:
        return _at(layout, sums, start, 0.0, slack)
    done = minimize(loss, np.array(first), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return _at(layout, sums, _variances(start, moved, done.x), float(done.x[-1]) if slack else 0.0, slack)


def _variances(start: Variances, moved: list[str], point: Floats) -> Variances:
    values = np.exp(point[: len(moved)])
    return replace(start, **{kind: float(value) for kind, value in zip(moved, values, strict=True)})


def _at(layout: Layout, sums: Sums, v: Variances, log_factor: float, slack: Slack | None) -> Search:
    effects = effects_of(layout, sums.scaled(float(np.exp(log_factor))) if log_factor else sums, v)
    likelihood = effects.log_likelihood + sum(_prior(kind, v) for kind in BLOCKS)
    if slack:
        free = 1 + layout.n_slopes
        likelihood += (slack.freedom + free) * log_factor / 2
    return Search(v, effects, likelihood, float(np.exp(log_factor)))


def _prior(kind: str, v: Variances) -> float:
    variance: float = getattr(v, kind)
    return float(-(np.log(variance) + _USUAL[kind] / variance) / 2)


def _prior_slope(kind: str, v: Variances) -> float:
    variance: float = getattr(v, kind)
    return (_USUAL[kind] / variance - 1) / 2 if kind in _USUAL else 0.0


def _slopes(layout: Layout, effects: Effects, v: Variances) -> dict[str, float]:
    """How the likelihood rises with the logarithm of each variance (Fisher's identity)."""
    found: dict[str, float] = {}
    for block in BLOCKS:
        at = layout.block(block)
        found[block] = _slope(effects.mean[at], np.diag(effects.covariance)[at], getattr(v, block))
    found["cop"] = _slope(effects.cop, effects.cop_variance, v.cop)
    found["pair"] = _slope(effects.pair, effects.pair_variance, v.pair)
    return found


def _slope(mean: Floats, variance: Floats, now: float) -> float:
    return float((mean @ mean + variance.sum()) / now - len(mean)) / 2 if now > 0 else 0.0
