"""The dual of keeping as many customers as possible: prices of each COp's time, block by block, and what they prove."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

SMOOTHING = (0.1, 0.03, 0.01)
"""How blurred minimum and maximum are, in log price and in customers: coarse first, or a ridge stops the search."""

MOST_STEPS = 60
"""Steps at each smoothing."""

LEAST_PRICE = 1e-9
"""Prices stay above zero, so that they have a logarithm."""


@dataclass(frozen=True, slots=True, eq=False)
class Asks:
    """N customers and the work they bring.

    stream: (N,) int64, what kind of work; factor: (N,) float64, work as a multiple of what is expected; first, last:
    (N,) int64, the blocks of time that their work may lie in.
    """

    stream: Indices
    factor: Floats
    first: Indices
    last: Indices


@dataclass(frozen=True, slots=True, eq=False)
class KeepingDual:
    """The dual, in units of a typical customer's work.

    A cell is a (stream, block) that somebody's work may lie in. log_work: (P,) float64, of each pair of a cell and an
    able COp, by cell; slot: (P,) int64, the pair's (COp, block) as an index into prices; pair_at: (L,) int64, where
    each cell's pairs begin; time: (M x B,) float64; log_factor: (N,) float64; cell: (E,) int64, each customer's cells;
    cell_at: (N,) int64, where each customer's begin.
    """

    log_work: Floats
    slot: Indices
    pair_at: Indices
    time: Floats
    log_factor: Floats
    cell: Indices
    cell_at: Indices

    @classmethod
    def of(cls, able: Flags, seconds: Floats, time: Floats, asks: Asks) -> "KeepingDual":
        """The dual of customers `asks`.

        able: (C, M) bool, may the COp serve the stream; seconds: (C, M) float64, expected work; time: (M, B) float64,
        the most seconds of work in each block.
        """
        n_blocks = time.shape[1]
        width = asks.last - asks.first + 1
        at = np.cumsum(width) - width
        block = np.arange(int(width.sum())) - np.repeat(at - asks.first, width)
        cells, cell = np.unique(np.repeat(asks.stream, width) * n_blocks + block, return_inverse=True)
        row, cop = np.nonzero(able[cells // n_blocks])
        unit = float(seconds[able].mean())
        return cls(
            log_work=np.log(seconds[cells[row] // n_blocks, cop] / unit),
            slot=cop * n_blocks + cells[row] % n_blocks,
            pair_at=np.searchsorted(row, np.arange(cells.size)),
            time=time.ravel() / unit,
            log_factor=np.log(np.maximum(asks.factor, 1e-12)),
            cell=cell.astype(np.int64).ravel(),
            cell_at=at,
        )

    def least(self) -> float:
        """The lowest bound found on how many can be kept."""
        minimize = import_module("scipy.optimize").minimize
        price = np.full(self.time.size, 0.3)
        found = float(self.log_factor.size)
        for smoothing in SMOOTHING:
            step = minimize(
                self.smooth,
                price,
                args=(smoothing,),
                jac=True,
                method="L-BFGS-B",
                bounds=[(LEAST_PRICE, None)] * price.size,
                options={"maxiter": MOST_STEPS},
            )
            price = np.maximum(step.x, LEAST_PRICE)
            found = min(found, self.kept(price))
        return found

    def kept(self, price: Floats) -> float:
        """The bound that prices (M x B,), above 0, prove: no way of serving keeps more customers."""
        cheapest = np.minimum.reduceat(np.log(price)[self.slot] + self.log_work, self.pair_at)
        work = np.exp(np.minimum.reduceat(cheapest[self.cell], self.cell_at) + self.log_factor)
        return float(self.time @ price + np.maximum(1.0 - work, 0.0).sum())

    def smooth(self, price: Floats, smoothing: float) -> tuple[float, Floats]:
        """The blurred bound and its gradient, both a customer."""
        n = self.log_factor.size
        cheapest, by_pair = _least(np.log(price)[self.slot] + self.log_work, self.pair_at, smoothing)
        least, by_cell = _least(cheapest[self.cell], self.cell_at, smoothing)
        work = np.exp(np.minimum(least + self.log_factor, 50.0))
        above = (1.0 - work) / smoothing
        slope = -work / (1.0 + np.exp(-np.clip(above, -700.0, 700.0)))
        width = np.diff(np.append(self.cell_at, self.cell.size))
        of_cell = np.bincount(self.cell, np.repeat(slope, width) * by_cell, cheapest.size)
        pairs = np.diff(np.append(self.pair_at, self.slot.size))
        of_price = np.bincount(self.slot, np.repeat(of_cell, pairs) * by_pair, price.size) / price
        value = self.time @ price + smoothing * np.logaddexp(0.0, above).sum()
        return float(value) / n, np.asarray(self.time + of_price) / n


def _least(values: Floats, at: Indices, smoothing: float) -> tuple[Floats, Floats]:
    """The blurred least of each run of `values` that begins `at`, and how much of it each value is."""
    width = np.diff(np.append(at, values.size))
    lowest = np.minimum.reduceat(values, at)
    weight = np.exp(-(values - np.repeat(lowest, width)) / smoothing)
    total = np.add.reduceat(weight, at)
    return lowest - smoothing * np.log(total), weight / np.repeat(total, width)
