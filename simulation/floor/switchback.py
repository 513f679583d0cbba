"""A switchback experiment on the simulated floor: one day under two policies that take turns, and who saw what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routing.domain.experiment import Arm, Experiment
from routing.domain.switchback import Seen
from simulation.floor.engine import Engine
from simulation.floor.knowledge import Knowledge
from simulation.floor.policies.registry import ENTRIES, Tuning
from simulation.floor.policies.switching import Switching
from simulation.floor.result import Stories
from simulation.floor.run import peak_rate
from simulation.floor.scenario import FloorScenario
from simulation.floor.state import FloorState
from simulation.floor.world import World, build_world

GROUP = "floor"
"""A simulated floor is one matching group."""

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
_UNTUNED = Tuning()


@dataclass(frozen=True, slots=True)
class Day:
    """What an experiment's analysis reads of one day: a row a customer who wrote after the warm-up.

    waits: seconds until the answer or until they left; left, in_time: 1 or 0; handled: seconds of work on the served.
    """

    waits: tuple[Seen, ...]
    left: tuple[Seen, ...]
    in_time: tuple[Seen, ...]
    handled: tuple[Seen, ...]


def switched_day(
    scenario: FloorScenario,
    policies: Mapping[Arm, str],
    experiment: Experiment,
    seed: int,
    tuning: Tuning = _UNTUNED,
) -> Day:
    """The day of `seed`, which begins `seed` days after the first; `policies` are names of the registry.

    The same policy for both arms is a day under that policy alone, asked as often.
    """
    world = build_world(scenario, seed, peak_rate(scenario, seed))
    begins = FIRST_DAY + timedelta(days=seed)
    state = FloorState.start(world.people, world.demand.at.tolist(), world.demand.said.tolist())
    knowledge = Knowledge(scenario, world.people, seed)
    arms = {arm: ENTRIES[name].build(world, state, knowledge, tuning) for arm, name in policies.items()}

    def turn(now: float) -> Arm:
        return experiment.turn(GROUP, begins + timedelta(seconds=now)).arm

    ledger = Engine(world, state, knowledge, Switching(arms, turn, scenario.tick_seconds)).run()
    return _day(world, Stories.of(world, ledger), begins)


def _day(world: World, stories: Stories, begins: datetime) -> Day:
    at = world.demand.at[stories.index]
    served = stories.answered & ~stories.gone
    when = [begins + timedelta(seconds=seconds) for seconds in at.tolist()]

    def rows(value: Callable[[int], float], chosen: Iterator[int]) -> tuple[Seen, ...]:
        return tuple(Seen(GROUP, when[row], value(row)) for row in chosen)

    everybody = range(len(when))
    return Day(
        waits=rows(lambda row: float(stories.wait[row]), iter(everybody)),
        left=rows(lambda row: float(stories.gone[row]), iter(everybody)),
        in_time=rows(lambda row: float(stories.in_time[row]), iter(everybody)),
        handled=rows(lambda row: float(stories.worked[row]), (row for row in everybody if served[row])),
    )
