"""Every size and seed, each in a process of its own, and what they come to together."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.matching.at_size import Case, measure

RESULT = Path(__file__).parent / "results" / "sizes.json"
WHAT = (
    "the board at size: milliseconds by the clock and of processor time, one process a seed, one thread; ticks run "
    "from events in to checked and proven plan out"
)
LARGEST_SEEDS = 1
"""Seeds of the largest floor, which takes minutes to fill and plan."""

CASES = {
    "1M x 5k": Case(1_000_000, 5_000, ticks=300, peer_ticks=1, peer_replan=True),
    "1M x 10k, bursts": Case(1_000_000, 10_000, freed=1_250, ticks=40, replans=0, peer_ticks=1),
    "1k x 300, beside exact solvers": Case(1_000, 300, ticks=100, exact_peers=True),
    "10k x 1k, beside exact solvers": Case(10_000, 1_000, ticks=100, peer_replan=True, exact_peers=True),
    "100k x 5k, beside exact solvers": Case(100_000, 5_000, ticks=100, peer_replan=True, exact_peers=True),
    "10M x 50k": Case(10_000_000, 50_000, freed=312, ticks=20, replans=1),
}


def run(seeds: int, only: str | None, known: dict[str, Any], commit: str) -> Iterator[dict[str, Any]]:
    """All cases, or `only` one, on `seeds` seeds each, fewer of the largest: what is known after each case.

    `known` are results of an earlier run, which stay where a case is not run again; each says from which commit it is.
    """
    results = dict(known)
    for name, case in CASES.items():
        if only not in (None, name):
            continue
        n = min(seeds, LARGEST_SEEDS) if case.n_waiting >= 10_000_000 else seeds
        by_seed = [_apart(name, seed) for seed in range(n)]
        results[name] = {"commit": commit, "summary": summary(by_seed), "by_seed": [_short(each) for each in by_seed]}
        print(f"{name}: {json.dumps(results[name]['summary'])}", flush=True)
        yield {"sizes": results}


def _apart(name: str, seed: int) -> dict[str, Any]:
    """In a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.matching.sizes", name, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}, seed {seed}: {done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def summary(by_seed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Quantiles over all ticks of all seeds, the largest gap, and ratios to the peers."""
    ticks = np.array([row for each in by_seed for row in each["ticks"]["times_ms"]])
    replans = np.array([row for each in by_seed for row in each["replan"].get("times_ms", [])])
    found: dict[str, Any] = {
        "tick_ms": {"clock": _quantiles(ticks[:, 0]), "processor": _quantiles(ticks[:, 1])},
        "tick_p99_by_seed_ms": [_quantiles(np.array(each["ticks"]["times_ms"])[:, 0])["p99"] for each in by_seed],
        "largest_gap": max(max(each["ticks"]["largest_gap"], each["replan"].get("gap", 0)) for each in by_seed),
        "fallbacks": sum(each["ticks"]["fallbacks"] for each in by_seed),
        "peak_mb": max(each["peak_mb"] for each in by_seed),
    }
    if replans.size:
        found["replan_ms"] = {"clock": _quantiles(replans[:, 0]), "processor": _quantiles(replans[:, 1])}
    for kind in ("tick", "replan"):
        found |= _beside_top_ten(kind, [each["peers"][kind] for each in by_seed if kind in each["peers"]])
    return found | _beside_exact([each["peers"]["exact"] for each in by_seed if "exact" in each["peers"]])


def _beside_top_ten(kind: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {}
    theirs = np.array([np.add(row["top_ten"]["build_ms"], row["top_ten"]["solve_ms"]) for row in rows])
    ours = np.array([row["ours_ms"] for row in rows])
    lost = [1 - row["top_ten"]["objective"] / row["ours"]["objective"] for row in rows]
    return {
        f"{kind}_beside_ten_arcs_each": {
            "ours_ms": _quantiles(ours[:, 0]),
            "theirs_ms": _quantiles(theirs[:, 0]),
            "times_faster": _quantiles(theirs[:, 0] / ours[:, 0]),
            "value_they_lose_percent": _quantiles(100 * np.array(lost)),
            "peak_mb_with_them": max(row["peak_mb"] for row in rows),
        }
    }


def _beside_exact(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("or_tools", "lemon", "scipy"):
        solved = [row for row in rows if "objective" in row[name]]
        if solved:
            gap = max(abs(row[name]["objective"] - row["ours"]["objective"]) for row in solved)
            times = np.array([row[name]["ms"] for row in solved])
            found[f"beside_{name}"] = {"largest_gap": gap, "theirs_ms": _quantiles(times[:, 0]), "seeds": len(solved)}
        elif rows:
            found[f"beside_{name}"] = rows[0][name]
    if rows:
        found["ours_beside_exact_ms"] = _quantiles(np.array([row["ours_ms"][0] for row in rows]))
    return found


def _quantiles(values: np.ndarray) -> dict[str, float]:
    named = {"p50": 50, "p95": 95, "p99": 99, "min": 0, "max": 100}
    return {name: round(float(np.percentile(values, at)), 2) for name, at in named.items()}


def _short(result: dict[str, Any]) -> dict[str, Any]:
    """Without the time of every tick."""
    times = np.array(result["ticks"]["times_ms"])
    ticks = {**result["ticks"], "times_ms": {"clock": _quantiles(times[:, 0]), "commit": _quantiles(times[:, 2])}}
    return {**result, "case": None, "ticks": ticks}


if __name__ == "__main__":
    print(json.dumps(measure(CASES[sys.argv[1]], int(sys.argv[2]))))
