"""The threshold above which a triage goes ahead without a person, with a promise about how often that is wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from encoders.descent import Goal, Ranking
from encoders.held_out import HeldOut, Outside, Slicing
from encoders.risk import rows_needed, upper_bound
from encoders.slice_rules import SliceRule, Standing, judge_slices

__all__ = ["Decision", "Gate", "HeldOut", "Outside", "SliceRule", "Slicing", "Standing", "choose_gate", "rows_needed"]

CONFIDENCE = 0.95
_NOWHERE: Mapping[str, str] = {}


class Decision(StrEnum):
    """Whether a person has to look."""

    AUTO = "auto"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Gate:
    """The rule, what it promises and what it gave on held-out rows.

    Promise: with `confidence`, at most `target_error` of the automatic decisions are wrong, where `outside_share` of
    the messages are outside the taxonomy. Without a threshold everything is reviewed; `note` says why. `error_bound`
    holds with `confidence` for the rows inside the taxonomy; 1 where nothing is automatic.
    """

    target_error: float
    confidence: float
    threshold: float | None
    novelty_threshold: float
    held_out_rows: int
    share_auto: float
    error_auto: float
    error_bound: float
    note: str
    outside_share: float = 0.0
    outside_rows: int = 0
    outside_auto: int = 0
    slices: tuple[SliceRule, ...] = ()

    def decide(self, confidence: float, novelty: float, slices: Mapping[str, str] = _NOWHERE) -> Decision:
        """Automatic only when sure enough and not outside the taxonomy.

        `slices`: what is known of the message by dimension, such as `{"family": "cards", "language": "de"}`; the
        strictest rule among them counts, and the general threshold where there is none.
        """
        threshold = self.threshold_in(slices)
        if threshold is None or novelty > self.novelty_threshold or confidence < threshold:
            return Decision.REVIEW
        return Decision.AUTO

    def threshold_in(self, slices: Mapping[str, str]) -> float | None:
        """The confidence needed there; none where everything is reviewed."""
        strictest = self.threshold
        for rule in self.slices:
            if rule.is_stricter and slices.get(rule.dimension) == rule.name:
                if strictest is None or rule.threshold is None:
                    return None
                strictest = max(strictest, rule.threshold)
        return strictest

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Back from `as_dict`, also after JSON."""
        return cls(**{**values, "slices": tuple(SliceRule.from_dict(rule) for rule in values["slices"])})


def choose_gate(
    held_out: HeldOut,
    target_error: float,
    novelty_threshold: float,
    *,
    confidence: float = CONFIDENCE,
    outside_share: float = 0.0,
) -> Gate:
    """The gate that decides most by itself and keeps the promise (see `Gate`), by learn-then-test.

    `outside_share`: the share of the traffic assumed to be outside the taxonomy; decided automatically, such a message
    is an error. It needs `held_out.outside`. Raises ValueError on a parameter outside its range.
    """
    goal = Goal(target_error, confidence, outside_share)
    ranking = Ranking.of(held_out, novelty_threshold, goal)
    threshold = ranking.lowest_threshold()
    gate = _reviewing(held_out, novelty_threshold, goal)
    if threshold is None:
        return replace(gate, note=_why_none(held_out, ranking, goal))
    rules = judge_slices(held_out, novelty_threshold, threshold, goal)
    note = "; ".join([_promise(goal, len(held_out.outside)), *_exceptions(rules)])
    return _measured(replace(gate, threshold=threshold, slices=rules, note=note), held_out)


def _reviewing(held_out: HeldOut, novelty_threshold: float, goal: Goal) -> Gate:
    return Gate(
        target_error=goal.target_error,
        confidence=goal.confidence,
        threshold=None,
        novelty_threshold=novelty_threshold,
        held_out_rows=len(held_out),
        share_auto=0.0,
        error_auto=0.0,
        error_bound=1.0,
        note="",
        outside_share=goal.outside_share,
        outside_rows=len(held_out.outside),
    )


def _measured(gate: Gate, held_out: HeldOut) -> Gate:
    """With what the gate, slices included, does on the held-out rows."""
    auto = automatic(gate, held_out)
    errors, rows = int((~held_out.correct[auto]).sum()), int(auto.sum())
    outside = held_out.outside
    let_in = (outside.novelty <= gate.novelty_threshold) & (outside.confidence >= (gate.threshold or 0.0))
    return replace(
        gate,
        share_auto=rows / len(held_out),
        error_auto=errors / rows if rows else 0.0,
        error_bound=upper_bound(errors, rows, gate.confidence),
        outside_auto=int(let_in.sum()),
    )


def automatic(gate: Gate, held_out: HeldOut) -> NDArray[np.bool_]:
    """(n,) which of the rows the gate decides by itself, each in the slices it belongs to."""
    if gate.threshold is None:
        return np.zeros(len(held_out), dtype=np.bool_)
    needed = np.full(len(held_out), gate.threshold)
    slicing_of = {slicing.dimension: slicing for slicing in held_out.slicings}
    for rule in gate.slices:
        slicing = slicing_of.get(rule.dimension)
        if rule.is_stricter and slicing and rule.name in slicing.names:
            own = np.inf if rule.threshold is None else rule.threshold
            inside = slicing.codes == slicing.names.index(rule.name)
            needed[inside] = np.maximum(needed[inside], own)
    result: NDArray[np.bool_] = (held_out.novelty <= gate.novelty_threshold) & (held_out.confidence >= needed)
    return result


def _promise(goal: Goal, outside_rows: int) -> str:
    said = (
        f"with {goal.confidence:.0%} confidence at most {goal.target_error:.2%} of automatic decisions are wrong, "
        "for messages like the training data"
    )
    if not goal.outside_share:
        return f"{said}; messages outside the taxonomy are not counted"
    return f"{said} with {goal.outside_share:.1%} outside the taxonomy like the {outside_rows} known ones"


def _exceptions(rules: tuple[SliceRule, ...]) -> list[str]:
    def named(standing: Standing) -> str:
        return ", ".join(f"{rule.dimension} {rule.name}" for rule in rules if rule.standing is standing)

    wording = {
        Standing.TIGHTENED: "a higher threshold in",
        Standing.REVIEWED: "reviewed throughout, for no threshold is good enough:",
        Standing.TOO_FEW: "too few rows to judge, so the general threshold:",
    }
    return [f"{words} {named(standing)}" for standing, words in wording.items() if named(standing)]


def _why_none(held_out: HeldOut, ranking: Ranking, goal: Goal) -> str:
    needed = rows_needed(goal.target_error, goal.confidence)
    promise = f"a target of {goal.target_error:g} with {goal.confidence:.0%} confidence"
    if goal.outside_share and not len(held_out.outside):
        share = f"{goal.outside_share:.1%} of the traffic is taken to be outside the taxonomy"
        return f"everything is reviewed: {share}, and no message from outside is known to measure by"
    if len(ranking) < needed:
        return f"everything is reviewed: {len(ranking)} held-out rows inside the taxonomy, {promise} needs {needed}"
    return f"everything is reviewed: {len(ranking)} held-out rows do not show {promise} at any threshold"
