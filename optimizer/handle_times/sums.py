"""Weighted sums over a log's rows: all that the estimation of the effects needs of them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.handle_times.layout import Layout, Rows
from optimizer.handle_times.log import Floats, Indices, totals


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """K columns, M COps and P pairs, the unknown one of each included; weights are per squared log second.

    gram: (K, K) float64; moment: (K,) float64, with the log seconds; pair_rows: (P, K) sparse, pair_moment: (P,) and
    pair_weight: (P,) float64, the same within each pair; pair_cop: (P,) int64; n_cops: M.
    square: the weighted sum of squared log seconds.
    """

    gram: Floats
    moment: Floats
    pair_rows: Any
    pair_moment: Floats
    pair_weight: Floats
    pair_cop: Indices
    n_cops: int
    square: float

    def scaled(self, factor: float) -> "Sums":
        """The sums were every weight so many times as large."""
        return replace(
            self,
            gram=self.gram * factor,
            moment=self.moment * factor,
            pair_rows=self.pair_rows * factor,
            pair_moment=self.pair_moment * factor,
            pair_weight=self.pair_weight * factor,
            square=self.square * factor,
        )


def sums_of(layout: Layout, rows: Rows, response: Floats, weight: Floats) -> Sums:
    """Sums of N rows with (N,) float64 `response`, log seconds, and `weight`, 1 / squared log seconds."""
    from scipy import sparse

    n, n_pairs = len(rows), len(layout.pairs) + 1
    shape, starts = (n, layout.width), np.arange(n + 1) * rows.index.shape[1]
    design = sparse.csr_matrix((rows.value.ravel(), rows.index.ravel(), starts), shape=shape)
    weighted = sparse.diags(weight) @ design
    in_pair = sparse.csr_matrix((np.ones(n), (rows.pair, np.arange(n))), shape=(n_pairs, n))
    return Sums(
        gram=(design.T @ weighted).toarray(),
        moment=np.asarray(weighted.T @ response),
        pair_rows=(in_pair @ weighted).tocsr(),
        pair_moment=totals(rows.pair, weight * response, n_pairs),
        pair_weight=totals(rows.pair, weight, n_pairs),
        pair_cop=_pair_cop(layout),
        n_cops=len(layout.cops) + 1,
        square=float(weight @ response**2),
    )


def _pair_cop(layout: Layout) -> Indices:
    return np.append(layout.pairs % (len(layout.cops) + 1), len(layout.cops))
