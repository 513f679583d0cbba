"""Prices of slots guessed: customers spread over COps, the better a pair the more, until demand meets the slots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.board.view import Customers, View
from optimizer.problem import Floats, Indices

STAGES = ((0.2, 4), (0.1, 4), (0.05, 6))
"""How much a pair may fall short and still be used, as a share of the scale, and how often demand is balanced with it.

Sinkhorn's iteration for transport smoothed by entropy, whose prices come closer to the exact ones the less it is
smoothed (Cuturi 2013): coarse first, because a coarse one settles in a few rounds.
"""

MANY_PAIRS, FINEST = 500_000, (0.025, 8)
"""From so many pairs on a last stage saves solving another part."""

LEAST, MOST = 1e-25, 1e25
SURE = 40.0
"""Odds beyond e to the power of this are as good as certain."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cloud:
    """P pairs by class, and R customers. cls, cell, worth: (P,), cell being COp x channel; start: (C + 1,) of classes;
    slots: (J x Ch,) float64; node, urgency: (R,)."""

    cls: Indices
    cell: NDArray[np.int32]
    worth: Indices
    start: NDArray[np.int32]
    slots: Floats
    node: Indices
    urgency: Indices

    def balanced(self, price: Floats, width: float, rounds: int) -> Floats:
        """(J x Ch,) float64: prices at which demand is nearer the slots; pairs count less by e for each `width`."""
        from scipy.sparse import csr_matrix

        gain, some = self.worth - price[self.cell], np.flatnonzero(np.diff(self.start))
        best = np.zeros(self.start.size - 1)
        best[some] = np.maximum.reduceat(gain, self.start[some])
        weight = np.exp(((gain - best[self.cls]) / width).astype(np.float32))
        chosen = csr_matrix((weight, self.cell, self.start), shape=(best.size, price.size))
        given = chosen.T
        eager, scale = (self.urgency + best[self.node]) / width, np.ones(price.size, np.float32)
        for _ in range(rounds):
            way = np.maximum(chosen @ scale, LEAST)
            wish = 1 / (1 + np.exp(-np.clip(eager + np.log(way)[self.node], -SURE, SURE)))
            wanted = given @ (np.bincount(self.node, wish, best.size) / way).astype(np.float32) * scale
            scale = np.clip(scale * self.slots / np.maximum(wanted, LEAST), LEAST, MOST).astype(np.float32)
        return np.maximum(price - width * np.log(scale.astype(np.float64)), 0.0)


def spread(view: View, who: Customers, price: Indices, among: Indices, scale: float) -> Indices:
    """(J, Ch) int64 units: about what each slot would fetch were `who` (R,) to choose, from a rough `price` (J, Ch).

    Only the pairs `among` (P,) of the view's, ascending, count; `scale`: units, by which their worth differs.
    """
    arcs, free = view.arcs, view.problem.cops.free
    cls = arcs.cls[among]
    cell = arcs.cop[among] * free.shape[1] + view.channel[cls]
    start = np.concatenate(([0], np.cumsum(np.bincount(cls, minlength=len(view.classes)))))
    cloud = _Cloud(
        *(cls, cell.astype(np.int32), arcs.worth[among], start.astype(np.int32)),
        *(free.ravel().astype(np.float64), who.node, who.urgency),
    )
    found = price.ravel().astype(np.float64)
    for share, rounds in (*STAGES, FINEST) if among.size >= MANY_PAIRS else STAGES:
        found = cloud.balanced(found, share * scale, rounds)
    return np.where(free > 0, np.rint(found).astype(np.int64).reshape(free.shape), price)
