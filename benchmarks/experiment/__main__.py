"""`python -m benchmarks.experiment`: how much pairs of blocks differ by chance, and what is found of a known effect."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any

from benchmarks.circumstances import circumstances
from routing.domain.experiment import Arm, Experiment
from routing.domain.switchback import Seen, effect, pairs_needed
from simulation.floor import POLICIES
from simulation.floor.scenario import Arrivals, FloorScenario, Issues, Staff
from simulation.floor.switchback import Day, switched_day

RESULT = Path(__file__).parent / "results" / "power.json"
WHAT = (
    "spread: standard deviation between pairs of blocks under one policy; pairs: for an effect of a tenth of the "
    "figure (shares: of 3 points) found in four of five experiments; recovered: what a switchback "
    "finds of the effect on whole days"
)
BASELINE = "longest_idle"
FLOOR = FloorScenario(
    name="switched",
    hours=10.0,
    warm_up_minutes=30,
    arrivals=Arrivals(load=1.1),
    issues=Issues(families=8, types_each=2),
)
SIZES = (30, 100)
BLOCKS = (15, 30, 60, 120)
SWITCHED = (30, 60)
FIGURES = ("waits", "left", "in_time", "handled")
SHARES = frozenset({"left", "in_time"})
POINTS, TENTH = 0.03, 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """What is compared with the baseline, on how many days of which floor, by turns of so many minutes."""

    better: str
    days: int
    switched: tuple[int, ...]
    floor: FloorScenario


def main() -> None:
    """Simulate, print the table and write the result."""
    options = _options()
    trial = Trial(options.better, options.days, tuple(options.blocks), replace(FLOOR, tick_seconds=options.tick))
    seeds, policies = list(range(10, 10 + trial.days)), [BASELINE, trial.better]
    about = {"seeds": seeds, "policies": policies, "floor": asdict(trial.floor)}
    head = circumstances(WHAT, about, "optimizer", "routing/domain", "simulation", "benchmarks/experiment")
    began = process_time()
    floors = [_floor(size, trial) for size in options.sizes]
    found = {**head, "floors": floors, "processor_seconds": round(process_time() - began, 1)}
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiment", description=__doc__)
    parser.add_argument("--better", choices=POLICIES, default="gcmu", help=f"the policy compared with {BASELINE}")
    parser.add_argument("--days", type=int, default=12, help="simulated days a floor and policy")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="COps of each floor")
    parser.add_argument("--blocks", type=int, nargs="+", default=SWITCHED, help="minutes of a turn")
    parser.add_argument("--tick", type=float, default=FLOOR.tick_seconds, help="least seconds between two rounds")
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def _floor(cops: int, trial: Trial) -> dict[str, Any]:
    scenario, days = replace(trial.floor, staff=Staff(cops=cops)), trial.days
    both = (BASELINE, trial.better)
    alone = {name: _days(scenario, {Arm.A: name, Arm.B: name}, _blocks_of(60), days) for name in both}
    rows = [_by_chance(minutes, alone[BASELINE]) for minutes in BLOCKS]
    known = {name: _mean(alone[trial.better], name) - _mean(alone[BASELINE], name) for name in FIGURES}
    recovered = [_recovered(scenario, minutes, trial) for minutes in trial.switched]
    print(json.dumps({"cops": cops, "known": known, "recovered": recovered, "rows": rows}, indent=1), flush=True)
    return {"cops": cops, "by_block": rows, "known_effect": known, "recovered": recovered}


def _blocks_of(minutes: int) -> Experiment:
    return Experiment(seed=1, block_minutes=minutes, settling_minutes=minutes // 4)


def _days(scenario: FloorScenario, arms: dict[Arm, str], experiment: Experiment, days: int) -> list[Day]:
    return [switched_day(scenario, arms, experiment, seed) for seed in range(10, 10 + days)]


def _seen(days: Sequence[Day], figure: str) -> list[Seen]:
    return [each for day in days for each in getattr(day, figure)]


def _mean(days: Sequence[Day], figure: str) -> float:
    return fmean(each.value for each in _seen(days, figure))


def _by_chance(minutes: int, days: Sequence[Day]) -> dict[str, Any]:
    row: dict[str, Any] = {"block_minutes": minutes}
    for name in FIGURES:
        found, mean = effect(_blocks_of(minutes), _seen(days, name)), _mean(days, name)
        if found is None or found.spread is None:
            continue
        shift = POINTS if name in SHARES else TENTH * mean
        needed = pairs_needed(found.spread, shift)
        row[name] = {"mean": mean, "spread": found.spread, "pairs_seen": found.pairs, "shift": shift, "pairs": needed}
    return row


def _recovered(scenario: FloorScenario, minutes: int, trial: Trial) -> dict[str, Any]:
    experiment = _blocks_of(minutes)
    switched = _days(scenario, {Arm.A: BASELINE, Arm.B: trial.better}, experiment, trial.days)
    found = {name: effect(experiment, _seen(switched, name)) for name in FIGURES}
    return {"block_minutes": minutes, **{name: each and asdict(each) for name, each in found.items()}}


if __name__ == "__main__":
    main()
