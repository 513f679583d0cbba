"""A floor that keeps its books: nobody is lost, the same seed gives the same day, policies meet the same customers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from routing.domain.errors import Invalid
from simulation.floor import POLICIES, FloorScenario, simulate, streams
from simulation.floor.run import fifo_capacity, peak_rate, run
from simulation.floor.scenario import (
    Absence,
    Arrivals,
    Customers,
    Issues,
    Knowledge,
    Offers,
    Outage,
    Reviews,
    Shift,
    SoftwareAgent,
    Staff,
    Surge,
    Training,
    Triage,
    Work,
)
from simulation.floor.streams import Draw
from simulation.floor.world import World, build_world

SMALL = FloorScenario(
    name="small",
    hours=1.0,
    warm_up_minutes=5,
    arrivals=Arrivals(load=1.1, languages=(("en", 0.7), ("es", 0.3)), markets=(("GB", 0.8), ("IE", 0.2))),
    issues=Issues(families=6, types_each=2),
    staff=Staff(cops=40),
)
QUICK = replace(SMALL, name="quick", hours=0.3, tick_seconds=10.0)
TROUBLED = replace(
    QUICK,
    name="troubled",
    offers=Offers(delay_seconds=(1.0, 6.0), declined_share=0.05, lapsed_share=0.03),
    triage=Triage(accuracy=0.85),
    reviews=Reviews(share_of_right=0.1, share_of_wrong=0.6, reviewers=2),
    staff=Staff(cops=40, break_minutes=3, break_every_minutes=12, proficiency=(0.7, 1.0)),
    knowledge=Knowledge(handle_times="learned", history=2.0),
    surges=(Surge(start="09:06", minutes=5, factor=2.0),),
    outages=(Outage(start="09:12", minutes=2),),
    agents=(SoftwareAgent(family=2, slots=5, success=0.6, seconds=60.0),),
)


def world_of(scenario: FloorScenario, seed: int = 0) -> World:
    return build_world(scenario, seed, peak_rate(scenario, seed))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("scenario", [QUICK, TROUBLED], ids=lambda each: each.name)
def test_whoever_arrives_is_served_leaves_or_still_waits(scenario: FloorScenario, policy: str) -> None:
    found = simulate(scenario, policy, 1)
    assert found.arrived == found.served + found.abandoned + found.unfinished
    assert found.served > 0.5 * found.arrived
    assert sum(row.customers for row in found.by_language.values()) == found.measured
    assert sum(each.arrived for each in found.series) == found.measured


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_seed_gives_the_same_bytes(policy: str) -> None:
    first, second = (json.dumps(simulate(TROUBLED, policy, 3).as_dict()) for _ in range(2))
    assert first == second


def test_another_seed_gives_another_day() -> None:
    assert simulate(QUICK, "gcmu", 3).as_dict() != simulate(QUICK, "gcmu", 4).as_dict()


def test_policies_meet_the_same_customers_with_the_same_patience_and_work() -> None:
    world = world_of(replace(SMALL, staff=replace(SMALL.staff, cop_log_sd=0.0, pair_log_sd=0.0)))
    ledgers = [run(world, policy) for policy in ("longest_idle", "gcmu")]
    worked = [np.array(each.worked) for each in ledgers]
    both = (worked[0] > 0) & (worked[1] > 0)
    assert both.sum() > 100
    np.testing.assert_allclose(worked[0][both], worked[1][both])
    for each in ledgers:
        left = np.array(each.left)
        gone = left >= 0
        np.testing.assert_allclose((left - world.demand.at)[gone], world.demand.patience[gone])


def test_one_key_draws_the_same_alone_and_among_many() -> None:
    together = streams.uniforms(5, Draw.WORK, 100)
    assert together.tolist() == [streams.uniform(5, Draw.WORK, key) for key in range(100)]
    assert streams.uniform(5, Draw.WORK, 1, 1) != streams.uniform(5, Draw.WORK, 1)
    assert streams.uniform(5, Draw.PATIENCE, 1) != streams.uniform(5, Draw.WORK, 1)


def test_keyed_draws_are_spread_evenly() -> None:
    counts, _ = np.histogram(streams.uniforms(9, Draw.SUCCESS, 100_000), bins=50, range=(0, 1))
    chi_square = ((counts - 2000) ** 2 / 2000).sum()
    assert chi_square < 85.4  # 99.9 % of chi-square with 49 degrees of freedom


def test_load_counts_in_what_the_floor_carries_under_longest_idle() -> None:
    busy = replace(SMALL, arrivals=replace(SMALL.arrivals, load=2.0), hours=2.0)
    found = simulate(busy, "longest_idle", 0)
    throughput = found.measured * (1 - found.abandonment) / (busy.seconds - busy.warm_up_minutes * 60)
    assert throughput == pytest.approx(fifo_capacity(busy, 0), rel=0.12)


def test_a_surge_brings_so_many_times_as_many_of_its_family() -> None:
    surge = Surge(start="09:00", minutes=60, factor=5.0, family=3)
    calm, wild = world_of(SMALL), world_of(replace(SMALL, surges=(surge,)))

    def of_family(world: World, family: int) -> int:
        return int((world.people.kinds.family[world.demand.kind] == family).sum())

    assert of_family(wild, 3) == pytest.approx(5 * of_family(calm, 3), rel=0.3)
    assert of_family(wild, 4) == pytest.approx(of_family(calm, 4), rel=0.3)


def test_nobody_is_answered_while_the_router_is_out() -> None:
    world = world_of(replace(SMALL, outages=(Outage(start="09:20", minutes=10),)))
    answered = np.array(run(world, "gcmu").answered)
    assert not ((answered > 1200) & (answered < 1800)).any()
    assert ((answered >= 1800) & (answered < 1860)).any()


def test_after_an_outage_whoever_only_follows_events_leaves_more_people_waiting() -> None:
    scenario = replace(SMALL, outages=(Outage(start="09:20", minutes=10),))
    looked, blind = (simulate(scenario, policy, 0).abandonment for policy in ("gcmu", "gcmu_events"))
    assert blind > looked


def test_cops_work_only_on_their_shifts_and_nothing_new_begins_in_a_break() -> None:
    shifts = (Shift(start="09:00", hours=0.4, share=0.5), Shift(start="09:24", hours=1.0, share=0.5))
    scenario = replace(SMALL, staff=replace(SMALL.staff, shifts=shifts, break_minutes=5, break_every_minutes=20))
    world = world_of(scenario)
    assert {(duty.begin, duty.end) for duty in world.duties} == {(0.0, 1440.0), (1440.0, 5040.0)}
    assert len({duty.cop for duty in world.duties}) == 40
    with_breaks = simulate(scenario, "longest_idle", 0)
    without = simulate(replace(scenario, staff=replace(scenario.staff, break_minutes=0)), "longest_idle", 0)
    assert with_breaks.abandonment > without.abandonment


def test_absent_spanish_speakers_are_missed_by_spanish_speaking_customers() -> None:
    absence = Absence(start="09:00", minutes=60, cops=10, language="es")
    all_there, missing = simulate(SMALL, "gcmu", 0), simulate(replace(SMALL, absences=(absence,)), "gcmu", 0)
    assert missing.by_language["es"].abandonment > 2 * all_there.by_language["es"].abandonment


def test_trained_cops_have_the_skill() -> None:
    before, after = world_of(SMALL), world_of(replace(SMALL, training=(Training(family=4, cops=7),)))
    assert (after.people.proficiency[:, 4] > 0).sum() == (before.people.proficiency[:, 4] > 0).sum() + 7


def test_software_takes_its_share_and_what_it_fails_at_is_handed_on() -> None:
    agent = SoftwareAgent(family=2, slots=50, success=0.5, seconds=30.0)
    world = world_of(replace(SMALL, agents=(agent,)))
    ledger = run(world, "gcmu")
    handed_on = np.array(ledger.handovers) > 0
    assert handed_on.any()
    assert set(world.people.kinds.family[world.demand.kind[handed_on]].tolist()) == {2}
    assert ledger.busy[-1] > 0


def test_a_conversation_misread_is_handed_on_by_whoever_lacks_the_skill() -> None:
    right, wrong = simulate(SMALL, "gcmu", 0), simulate(replace(SMALL, triage=Triage(accuracy=0.7)), "gcmu", 0)
    assert right.handovers == 0
    assert wrong.handovers > 0.02


def test_reviewers_save_handovers_and_cost_time() -> None:
    blind = replace(SMALL, triage=Triage(accuracy=0.7), arrivals=replace(SMALL.arrivals, load=0.7))
    reviews = Reviews(share_of_right=0.2, share_of_wrong=0.9, reviewers=20)
    without, with_them = simulate(blind, "gcmu", 0), simulate(replace(blind, reviews=reviews), "gcmu", 0)
    assert with_them.counts["reviewed"] > 0
    assert with_them.handovers < without.handovers
    assert with_them.mean_queue_seconds > without.mean_queue_seconds


def test_declined_and_lapsed_offers_come_back_and_go_to_somebody_else() -> None:
    offers = Offers(delay_seconds=(1.0, 5.0), declined_share=0.3, lapsed_share=0.1)
    found = simulate(replace(SMALL, offers=offers, arrivals=replace(SMALL.arrivals, load=0.6)), "longest_idle", 0)
    assert found.counts["declined_or_lapsed"] > 0.3 * found.served
    assert found.mean_wait_seconds > 3.0


def test_chats_at_once_slow_one_another() -> None:
    def handled_per_slowdown(slowdown: float) -> float:
        scenario = replace(SMALL, work=Work(slowdown=slowdown), staff=Staff(cops=40, slots=(3, 3)))
        return fifo_capacity(scenario, 0)

    assert handled_per_slowdown(0.0) == pytest.approx(1.6 * handled_per_slowdown(0.3), rel=0.1)


def test_lognormal_patience_has_the_stated_mean() -> None:
    customers = Customers(patience="lognormal", patience_seconds=(300.0, 300.0, 300.0), patience_log_sd=0.5)
    world = world_of(replace(SMALL, customers=customers, hours=8.0))
    assert world.demand.patience.mean() == pytest.approx(300.0, rel=0.03)


def test_an_unknown_policy_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="longest_idle"):
        simulate(SMALL, "magic", 0)


def test_progress_is_told_until_the_end() -> None:
    told: list[float] = []
    simulate(SMALL, "longest_idle", 0, told.append)
    assert told == sorted(told)
    assert told[-1] >= 0.99
