"""Whether the promise holds in each slice of the messages (family, language, market), and what is done where not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from encoders.descent import Goal, Ranking
from encoders.held_out import HeldOut
from encoders.risk import interval, rows_needed


class Standing(StrEnum):
    """What held-out rows say of a slice under the general threshold, and so what counts there."""

    HELD = "held"
    """Shown to keep the target."""
    UNCLEAR = "unclear"
    """Neither shown to keep it nor to break it; the general threshold counts."""
    TOO_FEW = "too_few"
    """Not enough rows to show anything; the general threshold counts."""
    TIGHTENED = "tightened"
    """Shown to break it; a higher threshold keeps it."""
    REVIEWED = "reviewed"
    """Shown to break it, and no threshold is shown to keep it: people decide."""


@dataclass(frozen=True, slots=True)
class SliceRule:
    """One slice: of its `rows`, `auto_rows` pass the general threshold and `errors` of those are wrong.

    `low` to `high` holds the slice's error for all judged slices together with the gate's confidence. `threshold` is
    what counts there; none where people decide.
    """

    dimension: str
    name: str
    rows: int
    auto_rows: int
    errors: int
    low: float
    high: float
    standing: Standing
    threshold: float | None

    @property
    def is_stricter(self) -> bool:
        """Whether another rule than the general one counts here."""
        return self.standing in {Standing.TIGHTENED, Standing.REVIEWED}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From plain values, as JSON gives them."""
        return cls(**{**values, "standing": Standing(values["standing"])})


def judge_slices(held_out: HeldOut, novelty_threshold: float, threshold: float, goal: Goal) -> tuple[SliceRule, ...]:
    """One rule a slice, in the order of dimensions and names, about messages inside the taxonomy.

    The risk of being wrong is shared equally among the slices with enough rows (Bonferroni), whatever they show.
    """
    slices = [
        (slicing.dimension, name, slicing.codes == code)
        for slicing in held_out.slicings
        for code, name in enumerate(slicing.names)
    ]
    enough = rows_needed(goal.target_error, goal.confidence)
    known = held_out.novelty <= novelty_threshold
    judged = sum(int((inside & known).sum()) >= enough for _, _, inside in slices)
    each = Goal(goal.target_error, 1.0 - (1.0 - goal.confidence) / max(judged, 1))
    return tuple(
        _judge(_Slice(dimension, name, held_out.take(inside), novelty_threshold), threshold, each, enough)
        for dimension, name, inside in slices
    )


@dataclass(frozen=True, slots=True)
class _Slice:
    dimension: str
    name: str
    held_out: HeldOut
    novelty_threshold: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) the rows that are not novel."""
        result: NDArray[np.bool_] = self.held_out.novelty <= self.novelty_threshold
        return result


def _judge(found: _Slice, threshold: float, goal: Goal, enough: int) -> SliceRule:
    auto = found.known & (found.held_out.confidence >= threshold)
    errors, rows = int((~found.held_out.correct[auto]).sum()), int(auto.sum())
    low, high = interval(errors, rows, goal.confidence)
    few = int(found.known.sum()) < enough
    rule = SliceRule(
        found.dimension, found.name, len(found.held_out), rows, errors, low, high, Standing.UNCLEAR, threshold
    )
    if few:
        return replace(rule, standing=Standing.TOO_FEW)
    if low > goal.target_error:
        return _tightened(rule, found, goal)
    return replace(rule, standing=Standing.HELD) if high <= goal.target_error else rule


def _tightened(rule: SliceRule, found: _Slice, goal: Goal) -> SliceRule:
    own = Ranking.of(found.held_out, found.novelty_threshold, goal).lowest_threshold()
    if own is None or rule.threshold is None or own <= rule.threshold:
        return replace(rule, standing=Standing.REVIEWED, threshold=None)
    return replace(rule, standing=Standing.TIGHTENED, threshold=own)
