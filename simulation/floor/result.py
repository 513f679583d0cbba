"""What a run came to: rates, times, tables and a time series, as plain values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.floor.ledger import Ledger, Stage
from simulation.floor.world import World

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
BIN_SECONDS = 300.0
PERCENTILES = (50, 90, 95, 99)
ABANDON_COST, LATE_COST = 5.0, 2.0
"""What leaving and a missed target cost beside a minute of waiting, in the weighted cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """A group of customers. Shares are of those whose story ended; waits are of the answered, in seconds."""

    customers: int
    abandonment: float
    answered_in_time: float
    mean_wait_seconds: float
    p95_wait_seconds: float
    mean_handle_seconds: float


@dataclass(frozen=True, slots=True)
class Moment:
    """Five minutes from `at` seconds after the start: what became of those who wrote in them."""

    at: float
    arrived: int
    abandoned: int
    mean_wait_seconds: float
    answered_in_time: float


@dataclass(frozen=True, slots=True)
class FloorResult:
    """One run. Everything but the first five counts is of customers who wrote after the warm-up.

    arrived = served + abandoned + unfinished. `answered_in_time` counts those who left as not answered;
    `urgent_in_time` is the same of fraud and vulnerable customers. `mean_wait_seconds` is of the answered,
    `mean_queue_seconds` of everybody, until the answer or until they left. `cost` is the mean over customers, weighted
    by importance, of minutes waited + 5 where they left + 2 where the target was missed. Handle time is work only,
    never the time others had the COp's attention. `work_gini`: 0 where every COp works equally long.
    `least_abandonment`: no policy has less on this day; None where that was not asked, or no such bound is known.
    """

    scenario: str
    policy: str
    seed: int
    per_minute_at_peak: float
    arrived: int
    served: int
    abandoned: int
    unfinished: int
    measured: int
    abandonment: float
    answered_in_time: float
    urgent_in_time: float
    mean_wait_seconds: float
    mean_queue_seconds: float
    wait_percentiles: Mapping[str, float]
    mean_handle_seconds: float
    handovers: float
    occupancy: float
    work_gini: float
    cost: float
    mean_waiting: float
    mean_working: float
    overall: Row
    by_priority: Mapping[str, Row]
    by_market: Mapping[str, Row]
    by_language: Mapping[str, Row]
    by_family: Mapping[str, Row]
    series: tuple[Moment, ...]
    counts: Mapping[str, int]
    notes: Mapping[str, float]
    least_abandonment: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the same seed gives the same bytes."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Stories:
    """N measured customers as arrays: what became of each, and who they are.

    gone, answered: (N,) bool; wait: (N,) float64, s until the answer or until they left; in_time: (N,) bool;
    worked: (N,) float64, s; index: (N,) int64 into the demand.
    """

    index: NDArray[np.int64]
    gone: Flags
    answered: Flags
    wait: Floats
    in_time: Flags
    worked: Floats

    @classmethod
    def of(cls, world: World, ledger: Ledger) -> "Stories":
        """Customers after the warm-up whose wait has ended."""
        demand = world.demand
        stage, answered = np.array(ledger.stage, np.int64), np.array(ledger.answered)
        left, worked = np.array(ledger.left), np.array(ledger.worked)
        ended = (answered >= 0) | (stage == Stage.GONE)
        index = np.flatnonzero((demand.at >= world.scenario.warm_up_minutes * 60) & ended)
        has_answer = answered[index] >= 0
        wait = np.where(has_answer, answered[index], left[index]) - demand.at[index]
        in_time = has_answer & (wait <= demand.target[index])
        return cls(index, stage[index] == Stage.GONE, has_answer, wait, in_time, worked[index])

    def row(self, chosen: Flags) -> Row:
        """The figures of the customers where `chosen` (N,) is true."""
        waits = self.wait[chosen & self.answered]
        return Row(
            customers=int(chosen.sum()),
            abandonment=_mean(self.gone[chosen]),
            answered_in_time=_mean(self.in_time[chosen]),
            mean_wait_seconds=_mean(waits),
            p95_wait_seconds=float(np.percentile(waits, 95)) if waits.size else 0.0,
            mean_handle_seconds=_mean(self.worked[chosen & self.answered & ~self.gone]),
        )


