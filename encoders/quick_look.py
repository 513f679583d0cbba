"""When a prediction made from coarse vectors may stand, and when the message needs a second, precise look."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from encoders.gate import Decision

if TYPE_CHECKING:
    from encoders.classifier import Knowledge, Prediction

_LEAST = 1e-12
_FARTHEST = 700.0
"""Log odds that a float can still be the exponential of."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far coarse and precise vectors were seen to lead apart, each in log odds (`lead`: of log probabilities).

    `confidence` and `novelty` of the prediction, `alert` of the detector, `lead` of the likeliest type over the second.
    """

    confidence: float
    novelty: float
    alert: float
    lead: float

    def wary(self, knowledge: "Knowledge") -> "Knowledge":
        """The same knowledge, deciding by itself and raising no alert only where the precise look surely would too."""
        gate, detector = knowledge.gate, knowledge.detector
        slices = tuple(replace(rule, threshold=self._raised(rule.threshold)) for rule in gate.slices)
        return replace(
            knowledge,
            gate=replace(
                gate,
                threshold=self._raised(gate.threshold),
                novelty_threshold=moved(gate.novelty_threshold, -self.novelty),
                slices=slices,
            ),
            detector=replace(detector, threshold=moved(detector.threshold, -self.alert)),
        )

    def settled(self, prediction: "Prediction") -> bool:
        """Whether a prediction by `wary` knowledge stands: automatic, without alert, and its type well in the lead.

        All else gets the second look, so that what people review is what the precise look says.
        """
        if prediction.decision is not Decision.AUTO or prediction.alert is not None:
            return False
        return lead_of(prediction) > self.lead

    def as_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self | None:
        """Of a model's record; None where the quick look was not measured there, or not found good enough."""
        found = record.get("quick_look") or {}
        return cls(**found["bounds"]) if found.get("used") else None

    def _raised(self, threshold: float | None) -> float | None:
        return None if threshold is None else moved(threshold, self.confidence)


def moved(probability: float, by: float) -> float:
    """A probability, its log odds moved."""
    return float(1.0 / (1.0 + np.exp(-np.clip(log_odds(probability) + by, -_FARTHEST, _FARTHEST))))


def log_odds(probability: float) -> float:
    """Of 0 and 1 as of numbers very near to them."""
    return log_ratio(probability, 1.0 - probability)


def lead_of(prediction: "Prediction") -> float:
    """Log probability of the likeliest type above that of the second."""
    (_, first), (_, second) = prediction.distribution[:2]
    return log_ratio(first, second)


def log_ratio(one: float, other: float) -> float:
    """Logarithm of one probability over another, 0 taken as very near to it."""
    return float(np.log(max(one, _LEAST)) - np.log(max(other, _LEAST)))
