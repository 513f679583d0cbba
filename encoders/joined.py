"""Several encoders as one: their vectors side by side, so that likeness is the weighted mean of theirs."""

import hashlib
from collections.abc import Sequence
from copy import copy
from typing import cast

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder, SentenceEncoder
from encoders.progress import Progress
from encoders.remembering import RememberingEncoder


class JoinedEncoder:
    """The cosine of two of its vectors is the mean of the parts' cosines, weighted by `weights` that sum to 1."""

    def __init__(self, name: str, parts: Sequence[SentenceEncoder], weights: Sequence[float]) -> None:
        """`name`: how the whole is loaded again."""
        self.name = name
        self._parts = tuple(parts)
        self._scales = np.sqrt(np.array(weights, dtype=np.float64))
        self.dimension = sum(part.dimension for part in self._parts)
        told = [f"{part.fingerprint}:{weight!r}" for part, weight in zip(parts, weights, strict=True)]
        self.fingerprint = hashlib.sha256("|".join(told).encode()).hexdigest()[:32]

    @property
    def last_length(self) -> float:
        """How long the last part's vectors are within the whole."""
        return float(self._scales[-1])

    @property
    def first_length(self) -> float:
        """How long the first part's vectors are within the whole."""
        return float(self._scales[0])

    def with_threads(self, threads: int) -> "JoinedEncoder":
        """The same encoders, sharing their weights, that use this many threads."""
        other = copy(self)
        other._parts = tuple(part.with_threads(threads) for part in self._parts)
        return other

    def remembering(self, known: dict[str, RememberingEncoder]) -> Encoder:
        """For vectors only: encodes no text twice; `known`, by fingerprint: parts that others may have as well."""
        other = copy(self)
        parts = (known.setdefault(part.fingerprint, RememberingEncoder(part)) for part in self._parts)
        other._parts = tuple(cast("SentenceEncoder", part) for part in parts)
        return other

    @property
    def quick(self) -> "JoinedEncoder | None":
        """The quick paths of all parts side by side; None where a part has none."""
        parts = [quick for part in self._parts if (quick := part.quick)]
        if len(parts) < len(self._parts):
            return None
        other = copy(self)
        other._parts = tuple(parts)
        return other

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of length 1, in the order of `texts`."""
        pairs = zip(self._parts, self._scales, strict=True)
        return np.hstack(
            [(scale * part.encode(texts, batch_size, progress)).astype(np.float32) for part, scale in pairs]
        )

    def encode_depths(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """(n, dimension and more): the vectors of `encode`, and beside them the lower layers of the first part."""
        return self.beside(self.first.encode_depths(texts, batch_size), texts, batch_size)

    @property
    def first(self) -> SentenceEncoder:
        """The part whose lower layers are heard."""
        return self._parts[0]

    def beside(self, found: NDArray[np.float32], texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """The same as `encode_depths` where the first part's depths of the texts are `found` already."""
        others, width = self._parts[1:], self.first.dimension
        vectors = [found[:, :width], *(part.encode(texts, batch_size) for part in others)]
        scaled = [(scale * rows).astype(np.float32) for rows, scale in zip(vectors, self._scales, strict=True)]
        return np.hstack([*scaled, found[:, width:]])
