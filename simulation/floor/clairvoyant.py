"""How few customers anybody could lose who knew the whole day in advance: a bound that no policy gets below.

Whoever is not lost is taken by an able COp between writing and the end of their patience, outside outages, and is then
worked on without pause. Their whole work, known from the seed, is done in that window and the time the work takes at
the slowest, and a COp with n chats never does more than n / (1 + d (n - 1)) seconds of work a second.
So, cutting the day into blocks, the shares of everybody's work that each COp does in each block

    give nobody more than once:                  sum over COps and blocks of x <= 1
    stay within each COp's time in each block:   sum over customers of seconds x <= time

and the sum of x is how many are kept. Any way of doing so is a solution of this linear program, which may split work,
pause it and hand it round, so its optimum is at least what the policy keeps. By weak duality any prices y >= 0 of a
second of each COp in each block bound the optimum in turn:

    kept  <=  sum of y x time  +  sum over customers of max(0, 1 - their cheapest work at these prices)

The prices are found by a smooth approximation; the bound is evaluated exactly at them, so a poor search can only make
it weaker, never wrong. Lost for certain besides are those whose patience ends within the outage they wrote in.
"""

import numpy as np
from numpy.typing import NDArray

from simulation.floor.conversations import work_factors
from simulation.floor.engine import DRAIN_SECONDS
from simulation.floor.keeping import Asks, KeepingDual
from simulation.floor.world import World

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK_SECONDS = 1800.0
"""Length of a block; shorter ones bound more closely and take longer."""


def least_abandonment(world: World, block_seconds: float = BLOCK_SECONDS) -> float | None:
    """The least share of the measured customers that any policy loses on this day; None where work may be handed on.

    Where a conversation can be misread, fail or be handed on, what is work on it is the policy's doing, and no bound is
    known that holds. Customers before the warm-up are left out, which only helps the policy.
    """
    if not _is_settled_at_once(world):
        return None
    first = int(np.searchsorted(world.demand.at, world.scenario.warm_up_minutes * 60))
    measured = len(world.demand) - first
    if measured == 0:
        return 0.0
    lost, asks = _asks_of(world, np.arange(first, len(world.demand)), block_seconds)
    return (lost + _least_lost(world, asks, block_seconds)) / measured


def _is_settled_at_once(world: World) -> bool:
    """Whether whoever is taken is served by the first who takes them."""
    people, scenario = world.people, world.scenario
    reads = scenario.triage.accuracy >= 1 and not scenario.triage.confusion
    sure = people.proficiency[people.proficiency > 0].min(initial=1.0) >= 1
    return bool(reads and (sure or scenario.work.failure_share <= 0))


def _asks_of(world: World, who: Indices, block_seconds: float) -> tuple[int, Asks]:
    """How many of the customers `who` are lost for certain, and those who end within the day whatever happens.

    The others are kept for nothing, which only helps the policy.
    """
    demand, able = world.demand, world.able()
    n_languages, n_markets = able.shape[1:3]
    stream = (demand.kind[who] * n_languages + demand.language[who]) * n_markets + demand.market[who]
    factor = work_factors(world)[who]
    until = demand.at[who] + demand.patience[who]
    begin = _after_outages(world, demand.at[who])
    end = until + factor * _slowest(world)[stream]
    lost = begin > until
    sure = ~lost & (end <= world.scenario.seconds + DRAIN_SECONDS)
    blocks = ((edge[sure] // block_seconds).astype(np.int64) for edge in (begin, end))
    return int(lost.sum()), Asks(stream[sure], factor[sure], *blocks)


def _after_outages(world: World, at: Floats) -> Floats:
    """(N,) when each who wrote at `at` (N,) can first be offered to anybody."""
    found = at.copy()
    for outage in sorted(world.scenario.outages, key=lambda each: world.scenario.after_start(each.start)):
        begin = world.scenario.after_start(outage.start)
        end = begin + outage.minutes * 60
        found = np.where((found >= begin) & (found < end), end, found)
    return found


def _slowest(world: World) -> Floats:
    """(C,) seconds that the expected work of each stream lasts at most, with its slowest able COp at their fullest."""
    people, able = world.people, world.able()
    stretch = np.where(people.is_agent, 1.0, 1.0 + world.scenario.work.slowdown * (people.slots - 1))
    seconds = np.broadcast_to((people.expected * stretch)[:, None, None, :], able.shape)
    return np.asarray(np.where(able, seconds, 0.0).max(axis=3).ravel())


def _time(world: World, n_blocks: int, block_seconds: float) -> Floats:
    """(M, B) the most seconds of work each COp does in each block; those who left may still have chats to end."""
    people, scenario = world.people, world.scenario
    several = np.arange(1, int(people.slots.max()) + 1)
    rates = np.maximum.accumulate(several / (1.0 + scenario.work.slowdown * (several - 1)))
    rate = np.where(people.is_agent, people.slots, rates[people.slots - 1])
    lingering = float(work_factors(world).max(initial=0.0) * _slowest(world).max(initial=0.0))
    edges = np.arange(n_blocks + 1) * block_seconds
    present = np.zeros((len(people), n_blocks))
    for duty in world.duties:
        inside = np.minimum(edges[1:], duty.end + lingering) - np.maximum(edges[:-1], duty.begin)
        present[duty.cop] += np.maximum(inside, 0.0)
    return np.asarray(rate[:, None] * np.minimum(present, block_seconds))


def _least_lost(world: World, asks: Asks, block_seconds: float) -> int:
    """Of the customers of `asks`, how many at least are lost."""
    if not asks.stream.size:
        return 0
    everyone = asks.stream.size
    dual = KeepingDual.of(
        world.able().reshape(-1, len(world.people)),
        np.repeat(world.people.expected, world.able().shape[1] * world.able().shape[2], axis=0),
        _time(world, int(asks.last.max()) + 1, block_seconds),
        asks,
    )
    least = everyone - dual.least()
    # Whole customers are lost; the margin keeps rounding from making one of them up.
    return int(np.ceil(least - 1e-6 * everyone)) if least > 0 else 0
