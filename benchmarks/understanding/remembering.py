"""An encoder that encodes each text once, so that folds share the work and its cost is counted once."""

from collections.abc import Sequence
from time import process_time

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder
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
