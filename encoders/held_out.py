"""What a model said of messages it was not trained on: the evidence that gates and reports are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Codes = NDArray[np.int64]
Rows = NDArray[np.int64] | NDArray[np.bool_]
UNKNOWN = -1
FAMILY = "family"
"""The dimension that a prediction decides: the family of the predicted issue type."""


def _no_values() -> Values:
    return np.zeros(0)


def _no_codes() -> Codes:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Outside:
    """The same of messages about none of the issue types: two arrays (m,)."""

    confidence: Values = field(default_factory=_no_values)
    novelty: Values = field(default_factory=_no_values)

    def __len__(self) -> int:
        return len(self.confidence)

    def take(self, rows: Rows) -> Self:
        """Only these rows, by number or by a mask."""
        return type(self)(self.confidence[rows], self.novelty[rows])


@dataclass(frozen=True, slots=True)
class Slicing:
    """One way to cut the rows: `codes` (n,) int64 point into `names`, or are `UNKNOWN`."""

    dimension: str
    names: tuple[str, ...]
    codes: Codes

    @classmethod
    def of(cls, dimension: str, values: Sequence[str]) -> Self:
        """From one name a row, empty where it is not known; names are sorted: equal rows give an equal slicing."""
        names = tuple(sorted({value for value in values if value}))
        number_of: dict[str, int] = {name: number for number, name in enumerate(names)}
        return cls(dimension, names, np.array([number_of.get(value, UNKNOWN) for value in values], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Arrays (n,), one row a message; `predicted` and `label` number the issue types and may be empty (not known)."""

    confidence: Values
    correct: NDArray[np.bool_]
    novelty: Values
    predicted: Codes = field(default_factory=_no_codes)
    label: Codes = field(default_factory=_no_codes)
    slicings: tuple[Slicing, ...] = ()
    outside: Outside = field(default_factory=Outside)

    def __len__(self) -> int:
        return len(self.confidence)

    def take(self, rows: Rows) -> Self:
        """Only these rows, by number or by a mask; what is outside stays."""
        slicings = [Slicing(slicing.dimension, slicing.names, slicing.codes[rows]) for slicing in self.slicings]
        return replace(
            self,
            confidence=self.confidence[rows],
            correct=self.correct[rows],
            novelty=self.novelty[rows],
            predicted=self.predicted[rows] if len(self.predicted) else self.predicted,
            label=self.label[rows] if len(self.label) else self.label,
            slicings=tuple(slicings),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the names of slices, by a name of its own."""
        return {
            "confidence": self.confidence,
            "correct": self.correct,
            "novelty": self.novelty,
            "predicted": self.predicted,
            "label": self.label,
            "outside.confidence": self.outside.confidence,
            "outside.novelty": self.outside.novelty,
            **{f"slice.{slicing.dimension}": slicing.codes for slicing in self.slicings},
        }

    def slice_names(self) -> dict[str, list[str]]:
        """The names of the slices by dimension."""
        return {slicing.dimension: list(slicing.names) for slicing in self.slicings}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Sequence[str]]) -> Self:
        """Back from `arrays` and `slice_names`; raises KeyError or ValueError where they do not fit each other."""
        rows = len(arrays["confidence"])
        slicings = tuple(Slicing(key, tuple(found), arrays[f"slice.{key}"]) for key, found in sorted(names.items()))
        for slicing in slicings:
            _check_codes(slicing, rows)
        return cls(
            arrays["confidence"],
            arrays["correct"],
            arrays["novelty"],
            arrays["predicted"],
            arrays["label"],
            slicings=slicings,
            outside=Outside(arrays["outside.confidence"], arrays["outside.novelty"]),
        )


def _check_codes(slicing: Slicing, rows: int) -> None:
    codes = slicing.codes
    if codes.shape != (rows,) or (rows and (codes.min() < UNKNOWN or codes.max() >= len(slicing.names))):
        raise ValueError(f"held-out slices of {slicing.dimension!r} do not fit {rows} rows, {len(slicing.names)} names")
