"""An encoder that encodes no text twice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder, encode_depths
from encoders.progress import Progress


class RememberingEncoder:
    """Passes on to `encoder` what it has not seen; what was seen is kept as long as this lives."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

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
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self.asked(fresh, batch_size), strict=True))
        return np.stack([self._known[text] for text in texts])

    def asked(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """What the encoder itself says of texts that are new here."""
        return encode_depths(self._encoder, texts, batch_size)
