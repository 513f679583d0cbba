"""`python -m benchmarks.handle_time --out FILE.json`: what is learned of handle times, where the truth is known."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.circumstances import circumstances
from benchmarks.handle_time.floor_log import FloorKind, Work, later_work, make_floor, true_quantiles, work
from benchmarks.handle_time.simulated import day, logged, simulated_floor
from optimizer.handle_times.evaluation import BY_TYPE, LEVELS, MODEL, Score, predictors, score, share_learned
from optimizer.handle_times.fitting import fit_log
from optimizer.handle_times.model import learn
from optimizer.handle_times.spread import Estimate, spread

RESULT = Path(__file__).parent / "results" / "handle_time.json"
TRUTH, FINISHED_ALONE = "the truth", "model, open work ignored"
TESTED_ON = 20_000
SOURCES = ("optimizer/handle_times", "optimizer/handle_time.py", "benchmarks/handle_time/*.py")
WHAT = (
    "quantiles of handle time at 10, 25, 50, 75 and 90 % on conversations after the log they were learned from; share: "
    "how much is learned of what the truth gains in pinball loss over each issue type's quantiles"
)
_OPEN_MATTERS = 0.05


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of floor and how long its log is; the spreads are only estimated where that is asked for.

    With `days` the log is that of so many days of the discrete-event floor, whose length nobody sets.
    """

    kind: FloorKind
    conversations: int
    spread: bool = False
    days: int = 0


USUAL = FloorKind()
PACE_ALONE = FloorKind("nothing but pace: as the discrete-event floors", circumstances=False, noise_differs=0.0)
SIMULATED = FloorKind("log of simulation.floor", families=20, circumstances=False, noise_differs=0.0, stated_error=0.0)
CASES = (
    Case(USUAL, 1_000),
    Case(USUAL, 5_000),
    Case(USUAL, 20_000),
    Case(USUAL, 80_000),
    Case(USUAL, 320_000),
    Case(FloorKind("40 COps", cops=40, families=6), 20_000, spread=True),
    Case(FloorKind("heavy tails: t with 4 degrees of freedom", tail=4.0), 80_000),
    Case(FloorKind("40 COps who are alike", cops=40, families=6, cop_log_sd=0.0, pair_log_sd=0.0), 20_000, spread=True),
    Case(PACE_ALONE, 80_000),
    Case(PACE_ALONE, 320_000),
    Case(SIMULATED, 0, days=5),
    Case(SIMULATED, 0, days=20),
)


def main(arguments: Sequence[str]) -> None:
    """Run cases and put them into the result; it is written after each seed, so that a run cut short is not lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.handle_time", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULT, help="the result to write; other cases in it are kept")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the cases to run, from 0; all of them if unset")
    options = parser.parse_args(arguments)
    for number, case in enumerate(CASES):
        if options.only is None or number in options.only:
            measured_on, rows = _circumstances(), []
            for seed in range(options.seeds):
                rows.append(_seed(case, seed))
                _keep(options.out, {"case": number, **_summary(case, rows), **measured_on, "by_seed": rows})


def _keep(out: Path, found: dict[str, Any]) -> None:
    cases = json.loads(out.read_text(encoding="utf-8"))["cases"] if out.exists() else []
    others = [case for case in cases if case["case"] != found["case"]]
    out.parent.mkdir(parents=True, exist_ok=True)
    result = {"what": WHAT, "cases": sorted([*others, found], key=lambda case: int(case["case"]))}
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _summary(case: Case, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in rows[0]["scores"] if all(name in row["scores"] for row in rows)]
    found: dict[str, Any] = {
        "kind": asdict(case.kind),
        "conversations": case.conversations,
        "tested_on": TESTED_ON,
        "seeds": [row["seed"] for row in rows],
        "share_of_the_truth_learned": {n: _spread([r["scores"][n]["share"] for r in rows]) for n in names},
        "coverage_of_80_percent": {n: _spread([r["scores"][n]["coverage"] for r in rows]) for n in names},
    }
    if case.spread:
        found["intervals_that_hold_the_truth"] = {
            kind: f"{sum(row['spread'][kind]['holds_the_truth'] for row in rows)} of {len(rows)}"
            for kind in ("cop", "pair")
        }
    own = found["share_of_the_truth_learned"][MODEL], found["coverage_of_80_percent"][MODEL]
    print(f"{case.kind.name}, {case.conversations}: share {own[0]}, coverage {own[1]}", flush=True)
    return found


def _seed(case: Case, seed: int) -> dict[str, Any]:
    seen, test = _simulated(case, seed) if case.days else _drawn(case, seed)
    began = process_time()
    scores = _scores(seen, test, case.kind)
    row: dict[str, Any] = {
        "seed": seed,
        "learned_from": len(seen.log),
        "still_open": round(float(1 - seen.log.finished.mean()), 4),
    }
    row["scores"] = {name: _scored(own, scores[BY_TYPE], scores[TRUTH]) for name, own in scores.items()}
    if case.spread:
        row["spread"] = _spreads(case.kind, seen)
    return {**row, "processor_seconds": round(process_time() - began, 1)}


def _scores(seen: Work, test: Work, kind: FloorKind) -> dict[str, Score]:
    known = predictors(seen.log)
    if (~seen.log.finished).mean() > _OPEN_MATTERS:
        known[FINISHED_ALONE] = learn(seen.log.take(seen.log.finished)).quantiles
    found = {name: score(predict(test.log, LEVELS), test.log) for name, predict in known.items()}
    return {**found, TRUTH: score(true_quantiles(test, LEVELS, kind), test.log)}


def _scored(own: Score, floor: Score, ceiling: Score) -> dict[str, Any]:
    return {
        "share": round(share_learned(own, floor, ceiling), 4),
        "loss": round(own.loss, 3),
        "pinball": [round(each, 3) for each in own.pinball],
        "coverage": round(own.coverage, 4),
        "type_coverage": own.type_coverage and [round(each, 4) for each in own.type_coverage],
    }


def _drawn(case: Case, seed: int) -> tuple[Work, Work]:
    rng = np.random.default_rng([seed, case.conversations])
    floor = make_floor(case.kind, rng)
    return work(floor, case.conversations, rng), later_work(floor, TESTED_ON, rng)


def _simulated(case: Case, seed: int) -> tuple[Work, Work]:
    floor = simulated_floor(seed)
    days = [day(floor, 1_000 * seed + number) for number in range(case.days + 1)]
    return logged(floor, [row for rows in days[:-1] for row in rows]), logged(floor, days[-1])


def _spreads(kind: FloorKind, seen: Work) -> dict[str, Any]:
    found = spread(fit_log(seen.log))
    return {
        "cop": _estimated(found.cop, kind.cop_log_sd),
        "pair": _estimated(found.pair, kind.pair_log_sd),
        "verdict": found.verdict,
    }


def _estimated(of: Estimate, truth: float) -> dict[str, Any]:
    rounded = {name: round(getattr(of, name), 4) for name in ("sd", "low", "high")}
    return {**rounded, "holds_the_truth": of.low <= truth <= of.high}


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "mean": round(float(np.mean(values)), 4),
        "sd": round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else 0.0,
        "min": round(min(values), 4),
        "max": round(max(values), 4),
    }


def _circumstances() -> dict[str, Any]:
    import scipy

    about = {"versions": {each.__name__: each.__version__ for each in (np, scipy)}}
    found = circumstances(WHAT, about, *SOURCES)
    del found["what"]  # said once, above the cases
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
