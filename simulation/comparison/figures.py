"""What is compared: each figure of a run with its title, its unit and which way is better."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from routing.domain.what_if_answer import Better, Unit
from simulation.floor import FloorResult


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a run."""

    name: str
    title: str
    unit: Unit
    better: Better
    of: Callable[[FloorResult], float]

    @property
    def bounds(self) -> tuple[float, float]:
        """What the figure can be at all; intervals of it are cut there."""
        return (0.0, math.inf) if self.unit is Unit.SECONDS else (0.0, 1.0)

    def said(self, value: float, signed: bool = False) -> str:
        """The value as people read it; `signed` for a difference."""
        return self.unit.said(value, signed)


FIGURES: tuple[Figure, ...] = (
    Figure("abandonment", "Abandonment", Unit.SHARE, Better.LOWER, lambda r: r.abandonment),
    Figure("answered_in_time", "Answered in time", Unit.SHARE, Better.HIGHER, lambda r: r.answered_in_time),
    Figure("urgent_in_time", "Fraud and vulnerable in time", Unit.SHARE, Better.HIGHER, lambda r: r.urgent_in_time),
    Figure("mean_wait_seconds", "Mean wait", Unit.SECONDS, Better.LOWER, lambda r: r.mean_wait_seconds),
    Figure("p95_wait_seconds", "95 % wait less than", Unit.SECONDS, Better.LOWER, lambda r: r.wait_percentiles["p95"]),
    Figure("mean_handle_seconds", "Mean handle time", Unit.SECONDS, Better.LOWER, lambda r: r.mean_handle_seconds),
    Figure("occupancy", "Occupancy", Unit.SHARE, Better.NEITHER, lambda r: r.occupancy),
    Figure("work_gini", "Spread of work (Gini)", Unit.NUMBER, Better.LOWER, lambda r: r.work_gini),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
LEAST = "Nobody could lose less than"
"""The bound on abandonment, which stands under the first of FIGURES."""
