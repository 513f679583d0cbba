"""Nobody loses fewer than the bound: not the policies, and not the best of all plans that know the day."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from simulation.floor import POLICIES, FloorScenario, simulate
from simulation.floor.clairvoyant import least_abandonment
from simulation.floor.conversations import work_factors
from simulation.floor.keeping import Asks, KeepingDual
from simulation.floor.run import peak_rate
from simulation.floor.scenario import (
    Absence,
    Arrivals,
    Customers,
    Issues,
    Offers,
    Outage,
    Reviews,
    Shift,
    Staff,
    Triage,
    Work,
)
from simulation.floor.world import World, build_world

CROWDED = FloorScenario(
    name="crowded",
    hours=1.0,
    warm_up_minutes=2,
    tick_seconds=20.0,
    arrivals=Arrivals(load=4.0, languages=(("en", 0.7), ("es", 0.3))),
    issues=Issues(families=4, types_each=2, handle_seconds=(90.0, 240.0)),
    customers=Customers(patience_seconds=(60.0, 60.0, 60.0)),
    staff=Staff(cops=8),
)
TROUBLED = replace(
    CROWDED,
    name="troubled",
    offers=Offers(delay_seconds=(1.0, 6.0), declined_share=0.05, lapsed_share=0.03),
    reviews=Reviews(share_of_right=0.2, reviewers=1),
    staff=Staff(
        cops=12,
        break_minutes=2,
        break_every_minutes=9,
        shifts=(Shift(9 * 3600.0, 0.5), Shift(9 * 3600.0 + 600, 0.6, 0.5)),
    ),
    outages=(Outage(start="09:12", minutes=6),),
    absences=(Absence(start="09:05", minutes=9, cops=3),),
)
STEEP = replace(
    CROWDED,
    name="steep",
    work=Work(slowdown=1.8, noise="exponential"),
    customers=replace(CROWDED.customers, patience="lognormal"),
)


def world_of(scenario: FloorScenario, seed: int) -> World:
    return build_world(scenario, seed, peak_rate(scenario, seed))


@pytest.mark.parametrize("policy", ["longest_idle", "gcmu", "myopic"])
@pytest.mark.parametrize("scenario", [CROWDED, TROUBLED, STEEP], ids=lambda each: each.name)
def test_no_policy_loses_fewer(scenario: FloorScenario, policy: str) -> None:
    assert policy in POLICIES
    for seed in range(2):
        bound = least_abandonment(world_of(scenario, seed))
        assert bound is not None
        assert 0 < bound <= simulate(scenario, policy, seed).abandonment


TINY = FloorScenario(
    name="tiny",
    hours=0.04,
    warm_up_minutes=0,
    arrivals=Arrivals(load=0, per_minute=2.2, languages=(("en", 1.0),)),
    issues=Issues(families=1, types_each=2, handle_seconds=(400.0, 900.0)),
    customers=Customers(patience_seconds=(60.0, 90.0, 90.0)),
    staff=Staff(cops=2, skills=(1, 1), slots=(1, 1)),
)


def fewest_lost(world: World) -> int:
    """Every assignment of everybody to a COp or to nobody, in every order, each begun as soon as it can be."""
    demand, people = world.demand, world.people
    seconds = people.expected[demand.kind].T * work_factors(world)
    until = demand.at + demand.patience
    best = 0
    for choice in product(range(-1, len(people)), repeat=len(demand)):
        kept = sum(cop >= 0 for cop in choice)
        if kept <= best:
            continue
        mine = [[i for i, cop in enumerate(choice) if cop == j] for j in range(len(people))]
        if all(
            any(_fits(order, demand.at, until, seconds[j]) for order in permutations(mine[j]))
            for j in range(len(people))
        ):
            best = kept
    return len(demand) - best


def _fits(order: tuple[int, ...], at: np.ndarray, until: np.ndarray, seconds: np.ndarray) -> bool:
    free = 0.0
    for i in order:
        free = max(free, at[i])
        if free > until[i]:
            return False
        free += seconds[i]
    return True


@pytest.mark.parametrize("cops", [1, 2])
def test_the_best_plan_there_is_for_a_tiny_floor_loses_no_fewer_than_the_bound(cops: int) -> None:
    tiny = replace(TINY, staff=replace(TINY.staff, cops=cops))
    worlds = [world for seed in range(30) if 3 <= len((world := world_of(tiny, seed)).demand) <= 6]
    bounds = [least_abandonment(world, 120.0) for world in worlds]
    lost = [fewest_lost(world) for world in worlds]
    assert len(worlds) >= 8
    assert any(lost)
    assert any(bounds)
    for world, bound, least in zip(worlds, bounds, lost, strict=True):
        assert bound is not None
        assert bound * len(world.demand) <= least + 1e-9


def test_prices_prove_nearly_what_the_linear_program_finds_and_never_less() -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(3)
    able = rng.random((6, 5)) < 0.6
    able[:, 0] = True
    seconds, time = rng.uniform(200, 600, (6, 5)), np.full((5, 3), 900.0)
    first = rng.integers(0, 3, 60)
    asks = Asks(rng.integers(0, 6, 60), rng.lognormal(0, 0.5, 60), first, np.minimum(first + rng.integers(0, 2, 60), 2))
    columns = [
        (i, j, b)
        for i in range(60)
        for b in range(asks.first[i], asks.last[i] + 1)
        for j in np.flatnonzero(able[asks.stream[i]])
    ]
    rows = np.zeros((60 + 15, len(columns)))
    for at, (i, j, b) in enumerate(columns):
        rows[i, at] = 1.0
        rows[60 + j * 3 + b, at] = seconds[asks.stream[i], j] * asks.factor[i]
    found = linprog(-np.ones(len(columns)), A_ub=rows, b_ub=np.concatenate([np.ones(60), time.ravel()]), method="highs")
    proven = KeepingDual.of(able, seconds, time, asks).least()
    assert -found.fun < 59
    assert -found.fun - 1e-6 <= proven <= -found.fun * 1.01


def test_whoever_writes_and_loses_patience_within_an_outage_is_lost_whatever_anybody_does() -> None:
    calm = replace(CROWDED, arrivals=replace(CROWDED.arrivals, load=0.3))
    dark = replace(calm, outages=(Outage(start="09:05", minutes=20),))
    assert least_abandonment(world_of(calm, 0)) == 0
    demand = world_of(dark, 0).demand
    gone = ((demand.at >= 300) & (demand.at + demand.patience < 1500)).sum()
    assert least_abandonment(world_of(dark, 0)) == pytest.approx(gone / (demand.at >= 120).sum())


def test_where_work_may_be_handed_on_no_bound_is_claimed() -> None:
    assert least_abandonment(world_of(replace(CROWDED, triage=Triage(accuracy=0.9)), 0)) is None
    unsure = replace(CROWDED, staff=replace(CROWDED.staff, proficiency=(0.7, 1.0)))
    assert least_abandonment(world_of(unsure, 0)) is None
    assert least_abandonment(world_of(replace(unsure, work=Work(failure_share=0.0)), 0)) is not None


def test_a_day_without_customers_loses_nobody() -> None:
    assert least_abandonment(world_of(replace(TINY, arrivals=replace(TINY.arrivals, per_minute=1e-9)), 0)) == 0
