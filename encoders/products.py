"""Vectors beside all that was learned from: compared exactly, or in eight bits for a quick look."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.fast_forward import session_of

Matrix = NDArray[np.float32]


class Exact:
    """Dot products in full precision; the anchors are laid out so that those of one message take half the time."""

    def __init__(self, anchors: Matrix) -> None:
        """`anchors`: (m, d)."""
        self._across = np.ascontiguousarray(anchors.T)

    def __call__(self, rows: Matrix) -> Matrix:
        """(n, d) float32 to (n, m) float32."""
        return np.asarray(rows @ self._across)


class InEightBits:
    """All of a comparison in one go, its products off by about a thousandth for vectors of length 1, for a quarter of
    the memory to read, which is what takes time.

    Safe to share between threads.
    """

    def __init__(self, drawn: bytes) -> None:
        """`drawn`: by `int8.comparison` or `int8.comparison_seen`. Raises NotExportable without ONNX Runtime."""
        self._session = session_of(drawn)

    def __call__(self, rows: Matrix) -> Sequence[Matrix]:
        """(n, d) float32 to what the graph gives."""
        found: Sequence[Matrix] = self._session.run(None, {"rows": rows})
        return found
