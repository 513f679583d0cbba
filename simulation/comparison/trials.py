"""Every contender on every seed, in at most two processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, Queue

from simulation.comparison.contenders import Contender
from simulation.floor import FloorResult, simulate
from simulation.floor.run import least_lost

MOST_PROCESSES = 2
Told = Callable[[int, int, str], None]
Lived = Callable[[float], None]
"""Told the share of all the work that is over, 0 to 1."""

PLANNED = frozenset({"pointsman", "myopic"})
PLANNED_WORK = 15.0
"""What a day of a policy that plans everybody at once takes beside one of a plain rule, for guessing the time left."""

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """One run to make; `bounded`: with what nobody could do better than."""

    contender: Contender
    seed: int
    bounded: bool = False

    @property
    def work(self) -> float:
        """About how long it takes, beside others."""
        return PLANNED_WORK if self.contender.choice.policy in PLANNED else 1.0


def perform(
    contenders: Sequence[Contender], seeds: Sequence[int], processes: int, told: Told, lived: Lived | None = None
) -> list[tuple[FloorResult, ...]]:
    """For each contender its results in the order of `seeds`; `told(done, total, stage)` after each run.

    A seed's runs are neighbours, which share what is known of the floor's capacity. The first contender on each floor
    says what no policy could do better than.
    """
    firsts = {id(each.scenario): at for at, each in reversed(list(enumerate(contenders)))}
    trials = [
        Trial(contender, seed, firsts[id(contender.scenario)] == at)
        for seed in seeds
        for at, contender in enumerate(contenders)
    ]
    stage = f"{len(trials)} day{'' if len(trials) == 1 else 's'}"
    told(0, len(trials), stage)
    found = []
    for result in _results(trials, min(processes, MOST_PROCESSES, len(trials)), _Course(trials, lived)):
        found.append(result)
        told(len(found), len(trials), stage)
    return [tuple(found[at :: len(contenders)]) for at in range(len(contenders))]


def result_of(trial: Trial, lived: Lived | None = None) -> FloorResult:
    """Simulate one."""
    contender = trial.contender
    choice = contender.choice
    scenario = contender.world(trial.seed)
    found = simulate(scenario, choice.policy, trial.seed, lived, choice.tuning)
    return replace(found, least_abandonment=least_lost(scenario, trial.seed)) if trial.bounded else found


@dataclass(slots=True)
class _Course:
    """How far all the trials are, and who wants to know."""

    trials: Sequence[Trial]
    lived: Lived | None
    shares: dict[int, float] = field(default_factory=dict)

    def reach(self, at: int, share: float) -> None:
        """So much of a trial's day is over."""
        self.shares[at] = share
        if self.lived is not None:
            over = sum(self.trials[each].work * done for each, done in self.shares.items())
            self.lived(over / sum(each.work for each in self.trials))


def _results(trials: Sequence[Trial], processes: int, course: _Course) -> Iterator[FloorResult]:
    if processes <= 1:
        for at, trial in enumerate(trials):
            yield result_of(trial, partial(course.reach, at))
        return
    # each process keeps to one core; a fresh process inherits no thread of a solver
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(processes, context) as pool:
        news: Queue[tuple[int, float]] = manager.Queue()
        futures = [pool.submit(_result_telling, trial, at, news) for at, trial in enumerate(trials)]
        for future in futures:
            _follow(future, news, course)
            yield future.result()


def _result_telling(trial: Trial, at: int, news: "Queue[tuple[int, float]]") -> FloorResult:
    return result_of(trial, lambda share: news.put((at, share)))


def _follow(future: "Future[FloorResult]", news: "Queue[tuple[int, float]]", course: _Course) -> None:
    """Pass on what is heard of all trials until this one is over."""
    while not wait([future], LOOK_SECONDS, FIRST_COMPLETED).done:
        _hear(news, course)
    _hear(news, course)


def _hear(news: "Queue[tuple[int, float]]", course: _Course) -> None:
    while True:
        try:
            course.reach(*news.get_nowait())
        except Empty:
            return
