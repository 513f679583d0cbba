"""One run: a scenario, a policy and a seed in, what it came to out."""

from dataclasses import replace
from functools import lru_cache

from routing.domain.errors import Invalid
from simulation.floor.clairvoyant import least_abandonment
from simulation.floor.engine import Engine
from simulation.floor.knowledge import Knowledge
from simulation.floor.ledger import Ledger, Progress
from simulation.floor.people import draw_people
from simulation.floor.policies.registry import ENTRIES, Tuning
from simulation.floor.result import FloorResult, result_of
from simulation.floor.scenario import FloorScenario, Triage
from simulation.floor.scenario import Knowledge as Known
from simulation.floor.state import FloorState
from simulation.floor.world import World, build_world

POLICIES = {name: entry.description for name, entry in ENTRIES.items()}
"""Every policy's name, and what it does in one line."""

_UNTUNED = Tuning()
_SATURATION = 1.6
_SATURATED_HOURS, _SATURATION_WARM_UP = 1.5, 30.0


def simulate(
    scenario: FloorScenario,
    policy_name: str,
    seed: int,
    progress: Progress | None = None,
    tuning: Tuning = _UNTUNED,
) -> FloorResult:
    """Simulate one day. Raises Invalid for an unknown policy; `progress` is told the share that is over.

    The seed draws the floor and the day. Two policies with the same seed meet the same customers, who have the same
    patience and bring the same work. `tuning` changes parameters of the production policies.
    """
    if policy_name not in ENTRIES:
        raise Invalid("policy", policy_name, f"one of {', '.join(ENTRIES)}")
    world = build_world(scenario, seed, peak_rate(scenario, seed))
    return result_of(world, run(world, policy_name, progress, tuning), policy_name)


def least_lost(scenario: FloorScenario, seed: int) -> float | None:
    """The share of customers that no policy gets below on that day; None where no such bound is known."""
    return least_abandonment(build_world(scenario, seed, peak_rate(scenario, seed)))


def run(world: World, policy_name: str, progress: Progress | None = None, tuning: Tuning = _UNTUNED) -> Ledger:
    """What happens in `world` under a policy."""
    demand = world.demand
    state = FloorState.start(world.people, demand.at.tolist(), demand.said.tolist())
    knowledge = Knowledge(world.scenario, world.people, world.seed)
    policy = ENTRIES[policy_name].build(world, state, knowledge, tuning)
    return Engine(world, state, knowledge, policy).run(progress)


def peak_rate(scenario: FloorScenario, seed: int) -> float:
    """Conversations a second at the peak: as stated, or as a multiple of the floor's capacity."""
    if scenario.arrivals.per_minute > 0:
        return scenario.arrivals.per_minute / 60
    return scenario.arrivals.load * fifo_capacity(scenario, seed)


def fifo_capacity(scenario: FloorScenario, seed: int) -> float:
    """Conversations a second that the floor ends under longest idle with skills while there is always too much to do.

    Measured on the same people with nobody absent, everybody on duty, no software, and a classifier that is right.
    """
    plain = replace(
        scenario,
        name="saturated",
        description="",
        hours=_SATURATED_HOURS,
        warm_up_minutes=_SATURATION_WARM_UP,
        arrivals=replace(
            scenario.arrivals, load=1.0, per_minute=0.0, by_hour=(1.0,) * 24, by_weekday=(1.0,) * 7, profile=(1.0,)
        ),
        staff=replace(scenario.staff, shifts=(), break_minutes=0.0),
        triage=Triage(),
        knowledge=Known(),
        reviews=type(scenario.reviews)(),
        surges=(),
        outages=(),
        absences=(),
        training=(),
        agents=(),
    )
    return _saturated_throughput(plain, seed)


@lru_cache(maxsize=256)
def _saturated_throughput(plain: FloorScenario, seed: int) -> float:
    people = draw_people(plain, seed)
    work = float(people.kinds.share @ people.kinds.mean_seconds)
    rough = float(people.throughput(plain.work.slowdown).sum()) / work
    world = build_world(plain, seed, rough * _SATURATION)
    ledger = run(world, "longest_idle")
    begin, end = plain.warm_up_minutes * 60, plain.seconds
    return sum(begin <= done < end for done in ledger.done) / (end - begin)
