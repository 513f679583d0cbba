"""`python -m benchmarks.matching --out FILE.json`: time and quality of matching on several floors."""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.circumstances import circumstances
from benchmarks.matching import sizes
from benchmarks.matching.floor import FloorSize, make_floor
from benchmarks.matching.peers import assignment_on_slots
from optimizer.decision import Decision, baseline
from optimizer.encoding import encode
from optimizer.matching import match, match_arrays
from optimizer.prepared import prepare
from optimizer.problem import Problem

WHAT = "milliseconds of one tick in one process, one solver thread; p50 and p95 over all seeds and runs"
RESULT = Path(__file__).parent / "results" / "matching.json"
FLOORS = (
    FloorSize(1_000, 100),
    FloorSize(1_000, 1_000),
    FloorSize(5_000, 500),
    FloorSize(10_000, 300),
    FloorSize(10_000, 1_000),
)
PEER_FLOORS = (
    FloorSize(300, 100, one_channel_a_cop=True),
    FloorSize(1_000, 300, one_channel_a_cop=True),
    FloorSize(2_000, 500, one_channel_a_cop=True),
)


def main(arguments: Sequence[str]) -> None:
    """Run everything and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULT, help="where to write the result")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=12, help="timed runs a seed, after one that is not timed")
    parser.add_argument("--only", choices=("floors", "sizes"), help="one half of the suite; both by default")
    parser.add_argument("--sizes-out", type=Path, default=sizes.RESULT, help="where to write the result at any size")
    parser.add_argument("--size", choices=tuple(sizes.CASES), help="one size alone; results of the others stay")
    parser.add_argument("--sizes-seeds", type=int, default=10, help="seeds a size")
    options = parser.parse_args(arguments)
    if options.only != "sizes":
        _write(options.out, _floors(options))
    if options.only != "floors":
        head = {**_circumstances(options), "what": sizes.WHAT, "seeds": list(range(options.sizes_seeds))}
        known = json.loads(options.sizes_out.read_text(encoding="utf-8"))["sizes"] if options.size else {}
        for results in sizes.run(options.sizes_seeds, options.size, known, head["commit"]):
            _write(options.sizes_out, {**head, **results})


def _floors(options: argparse.Namespace) -> dict[str, Any]:
    return {
        **_circumstances(options),
        "floors": [_floor_result(size, options) for size in FLOORS],
        "beside_scipy": [_peer_result(size, options) for size in PEER_FLOORS],
    }


def _write(path: Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _circumstances(options: argparse.Namespace) -> dict[str, Any]:
    import numpy
    import ortools
    import scipy

    about = {"seeds": list(range(options.seeds)), "runs_a_seed": options.runs}
    return {
        **circumstances(WHAT, about, "optimizer", "benchmarks/matching"),
        "environment": {
            name: value for name, value in sorted(os.environ.items()) if name.startswith(("MALLOC_", "OMP_"))
        },
        "versions": {each.__name__: each.__version__ for each in (numpy, ortools, scipy)},
    }


def _floor_result(size: FloorSize, options: argparse.Namespace) -> dict[str, Any]:
    """Arrays in to checked decision out, and snapshot in to checked plan out, on the same floors."""
    rows: list[dict[str, Any]] = []
    arrays_ms: Times = []
    snapshot_ms: Times = []
    for seed in range(options.seeds):
        snapshot = make_floor(size, seed)
        problem, _ = encode(snapshot)
        found, times = _timed(partial(match_arrays, problem), options.runs)
        plan, whole = _timed(partial(match, snapshot), options.runs)
        arrays_ms += times
        snapshot_ms += whole
        greedy, greedy_ms = _timed(partial(_greedy, problem), 1)
        rows.append(
            {
                "seed": seed,
                "classes": found.decision.n_classes,
                "arcs": found.decision.n_arcs,
                "assigned": len(found.decision.rows),
                "fell_back": found.fallback is not None or plan.fallback_reason is not None,
                "build_ms": found.decision.build_ms,
                "solve_ms": found.decision.solve_ms,
                "check_ms": found.check_ms,
                "greedy_processor_ms": greedy_ms[0][1],
                "greedy_gap_percent": _gap(greedy.objective, found.decision.objective),
            }
        )
    print(f"{size.n_waiting} x {size.n_cops}: arrays {_spread(arrays_ms)}, snapshot {_spread(snapshot_ms)}", flush=True)
    return {
        "size": asdict(size),
        "arrays_in_to_checked_plan_out_ms": _spread(arrays_ms),
        "snapshot_in_to_checked_plan_out_ms": _spread(snapshot_ms),
        "by_seed": rows,
    }


def _greedy(problem: Problem) -> Decision:
    return baseline(prepare(problem))


def _peer_result(size: FloorSize, options: argparse.Namespace) -> dict[str, Any]:
    """Beside scipy's assignment with every slot a column: exact here, for each COp works on one channel."""
    rows: list[dict[str, Any]] = []
    ours_ms: Times = []
    peer_ms: Times = []
    for seed in range(options.seeds):
        problem, _ = encode(make_floor(size, seed))
        found, times = _timed(partial(match_arrays, problem), options.runs)
        best, spent = _timed(partial(assignment_on_slots, problem), 1)
        greedy = _greedy(problem)
        ours_ms += times
        peer_ms += spent
        rows.append(
            {
                "seed": seed,
                "objective": found.decision.objective,
                "scipy_objective": best,
                "gap": best - found.decision.objective,
                "greedy_gap_percent": _gap(greedy.objective, best),
            }
        )
    print(f"{size.n_waiting} x {size.n_cops}: ours {_spread(ours_ms)}, scipy {_spread(peer_ms)}", flush=True)
    return {
        "size": asdict(size),
        "ours_arrays_in_to_checked_plan_out_ms": _spread(ours_ms),
        "scipy_linear_sum_assignment_ms": _spread(peer_ms),
        "largest_gap": max(abs(row["gap"]) for row in rows),
        "by_seed": rows,
    }


Times = list[tuple[float, float]]
"""Milliseconds by the clock, and milliseconds of processor time, of each run."""


def _timed(call: Callable[[], Any], runs: int) -> tuple[Any, Times]:
    """The result and the times of each of `runs` calls, after one that warms caches up."""
    result = call()
    times = []
    for _ in range(runs):
        clock, processor = perf_counter(), process_time()
        result = call()
        times.append(((perf_counter() - clock) * 1000, (process_time() - processor) * 1000))
    return result, times


def _spread(times: Times) -> dict[str, dict[str, float]]:
    """On a shared machine the clock also counts others' work; processor time counts this process alone."""
    clock, processor = zip(*times, strict=True)
    return {"clock": _quantiles(clock), "processor": _quantiles(processor)}


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    at = round(0.95 * (len(ordered) - 1))
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[at], 2),
        "min": round(ordered[0], 2),
        "max": round(ordered[-1], 2),
    }


def _gap(found: int, best: int) -> float:
    return round(100 * (best - found) / best, 4) if best else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])
