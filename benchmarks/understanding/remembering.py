"""An encoder that encodes each text once, so that folds share the work and its cost is counted once."""

from collections.abc import Sequence
from time import process_time

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder
from encoders.progress import Progress
from encoders.remembering import RememberingEncoder


class TimedEncoder(RememberingEncoder):
    """`seconds` is the processor time that what was new took."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.seconds = 0.0

    @property
    def seconds_a_text(self) -> float:
        """Processor seconds each distinct text took."""
        return self.seconds / max(1, len(self._known))

    def asked(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """The encoder's answer, timed."""
        start = process_time()
        vectors = super().asked(texts, batch_size)
        self.seconds += process_time() - start
        return vectors


class FirstPart:
    """Of a joined encoder that remembers, the part that stands first: the named encoder as it comes."""

    def __init__(self, known: RememberingEncoder, named: Encoder) -> None:
        self.name, self.dimension, self.fingerprint = named.name, named.dimension, named.fingerprint
        self._known = known

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of length 1."""
        vectors = self._known.encode(texts, batch_size, progress)[:, : self.dimension]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
