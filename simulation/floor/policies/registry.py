"""The policies by name, each with a line that says what it does and how to build it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from optimizer.pricing import PricingParameters
from simulation.floor.knowledge import Knowledge
from simulation.floor.policies import greedy
from simulation.floor.policies.base import Policy
from simulation.floor.policies.board import BoardPolicy, policy_parameters
from simulation.floor.policies.greedy import CopRule, EventsOnly, Greedy, LineRule
from simulation.floor.policies.steersman import Steersman
from simulation.floor.state import FloorState
from simulation.floor.world import World


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a run changes about the production policies: values of a policy file's `[matching]` and `[pricing]`."""

    matching: Mapping[str, Any] = field(default_factory=dict)
    pricing: Mapping[str, Any] = field(default_factory=dict)


Builder = Callable[[World, FloorState, Knowledge, Tuning], Policy]


@dataclass(frozen=True, slots=True)
class Entry:
    """One policy: what it does in a line, and how to build it for a run."""

    description: str
    build: Builder


def _greedy(cop_rule: CopRule, line_rule: LineRule, kind: type[Greedy] = Greedy) -> Builder:
    return lambda world, state, knowledge, _tuning: kind(world, state, knowledge, cop_rule, line_rule)


TUNED: Mapping[str, float] = {}
"""Changes to the production defaults of the matching, chosen on floors 0 and 1 (docs/simulation.md)."""

PRICING = PricingParameters(refresh_seconds=300)


def _myopic(world: World, state: FloorState, knowledge: Knowledge, tuning: Tuning) -> Policy:
    return BoardPolicy(world, state, knowledge, policy_parameters(world, knowledge, tuning.matching))


def _priced(world: World, state: FloorState, knowledge: Knowledge, tuning: Tuning) -> Policy:
    pricing = replace(PRICING, slowdown=world.scenario.work.slowdown)
    parameters = policy_parameters(world, knowledge, {**TUNED, **tuning.matching})
    priced = PricingParameters.from_mapping({**asdict(pricing), **tuning.pricing})
    steersman = Steersman(world, state, priced, parameters)
    return BoardPolicy(world, state, knowledge, parameters, steersman)


ENTRIES: Mapping[str, Entry] = {
    "longest_idle": Entry(
        "First come, first served; the COp with the skill who is idle longest: what most products do.",
        _greedy(greedy.longest_idle, greedy.oldest),
    ),
    "least_loaded": Entry(
        "The highest priority first; the COp with the skill and the most spare capacity.",
        _greedy(greedy.least_loaded, greedy.urgent_then_oldest),
    ),
    "best_cop": Entry(
        "The highest priority first; the COp expected to take the least time.",
        _greedy(greedy.fastest, greedy.urgent_then_oldest),
    ),
    "gcmu": Entry(
        "Whose wait costs most a second of the COp's time (generalised c-mu); the COp expected to take the least time.",
        _greedy(greedy.fastest, greedy.dearest_wait_a_second),
    ),
    "gcmu_events": Entry(
        "The same, but nobody looks again at the idle after an outage: only at what an event is about.",
        _greedy(greedy.fastest, greedy.dearest_wait_a_second, EventsOnly),
    ),
    "myopic": Entry("Everybody at once, each tick for itself: the production matching without prices.", _myopic),
    "pointsman": Entry("Everybody at once, steered by prices of scarce time: the production matching.", _priced),
}
