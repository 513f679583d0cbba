"""A model's figures for parts of the messages: markets, languages, families, lengths, and every issue type."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from encoders.training.curves import Flags, wilson
from encoders.training.outcomes import Outcomes

_LENGTHS = ((0, 8, "up to 8 words"), (9, 20, "9 to 20 words"), (21, 1 << 30, "over 20 words"))


class Held(StrEnum):
    """Whether the target error was kept among a slice's automatic decisions."""

    YES = "yes"
    NOISE = "within noise"
    NO = "no"
    NOTHING = "nothing decided"


@dataclass(frozen=True, slots=True)
class SliceRow:
    """Messages with one value of one dimension; `low` and `high` bound the accuracy with 95 % confidence."""

    dimension: str
    name: str
    rows: int
    accuracy: float
    low: float
    high: float
    share_auto: float
    error_auto: float | None
    held: Held


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One issue type: how many messages are of it, how often an answer with it is right, how many of it are found.

    `set_coverage`: how often the prediction set of such a message holds it. None where there was nothing to count.
    """

    issue_type: str
    rows: int
    precision: float | None
    recall: float | None
    set_coverage: float | None
    share_auto: float | None
    error_auto: float | None


def slice_rows(outcomes: Outcomes, target_error: float) -> tuple[SliceRow, ...]:
    """Every value of every dimension, in the order of the dimensions, most messages first; unknown values are left out.

    The lengths of the messages are always a dimension.
    """
    dimensions = {**outcomes.slices, "length": [length_of(text) for text in outcomes.texts]}
    return tuple(row for name, values in dimensions.items() for row in _rows(outcomes, name, values, target_error))


def class_rows(outcomes: Outcomes) -> tuple[ClassRow, ...]:
    """Every issue type that occurs or was answered, those with the lowest recall first."""
    truth, predicted = np.array(outcomes.truth, dtype=object), np.array(outcomes.predicted, dtype=object)
    names = sorted({*outcomes.truth, *outcomes.predicted})
    rows = [_class_row(name, outcomes, truth == name, predicted == name) for name in names]
    return tuple(sorted(rows, key=lambda row: (2.0 if row.recall is None else row.recall, -row.rows, row.issue_type)))


def length_of(text: str) -> str:
    """The band of lengths a message is in; an empty text is in none."""
    words = len(text.split())
    return next((name for least, most, name in _LENGTHS if least <= words <= most), "") if words else ""


def kept(wrong: int, decided: int, target_error: float) -> Held:
    """Whether a target was kept; above it, whether chance alone can explain that (95 % interval)."""
    if decided == 0:
        return Held.NOTHING
    if wrong / decided <= target_error:
        return Held.YES
    return Held.NOISE if wilson(wrong, decided)[0] <= target_error else Held.NO


def _rows(outcomes: Outcomes, dimension: str, values: Sequence[str], target: float) -> Iterator[SliceRow]:
    column = np.array(values, dtype=object)
    counted = sorted(_counts(values).items(), key=lambda item: (-item[1], item[0]))
    for name, _ in counted:
        yield _slice_row(outcomes, dimension, name, np.asarray(column == name, dtype=np.bool_), target)


def _counts(values: Sequence[str]) -> Mapping[str, int]:
    names, counts = np.unique(np.array([value for value in values if value] or [""]), return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True) if name}


def _slice_row(outcomes: Outcomes, dimension: str, name: str, chosen: Flags, target: float) -> SliceRow:
    correct, auto = outcomes.correct[chosen], outcomes.auto[chosen]
    low, high = wilson(int(correct.sum()), len(correct))
    return SliceRow(
        dimension=dimension,
        name=name,
        rows=len(correct),
        accuracy=float(correct.mean()),
        low=low,
        high=high,
        share_auto=float(auto.mean()),
        error_auto=_error(correct[auto]),
        held=kept(int((~correct[auto]).sum()), int(auto.sum()), target),
    )


def _class_row(name: str, outcomes: Outcomes, of_it: Flags, taken: Flags) -> ClassRow:
    return ClassRow(
        issue_type=name,
        rows=int(of_it.sum()),
        precision=_mean(outcomes.correct[taken]),
        recall=_mean(outcomes.correct[of_it]),
        set_coverage=None if outcomes.covered is None else _mean(outcomes.covered[of_it]),
        share_auto=_mean(outcomes.auto[of_it]),
        error_auto=_error(outcomes.correct[taken & outcomes.auto]),
    )


def _mean(values: NDArray[np.bool_]) -> float | None:
    return float(values.mean()) if len(values) else None


def _error(correct: Flags) -> float | None:
    return float(1.0 - correct.mean()) if len(correct) else None
