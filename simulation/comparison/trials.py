"""Every contender on every seed, in at most two processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from simulation.comparison.contenders import Contender
from simulation.floor import FloorResult, simulate

MOST_PROCESSES = 2
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run to make."""

    contender: Contender
    seed: int


def perform(
    contenders: Sequence[Contender], seeds: Sequence[int], processes: int, told: Told
) -> list[tuple[FloorResult, ...]]:
    """For each contender its results in the order of `seeds`; `told(done, total, stage)` after each run.

    A seed's runs are neighbours, which share what is known of the floor's capacity.
    """
    trials = [Trial(contender, seed) for seed in seeds for contender in contenders]
    stage = f"{len(trials)} day{'' if len(trials) == 1 else 's'}"
    told(0, len(trials), stage)
    found = []
    for result in _results(trials, min(processes, MOST_PROCESSES, len(trials))):
        found.append(result)
        told(len(found), len(trials), stage)
    return [tuple(found[at :: len(contenders)]) for at in range(len(contenders))]


def result_of(trial: Trial) -> FloorResult:
    """Simulate one."""
    contender = trial.contender
    choice = contender.choice
    return simulate(contender.world(trial.seed), choice.policy, trial.seed, tuning=choice.tuning)


def _results(trials: Sequence[Trial], processes: int) -> Iterator[FloorResult]:
    if processes <= 1:
        yield from map(result_of, trials)
        return
    # each process keeps to one core; a fresh process inherits no thread of a solver
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(result_of, trials)
