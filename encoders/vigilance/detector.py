"""The detector that serves: a model over an encoder's depths and the words raises an alert, cues name its reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.tfidf import Counted, counted
from encoders.vigilance.cues import cue_book
from encoders.vigilance.kinds import FRAUD, Kind
from encoders.vigilance.model import Model
from encoders.vigilance.pieces import pieces_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Prepared texts to what an encoder tells of them, (n, depths) float32: `encoders.encoder.encode_depths`."""

MOST_KINDS = 3
_ALSO = 0.3
"""A second kind is told when it is at least this probable by itself."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A circumstance that a message shows: its kinds, likeliest first, how sure, and the words that told."""

    kinds: tuple[str, ...]
    probability: float
    cues: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The likeliest kind."""
        return self.kinds[0]

    @property
    def fraud(self) -> bool:
        """Money may be leaving, or may still be stopped."""
        return any(kind in FRAUD for kind in self.kinds)

    @property
    def vulnerable(self) -> bool:
        """Somebody in vulnerable circumstances writes, or is written about."""
        return any(kind not in FRAUD for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Detector:
    """Safe to share between threads.

    An alert is raised at a probability of at least `threshold` that a message is not ordinary. Cues raise none: they
    name the words that told. `held_out`: measured on lessons it had not seen.
    """

    model: Model
    threshold: float
    held_out: Mapping[str, Any]

    def of_words(self, texts: Sequence[Counted]) -> NDArray[np.float32]:
        """(n, columns): what the terms of prepared texts say to `judge`, however they are encoded."""
        return self.model.of_words(texts)

    def judge(
        self,
        texts: Sequence[str],
        depths: NDArray[np.float32],
        encode: Encode | None = None,
        of_words: NDArray[np.float32] | None = None,
    ) -> list[Alert | None]:
        """One answer a prepared text, in order; `depths` are of the same texts, as `encode` gives them.

        `of_words`: of the same texts, where it is known already. With `encode`, the pieces of texts that are longer
        than a few sentences are judged as well, so that one sentence in a long letter is not drowned by the rest.
        """
        if not len(texts):
            return []
        chances = self.model.probabilities(self._words(texts) if of_words is None else of_words, depths)
        if encode is not None:
            chances = self._with_pieces(texts, chances, encode)
        return [self._alert(text, row) for text, row in zip(texts, chances, strict=True)]

    def raises(self, probability: float) -> bool:
        """Whether a message that is so probably not ordinary is worth an alert."""
        return probability >= self.threshold

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What belongs in a file of tensors."""
        return self.model.arrays()

    def parameters(self) -> dict[str, Any]:
        """What belongs in a JSON file beside the tensors."""
        return {**self.model.parameters(), "threshold": self.threshold, "held_out": dict(self.held_out)}

    @classmethod
    def from_parts(cls, arrays: Mapping[str, NDArray[Any]], parameters: Mapping[str, Any]) -> "Detector":
        """The reverse of `arrays` and `parameters`; raises `ValueError` or `KeyError` where they do not fit."""
        threshold = float(parameters["threshold"])
        if not 0.0 < threshold <= 1.0:
            raise ValueError(f"the detector's threshold is {threshold}; it lies above 0 and at most at 1")
        return cls(Model.from_parts(arrays, parameters), threshold, parameters["held_out"])

    def _words(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.of_words([counted(text) for text in texts])

    def _with_pieces(self, texts: Sequence[str], chances: NDArray[np.float64], encode: Encode) -> NDArray[np.float64]:
        """Each text's own probabilities, or those of its most alarming piece.

        Each piece is one more chance to be mistaken, so the odds that it shows a circumstance are shared out among the
        pieces of its text. Of 91 lessons of more than 60 words, 51 of them circumstances, models that had not seen them
        raise 43 right alerts and 3 false ones by whole texts, 51 and 30 by pieces at their own odds.
        """
        pieces = [(at, piece, 1 / len(some)) for at, some in enumerate(map(pieces_of, texts)) for piece in some]
        if not pieces:
            return chances
        words, shares = [piece for _, piece, _ in pieces], np.array([share for _, _, share in pieces])
        found = _lessened(self.model.probabilities(self._words(words), encode(words)), shares)
        result = chances.copy()
        for (at, _, _), row in zip(pieces, found, strict=True):
            if row[-1] < result[at, -1]:
                result[at] = row
        return result

    def _alert(self, text: str, chances: NDArray[np.float64]) -> Alert | None:
        probability = 1.0 - float(chances[-1])
        if not self.raises(probability):
            return None
        signs = cue_book().read(text)
        cues = tuple(dict.fromkeys(signs.strong[kind] for kind in signs.certain))
        return Alert(_kinds(signs.certain, chances), probability, cues)


def _lessened(chances: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, columns): the odds that the row is not ordinary, the last column, times its share (n,)."""
    result = chances.copy()
    result[:, :-1] *= shares[:, None]
    return np.asarray(result / result.sum(axis=1, keepdims=True))


def _kinds(certain: Sequence[Kind], chances: NDArray[np.float64]) -> tuple[str, ...]:
    """Those that a strong cue shows, likeliest first, then others that are probable by themselves."""
    order = [list(Kind)[at] for at in np.argsort(-chances[:-1], kind="stable")]
    also = [kind for kind in order if kind in certain or chances[list(Kind).index(kind)] >= _ALSO]
    shown = sorted(also, key=lambda kind: kind not in certain)
    return tuple(str(kind) for kind in (shown or order[:1])[:MOST_KINDS])
