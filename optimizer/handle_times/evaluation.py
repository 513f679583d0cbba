"""How good predictions are on conversations that were opened after everything they were learned from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.log import Floats, HandlingLog
from optimizer.handle_times.model import learn
from optimizer.handle_times.peers import Predictor, from_sums, raw_means, type_quantiles
from optimizer.handle_times.policy import matching_parameters
from optimizer.handle_times.survival import survival

LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
MODEL, ANONYMOUS, TICK = "model", "model without individuals", "the tick's sums"
BY_TYPE, RAW = "quantiles of the issue type", "raw means of COp and type"
_HEAVIEST = 20.0
_FEWEST_IN_TYPE = 100


@dataclass(frozen=True, slots=True)
class Score:
    """pinball: mean loss at each of LEVELS, seconds; loss: their mean; coverage: share inside the 80 % interval;
    type_coverage: the lowest and highest of an issue type with at least 100 test conversations, None without any."""

    pinball: tuple[float, ...]
    loss: float
    coverage: float
    type_coverage: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`learned_from` and `tested_on` count conversations; still_open of those that were learned from were not done."""

    learned_from: int
    still_open: int
    tested_on: int
    scores: Mapping[str, Score]


def evaluate(log: HandlingLog, share: float = 0.25) -> Evaluation:
    """Learn from what was known when the last `share` of conversations began, and predict those.

    Of the test's conversations those that are open have no handle time yet; the finished ones count more the longer
    they took, so that the quick ones do not stand for all (inverse probability of censoring).
    """
    if not 0 < share < 1:
        raise LogInvalid(f"a share of {share} to test on is not allowed; it is between 0 and 1")
    split = float(np.quantile(log.opened_at, 1 - share))
    past, rest = log.as_of(split), log.since(split)
    test = rest.take(rest.finished)
    if len(test) == 0:
        raise LogInvalid(f"none of the last {len(rest)} conversations is finished; nothing to test on")
    weight = _weight(rest)
    scores = {name: score(predict(test, LEVELS), test, weight) for name, predict in predictors(past).items()}
    return Evaluation(len(past), int((~past.finished).sum()), len(test), scores)


def predictors(past: HandlingLog) -> dict[str, Predictor]:
    """The model and its peers, learned from `past`, by name."""
    model = learn(past)
    found: dict[str, Predictor] = {MODEL: model.quantiles}
    if model.individual:
        found[ANONYMOUS] = learn(past.without_individuals()).quantiles
    found[TICK] = from_sums(past, matching_parameters(model, past))
    found[BY_TYPE] = type_quantiles(past)
    if model.individual:
        found[RAW] = raw_means(past)
    return found


def score(predicted: Floats, test: HandlingLog, weight: Floats | None = None) -> Score:
    """Score (N, L) float64 quantiles in seconds at LEVELS; `weight` (N,) float64 is what each row counts."""
    counts = np.ones(len(test)) if weight is None else weight
    missed = test.working_seconds[:, None] - predicted
    losses = np.where(missed >= 0, LEVELS * missed, (LEVELS - 1) * missed)
    pinball = counts @ losses / counts.sum()
    inside = (missed[:, 0] >= 0) & (missed[:, -1] <= 0)
    code, n_types = test.issue_type.code, len(test.issue_type.names)
    rows, share = np.bincount(code, counts, n_types), np.bincount(code, counts * inside, n_types)
    told = np.bincount(code, minlength=n_types) >= _FEWEST_IN_TYPE
    own = share[told] / rows[told]
    spread = (float(own.min()), float(own.max())) if told.any() else None
    return Score(tuple(map(float, pinball)), float(pinball.mean()), float(counts @ inside / counts.sum()), spread)


def share_learned(of: Score, floor: Score, ceiling: Score) -> float:
    """How much of the way from `floor` to `ceiling` a score goes: 1 is as good as the ceiling."""
    return (floor.loss - of.loss) / (floor.loss - ceiling.loss)


def _weight(rest: HandlingLog) -> Floats:
    seconds, done = rest.working_seconds, rest.finished
    kept = survival(seconds, ~done, seconds[done])
    return np.asarray(np.minimum(1 / np.maximum(kept, 1e-9), _HEAVIEST))
