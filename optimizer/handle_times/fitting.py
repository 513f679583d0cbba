"""Fits the model to a log: effects, spreads and noise in turn, until they agree."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.handle_times.effects import Effects, Variances, centre, uncertainty
from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.layout import Layout, Rows, layout_of
from optimizer.handle_times.log import Floats, HandlingLog, totals
from optimizer.handle_times.noise import Noise, pooled
from optimizer.handle_times.sums import Sums, sums_of
from optimizer.handle_times.variances import START, Slack, search
from optimizer.handle_times.working import Working, working

LEAST_FINISHED = 20
_ROUNDS, _SETTLED = 30, 2e-3


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Everything that was learned from a log, with the sums it was learned from.

    centre: (N,) float64, expected log seconds of the log's own rows; unsure: (N,) float64, the variance of that.
    """

    layout: Layout
    rows: Rows
    sums: Sums
    variances: Variances
    effects: Effects
    noise: Noise
    centre: Floats
    unsure: Floats


def fit_log(log: HandlingLog) -> Fit:
    """Fit the model to every row, the open ones as bounds; without COps in the log nothing individual is fitted.

    Raises LogInvalid when fewer than 20 conversations are finished.
    """
    done = int(log.finished.sum())
    if done < LEAST_FINISHED:
        raise LogInvalid(f"{done} of {len(log)} conversations are finished; at least {LEAST_FINISHED} are needed")
    layout = layout_of(log)
    return _settled(_first(layout, layout.rows(log), log), log)


def _settled(fit: Fit, log: HandlingLog) -> Fit:
    for _ in range(_ROUNDS):
        found = _round(fit, log)
        moved = float(np.abs(found.centre - fit.centre).max())
        scattered = float(np.abs(np.log(found.noise.variance / fit.noise.variance)).max())
        fit = found
        if max(moved, scattered) < _SETTLED:
            break
    return fit


def _first(layout: Layout, rows: Rows, log: HandlingLog) -> Fit:
    """One round from the plain mean and variance of what is finished."""
    done = log.log_seconds[log.finished]
    noise = Noise(np.full(len(layout.names["issue_type"]) + 1, max(float(done.var()), 0.01)), 1.0)
    individual = START if layout.cops else replace(START, cop=0.0, pair=0.0)
    return _learn(layout, rows, log, np.full(len(log), float(done.mean())), noise, individual)


def _round(fit: Fit, log: HandlingLog) -> Fit:
    noise = _noise(fit, log)
    return _learn(fit.layout, fit.rows, log, fit.centre, noise, fit.variances)


def _learn(  # noqa: PLR0913, PLR0917 - the state of one round
    layout: Layout, rows: Rows, log: HandlingLog, expected: Floats, noise: Noise, start: Variances
) -> Fit:
    sd = noise.sd[rows.issue_type]
    counted: Working = working(log.log_seconds, log.finished, expected, sd)
    sums = sums_of(layout, rows, counted.response, counted.weight / sd**2)
    # The spread of pairs and the noise can hardly be told apart where pairs are rare: they have to move together.
    found = search(layout, sums, start, slack=Slack(float(counted.curved.sum()) - 1 - layout.n_slopes))
    noise = replace(noise, variance=noise.variance / found.factor)
    sums = sums.scaled(found.factor)
    middle, unsure = centre(found.effects, rows), uncertainty(found.effects, rows)
    return Fit(layout, rows, sums, found.variances, found.effects, noise, middle, unsure)


def _noise(fit: Fit, log: HandlingLog) -> Noise:
    """Residual variance by issue type; a type's freedom is its conversations less what was fitted to them."""
    rows, n_types = fit.rows, len(fit.layout.names["issue_type"])
    variance = fit.noise.variance[rows.issue_type]
    counted = working(log.log_seconds, log.finished, fit.centre, np.sqrt(variance))
    squares = np.where(log.finished, counted.weight * (log.log_seconds - fit.centre) ** 2, 0.0)
    fitted = counted.weight * fit.unsure / variance
    freedom = counted.noise - fitted
    by_type = rows.issue_type
    return pooled(totals(by_type, squares, n_types), totals(by_type, freedom, n_types))
