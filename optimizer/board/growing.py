"""Columns that grow as rows are added."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from optimizer.problem import Indices


class Growing:
    """Named columns of one length; each array is longer than `size`, and what lies beyond means nothing.

    An array taken before `extend` may be an old copy afterwards.
    """

    def __init__(self, **columns: DTypeLike | tuple[DTypeLike, int]) -> None:
        self.size = 0
        self._columns: dict[str, NDArray[Any]] = {}
        for name, kind in columns.items():
            dtype, width = kind if isinstance(kind, tuple) else (kind, 0)
            self._columns[name] = np.zeros((16, width) if width else 16, dtype)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def extend(self, n: int) -> Indices:
        """Room for `n` more rows, all zero: their positions."""
        at = np.arange(self.size, self.size + n)
        self.size += n
        for name, column in self._columns.items():
            if self.size > len(column):
                wider = np.zeros((self.size + self.size // 4 + 16, *column.shape[1:]), column.dtype)
                wider[: len(column)] = column
                self._columns[name] = wider
        return at

    def keep(self, rows: Indices) -> None:
        """Forget all rows but these, numbered anew in this order."""
        self.size = rows.size
        for name, column in self._columns.items():
            self._columns[name] = np.concatenate([column[rows], np.zeros((16, *column.shape[1:]), column.dtype)])
