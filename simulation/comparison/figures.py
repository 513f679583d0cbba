"""What is compared: each figure of a run with its title, its unit and which way is better."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from simulation.floor import FloorResult


class Better(StrEnum):
    """Which way a figure should go."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Unit(StrEnum):
    """How a figure is written."""

    SHARE = "share"
    SECONDS = "seconds"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a run."""

    name: str
    title: str
    unit: Unit
    better: Better
    of: Callable[[FloorResult], float]

    def said(self, value: float, signed: bool = False) -> str:
        """The value as people read it."""
        if self.unit is Unit.SHARE:
            text = f"{100 * value:.2f} %"
        elif self.unit is Unit.SECONDS:
            text = f"{value:.1f} s"
        else:
            text = f"{value:.3f}"
        return f"+{text}" if signed and value > 0 else text


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
