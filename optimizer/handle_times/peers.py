"""What the model is compared with: each issue type's own quantiles, raw means of COps, and the tick's sums."""

from collections.abc import Callable

import numpy as np

from optimizer import handle_time
from optimizer.handle_times.log import Column, Floats, HandlingLog, Indices
from optimizer.parameters import MatchingParameters
from optimizer.problem import HandleTimeArrays

Predictor = Callable[[HandlingLog, Floats], Floats]
"""Seconds of work of (N,) conversations at (L,) levels: (N, L) float64."""


def type_quantiles(log: HandlingLog) -> Predictor:
    """Each issue type's quantiles of what is finished; those of all types for one that is not in the log."""
    names, code, seconds = _finished(log)
    groups = [seconds[code == t] for t in range(len(names))]

    def predict(asked: HandlingLog, levels: Floats) -> Floats:
        everything = np.quantile(seconds, levels)
        own = [np.quantile(group, levels) if len(group) else everything for group in groups]
        return np.array([*own, everything])[asked.issue_type.codes_in(names)]

    return predict


def raw_means(log: HandlingLog) -> Predictor:
    """The issue type's quantiles, moved to the mean log seconds of the COp on that type where there is any."""
    names, code, seconds = _finished(log)
    by_type = type_quantiles(log)
    if log.cop is None:
        return by_type
    cops, cop, logs = log.cop.names, log.cop.code[log.finished], np.log(seconds)
    width = len(cops) + 1
    cells = (len(names) + 1) * width
    count = np.bincount(code * width + cop, minlength=cells)
    total = np.bincount(code * width + cop, logs, cells)
    of_type = np.bincount(code, logs, len(names) + 1) / np.maximum(np.bincount(code, minlength=len(names) + 1), 1)
    moved = np.where(count > 0, total / np.maximum(count, 1) - np.repeat(of_type, width), 0.0)

    def predict(asked: HandlingLog, levels: Floats) -> Floats:
        cell = asked.issue_type.codes_in(names) * width + _cop_codes(asked, cops)
        return np.asarray(by_type(asked, levels) * np.exp(moved[cell])[:, None])

    return predict


def from_sums(log: HandlingLog, parameters: MatchingParameters) -> Predictor:
    """What the matcher knows at a tick: count, mean and variance of log seconds by issue type and COp."""
    names, code, seconds = _finished(log)
    cops = () if log.cop is None else log.cop.names
    cop = np.full(len(code), -1) if log.cop is None else log.cop.code[log.finished]
    facts = _facts(code, cop, np.log(seconds), len(cops))
    stated = _stated(log, names)
    model = handle_time.fit(stated, len(cops) + 1, facts, parameters)

    def predict(asked: HandlingLog, levels: Floats) -> Floats:
        from scipy.special import ndtri

        at = np.minimum(asked.issue_type.codes_in(names), len(names) - 1)
        found = handle_time.predict(model, at, _cop_codes(asked, cops))
        variance = model.issue_type_variance[at] + found.log_sd**2
        centre = np.log(found.mean_seconds) - variance / 2
        return np.asarray(np.exp(centre[:, None] + np.sqrt(variance)[:, None] * ndtri(levels)))

    return predict


def _finished(log: HandlingLog) -> tuple[tuple[str, ...], Indices, Floats]:
    return log.issue_type.names, log.issue_type.code[log.finished], log.working_seconds[log.finished]


def _cop_codes(log: HandlingLog, cops: tuple[str, ...]) -> Indices:
    column: Column | None = log.cop
    return np.full(len(log), len(cops), np.int64) if column is None else column.codes_in(cops)


def _stated(log: HandlingLog, names: tuple[str, ...]) -> Floats:
    """The taxonomy's handle time of each type; the mean of all work where the log does not say."""
    said = np.isfinite(log.stated_seconds)
    count = np.bincount(log.issue_type.code[said], minlength=len(names))
    total = np.bincount(log.issue_type.code[said], log.stated_seconds[said], len(names))
    usual = float(log.working_seconds[log.finished].mean())
    return np.where(count > 0, total / np.maximum(count, 1), usual)


def _facts(code: Indices, cop: Indices, logs: Floats, n_cops: int) -> HandleTimeArrays:
    cell = code * (n_cops + 1) + cop + 1
    cells, row = np.unique(cell, return_inverse=True)
    count = np.bincount(row).astype(np.float64)
    mean = np.bincount(row, logs) / count
    squares = np.bincount(row, (logs - mean[row]) ** 2)
    variance = squares / np.maximum(count - 1, 1)
    return HandleTimeArrays(cells // (n_cops + 1), cells % (n_cops + 1) - 1, count, mean, variance)
