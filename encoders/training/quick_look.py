"""What the quick look is worth to a model: measured on messages that a head of its own had not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier, Knowledge, Prediction
from encoders.encoder import Encoder, quick_path
from encoders.lessons import NEVER_HELD_OUT
from encoders.quick_look import EDITION, Bounds, coarse, lead_of, log_odds, log_ratio
from encoders.remembering import RememberingEncoder
from encoders.training.head_fitting import fit_kernel_head

MOST_ROWS, SHARE_OF_ROWS = 500, 0.2
MOST_TAUGHT = 5_000
"""Rows that the measuring head learns from; it is a little less sure than the model's own, and fitted in a second."""
LABELS_EQUAL, DECISIONS_EQUAL = 0.995, 0.99
"""Below either, every message gets the precise look."""
_FARTHEST = 0.95
"""Bounds that hold for this share of the rows: to change what becomes of a message, the quick look has to be off by
more, in the threshold's direction, and the message has to lie just there."""
SHARES = ((_FARTHEST, 0.0, 0.0), (_FARTHEST, _FARTHEST, 0.99), (_FARTHEST, _FARTHEST, 0.999))
"""Of what could change: an alert, the decision, the label (by the lead of the likeliest type; it takes more, for where
two types change places the lead leaps). The first that keep enough labels and decisions are used; an alert in doubt
always gets the second look, and so do all else where too much would change without."""


_ANY = 1e-9
"""A threshold that every message exceeds, so that the detector tells how probable an alert is."""


def quick_look_record(
    texts: Sequence[str], knowledge: Knowledge, encoder: Encoder, seed: int, threads: int = 1
) -> dict[str, Any]:
    """For the model's record: the bounds, what was measured with them, and whether the quick look is `used`.

    `texts`: the prepared texts of the lessons, in their order. Nothing is measured, and the result is empty, where
    the encoder has no quick path, the gate reviews everything, or too few messages can be held out.
    """
    asked, taught = _rows(knowledge, seed)
    if knowledge.gate.threshold is None or len(asked) < 1.0 / (1.0 - LABELS_EQUAL):
        return {}
    quick = quick_path(encoder)
    if quick is None:
        return {}
    lessons = knowledge.lessons.rows(taught)
    never = np.full(len(taught), NEVER_HELD_OUT, dtype=np.int64)
    fitted = fit_kernel_head(replace(lessons, fold=never), len(knowledge.issue_types), threads)
    head = replace(fitted.head, directions=knowledge.head.directions)
    return compared([texts[row] for row in asked], replace(knowledge, head=head), encoder, quick)


def compared(texts: Sequence[str], knowledge: Knowledge, encoder: Encoder, quick: Encoder) -> dict[str, Any]:
    """The record of knowledge that has not seen these texts."""
    both = (RememberingEncoder(quick), coarse(knowledge)), (RememberingEncoder(encoder), knowledge)
    first, exact = (_predictions(texts, _always_alert(known), by) for by, known in both)
    found: dict[str, Any] = {}
    for shares in SHARES:
        found = _compared(texts, both, _bounds(first, exact, *shares))
        if found["used"]:
            break
    return found


def _compared(
    texts: Sequence[str], both: tuple[tuple[Encoder, Knowledge], tuple[Encoder, Knowledge]], bounds: Bounds
) -> dict[str, Any]:
    """`both`: who looks quickly with what knowledge, and who precisely."""
    (quick, rough), (encoder, knowledge) = both
    first = _predictions(texts, bounds.wary(rough), quick)
    exact = _predictions(texts, knowledge, encoder)
    daring = IntentClassifier(quick, bounds.daring(rough))
    settled = np.array([bounds.settled(prediction, daring.decided(prediction, {})) for prediction in first])
    pairs = list(zip(first, exact, strict=True))
    labels = np.array([one.issue_type == other.issue_type for one, other in pairs])
    decisions = np.array([_decided(one) == _decided(other) for one, other in pairs])
    # The second look does not ask for an alert again where the first surely raised none.
    missed = np.array([one.alert is None and other.alert is not None for one, other in pairs])
    found = {
        "rows": len(texts),
        "labels_equal": float((labels | ~settled).mean()),
        "decisions_equal": float((decisions | ~settled & ~missed).mean()),
        "second_looks": float(1.0 - settled.mean()),
        "labels_equal_without": float(labels.mean()),
    }
    good = found["labels_equal"] >= LABELS_EQUAL and found["decisions_equal"] >= DECISIONS_EQUAL
    return {**found, "edition": EDITION, "bounds": bounds.as_dict(), "used": good}


def _rows(knowledge: Knowledge, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lessons to ask, out of those that may be held out, and others to teach the measuring head."""
    order = np.random.default_rng(seed).permutation(knowledge.lessons.held_out)
    asked = np.sort(order[: min(MOST_ROWS, int(SHARE_OF_ROWS * len(knowledge.lessons)))])
    others = np.setdiff1d(np.arange(len(knowledge.lessons)), asked)
    return asked, np.sort(np.random.default_rng(seed).permutation(others)[:MOST_TAUGHT])


def _always_alert(knowledge: Knowledge) -> Knowledge:
    return replace(knowledge, detector=replace(knowledge.detector, threshold=_ANY))


def _predictions(texts: Sequence[str], knowledge: Knowledge, encoder: Encoder) -> list[Prediction]:
    return IntentClassifier(encoder, knowledge).classify(texts)


def _bounds(
    quick: Sequence[Prediction], precise: Sequence[Prediction], of_alerts: float, of_decisions: float, of_leads: float
) -> Bounds:
    pairs = list(zip(quick, precise, strict=True))

    def farthest(differences: Iterable[float], share: float) -> float:
        return float(np.quantile(np.abs(list(differences)), share, method="higher")) if share else 0.0

    return Bounds(
        confidence=farthest(
            (log_odds(one.confidence) - log_odds(other.confidence) for one, other in pairs), of_decisions
        ),
        novelty=farthest((log_odds(one.novelty) - log_odds(other.novelty) for one, other in pairs), of_decisions),
        alert=farthest((_alarm(one) - _alarm(other) for one, other in pairs), of_alerts),
        lead=farthest((_change_of_lead(one, other) for one, other in pairs), of_leads),
    )


def _alarm(prediction: Prediction) -> float:
    return log_odds(prediction.alert.probability if prediction.alert else _ANY)


def _change_of_lead(coarse: Prediction, precise: Prediction) -> float:
    """Of the two types that lead in the quick look."""
    (first, _), (second, _) = coarse.distribution[:2]
    chance = dict(precise.distribution)
    return lead_of(coarse) - log_ratio(chance[first], chance[second])


def _decided(prediction: Prediction) -> tuple[object, object]:
    """All that a message's way through the service depends on, beside its type."""
    return prediction.decision, prediction.alert and prediction.alert.kinds
