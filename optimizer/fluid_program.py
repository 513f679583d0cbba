"""The fluid program as arrays, and its exact solution by the simplex method."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from optimizer.errors import SolverError
from optimizer.problem import Floats, Indices

MOST_SECONDS = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class FluidProgram:
    """C streams over M COps through P pairs.

    rate: (C,) float64, arrivals a second; stream, cop: (P,) int64, by stream then COp, every stream at least once;
    seconds: (P,) float64 of work; capacity: (M,) float64, seconds of work a second; step_share, step_price: (S,)
    float64, prices never falling; overflow_price: of a second of the stream's shortest work that nobody does.
    """

    rate: Floats
    stream: Indices
    cop: Indices
    seconds: Floats
    capacity: Floats
    step_share: Floats
    step_price: Floats
    overflow_price: float

    @property
    def overflow(self) -> Floats:
        """(C,) float64: what leaving one arrival of each stream undone costs; no arrival is priced higher."""
        shortest = np.full(self.rate.size, np.inf)
        np.minimum.at(shortest, self.stream, self.seconds)
        return np.asarray(self.overflow_price * shortest)


def solve_exactly(program: FluidProgram) -> tuple[Floats, float]:
    """(C,) price of one more arrival of each stream, and the least cost a second; `SolverError` when too late."""
    linprog = import_module("scipy.optimize").linprog
    n_pairs, n_streams, n_cops = program.cop.size, program.rate.size, program.capacity.size
    widths = program.capacity[:, None] * program.step_share
    prices = np.tile(program.step_price, n_cops)
    cost = np.concatenate([np.zeros(n_pairs), program.overflow, prices])
    most = np.concatenate([np.full(n_pairs + n_streams, np.inf), widths.ravel()])
    needed = np.concatenate([program.rate, np.zeros(n_cops)])
    bounds = np.stack([np.zeros_like(most), most], axis=1)
    limits = {"time_limit": MOST_SECONDS}
    solved = linprog(cost, A_eq=_balances(program), b_eq=needed, bounds=bounds, method="highs-ds", options=limits)
    if solved.status != 0:
        raise SolverError(f"the fluid program ended with: {solved.message}")
    return np.clip(solved.eqlin.marginals[:n_streams], 0.0, program.overflow), float(solved.fun)


def _balances(program: FluidProgram) -> object:
    """Rows: each stream is served or overflows; each COp's steps add up to their work."""
    coo_matrix = import_module("scipy.sparse").coo_matrix
    n_pairs, n_streams, n_cops = program.cop.size, program.rate.size, program.capacity.size
    n_steps = program.step_share.size
    pair, stream, step = np.arange(n_pairs), np.arange(n_streams), np.arange(n_cops * n_steps)
    ones = np.ones(n_pairs)
    rows = [program.stream, stream, n_streams + program.cop, n_streams + np.repeat(np.arange(n_cops), n_steps)]
    columns = [pair, n_pairs + stream, pair, n_pairs + n_streams + step]
    values = [ones, np.ones(n_streams), program.seconds, -np.ones(step.size)]
    shape = (n_streams + n_cops, n_pairs + n_streams + step.size)
    return coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsc()
