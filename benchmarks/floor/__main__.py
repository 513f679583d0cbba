"""Policies on simulated floors: load carried, abandonment, waits, outages and errors, with the spread over seeds.

Nothing was tuned on floors 10 and above, which are simulated here.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.floor import worlds
from benchmarks.floor.circumstances import circumstances
from benchmarks.floor.runs import Row, Task, key_of, perform
from benchmarks.floor.summary import carried, of_policy, ratio, spread_of, table
from simulation.floor import POLICIES, FloorScenario
from simulation.floor.bound import fluid_capacity
from simulation.floor.people import draw_people
from simulation.floor.run import fifo_capacity

RESULT = Path(__file__).parent / "results" / "floor.json"
FIRST_SEED = 10
PRODUCT, FIFO, BEST_GREEDY = "pointsman", "longest_idle", "gcmu"
GREEDY = (FIFO, "least_loaded", "best_cop", BEST_GREEDY)
PEAK, HIGHER = 1.2, 1.3
LOADS: dict[str, tuple[float, ...]] = {
    FIFO: (0.95, 1.0, 1.05, 1.1, PEAK),
    "least_loaded": (0.95, 1.0, 1.05, 1.1, PEAK),
    "best_cop": (1.0, 1.05, 1.1, PEAK, HIGHER),
    BEST_GREEDY: (1.05, 1.1, PEAK, HIGHER),
    "myopic": (1.1, PEAK),
    PRODUCT: (PEAK, HIGHER),
}
SPREADS = ((0.0, 0.0), (0.05, 0.1), (0.1, 0.15))
FIGURES = (
    *("abandonment", "urgent_in_time", "answered_in_time", "mean_wait_seconds", "p95_wait_seconds"),
    *("mean_handle_seconds", "occupancy", "work_gini", "cost"),
)


def main(arguments: Sequence[str]) -> None:
    """Run the parts asked for, keep every run, and write the result after each of them."""
    options = _options(arguments)
    rows: list[Row] = _kept(options.out) if options.resume else []
    done = {key_of(row) for row in rows}
    head = circumstances(list(range(options.first_seed, options.first_seed + options.seeds)), options)
    for part in options.parts:
        tasks = [task for task in _tasks(part, options) if task.key not in done]
        for row in perform(tasks, options.workers):
            rows.append(row)
            done.add(key_of(row))
            print(part, *key_of(row), f"{row['abandonment']:.4f}", flush=True)
            _write(options.out, head, rows, options)
    _write(options.out, head, rows, options)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULT, help="where to write the result")
    parser.add_argument("--seeds", type=int, default=10, help="how many floors")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="0 and 1 are the floors for tuning")
    parser.add_argument("--hours", type=float, default=8.0, help="length of the day that the profile is laid over")
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--resume", action="store_true", help="keep the runs that the result file already holds")
    return parser.parse_args(arguments)


def _load(hours: float) -> list[tuple[FloorScenario, str]]:
    return [(worlds.day(load, hours), policy) for policy, loads in LOADS.items() for load in loads]


def _calm(hours: float) -> list[tuple[FloorScenario, str]]:
    return [(worlds.day(0.95, hours), policy) for policy in (FIFO, BEST_GREEDY, PRODUCT)]


def _small(hours: float) -> list[tuple[FloorScenario, str]]:
    policies = (FIFO, BEST_GREEDY, "myopic", PRODUCT)
    return [(worlds.small(load, hours), policy) for load in (0.95, 1.1) for policy in policies]


def _error(hours: float) -> list[tuple[FloorScenario, str]]:
    return [(worlds.misjudged(0.2, PEAK, hours), policy) for policy in (BEST_GREEDY, PRODUCT)]


def _outage(_: float) -> list[tuple[FloorScenario, str]]:
    return [(worlds.outage(1.1), policy) for policy in (FIFO, BEST_GREEDY, "gcmu_events", PRODUCT)]


def _spread(hours: float) -> list[tuple[FloorScenario, str]]:
    policies = (FIFO, BEST_GREEDY, PRODUCT)
    return [(worlds.spread(cop, pair, PEAK, hours), policy) for cop, pair in SPREADS for policy in policies]


PARTS = {"load": _load, "calm": _calm, "small": _small, "error": _error, "outage": _outage, "spread": _spread}


def _tasks(part: str, options: argparse.Namespace) -> list[Task]:
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    return [Task(scenario, policy, seed) for seed in seeds for scenario, policy in PARTS[part](options.hours)]


def _kept(path: Path) -> list[Row]:
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    return rows


def _write(path: Path, head: dict[str, Any], rows: list[Row], options: argparse.Namespace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {**head, "policies": POLICIES, "claims": _claims(rows), "tables": table(rows, FIGURES), "runs": rows}
    if options.seeds <= len({row["seed"] for row in rows}):
        result["fluid_bound"] = _bounds(sorted({row["seed"] for row in rows}), options.hours)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _claims(rows: list[Row]) -> dict[str, Any]:
    """What issue 4 asks for, each with its peer in the same runs."""
    peak = f"day {PEAK:g}"
    loads = {policy: carried(rows, policy, LOADS[policy]) for policy in LOADS}
    both = loads[PRODUCT].keys() & loads[FIFO].keys()
    gain = [loads[PRODUCT][seed] / loads[FIFO][seed] - 1 for seed in sorted(both)]
    outage = of_policy(rows, "outage at 1.1", PRODUCT, "outage_hour_abandonment")
    peer = of_policy(rows, "outage at 1.1", "gcmu_events", "outage_hour_abandonment")
    return {
        "load_carried": {policy: spread_of(list(found.values())) for policy, found in loads.items() if found},
        "load_carried_against_longest_idle": spread_of(gain) if gain else None,
        "handle_time_against_longest_idle": ratio(rows, peak, "mean_handle_seconds", PRODUCT, FIFO),
        "outage_hour_abandonment": spread_of(list(outage.values())) if outage else None,
        "outage_hour_abandonment_events_only": spread_of(list(peer.values())) if peer else None,
    }


def _bounds(seeds: Sequence[int], hours: float) -> dict[str, Any]:
    """Capacity of the fluid program over that of longest idle: no policy carries more."""
    scenario = worlds.day(1.0, hours)
    found = {seed: fluid_capacity(scenario, draw_people(scenario, seed)) for seed in seeds}
    return spread_of([found[seed] / fifo_capacity(scenario, seed) for seed in seeds])


if __name__ == "__main__":
    main(sys.argv[1:])
