"""Who takes how long on what: a lognormal model, shrunk towards the COp's and the issue type's own means.

log seconds = issue type + COp + (COp on this issue type) + noise. Each effect is pulled to zero by what it was
measured through: the best linear unbiased prediction, from counts and means alone. A COp with two wrap-ups is
predicted near the issue type's mean and one with two hundred near their own. `optimizer.handle_times` estimates the
spreads, from a log.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.parameters import MatchingParameters
from optimizer.problem import HandleTimeArrays
from optimizer.snapshot import HandleTimeFact

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_SWEEPS = 2
"""Issue types' means and who worked on them are told apart in turns; a second turn takes the rest of it."""

SHORTEST_SECONDS = 1.0
"""A handling shorter than a second is recorded as one second: its logarithm would dominate the mean."""


@dataclass(frozen=True, slots=True, eq=False)
class HandleTimeModel:
    """A fitted model over T issue types and M COps; all effects in log seconds.

    issue_type_mean, issue_type_variance: (T,) float64; cop_effect, cop_variance: (M,) float64;
    pair_effect: (T, M) float64; pair_count: (T, M) float64, conversations.
    """

    issue_type_mean: Floats
    issue_type_variance: Floats
    cop_effect: Floats
    cop_variance: Floats
    pair_effect: Floats
    pair_count: Floats
    parameters: MatchingParameters


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """mean_seconds: expected handle time, to the millisecond; log_sd: how unsure that mean is, in log seconds."""

    mean_seconds: Floats
    log_sd: Floats


def observe(fact: HandleTimeFact, seconds: float) -> HandleTimeFact:
    """The fact after one more wrap-up of `seconds` handle time (Welford's update on log seconds)."""
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a handle time of {seconds} s is not allowed; it must be finite and not negative")
    value = math.log(max(seconds, SHORTEST_SECONDS))
    count = fact.count + 1
    delta = value - fact.mean_log_seconds
    mean = fact.mean_log_seconds + delta / count
    squares = fact.var_log_seconds * max(fact.count - 1, 0) + delta * (value - mean)
    variance = squares / (count - 1) if count > 1 else 0.0
    return replace(fact, count=count, mean_log_seconds=mean, var_log_seconds=variance)


def fit(stated_seconds: Floats, n_cops: int, facts: HandleTimeArrays, p: MatchingParameters) -> HandleTimeModel:
    """Fit to `facts`; `stated_seconds` (T,) are the taxonomy's handle times, the prior of each issue type."""
    n_types = len(stated_seconds)
    variance = _issue_type_variance(n_types, facts, p)
    known = facts.cop >= 0
    cell = facts.issue_type[known] * n_cops + facts.cop[known]
    shape, cells = (n_types, n_cops), n_types * n_cops
    count: Floats = np.bincount(cell, facts.count[known], cells).astype(np.float64).reshape(shape)
    total: Floats = np.bincount(cell, (facts.count * facts.mean_log)[known], cells).astype(np.float64).reshape(shape)
    individual: Floats = np.zeros(shape)
    for _ in range(_SWEEPS):
        mean = _issue_type_mean(stated_seconds, facts, (count * individual).sum(axis=1), p)
        cop_effect, cop_variance, pair_effect = _individual(count, total - count * mean[:, None], p)
        individual = cop_effect + pair_effect
    return HandleTimeModel(mean, variance, cop_effect, cop_variance, pair_effect, count, p)


def _individual(count: Floats, excess: Floats, p: MatchingParameters) -> tuple[Floats, Floats, Floats]:
    """(M,) COps' effects and their variance, (T, M) pairs' effects, of the (T, M) log seconds beyond the type's.

    A COp's mean on one issue type tells of the COp no more than the spread of pairs lets it: however many
    conversations of one type there are, they are one pair.
    """
    noise = p.handle_time_log_sd**2
    shrunk = 1 / (count + noise / p.pair_log_sd**2)
    weight = (count * shrunk).sum(axis=0) / p.pair_log_sd**2
    variance = 1 / (weight + 1 / p.cop_log_sd**2)
    cop = variance * (excess * shrunk).sum(axis=0) / p.pair_log_sd**2
    return cop, variance, np.asarray((excess - count * cop) * shrunk)


def predict(model: HandleTimeModel, issue_type: Indices, cop: Indices) -> Prediction:
    """Expected handle time of each (issue type, COp) index pair; the two arrays broadcast together."""
    p = model.parameters
    noise = p.handle_time_log_sd**2
    pseudo = noise / p.pair_log_sd**2
    left = pseudo / (model.pair_count[issue_type, cop] + pseudo)
    # What is known of the pair itself needs no COp to lean on.
    unsure = left**2 * model.cop_variance[cop] + left * p.pair_log_sd**2
    log_mean = model.issue_type_mean[issue_type] + model.cop_effect[cop] + model.pair_effect[issue_type, cop]
    mean = np.exp(log_mean + (model.issue_type_variance[issue_type] + unsure) / 2)
    return Prediction(_to_millisecond(mean), np.sqrt(unsure))


def typical_seconds(model: HandleTimeModel) -> Floats:
    """(T,) expected handle time, in seconds, of each issue type by a COp nothing is known about."""
    p = model.parameters
    unsure = p.cop_log_sd**2 + p.pair_log_sd**2
    return _to_millisecond(np.exp(model.issue_type_mean + (model.issue_type_variance + unsure) / 2))


def usual_seconds(typical: Floats) -> float:
    """The usual handle time, in s, where nothing is known of arrivals: the median of (T,) `typical`; 0 of none."""
    return round(float(np.median(typical)), 3) if typical.size else 0.0


def _issue_type_mean(
    stated_seconds: Floats, facts: HandleTimeArrays, individual: Floats, p: MatchingParameters
) -> Floats:
    # The stated handle time is a mean of seconds; a lognormal's mean lies half its variance above its log mean.
    spread = p.handle_time_log_sd**2 + p.cop_log_sd**2 + p.pair_log_sd**2
    prior = np.log(stated_seconds) - spread / 2
    n_types = len(stated_seconds)
    count = np.bincount(facts.issue_type, facts.count, n_types)
    total = np.bincount(facts.issue_type, facts.count * facts.mean_log, n_types) - individual
    return np.asarray((prior * p.issue_type_prior_count + total) / (p.issue_type_prior_count + count))


def _issue_type_variance(n_types: int, facts: HandleTimeArrays, p: MatchingParameters) -> Floats:
    freedom = np.maximum(facts.count - 1, 0.0)
    squares = np.bincount(facts.issue_type, freedom * facts.var_log, n_types)
    prior = p.issue_type_prior_count
    pooled = prior * p.handle_time_log_sd**2 + squares
    return np.asarray(pooled / (prior + np.bincount(facts.issue_type, freedom, n_types)))


def _to_millisecond(seconds: Floats) -> Floats:
    # Vector and scalar exp may differ in the last bit; to the millisecond they agree, so the checker does too.
    return np.asarray(np.rint(seconds * 1000) / 1000)
