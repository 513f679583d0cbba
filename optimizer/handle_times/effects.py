"""The effects of issue types, COps and the rest, given how far each kind of effect spreads.

Log seconds = columns + COp + (COp on this issue type) + noise: a linear mixed model. A pair belongs to one COp and a
row to one pair, so pairs and COps are eliminated in closed form and what is left to solve is as small as the columns,
however many COps a floor has (Henderson's equations, by Schur complements).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.handle_times.layout import BLOCKS, Layout, Rows
from optimizer.handle_times.log import Floats
from optimizer.handle_times.sums import Sums

_FREE_PRECISION = 1e-6
_SLOPE_PRECISION = 1e-2


@dataclass(frozen=True, slots=True)
class Variances:
    """How far each kind of effect spreads, in squared log seconds; nought switches a kind off."""

    issue_type: float
    channel: float
    language: float
    cop: float
    pair: float


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What was learned of K columns, M COps and P pairs, and how surely; log seconds.

    mean: (K,), cop: (M,), pair: (P,) float64; covariance: (K, K), cop_covariance: (M, K) with the columns,
    cop_variance: (M,); pair_left: (P,), a pair's variance were all else known; pair_reach: (P, K) and
    pair_cop_reach: (P,), covariance of the pair's sum with the columns and its COp; pair_variance: (P,).
    log_likelihood: restricted, up to a constant of the weights; squares: the weighted squares in it.
    """

    mean: Floats
    cop: Floats
    pair: Floats
    covariance: Floats
    cop_covariance: Floats
    cop_variance: Floats
    pair_left: Floats
    pair_reach: Floats
    pair_cop_reach: Floats
    pair_spread: Floats
    log_likelihood: float
    squares: float

    @property
    def pair_variance(self) -> Floats:
        """(P,) float64, how unsure each pair's effect is."""
        return np.asarray(self.pair_left + self.pair_left**2 * self.pair_spread)


def effects_of(layout: Layout, sums: Sums, v: Variances) -> Effects:
    """The posterior mean and covariance of all effects (the best linear unbiased prediction)."""
    from scipy import sparse

    left = v.pair / (1 + v.pair * sums.pair_weight)
    share = 1 - left * sums.pair_weight
    n_pairs = len(left)
    by_cop = sparse.csr_matrix((share, (sums.pair_cop, np.arange(n_pairs))), shape=(sums.n_cops, n_pairs))
    cross, cop_weight = (by_cop @ sums.pair_rows).toarray(), by_cop @ sums.pair_weight
    cop_moment = by_cop @ sums.pair_moment
    cop_left = v.cop / (1 + v.cop * cop_weight)
    scaled = cop_left[:, None] * cross
    within = (sums.pair_rows.T @ (sparse.diags(left) @ sums.pair_rows)).toarray()
    system = sums.gram - within - cross.T @ scaled
    system[np.diag_indices(layout.width)] += _precision(layout, v)
    moment = sums.moment - sums.pair_rows.T @ (left * sums.pair_moment)
    covariance, log_determinant = _inverse(system)
    mean = covariance @ (moment - scaled.T @ cop_moment)
    cop = cop_left * cop_moment - scaled @ mean
    cop_covariance = -scaled @ covariance
    cop_variance = cop_left - (cop_covariance * scaled).sum(axis=1)
    own = sums.pair_cop
    reach = sums.pair_rows @ covariance + sums.pair_weight[:, None] * cop_covariance[own]
    cop_reach = _row_sums(sums.pair_rows, cop_covariance[own]) + sums.pair_weight * cop_variance[own]
    residual = sums.pair_moment - sums.pair_rows @ mean - sums.pair_weight * cop[own]
    squares = float(sums.square - left @ sums.pair_moment**2 - moment @ mean - cop_moment @ cop)
    volume = np.log1p(v.cop * cop_weight).sum() + np.log1p(v.pair * sums.pair_weight).sum()
    return Effects(
        mean=mean,
        cop=cop,
        pair=left * residual,
        covariance=covariance,
        cop_covariance=cop_covariance,
        cop_variance=cop_variance,
        pair_left=left,
        pair_reach=reach,
        pair_cop_reach=cop_reach,
        pair_spread=_row_sums(sums.pair_rows, reach) + sums.pair_weight * cop_reach,
        log_likelihood=float(-(volume + log_determinant - np.log(_precision(layout, v)).sum() + squares) / 2),
        squares=squares,
    )


def centre(effects: Effects, rows: Rows) -> Floats:
    """(N,) float64, the expected log seconds of each row."""
    columns = (effects.mean[rows.index] * rows.value).sum(axis=1)
    return np.asarray(columns + effects.cop[rows.cop] + effects.pair[rows.pair])


def uncertainty(effects: Effects, rows: Rows) -> Floats:
    """(N,) float64, the variance of that expectation, squared log seconds."""
    e, index, value = effects, rows.index, rows.value
    left = e.pair_left[rows.pair]
    shared = (e.cop_covariance[rows.cop[:, None], index] * value).sum(axis=1)
    reach = (e.pair_reach[rows.pair[:, None], index] * value).sum(axis=1) + e.pair_cop_reach[rows.pair]
    of_columns = np.zeros(len(rows))
    for column in range(index.shape[1]):
        towards = (e.covariance[index[:, column][:, None], index] * value).sum(axis=1)
        of_columns += value[:, column] * towards
    known = of_columns + 2 * shared + e.cop_variance[rows.cop]
    variance = left + known - 2 * left * reach + left**2 * e.pair_spread[rows.pair]
    return np.asarray(np.maximum(variance, 0.0))


def _precision(layout: Layout, v: Variances) -> Floats:
    precision = np.full(layout.width, _SLOPE_PRECISION)
    precision[0] = _FREE_PRECISION
    for block in BLOCKS:
        precision[layout.block(block)] = 1 / getattr(v, block)
    return precision


def _row_sums(rows: Any, factor: Floats) -> Floats:
    return np.asarray(rows.multiply(factor).sum(axis=1)).ravel()


def _inverse(system: Floats) -> tuple[Floats, float]:
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(system, lower=True)
    inverse = cho_solve(factor, np.eye(len(system)))
    return np.asarray((inverse + inverse.T) / 2), float(2 * np.log(np.diag(factor[0])).sum())