def result_of(world: World, ledger: Ledger, policy: str) -> FloorResult:
    """Everything measured about one run."""
    stories, demand, scenario = Stories.of(world, ledger), world.demand, world.scenario
    stage = np.array(ledger.stage, np.int64)
    served, gone = int((stage == Stage.DONE).sum()), int((stage == Stage.GONE).sum())
    everybody = np.ones(stories.index.size, np.bool_)
    overall = stories.row(everybody)
    urgent = demand.priority[stories.index] == 1
    waits = stories.wait[stories.answered]
    window = scenario.seconds - scenario.warm_up_minutes * 60
    busy = np.array(ledger.busy)[~world.people.is_agent]
    return FloorResult(
        scenario=scenario.name,
        policy=policy,
        seed=world.seed,
        per_minute_at_peak=world.per_second * 60,
        arrived=len(demand),
        served=served,
        abandoned=gone,
        unfinished=len(demand) - served - gone,
        measured=int(stories.index.size),
        abandonment=overall.abandonment,
        answered_in_time=overall.answered_in_time,
        urgent_in_time=_mean(stories.in_time[urgent]),
        mean_wait_seconds=overall.mean_wait_seconds,
        mean_queue_seconds=_mean(stories.wait),
        wait_percentiles={f"p{p}": float(np.percentile(waits, p)) if waits.size else 0.0 for p in PERCENTILES},
        mean_handle_seconds=overall.mean_handle_seconds,
        handovers=float(np.array(ledger.handovers)[stories.index].sum() / max(stories.index.size, 1)),
        occupancy=ledger.work_area / max(window * float(world.people.slots.sum()), 1e-9),
        work_gini=gini(busy),
        cost=_cost(world, stories),
        mean_waiting=ledger.queue_area / max(window, 1e-9),
        mean_working=ledger.work_area / max(window, 1e-9),
        overall=overall,
        by_priority=_table(stories, demand.priority - 1, ("1", "2", "3")),
        by_market=_table(stories, demand.market, tuple(name for name, _ in scenario.arrivals.markets)),
        by_language=_table(stories, demand.language, tuple(name for name, _ in scenario.arrivals.languages)),
        by_family=_table(
            stories, world.people.kinds.family[demand.kind], tuple(str(at) for at in range(scenario.issues.families))
        ),
        series=_series(world, stories),
        counts=dict(sorted(ledger.counts.items())),
        notes=dict(sorted(ledger.notes.items())),
    )


def gini(amounts: Floats) -> float:
    """Inequality of `amounts` (M,): 0 where all are equal, towards 1 where one has everything."""
    ordered, n = np.sort(amounts), amounts.size
    if n == 0 or ordered.sum() <= 0:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def _table(stories: Stories, group: NDArray[np.int64], names: tuple[str, ...]) -> dict[str, Row]:
    of = group[stories.index]
    return {name: stories.row(of == at) for at, name in enumerate(names)}


def _series(world: World, stories: Stories) -> tuple[Moment, ...]:
    at = world.demand.at[stories.index] // BIN_SECONDS
    found = []
    for step in np.unique(at).tolist():
        chosen = at == step
        row = stories.row(chosen)
        gone = int(stories.gone[chosen].sum())
        found.append(Moment(step * BIN_SECONDS, row.customers, gone, row.mean_wait_seconds, row.answered_in_time))
    return tuple(found)


def _cost(world: World, stories: Stories) -> float:
    weight = np.array(world.scenario.customers.importance)[world.demand.priority[stories.index] - 1]
    each = stories.wait / 60 + ABANDON_COST * stories.gone + LATE_COST * ~stories.in_time
    return float((weight * each).sum() / weight.sum()) if weight.sum() > 0 else 0.0


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else 0.0
