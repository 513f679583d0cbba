"""What a fitted model says in the matcher's own parameters."""

import numpy as np

from optimizer.handle_times.layout import BLOCKS
from optimizer.handle_times.log import Flags, Floats, HandlingLog
from optimizer.handle_times.model import HandleTimes
from optimizer.parameters import MatchingParameters, ranges


def learned(model: HandleTimes, log: HandlingLog) -> dict[str, float]:
    """The matcher's handle-time parameters by name, within their ranges, as `log` taught them to `model`.

    `issue_type_prior_count` is only there where the log has stated handle times to compare with. Without individuals
    both spreads are the least allowed, so that every COp is predicted alike.
    """
    v = model.fit.variances
    scatter = _scatter(model)
    found = {
        "handle_time_log_sd": float(np.sqrt(scatter)),
        "cop_log_sd": float(np.sqrt(v.cop)),
        "pair_log_sd": float(np.sqrt(v.pair)),
    }
    prior = _prior_count(model, log, scatter)
    if prior is not None:
        found["issue_type_prior_count"] = prior
    return {name: _allowed(name, value) for name, value in found.items()}


def matching_parameters(model: HandleTimes, log: HandlingLog) -> MatchingParameters:
    """The matcher's defaults with what was learned in their place."""
    return MatchingParameters.from_mapping(learned(model, log))


def as_toml(found: dict[str, float], note: str) -> str:
    """The `[matching]` table of what was learned; `note` becomes a comment above it."""
    lines = [*(f"# {line}" for line in note.splitlines()), "[matching]"]
    return "\n".join([*lines, *(f"{name} = {value:.4g}" for name, value in found.items())]) + "\n"


def factors(model: HandleTimes) -> dict[str, dict[str, float]]:
    """How many times the usual handle time each channel and language takes, by block and name."""
    found: dict[str, dict[str, float]] = {}
    for block in BLOCKS[1:]:
        names = model.fit.layout.names[block]
        effect = model.fit.effects.mean[model.fit.layout.block(block)][: len(names)]
        found[block] = {name: float(np.exp(value)) for name, value in zip(names, effect, strict=True)}
    return found


def slopes(model: HandleTimes) -> dict[str, float]:
    """Log seconds more for each unit of what the slopes stand for (log words, repeat, log conversations held)."""
    layout = model.fit.layout
    return {name: float(model.fit.effects.mean[place]) for place, name in enumerate(layout.centres, start=1)}


def _scatter(model: HandleTimes) -> float:
    """Variance of one handle time about what the matcher knows: it sees neither words nor channel nor language."""
    rows = model.fit.rows
    unseen = _beyond_type(model)
    return float(model.fit.noise.variance[rows.issue_type].mean() + unseen.var())


def _beyond_type(model: HandleTimes) -> Floats:
    rows = model.fit.rows
    columns = model.fit.effects.mean[rows.index] * rows.value
    ours = (rows.index > 0) & ~_in_type(model) & (rows.index != _stated_place(model))
    return np.asarray((columns * ours).sum(axis=1))


def _in_type(model: HandleTimes) -> Flags:
    at, index = model.fit.layout.block("issue_type"), model.fit.rows.index
    return np.asarray((index >= at.start) & (index < at.stop))


def _stated_place(model: HandleTimes) -> int:
    names = list(model.fit.layout.centres)
    return names.index("stated_seconds") + 1 if "stated_seconds" in names else -1


def _prior_count(model: HandleTimes, log: HandlingLog, scatter: float) -> float | None:
    """The stated handle time counts as many conversations as tell a type's mean as well as it does."""
    rows, said = model.fit.rows, np.isfinite(log.stated_seconds)
    if not said.any():
        return None
    v = model.fit.variances
    stated = np.log(log.stated_seconds[said]) - (scatter + v.cop + v.pair) / 2
    types, count = np.unique(rows.issue_type[said], return_counts=True)
    n_types = int(types.max()) + 1
    individual = model.fit.effects.cop[rows.cop] + model.fit.effects.pair[rows.pair]
    missed = (model.fit.centre - individual)[said] - stated
    by_type = np.bincount(rows.issue_type[said], missed, n_types)[types] / count
    wrong = float(np.mean(by_type**2))
    return scatter / max(wrong, 1e-9)


def _allowed(name: str, value: float) -> float:
    allowed = ranges()[name]
    return float(np.clip(value, allowed.low, allowed.high))
