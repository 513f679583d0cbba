"""Several needs in one message: pieces that are understood surely, each as a type of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from encoders.classifier import Prediction
from encoders.gate import Gate
from encoders.segments import Segment


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a customer wants; how sure the classifier is of the surest piece that says it."""

    issue_type: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What both pieces of a pair must reach; novelty as a share of the gate's novelty threshold."""

    confidence: float
    novelty: float


ANNOUNCED = Bar(0.6, 1.0)
"""Where the writer says that something new begins."""
UNANNOUNCED = Bar(0.9, 0.7)
"""Elsewhere a sentence often tells how the need came about ("I lost my card abroad. How do I freeze it?")."""


def find_needs(parts: Sequence[Segment], found: Sequence[Prediction], gate: Gate) -> tuple[Need, ...]:
    """Every need of the pieces, in the order they are written; empty where fewer than two are sure.

    Two pieces are two needs when both pass the gate and the bar, and neither's prediction set holds the other's type:
    two readings of one need would.
    """
    if gate.threshold is None:
        return ()
    surest: dict[str, float] = {}
    for one, other in _apart(parts, found, gate):
        for need in (one, other):
            surest[need.issue_type] = max(surest.get(need.issue_type, 0.0), need.confidence)
    written = dict.fromkeys(prediction.issue_type for prediction in found)
    return tuple(Need(key, surest[key]) for key in written if key in surest)


def _apart(
    parts: Sequence[Segment], found: Sequence[Prediction], gate: Gate
) -> Iterator[tuple[Prediction, Prediction]]:
    for first, second in combinations(range(len(parts)), 2):
        pair = found[first], found[second]
        announced = any(part.announced for part in parts[first + 1 : second + 1])
        bar = ANNOUNCED if announced else UNANNOUNCED
        if _are_two(*pair) and all(_is_sure(prediction, bar, gate) for prediction in pair):
            yield pair


def _are_two(one: Prediction, other: Prediction) -> bool:
    return (
        one.issue_type != other.issue_type
        and one.issue_type not in other.prediction_set
        and other.issue_type not in one.prediction_set
    )


def _is_sure(prediction: Prediction, bar: Bar, gate: Gate) -> bool:
    return (
        prediction.decision.value == "auto"
        and prediction.confidence >= bar.confidence
        and prediction.novelty <= bar.novelty * gate.novelty_threshold
    )
