"""The threshold above which a triage goes ahead without a person, chosen on rows that training did not see."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Decision(StrEnum):
    """Whether a person has to look."""

    AUTO = "auto"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the model said of rows it was not trained on: three arrays (n,), one row a message."""

    confidence: Values
    correct: NDArray[np.bool_]
    novelty: Values

    def __len__(self) -> int:
        return len(self.confidence)


@dataclass(frozen=True, slots=True)
class Gate:
    """The rule and what it gave on held-out rows. Without a threshold everything is reviewed; `note` says why."""

    target_error: float
    threshold: float | None
    novelty_threshold: float
    held_out_rows: int
    share_auto: float
    error_auto: float
    note: str

    def decide(self, confidence: float, novelty: float) -> Decision:
        """Automatic only when sure enough and not outside the taxonomy."""
        if self.threshold is None or novelty > self.novelty_threshold or confidence < self.threshold:
            return Decision.REVIEW
        return Decision.AUTO


def choose_gate(held_out: HeldOut, target_error: float, novelty_threshold: float) -> Gate:
    """The gate that decides most by itself with an expected error among those decisions of at most `target_error`."""
    if not 0.0 < target_error < 1.0:
        raise ValueError(f"target_error: {target_error} is not allowed; it lies between 0 and 1, both excluded")
    known = held_out.novelty <= novelty_threshold
    threshold = lowest_threshold(held_out.confidence[known], held_out.correct[known], target_error)
    if threshold is None:
        note = _why_none(held_out, target_error)
        return Gate(target_error, None, novelty_threshold, len(held_out), 0.0, 0.0, note)
    auto = known & (held_out.confidence >= threshold)
    error = float(1.0 - held_out.correct[auto].mean())
    note = f"expected error among automatic decisions at most {target_error:g}, for messages like the training data"
    return Gate(target_error, threshold, novelty_threshold, len(held_out), float(auto.mean()), error, note)


def lowest_threshold(confidence: Values, correct: NDArray[np.bool_], target_error: float) -> float | None:
    """Lowest t with (1 + wrong at or above t) / (1 + rows at or above t) <= target_error; none if no t has it.

    The form of conformal selection (Jin and Candes, 2023): for a new row exchangeable with these it controls the
    expected error among the selected. `confidence` (n,), `correct` (n,). Tied rows are selected together.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, wrong = confidence[order], np.cumsum(~correct[order])
    bound = (1 + wrong) / (2 + np.arange(len(ranked)))
    closes_a_tie = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    allowed = np.flatnonzero(closes_a_tie & (bound <= target_error))
    return float(ranked[allowed[-1]]) if len(allowed) else None


def rows_needed(target_error: float) -> int:
    """How many held-out rows, all of them right, a target needs at the least."""
    return int(np.ceil(1.0 / target_error - 1e-9)) - 1


def _why_none(held_out: HeldOut, target_error: float) -> str:
    needed = rows_needed(target_error)
    if len(held_out) < needed:
        return f"everything is reviewed: {len(held_out)} held-out rows, a target of {target_error:g} needs {needed}"
    return f"everything is reviewed: no threshold keeps the error of {len(held_out)} held-out rows at {target_error:g}"
