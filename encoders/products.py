"""Vectors times all that was learned from: exactly, or in eight bits for a quick look."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.fast_forward import session_of
from encoders.int8 import products_with

Matrix = NDArray[np.float32]


class Product(Protocol):
    """The dot products of vectors with the anchors that it was made for."""

    def __call__(self, rows: Matrix) -> Matrix:
        """(n, d) float32 to (n, m) float32."""
        ...


class Exact:
    """In full precision; the anchors are laid out so that one message's product with them takes half the time."""

    def __init__(self, anchors: Matrix) -> None:
        """`anchors`: (m, d)."""
        self._across = np.ascontiguousarray(anchors.T)

    def __call__(self, rows: Matrix) -> Matrix:
        """See `Product`."""
        return np.asarray(rows @ self._across)


class InEightBits:
    """Off by about a thousandth for vectors of length 1, and a quarter of the memory to read, which is what takes time.

    Safe to share between threads.
    """

    def __init__(self, anchors: Matrix) -> None:
        """`anchors`: (m, d). Raises NotExportable without ONNX Runtime."""
        self._session = session_of(products_with(anchors))

    def __call__(self, rows: Matrix) -> Matrix:
        """See `Product`."""
        [found] = self._session.run(None, {"rows": rows})
        return np.asarray(found, dtype=np.float32)
