"""Who writes when, about what, and how long they would wait: all of it drawn before the first decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.floor import streams
from simulation.floor.people import Kinds
from simulation.floor.scenario import WEEKDAYS, Customers, FloorScenario
from simulation.floor.streams import Draw
from simulation.floor.triage import TriageModel

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
STEP_SECONDS = 60.0
"""Rates are constant for a minute at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """N customers by time of arrival.

    at: (N,) float64, s from the start; kind, market, language: (N,) int64; said: (N,) int64, what the classifier
    says; priority: (N,) int64, 1-3; vulnerable, fraud: (N,) bool; patience, target: (N,) float64, s.
    """

    at: Floats
    kind: Indices
    said: Indices
    market: Indices
    language: Indices
    priority: Indices
    vulnerable: Flags
    fraud: Flags
    patience: Floats
    target: Floats

    def __len__(self) -> int:
        return len(self.at)


def shape(scenario: FloorScenario, times: Floats) -> Floats:
    """(S,) share of the peak's arrivals that comes at each of `times` (S,), s from the start, surges apart."""
    arrivals = scenario.arrivals
    clock = scenario.start + times
    day = (WEEKDAYS.index(scenario.weekday) + clock // 86_400).astype(np.int64) % 7
    step = np.minimum(times / scenario.seconds * len(arrivals.profile), len(arrivals.profile) - 1).astype(np.int64)
    hour = (clock % 86_400 // 3600).astype(np.int64)
    return np.asarray(
        np.array(arrivals.profile)[step] * np.array(arrivals.by_hour)[hour] * np.array(arrivals.by_weekday)[day]
    )


def rates(scenario: FloorScenario, kinds: Kinds, per_second: float, times: Floats) -> Floats:
    """(S, T) conversations a second of each issue type at `times`, where the peak has `per_second` in all."""
    rate = per_second * shape(scenario, times)[:, None] * kinds.share[None, :]
    for surge in scenario.surges:
        begin = scenario.after_start(surge.start)
        during = (times >= begin) & (times < begin + surge.minutes * 60)
        hit = (kinds.family == surge.family) | (surge.family < 0)
        rate[np.ix_(during, hit)] *= surge.factor
    return np.asarray(rate)


def draw_demand(scenario: FloorScenario, kinds: Kinds, triage: TriageModel, per_second: float, seed: int) -> Demand:
    """Everybody who writes in `scenario`, for `seed`."""
    rng = np.random.default_rng([seed, 2])
    at, kind = _arrivals(scenario, kinds, per_second, rng)
    n = at.size
    vulnerable = rng.random(n) < scenario.customers.vulnerable_share
    fraud = (kinds.family[kind] == 0) & (scenario.issues.families > 1)
    priority = np.where(fraud | vulnerable, 1, np.where(kinds.urgent[kind], 2, 3))
    return Demand(
        at=at,
        kind=kind,
        said=_said(triage, kind, streams.uniforms(seed, Draw.PREDICTION, n)),
        market=_drawn([share for _, share in scenario.arrivals.markets], n, rng),
        language=_drawn([share for _, share in scenario.arrivals.languages], n, rng),
        priority=priority,
        vulnerable=vulnerable,
        fraud=fraud,
        patience=patience(scenario.customers, priority, streams.uniforms(seed, Draw.PATIENCE, n)),
        target=np.array(scenario.customers.target_seconds)[priority - 1],
    )


def _arrivals(
    scenario: FloorScenario, kinds: Kinds, per_second: float, rng: np.random.Generator
) -> tuple[Floats, Indices]:
    edges = np.append(np.arange(0.0, scenario.seconds, STEP_SECONDS), scenario.seconds)
    width = np.diff(edges)
    counts = rng.poisson(rates(scenario, kinds, per_second, edges[:-1] + width / 2) * width[:, None])
    step, kind = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    at = edges[step] + rng.random(step.size) * width[step]
    order = np.argsort(at, kind="stable")
    return at[order], kind[order]


def _drawn(share: list[float], n: int, rng: np.random.Generator) -> Indices:
    return np.minimum(np.searchsorted(np.cumsum(share), rng.random(n)), len(share) - 1).astype(np.int64)


def _said(triage: TriageModel, kind: Indices, draws: Floats) -> Indices:
    if not len(kind):
        return kind
    cumulative, said = triage.cumulative, np.empty_like(kind)
    for each in np.unique(kind):
        rows = np.flatnonzero(kind == each)
        said[rows] = np.searchsorted(cumulative[each], draws[rows], side="right")
    return np.asarray(np.minimum(said, cumulative.shape[1] - 1))


def patience(customers: Customers, priority: Indices, draws: Floats) -> Floats:
    """(N,) seconds that customers of `priority` (N,) wait before they leave, from uniform `draws` (N,)."""
    from scipy.special import ndtri

    mean = np.array(customers.patience_seconds)[priority - 1]
    if customers.patience == "endless":
        return np.full(len(priority), np.inf)
    if customers.patience == "exponential":
        return np.asarray(-mean * np.log1p(-draws))
    spread = customers.patience_log_sd
    return np.asarray(mean * np.exp(spread * ndtri(draws) - spread * spread / 2))
