"""How loudly a type with hardly any rows may speak beside types with many: as loud as held-out messages allow."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from encoders.head import HeadScores
from encoders.lessons import Lessons
from encoders.training.head_fitting import Fitted

Gains = NDArray[np.float32]
_FEW_ROWS = 20
_CLAIMED_WRONGLY = 0.15
"""Of an average type's messages. Chosen among 0.04 to 0.8 on Banking77 without fifteen of its types, five at a time,
which then got a description, or five messages too: there, messages of all types together were answered best."""
_LOUDEST = 30.0


def gains_of(fitted: Fitted, lessons: Lessons) -> Gains:
    """(classes,) what each type's scores are multiplied by; 1 for a type with rows enough.

    One description lies far from how people write, and a regression on thousands of messages next to it leaves it
    hardly any score. A type of few rows speaks up until it claims a fixed share of held-out messages of others.
    """
    classes = fitted.head.classes
    gains = np.ones(classes, dtype=np.float32)
    thin = np.bincount(lessons.labels, minlength=classes) < _FEW_ROWS
    others = ~thin[lessons.labels[lessons.held_out]]
    if 2 * thin.sum() > classes or not others.any():
        return gains
    scores = fitted.unseen.scores[others]
    best = scores[:, ~thin].max(axis=1)
    allowed = min(int(_CLAIMED_WRONGLY * len(scores) / classes), len(scores) - 1)
    for number in np.flatnonzero(thin):
        own = scores[:, number]
        needed = np.where(own > 0.0, best / np.maximum(own, 1e-9), np.inf)
        gains[number] = np.clip(np.partition(needed, allowed)[allowed], 1.0, _LOUDEST)
    return gains


def louder(fitted: Fitted, gains: Gains) -> Fitted:
    """The same head and held-out scores with the gains in them."""
    head = replace(fitted.head, pull=fitted.head.pull * gains, term_pull=fitted.head.term_pull * gains)
    return Fitted(head, scaled(fitted.unseen, gains))


def scaled(scores: HeadScores, gains: Gains) -> HeadScores:
    """Scores with the gains in them; distances are no matter of types."""
    return HeadScores(scores.scores * gains, scores.distance)
