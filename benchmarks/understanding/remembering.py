"""An encoder that encodes each text once, so that folds share the work and its cost is counted once."""

from collections.abc import Sequence
from time import process_time

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder, encode_depths
from encoders.progress import Progress


class RememberingEncoder:
    """Passes on to `encoder` what it has not seen; `seconds` is the processor time that took."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self.seconds = 0.0

    @property
    def seconds_a_text(self) -> float:
        """Processor seconds each distinct text took."""
        return self.seconds / max(1, len(self._vectors))

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of length 1."""
        vectors = self.encode_depths(texts, batch_size)[:, : self.dimension]
        if progress:
            progress(len(texts), len(texts), "encode")
        return vectors

    def encode_depths(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """The same with what the lower layers tell beside it."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            start = process_time()
            self._vectors.update(zip(new, encode_depths(self._encoder, new, batch_size), strict=True))
            self.seconds += process_time() - start
        return np.stack([self._vectors[text] for text in texts])
