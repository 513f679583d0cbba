"""Everything about a run that no decision changes: people, truth, demand, rosters; built from a scenario and seeds."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulation.floor.demand import Demand, draw_demand
from simulation.floor.people import People, draw_people
from simulation.floor.roster import Break, Duty, breaks, duties
from simulation.floor.scenario import FloorScenario
from simulation.floor.triage import TriageModel, model_of


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One floor on one day. per_second: conversations a second at the peak.

    held: (COp, seconds) of each slot that is in use when it begins, until it is free; asked: (N,) whom the gate sends
    to a person, where that is not drawn.
    """

    scenario: FloorScenario
    seed: int
    people: People
    triage: TriageModel
    demand: Demand
    duties: list[Duty]
    breaks: list[Break]
    per_second: float
    held: tuple[tuple[int, float], ...] = ()
    asked: tuple[bool, ...] | None = None

    def able(self) -> NDArray[np.bool_]:
        """(T, L, K, M) bool: who may serve which issue type in which language for which market."""
        return self.people.able()


def build_world(scenario: FloorScenario, seed: int, per_second: float) -> World:
    """The world of `scenario` for `seed`, with `per_second` conversations a second at the peak."""
    people = draw_people(scenario, seed)
    triage = model_of(scenario.triage, people.kinds)
    demand = draw_demand(scenario, people.kinds, triage, per_second, seed)
    if scenario.triage.accuracy < 1 or scenario.triage.confusion:
        demand = replace(demand, said=demand.said + len(people.kinds))
    return World(
        scenario=scenario,
        seed=seed,
        people=people,
        triage=triage,
        demand=demand,
        duties=duties(scenario, people, seed),
        breaks=list(breaks(scenario, people, seed)),
        per_second=per_second,
    )
