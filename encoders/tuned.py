"""A named encoder with tuned layers beside it: what a tuning changed, and how the whole is put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import DEFAULT_ENCODER, SentenceEncoder
from encoders.joined import JoinedEncoder

Weights = Mapping[str, NDArray[np.float16]]

LARGE = frozenset({"all-mpnet-base-v2"})
"""Tuning one of these on many messages takes long; the small encoder is tuned in its place."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The parameters that tuning changed in the encoder called `learner`."""

    learner: str
    changed: Weights

    def beside(self, named: SentenceEncoder, load: Callable[[str], SentenceEncoder]) -> JoinedEncoder:
        """The named encoder as it comes, what was tuned, and between them the learner as it comes where it is another.

        The weights were judged on one fold of Banking77's training split; with any of them the whole was better than
        each part. Raises KeyError or ValueError where the parameters are not the learner's.
        """
        if self.learner == named.name:  # the larger one too, where few messages are learned from
            return JoinedEncoder(named.name, [named, named.with_weights(self.changed)], [0.5, 0.5])
        learner = load(self.learner)
        parts = [named, learner, learner.with_weights(self.changed)]
        return JoinedEncoder(named.name, parts, [0.40, 0.25, 0.35])


def learner_for(name: str, few: bool = False) -> str:
    """Which encoder is tuned when the one of this name is asked for; `few`: on few messages."""
    return DEFAULT_ENCODER if name in LARGE and not few else name
