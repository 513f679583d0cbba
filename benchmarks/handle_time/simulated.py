"""The log that the discrete-event floor of `simulation.floor` leaves behind, several days of the same people."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.handle_time.floor_log import Work
from optimizer.handle_times.log import Column, Floats, HandlingLog, Indices
from simulation.floor import FloorScenario
from simulation.floor.demand import draw_demand
from simulation.floor.engine import Engine
from simulation.floor.knowledge import Knowledge
from simulation.floor.people import People, draw_people
from simulation.floor.policies.registry import ENTRIES, Tuning
from simulation.floor.roster import breaks, duties
from simulation.floor.scenario import Arrivals
from simulation.floor.state import FloorState
from simulation.floor.triage import model_of
from simulation.floor.world import World

POLICY = "longest_idle"
_LOAD = 0.75
"""Of all that the COps could do with every slot in use: busy, with queues that end."""


class _Recorder(Knowledge):
    """Writes down what every wrap-up reports."""

    def __init__(self, scenario: FloorScenario, people: People, seed: int) -> None:
        super().__init__(scenario, people, seed)
        self.rows: list[tuple[int, int, float]] = []

    def observe(self, kind: int, cop: int, seconds: float) -> None:
        """One more wrap-up."""
        self.rows.append((kind, cop, seconds))
        super().observe(kind, cop, seconds)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedFloor:
    """The same COps every day; `per_second` conversations a second at the peak."""

    scenario: FloorScenario
    people: People
    per_second: float


def simulated_floor(seed: int, hours: float = 8.0) -> SimulatedFloor:
    """300 COps and 60 issue types in 20 skills, as the floor benchmarks have them, for `seed`."""
    scenario = FloorScenario(name="log", hours=hours, warm_up_minutes=1.0, arrivals=Arrivals(load=1.0))
    people = draw_people(scenario, seed)
    work = float(people.kinds.share @ people.kinds.mean_seconds)
    rate = _LOAD * float(people.throughput(scenario.work.slowdown).sum()) / work
    return SimulatedFloor(replace(scenario, arrivals=Arrivals(per_minute=60 * rate)), people, rate)


def day(floor: SimulatedFloor, number: int) -> list[tuple[int, int, float]]:
    """What was wrapped up on a day: issue type, COp and seconds of work of each, in the order they ended."""
    scenario, people = floor.scenario, floor.people
    triage = model_of(scenario.triage, people.kinds)
    world = World(
        scenario=scenario,
        seed=number,
        people=people,
        triage=triage,
        demand=draw_demand(scenario, people.kinds, triage, floor.per_second, number),
        duties=duties(scenario, people, number),
        breaks=list(breaks(scenario, people, number)),
        per_second=floor.per_second,
    )
    state = FloorState.start(people, world.demand.at.tolist(), world.demand.said.tolist())
    knowledge = _Recorder(scenario, people, number)
    Engine(world, state, knowledge, ENTRIES[POLICY].build(world, state, knowledge, Tuning())).run()
    return knowledge.rows


def logged(floor: SimulatedFloor, rows: list[tuple[int, int, float]]) -> Work:
    """The rows as a log, with the truth of each; the engine knows no channel and no length."""
    kind, cop = (np.array([row[place] for row in rows], np.int64) for place in (0, 1))
    spread = floor.scenario.work.log_sd
    centre = np.log(floor.people.expected[kind, cop]) - spread**2 / 2
    n, unknown = len(rows), np.full(len(rows), np.nan)
    log = HandlingLog(
        issue_type=_named("type", kind, len(floor.people.kinds)),
        cop=_named("cop", cop, len(floor.people)),
        channel=_named("", np.zeros(n, np.int64), 1),
        language=_named("", np.zeros(n, np.int64), 1),
        words=unknown,
        repeat=unknown,
        concurrency=unknown,
        stated_seconds=_stated(floor, kind),
        opened_at=np.arange(n, dtype=np.float64),
        working_seconds=np.maximum(np.array([row[2] for row in rows]), 1.0),
        finished=np.ones(n, np.bool_),
    )
    return Work(log, centre, np.full(n, spread))


def _stated(floor: SimulatedFloor, kind: Indices) -> Floats:
    return np.asarray(floor.people.kinds.mean_seconds[kind])


def _named(kind: str, code: Indices, n: int) -> Column:
    return Column(tuple(f"{kind}{number:04d}" for number in range(n)), code)
