"""Drift: how far what a model reads and answers now has moved from what it was judged on."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import log

from routing.domain.chance import chi_square_tail, wilson

BINS = 10
_SMOOTHED_BY = 0.5


class Measured(StrEnum):
    """What is watched."""

    INPUTS = "inputs"
    NOVELTY = "novelty"
    CONFIDENCE = "confidence"
    OVERRIDES = "overrides"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between `edges`: one more than there are edges, the first and the last open to their side."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def rows(self) -> int:
        """How many values it holds."""
        return sum(self.counts)

    def of(self, values: Sequence[float]) -> "Histogram":
        """Other values, counted between the same edges."""
        counts = [0] * len(self.counts)
        for value in values:
            counts[bisect_right(self.edges, value)] += 1
        return Histogram(self.edges, tuple(counts))


def histogram(values: Sequence[float], bins: int = BINS) -> Histogram:
    """Edges at the quantiles of `values`, so that about equally many lie in each bin; equal edges are joined."""
    ranked = sorted(values)
    cuts = (ranked[len(ranked) * part // bins] for part in range(1, bins)) if ranked else ()
    edges = tuple(sorted(set(cuts)))
    return Histogram(edges, (0,) * (len(edges) + 1)).of(ranked)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Embeddings of some messages in short: their mean, (d,); the total variance around it; the degrees of freedom
    that this variance spreads over (its trace squared over the trace of its square)."""

    rows: int
    mean: tuple[float, ...]
    variance: float
    degrees: float


@dataclass(frozen=True, slots=True)
class DriftReference:
    """What a model's inputs and answers looked like on messages it was judged on.

    `confidence` and `novelty` are of the rows it was not trained on; of the `reviewed` ones among them (the gate would
    ask a person) `overruled` had another issue type than its first guess. `inputs` is None where nothing was held out.
    """

    confidence: Histogram
    novelty: Histogram
    reviewed: int
    overruled: int
    inputs: Cloud | None = None


@dataclass(frozen=True, slots=True)
class DriftRules:
    """When a measure raises an alarm: it is above its limit, and by more than chance.

    `window_hours` is how far back messages count, `least_rows` how many there must be. The limits: a population
    stability index for `novelty` and `confidence`; for `inputs` the squared distance of the means in units of the
    messages' own variance. `overrides` has no limit of its own: its interval must lie above the reference's.
    """

    window_hours: float = 24.0
    least_rows: int = 100
    stability_limit: float = 0.1
    inputs_limit: float = 0.02
    chance: float = 0.001


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured. `value` is None where there was too little to measure; `detail` says it in words."""

    name: Measured
    value: float | None
    limit: float | None
    rows: int
    alarm: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """Everything measured of the live model at one time."""

    model: str
    at: datetime
    measures: tuple[Measure, ...]

    @property
    def alarms(self) -> tuple[Measured, ...]:
        """What is out of bounds."""
        return tuple(measure.name for measure in self.measures if measure.alarm)


def stability(name: Measured, reference: Histogram, values: Sequence[float], rules: DriftRules) -> Measure:
    """Population stability index of `values` against the reference, and whether chance explains it.

    The index times nm/(n+m) is about chi-square with (bins - 1) degrees where both come from one population.
    """
    rows, known = len(values), reference.rows
    if rows < rules.least_rows or known < rules.least_rows:
        return _too_few(name, rules.stability_limit, rows, known, rules)
    index = stability_index(reference, reference.of(values))
    p = chi_square_tail(index * rows * known / (rows + known), len(reference.counts) - 1)
    alarm = index > rules.stability_limit and p < rules.chance
    detail = f"stability index {index:.3f} over {rows} messages, chance {p:.2g}"
    return Measure(name, index, rules.stability_limit, rows, alarm, detail)


def stability_index(reference: Histogram, seen: Histogram) -> float:
    """Sum of (seen - known) ln(seen / known) over the bins' shares; empty bins count as half a message."""
    total = 0.0
    for known, now in zip(reference.counts, seen.counts, strict=True):
        expected, found = _share(known, reference), _share(now, seen)
        total += (found - expected) * log(found / expected)
    return total


def displacement(reference: Cloud | None, seen: Cloud | None, rules: DriftRules) -> Measure:
    """How far the mean embedding moved: squared, less what sampling alone gives, in units of the messages' variance."""
    rows, known = seen.rows if seen else 0, reference.rows if reference else 0
    if reference is None or seen is None or min(rows, known) < rules.least_rows:
        return _too_few(Measured.INPUTS, rules.inputs_limit, rows, known, rules)
    squared = sum((now - then) ** 2 for now, then in zip(seen.mean, reference.mean, strict=True))
    by_chance = seen.variance / rows + reference.variance / known
    moved = max(0.0, (squared - by_chance) / reference.variance)
    # Satterthwaite: a sum of scaled chi-squares behaves like one with the variance's own degrees of freedom.
    degrees = min(seen.degrees, reference.degrees)
    p = chi_square_tail(squared / by_chance * degrees, degrees)
    alarm = moved > rules.inputs_limit and p < rules.chance
    detail = f"mean embedding moved by {moved:.3f} of the messages' variance over {rows} messages, chance {p:.2g}"
    return Measure(Measured.INPUTS, moved, rules.inputs_limit, rows, alarm, detail)


def overrides(reference: DriftReference, overruled: int, verdicts: int, rules: DriftRules) -> Measure:
    """Share of verdicts that are another type than the model's first guess, against held-out messages under review."""
    if verdicts < rules.least_rows // 4 or reference.reviewed < rules.least_rows // 4:
        return Measure(
            Measured.OVERRIDES, None, None, verdicts, False, f"{verdicts} verdicts: too few, or none to compare with"
        )
    low, high = wilson(overruled, verdicts)
    _, expected = wilson(reference.overruled, reference.reviewed)
    share = overruled / verdicts
    detail = f"{share:.1%} of {verdicts} verdicts ({low:.1%} to {high:.1%}); at most {expected:.1%} was expected"
    return Measure(Measured.OVERRIDES, share, expected, verdicts, low > expected, detail)


def _share(count: int, whole: Histogram) -> float:
    return (count + _SMOOTHED_BY) / (whole.rows + _SMOOTHED_BY * len(whole.counts))


def _too_few(name: Measured, limit: float, rows: int, known: int, rules: DriftRules) -> Measure:
    fewest = "no reference" if not known else f"{min(rows, known)} messages"
    return Measure(name, None, limit, rows, False, f"{fewest}; {rules.least_rows} are needed on both sides")
