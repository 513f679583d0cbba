"""Policies on simulated floors: load carried, abandonment, waits, outages and errors, with the spread over seeds.

Nothing was tuned on floors 10 and above, which are simulated here.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.circumstances import circumstances
from benchmarks.floor import worlds
from benchmarks.floor.known import Known, known_of
from benchmarks.floor.runs import Row, Task, key_of, perform
from benchmarks.floor.summary import carried, of_policy, ratio, spread_of, table
from benchmarks.floor.worlds import Day
from simulation.floor import POLICIES, FloorScenario
from simulation.floor.bound import fluid_capacity
from simulation.floor.people import draw_people
from simulation.floor.policies.registry import PRICING, TUNED
from simulation.floor.run import fifo_capacity

RESULT = Path(__file__).parent / "results" / "floor.json"
WHAT = "policies on simulated floors; each figure's mean and spread over seeds, common random numbers"
FIRST_SEED = 10
PRODUCT, FIFO, BEST_GREEDY = "pointsman", "longest_idle", "gcmu"
GREEDY = (FIFO, "least_loaded", "best_cop", BEST_GREEDY)
PEAK, HIGHER, LOG_ERROR = 1.2, 1.3, 0.2
LOADS: dict[str, tuple[float, ...]] = {
    FIFO: (0.95, 1.0, 1.05, 1.1, 1.15),
    "least_loaded": (0.95, 1.0, 1.05, 1.1, 1.15),
    "best_cop": (1.0, 1.05, 1.1, 1.15, HIGHER),
    BEST_GREEDY: (1.05, 1.1, 1.15, HIGHER),
    PRODUCT: (HIGHER,),
}
NO_SPREAD, HALF_SPREAD = (0.0, 0.0), (0.075, 0.125)
FIGURES = (
    *("abandonment", "urgent_in_time", "answered_in_time", "mean_wait_seconds", "p95_wait_seconds"),
    *("mean_handle_seconds", "occupancy", "work_gini", "cost"),
)


def main(arguments: Sequence[str]) -> None:
    """Run the parts asked for, keep every run, and write the result after each of them."""
    options = _options(arguments)
    rows: list[Row] = _kept(options.out) if options.resume or options.renew else []
    done = {key_of(row) for row in rows if row["policy"] not in options.renew}
    head = _head(options)
    for part in options.parts:
        tasks = [task for task in _tasks(part, options) if task.key not in done]
        for row in perform(tasks, options.workers):
            rows = [each for each in rows if key_of(each) != key_of(row)]
            rows.append({**row, "commit": head["commit"][:7]})
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
    parser.add_argument("--tick", type=float, default=0.5, help="least seconds between two rounds of global matching")
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--resume", action="store_true", help="keep the runs that the result file already holds")
    parser.add_argument(
        "--renew", nargs="+", default=[], choices=POLICIES, help="resume, but run these policies again, run by run"
    )
    return parser.parse_args(arguments)


Runs = list[tuple[FloorScenario, str]]


def _peak(length: Day) -> Runs:
    return [(worlds.day(PEAK, length), policy) for policy in (*GREEDY, PRODUCT)]


def _loads(length: Day) -> Runs:
    return [(worlds.day(load, length), policy) for policy, loads in LOADS.items() for load in loads]


def _myopic(length: Day) -> Runs:
    return [(worlds.day(PEAK, length), "myopic")]


def _calm(length: Day) -> Runs:
    quick = replace(length, hours=length.hours / 4, tick_seconds=min(length.tick_seconds, 0.25))
    return [(worlds.calm(quick), policy) for policy in (FIFO, BEST_GREEDY, PRODUCT)]


def _small(length: Day) -> Runs:
    policies = (FIFO, BEST_GREEDY, PRODUCT)
    return [(worlds.small(load, length), policy) for load in (0.95, 1.1) for policy in policies]


def _error(length: Day) -> Runs:
    return [(worlds.misjudged(LOG_ERROR, PEAK, length), policy) for policy in (BEST_GREEDY, PRODUCT)]


def _outage(length: Day) -> Runs:
    return [(worlds.outage(1.1, length), policy) for policy in (FIFO, BEST_GREEDY, "gcmu_events", PRODUCT)]


def _no_spread(length: Day) -> Runs:
    return [(worlds.spread(*NO_SPREAD, PEAK, length), policy) for policy in (FIFO, BEST_GREEDY, PRODUCT)]


def _half_spread(length: Day) -> Runs:
    return [(worlds.spread(*HALF_SPREAD, PEAK, length), policy) for policy in (FIFO, BEST_GREEDY, PRODUCT)]


PARTS: dict[str, Callable[[Day], Runs]] = {
    "peak": _peak,
    "loads": _loads,
    "outage": _outage,
    "error": _error,
    "small": _small,
    "calm": _calm,
    "no_spread": _no_spread,
    "half_spread": _half_spread,
    "myopic": _myopic,
}


def _head(options: argparse.Namespace) -> dict[str, Any]:
    import numpy
    import ortools
    import scipy

    about = {
        "seeds": list(range(options.first_seed, options.first_seed + options.seeds)),
        "hours": options.hours,
        "tick_seconds": options.tick,
        "tuned": dict(TUNED),
        "price_refresh_seconds": PRICING.refresh_seconds,
    }
    versions = {each.__name__: each.__version__ for each in (numpy, ortools, scipy)}
    return {**circumstances(WHAT, about, "optimizer", "simulation", "benchmarks/floor"), "versions": versions}


def _tasks(part: str, options: argparse.Namespace) -> list[Task]:
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    length = Day(options.hours, options.tick)
    return [Task(scenario, policy, seed) for seed in seeds for scenario, policy in PARTS[part](length)]


def _kept(path: Path) -> list[Row]:
    """The runs of a result file, each with the commit it was made at."""
    if not path.exists():
        return []
    document = json.loads(path.read_text(encoding="utf-8"))
    return [{"commit": document["commit"][:7], **row} for row in document["runs"]]


def _write(path: Path, head: dict[str, Any], rows: list[Row], options: argparse.Namespace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        **head,
        "seeds": sorted({row["seed"] for row in rows}),
        "policies": POLICIES,
        "claims": _claims(rows),
        "tables": table(rows, FIGURES),
        "runs": rows,
    }
    if options.seeds <= len({row["seed"] for row in rows}):
        seeds = tuple(sorted({row["seed"] for row in rows}))
        result["fluid_bound"] = _bounds(seeds)
        result["known_with_error"] = {"log_error": LOG_ERROR, **_known(seeds)}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _claims(rows: list[Row]) -> dict[str, Any]:
    """What issue 4 asks for, each with its peer in the same runs."""
    peak = f"day {PEAK:g}"
    loads = {policy: carried(rows, policy, (*LOADS[policy], PEAK)) for policy in LOADS}
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


@cache
def _bounds(seeds: tuple[int, ...]) -> dict[str, Any]:
    """Capacity of the fluid program over that of longest idle: no policy carries more."""
    scenario = worlds.day(1.0, Day(8.0, 1.0))
    found = {seed: fluid_capacity(scenario, draw_people(scenario, seed)) for seed in seeds}
    return spread_of([found[seed] / fifo_capacity(scenario, seed) for seed in seeds])


@cache
def _known(seeds: tuple[int, ...]) -> dict[str, Any]:
    """How right predictions are with the error of handle times, and what can be carried by them."""
    scenario = worlds.misjudged(LOG_ERROR, PEAK, Day(8.0, 1.0))
    found = [known_of(scenario, seed) for seed in seeds]
    return {name: spread_of(values) for name, values in zip(Known._fields, zip(*found, strict=True), strict=True)}


if __name__ == "__main__":
    main(sys.argv[1:])
