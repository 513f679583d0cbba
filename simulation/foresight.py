"""The next 15 minutes of a real floor, simulated from how it stands, with a change and without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.domain.outlook import HORIZON_SECONDS, Customer, Expected, FloorNow, Outlook
from simulation.comparison.estimates import estimate, paired
from simulation.floor import streams
from simulation.floor.demand import Demand, patience
from simulation.floor.engine import Engine
from simulation.floor.knowledge import Knowledge
from simulation.floor.ledger import Ledger
from simulation.floor.people import Kinds, People
from simulation.floor.policies.registry import ENTRIES, Tuning
from simulation.floor.roster import Duty
from simulation.floor.scenario import Customers, FloorScenario, Reviews, Staff, Work
from simulation.floor.state import FloorState
from simulation.floor.streams import Draw
from simulation.floor.triage import TriageModel
from simulation.floor.world import World

RUNS = 5
FIRST_SEED = 10
POLICY = "gcmu"
"""The best rule that takes one customer or COp at a time: it answers within seconds."""
_NEVER_SECONDS = 36_000.0
_URGENT, _LEAST_URGENT = 1, 3
FIGURES = ("wait_seconds", "late", "left")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Places:
    """Keys as the simulation counts them, of both floors together."""

    kinds: list[str]
    skills: list[str]
    markets: list[str]
    languages: list[str]

    @classmethod
    def of(cls, floors: Sequence[FloorNow]) -> "_Places":
        """Every key that either floor names."""
        customers = [each for floor in floors for each in (*floor.waiting, *floor.arriving)]
        workers = [each for floor in floors for each in floor.workers]
        kinds = sorted({key for floor in floors for key in floor.issue_types})
        return cls(
            kinds,
            sorted({skill for floor in floors for skill, _ in floor.issue_types.values()}),
            sorted({each.market for each in customers} | {key for each in workers for key in each.markets}),
            sorted({each.language for each in customers} | {key for each in workers for key in each.languages}),
        )


def foresee(before: FloorNow, after: FloorNow) -> Outlook:
    """Both floors over the same draws: who comes when, how long their work takes, when they would leave."""
    places, floors = _Places.of((before, after)), (before, after)
    seeds = range(FIRST_SEED, FIRST_SEED + RUNS)
    found = [[_figures(floor, places, seed) for seed in seeds] for floor in floors]
    return Outlook(POLICY, RUNS, tuple(_expected(name, *found) for name in FIGURES))


def _expected(name: str, before: Sequence[dict[str, float]], after: Sequence[dict[str, float]]) -> Expected:
    old, new = [each[name] for each in before], [each[name] for each in after]
    return Expected(name, estimate(old, (0.0, np.inf)), estimate(new, (0.0, np.inf)), paired(new, old))


def _figures(floor: FloorNow, places: _Places, seed: int) -> dict[str, float]:
    """Mean seconds waited, who passed their target and who left, within the horizon."""
    customers, at = _customers(floor, seed)
    if not customers or not floor.workers:
        return _measured(floor, customers, at, Ledger.blank(len(customers), 0))
    world = _world(floor, places, customers, at, seed)
    state = FloorState.start(world.people, at, world.demand.said.tolist())
    state.since = [start - each.waited_seconds for start, each in zip(at, customers, strict=True)]
    for cop, worker in enumerate(floor.workers):
        state.free[cop] -= worker.held
        state.load[cop] += worker.held
    knowledge = Knowledge(world.scenario, world.people, seed)
    decides = ENTRIES[POLICY].build(world, state, knowledge, Tuning())
    return _measured(floor, customers, at, Engine(world, state, knowledge, decides, drain_seconds=0.0).run())


def _measured(floor: FloorNow, customers: Sequence[Customer], at: Sequence[float], ledger: Ledger) -> dict[str, float]:
    """Of the customers who are told of: who waits past the target from now on, and who leaves unanswered."""
    waits, late, left = [], 0, 0
    for place, (each, start) in enumerate(zip(customers, at, strict=True)):
        if each.market in floor.told:
            ends = [t for t in (ledger.answered[place], ledger.left[place]) if 0 <= t <= HORIZON_SECONDS]
            waited = min(ends, default=HORIZON_SECONDS) - start
            waits.append(waited)
            late += each.waited_seconds <= each.target_seconds < each.waited_seconds + waited
            left += 0 <= ledger.left[place] <= HORIZON_SECONDS
    return {"wait_seconds": float(np.mean(waits)) if waits else 0.0, "late": float(late), "left": float(left)}


def _customers(floor: FloorNow, seed: int) -> tuple[list[Customer], list[float]]:
    """Those who wait now, then those to come, each like somebody who came in the last hour; and when."""
    rng = np.random.default_rng([seed, 11])
    count = int(rng.poisson(floor.per_second * HORIZON_SECONDS)) if floor.arriving else 0
    times = np.sort(rng.random(count)) * HORIZON_SECONDS
    who = rng.integers(0, max(len(floor.arriving), 1), count)
    coming = [floor.arriving[place] for place in who.tolist()]
    return [*floor.waiting, *coming], [0.0] * len(floor.waiting) + times.tolist()


def _world(floor: FloorNow, places: _Places, customers: Sequence[Customer], at: Sequence[float], seed: int) -> World:
    scenario, people = _scenario(floor), _people(floor, places)
    held = [(cop, each) for cop, worker in enumerate(floor.workers) for each in range(worker.held)]
    mean = float(np.mean([seconds for _, seconds in floor.issue_types.values()]))
    duties = [Duty(cop, 0.0, each.leaves_in_seconds or np.inf) for cop, each in enumerate(floor.workers)]
    return World(
        scenario=scenario,
        seed=seed,
        people=people,
        triage=_certain(len(places.kinds)),
        demand=_demand(places, customers, at, scenario.customers, seed),
        duties=duties,
        breaks=[],
        per_second=floor.per_second,
        # Without memory, so that how long it has gone on does not matter.
        held=tuple(
            (cop, mean * streams.exponential(streams.uniform(seed, Draw.WORK, 10**6 + cop, number)))
            for cop, number in held
        ),
        asked=tuple(each.asked for each in customers),
    )


def _scenario(floor: FloorNow) -> FloorScenario:
    mean, deciders = floor.patience_seconds, floor.deciders
    return FloorScenario(
        name="now",
        hours=HORIZON_SECONDS / 3600,
        warm_up_minutes=0.0,
        customers=Customers(
            patience="endless" if mean is None else "exponential",
            patience_seconds=(min(mean or 1.0, 1e6),) * 3,
        ),
        staff=Staff(cops=max(len(floor.workers), 1), skills=(1, 1)),
        work=Work(failure_share=0.0),
        reviews=Reviews(
            reviewers=max(deciders.people, 1),
            mean_seconds=min(deciders.seconds or _NEVER_SECONDS, _NEVER_SECONDS),
            deadline_seconds=min(deciders.deadline_seconds, _NEVER_SECONDS),
        ),
    )


def _people(floor: FloorNow, places: _Places) -> People:
    kinds = [floor.issue_types[key] for key in places.kinds]
    seconds = np.array([each[1] for each in kinds])
    m, workers = len(floor.workers), floor.workers
    table = Kinds(
        family=np.array([places.skills.index(skill) for skill, _ in kinds], np.int64),
        share=np.full(len(kinds), 1 / len(kinds)),
        mean_seconds=seconds,
        urgent=np.zeros(len(kinds), np.bool_),
    )
    return People(
        kinds=table,
        expected=np.repeat(seconds[:, None], m, axis=1),
        proficiency=np.array([[each.skills.get(skill, 0.0) for skill in places.skills] for each in workers]),
        speaks=np.array([[key in each.languages for key in places.languages] for each in workers]),
        serves=np.array([[key in each.markets for key in places.markets] for each in workers]),
        slots=np.array([each.slots for each in workers], np.int64),
        is_agent=np.array([each.software for each in workers]),
    )


def _demand(
    places: _Places, customers: Sequence[Customer], at: Sequence[float], leaving: Customers, seed: int
) -> Demand:
    place = {key: number for number, key in enumerate(places.kinds)}
    kind = np.array([place[each.issue_type] for each in customers], np.int64)
    priority = np.array([min(max(each.priority, _URGENT), _LEAST_URGENT) for each in customers], np.int64)
    fast = np.array([each.fast_lane for each in customers])
    return Demand(
        at=np.array(at),
        kind=kind,
        said=kind,
        market=np.array([places.markets.index(each.market) for each in customers], np.int64),
        language=np.array([places.languages.index(each.language) for each in customers], np.int64),
        priority=np.where(fast, _URGENT, priority),
        vulnerable=fast,
        fraud=np.zeros(len(customers), np.bool_),
        patience=patience(leaving, priority, streams.uniforms(seed, Draw.PATIENCE, len(customers))),
        target=np.array([each.target_seconds for each in customers]),
    )


def _certain(kinds: int) -> TriageModel:
    """What triage said is taken as what it is."""
    types = tuple(np.array([each]) for each in range(kinds))
    return TriageModel(np.eye(kinds), types, tuple(np.ones(1) for _ in types), np.arange(kinds))
