"""Everything that can happen on the floor, and how often: customers, COps, managers, processes, and faults."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faults import people, weather

if TYPE_CHECKING:
    from faults.world import World

Deed = Callable[["World"], None]
AT_ONCE: dict[Deed, int] = {
    people.writes_by_rest: 6,
    people.asks_again: 2,
    people.leaves: 1,
    people.says_presence: 2,
    people.accepts: 6,
    people.declines: 2,
    people.wraps_up: 4,
    people.transfers: 1,
    people.handles_review: 3,
    people.decides: 3,
    weather.triages: 3,
    weather.ticks: 5,
    weather.keeps_deadlines: 2,
}


def crowds(world: "World") -> None:
    """Several requests, or rounds of work, meet in one process."""
    random = world.fate.random
    world.together(random.choice(weather.SERVES), random.choices(*_weighed(AT_ONCE), k=random.randint(3, 7)))


def rushes(world: "World") -> None:
    """Many ask one process for the same kind of thing, so that it stores what they ask together."""
    random = world.fate.random
    kind = random.choice((people.writes_by_rest, people.accepts, people.wraps_up))
    world.together(random.choice(weather.SERVES), [kind] * random.randint(4, 8))


WORK: dict[Deed, int] = {
    people.writes_by_kafka: 10,
    people.writes_by_rest: 5,
    people.writes_again: 4,
    people.sends_twice: 3,
    people.sends_poison: 1,
    people.asks_again: 4,
    people.leaves: 2,
    people.is_erased: 2,
    people.asks_to_erase: 2,
    people.says_presence: 3,
    people.accepts: 8,
    people.declines: 2,
    people.wraps_up: 5,
    people.transfers: 1,
    people.handles_review: 4,
    people.decides: 3,
    weather.consumes: 16,
    weather.triages: 10,
    weather.ticks: 14,
    weather.keeps_deadlines: 5,
    weather.keeps_house: 1,
    weather.relays: 7,
    weather.time_passes: 7,
    crowds: 12,
    rushes: 10,
}
FAULTS: dict[Deed, int] = {
    weather.rebalances: 2,
    weather.restarts_broker: 1,
    weather.rewinds: 1,
    weather.loses_log: 1,
    weather.toggles_broker: 2,
    weather.toggles_database: 2,
    weather.flickers: 1,
    weather.breaks_classifier: 1,
    weather.sets_a_clock: 2,
    weather.kills: 3,
    weather.edits_pack: 2,
}


def chosen(world: "World") -> tuple[list[Deed], list[int]]:
    """This seed's deeds and their weights: some faults are left out, so that others are seen by themselves."""
    faults = [deed for deed in FAULTS if world.fate.random.random() < 0.5]
    return _weighed({**WORK, **{deed: FAULTS[deed] for deed in faults}})


def _weighed(deeds: dict[Deed, int]) -> tuple[list[Deed], list[int]]:
    return list(deeds), list(deeds.values())


def something(world: "World") -> None:
    """One deed."""
    deeds, weights = world.deeds
    [deed] = world.fate.random.choices(deeds, weights)
    deed(world)


def freeze(world: "World") -> None:
    """The process that acts stands still for longer than its lease; the others go on, the other matcher above all.

    Not while another of its threads has the database's only pen: then nobody could.
    """
    if world.fate.writing:
        return
    frozen = world.fate.frames[-1].actor.name
    world.fate.tell(f"{frozen} is frozen")
    world.fate.passes(world.policy.lease_seconds + 1.0)
    for other in ("serve-a", "serve-b"):
        if other != frozen:
            weather.ticks_by(world, other)
    for _ in range(world.fate.random.randint(0, 3)):
        something(world)
    world.fate.tell(f"{frozen} wakes up")
