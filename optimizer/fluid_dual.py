"""The fluid program's dual, climbed by a smooth approximation: for floors too large for the simplex.

With a price y of one more arrival of each stream, a COp's second is worth z = max over streams of y / seconds, and

    sum of rate x y  -  sum over COps and steps of capacity x share x max(z - price, 0),   0 <= y <= overflow

is below the program's least cost for every y: a bound that proves how close the result is.
"""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from optimizer.fluid_program import FluidProgram
from optimizer.problem import Floats, Indices

SMOOTHING = (0.1, 0.03, 0.01, 0.003, 0.001)
"""How blurred maximum and steps are, in log price: coarse first, so that the climb does not stop on a ridge."""

MOST_STEPS = 200
"""Steps at each smoothing."""

LEAST_PRICE = 1e-6
"""Prices stay above zero, so that they have a logarithm."""


def ascend(program: FluidProgram) -> tuple[Floats, float]:
    """(C,) price of one more arrival of each stream, and a lower bound of the cost a second."""
    minimize = import_module("scipy.optimize").minimize
    dual = _Dual.of(program)
    most = program.overflow / dual.unit
    price = np.full(most.size, 1.2)
    for smoothing in SMOOTHING:
        found = minimize(
            dual.negative,
            price,
            args=(smoothing,),
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([np.full(most.size, LEAST_PRICE), most], axis=1),
            options={"maxiter": MOST_STEPS},
        )
        price = np.clip(found.x, LEAST_PRICE, most)
    return price * dual.unit, bound_of(program, price * dual.unit)


def bound_of(program: FluidProgram, price: Floats) -> float:
    """The dual's value at `price` (C,): no way of serving everyone costs less."""
    worth = np.zeros(program.capacity.size)
    np.maximum.at(worth, program.cop, price[program.stream] / program.seconds)
    above = np.maximum(worth[:, None] - program.step_price, 0.0)
    return float(program.rate @ price - (program.capacity[:, None] * program.step_share * above).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Dual:
    """The pairs by COp: start (M',) int64 of each COp's pairs, width (M',) how many; steps (M', S) seconds a second.

    Prices are in `unit` (C,), the stream's shortest work at the lowest price, and the value in those of all arrivals,
    so that every number the minimiser sees is near 1.
    """

    share: Floats
    stream: Indices
    log_work: Floats
    start: Indices
    width: Indices
    steps: Floats
    step_price: Floats
    unit: Floats

    @classmethod
    def of(cls, program: FluidProgram) -> "_Dual":
        order = np.argsort(program.cop, kind="stable")
        cops, start, width = np.unique(program.cop[order], return_index=True, return_counts=True)
        unit = program.overflow / program.overflow_price * float(program.step_price[0])
        whole = float(program.rate @ unit)
        steps = program.capacity[cops][:, None] * program.step_share / whole
        stream = program.stream[order]
        log_work = np.log(program.seconds[order] / unit[stream])
        return cls(program.rate * unit / whole, stream, log_work, start, width, steps, program.step_price, unit)

    def negative(self, price: Floats, smoothing: float) -> tuple[float, Floats]:
        """The smoothed dual and its gradient, both negated for a minimiser."""
        log_worth = np.log(price)[self.stream] - self.log_work
        highest = np.maximum.reduceat(log_worth, self.start)
        weight = np.exp((log_worth - np.repeat(highest, self.width)) / smoothing)
        total = np.add.reduceat(weight, self.start)
        worth = np.exp(highest + smoothing * np.log(total))
        above = (worth[:, None] / self.step_price - 1) / smoothing
        cost = (self.steps * self.step_price * smoothing * np.logaddexp(0, above)).sum()
        used = (self.steps / (1 + np.exp(-np.clip(above, -700, 700)))).sum(axis=1) * worth / total
        slope = np.bincount(self.stream, np.repeat(used, self.width) * weight, price.size) / price
        return float(cost - self.share @ price), np.asarray(slope - self.share)
