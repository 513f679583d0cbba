"""When a prediction made from coarse vectors may stand, and when the message needs a second, precise look."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from encoders.classifier import Knowledge, Prediction

EDITION = 3
"""Of how a quick look is taken: bounds that were measured with another do not hold."""
_LEAST = 1e-12
_FARTHEST = 700.0
"""Log odds that a float can still be the exponential of."""


def coarse(knowledge: "Knowledge") -> "Knowledge":
    """The same knowledge as the quick look asks it: messages are compared with what was learned in eight bits."""
    detector = knowledge.detector
    return replace(knowledge, head=knowledge.head.coarse(), detector=replace(detector, model=detector.model.coarse()))


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
        detector = knowledge.detector
        careful = replace(detector, threshold=moved(detector.threshold, -self.alert))
        return replace(self._shifted(knowledge, 1.0), detector=careful)

    def daring(self, knowledge: "Knowledge") -> "Knowledge":
        """The opposite: sending to people only where the precise look surely would too.

        An alert that the quick look raises stands, sure or not: to miss a customer in trouble is worse than one alarm
        more in a thousand messages, and half of the second looks are saved.
        """
        return self._shifted(knowledge, -1.0)

    def settled(self, wary: "Prediction", daring: "Prediction") -> bool:
        """Whether a prediction stands: both kinds of knowledge decide the same, and its type is well in the lead.

        All else gets the second look.
        """
        alike = wary.decision is daring.decision and (wary.alert is None) == (daring.alert is None)
        return alike and lead_of(wary) > self.lead

    def _shifted(self, knowledge: "Knowledge", by: float) -> "Knowledge":
        """`by`: 1 for more caution, -1 for less."""
        gate = knowledge.gate
        slices = tuple(replace(rule, threshold=self._raised(rule.threshold, by)) for rule in gate.slices)
        return replace(
            knowledge,
            gate=replace(
                gate,
                threshold=self._raised(gate.threshold, by),
                novelty_threshold=moved(gate.novelty_threshold, -by * self.novelty),
                slices=slices,
            ),
        )

    def as_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self | None:
        """Of a model's record; None where the quick look as it is now was not measured there, or not good enough."""
        found = record.get("quick_look") or {}
        return cls(**found["bounds"]) if found.get("used") and found.get("edition") == EDITION else None

    def _raised(self, threshold: float | None, by: float) -> float | None:
        return None if threshold is None else moved(threshold, by * self.confidence)


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
