"""Runs of the simulation, in parallel processes, kept as one flat row each."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks.floor.worlds import OUTAGE_BEGINS, OUTAGE_HOUR
from simulation.floor import FloorResult, FloorScenario, simulate

Row = dict[str, Any]
FIGURES = (
    *("arrived", "measured", "abandonment", "urgent_in_time", "answered_in_time", "mean_wait_seconds"),
    *("mean_handle_seconds", "occupancy", "work_gini", "cost", "per_minute_at_peak"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """One run to make."""

    scenario: FloorScenario
    policy: str
    seed: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells runs of one benchmark apart."""
        return self.scenario.name, self.policy, self.seed


def key_of(row: Row) -> tuple[str, str, int]:
    """The key of the task that a row came from."""
    return row["scenario"], row["policy"], row["seed"]


def perform(tasks: Iterable[Task], workers: int) -> Iterator[Row]:
    """Rows as they are finished; the order of `tasks` keeps a seed's runs together, which share its capacity."""
    if workers == 1:
        yield from map(row_of, tasks)
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(row_of, tasks)


def row_of(task: Task) -> Row:
    """Simulate and keep the figures."""
    found = simulate(task.scenario, task.policy, task.seed)
    figures = {name: _short(getattr(found, name)) for name in FIGURES}
    p95 = _short(found.wait_percentiles["p95"])
    return {
        "scenario": task.scenario.name,
        "policy": task.policy,
        "seed": task.seed,
        "tick_seconds": task.scenario.tick_seconds,
        **figures,
        "p95_wait_seconds": p95,
        "outage_hour_abandonment": _short(outage_hour(found)),
        **{name: found.notes[name] for name in ("ticks", "fallbacks", "largest_gap") if name in found.notes},
    }


def outage_hour(found: FloorResult) -> float:
    """Share of those who wrote in the hour from the outage on who left."""
    hour = [each for each in found.series if OUTAGE_BEGINS <= each.at < OUTAGE_BEGINS + OUTAGE_HOUR]
    return sum(each.abandoned for each in hour) / max(sum(each.arrived for each in hour), 1)


def _short(value: float) -> float:
    return round(value, 6) if isinstance(value, float) else value
